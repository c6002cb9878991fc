"""Places in a text as editors count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.lsp.buffers import Buffer, Buffers, name_of, uri_of
from cli.lsp.lexemes import Lexemes
from cli.lsp.text import Change, Text, difference, edited
from dsl.source import Source
from dsl.tokens import lex

PIECES = st.sampled_from(
    ["a", "é", "é", "ß", "😀", "𝒳", "\t", " ", "\n", "\r\n", "\r", "\u2028", "\x0b", "\ud800", "{", '"', "#"]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


def by_units(text: str, line: int, unit: int) -> int:
    """The offset of a place, found by counting UTF-16 units in bytes."""
    at = 0
    lines = text.replace("\r\n", "\n\0").replace("\r", "\n").split("\n")
    for each in lines[:line]:
        at += len(each) + 1
    if line >= len(lines):
        return len(text)
    content = lines[line]
    skipped = content.startswith("\0")
    raw = content.removeprefix("\0").encode("utf-16-le", "surrogatepass")[: 2 * unit]
    return at + skipped + len(raw.decode("utf-16-le", "ignore"))


@given(TEXTS, st.integers(0, 8), st.integers(0, 12))
def test_a_place_is_counted_in_units_of_its_line(text: str, line: int, unit: int) -> None:
    made = Text(text)
    assert made.offset(line, unit) == by_units(made.text, line, unit)


@given(TEXTS)
def test_a_place_and_its_offset_are_one_another_s(text: str) -> None:
    made = Text(text)
    for offset in range(len(made.text) + 1):
        inside_break = made.text[offset - 1 : offset + 1] == "\r\n"
        if not inside_break:
            assert made.offset(*made.place(offset)) == offset


@given(TEXTS, TEXTS, st.integers(0, 4), st.integers(0, 9), st.integers(0, 4), st.integers(0, 9))
def test_an_edit_changes_what_it_names_and_nothing_else(
    text: str, new: str, line: int, unit: int, to_line: int, to_unit: int
) -> None:
    before = Text(text)
    after, change = edited(before, (line, unit), (to_line, to_unit), new)
    assert after.text[: change.start] == before.text[: change.start]
    assert after.text[change.start + change.size :] == before.text[change.end :]
    assert after.text[change.start : change.start + change.size] == Text(new).text


@given(TEXTS, TEXTS)
def test_the_difference_of_two_texts_makes_the_one_of_the_other(one: str, two: str) -> None:
    before, after = Text(one), Text(two)
    change = difference(before, after)
    middle = after.text[change.start : change.start + change.size]
    assert before.text[: change.start] + middle + before.text[change.end :] == after.text


def test_a_place_is_carried_over_a_change_and_back() -> None:
    change = Change(5, 8, 10)
    assert [change.forward(at, stick=True) for at in (4, 5, 7, 8, 9)] == [4, 15, 15, 15, 16]
    assert [change.forward(at, stick=False) for at in (4, 5, 7, 8)] == [4, 5, 5, 15]
    assert [change.backward(at) for at in (4, 5, 10, 15, 16)] == [4, 5, 5, 8, 9]
    assert change.touches(4, 6)
    assert not change.touches(8, 9)
    assert not change.touches(0, 5)


def test_changes_that_are_not_known_any_more_are_not_made_up() -> None:
    buffer = Buffer("u", "n", 1, Text("a"))
    buffer.change(Text("ab"), Change(1, 1, 1))
    assert buffer.since(0) == [Change(1, 1, 1)]
    assert buffer.since(1) == []
    assert buffer.since(-1) is None
    assert buffer.since(2) is None


@pytest.mark.parametrize("path", ["/a b/ü.score", "/a/%20#?.score", "/x/😀.score"])
def test_a_path_and_its_address_are_one_another_s(path: str) -> None:
    assert name_of(uri_of(path)) == path


def test_an_address_without_a_path_stays_as_it_is() -> None:
    assert name_of("untitled:Untitled-1") == "untitled:Untitled-1"
    assert uri_of("untitled:Untitled-1") == "untitled:Untitled-1"
    assert name_of("file:///a/../b.score") == "/b.score"


def test_a_byte_order_mark_does_not_move_what_stands_behind_it() -> None:
    buffers = Buffers()
    source = buffers.open("untitled:x", 1, "\ufeffmodel m { }").source()
    assert source.text.index("model") == 1
    assert source.problems == ()


@given(
    st.lists(
        st.sampled_from(
            ["score", "at", "x", "{", "}", ":", "[", "]", '"a', '"b"', "80", " %", "#c", "\n", "\r\n", " "]
        ),
        max_size=40,
    )
)
def test_tokens_read_line_by_line_are_those_of_the_whole(words: list[str]) -> None:
    text = " ".join(words)
    whole = [(token.type, token.word, token.value) for token in lex(Source("", text)).tokens]
    made = Text(text)
    lines = [(token.type, token.word, token.value) for token in Lexemes().before(made, len(text))]
    assert lines == whole
