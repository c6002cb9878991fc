"""Penalised logistic regression with the signs that the rules have.

The chance of being won is modelled by the counts of the rules. The penalty (ridge, on columns of one spread) keeps
weights small that the data say little about; a rule that adds never gets a negative weight, nor one that subtracts a
positive one: points are there to be explained, and such a weight mostly says that another rule tells the same better.
Its strength is chosen inside the data at hand by cross-validation: the strongest whose error is within one standard
error of the best, so that of two models that are as good the more careful one is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from insight.backtest.measures import Floats, Truth

PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""Strengths that are tried, for the mean loss of a lead."""
_FOLDS = 5
Places: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Weights:
    """What one count of each rule adds to the logit, and the logit without any."""

    each: Floats
    start: float

    def logits(self, counts: Floats) -> Floats:
        found: Floats = counts @ self.each + self.start
        return found


@dataclass(frozen=True, slots=True)
class Grouped:
    """Leads with the same counts as one row: `total` of them, of which `won` were won; either may be drawn anew."""

    rows: Floats
    total: Floats
    won: Floats


def grouped(counts: Floats, truth: Truth) -> tuple[Grouped, Places]:
    """The leads by their counts, and which row each is in."""
    rows, which = np.unique(counts, axis=0, return_inverse=True)
    which = which.reshape(-1)
    return drawn(rows, which, truth, np.ones(len(truth))), which


def drawn(rows: Floats, which: Places, truth: Truth, weights: Floats) -> Grouped:
    """The same rows where each lead counts as often as `weights` say."""
    size = len(rows)
    return Grouped(rows, _sums(which, weights, size), _sums(which, weights * truth, size))


def _sums(which: Places, values: Floats, size: int) -> Floats:
    return np.bincount(which, values, size).astype(float)


def fit(given: Grouped, signs: Floats, penalty: float) -> Weights:
    """The weights that make what came likeliest, less the penalty."""
    total = given.total.sum()
    centre = given.total @ given.rows / total
    spread = np.sqrt(given.total @ (given.rows - centre) ** 2 / total)
    spread[spread == 0] = 1.0
    columns = given.rows / spread

    def loss(at: Floats) -> tuple[float, Floats]:
        logits = columns @ at[:-1] + at[-1]
        value = (given.total * np.logaddexp(0, logits) - given.won * logits).sum() / total
        value += penalty * (at[:-1] ** 2).sum() / 2
        miss = (given.total * expit(logits) - given.won) / total
        return float(value), np.append(columns.T @ miss + penalty * at[:-1], miss.sum())

    mean = min(max(float(given.won.sum() / total), 1e-6), 1 - 1e-6)
    first = np.append(np.zeros(columns.shape[1]), np.log(mean / (1 - mean)))
    bounds = [(0.0, None) if sign > 0 else (None, 0.0) for sign in signs] + [(None, None)]
    with threadpool_limits(limits=1):  # threads that wait for so little work take longer than it
        found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return Weights(np.asarray(found.x[:-1]) / spread, float(found.x[-1]))


def choose(counts: Floats, truth: Truth, signs: Floats, seed: int) -> float:
    """The penalty by cross-validation within these leads."""
    folds = min(_FOLDS, int(truth.sum()), int((~truth).sum()))
    losses = np.zeros((len(PENALTIES), folds))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(counts, truth)
    for fold, (train, test) in enumerate(parts):
        given, _ = grouped(counts[train], truth[train])
        for at, penalty in enumerate(PENALTIES):
            logits = fit(given, signs, penalty).logits(counts[test])
            losses[at, fold] = (np.logaddexp(0, logits) - truth[test] * logits).mean()
    means = losses.mean(axis=1)
    best = int(np.argmin(means))
    allowed = means[best] + losses[best].std(ddof=1) / np.sqrt(folds)
    return max(penalty for penalty, mean in zip(PENALTIES, means, strict=True) if mean <= allowed)
