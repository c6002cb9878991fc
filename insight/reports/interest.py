"""Product interest: the scores side by side, and what is rising.

Two things are counted of each score. Where it stands at the end of a period: how many leads are above 0, how many are
ready, and the points of all. And who moved: the leads to which rules on events gave points in the period. What is
rising is asked of the leads that gained, as a count of leads is what the tests of `insight.reports.trends` suit, and
points of one lead come together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from insight.reports.life import Life
from insight.reports.periods import Calendar, Period
from insight.reports.tables import Chart, Report, ReportError, Series, Table, columns
from insight.reports.trends import change_p, standing_out, trend, verdict
from runtime.table import Table as Rules

_MOST = 8
"""Scores that one chart can hold and still be read."""


@dataclass(frozen=True, slots=True)
class Interest:
    """Of one lead: the scores at the end of each period since its first event, by the period's first instant
    (thousandths, in the order of the scores that are asked for); those now; and the periods in which each gained."""

    lead: str
    ends: dict[int, tuple[int, ...]]
    now: tuple[int, ...]
    gained: tuple[frozenset[int], ...]


def scores_asked(rules: Rules, asked: Sequence[str]) -> tuple[str, ...]:
    """The scores to set side by side: those asked for (a name of a family stands for all its members), or all members
    of families, or else all scores of rules on events. Raises ReportError."""
    if asked:
        found: list[str] = []
        for name in asked:
            own = [key for key in rules.scores if key == name or key.startswith(f"{name}[")]
            if not own:
                raise ReportError(f"the model has no score `{name}`", f"it has {', '.join(rules.scores) or 'none'}")
            found += own
        return tuple(dict.fromkeys(found))
    families = tuple(key for key in rules.scores if "[" in key)
    known = families or tuple(key for key, score in rules.scores.items() if score.on)
    if not known:
        raise ReportError("the model has no score with rules on events, so there is no interest to report")
    return known


def take(lived: Life, scores: Sequence[str], calendar: Calendar) -> Interest:
    """What one lead was interested in; the life must tell the scores after each look."""
    places = [lived.plan.keys.index(key) for key in scores]
    times = [look.at for look in lived.looks]
    periods = calendar.through(lived.first, lived.until)
    ends: dict[int, tuple[int, ...]] = {}
    for period in periods:
        last = bisect_right(times, min(period.end - 1, lived.until))
        if last:
            ends[period.start] = tuple(lived.looks[last - 1].scores[at] for at in places)
    starts = [period.start for period in periods]
    gained: list[set[int]] = [set() for _ in scores]
    number = {key: at for at, key in enumerate(scores)}
    for look in lived.looks:
        for gift in look.gifts:
            if gift.points > 0 and gift.score in number:
                gained[number[gift.score]].add(starts[bisect_right(starts, look.at) - 1])
    shown = lived.shown()
    return Interest(lived.id, ends, tuple(shown[key] for key in scores), tuple(map(frozenset, gained)))


def report(
    leads: Sequence[Interest], rules: Rules, scores: Sequence[str], calendar: Calendar, begin: int, at: int, top: int
) -> Report:
    """The report as of `at`; `top` leads are listed with their scores side by side."""
    periods = calendar.through(begin, at)
    gained = [[sum(period.start in each.gained[number] for each in leads) for period in periods]
              for number in range(len(scores))]  # fmt: skip
    course = _course(leads, rules, scores, periods, gained)
    tables = [_now(leads, rules, scores, periods, gained), course, _side_by_side(leads, scores, top)]
    return Report("interest", "Product interest", tables, _charts(leads, scores, periods, gained))


def _now(
    leads: Sequence[Interest], rules: Rules, scores: Sequence[str], periods: Sequence[Period],
    gained: Sequence[Sequence[int]],
) -> Table:  # fmt: skip
    ended = [number for number, period in enumerate(periods) if not period.partial]
    last = (ended[-2], ended[-1]) if len(ended) > 1 else None
    before, after = (periods[last[0]].name, periods[last[1]].name) if last else ("", "")
    table = Table("interest", "Interest now, and what is rising", columns(
        "score", "interested:count", "ready:count", "points:points", "points a lead:points",
        *((f"gained in {before}:count", f"gained in {after}:count", "change:share", "against noise", "trend") if last
          else ())),
        notes=["interested: above 0; points a lead: of those that are; gained: leads to which events gave points"],
    )  # fmt: skip
    lengths = None if last is None else tuple(float(periods[at].end - periods[at].start) for at in last)
    chances: list[float | None] = []
    courses = [trend([count / (periods[at].end - periods[at].start) for at, count in enumerate(own) if at in ended])
               for own in gained]  # fmt: skip
    if last is not None and lengths is not None:
        chances = [change_p(own[last[0]], own[last[1]], *lengths) for own in gained]
    clear, steady = standing_out(chances), standing_out([None if each is None else each[1] for each in courses])
    for number, key in enumerate(scores):
        values = [each.now[number] for each in leads if each.now[number] > 0]
        ready = rules.scores[key].ready
        row = (key, len(values), None if ready is None else sum(each.now[number] >= ready for each in leads),
               sum(values), round(sum(values) / len(values)) if values else None)  # fmt: skip
        if last is None or lengths is None:
            table.rows.append(row)
            continue
        one, two = gained[number][last[0]], gained[number][last[1]]
        change = None if not one else (two / lengths[1]) / (one / lengths[0]) - 1
        course = courses[number]
        long = "" if course is None else verdict(course[1], steady[number], course[0])
        told = verdict(chances[number], clear[number], 1.0 if change is None else change)
        table.rows.append((*row, one, two, change, told, long))
    if last is not None:
        table.notes.append("change: per day; against noise: exact test of two Poisson counts (Benjamini-Hochberg, 5%)")
        table.notes.append("trend: of the leads that gained, over all complete periods (Mann-Kendall); five are needed")
    return table


def _course(
    leads: Sequence[Interest], rules: Rules, scores: Sequence[str], periods: Sequence[Period],
    gained: Sequence[Sequence[int]],
) -> Table:  # fmt: skip
    table = Table(
        "periods",
        "At the end of each period",
        columns("period", "score", "interested:count", "ready:count", "points:points", "gained:count"),
        notes=["* a period that is not over"] if periods[-1].partial else [],
    )
    for at, period in enumerate(periods):
        ends = [each.ends[period.start] for each in leads if period.start in each.ends]
        for number, key in enumerate(scores):
            values = [own[number] for own in ends]
            ready = rules.scores[key].ready
            line = None if ready is None else sum(value >= ready for value in values)
            above = [value for value in values if value > 0]
            table.rows.append((period.name, key, len(above), line, sum(above), gained[number][at]))
    return table


def _side_by_side(leads: Sequence[Interest], scores: Sequence[str], top: int) -> Table:
    table = Table(
        "leads",
        f"The {top} most interested leads, scores side by side",
        columns("lead", "most interested in", *(f"{key}:points" for key in scores)),
        empty="no lead is above 0",
    )
    order = sorted((each for each in leads if max(each.now) > 0), key=lambda each: (-max(each.now), each.lead))
    for each in order[:top]:
        table.rows.append((each.lead, scores[each.now.index(max(each.now))], *each.now))
    return table


def _charts(
    leads: Sequence[Interest], scores: Sequence[str], periods: Sequence[Period], gained: Sequence[Sequence[int]]
) -> list[Chart]:
    now = [float(sum(each.now[number] > 0 for each in leads)) for number in range(len(scores))]
    charts = [Chart("Interested leads now", list(scores), [Series("leads", [*now])], "rows", "leads")]
    if len(periods) > 1:
        order = sorted(range(len(scores)), key=lambda number: (-sum(gained[number]), number))[:_MOST]
        series = [Series(scores[number], [float(count) for count in gained[number]]) for number in sorted(order)]
        labels = [period.name for period in periods]
        charts.append(Chart("Leads to which events gave points", labels, series, "lines", "leads"))
    return charts
