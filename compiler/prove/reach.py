"""What the state of a lead can be at all: stages, tags, firings and scores, bounded together from above.

It begins with nothing: no trigger has ever fired. A trigger whose condition can hold under what is known so far can
fire; then its stages and tags, the points that it adds and the attributes that it sets become possible too. Once
nothing new turns up, what is left out can't ever be: at the first moment at which it were, the moment before would not
have allowed it. Where the prover does not know, a trigger counts as one that can fire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from compiler.prove.answer import Unsat
from compiler.prove.capacity import Capacity
from compiler.prove.facts import computed_values, fields_in, within
from compiler.prove.interval import Interval
from compiler.prove.spans import Amount, Stretch, least
from compiler.prove.study import Study
from compiler.terms import any_of
from compiler.terms import parts as parts_of
from runtime.table import Term, Trigger


@dataclass
class Reach:
    """`sources` are the stages in which each trigger can fire (None where there are no stages); `scores` what each can
    show at any moment, `looked` what triggers can see of it."""

    study: Study
    sources: dict[str, set[str | None]] = field(default_factory=dict)
    stages: set[str | None] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    scores: dict[str, Interval] = field(default_factory=dict)
    looked: dict[str, Interval] = field(default_factory=dict)
    firings: dict[str, Amount] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        program = self.study.program
        self.stages = {program.stages.path[0] if program.stages.path else None}
        self.sources = {trigger.name: set() for trigger in program.triggers}
        self._settle()
        while self._grow():
            self._settle()
        self.scores = Capacity(self.study, self.firings).shown()

    # --- growing ------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Take what the triggers known to fire bring about."""
        active = [each for each in self.study.program.triggers if self.sources[each.name]]
        self.study.computed = computed_values(self.study.program, active)
        self.study.forget()
        self.firings = {each.name: self._often(each) for each in self.study.program.triggers}
        self.looked = Capacity(self.study, self.firings, looks=True).shown()

    def _grow(self) -> bool:
        """Find triggers that can fire, and stages in which they can; whether there was any new."""
        new = False
        for trigger in self.study.program.triggers:
            for stage in sorted(self.stages - self.sources[trigger.name], key=str):
                if self._fires(trigger, stage):
                    new = True
                    self.sources[trigger.name].add(stage)
                    self.stages |= {act[1] for act in trigger.do if act[0] == "move"}
                    self.tags |= {act[1] for act in trigger.do if act[0] == "tag"}
        return new

    def _fires(self, trigger: Trigger, stage: str | None) -> bool:
        event = None if trigger.match is None else trigger.match.on
        terms = [] if trigger.match is None or trigger.match.where is None else [trigger.match.where]
        answer = self.study.prover.decide([*terms, *self.given(terms, event)], event) if terms else None
        if isinstance(answer, Unsat):
            return False
        if trigger.when is None:
            return True
        known = self.given([trigger.when], None, looked=True)
        at_stage: list[Term] = [] if stage is None else [("stage", "=", stage)]
        answer = self.study.prover.decide([trigger.when, *at_stage, *known])
        if not isinstance(answer, Unsat) and hasattr(answer, "why"):
            self.unsure.add(trigger.name)
        return not isinstance(answer, Unsat)

    # --- how often ----------------------------------------------------------------------------------------------------

    def _often(self, trigger: Trigger) -> Amount:
        """How often a trigger can fire in a life."""
        if not self.sources[trigger.name]:
            return 0
        found = [limit.times for limit in trigger.limits if limit.per is None]
        moves = [act[1] for act in trigger.do if act[0] == "move"]
        if moves and moves[-1] not in self.sources[trigger.name]:
            ahead = self._ahead(moves[-1])
            if not ahead & self.sources[trigger.name]:
                found.append(1)
        return least(found)

    def _ahead(self, stage: str) -> set[str | None]:
        """The stages that a lead can come to from a stage, that one among them."""
        found: set[str | None] = {stage}
        waiting: list[str | None] = [stage]
        while waiting:
            here = waiting.pop()
            for trigger in self.study.program.triggers:
                if here in self.sources[trigger.name]:
                    for act in trigger.do:
                        if act[0] == "move" and act[1] not in found:
                            found.add(act[1])
                            waiting.append(act[1])
        return found

    # --- what is known of a moment ------------------------------------------------------------------------------------

    def given(
        self,
        terms: list[Term],
        event: str | None = None,
        *,
        looked: bool = False,
        scores: dict[str, Interval] | None = None,
    ) -> list[Term]:
        """What is known of the scores, stages, tags and attributes that terms look at."""
        known = scores if scores is not None else self.looked if looked else self.scores
        return [*self.study.given([*terms], event), *self._state(terms, known)]

    def _state(self, terms: list[Term], scores: dict[str, Interval]) -> Iterator[Term]:
        for key in sorted(fields_in(terms, "score")):
            interval = scores[key]
            low, high = (None if end is None else self.study.points(end) for end in (interval.low, interval.high))
            yield within(("score", key), low, high)
        mentioned = {part[0] for term in terms for part in parts_of(term)}
        if mentioned & {"stage", "stagefor"} and None not in self.stages:
            yield any_of([("stage", "=", stage) for stage in sorted(map(str, self.stages))])
        for tag in sorted(fields_in(terms, "tag") - self.tags):
            yield ("not", ("tag", tag))

    def within(self, length: int) -> dict[str, Interval]:
        """What each score can show up to so many microseconds after the first event."""
        return Capacity(self.study, self.firings).shown(Stretch(length))

    def could(self, terms: list[Term], *, scores: dict[str, Interval] | None = None) -> bool | None:
        """Whether conditions can hold at some moment: False if they can't, None if that is not decided; True says no
        more than that nothing speaks against it."""
        answer = self.study.prover.decide([*terms, *self.given(terms, scores=scores)])
        return False if isinstance(answer, Unsat) else None if hasattr(answer, "why") else True
