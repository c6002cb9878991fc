"""The pictures of a plan, as the numbers that an SVG needs.

A flow is drawn as an alluvial diagram: what leads were on the left, what they become on the right, and a ribbon as wide
as there are leads between each two. Those that stay are grey, those that move have the colour of where they come from;
the colours are told apart by people who see colours otherwise, and everything has its name and number beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.findings import counted
from cli.plans.answer import Answer
from cli.plans.sections import called, flows, trigger_order
from cli.visible import visible
from insight.change.compare import first_day
from runtime.times import write_date

_WIDTH, _LABEL, _BAR, _GAP, _LEAST = 760, 186, 14, 12, 16
_TOP = 26
_FULL = 300
"""The height that all leads together take."""
COLOURS = 8
_LONGEST = 17
MOST_WEEKS = 53
_MOST_TRIGGERS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One band or stage on a side; `text_y` is where its label stands, clear of the others."""

    x: float
    y: float
    height: float
    colour: int
    label: str
    text_x: float
    text_y: float
    left: bool


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Leads that go from one to another; `colour` is None for those that stay."""

    path: str
    colour: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Alluvial:
    """`heads` are where the words above the two sides stand."""

    title: str
    width: float
    height: float
    bar: float
    heads: tuple[float, float]
    bars: tuple[Bar, ...]
    ribbons: tuple[Ribbon, ...]
    moved: str
    """What the picture shows, in a sentence."""


def alluvials(answer: Answer) -> list[Alluvial]:
    """A picture for each flow in which anything moves."""
    return [_alluvial(title, flow, names) for title, flow, names in flows(answer)]


def _alluvial(title: str, flow: object, names: Sequence[str | None]) -> Alluvial:
    counts = {pair: count for pair, count in dict(flow).items() if count}  # type: ignore[call-overload]
    scale = _FULL / sum(counts.values())
    sides = []
    for side in (0, 1):
        sums = {name: sum(count for pair, count in counts.items() if pair[side] == name) for name in names}
        sides.append(list(_bars(sums, names, scale, left=side == 0)))
    ribbons = tuple(_ribbons(counts, names, sides, scale))
    height = max(bar.y + bar.height for bars in sides for bar in bars) + 8
    height = max(height, *(bar.text_y + 6 for bars in sides for bar in bars))
    moved = sum(count for (old, new), count in counts.items() if old != new)
    told = f"{moved:,} of {counted(sum(counts.values()), 'lead')} end elsewhere"
    every = tuple([bar for bars in sides for bar in bars if bar.height])
    heads = (_LABEL - 8, _WIDTH - _LABEL + 8)
    return Alluvial(title, _WIDTH, round(height, 1), _BAR, heads, every, ribbons, told)


def _bars(sums: dict[str | None, int], names: Sequence[str | None], scale: float, *, left: bool) -> Iterator[Bar]:
    """The bars of one side, from the top; the highest band first, as scales are drawn."""
    x = _LABEL if left else _WIDTH - _LABEL - _BAR
    y, text = float(_TOP), 0.0
    for at, name in reversed(list(enumerate(names))):
        height = sums[name] * scale
        text = max(y + height / 2 + 4, text + _LEAST) if height else text
        label = f"{_short(called(name))} {sums[name]:,}"
        beside = x - 8 if left else x + _BAR + 8
        yield Bar(x, round(y, 2), round(height, 2), at % COLOURS, label, beside, round(text, 1), left)
        y += height + (_GAP if height else 0)


def _short(name: str) -> str:
    shown = visible(name)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _ribbons(
    counts: dict[tuple[str | None, str | None], int],
    names: Sequence[str | None],
    sides: Sequence[Sequence[Bar]],
    scale: float,
) -> Iterator[Ribbon]:
    """Those that stay first, so that the others lie above them."""
    down = list(reversed(names))
    places = [{name: bar.y for name, bar in zip(down, bars, strict=True)} for bars in sides]
    x0, x1 = _LABEL + _BAR, _WIDTH - _LABEL - _BAR
    found = []
    for old in down:
        for new in down:
            count = counts.get((old, new), 0)
            if not count:
                continue
            width, top, end = count * scale, places[0][old], places[1][new]
            places[0][old] += width
            places[1][new] += width
            title = f"{called(old)} → {called(new)}: {counted(count, 'lead')}"
            colour = None if old == new else list(names).index(old) % COLOURS
            found.append((old != new, Ribbon(_path(x0, top, x1, end, width), colour, title)))
    yield from (ribbon for _, ribbon in sorted(found, key=lambda each: each[0]))


def _path(x0: float, top: float, x1: float, end: float, width: float) -> str:
    half = (x0 + x1) / 2
    there = f"M{x0} {top:.2f}C{half} {top:.2f} {half} {end:.2f} {x1} {end:.2f}"
    back = f"V{end + width:.2f}C{half} {end + width:.2f} {half} {top + width:.2f} {x0} {top + width:.2f}Z"
    return there + back


# --- firings by week --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Week:
    """Two bars side by side: the heights before and after, at `x`, under `label` where it has one."""

    x: float
    width: float
    old: float
    new: float
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Weekly:
    """How often one trigger fires in each week; `most` is what the full height stands for."""

    trigger: str
    width: float
    left: float
    top: float
    bottom: float
    weeks: tuple[Week, ...]
    most: int
    told: str


def weeklies(answer: Answer) -> list[Weekly]:
    """A picture for each trigger that fires more or less often in any week, up to a number of them."""
    weeks = answer.facts.weeks
    changed = [name for name in trigger_order(answer) if weeks[name][0] != weeks[name][1]][:_MOST_TRIGGERS]
    every = [week for name in changed for counts in weeks[name] for week in counts]
    if not every:
        return []
    first = max(min(every), max(every) - MOST_WEEKS + 1)
    return [_weekly(name, weeks[name], range(first, max(every) + 1)) for name in changed]


def _weekly(name: str, counts: tuple[dict[int, int], dict[int, int]], weeks: range) -> Weekly:
    left, top, bottom = 44.0, 10.0, 96.0
    each = min((_WIDTH - left - 4) / len(weeks), 60)
    bar = round(max(each * 0.4, 1), 2)
    most = max((side.get(week, 0) for side in counts for week in weeks), default=0) or 1
    labelled = max(round(84 / each), 1)
    drawn = []
    for at, week in enumerate(weeks):
        old, new = (side.get(week, 0) for side in counts)
        day = write_date(first_day(week))
        was, now = (round(count / most * (bottom - top), 2) for count in (old, new))
        label = day if at % labelled == 0 and at * each + left < _WIDTH - 70 else ""
        drawn.append(Week(round(left + at * each, 2), bar, was, now, label, f"{day}: {old:,} before, {new:,} after"))
    totals = [sum(side.values()) for side in counts]
    return Weekly(name, _WIDTH, left, top, bottom, tuple(drawn), most, f"{totals[0]:,} before, {totals[1]:,} after")
