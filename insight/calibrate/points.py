"""From weights to points that people can read: one scale for all, then rounding.

The scale is what the line says: as many leads come to it as do today, so that what reads the score (bands, triggers,
people) goes on meaning what it meant. Where that would push the best leads against the upper end of the range, where
they could no longer be told apart, the scale is as large as the range allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from insight.backtest.measures import Floats
from insight.calibrate.fit import Weights
from insight.calibrate.sites import Site

_NEARLY_ALL = 0.99
_SOME = 0.1
_HALVINGS = 20
_LARGEST = 1e6
_LEAST = 4
"""Significant digits of a factor, which no step suits."""

Points = Mapping[Site, Decimal]


@dataclass(frozen=True, slots=True)
class Scale:
    """Points of the score: its `line` and its upper end, None where it has none; how its values lie today."""

    line: float | None
    high: float | None
    step: Decimal


def scaled(
    weights: Weights, counts: Floats, sites: Sequence[Site], fixed: Floats, today: Floats, scale: Scale
) -> Points:
    """Points for all sites that tell leads apart; the others keep theirs. `today` are the scores of the same leads,
    `fixed` what stays of their points: that of rules which are not sites."""
    varied = [bool(each) for each in counts.std(axis=0) > 0]
    now = np.array([0.0 if each else float(site.now) for site, each in zip(sites, varied, strict=True)])
    size = _size(counts @ weights.each, fixed + counts @ now, today, scale)
    found = {}
    for site, weight, tells in zip(sites, weights.each, varied, strict=True):
        if tells:
            found[site] = rounded(weight * size, site, scale.step)
    return found


def _size(sums: Floats, fixed: Floats, today: Floats, scale: Scale) -> float:
    """The scale at which as many come to the line as today, or that the range allows."""
    spread = float(sums.std())
    if spread == 0:
        return 0.0
    size = float(today.std()) / spread
    if scale.line is not None and scale.line > 0:
        part = float((today >= scale.line).mean())
        part = part if 0 < part < 1 else _SOME
        size = _reaching(sums, fixed, 1 - part, scale.line)
    if scale.high is not None:
        size = min(size, _reaching(sums, fixed, _NEARLY_ALL, scale.high))
    return size


def _reaching(sums: Floats, fixed: Floats, part: float, points: float) -> float:
    """The largest scale at which this part of the leads has no more than these points, by bisection."""
    low, high = 0.0, 1.0
    while high < _LARGEST and float(np.quantile(fixed + high * sums, part)) <= points:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if float(np.quantile(fixed + middle * sums, part)) <= points:
            low = middle
        else:
            high = middle
    return low


def rounded(value: float, site: Site, step: Decimal) -> Decimal:
    """The nearest multiple of the step; of a factor, four significant digits."""
    if site.factor:
        exact = Decimal(f"{value:.{_LEAST}g}")
        return exact.quantize(Decimal("0.000000000001")).normalize() if exact else Decimal(0)
    return (Decimal(value) / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
