"""From a room to values: does what the axes say one by one fit together, and what is an example of it?

In a room all formulas hold whatever classes are chosen, as far as axes know. What they don't know is settled here:
polynomials of several numbers by elimination, tests that stand alone and equal texts by running their machines side by
side. None means that this room is empty after all; `Stuck` that it was not decided.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from compiler.prove.answer import Var
from compiler.prove.arithmetic import Sums
from compiler.prove.axes import Axis, Span
from compiler.prove.domain import Domain
from compiler.prove.elimination import Stuck
from compiler.prove.frame import Frame
from compiler.prove.lower import variables_of
from compiler.prove.numbers import near, spans_of
from compiler.prove.polynomial import Poly, variables
from compiler.prove.search import Room
from compiler.prove.wording import Wording
from compiler.prove.written import BASE

_COMBINATIONS = 64
"""So many ways to choose an interval for each number are tried."""


class Leaf:
    """One room of a frame. `seconds` is how long a solver may take; None: there is none to be asked."""

    def __init__(self, frame: Frame, room: Room, seconds: float | None) -> None:
        self.frame = frame
        self.room = room
        self.seconds = seconds
        self.missing = {
            axis.key[1] for at, axis in enumerate(frame.axes) if axis.key[0] == "var" and axis.optional and room[at] & 1
        }

    def values(self) -> dict[Var, Any] | None:
        """An example, None if there is none. Raises Stuck."""
        found: dict[Var, Any] = {("time",): BASE}
        for at, axis in enumerate(self.frame.axes):
            if axis.key[0] == "var":
                var, domain = axis.key[1], self.frame.domain(axis.key[1])
                if var in self.missing:
                    found[var] = None
                elif domain.kind == "finite":
                    found[var] = axis.values[_lowest(self.room[at])]
                elif domain.kind == "texts":
                    found[var] = self._list(var)
        numbers = self._numbers()
        if numbers is None:
            return None
        found.update(numbers)
        words = Wording(self.frame, self.room, self.missing).words()
        if words is None:
            return None
        found.update({var: unicodedata.normalize("NFC", word) for var, word in words.items()})
        self._fill_lists(found)
        return {var: value for var, value in found.items() if var[0] != "round"}

    # --- lists --------------------------------------------------------------------------------------------------------

    def _list(self, var: Var) -> tuple[str, ...]:
        return tuple(
            axis.key[3]
            for at, axis in enumerate(self.frame.axes)
            if axis.key[:2] == ("has", var) and self.room[at] == 2
        )

    def _fill_lists(self, found: dict[Var, Any]) -> None:
        """Lists that must hold what another field holds."""
        for at, axis in enumerate(self.frame.axes):
            if axis.key[0] == "fact" and axis.key[1][0] == "any" and self.room[at] == 2:
                lists, others = (variables_of(side) for side in axis.key[1][1:])
                held, value = found[lists[0]], found[others[0]]
                if held is not None and value is not None:
                    more = value if isinstance(value, tuple) else (value,)
                    found[lists[0]] = (*held, *(more or ("a",))[:1])
                    if isinstance(value, tuple) and not value:
                        found[others[0]] = ("a",)

    # --- numbers ------------------------------------------------------------------------------------------------------

    def _numbers(self) -> dict[Var, Any] | None:
        there: dict[Var, tuple[Axis, Room]] = {}
        forms: list[tuple[Poly, list[Span]]] = []
        for at, axis in enumerate(self.frame.axes):
            if axis.key[0] == "var" and axis.spans and axis.key[1] not in self.missing:
                there[axis.key[1]] = (axis, [self.room[at]])
            elif axis.key[0] == "form" and self.room[at] != axis.full:
                poly = axis.key[1]
                if not variables(poly) & self.missing:
                    forms.append((poly, _off_ties(poly, spans_of(axis, self.room[at]))))
        spans = {var: spans_of(axis, mask[0]) for var, (axis, mask) in there.items()}
        bound = {var for poly, _ in forms for var in variables(poly)}
        counts: dict[Var, int] = {}
        if forms:
            together = self._together(forms, {var: spans[var] for var in sorted(bound)})
            if together is None:
                return None
            counts = together
        for var, own in spans.items():
            if var not in bound:
                counts[var] = near(own, self.frame.domain(var), var)[0]
        return {var: self.frame.domain(var).exact(count) for var, count in counts.items()}

    def _together(self, forms: list[tuple[Poly, list[Span]]], spans: Mapping[Var, list[Span]]) -> dict[Var, int] | None:
        """Counts of steps for numbers that are compared with each other."""
        stuck: Stuck | None = None
        domains = {var: self.frame.domain(var) for var in spans}
        choices = _choices([*[own for _, own in forms], *[_tidy(spans[var], var, self.frame) for var in spans]])
        tried = 0
        for choice in choices:
            tried += 1
            if tried > _COMBINATIONS:
                raise Stuck("the conditions leave too many ways to compare numbers")
            self.frame.tick()
            rows = [(poly, *span) for (poly, _), span in zip(forms, choice, strict=False)]
            bounds = dict(zip(spans, choice[len(forms) :], strict=True))
            try:
                found = Sums(rows, bounds, domains, self.seconds).counts()
            except Stuck as error:
                stuck = error
                continue
            if found is not None:
                return found
        if stuck is not None:
            raise stuck
        return None


def _off_ties(poly: Poly, spans: list[Span]) -> list[Span]:
    """The intervals; where something is rounded, first without their ends: a half may be rounded up or down."""
    if not any(var[0] == "round" for var in variables(poly)):
        return spans
    inner = [(low + 1, high - 1) for low, high in spans if low is not None and high is not None and high - low > 1]
    return [*inner, *spans]


def _tidy(spans: list[Span], var: Var, frame: Frame) -> list[Span]:
    """The intervals of a number, the one that its plainest value lies in first."""
    domain: Domain = frame.domain(var)
    best = near(spans, domain, var)[1]
    return sorted(spans, key=lambda span: span != best)


def _choices(options: list[list[Span]]) -> Iterator[tuple[Span, ...]]:
    return islice(product(*options), _COMBINATIONS + 1)


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
