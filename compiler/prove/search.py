"""Finding classes that satisfy formulas, or proving that there are none.

A *room* is what is still possible: for each axis the classes left. A formula that is a literal makes the room smaller;
when only alternatives are left, one of them is tried, and then the room without it, so no two branches share anything.
Each room in which all formulas hold, whatever classes are chosen in it, is handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from compiler.prove.frame import ALL, FALSE, LIT, TRUE, Formula

Room: TypeAlias = list[int]


def reduced(formula: Formula, room: Room) -> Formula:
    """What is left of a formula in a room."""
    kind = formula[0]
    if kind == LIT:
        left = room[formula[1]] & formula[2]
        return FALSE if not left else TRUE if left == room[formula[1]] else formula
    neutral, decisive = (TRUE, FALSE) if kind == ALL else (FALSE, TRUE)
    kept: list[Formula] = []
    for item in formula[1]:
        each = reduced(item, room)
        if each == decisive:
            return decisive
        if each != neutral:
            kept.append(each)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else (kind, tuple(kept))


def settle(formulas: Iterable[Formula], room: Room) -> list[Formula] | None:
    """Make the room as small as the formulas say at once; what is left to choose, None if nothing is possible.
    `room` is changed."""
    waiting = list(formulas)
    while True:
        kept: list[Formula] = []
        changed = False
        for formula in waiting:
            each = reduced(formula, room)
            if each == FALSE:
                return None
            if each == TRUE:
                continue
            parts = each[1] if each[0] == ALL else (each,)
            for part in parts:
                if part[0] == LIT:
                    room[part[1]] &= part[2]
                    changed = True
                    if not room[part[1]]:
                        return None
                else:
                    kept.append(part)
        if not changed:
            return kept
        waiting = kept


def rooms(formulas: Iterable[Formula], room: Room, tick: Callable[[], None]) -> Iterator[Room]:
    """All rooms in which the formulas hold, none overlapping another."""
    waiting: list[tuple[list[Formula], Room]] = [(list(formulas), room)]
    while waiting:
        tick()
        given, mine = waiting.pop()
        mine = list(mine)
        left = settle(given, mine)
        if left is None:
            continue
        if not left:
            yield mine
            continue
        choice = min(left, key=lambda each: len(each[1]))
        rest = [each for each in left if each is not choice]
        branches = []
        without: list[Formula] = []
        for item in choice[1]:
            branches.append(([item, *without, *rest], mine))
            if item[0] == LIT:
                without.append((LIT, item[1], _complement(item, mine)))
        waiting += reversed(branches)


def _complement(item: Formula, room: Room) -> int:
    return int(room[item[1]] & ~item[2])
