"""Instants as integer microseconds since 1970-01-01T00:00Z: read from RFC 3339 text, and written in UTC with ``Z``.

Events of one file share few days and few times of day, so reading remembers the parts of a text that it has seen; what
is remembered is bounded.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MINUTE = re.compile(r"[Tt]([01][0-9]|2[0-3]):([0-5][0-9])")
_END = re.compile(r"(?::([0-5][0-9])(?:\.([0-9]+))?)?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))")
_REMEMBERED = 100_000
_END_OF_TIME = (date(3000, 1, 1).toordinal() - _EPOCH_DAY) * DAY


def _day(text: str) -> int:
    """Microseconds of 00:00Z of a date ``YYYY-MM-DD`` in 1970–2999. ValueError if there is no such day."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("a date is written YYYY-MM-DD")
    year, month, day = map(int, found.groups())
    if not 1970 <= year <= 2999:
        raise ValueError("the year is not within 1970 to 2999")
    return (date(year, month, day).toordinal() - _EPOCH_DAY) * DAY


def _minute(text: str) -> int:
    """Microseconds after 00:00Z of ``THH:MM``."""
    found = _MINUTE.fullmatch(text)
    if found is None:
        raise ValueError("a time is written like 2026-03-02T10:00:00Z")
    return int(found[1]) * HOUR + int(found[2]) * MINUTE


def _end(text: str) -> int:
    """Microseconds that the end of an instant adds: seconds, fraction, and the offset taken back."""
    found = _END.fullmatch(text)
    if found is None:
        if _END.fullmatch(text + "Z"):
            raise ValueError("the offset is missing: end it with Z or, for example, +01:00")
        raise ValueError("a time is written like 2026-03-02T10:00:00Z")
    second, fraction, sign, off_hour, off_minute = found.groups()
    micros = int(second or 0) * SECOND + int((fraction or "0")[:6].ljust(6, "0"))
    if sign:
        offset = int(off_hour) * HOUR + int(off_minute) * MINUTE
        micros += -offset if sign == "+" else offset
    return micros


class _Days(dict[str, int]):
    def __missing__(self, text: str) -> int:
        value = _day(text)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _Minutes(dict[str, int]):
    def __missing__(self, text: str) -> int:
        value = _minute(text)
        self[text] = value
        return value


class _Ends(dict[str, int]):
    def __missing__(self, text: str) -> int:
        value = _end(text)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


days = _Days()
minutes = _Minutes()
ends = _Ends()


def read_instant(text: str) -> int:
    """An RFC 3339 instant with offset; seconds may be missing, digits beyond microseconds are cut off.

    Raises ValueError, whose text says what is wrong."""
    micros = days[text[:10]] + minutes[text[10:16]] + ends[text[16:]]
    if not 0 <= micros < _END_OF_TIME:
        raise ValueError("the year is not within 1970 to 2999")
    return micros


def read_date(text: str) -> int:
    """A date ``YYYY-MM-DD`` as its 00:00Z. Raises ValueError."""
    return days[text]


def read_moment(text: str) -> int:
    """An instant, or a date as its 00:00Z. Raises ValueError."""
    return read_date(text) if len(text) == 10 else read_instant(text)


class _Written(dict[int, str]):
    def __missing__(self, day: int) -> str:
        text = date.fromordinal(_EPOCH_DAY + day).isoformat()
        if len(self) >= _REMEMBERED:
            self.clear()
        self[day] = text
        return text


_written = _Written()


def write_date(micros: int) -> str:
    """``2026-03-02``, the UTC day in which the instant lies."""
    return _written[micros // DAY]


def write_instant(micros: int) -> str:
    """``2026-03-02T10:00:00Z``; a fraction only where there is one, without trailing zeros."""
    day, rest = divmod(micros, DAY)
    second, fraction = divmod(rest, SECOND)
    minute, second = divmod(second, 60)
    text = f"{_written[day]}T{minute // 60:02d}:{minute % 60:02d}:{second:02d}"
    return f"{text}.{fraction:06d}".rstrip("0") + "Z" if fraction else text + "Z"


def now() -> int:
    """The machine's clock."""
    return (datetime.now(UTC) - _EPOCH) // timedelta(microseconds=1)
