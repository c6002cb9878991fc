"""A table made ready for folding: names are positions, terms are closures, events have a matcher.

A plan is built once for a table and holds no state of any lead. What belongs to one type of event is built when the
first such event comes, so that a start costs what it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property, partial
from typing import Any

from runtime.apply import Apply, apply_fixed, apply_limited
from runtime.limits import Best, Limits, Points, Repeated, Times, giver
from runtime.match import Matcher
from runtime.table import Ageing, Band, Degrade, Limit, Match, OnRule, Score, Table, Term, Trigger
from runtime.terms import Shown, Terms, Test, Value, mentioned
from runtime.values import EXACT, milli

DAY = 86_400_000_000


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


@dataclass(eq=False)
class Plan:
    """A table made ready. Positions of scores and tallies are by name; of triggers by source order.

    `turns` holds (attribute, kind, D) of the date conditions of rules and triggers; `waits` the durations that triggers
    wait for: ("idle", D), ("quiet", score, D), ("stagefor", stage, D)."""

    table: Table
    terms: Terms = field(init=False)
    scores: list[ScorePlan] = field(init=False)
    tallies: list[TallyPlan] = field(init=False)
    triggers: list[TriggerPlan] = field(init=False)

    def __post_init__(self) -> None:
        source = self.table
        self._numbers = 0
        self.keys = sorted(source.scores)
        self.tally_names = sorted(source.tallies)
        self.terms = Terms(source.sets, source.tests, self.tally_names, self.keys, source.stages)
        self.scores = [self._score(at, key) for at, key in enumerate(self.keys)]
        self.shown: list[Shown] = [self.terms.shown[key] for key in self.keys]
        self.tallies = [self._tally(at, name) for at, name in enumerate(self.tally_names)]
        self.triggers = [self._trigger(at, trigger) for at, trigger in enumerate(source.triggers)]
        self.edged = [trigger for trigger in self.triggers if trigger.bit]
        self.attribute_fields = source.attributes
        self.account = source.account.attribute if source.account is not None else None
        if self.account is None:
            self.account = next((name for name, kind in source.attributes.items() if kind.type == "account"), None)
        self.events = self._events()
        self._dependencies()

    def number(self) -> int:
        """A new number for what a limit keeps with the lead."""
        self._numbers += 1
        return self._numbers

    # --- scores -------------------------------------------------------------------------------------------------------

    def _score(self, at: int, key: str) -> ScorePlan:
        score = self.table.scores[key]
        profile = self._profile(score) if score.when else None
        dated = any(_windows(branch.when, self.table.tests) for rule in score.when for branch in rule.branches)
        plan = ScorePlan(
            at, key, score.low, score.high, score.ready, score.bands, score.degrade, score.ageing, profile, dated
        )
        if score.value is not None:
            self.terms.shown[key] = _computed(self.terms.value(score.value))
        elif profile is None:
            self.terms.shown[key] = lambda lead, t: lead.a[at]
        else:
            self.terms.shown[key] = _with_profile(plan)
        return plan

    def _profile(self, score: Score) -> ProfilePlan:
        groups = [name for name, group in score.groups.items() if group.most is not None]
        rules = []
        for rule in score.when:
            branches = [
                (
                    self.terms.test(branch.when),
                    branch.points,
                    None if branch.value is None else self.terms.value(branch.value),
                )
                for branch in rule.branches
            ]
            rules.append((rule.name, branches, None if rule.group is None else groups.index(rule.group)))
        return ProfilePlan(rules, [score.groups[name].most for name in groups], groups)

    def limits(self, given: tuple[Limit, ...], folded: Callable[[str], bool]) -> Limits:
        times = [
            Times(self.number(), limit.times, limit.per, limit.each, limit.each is not None and folded(limit.each))
            for limit in given
            if limit.times is not None
        ]
        points = [Points(self.number(), limit.points, limit.per) for limit in given if limit.points is not None]
        return Limits(tuple(times), tuple(points), given)

    def _rule(self, at: int, rule: OnRule, group: Limits | None) -> RulePlan:
        properties = self.table.events[rule.match.on].properties

        def folded(name: str) -> bool:
            return properties[name].fold

        best = None
        if rule.best is not None:
            each = rule.best.each
            best = Best(self.number(), each, each is not None and folded(each))
        repeated = None
        if rule.repeated is not None:
            repeated = Repeated(self.number(), rule.repeated.times, rule.repeated.within)
        rest = self._rest(rule.match)
        when = None if rule.when is None else self.terms.test(rule.when)
        limits = self.limits(rule.limits, folded)
        free = group is None and rest is None and when is None and repeated is None and best is None
        plain = free and rule.points is not None and not rule.limits
        give = giver(rule.points, limits) if free and rule.points and not plain else None
        value = None if rule.value is None else self.terms.value(rule.value)
        return RulePlan(
            rule.name, at, rule.points, value, rest, when, repeated, best, limits, group, rule.group, plain, give
        )  # fmt: skip

    def _rest(self, match: Match) -> Test | None:
        term = match.rest if match.rows is not None else match.where
        return None if term is None else self.terms.test(term)

    def _tally(self, at: int, name: str) -> TallyPlan:
        tally = self.table.tallies[name]
        return TallyPlan(at, name, self._rest(tally.match), tally.days)

    def _trigger(self, at: int, trigger: Trigger) -> TriggerPlan:
        on = trigger.match.on if trigger.match is not None else None
        where = self._rest(trigger.match) if trigger.match is not None else None
        when = None if trigger.when is None else self.terms.test(trigger.when)
        do = tuple(
            [(*action[:2], self.terms.value(action[2])) if action[0] == "set" else action for action in trigger.do]
        )
        scores = {key: at for at, key in enumerate(self.keys)}
        do = tuple(
            [(action[0], scores[action[1]], action[2]) if action[0] in ("add", "reset") else action for action in do]
        )
        limits = self.limits(trigger.limits, lambda name: False)
        return TriggerPlan(at, trigger.name, on, where, when, limits, do, 0 if on is not None else 1 << at)

    # --- events -------------------------------------------------------------------------------------------------------

    def _events(self) -> dict[str, EventPlan]:
        matches: dict[str, list[tuple[Match, Any]]] = {name: [] for name in self.table.events}
        for tally in self.tallies:
            match = self.table.tallies[tally.name].match
            matches[match.on].append((match, tally))
        for at, key in enumerate(self.keys):
            score = self.table.scores[key]
            groups: dict[str, Limits] = {}
            for rule in score.on:
                if rule.group is not None and rule.group not in groups:
                    groups[rule.group] = self.limits(score.groups[rule.group].limits, self._folded_in(rule.match.on))
                plan = self._rule(at, rule, None if rule.group is None else groups[rule.group])
                matches[rule.match.on].append((rule.match, plan))
        return {
            name: EventPlan(
                name,
                False,
                event.passive,
                self._taken_at(name),
                matches[name],
                self.scores,
                self.terms,
                self.table.tests,
            )
            for name, event in self.table.events.items()
        } | {"lead": EventPlan("lead", True, True, self.edged, [], self.scores, self.terms, self.table.tests)}

    def _folded_in(self, event: str) -> Callable[[str], bool]:
        properties = self.table.events[event].properties
        return lambda name: properties[name].fold

    def _taken_at(self, event: str) -> list[TriggerPlan]:
        return [trigger for trigger in self.triggers if trigger.bit or trigger.on == event]

    # --- what depends on what, and what time does -------------------------------------------------------------------

    def _dependencies(self) -> None:
        """Which profile points an attribute or a tally touches, and what in this model happens by time alone."""
        tests = self.table.tests
        self.profile_of_attr: dict[str, list[int]] = {}
        self.profile_of_tally: list[list[int]] = [[] for _ in self.tallies]
        turns: set[tuple[str, str, int]] = set()
        waits: set[Term] = set()
        for plan in self.scores:
            score = self.table.scores[plan.key]
            terms = [
                term for rule in score.when for branch in rule.branches for term in (branch.when, branch.value) if term
            ]
            for _, name in _named(terms, "attr", tests):
                self.profile_of_attr.setdefault(name, []).append(plan.at)
            for _, name in _named(terms, "tally", tests):
                self.profile_of_tally[self.tally_names.index(name)].append(plan.at)
            for term in [*terms, *[rule.when for rule in score.on if rule.when]]:
                turns |= _windows(term, tests)
        for trigger in self.table.triggers:
            if trigger.when is not None:
                turns |= _windows(trigger.when, tests)
                waits |= _waits(trigger.when, tests, self.keys)
        self.turns = sorted(turns)
        self.waits = sorted(waits)
        self.degrading = [score for score in self.scores if score.degrade is not None]
        self.ageing = [score for score in self.scores if score.ageing is not None]
        self.falling = [tally for tally in self.tallies if tally.days is not None]
        self.dated = [score.at for score in self.scores if score.dated]
        self.timeless = not (self.turns or self.waits or self.degrading or self.ageing or self.falling)
        self.wait = self._shortest_wait()
        self.lines = self._lines()

    def _lines(self) -> list[tuple[int, ...] | None]:
        """For each score, the values (thousandths) that triggers compare it with; None if they look at it otherwise."""
        found: dict[str, set[int] | None] = {key: set() for key in self.keys}
        for trigger in self.table.triggers:
            if trigger.when is not None and trigger.match is None:
                _compared(_spread(trigger.when, self.table.tests), found)
        opaque = [key for key in self.keys if found[key] is None or (found[key] and self.table.scores[key].value)]
        while opaque:
            key = opaque.pop()
            found[key] = None
            opaque += [
                term[1] for term in mentioned(self.table.scores[key].value, "score") if found[term[1]] is not None
            ]
        return [None if lines is None else tuple(sorted(lines)) for lines in found.values()]

    def _shortest_wait(self) -> int | None:
        """How long after an active event nothing new can fall due, in a model where an active event starts all waiting
        anew or leaves it as it is; None for a model where that is not so."""
        if self.turns or self.ageing or self.falling:
            return None
        given = [score.degrade for score in self.degrading if score.degrade is not None]
        if any(degrade.without != "activity" for degrade in given):
            return None
        found = [degrade.after for degrade in given] + [wait[-1] for wait in self.waits]
        return min(found) if found else None


def _computed(value: Value) -> Shown:
    def shown(lead: Any, t: int) -> int:
        return milli(value(lead, {}, t))

    return shown


def _with_profile(score: ScorePlan) -> Shown:
    at, low, high = score.at, score.low, score.high

    def shown(lead: Any, t: int) -> int:
        p = lead.p[at]
        if p is None:
            p = lead.p[at] = profile_points(score, lead, t)
        points = p + lead.a[at]
        if low is not None and points < low:
            return low
        if high is not None and points > high:
            return high
        return int(points)

    return shown


def profile_points(score: ScorePlan, lead: Any, t: int, parts: list[tuple[str, int, int | None]] | None = None) -> int:
    """P: the sum over the `when` rules whose condition holds, groups cut to what they may be.

    `parts`, if given, receives (rule, points, position of its group)."""
    assert score.profile is not None
    total, sums = 0, [0] * len(score.profile.most)
    for name, branches, group in score.profile.rules:
        for when, fixed, value in branches:
            if when(lead, {}, t):
                found = None if value is None else value(lead, {}, t)
                points = fixed if fixed is not None else 0 if found is None else milli(found)
                if group is None:
                    total += points
                else:
                    sums[group] += points
                if parts is not None and points:
                    parts.append((name, points, group))
                break
    for most, points in zip(score.profile.most, sums, strict=True):
        total += points if most is None else min(points, most)
    return total


def _spread(term: Any, tests: tuple[Term, ...]) -> Any:
    """The term with its shared tests written out."""
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return term
    if term[0] == "test":
        return _spread(tests[term[1]], tests)
    return (term[0], *[_spread(inner, tests) for inner in term[1:]])


def _compared(term: Any, found: dict[str, set[int] | None]) -> None:
    """Collect what each score is compared with in a condition; None for one that stands anywhere else in it."""
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return
    match term:
        case ("=" | "!=" | "<" | "<=" | ">" | ">=", ("score", key), ("lit", value)) | (
            "=" | "!=" | "<" | "<=" | ">" | ">=", ("lit", value), ("score", key)
        ):  # fmt: skip
            lines = found[key]
            if lines is not None:
                lines.add(int(EXACT.multiply(Decimal(value), 1000).to_integral_value(ROUND_FLOOR)))
        case ("score", key):
            found[key] = None
        case _:
            for inner in term[1:]:
                _compared(inner, found)


def _named(terms: list[Term], op: str, tests: tuple[Term, ...]) -> set[Term]:
    found: set[Term] = set()
    for term in terms:
        found |= mentioned(_spread(term, tests), op)
    return found


def _windows(term: Term, tests: tuple[Term, ...]) -> set[tuple[str, str, int]]:
    """(attribute, kind, D) of the date conditions in a condition."""
    spread = _spread(term, tests)
    return {(found[1][1], kind, found[2]) for kind in ("last", "next", "ago") for found in mentioned(spread, kind)}


def _waits(term: Term, tests: tuple[Term, ...], keys: list[str]) -> set[Term]:
    spread = _spread(term, tests)
    found = mentioned(spread, "idle") | mentioned(spread, "stagefor")
    return found | {("quiet", keys.index(key), duration) for _, key, duration in mentioned(spread, "quiet")}
