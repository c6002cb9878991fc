"""From a line to an event: what is taken in, and why the rest is not.

The tests and their order are those of the language: not JSON; not a CloudEvents 1.0 object; an unreadable time; later
than now; an unknown type; a bad value. (What needs to know other events - duplicates, other content, lateness - is
decided by the run.) Most lines are good, so they take a fast way: one typed decode and a check for each property. A
line that fails anywhere on it is read again slowly, to say what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from runtime.lead import Key
from runtime.parts import EventPlan
from runtime.plan import Plan
from runtime.table import Field
from runtime.times import MINUTE, days, ends, minutes, read_instant
from runtime.values import BadValue, Check, Unreadable, check_of, read_fraction, read_whole

AHEAD = 5 * MINUTE
"""How much later than now an event may be."""
_SMALL = 10**15
LONGEST = 4_000_000
"""Bytes of the longest line that is read."""


class Envelope(msgspec.Struct, gc=False):
    """The members of a CloudEvents object that count here."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    data: Any = None


_decode = msgspec.json.Decoder(Envelope, float_hook=read_fraction).decode
_NEEDED = ("id", "source", "type", "subject", "time")


class Rejected(Exception):
    """Why a line is not taken in: the reason, and the line's pair (source, id) if it got so far as to have one."""

    def __init__(self, reason: str, pair: tuple[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pair = pair


@dataclass(slots=True, eq=False)
class Kind:
    """One type of event as it comes in: (key in JSON, declared name, check, required, plain) for each field. `plain` is
    a class whose small or ASCII values need no check: `str` for text without options, `int` for numbers without a
    range."""

    plan: EventPlan
    checks: list[tuple[str, str, Check, bool, type[Any] | None]]
    renamed: bool
    lead: bool


Event = tuple[Key, Kind, dict[str, Any], bytes]
"""An event that can be folded: its place, its type, checked values by declared name, and the line it came in."""


def kinds_of(plan: Plan) -> dict[str, Kind]:
    """The types of event that a model knows, by their spelling in JSON."""
    kinds = {}
    for name, event in plan.table.events.items():
        checks = [_check_for(own, given) for own, given in event.properties.items()]
        renamed = any(spelling != own for spelling, own, *_ in checks)
        kinds[event.spelling] = Kind(plan.events[name], checks, renamed, False)
    given = [_check_for(own, field) for own, field in plan.table.attributes.items() if not field.computed]
    kinds["lead"] = Kind(plan.events["lead"], given, False, True)
    return kinds


def _check_for(own: str, field: Field) -> tuple[str, str, Check, bool, type[Any] | None]:
    plain: type[Any] | None = None
    if field.type in ("text", "account"):
        plain = str
    elif field.type in ("integer", "number") and field.low is None and field.high is None:
        plain = int
    return field.spelling, own, check_of(field), field.required, plain


class Intake:
    """Reads lines for one model, at one moment `now` (microseconds)."""

    def __init__(self, plan: Plan, now: int) -> None:
        self.kinds = kinds_of(plan)
        self.latest = now + AHEAD

    def read(self, line: bytes) -> tuple[str, Event]:
        """The lead and the event of a line. Raises Rejected."""
        try:
            if not line.isascii():
                line.decode()
            given = _decode(line)
            if given.specversion != "1.0" or len(line) > LONGEST:
                return self._read_slowly(line)
            source, id, subject = given.source, given.id, given.subject
            if not (source and id and subject):
                return self._read_slowly(line)
            time, kind, data = given.time, self.kinds[given.type], given.data
            t = days[time[:10]] + minutes[time[10:16]] + ends[time[16:]]
            if not 0 <= t <= self.latest:
                return self._read_slowly(line)
            return subject, ((t, source, id), kind, check(kind, {} if data is None else data), line)
        except (msgspec.DecodeError, UnicodeError, ValueError, KeyError, BadValue, RecursionError, ArithmeticError,
        TypeError, AttributeError):  # fmt: skip
            return self._read_slowly(line)

    def _read_slowly(self, line: bytes) -> tuple[str, Event]:
        given = envelope(line)
        source, id = given["source"], given["id"]
        pair = (source, id)
        try:
            t = read_instant(given["time"])
        except ValueError as error:
            raise Rejected(f"unreadable time: {error}", pair) from None
        if t > self.latest:
            raise Rejected("later than now by more than 5 minutes", pair)
        kind = self.kinds.get(given["type"])
        if kind is None:
            raise Rejected(f"unknown type: the model has no event `{given['type'][:100]}`", pair)
        try:
            data = check(kind, given.get("data") or {})
        except BadValue as error:
            raise Rejected(f"bad value: {error}", pair) from None
        return given["subject"], ((t, source, id), kind, data, line)


def check(kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
    """The checked values of an event's data by declared name; of a `lead` event also None for what it removes.

    Raises BadValue, whose text names the field."""
    if kind.lead or kind.renamed:
        return _check_renamed(kind, data)
    get = data.get
    for key, _, check, required, plain in kind.checks:
        value = get(key)
        if value is not None:
            if type(value) is plain and (value.isascii() if plain is str else -_SMALL < value < _SMALL):
                continue
            try:
                found = check(value)
            except BadValue as error:
                raise BadValue(f"`{key}`: {error}") from None
            if found is not value:
                data[key] = found
        elif required:
            raise BadValue(f"`{key}` is required and is missing")
    return data


def _check_renamed(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, own, check, required, _ in kind.checks:
        value = data.get(key)
        if value is not None:
            try:
                found[own] = check(value)
            except BadValue as error:
                raise BadValue(f"`{key}`: {error}") from None
        elif required:
            raise BadValue(f"`{key}` is required and is missing")
        elif kind.lead and key in data:
            found[own] = None
    return found


# --- the slow way, which finds words for what is wrong --------------------------------------------------------------


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def read_json(line: bytes, longest: int = LONGEST) -> Any:
    """A JSON text of any shape, exactly: numbers as int or Decimal. Raises ValueError that says why it is none."""
    if len(line) > longest:
        raise ValueError(f"the line is longer than {longest // 1_000_000} MB")
    try:
        value = json.loads(line.decode(), parse_float=read_fraction, parse_int=read_whole, parse_constant=_no_constant)
        if rb"\u" in line:
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except UnicodeEncodeError:
        raise ValueError("it has half of a surrogate pair, which is no text") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at column {error.colno}") from None
    return value


def envelope(line: bytes) -> dict[str, Any]:
    """The object of a line, with the members that every event has. Raises Rejected."""
    try:
        given = read_json(line)
    except ValueError as error:
        raise Rejected(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise Rejected("not a CloudEvents object")
    if given.get("specversion") != "1.0":
        raise Rejected('not a CloudEvents 1.0 object: `specversion` is not "1.0"')
    for name in _NEEDED:
        value = given.get(name)
        if type(value) is not str or not value:
            what = "is missing" if value is None else "is empty" if value == "" else "is not a text"
            raise Rejected(f"not a CloudEvents 1.0 object: `{name}` {what}")
    if not isinstance(given.get("data"), dict | None):
        raise Rejected("not a CloudEvents 1.0 object with properties: `data` is not an object")
    return given


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two lines of one pair say the same: type, subject, time as an instant, data as JSON by value."""
    if one == other:
        return True
    first, second = envelope(one), envelope(other)
    try:
        times = read_instant(first["time"]), read_instant(second["time"])
    except ValueError:
        return False
    return (
        times[0] == times[1]
        and first["type"] == second["type"]
        and first["subject"] == second["subject"]
        and _same(first.get("data") or {}, second.get("data") or {})
    )


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values: a boolean is no number, 1.0 is 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Unreadable) and isinstance(other, Unreadable):
        return bool(_exact(one) == _exact(other))
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one == other
    same: bool = type(one) is type(other) and one == other
    return same


def _exact(text: str) -> Any:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text
