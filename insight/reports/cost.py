"""What a qualified and an accepted lead cost.

The simple way divides what was spent in a period by the leads that first qualified, or were first accepted, in it. But
money works late: what is spent today brings leads that are accepted weeks from now, so in a growing budget the simple
way shows costs that are too high. The other way takes, for each period, what was spent one lag earlier, where the lag
is the median time from a lead's first touch to its acceptance (or qualification), as measured in these leads, in whole
days; and it divides sums over several periods, the last `window` of them, so that few leads in one don't make it jump.

A period of which a day's spend is not known has no cost; of the period that is not over, what was spent up to now is
held against the leads up to now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from insight.reports.figures import quartiles
from insight.reports.handovers import Fate, Handled
from insight.reports.periods import Calendar, Period, place
from insight.reports.spend import Spend
from insight.reports.tables import Chart, Report, Series, Table, Value, columns
from runtime.times import DAY

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two: "qualified" or "accepted". `counts` are the leads by period, `lag` whole days."""

    name: str
    counts: list[int]
    lag: int
    given: bool
    measured: tuple[int | None, int | None, int | None]
    of: int


def report(
    handled: Sequence[Handled], spend: Spend, calendar: Calendar, begin: int, at: int, window: int, lag: int | None
) -> Report:
    """The report as of `at`; `lag` (microseconds) replaces both that were measured, if it is given."""
    periods = calendar.through(begin, at)
    ways = [_way(name, handled, periods, lag) for name in ("qualified", "accepted")]
    money = spend.currency or "the currency of the spend file"
    spans = [_days(calendar, period, at) for period in periods]
    simple = [spend.on(*span) for span in spans]
    averaged = f", the last {window} periods together" if window > 1 else ""
    table = Table(
        "cost",
        f"Cost per lead by period, in {money}",
        columns(
            "period", "spend:money", "qualified:count", "per qualified:money", "accepted:count", "per accepted:money",
            "per qualified, lagged:money", "per accepted, lagged:money",
        ),
        notes=[
            "simple: spend of the period over the leads that first got there in it, handed over by marketing or not",
            f"lagged: spend one lag earlier (see the lags below) over the leads that got there{averaged}",
        ],
    )  # fmt: skip
    lagged = [_lagged(way, spend, spans, window) for way in ways]
    for at_, period in enumerate(periods):
        row: list[Value] = [period.name, shown(simple[at_])]
        for way in ways:
            row += [way.counts[at_], per(simple[at_], way.counts[at_])]
        table.rows.append((*row, *(each[at_] for each in lagged)))
    if periods[-1].partial:
        table.notes.append("* a period that is not over: spend and leads up to now")
    tables = [table, _lags(ways)]
    if spend.campaigns != {None}:
        tables.append(_campaigns(handled, spend, (spans[0][0], spans[-1][1]), periods[0].start, money))
    chart = _chart(periods, table, money)
    return Report("cost", "Cost per lead", tables, chart, _remarks(spend, spans, periods, simple))


def shown(amount: Fraction | None) -> Decimal | None:
    """An amount to a hundredth, half-way cases to the even digit."""
    return None if amount is None else Decimal(round(amount * 100)) / 100


def per(amount: Fraction | None, leads: int) -> Decimal | None:
    """What one lead cost; None without leads, or where the amount is not known."""
    return shown(amount / leads) if amount is not None and leads else None


def _days(calendar: Calendar, period: Period, at: int) -> tuple[date, date]:
    """The days of a period that have begun: the first, and the first after them."""
    return calendar.day(period.start), calendar.day(min(period.end - 1, at)) + timedelta(days=1)


def _way(name: str, handled: Sequence[Handled], periods: Sequence[Period], lag: int | None) -> Way:
    counts, spans = [0] * len(periods), []
    for lead in handled:
        reached = lead.qualified if name == "qualified" else lead.accepted
        if reached is None:
            continue
        spans.append(max(reached - lead.touched, 0))
        where = place(periods, reached)
        if where is not None:
            counts[where] += 1
    measured = quartiles(spans)
    used = lag if lag is not None else (measured[1] or 0)
    return Way(name, counts, round(used / DAY), lag is not None, measured, len(spans))


def _lagged(way: Way, spend: Spend, spans: Sequence[tuple[date, date]], window: int) -> list[Decimal | None]:
    """For each period the cost over it and those before it; None while there are fewer than `window`, or where spend is
    not known."""
    back = timedelta(days=way.lag)
    amounts = [spend.on(first - back, end - back) for first, end in spans]
    found: list[Decimal | None] = []
    for at in range(len(spans)):
        own = amounts[max(at + 1 - window, 0) : at + 1]
        if len(own) < window or any(each is None for each in own):
            found.append(None)
        else:
            found.append(per(sum((each for each in own if each is not None), Fraction(0)),
                             sum(way.counts[at + 1 - window : at + 1])))  # fmt: skip
    return found


def _lags(ways: Sequence[Way]) -> Table:
    table = Table(
        "lags",
        "The lag from a lead's first touch",
        columns("to", "leads:count", "lower quartile:span", "median:span", "upper quartile:span", "used:span", "from"),
        notes=["used: in whole days; --lag replaces what was measured"],
    )
    for way in ways:
        source = "--lag" if way.given else "measured" if way.of else "nothing to measure"
        table.rows.append((way.name, way.of, *way.measured, way.lag * DAY, source))
    return table


def _campaigns(handled: Sequence[Handled], spend: Spend, span: tuple[date, date], since: int, money: str) -> Table:
    table = Table(
        "campaigns",
        f"Cost by campaign over all periods shown, in {money}",
        columns(
            "campaign", "spend:money", "qualified:count", "per qualified:money", "accepted:count", "per accepted:money"
        ),
        notes=[
            "a lead counts for the campaign that it responded to last before it first qualified",
            "no spend: no row of the spend file names the campaign, or not all days are known",
        ],
    )
    counts: dict[str | None, list[int]] = {}
    for lead in handled:
        if not lead.handovers or lead.handovers[0].at < since:
            continue
        own = counts.setdefault(lead.handovers[0].campaign, [0, 0])
        own[0] += 1
        own[1] += any(each.fate is Fate.ACCEPTED for each in lead.handovers)
    known = spend.campaigns
    for name in sorted({*known, *counts}, key=lambda each: (each is None, each or "")):
        amount = spend.on(*span, name, of_all=False) if name in known else None
        qualified, accepted = counts.get(name, [0, 0])
        if not amount and not qualified:
            continue
        cells = (shown(amount), qualified, per(amount, qualified), accepted, per(amount, accepted))
        table.rows.append((name or "(none)", *cells))
    return table


def _remarks(
    spend: Spend, spans: Sequence[tuple[date, date]], periods: Sequence[Period], simple: Sequence[Fraction | None]
) -> list[str]:
    found: list[str] = []
    if not spend.zero:
        gaps = [f"{one}" if one == two else f"{one} to {two}" for one, two in spend.gaps]
        if gaps:
            more = f" and {len(gaps) - _SHOWN} more gaps" if len(gaps) > _SHOWN else ""
            found.append(
                f"no spend is given for {', '.join(gaps[:_SHOWN])}{more}: costs that need it are left open; with "
                "--no-spend-is-zero such days cost nothing"
            )
        first, last = min(spend.days), max(spend.days)
        outside = [period.label for period, (begin, end) in zip(periods, spans, strict=True)
                   if begin < first or end > last + timedelta(days=1)]  # fmt: skip
        if outside:
            found.append(
                f"spend is given from {first} to {last}, so it is not fully known for {', '.join(outside[:_SHOWN])}"
                + (" and others" if len(outside) > _SHOWN else "")
            )
    if all(each is None for each in simple):
        found.append("no period shown has all of its spend: look at the dates of the spend file")
    return found


def _chart(periods: Sequence[Period], table: Table, money: str) -> list[Chart]:
    names = [column.name for column in table.columns]
    chosen = [3, 5, 6, 7]
    series = []
    for at in chosen:
        values = [None if row[at] is None else float(row[at]) for row in table.rows]  # type: ignore[arg-type]  # money
        if any(value is not None for value in values):
            series.append(Series(names[at], values))
    if len(periods) < 2 or not series:
        return []
    return [Chart("Cost per lead", [period.name for period in periods], series, "lines", money)]
