"""The parts of a plan: rules, scores, tallies, triggers and types of events, with names and terms resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from runtime.limits import Best, Limits, Repeated
from runtime.match import Matcher
from runtime.table import Ageing, Band, Degrade, Match, Term
from runtime.terms import Terms, Test, Value


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
    give: Callable[[Any, int, Any], int] | None = None


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
    give, and `raised` says that one of them is positive; `gives` asks the others, and is None if one of them must be
    looked at closely, or the score ages."""

    at: int
    total: int
    raised: bool
    gives: list[Callable[[Any, int, Any], int]] | None
    rules: list[RulePlan]


@dataclass(slots=True, eq=False)
class Found:
    """What follows from one combination of matching rows: the tallies that count, and the scores that are touched."""

    tallies: list[TallyPlan]
    scores: list[Touched]


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
        return Matcher(self.matches, self.terms, self.tests, partial(_found, self.scores), self.required).find


def _found(scores: list[ScorePlan], payloads: list[Any]) -> Found:
    """One pass, as many combinations come only once: what the rules of fixed points and no limit give is summed."""
    tallies: list[TallyPlan] = []
    touched: dict[int, Touched] = {}
    for payload in payloads:
        if type(payload) is not RulePlan:
            tallies.append(payload)
            continue
        mine = touched.get(payload.score)
        if mine is None:
            mine = touched[payload.score] = Touched(payload.score, 0, False, [], [])
        mine.rules.append(payload)
        if payload.plain:
            points = payload.points or 0
            mine.total += points
            mine.raised = mine.raised or points > 0
        elif payload.give is None:
            mine.gives = None
        elif mine.gives is not None:
            mine.gives.append(payload.give)
    for at in touched:
        if scores[at].ageing is not None:
            touched[at].gives = None
    return Found(tallies, list(touched.values()))
