"""Closing in on the end of a value that its parts can't take to theirs together.

Bounds of a value from the bounds of its parts are too wide where the parts depend on each other. Whether the value can
be at least so much is a condition like any other: each answer of yes brings an example, each answer of no a bound, and
what lies between is halved until nothing does. Steps grow from the example, since a bound may be very far off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from compiler.exact import milli, points
from compiler.prove.answer import Answer, Best, Sat, Unknown, Witness
from compiler.prove.meaning import Meaning
from runtime.table import Term

_FAR = 10**18
"""Thousandths beyond which a value is taken to have no end."""


class Approach:
    """One value; `sign` is 1 for its highest, -1 for its lowest. `decide` says whether a condition on it can hold, in
    so many seconds. Ends at the instant `end`."""

    def __init__(
        self, value: Term, meaning: Meaning, decide: Callable[[Term, float], Answer], sign: int, end: float
    ) -> None:
        self.value = value
        self.meaning = meaning
        self.decide = decide
        self.sign = sign
        self.end = end

    def narrowed(self, best: Best) -> Best:
        """The bounds brought together as far as questions can; all numbers are turned round for the lowest."""
        if best.exact or best.reached is None or best.witness is None:
            return best
        reached, witness = self.sign * best.reached, best.witness
        bound = None if best.bound is None else self.sign * best.bound
        step, why = 1000, best.why
        while bound is None or reached < bound:
            far = bound is None or bound - reached > 2 * step
            goal = reached + step if far or bound is None else (reached + bound + 1) // 2
            if goal > _FAR or monotonic() > self.end:
                break
            found = self._at_least(goal)
            if isinstance(found, Unknown):
                why = found.why
                break
            if isinstance(found, Sat):
                reached, witness = max(goal, self._worth(found.witness)), found.witness
                step *= 8 if far else 1
            else:
                bound = goal - 1
        exact = bound is not None and reached == bound
        return replace(
            best,
            bound=None if bound is None else self.sign * bound,
            reached=self.sign * reached,
            witness=witness,
            why="" if exact else why,
        )

    def _at_least(self, goal: int) -> Answer:
        """Whether the value, rounded as points are, can be so much."""
        op = ">=" if self.sign > 0 else "<="
        condition = (op, ("round", self.value), ("lit", points(self.sign * goal)))
        return self.decide(condition, max(0.0, self.end - monotonic()))

    def _worth(self, witness: Witness) -> int:
        return self.sign * milli(self.meaning.value(self.value, witness.values))
