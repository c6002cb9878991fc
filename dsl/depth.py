"""How deeply a declaration nests, so that later passes, which recurse, never run out of stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from dsl.syntax import Node
from dsl.tokens import Token

MAX_DEPTH = 200
"""Nodes within one another in one declaration."""
_CHAIN = frozenset({"PLUS", "MINUS", "STAR", "NOT", "LPAR", "LSQB"})
_BRACES = frozenset({"LBRACE", "RBRACE"})
_SUSPICIOUS = MAX_DEPTH // 4


def may_be_deep(tokens: Sequence[Token]) -> bool:
    """Whether so much that nests stands between two braces that measuring is worth while."""
    run = 0
    for token in tokens:
        kind = token.type
        if kind in _CHAIN:
            run += 1
            if run > _SUSPICIOUS:
                return True
        elif kind in _BRACES:
            run = 0
    return False


def depth_of(node: Node) -> int:
    """The nodes on the longest way down, this one included; found without recursion."""
    deepest, left = 0, [(node, 1)]
    while left:
        at, depth = left.pop()
        deepest = max(deepest, depth)
        for part in fields(at):
            value: Any = getattr(at, part.name)
            if isinstance(value, Node):
                left.append((value, depth + 1))
            elif isinstance(value, tuple):
                left += [(each, depth + 1) for each in value if isinstance(each, Node)]
    return deepest
