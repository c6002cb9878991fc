"""Between which bounds a value lies, for the classes that are left of what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import inf
from typing import TypeAlias

from compiler.prove.answer import Var
from compiler.prove.frame import Frame
from compiler.prove.numbers import spans_of
from compiler.prove.search import Room
from runtime.table import Term

End: TypeAlias = Fraction | float
"""A number, or an infinity."""
Spread: TypeAlias = tuple[End, End]


def spread(term: Term, frame: Frame, room: Room, computed: Mapping[str, Term]) -> Spread:
    """The least and the most that a numeric term can be where it is not missing; never less wide than it is."""

    def inner(part: Term) -> Spread:
        return spread(part, frame, room, computed)

    match term:
        case ("lit", known):
            return Fraction(known), Fraction(known)
        case ("+", left, right):
            one, two = inner(left), inner(right)
            return one[0] + two[0], one[1] + two[1]
        case ("-", left, right):
            one, two = inner(left), inner(right)
            return one[0] - two[1], one[1] - two[0]
        case ("*", left, right):
            ends = [_times(a, b) for a in inner(left) for b in inner(right)]
            return min(ends), max(ends)
        case ("min" | "max" as which, *items):
            found = [inner(item) for item in items]
            pick: Callable[[list[End]], End] = min if which == "min" else max
            return pick([low for low, _ in found]), pick([high for _, high in found])
        case ("round", rounded):
            low, high = inner(rounded)
            return rounded_end(low), rounded_end(high)
        case ("score", key) if key in computed:
            return inner(("round", computed[key]))
    return _of_variable(term, frame, room)


def _times(one: End, two: End) -> End:
    return Fraction(0) if not one or not two else one * two


def rounded_end(end: End) -> End:
    """The end rounded half-even to thousandths."""
    return end if isinstance(end, float) else Fraction(round(end * 1000), 1000)


def thousandths(end: End) -> int | float:
    """The end in thousandths, rounded half-even; infinities stay."""
    return end if isinstance(end, float) else round(end * 1000)


def _of_variable(var: Var, frame: Frame, room: Room) -> Spread:
    domain = frame.domain(var)
    low, high = domain.low, domain.high
    at = frame.at.get(("var", var))
    if at is not None and frame.axes[at].spans:
        spans = spans_of(frame.axes[at], room[at])
        if spans:
            low, high = spans[0][0], spans[-1][1]
    return -inf if low is None else low * domain.step, inf if high is None else high * domain.step
