"""What each page, mail, video, download, rule and program brought.

What an asset is, and when a lead has met it, `insight.reports.touches` says. Four things are counted
in each period: the firings, the leads that met it, and the leads that first qualified, or were first accepted, in the
period and had met it within the look-back before. Several assets share in one lead, so the columns don't add up to the
leads there were.

The tables are those that auditors keep: the name, the baseline, a column for each period or dated review. The change is
that of the last complete period against the one before; `trends` looks at all complete periods, quarters and years.
`insight.reports.trends` tells both apart from noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from insight.reports.periods import Calendar, Period
from insight.reports.tables import Chart, Column, Report, ReportError, Series, Table, Value, columns
from insight.reports.touches import Asset, Met, Wanted, assets_of
from insight.reports.trends import change_p, standing_out, trend, verdict
from runtime.table import Table as Rules

MEASURES = {
    "firings": "Firings of each asset",
    "leads": "Leads that met each asset",
    "qualified": "Leads that qualified in the period and had met the asset",
    "accepted": "Leads that were accepted in the period and had met the asset",
}

Stretch = tuple[str, int, int, bool]
"""A column: its name, its first day, the first day after it (ordinals), and whether it is over."""
Counts = dict[Asset, list[int]]


def report(
    met: Sequence[Met], wanted: Wanted, rules: Rules, calendar: Calendar, begin: int, at: int,
    baseline: str | None = None, reviews: Sequence[int] = (), top: int = 20,
) -> Report:  # fmt: skip
    """The report as of `at`. `baseline` names a period, `reviews` are the instants of dated reviews, which make columns
    instead of the periods; `top` limits the assets of each kind that events name."""
    stretches = _stretches(calendar, begin, at, reviews)
    base = _baseline(stretches, baseline)
    counted = {measure: _counts(met, measure, stretches) for measure in MEASURES}
    assets, left = _listed(counted["firings"], assets_of(rules), top)
    shown = [name for name in MEASURES if wanted.terms is not None or name in ("firings", "leads")]
    ended = [place for place, each in enumerate(stretches) if each[3]]
    tables = [_table(name, counted[name], assets, stretches, base, ended) for name in shown]
    tables.append(_trends(met, assets, calendar, begin, at))
    remarks = [
        f"{count:,} more assets of {kind} were met less often and are not listed: --top N" for kind, count in left
    ]
    if wanted.terms is None:
        remarks.append("the model does not say who is qualified, so only firings and leads are counted: --qualified S")
    charts = _chart(counted["leads"], assets, base, ended, stretches)
    return Report("assets", "What each asset brought", tables, charts, remarks)


def _stretches(calendar: Calendar, begin: int, at: int, reviews: Sequence[int]) -> list[Stretch]:
    if not reviews:
        return [_stretch(calendar, each, at) for each in calendar.through(begin, at)]
    marks = sorted({calendar.day(each).toordinal() for each in reviews if each <= at})
    first = calendar.day(begin).toordinal()
    marks = [mark for mark in marks if mark > first]
    if not marks:
        raise ReportError("no review lies between the first event and the instant of the report")
    days = [first, *marks]
    return [(f"to {date.fromordinal(two)}", one, two, True) for one, two in pairwise(days)]


def _stretch(calendar: Calendar, period: Period, at: int) -> Stretch:
    first, end = calendar.day(period.start).toordinal(), calendar.day(period.end).toordinal()
    return period.name, first, min(end, calendar.day(at).toordinal() + 1), not period.partial


def _baseline(stretches: Sequence[Stretch], asked: str | None) -> int:
    names = [name.rstrip("*") for name, *_ in stretches]
    if asked is None:
        return 0
    if asked not in names:
        raise ReportError(f"the baseline `{asked}` is none of the periods shown", f"they are {', '.join(names)}")
    return names.index(asked)


def _place(stretches: Sequence[Stretch], day: int) -> int | None:
    return next((at for at, (_, first, end, _) in enumerate(stretches) if first <= day < end), None)


def _counts(met: Sequence[Met], measure: str, stretches: Sequence[Stretch]) -> Counts:
    """By asset, a count for each stretch."""
    places = {day: _place(stretches, day) for each in met for days in each.days.values() for day in days}
    found: Counts = {}
    for each in met:
        for asset, at, count in _shares(each, measure, places, stretches):
            found.setdefault(asset, [0] * len(stretches))[at] += count
    return found


def _shares(
    each: Met, measure: str, places: Mapping[int, int | None], stretches: Sequence[Stretch]
) -> list[tuple[Asset, int, int]]:
    """What one lead adds: (asset, stretch, how much)."""
    found: list[tuple[Asset, int, int]] = []
    if measure in ("firings", "leads"):
        for asset, days in each.days.items():
            own: dict[int, int] = {}
            for day, times in days.items():
                at = places[day]
                if at is not None:
                    own[at] = own.get(at, 0) + times
            found += [(asset, at, times if measure == "firings" else 1) for at, times in own.items()]
        return found
    shared = each.qualified if measure == "qualified" else each.accepted
    at = None if shared is None else _place(stretches, shared[0])
    return [] if shared is None or at is None else [(asset, at, 1) for asset in shared[1]]


def _listed(firings: Counts, known: Sequence[Asset], top: int) -> tuple[list[Asset], list[tuple[str, int]]]:
    """The assets to show: all of the model, and of each kind that events name those met most; and how many are not."""
    fixed = set(known)
    by_kind: dict[str, list[Asset]] = {}
    for asset in firings:
        if asset not in fixed:
            by_kind.setdefault(asset[0], []).append(asset)
    found: list[Asset] = []
    left: list[tuple[str, int]] = []
    for kind in sorted(by_kind, key=lambda each: (each != "gathered", each)):
        own = sorted(by_kind[kind], key=lambda each: (-sum(firings[each]), each))
        found += own[:top]
        if len(own) > top:
            left.append((kind, len(own) - top))
    kinds = ("rule", "group", "trigger")
    order = sorted(known, key=lambda each: (kinds.index(each[0]), -sum(firings.get(each, ())), each))
    return [*found, *order], left


def _table(
    name: str, counts: Counts, assets: Sequence[Asset], stretches: Sequence[Stretch], base: int, ended: Sequence[int]
) -> Table:
    table = Table(name, MEASURES[name], [*columns("asset", "kind", "baseline:count")])
    table.columns += [Column(stretch[0], "count") for at, stretch in enumerate(stretches) if at != base]
    table.notes = [f"baseline: {stretches[base][0]}"]
    last = (ended[-2], ended[-1]) if len(ended) > 1 else None
    owns = [counts.get(asset, [0] * len(stretches)) for asset in assets]
    told = [[] for _ in assets] if last is None else _told(owns, stretches, last, tested=name != "firings")
    for asset, own, more in zip(assets, owns, told, strict=True):
        others = (each for at, each in enumerate(own) if at != base)
        table.rows.append((asset[1], asset[0], own[base], *others, *more))
    if last is not None:
        table.columns += columns("change:share", *(("against noise",) if name != "firings" else ()))
        table.notes.append(f"change: {stretches[last[1]][0]} against {stretches[last[0]][0]}, per day")
        table.notes.append(
            "firings of one lead come together, so whether they stand out is asked of the leads"
            if name == "firings"
            else "against noise: exact test of two Poisson counts; 5% of what stands out is false (Benjamini-Hochberg)"
        )
    if not stretches[-1][3]:
        table.notes.append("* a period that is not over")
    return table


def _told(
    owns: Sequence[Sequence[int]], stretches: Sequence[Stretch], last: tuple[int, int], *, tested: bool
) -> list[list[Value]]:
    """The last cells of each row: the change and, if it is tested, what it is against noise."""
    changes = [_change(own, stretches, last) for own in owns]
    if not tested:
        return [[change] for change in changes]
    one, two = last
    lengths = _length(stretches[one]), _length(stretches[two])
    chances = [change_p(own[one], own[two], *lengths) for own in owns]
    found: list[list[Value]] = []
    for change, p, clear in zip(changes, chances, standing_out(chances), strict=True):
        found.append([change, verdict(p, clear, 1.0 if change is None else change)])
    return found


def _length(stretch: Stretch) -> int:
    return stretch[2] - stretch[1]


def _change(own: Sequence[int], stretches: Sequence[Stretch], last: tuple[int, int]) -> float | None:
    """By which fraction the count per day grew; None from nothing."""
    one, two = last
    if not own[one]:
        return None
    return own[two] / _length(stretches[two]) / (own[one] / _length(stretches[one])) - 1


def _trends(met: Sequence[Met], assets: Sequence[Asset], calendar: Calendar, begin: int, at: int) -> Table:
    """The course of the leads of each asset over complete periods, quarters and years."""
    table = Table(
        "trends",
        "Long-term trend of the leads that met each asset",
        columns("asset", "kind", "over:text", "periods:count", "leads in a period:number", "slope per period:number",
                "chance:number", "against noise"),
        notes=[
            "complete periods only; slope: Theil-Sen; chance: of such an order without a trend (Mann-Kendall)",
            "against noise: 5% of what stands out is false (Benjamini-Hochberg); seasons are not taken out",
        ],
        empty="a trend needs five complete periods",
    )  # fmt: skip
    found: list[tuple[Asset, str, list[int], tuple[float, float]]] = []
    for kind in dict.fromkeys((calendar.kind, "quarter", "year")):
        own = Calendar(kind, calendar.name)
        first = own.day(begin).toordinal()
        stretches = [each for each in _stretches(own, begin, at, ()) if each[3] and each[1] >= first]
        counts = _counts(met, "leads", stretches) if stretches else {}
        for asset in assets:
            values = counts.get(asset, [0] * len(stretches))
            course = trend([each / _length(stretch) for each, stretch in zip(values, stretches, strict=True)])
            if course is not None and any(values):
                usual = sum(map(_length, stretches)) / len(stretches)
                found.append((asset, kind, values, (course[0] * usual, course[1])))
    clear = standing_out([each[3][1] for each in found])
    for stands, (asset, kind, values, (slope, p)) in zip(clear, found, strict=True):
        table.rows.append((asset[1], asset[0], kind, len(values), sum(values) / len(values), slope, p,
                           verdict(p, stands, slope)))  # fmt: skip
    return table


def _chart(
    counts: Counts, assets: Sequence[Asset], base: int, ended: Sequence[int], stretches: Sequence[Stretch]
) -> list[Chart]:
    """The assets that most leads met, in the baseline and in the last complete period."""
    if not ended:
        return []
    last = ended[-1]
    order = sorted((each for each in assets if each in counts), key=lambda each: -sum(counts[each]))[:15]
    if not order:
        return []
    labels = [f"{name} ({kind})" if kind != "rule" else name for kind, name in order]
    series = [Series(stretches[last][0], [float(counts[each][last]) for each in order])]
    if last != base:
        series.insert(0, Series(f"baseline {stretches[base][0]}", [float(counts[each][base]) for each in order]))
    return [Chart("Leads that met the assets met most", labels, series, "rows", "leads")]
