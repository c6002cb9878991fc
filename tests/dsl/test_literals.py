"""Numbers, texts, dates, instants and durations, by value and by what is wrong with them."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from decimal import Decimal

import pytest

from tests.dsl.reading import read, value


def micros(text: str) -> int:
    when = datetime.fromisoformat(text)
    return round((when - datetime.fromisoformat("1970-01-01T00:00:00+00:00")).total_seconds()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("10", Decimal(10)), ("2.50", Decimal("2.5")), ("-2.5", Decimal("-2.5")), ("0007", Decimal(7)),
     ("000123456789012345", Decimal(123456789012345)),
     ("1.123456789012000", Decimal("1.123456789012")), ("33.3%", Decimal("0.333")), ("80 %", Decimal("0.8")),
     ("-0", None)],
)  # fmt: skip
def test_a_number_is_exact(text: str, wanted: Decimal | None) -> None:
    got = value(text)
    assert (got.value if wanted is not None else got.operand.value) == (wanted if wanted is not None else 0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"\"\\\n\t", '"\\\n\t'),
        (r"caf\u{e9}", "café"),
        (r"e\u{301}", "é"),
        (r"\u{1F600}", "😀"),
        ("価格", "価格"),
        ("", ""),
    ],
)
def test_a_text_means_what_its_escapes_say(text: str, wanted: str) -> None:
    assert value(f'"{text}"').value == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026-03-02T10:00Z", "2026-03-02T10:00:00+00:00"), ("2026-03-02t10:00:59z", "2026-03-02T10:00:59+00:00"),
     ("2026-03-02T10:00+02:00", "2026-03-02T08:00:00+00:00"), ("2024-02-29T23:59-00:30", "2024-03-01T00:29:00+00:00"),
     ("1970-01-01T00:00Z", "1970-01-01T00:00:00+00:00"), ("2999-12-31T23:59Z", "2999-12-31T23:59:00+00:00")],
)  # fmt: skip
def test_an_instant_is_its_microsecond(text: str, wanted: str) -> None:
    assert value(text).micros == micros(wanted)
    assert value(text).written == text


def test_digits_beyond_microseconds_are_cut_off() -> None:
    assert value("1970-01-01T00:00:00.1234569Z").micros == 123_456
    assert value("1970-01-01T00:00:00.5Z").micros == 500_000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("45 minutes", 2_700_000_000),
        ("1 hour", 3_600_000_000),
        ("0.5 days", 43_200_000_000),
        ("2weeks", 1_209_600_000_000),
    ],
)
def test_a_duration_is_exact(text: str, wanted: int) -> None:
    assert value(text).micros == wanted


@pytest.mark.parametrize(
    ("text", "code", "underlined"),
    [
        ("1234567890123456", "E109", None), ("0.1234567890123", "E109", None),
        ("1234567890123456%", "E109", "1234567890123456"),
        ("2026-02-30", "E110", None), ("2026-3-2", "E110", None), ("1969-12-31", "E110", None),
        ("3000-01-01", "E110", None),
        ("2026-02-30T10:00Z", "E110", "2026-02-30"), ("2026-03-02T10:00", "E110", None),
        ("2026-03-02T24:00Z", "E110", "24:00Z"),
        ("2026-03-02T10:00:60Z", "E110", "10:00:60Z"), ("2026-03-02T10Z", "E110", None),
        ("2026-03-02T10:00+24:00", "E110", "10:00+24:00"),
        ("1970-01-01T00:00+02:00", "E110", None), ("0 days", "E111", None), ("0.00000000001 minutes", "E111", None),
        (r'"a\q"', "E108", r"\q"), (r'"a\u{d800}"', "E108", r"\u{d800}"), (r'"a\u{110000}"', "E108", r"\u{110000}"),
        (r'"a\u12"', "E108", r"\u"), ('"abc', "E107", None), ('"abc\\', "E107", None),
    ],
)  # fmt: skip
def test_a_bad_literal_is_told_once_where_it_is_bad(text: str, code: str, underlined: str | None) -> None:
    whole = f"let x = {text}\nlet y = 5"
    parsed = read(whole)
    (found,) = parsed.diagnostics
    assert (found.code, whole[found.span.start : found.span.end]) == (code, underlined or text)
    assert [type(each).__name__ for each in parsed.file.items][-1] == "Let"


def test_two_bad_escapes_are_told_apart() -> None:
    assert [each.code for each in read(r'let x = "\q\w"').diagnostics] == ["E108", "E108"]


@pytest.mark.parametrize("name", ["café", "cafe\u0301", "価格", "हिन्दी", "a1é", "é1", "ボタン", "_x", "ß", "цена_2"])
def test_a_name_may_stand_in_any_script(name: str) -> None:
    (item,) = read(f"let {name} = {name}\u00a0+\u30001").file.items
    assert (item.name.text, item.value.left.name) == (unicodedata.normalize("NFC", name),) * 2


@pytest.mark.parametrize(
    ("text", "code", "underlined"),
    [("let x = “a”", "E106", "“a”"), ("let x = 5;", "E105", ";"), ("let x == 5", "E106", "=="),
     ("let x = a × 5", "E106", "×"),
     ("let x = a / 5", "E105", "/"), ("let a\u200bb = 5", "E105", "\u200b"), ("let x = 'a'", "E106", "'a'")],
)  # fmt: skip
def test_a_foreign_character_is_told_where_it_stands(text: str, code: str, underlined: str) -> None:
    found = read(text).diagnostics[0]
    assert (found.code, text[found.span.start : found.span.end]) == (code, underlined)


def test_a_foreign_mark_stands_for_what_is_meant() -> None:
    parsed = read("segment x { where a == 5 && b ≥ 6 }")
    assert [each.code for each in parsed.diagnostics] == ["E106", "E106", "E106"]
    assert [type(each).__name__ for each in parsed.file.items[0].where.items] == ["Compare", "Compare"]
