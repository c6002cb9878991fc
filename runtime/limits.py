"""Limits: how often a rule or a trigger may fire, and how many points it may give.

What a limit has used is kept with the lead, in `Lead.caps` under the limit's number: a count, the times of the firings
in the window, or, for a points limit, ``[sum, time, points, time, points, …]``; with `for each` a dictionary of such by
value. A window is (t - D, t]: what lies at t - D is outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime import table
from runtime.lead import Lead
from runtime.record import Record
from runtime.values import fold


def own_value(value: Any, folded: bool) -> Any:
    """A value as it is counted apart: without regard to case where its property is compared so."""
    return fold(value) if folded and value is not None else value


class Times(Record, frozen=True):
    """At most `most` firings, in the last `per` microseconds if there is a window; for each value of `each` apart."""

    at: int
    most: int
    per: int | None
    each: str | None
    folded: bool

    def allows(self, lead: Lead, t: int, data: Any) -> bool:
        used = lead.caps.get(self.at)
        if used is not None and self.each is not None:
            used = used.get(own_value(data.get(self.each), self.folded))
        if used is None:
            return True
        if self.per is None:
            return bool(used < self.most)
        edge = t - self.per
        while used and used[0] <= edge:
            del used[0]
        return len(used) < self.most

    def count(self, lead: Lead, t: int, data: Any) -> None:
        caps: Any = lead.caps
        at: Any = self.at
        if self.each is not None:
            caps = caps.setdefault(at, {})
            at = own_value(data.get(self.each), self.folded)
        if self.per is None:
            caps[at] = caps.get(at, 0) + 1
        else:
            caps.setdefault(at, []).append(t)


class Points(Record, frozen=True):
    """At most `most` thousandths of points, by absolute value, in the last `per` microseconds if there is a window."""

    at: int
    most: int
    per: int | None

    def left(self, lead: Lead, t: int) -> int:
        used = lead.caps.get(self.at)
        if used is None:
            return self.most
        if self.per is None:
            return self.most - int(used)
        _leave(used, t - self.per)
        return self.most - int(used[0])

    def count(self, lead: Lead, t: int, points: int) -> None:
        if self.per is None:
            lead.caps[self.at] = lead.caps.get(self.at, 0) + abs(points)
        else:
            used = lead.caps.setdefault(self.at, [0])
            used[0] += abs(points)
            used.extend((t, abs(points)))


def _leave(used: list[int], edge: int) -> None:
    """Let the firings at or before `edge` leave a points window."""
    gone = 1
    while gone < len(used) and used[gone] <= edge:
        used[0] -= used[gone + 1]
        gone += 2
    if gone > 1:
        del used[1:gone]


class Limits(Record, frozen=True):
    """The limits of one rule, group or trigger; `given` are as in the table, for the explanation."""

    times: tuple[Times, ...] = ()
    points: tuple[Points, ...] = ()
    given: tuple[table.Limit, ...] = ()

    def cut(self, lead: Lead, t: int, data: Any, points: int) -> int:
        """The least that the limits leave of `points`, with their sign; 0 if a limit blocks."""
        for times in self.times:
            if not times.allows(lead, t, data):
                return 0
        for limit in self.points:
            left = limit.left(lead, t)
            if abs(points) > left:
                points = left if points > 0 else -left
        return points

    def allow(self, lead: Lead, t: int, data: Any) -> bool:
        for times in self.times:  # noqa: SIM110 - this is the hot path
            if not times.allows(lead, t, data):
                return False
        return True

    def count(self, lead: Lead, t: int, data: Any, points: int) -> None:
        """A firing of so many points happened."""
        for times in self.times:
            times.count(lead, t, data)
        for limit in self.points:
            limit.count(lead, t, points)


def giver(points: int, limits: Limits) -> Callable[[Lead, int, Any], int]:
    """For a rule of fixed points that only its own limits hold back: what it gives at a match, counted at once.

    The most usual limits, one of times or one of points, are written out: most rules that are limited have just one."""
    if len(limits.points) == 1 and not limits.times:
        return _points_giver(points, limits.points[0])
    if len(limits.times) == 1 and not limits.points:
        times = limits.times[0]

        def give_times(lead: Lead, t: int, data: Any) -> int:
            if not times.allows(lead, t, data):
                return 0
            times.count(lead, t, data)
            return points

        return give_times

    def give(lead: Lead, t: int, data: Any) -> int:
        given = limits.cut(lead, t, data, points)
        if given:
            limits.count(lead, t, data, given)
        return given

    return give


def _points_giver(points: int, limit: Points) -> Callable[[Lead, int, Any], int]:
    at, most, per, size, sign = limit.at, limit.most, limit.per, abs(points), 1 if points > 0 else -1

    def ever(lead: Lead, t: int, data: Any) -> int:
        used: int = lead.caps.get(at, 0)
        given = min(size, most - used)
        if given:
            lead.caps[at] = used + given
        return given * sign

    def window(lead: Lead, t: int, data: Any) -> int:
        used: list[int] | None = lead.caps.get(at)
        if used is None:
            used = lead.caps[at] = [0]
        else:
            _leave(used, t - per)  # type: ignore[operator]  # there is a window here
        given = min(size, most - used[0])
        if given:
            used[0] += given
            used.extend((t, given))
        return given * sign

    return ever if per is None else window


class Repeated(Record, frozen=True):
    """Fires at the match that makes `times` unused ones within the window, and uses them up."""

    at: int
    times: int
    within: int

    def reached(self, lead: Lead, t: int) -> bool:
        unused = lead.caps.setdefault(self.at, [])
        while unused and unused[0] <= t - self.within:
            del unused[0]
        unused.append(t)
        if len(unused) < self.times:
            return False
        unused.clear()
        return True


class Best(Record, frozen=True):
    """What a rule has given so far, for each value of `each` apart."""

    at: int
    each: str | None
    folded: bool

    def given(self, lead: Lead, data: Any) -> int:
        given = lead.caps.get(self.at)
        if given is not None and self.each is not None:
            given = given.get(own_value(data.get(self.each), self.folded))
        return int(given or 0)

    def count(self, lead: Lead, data: Any, points: int) -> None:
        if self.each is None:
            lead.caps[self.at] = lead.caps.get(self.at, 0) + points
        else:
            given = lead.caps.setdefault(self.at, {})
            value = own_value(data.get(self.each), self.folded)
            given[value] = given.get(value, 0) + points
