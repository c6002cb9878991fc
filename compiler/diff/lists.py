"""What differs between two declarations: the parts that say something else, and what came into a list and went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.table import Term


def listed(one: Term | None, two: Term | None) -> tuple[list[Any], list[Any]] | None:
    """What came into the one list in which two terms differ, and what went; None if they differ in more, or in none."""
    found: list[tuple[Term, Term]] = []
    if one is None or two is None or not _alike(one, two, found) or len(found) != 1:
        return None
    old, new = found[0][0][1:], found[0][1][1:]
    return [each for each in new if each not in old], [each for each in old if each not in new]


def _alike(one: Any, two: Any, lists: list[tuple[Term, Term]]) -> bool:
    """Whether two terms are the same but for what their lists hold, which are gathered."""
    if one == two:
        return True
    if type(one) is not tuple or type(two) is not tuple or not one or not two:
        return False
    if one[0] == two[0] == "list":
        lists.append((one, two))
        return True
    return len(one) == len(two) and all(_alike(left, right, lists) for left, right in zip(one, two, strict=True))


def parts_changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str | None, str | None]]:
    """The parts in which two declarations differ, in order: what it is, the old words and the new ones."""
    names = [*new, *[name for name in old if name not in new]]
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
