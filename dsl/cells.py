"""The cells of a table, in a test for each of its lines: ``line.points`` and ``line["Points won"]``.

Elsewhere ``line["x"]`` may be a score of a family that is called `line`. The grammar can't tell the two apart; whether
the test has a table does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from dsl.syntax import Cell, Item, Member, Node, Test

_N = TypeVar("_N", bound=Node)


def with_cells(item: Item) -> Item:
    """The declaration with the cells in brackets told from scores, where it is a test that has a table."""
    return rewritten(item, _cell) if isinstance(item, Test) and item.lines is not None else item


def _cell(node: Node) -> Node:
    if isinstance(node, Member) and node.family.text == "line":
        return Cell(node.member, span=node.span)
    return node


_PARTS: dict[str, tuple[str, ...]] = {}


def _parts(node: Node) -> tuple[str, ...]:
    """What a node holds, save its place; the same for all of its kind."""
    kind = type(node).__name__
    if kind not in _PARTS:
        _PARTS[kind] = tuple(each.name for each in fields(node) if each.name != "span")
    return _PARTS[kind]


def cells_in(node: Node) -> Iterator[Cell]:
    """The cells in a node, the last first; found without recursion."""
    left = [node]
    while left:
        at = left.pop()
        if isinstance(at, Cell):
            yield at
        for name in _parts(at):
            value = getattr(at, name)
            if isinstance(value, Node):
                left.append(value)
            elif isinstance(value, tuple):
                left += [each for each in value if isinstance(each, Node)]


def rewritten(node: _N, change: Callable[[Node], Node]) -> _N:
    """The node with `change` applied to every node in it, innermost first, and to itself."""
    changed: dict[str, Any] = {}
    for name in _parts(node):
        value = getattr(node, name)
        if isinstance(value, Node):
            new: Any = rewritten(value, change)
            if new is not value:
                changed[name] = new
        elif isinstance(value, tuple):
            new = tuple(rewritten(each, change) if isinstance(each, Node) else each for each in value)
            if any(one is not other for one, other in zip(new, value, strict=True)):
                changed[name] = new
    return change(replace(node, **changed) if changed else node)  # type: ignore[return-value]
