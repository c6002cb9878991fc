"""Parsing a rule file into its tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, UnexpectedToken
from lark.lexer import Lexer

from dsl import errors
from dsl.build import TreeBuilder
from dsl.diagnostics import Diagnostic, in_order
from dsl.source import Source
from dsl.syntax import File, Span
from dsl.tokens import Token, lex

STARTS = ("file", "item", "score_member", "group_member", "account_member")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says, its comments in order (each with its ``#``), and everything that is wrong with it."""

    file: File
    comments: tuple[tuple[Span, str], ...]
    diagnostics: tuple[Diagnostic, ...]


class _NoLexer(Lexer):
    """The tokens are made in `dsl.tokens` and fed one by one."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Any]:
        return iter(())


@cache
def _grammar() -> Lark:
    text = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(
        text, parser="lalr", lexer=_NoLexer, start=list(STARTS), keep_all_tokens=True, maybe_placeholders=False,
        transformer=TreeBuilder(),
    )  # fmt: skip


class _Stuck(Exception):
    def __init__(self, index: int) -> None:
        self.index = index


def _run(tokens: list[Token], start: str) -> Any:
    parser = _grammar().parse_interactive(None, start)
    state = parser.parser_state
    states = state.parse_conf.parse_table.states
    feed = state.feed_token
    index = 0
    try:
        for index, token in enumerate(tokens):  # noqa: B007
            kind = token.type
            if kind not in states[state.state_stack[-1]] and "NAME" in states[state.state_stack[-1]]:
                token.type = "NAME"
            feed(token)
        index = len(tokens)
        return feed(Token("$END", "", Span("", 0, 0), []), True)
    except UnexpectedToken:
        raise _Stuck(index) from None


def parse(source: Source) -> Parsed:
    lexed = lex(source)
    problems = [*source.problems, *lexed.problems]
    try:
        file = _run(lexed.tokens, "file")
    except _Stuck as stuck:
        end = Span(source.name, len(source.text), len(source.text))
        file = File(())
        t = lexed.tokens[stuck.index] if stuck.index < len(lexed.tokens) else None
        problems.append(errors.unexpected(t.span if t else end, repr(t), "something else"))
    return Parsed(file, tuple(lexed.comments), tuple(in_order([*problems, *lexed.noted])))
