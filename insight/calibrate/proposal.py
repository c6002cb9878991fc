"""A proposal: points by both ways, and how each of them does on leads that it has not seen.

Nothing is claimed of a model that was not folded: for each part of the leads the points are found on the others, the
rule file is written with them, compiled, and folded by the engine over the part that was left out, with all its limits,
ranges and ageing. So the numbers are those that a back-test of the patched file gives on new leads. The penalty is
chosen within the leads that are fitted, never by those that are judged. A second trial is split in time: points from
the earlier leads, judged on the later ones, as it will be when they go live.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from sklearn.model_selection import StratifiedKFold

from insight.backtest import measures
from insight.backtest.instants import Case
from insight.backtest.measures import Estimate, Floats, Truth
from insight.backtest.result import arrays
from insight.backtest.standing import Standing
from insight.calibrate.fit import Places, choose, drawn, fit, grouped
from insight.calibrate.points import Points, Scale, scaled
from insight.calibrate.sites import Site, counts

PER_RULE = 10
"""Leads of the rarer kind, won or not, that each rule needs."""
LEAST = 30
"""And at least so many of each kind."""
FOLDS = 5
EARLIER = 0.7
ROUNDS = 200

Judge = Callable[[Points, Sequence[Case]], list[Standing]]
"""Folds cases under the model with these points in place of its own."""


class TooLittle(Exception):
    """Too little data to propose anything; the text says how much is needed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How points do on leads that they were not made from: the AUC of each fold, and on the later leads; the gain over
    today's points on these, with its interval."""

    name: str
    folds: list[float]
    precision: list[float]
    later: Estimate | None
    gain: Estimate | None

    @property
    def mean(self) -> float:
        return float(np.mean(self.folds))

    @property
    def mean_precision(self) -> float:
        return float(np.mean(self.precision))


@dataclass(frozen=True, slots=True)
class Row:
    """One number of the file: today's, those proposed, the interval of the fitted one, and how many leads show the
    rule."""

    site: Site
    plain: Decimal | None
    fitted: Decimal | None
    low: float | None
    high: float | None
    leads: int
    won: int


@dataclass(slots=True)
class Proposal:
    penalty: float
    fitted: Points
    plain: Points
    rows: list[Row]
    trials: list[Trial] = field(default_factory=list)
    later: int = 0
    """How many leads the trial in time was judged on."""

    def gained(self, name: str) -> Estimate:
        """The AUC that the points by a way gain over today's, part by part on leads they were not made from: the mean,
        with twice its standard error on either side."""
        ways = {each.name: np.array(each.folds) for each in self.trials}
        gains = ways[name] - ways["today"]
        mean, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
        return Estimate(mean, mean - 2 * error, mean + 2 * error)

    def is_better(self, name: str) -> bool:
        """Whether that gain is more than chance: in the parts, and if there are enough later leads, on these too."""
        (trial,) = (each for each in self.trials if each.name == name)
        return self.gained(name).low > 0 and (trial.gain is None or trial.gain.value > 0)


@dataclass(frozen=True, slots=True)
class Material:
    """The leads to learn from, as they stood, and the numbers that may change."""

    standings: list[Standing]
    sites: list[Site]
    scale: Scale
    seed: int

    @property
    def truth(self) -> Truth:
        return arrays(self.standings)[0]

    @property
    def today(self) -> Floats:
        return arrays(self.standings)[1]

    def some(self, where: Places) -> Material:
        return Material([self.standings[at] for at in where], self.sites, self.scale, self.seed)

    def cases(self) -> list[Case]:
        return [each.case for each in self.standings]


def refuse_too_little(material: Material) -> None:
    """Raises TooLittle unless there are enough leads of either kind for the rules that fired."""
    if not material.sites:
        raise TooLittle("no rule of the score has points that are written as a number, so there is nothing to change")
    matrix = counts(material.standings, material.sites)
    varied = int((matrix.std(axis=0) > 0).sum())
    if varied == 0:
        raise TooLittle(
            "every rule counted the same for all leads before their instants: nothing can be learnt from it"
        )
    needed = max(LEAST, PER_RULE * varied)
    won = int(material.truth.sum())
    lost = len(material.truth) - won
    if min(won, lost) < needed:
        raise TooLittle(
            f"{varied} rules need {needed:,} leads that were won and {needed:,} that were not, and there are {won:,} "
            f"and {lost:,}"
        )


def fitted_points(material: Material) -> tuple[Points, float]:
    """Points by regression, and the penalty that was chosen."""
    matrix, truth, signs = _matrix(material), material.truth, _signs(material.sites)
    penalty = choose(matrix, truth, signs, material.seed)
    weights = fit(grouped(matrix, truth)[0], signs, penalty)
    return scaled(weights, matrix, material.sites, _fixed(material, matrix), material.today, material.scale), penalty


def _matrix(material: Material) -> Floats:
    return counts(material.standings, material.sites)


def _fixed(material: Material, matrix: Floats) -> Floats:
    """What each lead has from rules that are no sites."""
    given = np.array([sum(points for _, points in each.rules.values()) for each in material.standings]) / 1000
    found: Floats = given - matrix @ np.array([float(site.now) for site in material.sites])
    return found


def _signs(sites: Sequence[Site]) -> Floats:
    return np.array([1.0 if site.now > 0 else -1.0 for site in sites])


def propose(material: Material, plain: Callable[[Material], Points], judge: Judge) -> Proposal:
    """Points by both ways from all leads, and their trials. `plain` gives those of tallies. Raises TooLittle."""
    refuse_too_little(material)
    points, penalty = fitted_points(material)
    found = Proposal(penalty, points, plain(material), [])
    found.rows = _rows(material, found)
    ways: dict[str, Callable[[Material], Points]] = {
        "today": lambda _: {},
        "tallies": plain,
        "regression": lambda part: fitted_points(part)[0],
    }
    later = _later(material)
    found.later = len(later[1])
    base = _judged(judge, ways["today"](material), material.some(later[1])) if len(later[1]) else None
    for name, way in ways.items():
        found.trials.append(_trial(name, way, material, judge, later, base))
    return found


def _trial(
    name: str,
    way: Callable[[Material], Points],
    material: Material,
    judge: Judge,
    later: tuple[Places, Places],
    base: tuple[Truth, Floats] | None,
) -> Trial:
    areas, precision = [], []
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=material.seed)
    for train, test in parts.split(np.zeros(len(material.standings)), material.truth):
        truth, score = _judged(judge, way(material.some(train)), material.some(test))
        areas.append(measures.auc(truth, score).value)
        precision.append(measures.average(truth, score))
    area = gain = None
    if base is not None:
        truth, score = _judged(judge, way(material.some(later[0])), material.some(later[1]))
        area = measures.auc(truth, score)
        gain = _gain(truth, base[1], score, material.seed)
    return Trial(name, areas, precision, area, gain)


def _judged(judge: Judge, points: Points, part: Material) -> tuple[Truth, Floats]:
    return arrays(judge(points, part.cases()) if points else part.standings)


def _gain(truth: Truth, before: Floats, after: Floats, seed: int) -> Estimate:
    """The AUC that is gained on the same leads, with its bootstrap interval."""
    found = []
    for weights in measures.resamples(truth, seed, ROUNDS):
        drawn = np.repeat(np.arange(len(truth)), weights.astype(int))
        found.append(measures.area(truth[drawn], after[drawn]) - measures.area(truth[drawn], before[drawn]))
    return Estimate(measures.area(truth, after) - measures.area(truth, before), *measures.quantiles(found))


def _later(material: Material) -> tuple[Places, Places]:
    """The leads that came first, and those that came later, by their first events; nobody where one kind is missing."""
    firsts = np.array([each.case.first for each in material.standings])
    order = np.argsort(firsts, kind="stable")
    cut = firsts[order[int(len(order) * EARLIER)]]
    early, late = np.flatnonzero(firsts < cut), np.flatnonzero(firsts >= cut)
    truth = material.truth
    for part in (early, late):
        won = int(truth[part].sum())
        if min(won, len(part) - won) < LEAST:
            return np.arange(0), np.arange(0)
    return early, late


def _rows(material: Material, found: Proposal) -> list[Row]:
    matrix, truth, signs = _matrix(material), material.truth, _signs(material.sites)
    points = []
    fixed, (whole, which) = _fixed(material, matrix), grouped(matrix, truth)
    for weights in measures.resamples(truth, material.seed, ROUNDS):
        refitted = fit(drawn(whole.rows, which, truth, weights), signs, found.penalty)
        again = scaled(refitted, matrix, material.sites, fixed, material.today, material.scale)
        points.append([float(again.get(site, site.now)) for site in material.sites])
    low, high = np.quantile(np.array(points), [0.025, 0.975], axis=0)
    rows = []
    for at, site in enumerate(material.sites):
        shows = matrix[:, at] != 0
        fitted = found.fitted.get(site)
        least, most = (float(low[at]), float(high[at])) if fitted is not None else (None, None)
        plain = found.plain.get(site)
        rows.append(Row(site, plain, fitted, least, most, int(shows.sum()), int(truth[shows].sum())))
    return rows
