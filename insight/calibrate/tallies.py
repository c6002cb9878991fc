"""The plain way: count what won leads did in each stage, and give each interaction an equal part of the line.

If won leads typically read 5 pages as visitors, 3 as subscribers and 4 as qualified leads, 12 interactions make a lead
ready, and with the line at 100 each is worth 100/12. Rounding that down is the classic mistake: 12 times 8 is 96, and
the typical winner never gets there. So it is rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from statistics import median
from typing import Any

from insight.backtest.instants import Case
from insight.calibrate.sites import Site
from insight.recorded import History
from runtime.dynamo.model import Model
from runtime.fold import Watcher
from runtime.lead import Key, Lead
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.plan import Plan

WHOLE = ""
"""The stage of a model without stages."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What won leads did in a stage: the median number of interactions, and how many of them were ever in it."""

    name: str
    interactions: int
    leads: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """`total` interactions make a lead ready; `each` is worth so many points, which do reach the line."""

    stages: list[Stage]
    total: int
    line: Decimal
    each: Decimal


def tallied(
    counted: Sequence[Mapping[str, int]], stages: Sequence[str], line: Decimal, step: Decimal
) -> Tallies | None:
    """The tallies of won leads, each with its interactions by stage (a stage that it was in without any has 0). None
    where the typical winner did nothing that a rule on events gives points for."""
    found = []
    for name in stages or [WHOLE]:
        here = [each.get(name, 0) for each in counted]
        found.append(Stage(name, int(median(here)) if here else 0, sum(name in each for each in counted)))
    total = sum(stage.interactions for stage in found)
    if total == 0:
        return None
    return Tallies(found, total, line, share_of(line, total, step))


def share_of(line: Decimal, total: int, step: Decimal) -> Decimal:
    """The smallest multiple of the step that, taken `total` times, reaches the line."""
    return (line / total / step).to_integral_value(ROUND_CEILING) * step


def plain_points(tallies: Tallies, sites: Sequence[Site]) -> dict[Site, Decimal]:
    """The same points for every rule on events that adds points; the others keep theirs."""
    return {site: tallies.each for site in sites if site.on and not site.factor and site.now > 0}


class Interactions:
    """Counts what leads did before their instants: firings of the rules that are counted, by stage."""

    def __init__(self, model: Model, key: str, rules: frozenset[str]) -> None:
        self.model, self.key, self.rules = model, key, rules

    def of(self, history: History, case: Case) -> dict[str, int]:
        """The interactions of a lead by the stage that it was in. Leads whose beginning has expired have none."""
        if history.start is not None:
            return {}
        chain = self.model.chain
        events, _ = history.events(self.model)
        counter = _Counter(self.key, self.rules)
        chain.bring(chain.new(history.id), events, case.at - 1, tell=False, watch=counter.under)
        return counter.found


class _Counter:
    """The watcher of one lead."""

    def __init__(self, key: str, rules: frozenset[str]) -> None:
        self._key, self._rules = key, rules
        self._plan: Plan | None = None
        self.found: dict[str, int] = {}

    def under(self, plan: Plan) -> Watcher:
        self._plan = plan
        return self

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None:
        self.found.setdefault(lead.stage or WHOLE, 0)

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        assert self._plan is not None
        if given > 0 and self._plan.keys[rule.score] == self._key and rule.name in self._rules:
            stage = lead.stage or WHOLE
            self.found[stage] = self.found.get(stage, 0) + 1

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None: ...
    def step(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def aged(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None: ...
    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None: ...
    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None: ...
    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None: ...
