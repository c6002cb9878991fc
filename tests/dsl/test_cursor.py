"""What may come next, in files that are finished, unfinished and broken."""

from __future__ import annotations

import random

import pytest

from dsl.cursor import Cursor, cursor_at
from dsl.machine import Machine
from dsl.parse import machine, table
from dsl.source import Source
from dsl.syntax import Span
from dsl.tokens import Token, lex
from dsl.words import END
from tests.conftest import ROOT


def tokens_of(text: str) -> list[Token]:
    """Tokens with their places in their lines."""
    found: list[Token] = []
    for token in lex(Source("", text)).tokens:
        start = token.span.start - (text.rfind("\n", 0, token.span.start) + 1)
        made = Token(token.word, token.value, Span("", start, start + token.span.end - token.span.start), [])
        made.type = token.type
        found.append(made)
    return found


def at(text: str) -> Cursor:
    return cursor_at(tokens_of(text), table())


def expected(text: str, parser: Machine) -> frozenset[str]:
    return parser.expected(tokens_of(text), "file") - {END}


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/*.score")), ids=lambda path: path.name)
def test_at_each_place_of_a_file_what_may_come_is_what_the_parser_takes(path) -> None:
    tokens = tokens_of(path.read_text(encoding="utf-8"))
    draw = random.Random(1)
    for end in draw.sample(range(len(tokens)), min(60, len(tokens))):
        part = tokens[:end]
        if end < len(tokens) and part and part[-1].type == "STEP" and tokens[end].word != "LBRACE":
            continue
        assert cursor_at(part, table()).expected == machine().expected(part, "file") - {END}, end


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("score s {\n  rule a { on \n  rule b { when x ", "STARTS"),
        ("score s {\n  rule a { on e where and and\n}\nevent e { p: ", "PERCENT"),
        ("event e { p: text\nscore s { rule r { on e  add 1, ", "ONCE"),
        ("}}} ) ] trigger t { when x is ", "MISSING"),
        ('test "x" { at at at\nscore s { degrade { after 3 ', "DAYS"),
        ("score s { rule r { on e add 1, at mst 3 times } group g { at ", "MOST"),
    ],
)
def test_behind_broken_text_the_place_is_still_known(text: str, word: str) -> None:
    assert word in at(text).expected


def test_words_that_must_follow_come_along() -> None:
    assert at("score s { rule r { on e where p ").phrase("STARTS") == "starts with"
    assert at("score s { rule r { on e add 1, ").phrase("AT") == "at most"
    assert at("score s { fade 5% ").phrase("OF") == "of the first value"
    assert at("score s { rule r { on e where p ").phrase("CONTAINS") == "contains"


def test_open_blocks_are_told_from_the_outside_in() -> None:
    found = at("score s {\n  rule a { on e add 1 }\n  group g {\n    rule r {\n")
    assert [found.tokens[block.head].value for block in found.blocks] == ["score", "group", "rule"]
    assert len(found.tokens) == 9


def test_any_tokens_at_all_have_an_answer() -> None:
    draw = random.Random(7)
    all_ = tokens_of((ROOT / "tests" / "dsl" / "whole.score").read_text(encoding="utf-8"))
    for _ in range(200):
        assert isinstance(cursor_at(draw.choices(all_, k=draw.randrange(60)), table()).expected, frozenset)
