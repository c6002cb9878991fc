"""The grammar that editors highlight with says the same words as the grammar that the parser reads with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dsl.machine import instead
from dsl.parse import GRAMMAR, machine
from dsl.source import Source
from dsl.tokens import Token, lex
from dsl.words import KEYWORDS, WORD_TYPES
from tests.conftest import ROOT
from tests.textmate import Grammar, keywords

SYNTAX = ROOT / "editors" / "vscode" / "syntaxes" / "score.tmLanguage.json"
FILES = [*sorted((ROOT / "examples").rglob("*.score")), ROOT / "tests" / "dsl" / "whole.score"]
SPOKEN = {"ready", "time"}
"""Keywords that are taken for names in expressions too, where they mean what the language says all the same."""


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar(SYNTAX)


def test_the_words_of_both_grammars_are_the_same(grammar: Grammar) -> None:
    written = set(re.findall(r'"([a-z]+)"', GRAMMAR.read_text(encoding="utf-8")))
    assert written == KEYWORDS.keys()
    for word in KEYWORDS:
        assert keywords(grammar, f"( {word} )") == [[word]], word


def test_each_word_is_listed_once(grammar: Grammar) -> None:
    patterns = grammar.raw["repository"]["keyword"]["patterns"]
    lists = [each["match"] for each in patterns if each["name"].startswith("keyword.")]
    words = [word for each in lists for word in re.findall(r"[a-z]{2,}", each)]
    assert sorted(words) == sorted(KEYWORDS)


@pytest.mark.parametrize(
    "word", ["scores", "rules", "At", "SCORE", "readiness", "x_on", "on_x", "été", "ein", "in_", "at1"]
)
def test_no_other_word_has_the_colour_of_a_keyword(grammar: Grammar, word: str) -> None:
    assert keywords(grammar, f"( {word} )") == [[]]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rule at { on note where at: 1", ["rule", "on", "where"]),
        ("text: text  at: date", ["text", "date"]),
        ("event.at = lead.on", ["event", "lead"]),
        ("# score at", []),
        ('"score {at} \\" at" at', ["at"]),
        ('"score', []),
        ("interest[at] in [at]", ["in", "at"]),
        ("once for each at", ["once", "for", "each"]),
        ("stages at, set also lead  # also", ["stages", "also"]),
        ('stages new, "at b" trigger t', ["stages", "trigger"]),
        ('for each line of "x"', ["for", "each", "line", "of"]),
        ("after 30 days without activity", ["after", "days", "without", "activity"]),
        ("expect not fired add", ["expect", "not", "fired"]),
        ("80 % at 2026-03-02T10:00Z at", ["at", "at"]),
    ],
)
def test_a_word_that_can_only_be_a_name_is_none(grammar: Grammar, line: str, words: list[str]) -> None:
    assert keywords(grammar, line) == [words]


def taken(tokens: list[Token]) -> list[tuple[Token, bool]]:
    """The words among the tokens, and whether the parser takes each as a keyword."""
    parser = machine()
    states = [parser._starts["file"]]
    found = []
    for token in tokens:
        kind = token.type
        while not parser._take(states, kind):
            kind = instead(kind, token)
            assert kind, token
        if token.word in WORD_TYPES:
            found.append((token, kind not in ("NAME", "LABEL", "STEP")))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_in_real_files_exactly_the_words_that_the_parser_takes_as_keywords_are_coloured(
    grammar: Grammar, path: Path
) -> None:
    text = path.read_text(encoding="utf-8")
    source = Source(path.name, text)
    wanted: dict[int, list[str]] = {}
    for token, keyword in taken(lex(source).tokens):
        line = source.position(token.span.start)[0]
        if keyword or token.value in SPOKEN or (token.type == "STEP" and token.value == "lead"):
            wanted.setdefault(line, []).append(token.value)
    shown = {number: words for number, words in enumerate(keywords(grammar, text), start=1) if words}
    assert shown == wanted


def test_a_text_ends_with_its_line_and_escapes_are_seen(grammar: Grammar) -> None:
    first, second = grammar.lines('"a\\u{1F600}\\q {line} {a b}\nscore')
    scopes = [scope for _, _, scope in first]
    assert scopes.count("constant.character.escape.leadscore") == 1
    assert scopes.count("invalid.illegal.escape.leadscore") == 1
    assert scopes.count("variable.parameter.leadscore") == 1
    assert [scope for _, _, scope in second] == ["keyword.declaration.leadscore"]
