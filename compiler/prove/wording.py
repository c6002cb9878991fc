"""Texts for a room: each passes the tests that it must, and those that must be equal are one.

Equal texts are gathered in groups, and a group's text must pass the tests of all its members. For ``!=`` each group has
more texts at hand than there are others that it must differ from, so a choice can be made one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_

from compiler.prove.answer import Var
from compiler.prove.axes import Axis
from compiler.prove.elimination import Stuck
from compiler.prove.frame import Frame
from compiler.prove.letters import TextTest, machines
from compiler.prove.lower import variables_of
from compiler.prove.search import Room
from compiler.prove.texts import TooLarge, bits_of, is_plain, some
from runtime.table import Term

_DEMANDING = ("strand", "folded", "raw")


class Wording:
    """The texts of one room."""

    def __init__(self, frame: Frame, room: Room, missing: set[Var]) -> None:
        self.frame = frame
        self.room = room
        self.mine: dict[Var, list[int]] = {}
        """The axes of each text that is there; its own first."""
        for at, axis in enumerate(frame.axes):
            if axis.key[0] == "var" and axis.key[1] not in missing and frame.domain(axis.key[1]).kind == "text":
                self.mine[axis.key[1]] = [at]
        for at, axis in enumerate(frame.axes):
            if axis.key[0] in _DEMANDING and axis.key[1] in self.mine and room[at] != axis.full:
                self.mine[axis.key[1]].append(at)
        self.leader = {var: var for var in self.mine}
        self.strict = dict(self.leader)
        """The same for those that are equal letter by letter."""
        self.differ: list[tuple[Var, Var, bool]] = []
        self.only: set[Var] = set()
        """The groups that have one text only."""
        self.kinds: set[bool] = set()
        """Whether texts are compared without their case, and with it."""

    def words(self) -> dict[Var, str] | None:
        """A text for each variable; None if there are none. Raises Stuck."""
        for at, axis in enumerate(self.frame.axes):
            if axis.key[0] == "fact" and self.room[at] != axis.full:
                self._fact(axis.key[1], self.room[at] == 2)
        for one, two, folded in self.differ:
            if self._lead(one) == self._lead(two):
                if folded or self._lead(one, self.strict) == self._lead(two, self.strict):
                    return None
                raise Stuck("it compares texts with and without their case")
        groups: dict[Var, list[Var]] = {}
        for var in self.mine:
            groups.setdefault(self._lead(var), []).append(var)
        chosen: dict[Var, str] = {}
        for lead, members in groups.items():
            others = [b if self._lead(a) == lead else a for a, b, _ in self.differ if lead in map(self._lead, (a, b))]
            word = self._of_group(members, [self._lead(other) for other in others], chosen)
            if word is None:
                return None
            chosen[lead] = word
        return {var: chosen[self._lead(var)] for var in self.mine}

    def _lead(self, var: Var, leader: Mapping[Var, Var] | None = None) -> Var:
        leader = self.leader if leader is None else leader
        while leader[var] != var:
            var = leader[var]
        return var

    def _fact(self, term: Term, holds: bool) -> None:
        if term[0] != "=":
            return  # the example is checked in the end, and `any` is made to hold beside
        found = [var for side in term[1:] for var in variables_of(side)]
        if any(var not in self.mine for var in found):
            return
        one, two = found
        folded = term[1][0] == "fold"
        self.kinds.add(folded)
        if holds:
            self.leader[self._lead(one)] = self._lead(two)
            if not folded:
                self.strict[self._lead(one, self.strict)] = self._lead(two, self.strict)
        else:
            self.differ.append((one, two, folded))

    def _of_group(self, members: list[Var], others: list[Var], chosen: Mapping[Var, str]) -> str | None:
        """A text for a group that is none of those chosen for the others."""
        taken = {chosen.get(other) for other in others}
        if not others and len(members) == 1 and len(self.mine[members[0]]) == 1:
            at = self.mine[members[0]][0]
            for word in self._listed(self.frame.axes[at], self.room[at]):
                if word not in taken:
                    return word
        tests, wanted, never, folded = self._demand(members)
        side = machines(tests)
        for var in members if not others else ():
            for word in self._listed(self.frame.axes[self.mine[var][0]], self.room[self.mine[var][0]]):
                if word not in taken and is_plain(word, folded) and wanted(bits_of(side, word)):
                    return word
        try:
            found, whole = some(side, wanted, len(others) + 1, folded, never, self.frame.tick)
        except TooLarge:
            raise Stuck("the tests of a text are too many to be told apart") from None
        if whole and len(found) == 1:
            self.only.add(self._lead(members[0]))
        free = [word for word in found if word not in taken]
        if free:
            return free[0]
        beside = any(self.frame.axes[at].key[0] in ("folded", "raw") for var in members for at in self.mine[var])
        if not whole or beside or len({*map(self._folds, members), *self.kinds}) > 1:
            raise Stuck("it compares texts of which one ignores case or has no shortest form")
        if not found or (len(found) == 1 and any(each in self.only for each in others if chosen.get(each) == found[0])):
            return None
        raise Stuck("it asks for texts that differ from each other")

    def _folds(self, var: Var) -> bool:
        return self.frame.folds(var)

    def _listed(self, axis: Axis, mask: int) -> list[str]:
        return [word for at in range(axis.size) if mask >> at & 1 for word in axis.words[at][:1]] + [
            word for at in range(axis.size) if mask >> at & 1 for word in axis.words[at][1:]
        ]

    def _demand(self, members: list[Var]) -> tuple[list[TextTest], Callable[[int], bool], int, bool]:
        """The tests of all members in one list, which bits of them are wanted, which are so never, and whether case is
        put aside."""
        tests: list[TextTest] = []
        checks: list[tuple[int, int, frozenset[int]]] = []
        folded = any(self._folds(var) for var in members)
        never = 0
        for var in members:
            for at in self.mine[var]:
                axis, left = self.frame.axes[at], self.room[at]
                own = (axis.key[3],) if axis.key[0] == "strand" else axis.tests
                if axis.key[0] == "strand":
                    wanted = frozenset([1 if left == 2 else 0])
                else:
                    wanted = frozenset(axis.bits[place] for place in range(axis.size) if left >> place & 1)
                folded = folded or axis.key[0] == "folded"
                never |= ((1 << len(own)) - 1 & ~reduce(or_, wanted, 0)) << len(tests)
                checks.append((len(tests), (1 << len(own)) - 1, wanted))
                tests += own
        return tests, lambda bits: all(bits >> at & mask in wanted for at, mask, wanted in checks), never, folded
