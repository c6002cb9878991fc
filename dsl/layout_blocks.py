"""Blocks in braces, and the clauses in them: what all parts of the layout share.

A block is written on one line if it fits there, holds no other block, and its writer has not broken the line after the
brace; else its parts stand one a line. Commas that mean nothing are left out, and limits get those between them.
"""

from __future__ import annotations

import re
from typing import Any

from dsl.layout_expressions import ExpressionLayout
from dsl.pieces import CLOSE, Align, Break, Doc, Gone, Open, Piece, deeper, group, last_token, words
from dsl.tokens import Token

Children = list[Any]
"""Tokens and docs, in order."""
_NEW_LINE = re.compile(r"[^\S\r\n]*[\r\n]")
_BLOCKS = {"rule", "group", "degrade", "review", "trigger", "account_score", "note"}
"""What a block that holds it is never on one line with."""
_LIMITS = {"once", "times_limit", "points_limit", "best"}


class BlockLayout(ExpressionLayout):
    """Blocks, in a file with the text `source`."""

    def __init__(self, text: str) -> None:
        self.source = text

    def block(self, kind: str, head: Children, items: Children, close: Token, *, spread: bool = False) -> Doc:
        """A block with its head, the last of which is the brace. Each kind of item that is a block spreads it."""
        brace: Token = head[-1]
        if not items:
            return Doc(kind, group([*words(head), Break("", item=True, opening=True, closing=True), close]))
        spread = spread or bool(_NEW_LINE.match(self.source, brace.span.end))
        spread = spread or any(isinstance(item, Doc) and item.kind in _BLOCKS for item in items)
        inside: list[Piece] = [Break(" ", item=True, opening=True), items[0]]
        for item in items[1:]:
            inside += [Break("  ", item=True), item]
        last = Break(" ", item=True, closing=True)
        return Doc(kind, [Open(spread), *words(head), *deeper(inside), last, close, CLOSE])

    def named(self, kind: str, c: Children, items: Children | None = None, *, spread: bool = False) -> Doc:
        """A block whose second word is a name, to be aligned with its neighbours' names."""
        brace = place_of(c, "LBRACE")
        name = Doc("name", [c[1], Align(kind)])
        head = [c[0], name, *c[2 : brace + 1]]
        return self.block(kind, head, c[brace + 1 : -1] if items is None else items, c[-1], spread=spread)

    def plain(self, kind: str, c: Children, *, spread: bool = False) -> Doc:
        brace = place_of(c, "LBRACE")
        return self.block(kind, c[: brace + 1], c[brace + 1 : -1], c[-1], spread=spread)


def is_kind(piece: Piece, kind: str) -> bool:
    return isinstance(piece, Token) and piece.type == kind


def place_of(c: Children, kind: str) -> int:
    return next(i for i, each in enumerate(c) if is_kind(each, kind))


def gone(tokens: Children) -> list[Piece]:
    return [Gone(token) for token in tokens]


def clauses(c: Children) -> Children:
    """Clauses without the commas behind them, but with one between limits, which are one clause then.

    A comma after the name `has` stays: it keeps a `tag` away from it."""
    made: Children = []
    comma: Token | None = None
    for each in [*c, None]:
        if each is not None and is_kind(each, "COMMA"):
            comma = each
            continue
        limits = isinstance(each, Doc | Token) and _is_limit(each) and bool(made) and made[-1].kind == "limits"
        if limits:
            made[-1].parts += [comma or ",", *deeper([Break(" ", fill=True), each])]
        else:
            if comma is not None:
                before = last_token(made[-1])
                kept = before is not None and before.value == "has"
                made[-1] = Doc(made[-1].kind, [made[-1], comma if kept else Gone(comma)])
            if each is not None:
                made.append(Doc("limits", [each]) if _is_limit(each) else each)
        comma = None
    return made


def _is_limit(piece: Doc | Token) -> bool:
    kind = piece.kind if isinstance(piece, Doc) else piece.type.lower()
    return kind in _LIMITS
