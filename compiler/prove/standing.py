"""What stands of a lead once the triggers of a look are done: how low scores get in each state, and what never stands.

A trigger that moves a lead says what its scores were at that moment, and from then on only so much can lower them: what
rules and triggers take, degradation down to its floor, what a profile may lose. So activity points have a lower end in
each state, which is the least over all ways into it. And a condition on which a trigger without limits fires, whose
firing makes it false and which no trigger below it turns true again, is false whenever a look is over: if it were true
at one, the trigger would have fired there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from compiler.errors.phrases import listing
from compiler.exact import amount
from compiler.prove.answer import Sat, Unsat
from compiler.prove.capacity import Capacity
from compiler.prove.effects import Effects, wanted
from compiler.prove.facts import fields_in, within
from compiler.prove.interval import Interval, computed
from compiler.prove.reach import Reach
from compiler.prove.spans import Amount
from compiler.prove.states import State
from compiler.prove.study import named
from compiler.terms import all_of
from compiler.terms import parts as parts_of
from runtime.table import Score, Term, Trigger

_ROUNDS = 12
"""An end that has been lowered so often in one state is given up there."""
_STATES = 12
"""In more states it is not asked what scores show there at most."""
_TRIGGERS = 60
"""Of more triggers it is not asked which conditions never stand."""


@dataclass
class Standing:
    """Asks for one score after the other, when a claim looks at it. After the instant `until` nothing more is asked;
    what was not asked is taken not to be so."""

    reach: Reach
    until: float = inf
    _lows: dict[str, dict[State, Amount]] = field(init=False, default_factory=dict)
    _settled: list[Trigger] | None = field(init=False, default=None)
    _never: list[Term] | None = field(init=False, default=None)
    _left: list[tuple[Term, frozenset[State]]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.study = self.reach.study
        self.program = self.study.program
        self.capacity = Capacity(self.study, self.reach.firings, looks=True)

    def could(self, terms: list[Term]) -> bool | None:
        """Whether conditions can hold of a lead after a look: False if they can't, None if that is not decided."""
        never = self._bearing(terms)
        asked = [*terms, *[("not", each) for each in never]]
        known = self.reach.given(asked, looked=True)
        answers = []
        for state in sorted(self.reach.states, key=lambda state: state.order):
            facts = [*state.facts(self.program, asked), *self._ends(state, fields_in(asked, "score"))]
            answers.append(self.study.prover.decide([*asked, *known, *facts, *self._ahead_of(state, terms)]))
            if isinstance(answers[-1], Sat):
                return True
        return False if all(isinstance(each, Unsat) for each in answers) else None

    def narrowed(self) -> dict[str, Interval]:
        """What each score shows after looks, by what never stands."""
        if not self.never() or len(self.reach.states) > _STATES:
            return self.reach.scores
        return {key: self._narrowed(key, interval) for key, interval in self.reach.scores.items()}

    def _narrowed(self, key: str, interval: Interval) -> Interval:
        never = [each for each in self.never() if self._under(key) & self._read([each])]
        if not never or self.late:
            return interval
        value, asked = ("score", key), [("not", each) for each in never]
        known = [*asked, *self.reach.given([*asked, ("=", value, value)], scores=self.reach.scores)]
        lows, highs = [], []
        for state in sorted(self.reach.states, key=lambda state: state.order):
            given = [*known, *state.facts(self.program, asked)]
            high = self.study.prover.reach(value, given=given)
            low = self.study.prover.reach(value, given=given, lowest=True)
            if high.feasible is not False and low.feasible is not False:
                highs.append(interval.high if high.bound is None else high.bound)
                lows.append(interval.low if low.bound is None else low.bound)
        if not lows:
            return interval
        low_ = None if None in lows else min(each for each in lows if each is not None)
        return Interval(low_, None if None in highs else max(each for each in highs if each is not None))

    def _read(self, terms: list[Term]) -> set[str]:
        """The scores that terms look at, with those under them."""
        return set().union(*[self._under(name) for name in fields_in(terms, "score")])

    def why(self, terms: list[Term]) -> str:
        """In words, what is known beside the ends of scores and the stages: how low scores get in the stages that terms
        name, and which triggers leave no condition standing."""
        named_ = {part[2] for term in terms for part in parts_of(term) if part[0] == "stage"}
        said = []
        for key in sorted(fields_in(terms, "score")):
            for stage in sorted(named_ & self.reach.stages, key=str):
                lows = [self.low(key, state) for state in self.reach.states if state.stage == stage]
                low = None if None in lows else min(each for each in lows if each is not None)
                if low is not None and low != self.reach.looked[key].low:
                    said.append(f"in {stage} {named(self.study.scores, key)} shows at least {amount(low)}")
        bearing = self._bearing(terms)
        firing = [each.name for each in self.settling() if each.when in bearing]
        return "; ".join([*said, *([f"{listing(firing)} fires as soon as it may"] if len(firing) == 1 else []),
                          *([f"{listing(firing)} fire as soon as they may"] if len(firing) > 1 else [])])  # fmt: skip

    # --- what never stands --------------------------------------------------------------------------------------------

    def never(self) -> list[Term]:
        """Conditions that are false whenever a look is over."""
        if self._never is None:
            self._never = [trigger.when for trigger in self.settling() if trigger.when is not None]
        return self._never

    def _bearing(self, terms: list[Term]) -> list[Term]:
        """Those of them that look at something that terms look at."""
        looked = _looked(terms)
        return [each for each in self.never() if looked & _looked([each])]

    def settling(self) -> list[Trigger]:
        """The triggers whose conditions are false whenever a look is over, as they fire as soon as they may."""
        triggers = self.program.triggers
        if self._settled is None:
            effects = Effects(self.reach)
            self._settled = [
                each
                for at, each in enumerate(triggers)
                if len(triggers) <= _TRIGGERS
                and each.match is None
                and not each.limits
                and self.reach.sources[each.name]
                and self._settles(effects, each, triggers[at + 1 :])
            ]
        return self._settled

    @property
    def late(self) -> bool:
        """Whether there is no time to ask any more."""
        return monotonic() > self.until or self.study.prover.left() <= 0

    def _ahead_of(self, state: State, terms: list[Term]) -> Iterator[Term]:
        """That a condition does not hold whose trigger would have taken the lead out of a state for good."""
        looked = _looked(terms)
        for when, states in self.leaving():
            if state not in states and looked & _looked([when]):
                yield ("not", all_of([when, *state.facts(self.program, [when])]))

    def leaving(self) -> list[tuple[Term, frozenset[State]]]:
        """The conditions of triggers that have fired for sure where their conditions stand after a look, each with the
        states in which a lead can be then."""
        if self._left is None:
            effects, triggers = Effects(self.reach), self.program.triggers[:_TRIGGERS]
            self._left = [
                (each.when, frozenset(self.reach.behind(each)))
                for at, each in enumerate(triggers)
                if each.match is None and each.when is not None and self._first(effects, each, triggers[at + 1 :])
            ]
        return self._left

    def _first(self, effects: Effects, trigger: Trigger, below: tuple[Trigger, ...]) -> bool:
        """Whether a trigger can fire, changes the state, and no trigger below it turns its condition true."""
        assert trigger.when is not None
        fires = self.reach.fires[trigger.name]
        if self.late or not fires or fires <= self.reach.behind(trigger):
            return False
        return not self._set_off(effects, trigger.when, below)

    def _set_off(self, effects: Effects, when: Term, triggers: tuple[Trigger, ...]) -> bool:
        """Whether one of some triggers can turn a condition true at once."""
        able = [each for each in triggers if self.reach.sources[each.name]]
        return any(effects.turns(each, when) and (self.late or effects.sets_off(each, when)) for each in able)

    def _settles(self, effects: Effects, trigger: Trigger, below: tuple[Trigger, ...]) -> bool:
        """Whether the condition of a trigger is false after each look."""
        assert trigger.when is not None
        if self.late:
            return False
        kept = [each for each in wanted(trigger) if not effects.touches(trigger, each)]
        behind = [*kept, effects.rewritten(trigger, trigger.when)]
        if not effects.turns(trigger, ("not", trigger.when)) and not effects.pushed(trigger):
            return False
        if effects.possible_behind(trigger, behind, effects.behind(trigger)):
            return False
        return not self._set_off(effects, trigger.when, below)

    # --- how low scores get -------------------------------------------------------------------------------------------

    def _ends(self, state: State, keys: set[str]) -> Iterator[Term]:
        """The lower ends of scores in a state, as conditions."""
        for key in sorted(keys):
            low = self.low(key, state)
            if low is not None:
                yield within(("score", key), self.study.points(low), None)

    def low(self, key: str, state: State) -> Amount:
        """The least that a score shows in a state."""
        score = self.study.scores[key]
        if score.value is not None:
            names = fields_in([score.value], "score")
            known = {name: Interval(self.low(name, state), self.reach.looked[name].high) for name in names}
            interval = computed(score.value, known)
            return None if interval is None else interval.low
        active, profile = self.lows(key).get(state), self._profile(score, key, lowest=True)
        return self.reach.looked[key].low if active is None or profile is None else _clamped(score, active + profile)

    def _profile(self, score: Score, key: str, *, lowest: bool = False) -> Amount:
        return self.study.profile(key, lowest=lowest).bound if score.when else 0

    def lows(self, key: str) -> dict[State, Amount]:
        """By state, a lower end of the activity points of a score, whatever happens there; None where there is none."""
        if key not in self._lows:
            self._lows[key] = self._found(key)
        return self._lows[key]

    def _found(self, key: str) -> dict[State, Amount]:
        path = self.program.stages.path
        starts = [State(path[0] if path else None), State(path[0] if path else None).coarse]
        start = next(each for each in starts if each in self.reach.states)
        found: dict[State, Amount] = {start: self._lowered(key, start, 0)}
        rounds: dict[State, int] = {}
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for trigger in self.program.triggers:
                there = here.after(trigger)
                if here not in self.reach.fires[trigger.name] or there == here:
                    continue
                low = self._lowered(key, there, self._behind(key, trigger, here, found[here]))
                if there not in found or _less(low, found[there]):
                    rounds[there] = rounds.get(there, 0) + 1
                    found[there] = low if rounds[there] <= _ROUNDS else None
                    waiting.append(there)
        return found

    def _behind(self, key: str, trigger: Trigger, here: State, low: Amount) -> Amount:
        """The least that activity points are right behind a firing in a state in which they are `low` at least."""
        active = _most(low, self._at(key, trigger, here, low))
        score = self.study.scores[key]
        for act in trigger.do:
            if act[:2] == ("add", key) and active is not None:
                active = _clamped(score, active + act[2])
            elif act[:2] == ("reset", key):
                high = self._profile(score, key)
                active = None if high is None else _clamped(score, max(act[2] - high, 0))
        return active

    def _at(self, key: str, trigger: Trigger, here: State, low: Amount) -> Amount:
        """The least that activity points are where a trigger fires, by what its condition asks of the score."""
        score = self.study.scores[key]
        profile = self._profile(score, key)
        if trigger.when is None or profile is None or self.study.prover.left() <= 0:
            return None
        terms, value = [trigger.when], ("score", key)
        if key not in self._read(terms):
            return None
        known = self.reach.given([*terms, ("=", value, value)], looked=True)
        given = [*terms, *known, *here.facts(self.program, terms)]
        least_here = self._profile(score, key, lowest=True)
        if low is not None and least_here is not None:
            given.append((">=", value, ("lit", self.study.points(_clamped(score, low + least_here)))))
        least = self.study.prover.reach(value, given=given, lowest=True).bound
        if least is None or (score.low is not None and least <= score.low):
            return None
        return least - profile

    def _under(self, name: str) -> set[str]:
        value = self.study.scores[name].value
        inner = set() if value is None else fields_in([value], "score")
        return {name}.union(*[self._under(each) for each in inner])

    def _lowered(self, key: str, state: State, low: Amount) -> Amount:
        """What activity points are at least that were `low` on the way into a state, however long a lead stays."""
        score = self.study.scores[key]
        high = self._profile(score, key)
        loss = self.capacity.given(key, -1)
        if low is None or score.ageing is not None or high is None or loss is None:
            return None
        if score.degrade is not None:
            floor = score.low if score.degrade.floor is None else score.degrade.floor
            low = min(low, max(0 if floor is None else floor - high, 0))
        for trigger in self.program.triggers:
            if state in self.reach.fires[trigger.name] and state.after(trigger) == state:
                low = min([low, *[max(act[2] - high, 0) for act in trigger.do if act[:2] == ("reset", key)]])
        return _clamped(score, low - loss)


def _looked(terms: list[Term]) -> set[Term]:
    """What terms look at that triggers bear on."""
    found: set[Term] = set()
    for term in terms:
        for part in parts_of(term):
            if part[0] in ("stage", "stagefor"):
                found.add(("stage",))
            elif part[0] in ("tag", "attr", "score"):
                found.add(part[:2])
    return found


def _clamped(score: Score, points: int) -> int:
    points = points if score.low is None else max(points, score.low)
    return points if score.high is None else min(points, score.high)


def _less(one: Amount, other: Amount) -> bool:
    """Whether a lower end is lower than another; none is the lowest."""
    return other is not None and (one is None or one < other)


def _most(one: Amount, other: Amount) -> Amount:
    """The higher of two lower ends."""
    known = [each for each in (one, other) if each is not None]
    return max(known) if known else None
