"""The parts of a plan: rules, scores, tallies, triggers and types of events, with names and terms resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from runtime.apply import Apply, apply_fixed, apply_limited
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
    give; `apply` does all that the rules do, where each of them is of fixed points and limited by itself alone, and the
    score does not age."""

    at: int
    total: int
    rules: list[RulePlan]
    apply: Apply | None


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

    @cached_property
    def find(self) -> Callable[[Any, Any], Found]:
        return Matcher(self.matches, self.terms, self.tests, partial(_found, self.scores)).find


def _found(scores: list[ScorePlan], payloads: list[Any]) -> Found:
    tallies = [payload for payload in payloads if isinstance(payload, TallyPlan)]
    matched: dict[int, list[RulePlan]] = {}
    for payload in payloads:
        if isinstance(payload, RulePlan):
            matched.setdefault(payload.score, []).append(payload)
    touched = []
    for at, rules in matched.items():
        touched.append(
            Touched(at, sum(rule.points or 0 for rule in rules if rule.plain), rules, _apply(scores[at], rules))
        )
    return Found(tallies, touched)


def _apply(score: ScorePlan, rules: list[RulePlan]) -> Apply | None:
    plain = [rule.points or 0 for rule in rules if rule.plain]
    gives = [rule.give for rule in rules if rule.give is not None]
    if score.ageing is not None or len(plain) + len(gives) < len(rules):
        return None
    total, raised = sum(plain), any(points > 0 for points in plain)
    if gives:
        return apply_limited(score.at, total, raised, gives, score.low, score.high)
    return apply_fixed(score.at, total, raised, score.low, score.high)
