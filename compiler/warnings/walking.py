"""Walking through conditions as they are written."""

from __future__ import annotations

from dataclasses import dataclass

from dsl import syntax


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition without `and`, `or` and `not`; `beside` are the other operands of those around it, and `inside_not`
    says whether any `not` stands around it."""

    node: syntax.Expr
    beside: tuple[syntax.Expr, ...] = ()
    inside_not: bool = False


def leaves(node: syntax.Expr) -> list[Leaf]:
    """The leaves of a condition from left to right."""
    found: list[Leaf] = []
    _gather(node, (), False, found)
    return found


def _gather(node: syntax.Expr, beside: tuple[syntax.Expr, ...], inside_not: bool, found: list[Leaf]) -> None:
    if isinstance(node, syntax.And | syntax.Or):
        for item in node.items:
            _gather(item, beside + tuple(each for each in node.items if each is not item), inside_not, found)
    elif isinstance(node, syntax.Not):
        _gather(node.operand, beside, True, found)
    else:
        found.append(Leaf(node, beside, inside_not))
