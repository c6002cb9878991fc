"""What was laid out in pieces looks as if it was laid out as a whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import layouts
from dsl.format import format_source
from dsl.layouts import Layouts
from dsl.source import Source, read_source
from tests.conftest import ROOT
from tests.keystrokes import edited
from tests.models_layout import make_file, scattered

FILES = sorted([*(ROOT / "examples").rglob("*.score"), *(ROOT / "tests").rglob("*.score")])
SEEDS = st.integers(0, 2**32 - 1)


def same(made: Layouts, text: str) -> str | None:
    """The layout of a text, which is the same in pieces and as a whole."""
    source = Source("x", text)
    whole = format_source(source).text
    assert made.format(source) == whole
    return whole


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_laid_out_in_pieces_as_it_is_as_a_whole(path: Path) -> None:
    made = Layouts()
    text = read_source(path).text
    for each in (text, text.replace("\n", "\r\n"), scattered(text, random.Random(1)), same(made, text) or ""):
        same(made, each)


@settings(max_examples=25, deadline=None)
@given(SEEDS, SEEDS)
def test_after_any_edits_a_file_is_laid_out_in_pieces_as_it_is_as_a_whole(file: int, seed: int) -> None:
    made, draw = Layouts(), random.Random(seed)
    known = make_file(file)
    if seed % 2:
        known = scattered(known, draw)
    elif seed % 4:
        known = format_source(Source("x", known)).text or ""
    for _ in range(6):
        text = edited(draw, known)
        known = known if same(made, text) is None else text


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is laid out as a whole."""
    monkeypatch.delattr(layouts, "format_source")


STORY = ROOT / "examples" / "saas_trial" / "model.score"


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize(
    ("mark", "new"),
    [
        ("", ""),
        ("  rule ", "\n\n  # a remark  \n  rule    "),
        ("\nscore ", "\n# a remark\n\nscore   "),
        ("{\n  ", "{ # behind\n\n\n  "),
        ("\n}\n", "\n  # the last\n} # behind\n"),
        ("\nevent ", "\nevent # within\n  "),
    ],
)
def test_what_stands_on_lines_of_its_own_is_laid_out_in_pieces(mark: str, new: str) -> None:
    text = read_source(STORY).text
    for each in (text.replace(mark, new), text.replace(mark, new) + "\n# the end\n\n\n# of it"):
        assert Layouts().format(Source("x", each)) == format_source(Source("x", each)).text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", True),
        ("# x\n", True),
        ("score s {\n}\n", True),
        ("score s {\n  rule a { on e add 1 } rule b { on e add 1 }\n}\n", True),
        ("score s {\n  bands\n  note < 5,\n  fade < 6, b\n}\n", True),
        ("stages\n  let,\n  set\n", True),
        ("let x =\n  score\n", True),
        ("account {\n  score s = count\n  # of it\n}\n", True),
        (
            "score s {\n  ready at 1\n\n  # in between\n\n  rule a { on e add 1 }\n  rule long { on e add 1 }\n\n}\n",
            True,
        ),
        ("score s = 1 {\n  bands a\n}\n", True),
        ("trigger t { on e move to a\n}\n}\n", False),
        ("model m { }\nmodel m { } {\n", False),
        ("score s {\n  rule a { on e add 1 }\n", False),
        ("score s {\n  rule a { on e add 1 }\n}\n}\n", False),
        ("score s {\n  rule a { on e\n  rule b { on e add 1 }\n}\n", False),
        ('set x = [\n  "a",\n  # "b"\n]\n', True),
        ('let x = 1 # "\nlet y = "#"\n', True),
        ("degrade {\n}\n", False),
    ],
)
def test_wherever_the_cut_is_wrong_the_layout_is_right(text: str, read: bool) -> None:
    assert (same(Layouts(), text) is not None) is read
