"""The pieces that the tree builders work with: what a rule of the grammar spans, and what is picked from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dsl import errors
from dsl import syntax as s
from dsl.tokens import Token


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a declaration that is no node of its own, such as ``per 7 days``."""

    kind: str
    value: Any
    span: s.Span


Child: TypeAlias = Any
"""A Token, a Part or a node; all have a span."""
Children: TypeAlias = list[Child]


def span_of(children: Children) -> s.Span:
    first, last = children[0].span, children[-1].span
    return s.Span(first.file, first.start, last.end)


def nodes(children: Children, *kinds: type) -> tuple[Any, ...]:
    return tuple(each for each in children if isinstance(each, kinds))


def part(children: Children, kind: str) -> Any:
    return next((each.value for each in children if isinstance(each, Part) and each.kind == kind), None)


def name_of(token: Token) -> s.Name:
    return s.Name(token.value, span=token.span)


def text_of(token: Token) -> s.Text:
    return s.Text(token.value, span=token.span)


def label_of(children: Children) -> s.Text | None:
    """The text after the name of a declaration, its third token."""
    third = children[2]
    return text_of(third) if isinstance(third, Token) and third.type == "A_TEXT" else None


def has(children: Children, kind: str) -> bool:
    return any(isinstance(each, Token) and each.type == kind for each in children)


def single(children: Children, parts: Iterable[Any], what: str) -> Any:
    """The only one of `parts`, or None; a second one is noted."""
    found = list(parts)
    if len(found) > 1:
        children[0].problems.append(errors.said_twice(found[1].span, what, found[0].span))
    return found[0] if found else None


def kept(kind: str, index: int) -> Callable[[Any, Children], Part]:
    def method(_: Any, c: Children) -> Part:
        return Part(kind, c[index], span_of(c))

    return method
