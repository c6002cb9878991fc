"""From a line to an event: what is taken in, and why the rest is not.

The tests and their order are those of the language: not JSON; not a CloudEvents 1.0 object; an unreadable time; later
than now; an unknown type; a bad value. (What needs to know other events - duplicates, other content, lateness - is
decided by the run.) Most lines are good, so they take a fast way: one typed decode and a check for each property. A
line that fails anywhere on it is read again slowly, to say what is wrong with it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from runtime.lead import Key
from runtime.meet import Kind, Meet, check, kind_of, meeting
from runtime.parts import Found
from runtime.plan import Plan
from runtime.times import MINUTE, days, ends, minutes, read_instant
from runtime.values import BadValue, Unreadable, read_fraction, read_whole

AHEAD = 5 * MINUTE
"""How much later than now an event may be."""
LONGEST = 4_000_000
"""Bytes of the longest line that is read."""
_REMEMBERED = 10_000


class Envelope(msgspec.Struct, gc=False):
    """The members of a CloudEvents object that count here."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    data: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(Envelope, float_hook=read_fraction).decode
_NEEDED = ("id", "source", "type", "subject", "time")


class Rejected(Exception):
    """Why a line is not taken in: the reason, and the line's pair (source, id) if it got so far as to have one."""

    def __init__(self, reason: str, pair: tuple[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pair = pair


Event = tuple[Key, Kind, dict[str, Any], bytes]
"""An event with all that it says: its place, its type, checked values by declared name, and the line it came in."""
Met = tuple[int, str, str, Found, dict[str, Any] | None, bytes]
"""An event as a run keeps it until it is folded: time, source, id, what is known to follow from it, its checked values
by declared name if they are still asked for, and its line. The first three are its place in the order."""


def kinds_of(plan: Plan) -> dict[str, Kind]:
    """The types of event that a model knows, by their spelling in JSON."""
    kinds = {
        event.spelling: kind_of(plan.events[name], dict(event.properties)) for name, event in plan.table.events.items()
    }
    given = {own: field for own, field in plan.table.attributes.items() if not field.computed}
    kinds["lead"] = kind_of(plan.events["lead"], given)
    return kinds


class _Meets(dict[str, Meet]):
    """By the spelling of a type of event; KeyError if there is none."""

    def __init__(self, kinds: dict[str, Kind]) -> None:
        super().__init__()
        self.kinds = kinds

    def __missing__(self, spelling: str) -> Meet:
        meet = self[spelling] = meeting(self.kinds[spelling])
        return meet


class _Sources(dict[str, str]):
    """One and the same text for equal ones, which would be kept once for each event."""

    def __missing__(self, text: str) -> str:
        if len(self) < _REMEMBERED:
            self[text] = text
        return text


class Intake:
    """Reads lines for one model, at one moment `now` (microseconds)."""

    def __init__(self, plan: Plan, now: int) -> None:
        self.kinds = kinds_of(plan)
        self.latest = now + AHEAD
        self._meets = _Meets(self.kinds)
        self._named = {kind.plan.name: kind for kind in self.kinds.values()}
        self._sources = _Sources()

    def meet(self, line: bytes, whole: bool = False) -> tuple[str, Met]:
        """The lead and the event of a line; if it is to be `whole`, with its values in any case. Raises Rejected."""
        try:
            if not line.isascii():
                line.decode()
            given = _decode(line)
            source, id, subject, data = given.source, given.id, given.subject, given.data
            if given.specversion != "1.0" or len(line) > LONGEST or not (source and id and subject):
                return self._meet_slowly(line)
            time = given.time
            t = days[time[:10]] + minutes[time[10:16]] + ends[time[16:]]
            if not 0 <= t <= self.latest:
                return self._meet_slowly(line)
            if data is None:
                data = {}
            found = self._meets[given.type](data)
            return subject, (t, self._sources[source], id, found, data if whole or found.asks else None, line)
        except (msgspec.DecodeError, UnicodeError, ValueError, KeyError, BadValue, RecursionError, ArithmeticError,
        TypeError, AttributeError):  # fmt: skip
            return self._meet_slowly(line)

    def _meet_slowly(self, line: bytes) -> tuple[str, Met]:
        lead, ((t, source, id), kind, data, _) = self._read_slowly(line)
        plan = kind.plan
        return lead, (t, source, id, plan.find(data, {}) if plan.early else plan.unmet, data, line)

    def read(self, line: bytes) -> tuple[str, Event]:
        """The lead and the event of a line, with all that it says. Raises Rejected."""
        lead, (t, source, id, found, data, _) = self.meet(line, True)
        assert data is not None
        return lead, ((t, source, id), self._named[found.kind.name], data, line)

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
