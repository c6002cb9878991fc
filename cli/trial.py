"""Runs a test of a rule file: folds what it gives with the engine that folds everything else, and judges what it
expects.

A test has one lead. Its events are folded in the written order, also at one instant. An expectation is judged on a copy
of the lead that time has brought up to the expectation's instant: the lead itself stays where its last event left it,
so whatever stands below, even at the same instant, goes on as if nobody had looked.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol, Self, TypeAlias

from cli.sight import Seen, looked_at, seen
from compiler.scenarios import CheckedTest, Expected, ExpectedEmission, ExpectedFiring, Given, Step
from dsl.syntax import Span
from runtime.explain import Explanation, explain
from runtime.fold import Emission, Fold, Watcher
from runtime.intake import Event, kinds_of
from runtime.lead import Lead
from runtime.lines import settle
from runtime.meet import Kind, check
from runtime.plan import Plan
from runtime.times import DAY, read_date
from runtime.values import BadValue

LEAD = "test"
"""The id of a test's lead."""
_END = read_date("2999-12-31") + DAY
"""No event may be as late as this."""

Expectation: TypeAlias = Expected | ExpectedFiring | ExpectedEmission


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one expectation: whether it holds, what was seen of all that it names, the keys of the scores that
    it rests on, and how many events stand above it."""

    expectation: Expectation
    holds: bool
    seen: tuple[Seen, ...]
    scores: tuple[str, ...]
    above: int


@dataclass(slots=True)
class Outcome:
    """What came of one test. `error` says why it could not be carried on with, at the step `place`; verdicts are those
    of the expectations before that."""

    test: CheckedTest
    plan: Plan
    verdicts: list[Verdict] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    error: str | None = None
    place: Span | None = None
    seconds: float = 0.0

    @property
    def failures(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.holds]

    @property
    def result(self) -> str:
        """``passed``, ``failed`` or ``error``."""
        return "error" if self.error is not None else "failed" if self.failures else "passed"

    def explanation(self, verdict: Verdict) -> Explanation | None:
        """How the lead came to where it stood at an expectation; None if no event stands above that."""
        return explain(self.plan, LEAD, self.events[: verdict.above], verdict.expectation.time)


class Onlooker(Watcher, Protocol):
    """Watches the lead of a test, and its copies wherever an expectation looks."""

    def fork(self) -> Self:
        """The watcher of a copy."""
        ...

    def stands(self, lead: Lead, t: int) -> None:
        """The lead stands at the instant of an expectation."""
        ...


def run_tests(plan: Plan, tests: Iterable[CheckedTest]) -> Iterator[Outcome]:
    """Run tests one after the other, each on a lead of its own."""
    kinds = kinds_of(plan)
    for test in tests:
        start = perf_counter()
        outcome = _Trial(plan, kinds, test).run()
        outcome.seconds = perf_counter() - start
        yield outcome


def watch_test(plan: Plan, kinds: Mapping[str, Kind], test: CheckedTest, onlooker: Onlooker) -> Outcome:
    """Run a test with somebody watching; what comes of it is what `run_tests` says."""
    return _Trial(plan, kinds, test, onlooker).run()


class _Trial:
    def __init__(
        self, plan: Plan, kinds: Mapping[str, Kind], test: CheckedTest, onlooker: Onlooker | None = None
    ) -> None:
        self.plan = plan
        self.kinds = kinds
        self.emitted: list[Emission] = []
        self.onlooker = onlooker
        self.fold = Fold(plan, self.emitted, onlooker)
        self.lead = self.fold.new(LEAD)
        self.outcome = Outcome(test, plan)

    def run(self) -> Outcome:
        for step in self.outcome.test.steps:
            try:
                self.take(step)
            except BadValue as bad:
                self.outcome.error, self.outcome.place = str(bad), step.span
                break
        return self.outcome

    def take(self, step: Step) -> None:
        """Raises BadValue."""
        if step.time >= _END:
            raise BadValue("the time of the test is beyond the year 2999")
        if isinstance(step, Given):
            self.give(step)
        else:
            self.outcome.verdicts.append(self.judge(step))

    def give(self, step: Given) -> None:
        """Fold an event. Raises BadValue."""
        events = self.outcome.events
        kind = self.kinds[step.type]
        event = ((step.time, LEAD, f"{len(events):09}"), kind, check(kind, dict(step.data)), b"")
        events.append(event)
        self.fold.event(self.lead, event[0], kind.plan, event[2])

    def judge(self, step: Expectation) -> Verdict:
        lead = copy.deepcopy(self.lead)
        emitted = list(self.emitted)
        onlooker = None if self.onlooker is None else self.onlooker.fork()
        Fold(self.plan, emitted, onlooker).advance(lead, step.time)
        settle(self.plan, lead)
        if onlooker is not None and lead.first is not None:
            onlooker.stands(lead, step.time)
        found = seen(self.plan, lead, step, emitted)
        above = len(self.outcome.events)
        return Verdict(step, self.holds(step, lead, emitted), found, looked_at(self.plan, step), above)

    def holds(self, step: Expectation, lead: Lead, emitted: list[Emission]) -> bool:
        match step:
            case Expected(condition=condition):
                return self.plan.terms.test(condition)(lead, {}, step.time)
            case ExpectedFiring(trigger=name, times=times, negated=negated):
                count = sum(self.plan.triggers[at].name == name for at, _ in lead.fired)
                return (count == times if times is not None else count > 0) is not negated
            case ExpectedEmission(name=name, negated=negated):
                return any(each[1] == name for each in emitted) is not negated
