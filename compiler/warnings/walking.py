"""Walking through conditions as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dsl import syntax


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition without `and`, `or` and `not`; `beside` are all operands of those around it, and `negated` says
    whether an odd number of `not` stands before it."""

    node: syntax.Expr
    beside: tuple[syntax.Expr, ...] = ()
    negated: bool = False
    inside_not: bool = False


def leaves(node: syntax.Expr, around: Leaf | None = None) -> Iterator[Leaf]:
    """The leaves of a condition from left to right."""
    here = around or Leaf(node)
    match node:
        case syntax.And(items=items) | syntax.Or(items=items):
            for item in items:
                others = tuple(each for each in items if each is not item)
                yield from leaves(item, replace(here, beside=here.beside + others))
        case syntax.Not(operand=operand):
            yield from leaves(operand, replace(here, negated=not here.negated, inside_not=True))
        case _:
            yield replace(here, node=node)
