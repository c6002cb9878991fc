"""How long a lead that is ready can stay so without doing anything, at most: by exact arithmetic on the ageing.

Steps of a degradation only ever lower a score, and the higher it stands the later it is below the line; so from the
highest score that there can be, step after step is taken as the engine takes it. Points that expire are gone after
their days, and of points that fade no more is left than their share of the most that rules and triggers give. Profile
points stay; where they are enough by themselves, or where a trigger may add points in silence, there is no such time.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from compiler.prove.capacity import Capacity
from compiler.prove.facts import fields_in
from compiler.prove.histories import DAY
from compiler.prove.ledger import Fall, Stay
from compiler.prove.reach import Reach
from compiler.prove.silence import ready_for
from compiler.prove.spans import LIFE, Amount, times, total
from compiler.prove.study import Study
from compiler.terms import is_timed
from runtime.table import Ageing, Degrade, Score, Term

_STEPS = 100_000


class _Open(Exception):
    """The longest time is not known; the text says why."""


class _Endless(_Open):
    """There is none if points have no end."""


def staying(
    study: Study, reach: Reach, key: str, ready: int, falls: list[Fall], *, endless: bool = False
) -> Stay | None:
    """The longest time; None where a history shows that some stay for ever. `endless`: the score has no highest."""
    shown = [ready_for(each, ready) for each in falls if not each.cut]
    if None in shown:
        return None
    longest = max((each for each in shown if each is not None), default=None)
    try:
        return Stay(_Staying(study, reach, key, ready).longest(), longest)
    except _Open as why:
        return Stay(None, longest, str(why), endless and isinstance(why, _Endless))


@dataclass(frozen=True, slots=True)
class _Staying:
    study: Study
    reach: Reach
    key: str
    ready: int

    def longest(self) -> int:
        """Microseconds. Raises _Open."""
        score = self.study.scores[self.key]
        if score.value is not None:
            raise _Open("it is computed from other scores")
        for trigger in self.study.program.triggers:
            waits = trigger.match is None and self.reach.firings.get(trigger.name) != 0
            if waits and any(self._lifts(score, act) for act in trigger.do):
                raise _Open(f"{trigger.name} may give it points in silence")
        profile = self.study.profile(self.key).bound if score.when else 0
        if profile is None:
            raise _Open("no bound is known for its profile points")
        if profile >= self.ready:
            raise _Open("profile points may be enough by themselves")
        if score.degrade is not None:
            return self._degrading(score, score.degrade, profile)
        assert score.ageing is not None
        return self._ageing(score.ageing, profile)

    def _lifts(self, score: Score, act: Term) -> bool:
        """Whether an action may bring a lead to the line, or nearer to it."""
        if act[0] == "reset" and act[1] == self.key:
            return bool(act[2] >= self.ready or (score.when and act[2] > 0))
        return bool(act[0] == "add" and act[1] == self.key and act[2] > 0)

    def _changes(self, score: Score) -> bool:
        """Whether profile points may change in silence."""
        program = self.study.program
        terms = [term for rule in score.when for each in rule.branches for term in (each.when, each.value)]
        falling = any(program.tallies[name].days is not None for name in fields_in(terms, "tally"))
        computed = any(program.attributes[name].computed for name in fields_in(terms, "attr"))
        return falling or computed or any(is_timed(term) for term in terms)

    # --- degradation --------------------------------------------------------------------------------------------------

    def _degrading(self, score: Score, degrade: Degrade, profile: int) -> int:
        high = self.reach.scores[self.key].high
        if high is None:
            raise _Endless("the score has no highest")
        if self._changes(score):
            raise _Open("its profile points may change in silence")
        if degrade.without != "increase" and not self._active(profile):
            raise _Open("events that are no activity may be enough, and without any activity there are no steps")
        if degrade.without == "increase" and self._reset():
            raise _Open("a reset is no increase, and without any increase there are no steps")
        floor = score.low if degrade.floor is None else degrade.floor
        points, steps = high, 0
        while points >= self.ready:
            lower = max(stepped(degrade, points, floor), profile)
            steps += 1
            if lower == points or steps > _STEPS:
                raise _Open("it takes too many steps, or the floor is not below the line")
            points = lower
        if steps == 0:
            raise _Open("nobody is ready")
        return self._first(degrade) + (steps - 1) * degrade.every

    def _first(self, degrade: Degrade) -> int:
        """How long it takes at most to the first step."""
        if degrade.without is None:
            return degrade.every
        quiet = degrade.without == "activity" and self._passively() != 0
        later = quiet or bool(self.study.scores[self.key].when) or self._reset()
        return max(degrade.after, degrade.every) if later else degrade.after

    def _active(self, profile: int) -> bool:
        """Whether nobody is ready without ever having been active."""
        given = total([profile, self._passively()])
        return given is not None and given < self.ready

    def _passively(self) -> Amount:
        """What events that are no activity can give at most."""
        events, capacity = self.study.program.events, Capacity(self.study, self.reach.firings)
        rules = [rule for rule in self.study.scores[self.key].on if events[rule.match.on].passive]
        found = [capacity.alone(self.key, rule, 1)(LIFE) for rule in rules]
        resets = False
        for trigger in self.study.program.triggers:
            often = self.reach.firings.get(trigger.name)
            if often == 0 or (trigger.match is not None and not events[trigger.match.on].passive):
                continue
            points = sum(act[2] for act in trigger.do if act[:2] == ("add", self.key) and act[2] > 0)
            found.append(times(often, points) if points else 0)
            resets = resets or any(act[:2] == ("reset", self.key) for act in trigger.do)
        return total([*found, capacity.reset(self.key) if resets else 0])

    def _reset(self) -> bool:
        """Whether a trigger may reset the score to points that are no increase."""
        return any(
            act[:2] == ("reset", self.key) and self.reach.firings.get(trigger.name) != 0
            for trigger in self.study.program.triggers
            for act in trigger.do
        )

    # --- points that age by themselves --------------------------------------------------------------------------------

    def _ageing(self, ageing: Ageing, profile: int) -> int:
        found = []
        if ageing.expire is not None:
            found.append(ageing.expire * DAY)
        if ageing.fade is not None and ageing.every is not None:
            given = Capacity(self.study, self.reach.firings).given(self.key)
            if given is not None:
                found.append(self._fades(ageing, given, profile) * ageing.every * DAY)
        if not found:
            raise _Endless("there is no end to the points that fade")
        return min(found)

    def _fades(self, ageing: Ageing, given: int, profile: int) -> int:
        """How many fades it takes until what is left of so many points is not enough."""
        share, left = 1 - Fraction(Decimal(ageing.fade or 0)), Fraction(given)
        for count in range(_STEPS):
            if left + profile < self.ready:
                return count
            left = max(Fraction(0), left - given * (1 - share)) if ageing.of_first else left * share
        raise _Open("it takes too many fades")


def stepped(degrade: Degrade, points: int, floor: int | None) -> int:
    """What a score shows behind a step, profile points aside; in thousandths."""
    if degrade.points is not None:
        drop = degrade.points
    else:
        exact = Decimal(points) * Decimal(degrade.percent or 0)
        drop = max(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), 1)
    return points - drop if floor is None else max(points - drop, min(floor, points))
