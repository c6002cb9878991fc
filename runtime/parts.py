"""The parts of a plan: rules, scores, tallies, triggers and types of events, with names and terms resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import inf
from typing import Any, TypeAlias

from runtime.limits import Best, Limits, Repeated
from runtime.match import Matcher
from runtime.table import Ageing, Band, Degrade, Match, Term
from runtime.terms import Terms, Test, Value

Giver: TypeAlias = Callable[[Any, int, Any], int]
"""``(lead, t, properties) -> `` what a rule gives at a match, counted at once."""


@dataclass(slots=True, eq=False)
class RulePlan:
    """One `on` rule. `plain` says that a match alone decides: its points are fixed and nothing limits them; `give` is
    there where its points are fixed and only its own limits hold them back."""

    name: str
    score: int
    points: int | None
    value: Value | None
    rest: Test | None
    when: Test | None
    repeated: Repeated | None
    best: Best | None
    limits: Limits
    group: Limits | None
    group_name: str | None
    plain: bool
    give: Giver | None = None


@dataclass(slots=True, eq=False)
class ProfilePlan:
    """The `when` rules of a score: (name, branches, position of the group), and the most that each group may be."""

    rules: list[tuple[str, list[tuple[Test, int | None, Value | None]], int | None]]
    most: list[int | None]
    groups: list[str]


@dataclass(slots=True, eq=False)
class ScorePlan:
    at: int
    key: str
    low: int | None
    high: int | None
    ready: int | None
    bands: tuple[Band, ...]
    degrade: Degrade | None
    ageing: Ageing | None
    profile: ProfilePlan | None
    dated: bool
    descent: Callable[[Any, int], tuple[int, int]] = field(init=False)

    def clamp(self, points: int) -> int:
        if self.low is not None and points < self.low:
            return self.low
        if self.high is not None and points > self.high:
            return self.high
        return points


@dataclass(slots=True, eq=False)
class TallyPlan:
    at: int
    name: str
    rest: Test | None
    days: int | None


@dataclass(slots=True, eq=False)
class TriggerPlan:
    """`bit` is set for a `when` trigger without `on`, which fires when its condition turns true."""

    at: int
    name: str
    on: str | None
    where: Test | None
    when: Test | None
    limits: Limits
    do: tuple[tuple[Any, ...], ...]
    bit: int


@dataclass(slots=True, eq=False)
class Touched:
    """One score that an event touches, and the rules that match. `total` is what those of fixed points and no limit
    give, and `raised` says that one of them is positive; `gives` asks the others, save those that must be looked at
    `closely`: if there are any, or the score ages. A lies within `low` and `high`: thousandths
    or an infinity."""

    at: int
    low: Any
    high: Any
    total: int
    raised: bool
    closely: bool
    gives: list[Giver]
    rules: list[RulePlan]


@dataclass(slots=True, eq=False)
class Found:
    """What follows from one combination of matching rows: the tallies that count, and the scores that are touched;
    `closely` if there is a tally, or a score to be looked at closely."""

    tallies: list[TallyPlan]
    scores: list[Touched]
    closely: bool


@dataclass(eq=False)
class EventPlan:
    """One type of event; `triggers` are those to be taken at a look at such an event."""

    name: str
    lead: bool
    passive: bool
    triggers: list[TriggerPlan]
    matches: list[tuple[Match, Any]]
    scores: list[ScorePlan]
    terms: Terms
    tests: tuple[Term, ...]
    required: frozenset[str] = frozenset()

    @cached_property
    def find(self) -> Callable[[Any, Any], Found]:
        touched = {payload.score if type(payload) is RulePlan else None for _, payload in self.matches}
        make: Callable[[list[Any]], Found] = partial(_found, self.scores)
        if len(touched) == 1 and (at := touched.pop()) is not None:
            make = partial(_found_of_one, self.scores[at])
        return Matcher(self.matches, self.terms, self.tests, make, self.required).find


def _found_of_one(score: ScorePlan, rules: list[RulePlan]) -> Found:
    """`_found` for a type of event that only rules of one score look at: such models have the most rules of all."""
    if not rules:
        return Found([], [], False)
    total, raised, closely = 0, False, score.ageing is not None
    gives: list[Giver] = []
    for rule in rules:
        if rule.plain:
            points: Any = rule.points
            total += points
            if points > 0:
                raised = True
        elif rule.give is None:
            closely = True
        else:
            gives.append(rule.give)
    low, high = -inf if score.low is None else score.low, inf if score.high is None else score.high
    return Found([], [Touched(score.at, low, high, total, raised, closely, gives, rules)], closely)


def _found(scores: list[ScorePlan], payloads: list[Any]) -> Found:
    """One pass, as many combinations come only once: what the rules of fixed points and no limit give is summed."""
    tallies: list[TallyPlan] = []
    touched: list[Touched] = []
    by_score: dict[int, Touched] = {}
    mine: Touched | None = None
    for payload in payloads:
        if type(payload) is not RulePlan:
            tallies.append(payload)
            continue
        if mine is None or mine.at != payload.score:
            mine = by_score.get(payload.score)
            if mine is None:
                score = scores[payload.score]
                low, high = -inf if score.low is None else score.low, inf if score.high is None else score.high
                mine = Touched(score.at, low, high, 0, False, score.ageing is not None, [], [])
                by_score[score.at] = mine
                touched.append(mine)
        mine.rules.append(payload)
        if payload.plain:
            points = payload.points
            mine.total += points  # type: ignore[operator]  # plain rules have fixed points
            if points > 0:  # type: ignore[operator]
                mine.raised = True
        elif payload.give is None:
            mine.closely = True
        else:
            mine.gives.append(payload.give)
    return Found(tallies, touched, bool(tallies) or any(mine.closely for mine in touched))
