"""What each page, mail, video, download, rule and program brought.

An asset is a rule of a score, a group of rules, a trigger (an automation), or what a property of an event names: a page
by its path, a mail by its campaign. It is met by a lead at each firing, or at each such event. Four things are counted
in each period: the firings, the leads that met it, and the leads that first qualified, or were first accepted, in the
period and had met it within the look-back before. Several assets share in one lead, so the columns don't add up to the
leads there were.

The tables are those that auditors keep: the name, the baseline, a column for each period or dated review. The change is
that of the last complete period against the one before; `trends` looks at all complete periods, quarters and years.
`insight.reports.trends` tells both apart from noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from itertools import pairwise

from insight.reports.handovers import Terms
from insight.reports.handovers import take as take_handed
from insight.reports.life import Life, Look
from insight.reports.periods import Calendar, Period
from insight.reports.tables import Chart, Column, Report, ReportError, Series, Table, Value, columns
from insight.reports.trends import change_p, standing_out, trend, verdict
from runtime.table import Table as Rules
from runtime.times import DAY

Asset = tuple[str, str]
"""A kind ("rule", "group", "trigger", or the event and property, "page_view.path"), and a name."""
NAMED = ("campaign",)
"""Properties that name an asset even where they may be missing."""
MEASURES = {
    "firings": "Firings of each asset",
    "leads": "Leads that met each asset",
    "qualified": "Leads that qualified in the period and had met the asset",
    "accepted": "Leads that were accepted in the period and had met the asset",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`properties` are the (event, property) that name assets; `gathered` (name, pattern) pairs that make groups of
    assets; `lookback` microseconds; `terms` what counts as qualified, None where the model does not say."""

    properties: frozenset[tuple[str, str]]
    gathered: tuple[tuple[str, str], ...] = ()
    lookback: int = 90 * DAY
    terms: Terms | None = None


@dataclass(slots=True)
class Met:
    """What one lead met: how often on which day (ordinals of the zone's dates); and, of those it met within the
    look-back, the assets that share in its first qualification and acceptance, with the day of that."""

    days: dict[Asset, dict[int, int]] = field(default_factory=dict)
    qualified: tuple[int, frozenset[Asset]] | None = None
    accepted: tuple[int, frozenset[Asset]] | None = None


def properties_of(rules: Rules, asked: Sequence[str] = ()) -> frozenset[tuple[str, str]]:
    """The properties that name assets: those asked for as ``event.property``, or all required texts and campaigns.
    Raises ReportError."""
    if not asked:
        return frozenset(
            (event, name)
            for event, kind in rules.events.items()
            for name, given in kind.properties.items()
            if given.type == "text" and (given.required or name in NAMED)
        )
    found = set()
    for text in asked:
        event, _, name = text.partition(".")
        if event not in rules.events or name not in rules.events[event].properties:
            known = [f"{each}.{own}" for each, kind in rules.events.items() for own in kind.properties]
            raise ReportError(f"`{text}` is no property of an event", f"there are {', '.join(sorted(known))}")
        found.add((event, name))
    return frozenset(found)


def assets_of(rules: Rules) -> list[Asset]:
    """The assets that stand in the model, whether anybody met them or not."""
    found: list[Asset] = []
    for key, score in rules.scores.items():
        found += [("rule", f"{key}.{rule.name}") for rule in score.on]
        found += [("group", f"{key}.{name}") for name in dict.fromkeys(rule.group for rule in score.on) if name]
    return found + [("trigger", each.name) for each in rules.triggers]


# --- of one lead ------------------------------------------------------------------------------------------------------


def take(lived: Life, wanted: Wanted, calendar: Calendar) -> Met:
    """What a lead met."""
    scores = lived.plan.table.scores
    groups = {(key, rule.name): rule.group for key, score in scores.items() for rule in score.on if rule.group}
    found = Met()
    times: list[tuple[int, list[Asset]]] = []
    for look in lived.looks:
        assets = list(_met(look, wanted, groups))
        if not assets:
            continue
        times.append((look.at, assets))
        day = calendar.ordinal(look.at)
        for asset in assets:
            counts = found.days.setdefault(asset, {})
            counts[day] = counts.get(day, 0) + 1
    handled = None if wanted.terms is None else take_handed(lived, wanted.terms)
    if handled is not None:
        found.qualified = _shared(handled.qualified, times, wanted, calendar)
        found.accepted = _shared(handled.accepted, times, wanted, calendar)
    return found


def _met(look: Look, wanted: Wanted, groups: Mapping[tuple[str, str], str]) -> list[Asset]:
    found: list[Asset] = []
    seen = set()
    for gift in look.gifts:
        found.append(("rule", gift.name))
        group = groups.get((gift.score, gift.rule))
        if group is not None and (gift.score, group) not in seen:
            seen.add((gift.score, group))
            found.append(("group", f"{gift.score}.{group}"))
    found += [("trigger", name) for name in look.fired]
    if look.event is not None:
        for name, value in look.data.items():
            if type(value) is str and value and (look.event, name) in wanted.properties:
                found.append((f"{look.event}.{name}", value))
    gathered = [
        ("gathered", name)
        for name, pattern in wanted.gathered
        if any(fnmatchcase(f"{kind} {own}", pattern) for kind, own in found)
    ]
    return found + list(dict.fromkeys(gathered))


def _shared(
    at: int | None, times: Sequence[tuple[int, list[Asset]]], wanted: Wanted, calendar: Calendar
) -> tuple[int, frozenset[Asset]] | None:
    if at is None:
        return None
    met = {asset for t, assets in times if at - wanted.lookback <= t <= at for asset in assets}
    return calendar.ordinal(at), frozenset(met)


# --- of all -----------------------------------------------------------------------------------------------------------

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
            "complete periods only; slope: Theil-Sen; chance: how likely such an order is without a trend (Mann-Kendall)",
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
