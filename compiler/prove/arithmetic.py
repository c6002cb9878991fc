"""Numbers that are compared with each other: integers for a few polynomials within bounds, or none.

What is linear is eliminated. A product is first taken for a number of its own between the bounds that its factors give
it: if that can't be, nothing can. Else plain values are tried for factors until the rest is linear, and what is still
open is z3's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

from compiler.prove import solver
from compiler.prove.answer import Var
from compiler.prove.axes import Span
from compiler.prove.domain import Domain
from compiler.prove.elimination import Row, Stuck
from compiler.prove.elimination import solve as eliminate
from compiler.prove.numbers import near
from compiler.prove.polynomial import Mono, Poly

_TRIED = (0, 1, -1, 2, 10, -10, 100, 1000)
_GUESSES = 200
Line = tuple[Poly, int | None, int | None]


class Sums:
    """Polynomials with the least and the most that they are, and the bounds of the numbers in them, in steps.
    `seconds` is how long z3 may take, None: it is not asked."""

    def __init__(
        self,
        lines: Sequence[Line],
        bounds: Mapping[Var, Span],
        domains: Mapping[Var, Domain],
        seconds: float | None,
    ) -> None:
        self.lines = lines
        self.bounds = bounds
        self.seconds = seconds
        self.domains = domains
        self.wish = {var: near([span], domains[var], var)[0] for var, span in bounds.items()}
        self.products = {mono for poly, _, _ in lines for mono, _ in poly if len(mono) > 1}

    def counts(self) -> dict[Var, int] | None:
        """Steps for each number, None if there are none. Raises Stuck."""
        try:
            found = self._eliminated(self.lines, self.bounds, [self._product_bounds(mono) for mono in self.products])
            if found is None or not self.products:
                return found
        except Stuck:
            if not self.products and self.seconds is None:
                raise
        for guess in self._guesses():
            found = self._with(guess)
            if found is not None:
                return found
        if self.seconds is None:
            raise Stuck("it multiplies numbers with each other, and no solver is used")
        answer = solver.solve([*self.lines, *solver.bounds(self.bounds)], self.seconds)
        return None if answer is None else {**self.wish, **answer}

    def _eliminated(
        self, lines: Sequence[Line], bounds: Mapping[Var, Span], more: Sequence[Line] = ()
    ) -> dict[Var, int] | None:
        rows: list[Row] = []
        for poly, low, high in [*lines, *more, *solver.bounds(bounds)]:
            if high is not None:
                rows.append((dict(poly), high))
            if low is not None:
                rows.append(({mono: -factor for mono, factor in poly}, -low))
        found = eliminate(rows, {(var,): wish for var, wish in self.wish.items()})
        return None if found is None else {var: found.get((var,), self.wish[var]) for var in bounds}

    # --- products -----------------------------------------------------------------------------------------------------

    def _product_bounds(self, mono: Mono) -> Line:
        """Between which bounds a product lies; a square is never negative."""
        low: int | None = 1
        high: int | None = 1
        for var in dict.fromkeys(mono):
            low, high = _times((low, high), _power(self.bounds[var], mono.count(var)))
        return ((mono, 1),), low, high

    def _guesses(self) -> Iterator[Mapping[Var, int]]:
        """Values for so many factors that each product has at most one other: the first ones, or the last."""
        for last in (False, True):
            fixed: dict[Var, None] = {}
            for mono in sorted(self.products):
                open_ = [var for var in mono if var not in fixed]
                fixed.update(dict.fromkeys(open_[1:] if last else open_[:-1]))
            values = [self._plain(var) for var in fixed]
            guesses = (dict(zip(fixed, choice, strict=True)) for choice in product(*values))
            yield from islice(guesses, _GUESSES)

    def _plain(self, var: Var) -> list[int]:
        low, high = self.bounds[var]
        unit = self.domains[var].step.denominator
        wanted = [self.wish[var], *[each * unit for each in _TRIED], *[end for end in (low, high) if end is not None]]
        return [
            each for each in dict.fromkeys(wanted) if (low is None or each >= low) and (high is None or each <= high)
        ]

    def _with(self, guess: Mapping[Var, int]) -> dict[Var, int] | None:
        """The rest of the numbers beside a guess."""
        lines: list[Line] = []
        for poly, low, high in self.lines:
            factors: dict[Mono, int] = {}
            for mono, factor in poly:
                rest = tuple(var for var in mono if var not in guess)
                for var in mono:
                    factor *= guess.get(var, 1)
                factors[rest] = factors.get(rest, 0) + factor
            if any(len(mono) > 1 for mono in factors):
                return None
            by = factors.pop((), 0)
            line = tuple((mono, factor) for mono, factor in factors.items() if factor)
            lines.append((line, None if low is None else low - by, None if high is None else high - by))
        bounds = {var: span for var, span in self.bounds.items() if var not in guess}
        try:
            found = self._eliminated(lines, bounds)
        except Stuck:
            return None
        return None if found is None else {**found, **guess}


def _power(span: Span, exponent: int) -> Span:
    low, high = span
    if exponent % 2:
        return (None if low is None else low**exponent, None if high is None else high**exponent)
    ends = [None if end is None else end**exponent for end in span]
    across = (low is None or low < 0) and (high is None or high > 0)
    known = [end for end in ends if end is not None]
    return (0 if across or not known else min(known), max(known) if len(known) == 2 else None)


def _times(one: Span, two: Span) -> Span:
    """The bounds of a product; an open end of either leaves open what it may push."""
    if None in one or None in two:
        ones, twos = one[0] is not None and one[0] >= 0, two[0] is not None and two[0] >= 0
        least = one[0] * two[0] if ones and twos and one[0] is not None and two[0] is not None else None
        return least, None
    ends = [a * b for a in one for b in two if a is not None and b is not None]
    return min(ends), max(ends)
