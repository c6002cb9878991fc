"""A table made ready for folding: names are positions, terms are closures, events have a matcher.

A plan is built once for a table and holds no state of any lead. What belongs to one type of event is built when the
first such event comes, so that a start costs what it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from runtime.idle import idle
from runtime.limits import Best, Limits, Points, Repeated, Times, giver
from runtime.parts import EventPlan, ProfilePlan, RulePlan, ScorePlan, TallyPlan, TriggerPlan
from runtime.profile import computed, with_profile
from runtime.steps import descent_of
from runtime.table import Event, Limit, Match, OnRule, Score, Table, Term, Trigger
from runtime.terms import Shown, Terms, Test
from runtime.timing import lines_of, named, waits, windows
from runtime.written import Outline, held, noted, other, step_of


class Plan:
    """A table made ready. Positions of scores and tallies are by name; of triggers by source order.

    `turns` holds (attribute, kind, D) of the date conditions of rules and triggers; `waits` the durations that triggers
    wait for: ("idle", D), ("quiet", score, D), ("stagefor", stage, D)."""

    scores: list[ScorePlan]
    tallies: list[TallyPlan]
    triggers: list[TriggerPlan]

    def __init__(self, table: Table) -> None:
        self.table = source = table
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
        dated = any(windows(branch.when, self.table.tests) for rule in score.when for branch in rule.branches)
        plan = ScorePlan(
            at, key, score.low, score.high, score.ready, score.bands, score.degrade, score.ageing, profile, dated
        )
        if score.value is not None:
            self.terms.shown[key] = computed(self.terms.value(score.value))
        elif profile is None:
            self.terms.shown[key] = lambda lead, t: lead.a[at]
        else:
            self.terms.shown[key] = with_profile(plan)
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
        given = (*limits.given, *(group.given if group is not None else ()))
        asks = any(each is not None for each in (rest, when, value, best)) or any(limit.each for limit in given)
        return RulePlan(
            rule.name, at, rule.points, value, rest, when, repeated, best, limits, group, rule.group, plain, asks, give
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
        return {name: self._event(name, event, matches[name]) for name, event in self.table.events.items()} | {
            "lead": EventPlan(
                "lead", True, True, self.edged, [], self.scores, self.terms, self.table.tests, False, True
            )
        }

    def _event(self, name: str, event: Event, matches: list[tuple[Match, Any]]) -> EventPlan:
        triggers = self._taken_at(name)
        asks = triggers is not self.edged or self._asked
        required = frozenset(own for own, given in event.properties.items() if given.required)
        return EventPlan(
            name, False, event.passive, triggers, matches, self.scores, self.terms, self.table.tests,
            not event.passive and triggers is self.edged, asks, required,
        )  # fmt: skip

    @cached_property
    def _asked(self) -> bool:
        """Whether a `when` trigger looks at properties."""
        given = [self.table.triggers[trigger.at] for trigger in self.edged]
        terms = [term for trigger in given for term in (trigger.when, *[action[-1] for action in trigger.do])]
        if any(limit.each for trigger in given for limit in trigger.limits):
            return True
        return bool(named([term for term in terms if type(term) is tuple], "prop", self.table.tests))

    def _folded_in(self, event: str) -> Callable[[str], bool]:
        properties = self.table.events[event].properties
        return lambda name: properties[name].fold

    def _taken_at(self, event: str) -> list[TriggerPlan]:
        """The triggers to be taken at a look at such an event: `edged` itself if there are no others."""
        if all(trigger.on != event for trigger in self.triggers):
            return self.edged
        return [trigger for trigger in self.triggers if trigger.bit or trigger.on == event]

    # --- what depends on what, and what time does -------------------------------------------------------------------

    def _dependencies(self) -> None:
        """Which profile points an attribute or a tally touches, and what in this model happens by time alone."""
        tests = self.table.tests
        self.profile_of_attr: dict[str, list[int]] = {}
        self.profile_of_tally: list[list[int]] = [[] for _ in self.tallies]
        turning: set[tuple[str, str, int]] = set()
        waiting: set[Term] = set()
        for plan in self.scores:
            score = self.table.scores[plan.key]
            terms = [
                term for rule in score.when for branch in rule.branches for term in (branch.when, branch.value) if term
            ]
            for _, name in named(terms, "attr", tests):
                self.profile_of_attr.setdefault(name, []).append(plan.at)
            for _, name in named(terms, "tally", tests):
                self.profile_of_tally[self.tally_names.index(name)].append(plan.at)
            for term in [*terms, *[rule.when for rule in score.on if rule.when]]:
                turning |= windows(term, tests)
        for trigger in self.table.triggers:
            if trigger.when is not None:
                turning |= windows(trigger.when, tests)
                waiting |= waits(trigger.when, tests, self.keys)
        self.turns = sorted(turning)
        self.waits = sorted(waiting)
        self.degrading = [score for score in self.scores if score.degrade is not None]
        self.ageing = [score for score in self.scores if score.ageing is not None]
        self.falling = [tally for tally in self.tallies if tally.days is not None]
        self.midnights = bool(self.ageing or self.falling)
        self.dated = [score.at for score in self.scores if score.dated]
        self.timeless = not (self.turns or self.waits or self.degrading or self.ageing or self.falling)
        self.wait = self._shortest_wait()
        self.lines = lines_of(self.table, self.keys)
        outline = Outline(self.table, self.terms, self.keys, self.edged, self.turns, self.waits)
        self.held, self.noted, self.other = held(outline), noted(outline), other(outline)
        self.steps = [(degrading, step_of(outline, degrading)) for degrading in self.degrading]
        for degrading in self.degrading:
            degrading.descent = descent_of(degrading, self.shown[degrading.at], self.lines[degrading.at])
        self.idle = None if self.midnights or self.timeless else idle(outline, self.degrading, self.lines)

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
