"""What holds of the layout of every file: it says the same, keeps every comment, and is its own layout."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.format import format_source
from dsl.parse import parse
from dsl.source import Source, read_source
from dsl.tokens import lex
from dsl.words import KEYWORDS
from tests.conftest import ROOT
from tests.dsl.test_keywords import PLACES
from tests.models_layout import make_file, scattered

FILES = sorted([*(ROOT / "examples").rglob("*.score"), *(ROOT / "tests").rglob("*.score")])


def holds(text: str) -> str | None:
    """The layout of a text, of which all that is promised has been asserted; None if the text has errors."""
    before = parse(Source("x", text))
    result = format_source(Source("x", text))
    if result.text is None:
        assert result.diagnostics == before.diagnostics
        assert any(each.severity == "error" for each in before.diagnostics)
        return None
    after = parse(Source("x", result.text))
    assert after.diagnostics == ()
    assert after.file == before.file
    assert [comment for _, comment in after.comments] == [comment.rstrip() for _, comment in before.comments]
    assert format_source(Source("x", result.text)).text == result.text
    lines = result.text.replace("\r\n", "\n").split("\n")
    assert lines.pop() == ""
    assert all(line == line.rstrip() for line in lines)
    assert "\n\n\n" not in result.text
    return result.text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_keeps_what_it_says_however_it_was_laid_out(path: Path) -> None:
    text = read_source(path).text
    layout = holds(text)
    if layout is not None:
        for seed in range(2):
            assert holds(scattered(text, random.Random(seed)))


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.score")), ids=lambda path: path.name)
def test_an_example_is_in_its_layout(path: Path) -> None:
    assert format_source(read_source(path)).text == path.read_text(encoding="utf-8")


def test_a_conformance_case_keeps_what_it_says(shared: Path) -> None:
    paths = sorted((shared / "conformance").rglob("*.score"))
    assert paths
    formatted = [holds(read_source(path).text) for path in paths]
    assert sum(text is not None for text in formatted) > len(paths) // 2


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(SEEDS, SEEDS)
def test_a_random_file_keeps_what_it_says_with_comments_anywhere(file: int, layout: int) -> None:
    text = make_file(file)
    formatted = holds(text)
    assert formatted is not None
    chance = random.Random(layout)
    assert holds(scattered(text, chance))
    assert holds(scattered(formatted, chance))


@settings(max_examples=40, deadline=None)
@given(SEEDS, SEEDS)
def test_comments_before_and_behind_the_lines_of_a_layout_stay_there(file: int, layout: int) -> None:
    chance = random.Random(layout)
    lines = (holds(make_file(file)) or "").splitlines()
    commented = []
    for number, line in enumerate(lines):
        inside = line.strip() and not line.startswith("}") and number
        if inside and chance.random() < 0.1:
            commented += [f"# own {number}"] * chance.randint(1, 2)
        commented.append(f"{line}{' ' * chance.randint(1, 3)}# behind {number}" if chance.random() < 0.2 else line)
    text = "\n".join(commented) + "\n"
    assert [" ".join(line.split()) for line in (holds(text) or "").splitlines()] == [
        " ".join(line.split()) for line in commented
    ]


@pytest.mark.parametrize("seed", range(5))
def test_white_space_but_for_line_breaks_changes_no_layout(seed: int) -> None:
    layout = format_source(Source("x", make_file(seed))).text
    assert layout is not None
    tokens = lex(Source("x", layout)).tokens
    parts, end = [], 0
    for token in tokens:
        gap = layout[end : token.span.start]
        parts += ["\n" * gap.count("\n") or "\t  " * len(gap), layout[token.span.start : token.span.end]]
        end = token.span.end
    assert format_source(Source("x", "".join(parts))).text == layout


@pytest.mark.parametrize("word", sorted(set(KEYWORDS) - {"true", "false"}))
def test_a_keyword_that_names_something_stays_a_name(word: str) -> None:
    text = PLACES.format(w=word)
    assert holds(text)
    commas = text.replace(" add ", ", add ").replace(" set ", ", set ").replace(" reset ", ", reset ")
    assert holds(scattered(commas, random.Random(1))) or parse(Source("x", commas)).diagnostics


def test_a_file_with_something_missing_is_refused_or_keeps_what_it_says() -> None:
    kept = 0
    for seed in range(60):
        chance = random.Random(seed)
        text = make_file(seed)
        start = chance.randrange(len(text))
        kept += holds(text[:start] + text[start + chance.randint(1, 5) :]) is not None
    assert 0 < kept < 60, "some of them are still whole, and some are not"


@pytest.mark.parametrize(
    "value",
    [
        "(" * 190 + "1" + ")" * 190,
        " + ".join(["a"] * 190),
        " * ".join(["(b - 1)"] * 90),
        "-" * 150 + "a",
        "not " * 150 + "a",
        " and ".join(["a"] * 3000),
        "[" + ", ".join(f'"{i}"' for i in range(3000)) + "]",
        '"' + "ä\\n" * 5000 + '"',
    ],
    ids=lambda value: value[:8],
)
def test_the_deepest_and_the_longest_values_have_a_layout(value: str) -> None:
    assert holds(f"let x = {value}")
    assert holds("let x = " + value.replace(" ", " # c\n", 40))
