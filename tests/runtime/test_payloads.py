"""From bytes to payloads: JSON of any layout, rows with any separator, and what is told of broken ones."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from runtime.payloads import Broken, PayloadError, payloads


def read(data: bytes, *columns: str) -> list[object]:
    found = list(payloads(io.BytesIO(data), columns))
    return [each if isinstance(each, Broken) else each[0] for each in found]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b'{"a":1}', [{"a": 1}]),
        (b'\xef\xbb\xbf{"a":1.50}\n\n{"a":2}\n', [{"a": Decimal("1.5")}, {"a": 2}]),
        (b'{\n  "a": 1\n}\n', [{"a": 1}]),
        (b'{\n"a": 1}\n{\n"a": 2}', [{"a": 1}, {"a": 2}]),
        (b'[\n{"a": 1},\n{"a": 2}\n]\n', [[{"a": 1}, {"a": 2}]]),
        (b'[{"a":1}]\n[{"a":2}]', [[{"a": 1}], [{"a": 2}]]),
        (b"", []),
        (b"\n \n", []),
    ],
)
def test_json_is_read_however_it_is_laid_out(data: bytes, wanted: list[object]) -> None:
    assert read(data) == wanted


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b"a;b\r\n1,5;2\r\n\r\n", [{"a": "1,5", "b": "2"}]),
        (b"a\tb\n1\t2\n", [{"a": "1", "b": "2"}]),
        (b"a|b\n1|2\n", [{"a": "1", "b": "2"}]),
        (b"sep=;\na;b\n1;2\n", [{"a": "1", "b": "2"}]),
        (b'a,b\n"x, ""y""\nz",2\n', [{"a": 'x, "y"\nz', "b": "2"}]),
        (b"a,b\n1,\n ,2\n", [{"a": "1"}, {"b": "2"}]),
        ("naïve,Größe\né,ü\n".encode(), [{"naïve": "é", "Größe": "ü"}]),
        (b"\xef\xbb\xbfa,b\n1,2", [{"a": "1", "b": "2"}]),
        (b"a,b\n", []),
    ],
)
def test_rows_are_read_whatever_separates_their_cells(data: bytes, wanted: list[object]) -> None:
    assert read(data) == wanted


def test_rows_without_a_header_have_the_columns_of_the_source() -> None:
    assert read(b'1\t{"x":"y"}\n2\t\n', "id", "data") == [{"id": "1", "data": '{"x":"y"}'}, {"id": "2"}]


def test_a_header_is_known_by_the_columns_of_the_source() -> None:
    assert read(b"data,id,more\nx,1,y\n", "id", "data") == [{"id": "1", "data": "x", "more": "y"}]


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (b'{"a":1}\n{"a":\n{"a":3}\n', [None, "not JSON: Expecting value at column 6", None]),
        (b'{"a":\n{"a":3}\n', ["not JSON: Expecting value at column 6", None]),
        (b'{\n"a": 1,\n}\n', ["not JSON: Expecting property name enclosed in double quotes at line 3, column 1"]),
        (b'{\n"a": 1}\n{\n"a"', [None, "not JSON: Expecting ':' delimiter at line 4, column 4"]),
        (b'{\n"a": "\xff"}', ["not JSON: it is not UTF-8"]),
        (b'{"a":NaN}', ["not JSON: NaN is not JSON"]),
        (b"[" * 100_000, ["not JSON: it is nested too deeply"]),
        (b"a,b\n1\n1,2,3\n1,2\n", ["not a row of the columns: it has 1 cell, and there are 2 cells",
                                   "not a row of the columns: it has 3 cells, and there are 2 cells", None]),
        (b"a,b\n1,\xff\n", ["not a row of text: it is not UTF-8"]),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_and_the_rest_is_read(data: bytes, reasons: list[str | None]) -> None:
    assert [each.reason if isinstance(each, Broken) else None for each in read(data)] == reasons


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a,b,a\n1,2,3\n", "two columns are called `a`"),
        (b"a,\xff\n1,2\n", "line with the columns is not UTF-8"),
        (b'a,b\n"1,2\n', "can't be read from line 2 on"),
        (b"hello\n", "no JSON, and no table"),
    ],
)
def test_a_payload_of_which_nothing_is_certain_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(PayloadError, match=why):
        read(data)
