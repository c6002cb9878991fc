"""The most that items can give together, proved: branch and bound over classes.

In a room each item gives its points for sure, can't give them, or may. What the room gives at most is bounded by what
is sure and by what may be: of the items that need a class on one axis only those of one class can pay, so for each axis
only the best class counts. The room with the highest bound is taken apart next, at the item that may give most; a room
in which nothing is open any more gives an example. The highest bound that is left is proved whenever the search ends,
also if time ran out.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice, product
from math import inf
from typing import Any, TypeAlias

from compiler.prove.answer import Var, Witness
from compiler.prove.elimination import Stuck
from compiler.prove.frame import ALL, FALSE, LIT, Formula, Frame
from compiler.prove.lower import variables_of
from compiler.prove.meaning import Meaning
from compiler.prove.numbers import spans_of
from compiler.prove.search import Room, reduced, rooms, settle
from compiler.prove.spread import spread, thousandths
from runtime.table import Term

Points: TypeAlias = int | float
_CORNERS = 256
_ROOMS = 60


@dataclass(frozen=True, slots=True)
class Work:
    """An item in a frame: `when` are its conditions as terms, `points` thousandths or a value."""

    formula: Formula
    when: tuple[Term, ...]
    points: int | Term
    group: str | None


@dataclass(slots=True)
class Found:
    """`bound`: nothing gives more; `total` is what `witness` gives; `why` says what stood in the way of certainty."""

    bound: Points
    total: int | None = None
    witness: Witness | None = None
    why: str = ""


@dataclass(slots=True)
class _Node:
    room: Room
    left: list[Formula]
    open: list[tuple[Work, Formula]]
    sure: list[Work]


class Chase:
    """One question. `sign` is 1 for the most, -1 for the least: then everything is turned round."""

    def __init__(
        self,
        frame: Frame,
        given: Sequence[Formula],
        terms: Sequence[Term],
        works: Sequence[Work],
        caps: Mapping[str, int],
        sign: int,
        meaning: Meaning,
        example: Callable[[Room, Sequence[Term]], Witness | None],
        confirm: Callable[[Sequence[Term], Witness], bool],
    ) -> None:
        self.frame = frame
        self.given = given
        self.terms = terms
        self.works = works
        self.caps = caps
        self.sign = sign
        self.meaning = meaning
        self.example = example
        self.confirm = confirm
        self.best = Found(-inf)
        self.loose: Points = -inf
        self.taken: Points = inf
        """The bound of the room that is being looked at."""
        self.waiting: list[tuple[Points, int, _Node]] = []

    def run(self, spent: Callable[[], str]) -> Found:
        """Search until the best is proved, or until `spent` gives a reason to stop."""
        numbers = count()
        waiting = self.waiting

        def push(room: Room, left: list[Formula], open_: Sequence[tuple[Work, Formula]], sure: list[Work]) -> None:
            node = self._node(room, left, open_, sure)
            if node is not None:
                bound = self._bound(node)
                if self.best.total is None or bound > self.best.total:
                    heapq.heappush(waiting, (-bound, -next(numbers), node))

        push(list(self.frame.full), [*self.frame.axioms, *self.given], [(w, w.formula) for w in self.works], [])
        while waiting:
            bound = -waiting[0][0]
            if self.best.total is not None and bound <= max(self.best.total, self.loose):
                break
            late = spent()
            if late:
                self.loose, self.best.why = max(self.loose, bound), late
                break
            _, _, node = heapq.heappop(waiting)
            self.taken = bound
            choice = self._choice(node)
            if choice is None:
                self._finish(node, bound)
                continue
            work, formula = node.open[choice]
            rest = node.open[:choice] + node.open[choice + 1 :]
            push(list(node.room), [*node.left, formula], rest, [*node.sure, work])
            push(list(node.room), [*node.left, self.frame.negated(formula)], rest, node.sure)
        total = self.best.total
        self.best.bound = self.loose if total is None else max(total, self.loose)
        return self.best

    def stopped(self, why: str) -> Found:
        """What is known after the search was interrupted."""
        self.best.why = why
        ahead = -self.waiting[0][0] if self.waiting else inf
        self.best.bound = max(ahead, self.loose, -inf if self.best.total is None else self.best.total, self.taken)
        return self.best

    def _node(
        self, room: Room, left: list[Formula], open_: Sequence[tuple[Work, Formula]], sure: list[Work]
    ) -> _Node | None:
        """The node with all that follows at once; None if nothing is possible in it."""
        settled = settle(left, room)
        if settled is None:
            return None
        kept: list[tuple[Work, Formula]] = []
        sure = list(sure)
        for work, formula in open_:
            each = reduced(formula, room)
            if each == (ALL, ()):
                sure.append(work)
            elif each != FALSE:
                kept.append((work, each))
        return _Node(room, settled, kept, sure)

    # --- bounds -------------------------------------------------------------------------------------------------------

    def _most(self, work: Work, room: Room) -> Points:
        """What an item gives at most in a room, turned round for the least."""
        if isinstance(work.points, int):
            return self.sign * work.points
        low, high = spread(work.points, self.frame, room, self.meaning.computed)
        return thousandths(high) if self.sign > 0 else -thousandths(low)

    def _cut(self, group: str | None, total: Points) -> Points:
        cap = None if group is None else self.caps.get(group)
        if cap is None:
            return total
        return min(cap, total) if self.sign > 0 else max(-cap, total)

    def _bound(self, node: _Node) -> Points:
        sums: dict[str | None, Points] = {}
        for work in node.sure:
            sums[work.group] = sums.get(work.group, 0) + self._most(work, node.room)
        tables: dict[tuple[str | None, int], dict[int, Points]] = {}
        for work, formula in node.open:
            worth = self._most(work, node.room)
            if worth <= 0:
                continue
            axis, mask = _narrowest(formula, node.room)
            if axis is None:
                sums[work.group] = sums.get(work.group, 0) + worth
                continue
            table = tables.setdefault((work.group, axis), {})
            while mask:
                low = mask & -mask
                table[low] = table.get(low, 0) + worth
                mask ^= low
        for (group, _), table in tables.items():
            sums[group] = sums.get(group, 0) + max(table.values())
        return sum((self._cut(group, total) for group, total in sums.items()), start=0)

    def _choice(self, node: _Node) -> int | None:
        """The open item that matters most; None if none does."""
        worths = [self._most(work, node.room) for work, _ in node.open]
        least = [
            worth if isinstance(work.points, int) else -self._least(work, node.room)
            for worth, (work, _) in zip(worths, node.open, strict=True)
        ]
        weights = [max(abs(worth), abs(low)) for worth, low in zip(worths, least, strict=True)]
        found = max(range(len(weights)), key=weights.__getitem__, default=None)
        return None if found is None or not weights[found] else found

    def _least(self, work: Work, room: Room) -> Points:
        assert not isinstance(work.points, int)
        low, high = spread(work.points, self.frame, room, self.meaning.computed)
        return thousandths(low) if self.sign > 0 else -thousandths(high)

    # --- examples -----------------------------------------------------------------------------------------------------

    def _finish(self, node: _Node, bound: Points) -> None:
        """Look for an example in a room in which nothing is open."""
        free = {work for work, _ in node.open}
        settled = [work for work in self.works if work not in free]
        sure = set(node.sure)
        terms = [*self.terms, *[_holding(work, work in sure) for work in settled]]
        for tried, room in enumerate(rooms(node.left, node.room, self.frame.tick)):
            if tried > _ROOMS:
                self._give_up(bound, "too many cases are left")
                return
            try:
                witness = self.example(room, terms)
            except Stuck as stuck:
                self._give_up(bound, str(stuck))
                continue
            if witness is not None:
                self._improve(witness, room, terms, node)
                if self.best.total is not None and self.best.total >= bound:
                    return
        if any(not isinstance(work.points, int) for work in node.sure):
            endless = bound == inf
            self._give_up(bound, "a value has no end" if endless else "the values that are added depend on each other")

    def _give_up(self, bound: Points, why: str) -> None:
        if self.best.total is None or bound > self.best.total:
            self.loose, self.best.why = max(self.loose, bound), why

    def _improve(self, witness: Witness, room: Room, terms: Sequence[Term], node: _Node) -> None:
        """Take the example, or the one with values moved to the ends of their ranges that gives more."""
        for values in self._corners(witness, room, node):
            total = self._total(values)
            if self.best.total is not None and total <= self.best.total:
                continue
            if all(self.meaning.holds(term, values) for term in terms):
                moved = Witness(values)
                if values is witness.values or self.confirm(terms, moved):
                    self.best.total, self.best.witness = total, moved

    def _corners(self, witness: Witness, room: Room, node: _Node) -> Iterator[Mapping[Var, Any]]:
        yield witness.values
        moving: dict[Var, list[Any]] = {}
        for work in node.sure:
            for var in () if isinstance(work.points, int) else variables_of(work.points):
                at = self.frame.at.get(("var", var))
                if at is not None and witness.values.get(var) is not None:
                    spans = spans_of(self.frame.axes[at], room[at])
                    exact = self.frame.domain(var).exact
                    ends = [exact(end) for end in (spans[0][0], spans[-1][1]) if end is not None]
                    moving[var] = [*reversed(ends), witness.values[var]]
        if moving:
            for choice in islice(product(*moving.values()), _CORNERS):
                yield {**witness.values, **dict(zip(moving, choice, strict=True))}

    def _total(self, values: Mapping[Var, Any]) -> int:
        """What all items give for these values, turned round for the least."""
        return self.sign * total_of(self.works, values, self.caps, self.meaning)


def total_of(works: Sequence[Work], values: Mapping[Var, Any], caps: Mapping[str, int], meaning: Meaning) -> int:
    """What items give together, in thousandths."""
    sums: dict[str | None, int] = {}
    for work in works:
        if all(meaning.holds(term, values) for term in work.when):
            if isinstance(work.points, int):
                gives = work.points
            else:
                worth = meaning.value(work.points, values)
                gives = 0 if worth is None else meaning.milli(worth)
            sums[work.group] = sums.get(work.group, 0) + gives
    return sum(
        total if group is None or group not in caps else min(total, caps[group]) for group, total in sums.items()
    )


def _holding(work: Work, holds: bool) -> Term:
    term: Term = ("and", *work.when)
    return term if holds else ("not", term)


def _narrowest(formula: Formula, room: Room) -> tuple[int | None, int]:
    """The literal without which the formula can't hold that leaves the smallest part of its axis; None if it has
    none."""
    literals = [formula] if formula[0] == LIT else [each for each in formula[1] if each[0] == LIT]
    if not literals or formula[0] not in (LIT, ALL):
        return None, 0
    _, axis, mask = min(
        literals, key=lambda each: (room[each[1]] & each[2]).bit_count() / max(1, room[each[1]].bit_count())
    )
    return axis, room[axis] & mask
