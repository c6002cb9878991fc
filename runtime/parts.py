"""The parts of a plan: rules, scores, tallies, triggers and types of events, with names and terms resolved."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from math import inf
from typing import Any, TypeAlias

from msgspec import Struct

from runtime.limits import Best, Limits, Repeated
from runtime.match import Matcher
from runtime.table import Ageing, Band, Degrade, Match, Term
from runtime.terms import Terms, Test, Value

Giver: TypeAlias = Callable[[Any, int, Any], int]
"""``(lead, t, properties) -> `` what a rule gives at a match, counted at once."""


class RulePlan(Struct, eq=False):
    """One `on` rule. `plain` says that a match alone decides: its points are fixed and nothing limits them; `give` is
    there where its points are fixed and only its own limits hold them back. `asks` says that more than its match looks
    at the event's properties."""

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
    asks: bool
    give: Giver | None = None


class ProfilePlan(Struct, eq=False):
    """The `when` rules of a score: (name, branches, position of the group), and the most that each group may be."""

    rules: list[tuple[str, list[tuple[Test, int | None, Value | None]], int | None]]
    most: list[int | None]
    groups: list[str]


def _nowhere(lead: Any, t: int) -> tuple[int, int]:
    """The descent of a score that has none."""
    raise AssertionError("the score does not degrade")


class ScorePlan(Struct, eq=False):
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
    descent: Callable[[Any, int], tuple[int, int]] = _nowhere
    lowest: Any = -inf
    """The lower end, or an infinity; so the upper one."""
    highest: Any = inf

    def __post_init__(self) -> None:
        if self.low is not None:
            self.lowest = self.low
        if self.high is not None:
            self.highest = self.high

    def clamp(self, points: int) -> int:
        if self.low is not None and points < self.low:
            return self.low
        if self.high is not None and points > self.high:
            return self.high
        return points


class TallyPlan(Struct, eq=False):
    at: int
    name: str
    rest: Test | None
    days: int | None


class TriggerPlan(Struct, eq=False):
    """`bit` is set for a `when` trigger without `on`, which fires when its condition turns true."""

    at: int
    name: str
    on: str | None
    where: Test | None
    when: Test | None
    limits: Limits
    do: tuple[tuple[Any, ...], ...]
    bit: int


class Touched(Struct, eq=False):
    """One score that an event touches, and the rules that match, in source order."""

    at: int
    rules: list[RulePlan]


Sum: TypeAlias = tuple[int, int, bool, list[Giver], Any, Any]
"""``(at, total, raised, gives, low, high)``: what an event adds to a score. `total` is what rules of fixed points and
no limit give, and `raised` says that one of them is positive; `gives` asks the others. A lies within `low` and `high`:
thousandths or an infinity."""


class Found(Struct, eq=False):
    """What follows from one combination of matching rows of a type of event: `matched` are the tallies that count, and
    the rules that match, in the order of scores; `closely` if there is a tally, a rule that must be looked at by
    itself, or a score that ages. If not, `sums` says it all.

    `met` is false for an event whose rows are not known before its lead is. `asks` says that the event's properties are
    still looked at; `plainly`, that all it does to a lead is to add `sums`, and that the look after it is at the `when`
    triggers alone."""

    kind: EventPlan
    matched: list[Any]
    closely: bool
    met: bool
    asks: bool
    plainly: bool
    sums: list[Sum]
    _apart: tuple[list[TallyPlan], list[Touched]] | None = None

    @property
    def scores(self) -> list[Touched]:
        """The scores that are touched, in the order of their first rule."""
        return self.apart()[1]

    def apart(self) -> tuple[list[TallyPlan], list[Touched]]:
        """`matched`, sorted: tallies, and rules by score. Made when it is asked for, as most combinations never are."""
        if self._apart is None:
            tallies: list[TallyPlan] = []
            scores: dict[int, Touched] = {}
            for payload in self.matched:
                if type(payload) is not RulePlan:
                    tallies.append(payload)
                else:
                    scores.setdefault(payload.score, Touched(payload.score, [])).rules.append(payload)
            self._apart = tallies, list(scores.values())
        return self._apart


class EventPlan(Struct, eq=False, dict=True):
    """One type of event; `triggers` are those to be taken at a look at such an event: `simple` if these are the `when`
    triggers alone and the event is active; `asks` if a trigger may look at its properties."""

    name: str
    lead: bool
    passive: bool
    triggers: list[TriggerPlan]
    matches: list[tuple[Match, Any]]
    scores: list[ScorePlan]
    terms: Terms
    tests: tuple[Term, ...]
    simple: bool
    asks: bool
    required: frozenset[str] = frozenset()

    @cached_property
    def matcher(self) -> Matcher:
        touched = {payload.score if type(payload) is RulePlan else None for _, payload in self.matches}
        make: Callable[[list[Any]], Found] = partial(_found, self)
        if len(touched) == 1 and (at := touched.pop()) is not None:
            make = partial(_found_of_one, self, self.scores[at])
        return Matcher(self.matches, self.terms, self.tests, make, self.required)

    @cached_property
    def find(self) -> Callable[[Any, Any], Found]:
        """``(properties, attributes) -> `` what follows from them."""
        return self.matcher.find

    @cached_property
    def early(self) -> bool:
        """Whether what follows from an event of this type is told by its properties alone, whoever the lead is."""
        return not self.lead and all(masks.field[0] == "prop" for masks in self.matcher.masks)

    @cached_property
    def unmet(self) -> Found:
        """Stands for what is found once the attributes of the lead are known."""
        return Found(self, [], True, False, True, False, [])


def _found_of_one(kind: EventPlan, score: ScorePlan, rules: list[RulePlan]) -> Found:
    """`_found` for a type of event that only rules of one score look at: such models have the most rules of all."""
    if not rules:
        return Found(kind, rules, False, True, kind.asks, kind.simple, [])
    total, raised, closely, asks = 0, False, score.ageing is not None, kind.asks
    gives: list[Giver] = []
    for rule in rules:
        if rule.plain:
            points: Any = rule.points
            total += points
            if points > 0:
                raised = True
        else:
            if rule.give is None:
                closely = True
            else:
                gives.append(rule.give)
            if rule.asks:
                asks = True
    sums = [(score.at, total, raised, gives, score.lowest, score.highest)]
    return Found(kind, rules, closely, True, asks, kind.simple and not closely, sums)


def _found(kind: EventPlan, matched: list[Any]) -> Found:
    """One pass, as many combinations come only once: what the rules of fixed points and no limit give is summed."""
    closely, asks = False, kind.asks
    totals: dict[int, int] = {}
    raised: set[int] = set()
    gives: dict[int, list[Giver]] = {}
    for payload in matched:
        if type(payload) is not RulePlan:
            closely = True
            asks = asks or payload.rest is not None
            continue
        at = payload.score
        if at not in totals:
            totals[at], gives[at] = 0, []
            closely = closely or kind.scores[at].ageing is not None
        if payload.plain:
            points: Any = payload.points
            totals[at] += points
            if points > 0:
                raised.add(at)
        else:
            if payload.give is None:
                closely = True
            else:
                gives[at].append(payload.give)
            asks = asks or payload.asks
    sums = [
        (at, total, at in raised, gives[at], kind.scores[at].lowest, kind.scores[at].highest)
        for at, total in totals.items()
    ]
    return Found(kind, matched, closely, True, asks, kind.simple and not closely, sums)
