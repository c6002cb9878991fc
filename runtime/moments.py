"""Times as other systems write them: RFC 3339 and its near kin, numbers counted from 1970, and formats of their own.

A reader gives integer microseconds since 1970-01-01T00:00Z and raises ValueError, whose text says what is wrong. Of a
local time that the clocks showed twice the first is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from runtime.table import CLOCK, EPOCHS
from runtime.times import read_instant
from runtime.values import EXACT, shown

Reader = Callable[[Any], int]

_NUMBER = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,12})?")
_WRITTEN = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[Tt ]+(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r" ?(?P<offset>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_PART = re.compile("S+|" + "|".join(sorted(CLOCK, key=len, reverse=True)))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_YEARS = "the year is not within 1970 to 2999"


def reader(format: str | None = None, zone: str | None = None) -> Reader:
    """The reader of one format; `zone` is where times without an offset are. Raises ValueError if there is none."""
    if format is not None and format in EPOCHS:
        return _counted(EPOCHS[format])
    where = None if zone is None else _zone(zone)
    return _written(_WRITTEN, where, None) if format is None else _written(_pattern(format), where, format)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"this machine knows no time zone `{name}`") from None


def _counted(unit: int) -> Reader:
    """A number of seconds, or of smaller units, since 1970, which may come as a text."""

    def read(value: Any) -> int:
        if type(value) is str and _NUMBER.fullmatch(value.strip()):
            value = Decimal(value.strip())
        if type(value) is not int and type(value) is not Decimal:
            raise ValueError(f"{shown(value)} is not a number")
        micros = int(EXACT.multiply(Decimal(value), unit))
        if not 0 <= micros < _LAST:
            raise ValueError(_YEARS)
        return micros

    return read


def _pattern(format: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _PART.finditer(format):
        parts.append(re.escape(format[at : found.start()]))
        parts.append(CLOCK["SSS" if found[0][0] == "S" else found[0]])
        at = found.end()
    return re.compile("".join(parts) + re.escape(format[at:]))


def _written(pattern: re.Pattern[str], zone: tzinfo | None, format: str | None) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not str:
            raise ValueError(f"{shown(value)} is not a text")
        if format is None and zone is None and value[-1:] == "Z":
            try:
                return read_instant(value)
            except ValueError:
                pass
        found = pattern.fullmatch(value.strip())
        if found is None:
            wanted = "a time like 2026-03-02T10:00:00Z" if format is None else f"written as {format}"
            raise ValueError(f"{shown(value)} is not {wanted}")
        return _read(found.groupdict(), zone)

    return read


def _read(parts: dict[str, str | None], zone: tzinfo | None) -> int:
    given = {name: int(parts.get(name) or 0) for name in ("year", "month", "day", "hour", "minute", "second")}
    offset = parts.get("offset")
    if offset is None and zone is None:
        raise ValueError('the offset is missing: say in which zone the times are, as in `time "…" in "UTC"`')
    try:
        local = datetime(**given, tzinfo=zone if offset is None else UTC)
    except ValueError:
        raise ValueError("there is no such day or time") from None
    micros = (local - _EPOCH) // _MICRO
    micros += int((parts.get("fraction") or "0")[:6].ljust(6, "0")) - _offset(offset)
    if not 0 <= micros < _LAST:
        raise ValueError(_YEARS)
    return micros


def _offset(written: str | None) -> int:
    """An offset from UTC in microseconds."""
    if written is None or written[0] not in "+-":
        return 0
    digits = written[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 23 or int(digits[2:]) > 59:
        raise ValueError(f"there is no offset {written}")
    micros = (int(digits[:2]) * 60 + int(digits[2:])) * 60_000_000
    return micros if written[0] == "+" else -micros


_LAST = (datetime(3000, 1, 1, tzinfo=UTC) - _EPOCH) // _MICRO
