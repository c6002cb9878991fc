"""Where to draw the line: what it costs to call everybody above it, and what comes back.

A lead is called when its score first comes to the line, so what counts is the highest score that it had strictly before
its instant, not the one that ageing left. Who is called and is won brings the deal's worth; who is called costs a call.
The worth counts in full: a back-test can't tell who would have been won without a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insight.backtest import measures
from insight.backtest.measures import Estimate, Floats
from insight.backtest.standing import Standing

_LINES = 100
_ROUNDS = 200
_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A line in points: how many leads came to it, and of them how many were won. `profit` is in the unit of the
    costs, None without them."""

    line: float
    calls: int
    won: int
    precision: float
    recall: float
    profit: float | None


@dataclass(frozen=True, slots=True)
class Sweep:
    """`best` is the line with the highest profit, `stable` the interval in which it lies for resampled leads."""

    lines: list[Line]
    best: Line | None = None
    stable: Estimate | None = None
    call_cost: float | None = None
    deal_worth: float | None = None
    own_worth: int = 0
    """How many won leads brought their own worth into it."""


def sweep(
    found: Sequence[Standing], today: float | None, call_cost: float | None, deal_worth: float | None, seed: int
) -> Sweep:
    """All lines that tell leads apart, some hundred at most, and the one of today. A deal without a worth of
    its own counts `deal_worth`."""
    peaks = np.array([each.peak for each in found], dtype=float) / _SCALE
    truth = np.array([each.case.won for each in found], dtype=bool)
    own = [each.case.worth for each in found]
    worths = np.array([(deal_worth or 0.0) if each is None else each for each in own], dtype=float) * truth
    levels = np.unique(peaks)
    if len(levels) > _LINES:
        levels = np.unique(np.quantile(peaks, np.linspace(0, 1, _LINES), method="nearest"))
    if today is not None and today <= levels[-1]:
        levels = np.union1d(levels, [today])
    own_worth = sum(each is not None and bool(won) for each, won in zip(own, truth, strict=True))
    priced = call_cost is not None and (deal_worth is not None or own_worth > 0)
    above = peaks[:, None] >= levels[None, :]
    profits = _profits(above, worths, call_cost if priced and call_cost is not None else 0.0, np.ones(len(peaks)))
    lines = []
    for at, level in enumerate(levels):
        calls, won = int(above[:, at].sum()), int((above[:, at] & truth).sum())
        precision, recall = won / calls, won / int(truth.sum())
        lines.append(Line(float(level), calls, won, precision, recall, float(profits[at]) if priced else None))
    if not priced or call_cost is None:
        return Sweep(lines)
    best = lines[int(np.argmax(profits))]
    drawn = [
        float(levels[int(np.argmax(_profits(above, worths, call_cost, weights)))])
        for weights in measures.resamples(truth, seed, _ROUNDS)
    ]
    low, high = measures.quantiles(drawn)
    return Sweep(lines, best, Estimate(best.line, low, high), call_cost, deal_worth, own_worth)


def _profits(
    above: np.ndarray[tuple[int, int], np.dtype[np.bool_]], worths: Floats, cost: float, weights: Floats
) -> Floats:
    found: Floats = ((worths - cost) * weights) @ above
    return found
