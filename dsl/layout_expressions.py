"""The layout of expressions: a long condition is broken before `and` and `or`, a long sum before `+` and `-`, and a
list is filled line by line."""

from __future__ import annotations

from typing import Any

from dsl.pieces import Break, Doc, Gone, Piece, deeper, group, words

Children = list[Any]
"""Tokens and docs, in order."""


class ExpressionLayout:
    """The rules for expressions that are not just words on one line."""

    def either(self, c: Children) -> Doc:
        return Doc("either", group(_chained(c)))

    def both(self, c: Children) -> Doc:
        return Doc("both", group(_chained(c)))

    def arithmetic(self, c: Children) -> Doc:
        """A chain of one rank is one group, so that it breaks at all its operators."""
        rank = "product" if c[1].type == "STAR" else "sum"
        left, op, right = c
        start = left.parts[1:-1] if isinstance(left, Doc) and left.kind == rank else [left]
        return Doc(rank, group([*start, *deeper([Break(" "), op, " ", right])]))

    def negative(self, c: Children) -> Doc:
        return Doc("negative", c)

    def const(self, c: Children) -> Any:
        return c[0] if len(c) == 1 else Doc("const", c)

    def parenthesis(self, c: Children) -> Doc:
        return Doc("parenthesis", c)

    def qualified(self, c: Children) -> Doc:
        return Doc("qualified", c)

    def cell(self, c: Children) -> Doc:
        return Doc("cell", c)

    def member(self, c: Children) -> Doc:
        return Doc("member", c)

    def list(self, c: Children) -> Doc:
        return Doc("list", _bracketed(c[:1], c[1:-1], c[-1]))

    def extreme(self, c: Children) -> Doc:
        return Doc("extreme", _bracketed(c[:2], c[2:-1], c[-1]))


def _chained(c: Children) -> list[Piece]:
    """Operands, each but the first behind its operator on a line of its own."""
    parts: list[Piece] = [c[0]]
    for op, operand in zip(c[1::2], c[2::2], strict=True):
        parts += [Break(" "), *words([op, operand])]
    return deeper(parts)


def filled(c: Children) -> list[Piece]:
    """Things with commas between them, as many on a line as fit."""
    parts: list[Piece] = [c[0]]
    for comma, each in zip(c[1::2], c[2::2], strict=True):
        parts += [comma, Break(" ", fill=True), each]
    return parts


def _bracketed(start: Children, inside: Children, end: Piece) -> list[Piece]:
    """A list in brackets, without a comma behind the last of it."""
    if not inside:
        return [*start, end]
    last = [Gone(inside[-1])] if len(inside) % 2 == 0 else []
    items = filled(inside[: len(inside) - len(last)])
    return group([*start, *deeper([Break("", opening=True), *items, *last]), Break("", closing=True), end])
