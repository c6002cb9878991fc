"""What the state of a lead can be at all: stages, tags, firings and scores, bounded together from above.

It begins with nothing: no trigger has ever fired. A trigger whose condition can hold in a state under what is known so
far can fire there; then the state that it leaves and the points that it adds become possible too. Once nothing new
turns up, what is left out can't ever be: at the first moment at which it were, the moment before would not have allowed
it. Where the prover does not know, a trigger counts as one that can fire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compiler.prove.answer import Sat, Unknown, Unsat
from compiler.prove.capacity import Capacity
from compiler.prove.facts import computed_values, fields_in, within
from compiler.prove.interval import Interval
from compiler.prove.spans import Amount, Stretch, least
from compiler.prove.states import State
from compiler.prove.study import Study
from compiler.terms import any_of
from compiler.terms import parts as parts_of
from runtime.table import Term, Trigger

_STATES = 96
"""Of more states only the stages are told apart."""


@dataclass
class Reach:
    """`hidden` are triggers that never fire, each with the one that always comes before it; `only` the states in which
    others can fire, as one before them has fired by then. `sources` are the stages in which each trigger can fire (None
    where there are no stages); `scores` what each can show at any moment, `looked` what triggers can see of it;
    `states` all that leads can be in."""

    study: Study
    hidden: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, frozenset[State]] = field(default_factory=dict)
    sources: dict[str, set[str | None]] = field(default_factory=dict)
    states: set[State] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    scores: dict[str, Interval] = field(default_factory=dict)
    looked: dict[str, Interval] = field(default_factory=dict)
    firings: dict[str, Amount] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path = self.study.program.stages.path
        start = State(path[0] if path else None)
        if not self._from(start):
            self._from(start.coarse)
        self.scores = Capacity(self.study, self.firings).shown()

    @property
    def stages(self) -> set[str | None]:
        """The stages that a lead can be in; None where there are none."""
        return {state.stage for state in self.states}

    # --- growing ------------------------------------------------------------------------------------------------------

    def _from(self, start: State) -> bool:
        """Find all states that a lead can come to; False if they get too many."""
        self.states = {start}
        self.fires: dict[str, set[State]] = {trigger.name: set() for trigger in self.study.program.triggers}
        self.tags = set()
        self._settle()
        while self._grow():
            if len(self.states) > _STATES and start.tags is not None:
                return False
            self._settle()
        return True

    def _settle(self) -> None:
        """Take what the triggers known to fire bring about."""
        triggers = self.study.program.triggers
        self.sources = {name: {state.stage for state in states} for name, states in self.fires.items()}
        self.study.computed = computed_values(self.study.program, [each for each in triggers if self.fires[each.name]])
        self.study.forget()
        self.firings = {each.name: self._often(each) for each in triggers}
        self.looked = Capacity(self.study, self.firings, looks=True).shown()

    def _grow(self) -> bool:
        """Find triggers that can fire, and states in which they can; whether there was any new."""
        new = False
        for trigger in self.study.program.triggers:
            if trigger.name in self.hidden:
                continue
            for state in sorted(self.states - self.fires[trigger.name], key=lambda state: state.order):
                if trigger.name in self.only and state not in self.only[trigger.name]:
                    continue
                if self._fires(trigger, state):
                    new = True
                    self.fires[trigger.name].add(state)
                    self.states.add(state.after(trigger))
                    self.tags |= {act[1] for act in trigger.do if act[0] == "tag"}
        return new

    def _fires(self, trigger: Trigger, state: State) -> bool:
        """Whether a trigger can fire in a state, as far as is known."""
        if trigger.match is not None and trigger.match.where is not None:
            where, event = [trigger.match.where], trigger.match.on
            known = [*self.given(where, event), *state.facts(self.study.program, where)]
            if isinstance(self.study.prover.decide([*where, *known], event), Unsat):
                return False
        if trigger.when is None:
            return True
        when = [trigger.when]
        known = [*self.given(when, looked=True), *state.facts(self.study.program, when)]
        answer = self.study.prover.decide([*when, *known])
        if isinstance(answer, Unknown):
            self.study.whys[f"whether `{trigger.name}` can fire: {answer.why}"] = None
        return not isinstance(answer, Unsat)

    # --- how often ----------------------------------------------------------------------------------------------------

    def _often(self, trigger: Trigger) -> Amount:
        """How often a trigger can fire in a life."""
        sources = self.fires[trigger.name]
        if not sources:
            return 0
        found = [limit.times for limit in trigger.limits if limit.per is None]
        if not sources & self.behind(trigger):
            found.append(1)
        return least(found)

    def behind(self, trigger: Trigger) -> set[State]:
        """The states in which a lead can be once a trigger has fired."""
        return self._ahead({state.after(trigger) for state in self.fires[trigger.name]})

    def _ahead(self, states: set[State]) -> set[State]:
        """The states that a lead can come to from some, those among them."""
        found, waiting = set(states), [*states]
        while waiting:
            here = waiting.pop()
            for trigger in self.study.program.triggers:
                if here in self.fires[trigger.name]:
                    there = here.after(trigger)
                    if there not in found:
                        found.add(there)
                        waiting.append(there)
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
        known = self.given(terms, scores=scores)
        program = self.study.program
        ways = {tuple(state.facts(program, terms)) for state in self.states}
        answers = [self.study.prover.decide([*terms, *known, *facts]) for facts in sorted(ways, key=repr)]
        if all(isinstance(answer, Unsat) for answer in answers):
            return False
        self.study.whys |= {answer.why: None for answer in answers if isinstance(answer, Unknown)}
        return True if any(isinstance(answer, Sat) for answer in answers) else None
