"""The expressions of sources: JMESPath, read here for its mistakes; the one place of the compiler that knows jmespath.

jmespath is the extra `sources`. Without it expressions are taken as they are; who maps with them needs it anyhow.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from compiler.context import Context
from compiler.errors import sourcing
from dsl.syntax import Span, Text
from runtime.table import FUNCTIONS


def installed() -> bool:
    """Whether jmespath is there."""
    return importlib.util.find_spec("jmespath") is not None


def expression(ctx: Context, node: Text) -> str:
    """The expression in a text; what is wrong with it is reported once."""
    if installed():
        _check(ctx, node)
    return node.value


def _check(ctx: Context, node: Text) -> None:
    from jmespath import exceptions, parser

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = parser.Parser().parse(node.value).parsed
    except exceptions.EmptyExpressionError:
        ctx.report.add(sourcing.no_expression(node.span, "it is empty"))
    except exceptions.IncompleteExpressionError:
        ctx.report.add(sourcing.no_expression(node.span, "its end is missing"))
    except exceptions.ParseError as error:
        at = _place(ctx, node, error.lex_position)
        found = node.value[error.lex_position : error.lex_position + 1]
        why = "a text in it is not closed" if "Unclosed" in str(error) else f"`{found or node.value}` does not fit here"
        ctx.report.add(sourcing.no_expression(at, why, found))
    except (exceptions.JMESPathError, RecursionError, ValueError, Warning):
        ctx.report.add(sourcing.no_expression(node.span, "it can't be read"))
    else:
        _check_calls(ctx, node, tree)
        _check_texts(ctx, node)


def _place(ctx: Context, node: Text, at: int) -> Span:
    """The character `at` of a text, or all of it where escapes make that uncertain."""
    source = ctx.loaded.files.get(node.span.file)
    inside = node.span.start + 1
    if source is None or source.text[inside : node.span.end - 1] != node.value or at >= len(node.value):
        return node.span
    return Span(node.span.file, inside + at, inside + at + 1)


def _check_calls(ctx: Context, node: Text, tree: Any) -> None:
    """The first call of a function that there is not, or with too few or too many arguments."""
    known = arities()
    for name, count in _calls(tree):
        at = node.value.find(name)
        span = _place(ctx, node, at)
        span = span if span == node.span else Span(span.file, span.start, span.start + len(name))
        if name not in known:
            ctx.report.add(sourcing.unknown_function(name, span, known))
            return
        least, most = known[name]
        if count < least or (most is not None and count > most):
            ctx.report.add(sourcing.wrong_arguments(name, least, most, count, span))
            return


def _check_texts(ctx: Context, node: Text) -> None:
    """A comparison with a word in double quotes, which is the name of a member and was meant for a text."""
    from jmespath.lexer import Lexer

    tokens = list(Lexer().tokenize(node.value))
    for before, token in pairwise(tokens):
        word = token["value"]
        if before["type"] in ("eq", "ne") and token["type"] == "quoted_identifier" and word.isidentifier():
            ctx.report.add(sourcing.name_for_text(word, node.span))
            return


def arities() -> Mapping[str, tuple[int, int | None]]:
    """The functions that an expression may call: the least and the most arguments, None for any number."""
    from jmespath.functions import Functions

    known: dict[str, tuple[int, int | None]] = {}
    for name, about in Functions.FUNCTION_TABLE.items():
        given = about["signature"]
        variadic = bool(given) and bool(given[-1].get("variadic"))
        known[name] = (len(given), None if variadic else len(given))
    return {**known, **FUNCTIONS}


def _calls(tree: Any) -> Iterator[tuple[str, int]]:
    """The functions that are called, with the number of arguments; found without recursion."""
    left = [tree]
    while left:
        node = left.pop()
        if not isinstance(node, dict):
            continue
        if node["type"] == "function_expression":
            yield node["value"], len(node["children"])
        left += reversed(node["children"])
