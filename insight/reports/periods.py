"""Periods of the calendar in a time zone: days, weeks from Monday, months, quarters, halves and years.

A period begins at midnight of the zone's wall clock, so a day in which clocks change has 23 or 25 hours. Instants are
integer microseconds since 1970 UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runtime.times import DAY, MINUTE

SPANS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "half": 182, "year": 365}
"""The kinds of period, with the days of a usual one."""
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_QUARTER = 15 * MINUTE
"""All zones are whole quarters of an hour from UTC since 1972, so none changes its date within one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PeriodError(Exception):
    """There is no such zone, or no such stretch of periods; the text says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; `partial` if the report's instant lies within it."""

    label: str
    start: int
    end: int
    partial: bool = False

    @property
    def name(self) -> str:
        return f"{self.label}*" if self.partial else self.label


class Calendar:
    """Periods of one kind in a zone. Raises PeriodError for a zone that nobody knows."""

    def __init__(self, kind: str = "month", zone: str = "UTC") -> None:
        self.kind, self.name = kind, zone
        self._days: dict[int, int] = {}
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise PeriodError(f"there is no time zone `{zone}`") from None

    def day(self, t: int) -> date:
        """The date on the zone's wall."""
        return (_EPOCH + timedelta(microseconds=t)).astimezone(self.zone).date()

    def ordinal(self, t: int) -> int:
        """The number of the date on the zone's wall, as `date.toordinal` has it; quick, for many instants."""
        quarter = t // _QUARTER
        found = self._days.get(quarter)
        if found is None:
            found = self._days[quarter] = self.day(t).toordinal()
        return found

    def midnight(self, day: date) -> int:
        """The instant at which a day begins."""
        local = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)

    def of(self, t: int) -> Period:
        """The period that an instant lies in."""
        first = self._floor(self.day(t))
        return Period(self._label(first), self.midnight(first), self.midnight(self.after(first)))

    def through(self, first: int, last: int) -> list[Period]:
        """The periods from that of one instant to that of another, the last one partial unless it ends with it. Raises
        PeriodError if there is none, or far too many."""
        if first > last:
            raise PeriodError(f"there is no {self.kind} from {self.day(first)} up to {self.day(last)}")
        days = (last - first) // DAY
        if days // SPANS[self.kind] > MOST:
            raise PeriodError(
                f"from {self.day(first)} to {self.day(last)} are more than {MOST} periods of a {self.kind}: "
                "choose longer ones, or a later beginning"
            )
        found = [self.of(first)]
        while found[-1].end <= last:
            found.append(self.of(found[-1].end))
        end = found[-1]
        found[-1] = Period(end.label, end.start, end.end, last < end.end - 1)
        return found

    def _floor(self, day: date) -> date:
        if self.kind == "day":
            return day
        if self.kind == "week":
            return day - timedelta(days=day.weekday())
        size = _MONTHS[self.kind]
        return date(day.year, (day.month - 1) // size * size + 1, 1)

    def after(self, first: date) -> date:
        """The first day of the period after the one that begins with a day."""
        if self.kind in ("day", "week"):
            return first + timedelta(days=SPANS[self.kind])
        month = first.month - 1 + _MONTHS[self.kind]
        return date(first.year + month // 12, month % 12 + 1, 1)

    def _label(self, first: date) -> str:
        match self.kind:
            case "day":
                return first.isoformat()
            case "week":
                year, week, _ = first.isocalendar()
                return f"{year}-W{week:02d}"
            case "month":
                return f"{first.year}-{first.month:02d}"
            case "quarter":
                return f"{first.year}-Q{(first.month + 2) // 3}"
            case "half":
                return f"{first.year}-H{1 if first.month == 1 else 2}"
            case _:
                return str(first.year)


MOST = 1000
"""Periods that a report holds at most."""


def place(periods: Sequence[Period], t: int) -> int | None:
    """Which of the periods, which follow on each other, an instant lies in."""
    at = bisect_right(periods, t, key=lambda each: each.start) - 1
    return at if at >= 0 and t < periods[at].end else None
