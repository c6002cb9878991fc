"""How many leads will reach a stage in the coming period, with an interval that past periods bear out.

The instants one, two, three … periods ago are landmarks. Of the leads that stood in some stage then, for about as long,
a share had entered the wanted stage for the first time one period later: that share, of the landmarks whose period is
over, is taken for each lead that stands there now; leads that come in and pass at once are added as they did on
average. Where few stood there that long, the share leans towards that of all leads of the stage (as if `PRIOR` of them
had been seen beside).

The same is done at each landmark, from what lay before it, and held against what came. The interval is as wide as the
errors made there: that multiple of the forecast's own spread which would have held four of five of them (split
conformal prediction). So it says how well this method has done here, and nothing of what never happened before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

from insight.reports.figures import LEVEL
from insight.reports.paths import Path
from insight.reports.periods import SPANS
from insight.reports.tables import Table, columns
from runtime.table import Stages
from runtime.times import DAY

LANDMARKS = 24
"""Periods that are looked back on at most."""
LEARNT = 3
"""Landmarks that a forecast needs before it."""
NEEDED = 4
"""Past forecasts that an interval of four of five needs."""
PRIOR = 4.0
OLD = 2
"""Periods from which on a lead counts as one that has stood there for long."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A landmark: how many leads stood in each cell, a (stage, age), and how many of them entered the wanted stage
    within the period; and how many entered it that had not been there."""

    stood: dict[tuple[str, int], int]
    went: dict[tuple[str, int], int]
    fresh: int

    @property
    def all(self) -> int:
        return sum(self.went.values()) + self.fresh


def forecast(paths: Sequence[Path], stages: Stages, kind: str, at: int) -> tuple[Table, list[str]]:
    """The table of the forecast, and what must be said of it."""
    span = SPANS[kind] * DAY
    first = min((path.stays[0][1] for path in paths), default=at)
    count = min((at - first) // span, LANDMARKS)
    table = Table(
        "forecast",
        f"Forecast: leads that enter a stage for the first time in the {SPANS[kind]} days from now on",
        columns(
            "stage", "expected:number", "at least:count", "at most:count", "last period:count",
            "past forecasts:count", "mean error:number", "held by the interval:share",
        ),
        notes=[
            f"from {count} past periods; at least and at most hold {LEVEL:.0%} of what may come, as past forecasts did",
            ("held by the interval: the share of past forecasts whose interval, made from those before them, held what "
            "came"),
        ],
        empty="there are fewer than four past periods, which is too little to foretell anything from",
    )  # fmt: skip
    remarks: list[str] = []
    if count <= LEARNT:
        return table, remarks
    for stage in stages.path[1:]:
        table.rows.append((stage, *_foretold(paths, stage, [at - k * span for k in range(count, -1, -1)])))
    if any(row[2] is None for row in table.rows):
        remarks.append(
            f"a forecast has an interval once {NEEDED} past forecasts can be held against what came; each needs "
            f"{LEARNT} periods before it"
        )
    return table, remarks


def _foretold(paths: Sequence[Path], stage: str, marks: Sequence[int]) -> tuple[float | int | None, ...]:
    seen = [_seen(paths, stage, one, two) for one, two in pairwise(marks)]
    made = [_expected(seen[:at], seen[at].stood) for at in range(LEARNT, len(seen))]
    came = [each.all for each in seen[LEARNT:]]
    misses = [abs(got - mean) / spread for (mean, spread), got in zip(made, came, strict=True)]
    now = _seen(paths, stage, marks[-1], 2 * marks[-1] - marks[-2]).stood
    mean, spread = _expected(seen, now)
    low, high = _interval(mean, spread, misses)
    tried = held = 0
    for at in range(NEEDED, len(misses)):
        lower, upper = _interval(*made[at], misses[:at])
        assert lower is not None
        assert upper is not None
        tried += 1
        held += lower <= came[at] <= upper
    error = sum(abs(got - mean_) for (mean_, _), got in zip(made, came, strict=True)) / len(made)
    return mean, low, high, seen[-1].all, len(made), error, held / tried if tried else None


def _interval(mean: float, spread: float, misses: Sequence[float]) -> tuple[int | None, int | None]:
    """Whole numbers of leads, rounded outwards; None while too few forecasts have been tried."""
    rank = ceil((len(misses) + 1) * LEVEL)
    if len(misses) < NEEDED or rank > len(misses):
        return None, None
    wide = sorted(misses)[rank - 1] * spread
    return max(ceil(mean - wide - 1e-9) if mean - wide > 0 else 0, 0), int(mean + wide + 1e-9)


def _expected(seen: Sequence[Seen], stood: dict[tuple[str, int], int]) -> tuple[float, float]:
    """The mean and the spread of how many come, from past landmarks, for leads that stand in these cells."""
    mean = variance = 0.0
    for cell, count in stood.items():
        of_stage = [
            (each.stood[key], each.went.get(key, 0)) for each in seen for key in each.stood if key[0] == cell[0]
        ]
        there, gone = sum(s for s, _ in of_stage), sum(w for _, w in of_stage)
        overall = gone / there if there else 0.0
        own = sum(each.stood.get(cell, 0) for each in seen)
        went = sum(each.went.get(cell, 0) for each in seen)
        chance = (went + PRIOR * overall) / (own + PRIOR)
        mean += count * chance
        variance += count * chance * (1 - chance)
    fresh = [each.fresh for each in seen]
    average = sum(fresh) / len(fresh)
    scatter = sum((each - average) ** 2 for each in fresh) / max(len(fresh) - 1, 1)
    return mean + average, sqrt(max(variance + max(scatter, average), 0.25))


def _seen(paths: Sequence[Path], stage: str, start: int, end: int) -> Seen:
    stood: dict[tuple[str, int], int] = {}
    went: dict[tuple[str, int], int] = {}
    fresh = 0
    for path in paths:
        if path.stays[0][1] > end:
            continue
        entered = path.entered(stage)
        if entered is not None and entered <= start:
            continue
        comes = entered is not None and entered <= end
        cell = _cell(path, start, end - start)
        if cell is None:
            fresh += comes
        else:
            stood[cell] = stood.get(cell, 0) + 1
            went[cell] = went.get(cell, 0) + comes
    return Seen(stood, went, fresh)


def _cell(path: Path, at: int, span: int) -> tuple[str, int] | None:
    """The stage of a lead at an instant, and for how many periods it has been there, up to `OLD`."""
    for stage, start, end in path.stays:
        if start <= at and (end is None or end > at):
            return stage, min((at - start) // span, OLD)
    return None
