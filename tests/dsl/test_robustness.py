"""Whatever stands in a file: a tree or clear diagnostics, never an exception, and in time."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.format import format_source
from dsl.parse import Parsed, parse
from dsl.render import as_text
from dsl.source import Source, source_of
from dsl.tokens import lex
from dsl.words import KEYWORDS, MARKS
from tests.dsl.reading import whole_file

WHOLE = whole_file()
TOKENS = lex(Source("a", WHOLE)).tokens
COUNT = len(parse(Source("a", WHOLE)).file.items)


def looked_at(text: str) -> Parsed:
    """The parsed text, after a look at each place that is told."""
    source = Source("a.score", text)
    parsed = parse(source)
    for each in parsed.diagnostics:
        assert 0 <= each.span.start <= each.span.end <= len(text)
    assert as_text(parsed.diagnostics, {source.name: source}).count("error[") == len(parsed.diagnostics)
    if not parsed.diagnostics and len(text) < 10_000:
        layout = format_source(source).text
        assert layout is not None
        assert _words(layout) == _words(text), "what is read without a mistake is all there"
    return parsed


def _words(text: str) -> list[str]:
    """What stands in a text, but for commas and parentheses, which may be left out."""
    tokens = lex(Source("a.score", text)).tokens
    return sorted(f"{token.word} {token.value}" for token in tokens if token.word not in ("COMMA", "LPAR", "RPAR"))


def test_a_prefix_of_a_file_has_at_most_one_mistake() -> None:
    for end in range(0, len(WHOLE), 29):
        assert len(looked_at(WHOLE[:end]).diagnostics) <= 1, WHOLE[max(0, end - 40) : end]


def test_a_token_that_is_left_out_is_at_most_one_mistake() -> None:
    for token in TOKENS[::3]:
        text = WHOLE[: token.span.start] + WHOLE[token.span.end :]
        parsed = looked_at(text)
        assert len(parsed.diagnostics) <= 1, text[token.span.start - 40 : token.span.start + 40]
        assert len(parsed.file.items) >= COUNT - 3, text[token.span.start - 40 : token.span.start + 40]


def test_a_token_written_twice_is_three_mistakes_at_most() -> None:
    for token in TOKENS[1::5]:
        text = f"{WHOLE[: token.span.end]} {WHOLE[token.span.start :]}"
        assert len(looked_at(text).diagnostics) <= 3, text[token.span.start - 40 : token.span.start + 40]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(content: bytes) -> None:
    source = source_of("a.score", content)
    parsed = parse(source)
    assert as_text(parsed.diagnostics, {source.name: source}).count("error[") == len(parsed.diagnostics)


_PIECES = st.sampled_from([*KEYWORDS, *MARKS, "a", '"x"', "5", "80%", "2026-01-01", "# c\n", "\n", '"', "\\", "é", "«"])


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=60).map(" ".join))
def test_any_words_in_any_order_are_read_or_told(text: str) -> None:
    looked_at(text)


HUGE = {
    "words": "abc " * 200_000,
    "quotes": '"' * 300_001,
    "junk": "\x01;@$" * 500_000,
    "wide junk": "\u00a0«é" * 200_000,
    "rules without braces": "rule " * 50_000,
    "blocks without ends": "score s { " * 10_000,
    "rules without ends": "score s {\n" + " rule a { on x add 5\n" * 10_000,
    "broken rules": "score s {\n" + " rule a { on x ad 5 }\n" * 5_000 + "}",
    "declarations in a row": "let a = b let " * 20_000,
    "closing braces": "}" * 50_000,
    "opening brackets": "let x = " + "(" * 50_000,
    "one long line of lists": "let x = [" + "[1, 2], " * 20_000,
    "escapes": 'let a = "' + "\\q" * 100_000 + '"',
    "digits": "let a = " + "9" * 1_000_000,
    "a minus": "let a = " + "-" * 20_000 + "1",
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_broken_file_is_told_in_time(name: str) -> None:
    began = time.process_time()
    assert looked_at(HUGE[name]).diagnostics
    assert time.process_time() - began < 30  # quadratic work would take minutes


def test_all_rules_of_a_huge_file_are_read() -> None:
    rules = "\n".join(f"  rule r{i} {{ on e where p = {i}  add {i} }}" for i in range(20_000))
    (score,) = looked_at(f"score s {{\n{rules}\n}}").file.items
    assert len(score.members) == 20_000


def test_random_cuts_of_a_file_are_read_or_told() -> None:
    chance = random.Random(7)
    told = read = 0
    for _ in range(60):
        cuts = sorted(chance.randrange(len(WHOLE)) for _ in range(4))
        parsed = looked_at(WHOLE[: cuts[0]] + WHOLE[cuts[1] : cuts[2]] + WHOLE[cuts[3] :])
        told += bool(parsed.diagnostics)
        read += bool(parsed.file.items)
    assert told > 40, "hardly any cut leaves a whole file"
    assert read > 40, "and hardly any takes all of it away"
