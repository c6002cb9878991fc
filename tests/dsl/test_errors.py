"""Every finding of reading and syntax, three ways: its function, its section in docs/errors.md, and that it is said."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

import pytest

from dsl.parse import parse
from dsl.source import MAX_BYTES, Source, read_source, source_of
from tests.conftest import ROOT

_BLOCK = r"```(score|text)\n(.*?)\n```"
_SECTION = re.compile(
    rf"^## (E1\d\d): (.+)\n\nAvoid:\n\n{_BLOCK}\n\nPrefer:\n\n{_BLOCK}\n\nWhy: (.+)", re.MULTILINE | re.DOTALL
)


class Section(NamedTuple):
    code: str
    avoid: str | None
    prefer: str | None


def sections() -> list[Section]:
    parts = re.split(r"^(?=#+ )", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [match for part in parts if (match := _SECTION.match(part))]
    return [Section(m[1], m[4] if m[3] == "score" else None, m[6] if m[5] == "score" else None) for m in found]


def written_codes() -> set[str]:
    module = ast.parse((ROOT / "dsl" / "errors.py").read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"E\d{3}", node.value)
    }


def codes(source: Source) -> list[str]:
    return [each.code for each in parse(source).diagnostics]


def test_each_code_has_its_section_in_order() -> None:
    told = [section.code for section in sections()]
    assert told == sorted(written_codes())


@pytest.mark.parametrize("section", [each for each in sections() if each.avoid], ids=lambda section: section.code)
def test_what_the_docs_say_to_avoid_is_told_once_and_under_its_code(section: Section) -> None:
    assert set(codes(Source("a.score", str(section.avoid)))) == {section.code}


@pytest.mark.parametrize("section", [each for each in sections() if each.prefer], ids=lambda section: section.code)
def test_what_the_docs_prefer_can_be_read(section: Section) -> None:
    assert codes(Source("a.score", str(section.prefer))) == []


def test_a_file_that_is_not_there_is_told() -> None:
    source = read_source(ROOT / "tests" / "dsl" / "nowhere.score", "nowhere.score")
    (found,) = parse(source).diagnostics
    assert (found.code, found.message) == ("E101", "`nowhere.score` can't be read: no such file or directory")


def test_a_folder_is_told_to_be_no_file() -> None:
    assert codes(read_source(ROOT)) == ["E101"]


def test_bytes_that_are_not_utf8_are_told_at_their_place() -> None:
    source = source_of("a.score", b'let x = "caf\xe9"')
    (found,) = parse(source).diagnostics
    assert (found.code, found.span.start, source.position(found.span.start)) == ("E102", 12, (1, 13))


@pytest.mark.parametrize("mark", [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")], ids=lambda mark: mark[0])
def test_a_file_in_utf16_is_told_once(mark: tuple[str, bytes]) -> None:
    encoding, first = mark
    source = source_of("a.score", first + 'model m { }\nevent e { "é" }\n'.encode(encoding))
    (found,) = parse(source).diagnostics
    assert (found.code, found.span.start, found.help) == ("E102", 0, "save the file as UTF-8")


@pytest.mark.parametrize("content", [bytes(range(256)) * 20, b"\x7fELF\0\x01\xff" * 9, b"\0" * 50, b"\xff\x80" * 9])
def test_what_is_no_text_is_told_once(content: bytes) -> None:
    source = source_of("a.score", content)
    assert codes(source) in (["E102"], ["E103"])
    assert source.text == ""


def test_of_a_letter_in_another_encoding_nothing_more_is_told() -> None:
    text = "model m { }\n# Ärger über Äpfel\nlet grün = 1\nscore s { }\n"
    assert codes(source_of("a.score", text.encode("latin-1"))) == ["E102"]
    assert codes(source_of("a.score", b"let x\0 = 1\n# a remark")) == ["E103"]


def test_a_number_before_what_means_nothing_is_told_once() -> None:
    assert codes(Source("a.score", "score s { degrade { by 10\n% every 7 days } }")) == ["E105"]


def test_a_nul_character_is_told_at_its_place() -> None:
    (found, *_) = parse(source_of("a.score", b"let x = 5\nlet \x00y = 6")).diagnostics
    assert (found.code, found.span.start) == ("E103", 14)


def test_a_file_over_the_limit_is_not_read() -> None:
    source = source_of("a.score", b"#" * (MAX_BYTES + 1))
    assert (codes(source), source.text) == (["E104"], "")


def test_a_byte_order_mark_is_let_pass_and_not_counted() -> None:
    source = source_of("a.score", b"\xef\xbb\xbflet x = ")
    (found,) = parse(source).diagnostics
    assert (found.code, found.span.start) == ("E120", 7)


def test_levels_beyond_the_limit_are_told_once() -> None:
    assert codes(Source("a.score", f"let x = {'(' * 10_000}1{')' * 10_000}")) == ["E112"]
    assert codes(Source("a.score", "let x = " + "+".join(["1"] * 5_000))) == ["E112"]
    assert codes(Source("a.score", "segment x { where " + "not " * 5_000 + "a }")) == ["E112"]


def test_levels_up_to_the_limit_are_read() -> None:
    assert codes(Source("a.score", f"let x = {'(' * 150}1{')' * 150}")) == []
    assert codes(Source("a.score", "let x = " + "+".join(["1"] * 150))) == []


def test_after_too_many_mistakes_the_rest_is_not_told() -> None:
    found = codes(Source("a.score", "let x = ; 5\n" * 1_000))
    assert (len(found), found[-1]) == (201, "E113")


def test_messages_are_lower_case_without_a_full_stop() -> None:
    for section in sections():
        for each in parse(Source("a.score", section.avoid or "")).diagnostics:
            assert not each.message[0].isupper(), each.message
            assert not each.message.endswith("."), each.message
