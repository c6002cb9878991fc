"""Mapping: from the payload of another system to CloudEvents lines, as a `source` of the table says.

Each record of a payload gives no event, one, or several. Attributes of the lead come in an event of the type `lead`,
whose id is the record's behind a `!`: at one time it stands before what else the record gives. An event's id is the
record's; of a record without one it is a hash of its content, so that a record that is sent again is known again.
Values are brought to the types that the model declares where that loses nothing: many systems send numbers as texts.
A record that can't be mapped is given back with the reason; none is dropped but those that the source ignores.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runtime.conversions import Converter, converters, json_text
from runtime.lines import quote
from runtime.moments import reader
from runtime.payloads import Broken, PayloadError, payloads
from runtime.table import Given, Pick, Source, Table
from runtime.times import write_instant
from runtime.values import shown, write_number

if TYPE_CHECKING:
    from runtime.expressions import Search

NATIVE = "cloudevents"
"""The source that needs no declaration: CloudEvents, one object or a batch."""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A record that gives no event though it should: why, and the record as JSON, or what came if it is none."""

    reason: str
    original: bytes


class MappingError(Exception):
    """A source that can't be used; the text says why."""


class _Refused(Exception):
    """Why a record can't be mapped."""


@dataclass(frozen=True, slots=True)
class _Gives:
    """A `Given` ready to be asked; `type` is None where `typed` finds it."""

    type: str | None
    typed: Search | None
    whole: Search | None
    data: tuple[tuple[str, Search], ...]
    said: Given


@dataclass(frozen=True, slots=True)
class _Clause:
    """A `Pick` ready to be asked."""

    when: Search | None
    gives: tuple[_Gives, ...]


class Mapping:
    """One source of a table. `ignored` counts the records that it left out on purpose.

    Raises MappingError if the table has no such source, and ImportError where jmespath is not installed."""

    def __init__(self, table: Table, name: str) -> None:
        self.name = name
        self.ignored = 0
        self._source = table.sources.get(name)
        if self._source is not None:
            self._prepare(self._source)
        elif name != NATIVE:
            raise MappingError(f"the model has no source `{name}`")
        self._events = {event.spelling: converters(event.properties.values()) for event in table.events.values()}
        self._events["lead"] = converters(each for each in table.attributes.values() if not each.computed)

    def _prepare(self, source: Source) -> None:
        from runtime.expressions import ExpressionError, Expressions, is_false

        made = Expressions()
        self._frame, self._false = made.frame, is_false

        def maybe(text: str | None) -> Search | None:
            return None if text is None else made.compile(text)

        def gives(given: Given) -> _Gives:
            data = tuple((key, made.compile(text)) for key, text in given.data.items())
            return _Gives(given.type, maybe(given.typed), maybe(given.whole), data, given)

        def clauses(*words: str) -> list[_Clause]:
            picks: list[Pick] = [pick for pick in source.picks if pick.word in words]
            return [_Clause(maybe(pick.when), tuple(map(gives, pick.gives))) for pick in picks]

        try:
            self._each, self._where, self._id = maybe(source.each), maybe(source.where), maybe(source.id)
            self._origin, self._lead, self._time = maybe(source.origin), maybe(source.lead), maybe(source.time)
            self._picks, self._else, self._always = clauses("on", "ignore"), clauses("else"), clauses("always")
            self._choosy = any(pick.word == "on" for pick in source.picks)
            self._moment = reader(source.format, source.zone)
        except (ExpressionError, ValueError) as error:
            raise MappingError(f"the source `{self.name}` can't be used: {error}") from None

    # --- payloads -----------------------------------------------------------------------------------------------------

    def lines(self, payload: bytes) -> Iterator[bytes | Unmapped]:
        """The CloudEvents lines that one payload gives, each without a line break, and what of it gives none."""
        found, ignored = False, self.ignored
        try:
            for each in self.read(io.BytesIO(payload)):
                found = True
                yield each
        except PayloadError as error:
            yield Unmapped(f"unreadable payload: {error}", payload)
            return
        if not found and self.ignored == ignored and payload.strip()[:1] not in (b"", b"[", b"{"):
            yield Unmapped("unreadable payload: it is no JSON, and has no row beneath its columns", payload)

    def read(self, lines: Iterable[bytes]) -> Iterator[bytes | Unmapped]:
        """As `lines`, for the lines of a file that holds any number of payloads. Raises PayloadError."""
        columns = () if self._source is None else self._source.columns
        for found in payloads(lines, columns):
            if isinstance(found, Broken):
                yield Unmapped(found.reason, found.original)
            else:
                yield from self._payload(*found)

    def _payload(self, payload: Any, is_row: bool) -> Iterator[bytes | Unmapped]:
        source = self._source
        records = payload
        if source is not None:
            self._frame.payload = payload
            if self._each is not None and not is_row:
                records = self._each(payload)
                if records is None:
                    yield Unmapped(f"no records: `{source.each}` gives nothing", json_text(payload).encode())
                    return
        for record in records if isinstance(records, list) else [records]:
            try:
                yield from self._record(record)
            except _Refused as refused:
                yield Unmapped(str(refused), json_text(record).encode())
            except RecursionError:
                yield Unmapped("not usable: what is in it is nested too deeply", json_text(record).encode())

    # --- records ------------------------------------------------------------------------------------------------------

    def _record(self, record: Any) -> list[bytes]:
        """The lines that a record gives. Raises _Refused."""
        if type(record) is not dict:
            raise _Refused(f"no record: {shown(record)} is not an object")
        if self._source is None:
            return [json_text(record).encode()]
        self._frame.record = record
        if self._where is not None and self._false(self._where(record)):
            self.ignored += 1
            return []
        gives = self._decide(record)
        if gives is None:
            self.ignored += 1
            return []
        return self._written(record, gives)

    def _decide(self, record: Any) -> list[_Gives] | None:
        """What the record gives, None if it is ignored; that of `always` comes last."""
        for clause in self._picks:
            if clause.when is not None and not self._false(clause.when(record)):
                chosen = clause
                break
        else:
            if not self._else and (self._choosy or not self._always):
                raise _Refused(f"no clause fits: the source `{self.name}` says nothing of such a record")
            chosen = self._else[0] if self._else else self._always[0]
        if not chosen.gives:
            return None
        more = [clause for clause in self._always if clause is not chosen]
        return [*chosen.gives, *(given for clause in more for given in clause.gives)]

    def _written(self, record: Any, gives: list[_Gives]) -> list[bytes]:
        assert self._source is not None
        source = self._source
        subject = self._text(self._lead, record)
        if not subject:
            raise _Refused(f"no lead: `{source.lead}` gives nothing")
        time = self._instant(record)
        id = self._text(self._id, record) or _digest(record)
        origin = self._text(self._origin, record) or self.name
        made = self._events_of(record, gives)
        lines, count = [], 0
        for type, data in made:
            count += type != "lead"
            own = f"!{id}" if type == "lead" else id if count == 1 else f"{id}#{count}"
            lines.append(
                f'{{"specversion":"1.0","id":{quote(own)},"source":{quote(origin)},"type":{quote(type)},'
                f'"subject":{quote(subject)},"time":"{time}","data":{json_text(data)}}}'.encode()
            )
        return lines

    def _text(self, search: Search | None, record: Any) -> str | None:
        """What an expression gives as a text, None if it gives nothing. Raises _Refused if it is none."""
        value = None if search is None else search(record)
        if value is None or value == "":
            return None
        if type(value) is str:
            return value
        if type(value) is int or type(value) is Decimal:
            return write_number(value)
        raise _Refused(f"no text: {shown(value)} stands where an id, a lead, a source or a type must")

    def _instant(self, record: Any) -> str:
        assert self._source is not None
        assert self._time is not None
        value = self._time(record)
        if value is None or value == "":
            raise _Refused(f"no time: `{self._source.time}` gives nothing")
        try:
            return write_instant(self._moment(value))
        except ValueError as error:
            raise _Refused(f"unreadable time: {error}") from None

    # --- events -------------------------------------------------------------------------------------------------------

    def _events_of(self, record: Any, gives: list[_Gives]) -> list[tuple[str, dict[str, Any]]]:
        """Types with data, that of the lead first and put together: what was said first counts."""
        lead: dict[str, Any] | None = None
        events: list[tuple[str, dict[str, Any]]] = []
        for given in gives:
            type, data = self._type(given, record), _data(given, record)
            if given.type == "lead":
                lead = {**data, **(lead or {})}
            else:
                events.append((type, data))
        if lead is not None and (lead or not events):
            events.insert(0, ("lead", lead))
        return [(type, _converted(self._events.get(type), data)) for type, data in events]

    def _type(self, given: _Gives, record: Any) -> str:
        if given.type is not None:
            return given.type
        found = self._text(given.typed, record)
        if found is None:
            raise _Refused(f"no type: `{given.said.typed}` gives nothing")
        if found == "lead":
            raise _Refused("no type: an event from another system can't be of the type `lead`")
        return found


def _data(given: _Gives, record: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if given.whole is not None:
        whole = given.whole(record)
        if whole is not None and type(whole) is not dict:
            raise _Refused(f"no properties: `{given.said.whole}` gives {shown(whole)}, which is not an object")
        data.update(whole or {})
    for key, search in given.data:
        value = search(record)
        if value is None:
            data.pop(key, None)
        else:
            data[key] = value
    return data


def _converted(fields: dict[str, Converter] | None, data: dict[str, Any]) -> dict[str, Any]:
    """The data with the values of declared fields as their types have them; what is empty for its type is left out."""
    if not fields:
        return data
    found = {key: fields[key](value) if key in fields else value for key, value in data.items()}
    return {key: value for key, value in found.items() if value is not None or data[key] is None}


def _digest(record: Any) -> str:
    """A name for a record without an id: the same for the same content, however it is laid out."""
    return hashlib.sha256(json_text(record, ordered=True).encode()).hexdigest()[:32]
