"""What a back-test says, as plain values: the same for the text, JSON, Markdown and the page.

Scores are points (not thousandths), times microseconds, shares fractions of 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

import numpy as np

from insight.backtest import measures
from insight.backtest.costs import Sweep, sweep
from insight.backtest.instants import Method
from insight.backtest.leakage import Leak
from insight.backtest.measures import Calibration, Curve, Estimate, Floats, Tenth, Truth
from insight.backtest.standing import Standing, Study
from runtime.dynamo.model import Model
from runtime.table import Outcome
from runtime.times import write_date

FEW = 10
"""Leads of one kind below which a reader is warned."""
_SCALE = 1000


class TooLittle(Exception):
    """There is nothing to measure; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Group:
    """Leads that share something: a band, a month, a trigger."""

    name: str
    leads: int
    won: int
    rate: Estimate | None


@dataclass(frozen=True, slots=True)
class Month:
    """Leads that came first in one month."""

    name: str
    leads: int
    won: int
    rate: Estimate | None
    auc: Estimate | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How values lie: quartiles, of so many."""

    count: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that fired before the outcome: `precision` of those for which it did, `recall` of all won leads;
    `early` how long before the outcome it first did (microseconds)."""

    name: str
    leads: int
    won: int
    precision: Estimate | None
    recall: Estimate | None
    lift: float | None
    early: Spread | None


@dataclass(frozen=True, slots=True)
class Result:
    """A whole back-test of one score."""

    score: str
    outcome: str
    way: str
    method: Method
    horizon: int | None
    end: int
    seen: int
    left: dict[str, int]
    remarks: list[str]
    leads: int
    won: int
    rate: Estimate
    auc: Estimate
    average_precision: Estimate
    roc: Curve
    pr: Curve
    gains: Curve
    tenths: list[Tenth]
    bands: list[Group]
    line: float | None
    at_line: Fired | None
    triggers: list[Fired]
    calibration: Calibration | None
    months: list[Month]
    sweep: Sweep | None
    leaks: list[Leak]


def measured(
    study: Study,
    model: Model,
    outcome: Outcome | None,
    name: str,
    method: Method,
    *,
    call_cost: float | None = None,
    deal_worth: float | None = None,
) -> Result:
    """The measures of a study. Raises TooLittle."""
    found = study.standings
    refuse_too_little(study, name)
    truth, score = arrays(found)
    forecast = measures.forecasts(truth, score, method.seed)
    curve, tenths = measures.gains(truth, score)
    rate = measures.share(int(truth.sum()), len(found))
    assert rate is not None
    table = model.table.scores[study.key]
    return Result(
        score=study.key,
        outcome=name,
        way=study.cases.way,
        method=method,
        horizon=study.cases.horizon,
        end=study.end,
        seen=study.leads,
        left=dict(study.cases.left),
        remarks=_remarks(study, score),
        leads=len(found),
        won=int(truth.sum()),
        rate=rate,
        auc=measures.auc(truth, score),
        average_precision=measures.precision_recall(truth, score, method.seed),
        roc=measures.roc_curve(truth, score),
        pr=measures.pr_curve(truth, score),
        gains=curve,
        tenths=tenths,
        bands=_bands(found, [band.name for band in table.bands]),
        line=None if table.ready is None else table.ready / _SCALE,
        at_line=None if table.ready is None else _fired("ready", found, {s.case.id: s.ready for s in found}),
        triggers=[_trigger(each.name, found) for each in model.table.triggers],
        calibration=None if forecast is None else measures.calibration(truth, forecast),
        months=_months(found, truth, score),
        sweep=sweep(found, None if table.ready is None else table.ready / _SCALE, call_cost, deal_worth, method.seed),
        leaks=study.leaks.found(study.key, table, outcome),
    )  # fmt: skip


def arrays(found: Sequence[Standing]) -> tuple[Truth, Floats]:
    """Who was won, and the scores in points."""
    truth = np.array([each.case.won for each in found], dtype=bool)
    return truth, np.array([each.score for each in found], dtype=float) / _SCALE


def refuse_too_little(study: Study, name: str) -> None:
    """Raises TooLittle where there is nothing to tell apart."""
    leads, won = len(study.standings), sum(each.case.won for each in study.standings)
    if study.leads == 0:
        raise TooLittle("no lead has an event up to the end")
    if leads == 0:
        raise TooLittle(f"none of {study.leads:,} leads can be looked at: {_why(study)}")
    if won == 0:
        raise TooLittle(f"none of {leads:,} leads reached `{name}`, so there is nothing to foretell: {_why(study)}")
    if won == leads:
        raise TooLittle(
            f"all {leads:,} leads that count reached `{name}`, so there is nobody to tell them from: {_why(study)}"
        )


def _why(study: Study) -> str:
    left = [f"{count:,} {why}" for why, count in study.cases.left.items()]
    if study.strangers:
        left.append(f"{study.strangers:,} leads of the outcomes have no events")
    if study.beyond:
        left.append(f"{study.beyond:,} outcomes lie after the end")
    return "; ".join(left) if left else "the events hold no others"


def _remarks(study: Study, score: Floats) -> list[str]:
    said = []
    won = sum(each.case.won for each in study.standings)
    fewest = min(won, len(study.standings) - won)
    if fewest < FEW:
        said.append(f"only {fewest} leads are of the rarer kind: what follows is mostly chance")
    if study.strangers:
        said.append(f"{study.strangers:,} leads of the outcome file have no events: they are left out")
    if study.silent:
        said.append(f"the outcome file says nothing of {study.silent:,} leads with events")
    if study.beyond:
        said.append(f"{study.beyond:,} outcomes lie after the end: at that time nobody knew them")
    if study.aside:
        said.append(f"{study.aside:,} leads begin with events that have expired: they are left out")
    if len(np.unique(score)) == 1:
        said.append(f"the score says {float(score[0]):g} of every lead: it tells nobody apart")
    open_ = sum(count for why, count in study.cases.left.items() if why.startswith("neither"))
    if open_ and open_ > study.leads / 5:
        said.append(f"{open_ / study.leads:.0%} of the leads are still open: those decided early may not be like them")
    return said


def _bands(found: Sequence[Standing], names: Sequence[str]) -> list[Group]:
    leads, won = Counter(each.band for each in found), Counter(each.band for each in found if each.case.won)
    return [Group(name, leads[name], won[name], measures.share(won[name], leads[name])) for name in names]


def _trigger(name: str, found: Sequence[Standing]) -> Fired:
    return _fired(name, found, {each.case.id: each.fired.get(name) for each in found})


def _fired(name: str, found: Sequence[Standing], first: dict[str, int | None]) -> Fired:
    hit = [each for each in found if first[each.case.id] is not None]
    won = [each for each in hit if each.case.won]
    all_won = sum(each.case.won for each in found)
    precision = measures.share(len(won), len(hit))
    early = [each.case.decided - t for each in won if (t := first[each.case.id]) is not None and each.case.decided]
    lift = precision.value / (all_won / len(found)) if precision is not None else None
    return Fired(name, len(hit), len(won), precision, measures.share(len(won), all_won), lift, spread(early))


def spread(values: Iterable[float]) -> Spread | None:
    """Quartiles; None of nothing."""
    given = sorted(values)
    if not given:
        return None
    if len(given) == 1:
        return Spread(1, given[0], given[0], given[0])
    low, middle, high = quantiles(given, n=4, method="inclusive")
    return Spread(len(given), low, middle, high)


def _months(found: Sequence[Standing], truth: Truth, score: Floats) -> list[Month]:
    names = np.array([write_date(each.case.first)[:7] for each in found])
    months = []
    for name in sorted(set(names.tolist())):
        here = names == name
        leads, won = int(here.sum()), int(truth[here].sum())
        both = 0 < won < leads
        area = measures.auc(truth[here], score[here]) if both else None
        months.append(Month(name, leads, won, measures.share(won, leads), area))
    return months
