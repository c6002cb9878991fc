"""Measures of a ranking: how well a number foretells yes or no. numpy, scipy and scikit-learn do the arithmetic.

Ties are treated as ties throughout: leads with one score are one group, and a tenth that ends within a group takes its
part of it. So no measure depends on the order of leads.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

Floats: TypeAlias = NDArray[np.float64]
Truth: TypeAlias = NDArray[np.bool_]
LEVEL = 0.95
ROUNDS = 500
"""Resamples of a bootstrap."""
FOLDS = 5
_SIDE = (1 - LEVEL) / 2
_POINTS = 200
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def share(count: int, of: int) -> Estimate | None:
    """A share with its Wilson interval; None of nothing."""
    if of == 0:
        return None
    found = stats.binomtest(count, of).proportion_ci(LEVEL, method="wilson")
    return Estimate(count / of, float(found.low), float(found.high))


# --- ranking ----------------------------------------------------------------------------------------------------------


def auc(truth: Truth, score: Floats) -> Estimate:
    """The area under the ROC curve, with the interval of DeLong, DeLong and Clarke-Pearson on the logit scale: the part
    of all pairs of a won and another lead in which the won one has the higher score, ties half. Both classes are
    there."""
    won, other = score[truth], score[~truth]
    m, n = len(won), len(other)
    ranks = stats.rankdata(np.concatenate([won, other]))
    ours, theirs = stats.rankdata(won), stats.rankdata(other)
    value = float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))
    of_won = (ranks[:m] - ours) / n
    of_other = 1 - (ranks[m:] - theirs) / m
    variance = (of_won.var(ddof=1) / m if m > 1 else 0.25) + (of_other.var(ddof=1) / n if n > 1 else 0.25)
    if not 0 < value < 1:
        return Estimate(value, value, value)
    logit, width = np.log(value / (1 - value)), float(np.sqrt(variance)) / (value * (1 - value))
    z = float(stats.norm.ppf(1 - _SIDE))
    low, high = (1 / (1 + np.exp(-(logit + sign * z * width))) for sign in (-1, 1))
    return Estimate(value, float(low), float(high))


def area(truth: Truth, score: Floats) -> float:
    """The area under the ROC curve alone."""
    ranks = stats.rankdata(score)
    won = int(truth.sum())
    return float((ranks[truth].sum() - won * (won + 1) / 2) / (won * (len(truth) - won)))


def average(truth: Truth, score: Floats) -> float:
    """The average precision alone."""
    return _Groups(truth, score).average_precision(np.ones(len(truth)))


def precision_recall(truth: Truth, score: Floats, seed: int) -> Estimate:
    """The average precision, the area under the precision-recall curve by steps, with a bootstrap interval."""
    groups = _Groups(truth, score)
    value = groups.average_precision(np.ones(len(truth)))
    found = [groups.average_precision(weights) for weights in resamples(truth, seed)]
    return Estimate(value, *quantiles(found))


def resamples(truth: Truth, seed: int, rounds: int = ROUNDS) -> Iterator[Floats]:
    """How often each lead is drawn in each round, won and other ones apart so that both are always there."""
    dice = np.random.default_rng(seed)
    sides = [np.flatnonzero(truth), np.flatnonzero(~truth)]
    for _ in range(rounds):
        weights = np.zeros(len(truth))
        for side in sides:
            weights[side] = dice.multinomial(len(side), np.full(len(side), 1 / len(side)))
        yield weights


def quantiles(found: list[float]) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(found), [_SIDE, 1 - _SIDE])
    return float(low), float(high)


class _Groups:
    """Leads in falling order of their scores, with the ends of runs of equal scores."""

    def __init__(self, truth: Truth, score: Floats) -> None:
        self.order = np.argsort(-score, kind="stable")
        ranked = score[self.order]
        self.truth = truth[self.order]
        self.ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        self.levels = ranked[self.ends]

    def sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Of the leads down to each level: how many were won, and how many there are."""
        given = weights[self.order]
        return np.cumsum(given * self.truth)[self.ends], np.cumsum(given)[self.ends]

    def average_precision(self, weights: Floats) -> float:
        won, all_ = self.sums(weights)
        precision = np.divide(won, all_, out=np.zeros_like(won), where=all_ > 0)
        steps = np.diff(won, prepend=0.0)
        return float((precision * steps).sum() / won[-1]) if won[-1] else 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve, thinned to some hundred."""

    x: list[float]
    y: list[float]


def roc_curve(truth: Truth, score: Floats) -> Curve:
    x, y, _ = metrics.roc_curve(truth, score)
    return _thinned(x, y)


def pr_curve(truth: Truth, score: Floats) -> Curve:
    """Recall and precision."""
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    return _thinned(recall[::-1], precision[::-1])


def _thinned(x: Any, y: Any) -> Curve:
    at = np.arange(len(x))
    if len(at) > _POINTS:
        at = np.unique(np.linspace(0, len(x) - 1, _POINTS).round().astype(int))
    return Curve([float(each) for each in x[at]], [float(each) for each in y[at]])


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the leads, by falling score: `won` may be a fraction where equal scores lie across its ends."""

    number: int
    leads: float
    won: float
    lowest: float
    highest: float
    lift: float
    captured: float
    """The part of all won leads in this tenth and those above it."""


def gains(truth: Truth, score: Floats) -> tuple[Curve, list[Tenth]]:
    """The gain curve (part of the leads, part of the won ones among them) and the tenths."""
    groups = _Groups(truth, score)
    won, all_ = groups.sums(np.ones(len(truth)))
    x, y = np.concatenate([[0.0], all_]), np.concatenate([[0.0], won])
    total, count = float(won[-1]), float(all_[-1])
    cuts = np.linspace(0.0, count, _TENTHS + 1)
    captured = np.interp(cuts, x, y)
    ranked = score[groups.order]
    tenths = []
    for at in range(_TENTHS):
        here = float(captured[at + 1] - captured[at])
        first, last = min(int(cuts[at]), len(ranked) - 1), min(max(int(np.ceil(cuts[at + 1])) - 1, 0), len(ranked) - 1)
        lift = here / (count / _TENTHS) / (total / count) if total else 0.0
        part = float(captured[at + 1]) / total if total else 0.0
        tenths.append(Tenth(at + 1, count / _TENTHS, here, float(ranked[last]), float(ranked[first]), lift, part))
    return _thinned(x / count, y / total if total else y), tenths


# --- calibration ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """Leads of like forecast: the mean one, and what came of them."""

    leads: int
    forecast: float
    came: Estimate


@dataclass(frozen=True, slots=True)
class Calibration:
    """`brier` is the mean squared error of the forecasts, `base` that of always saying the share of all; `skill` is
    what the score saves of it; `error` the mean distance between forecast and what came, over the bins."""

    brier: float
    base: float
    skill: float
    error: float
    bins: list[Bin]


def forecasts(truth: Truth, score: Floats, seed: int) -> Floats | None:
    """The chance that the score alone gives each lead: a logistic curve fitted to the other folds. None where there are
    too few of a class."""
    folds = min(FOLDS, int(truth.sum()), int((~truth).sum()))
    if folds < 2:
        return None
    scale = float(score.std()) or 1.0
    column = ((score - score.mean()) / scale).reshape(-1, 1)
    found = np.zeros(len(truth))
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(column, truth):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a score that separates perfectly does not converge, and need not
            curve = LogisticRegression(C=1.0, max_iter=1000).fit(column[train], truth[train])
        found[test] = curve.predict_proba(column[test])[:, 1]
    return found


def calibration(truth: Truth, forecast: Floats) -> Calibration:
    """How far forecasts can be taken at their word."""
    mean = float(truth.mean())
    brier = float(((forecast - truth) ** 2).mean())
    base = float(((mean - truth) ** 2).mean())
    edges = np.unique(np.quantile(forecast, np.linspace(0, 1, _TENTHS + 1)))
    which = np.clip(np.searchsorted(edges, forecast, side="right") - 1, 0, max(len(edges) - 2, 0))
    bins, error = [], 0.0
    for at in np.unique(which):
        here = which == at
        count, won = int(here.sum()), int(truth[here].sum())
        came = share(won, count)
        assert came is not None
        told = float(forecast[here].mean())
        bins.append(Bin(count, told, came))
        error += abs(told - came.value) * count / len(truth)
    return Calibration(brier, base, 1 - brier / base if base else 0.0, error, bins)
