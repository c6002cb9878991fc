"""Reading tables of cases: CSV as it is defined, and as spreadsheets write it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.report import Report
from compiler.sheets import Sheet, read_sheet
from dsl.source import Source


def sheet(text: str) -> Sheet:
    report = Report()
    found = read_sheet(Source("a.csv", text), report)
    assert [(each.code, each.message) for each in report.found] == []
    return found


def rows(text: str) -> list[dict[str, str]]:
    return [{name: cell.text for name, cell in line.cells.items()} for line in sheet(text).lines]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_that_the_first_line_has_most_of(separator: str) -> None:
    text = 'a|"b, ; c"|c\n1|2,5|"3;4"\n'.replace("|", separator)
    if separator == ",":
        text = text.replace("2,5", '"2,5"')
    assert rows(text) == [{"a": "1", "b, ; c": "2,5", "c": "3;4"}]


def test_a_table_of_one_column_needs_no_separator() -> None:
    assert rows("name\r\nx y\r\nz") == [{"name": "x y"}, {"name": "z"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^"])
def test_a_line_above_the_header_declares_the_separator(separator: str, end: str) -> None:
    text = end.join([f"sep={separator}", f"a{separator}b", f"1{separator}2", ""])
    assert rows(text) == [{"a": "1", "b": "2"}]
    (line,) = sheet(text).lines
    assert line.number == 3


def test_a_declared_separator_is_taken_whatever_the_header_has_most_of() -> None:
    assert rows("SEP=;\na,b,c;d\n1,2,3;4\n") == [{"a,b,c": "1,2,3", "d": "4"}]


@pytest.mark.parametrize("header", ["sep=", "sep=ab", 'sep="', "sep=;x", "sep=x"])
def test_a_header_that_declares_no_separator_is_a_header(header: str) -> None:
    assert sheet(f"{header}\n1\n").columns[0].startswith("sep=")


def test_quotes_hold_separators_line_breaks_and_quotes() -> None:
    assert rows('a,b\n"1,2","say ""hi""\nthere"\n') == [{"a": "1,2", "b": 'say "hi"\nthere'}]


def test_a_quote_within_a_cell_means_nothing() -> None:
    assert rows('a,b\n5" pipe,x\n') == [{"a": '5" pipe', "b": "x"}]


def test_lines_without_content_are_passed_over_and_missing_cells_are_empty() -> None:
    assert rows("\na,b\n\n , \n1\n,2,,\n") == [{"a": "1", "b": ""}, {"a": "", "b": "2"}]


def test_a_column_without_a_name_may_be_empty() -> None:
    assert sheet("a,,b,\n1,,2,\n").columns == ("a", "b")


def test_texts_come_in_one_form_without_the_spaces_around_them() -> None:
    assert rows('cafe\u0301 , b\n  x  ," y "\n') == [{"caf\u00e9": "x", "b": "y"}]


def test_lines_and_cells_have_their_places_in_the_file() -> None:
    text = 'a,b\r\n\r\n"1\r\n2", 3 \r\n4,5'
    first, second = sheet(text).lines
    assert (first.number, second.number) == (3, 5)
    source = Source("a.csv", text)
    assert [source.read(cell.span) for cell in (*first.cells.values(), *second.cells.values())] == [
        '"1\r\n2"', "3", "4", "5",
    ]  # fmt: skip
    assert source.read(first.span) == '"1\r\n2", 3'


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a,«a»\n1,2\n", "E332", "a"),
        ("a,\n1,«2»\n3,4\n", "E333", "2"),
        ("a,b\n1,2,«3»\n", "E334", "3"),
        ('a,b\n«"»1,2\n3,4\n', "E335", '"'),
        ('a,b\n"1"« x»,2\n', "E336", " x"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_at_its_place(text: str, code: str, place: str) -> None:
    report = Report()
    source = Source("a.csv", text.replace("«", "").replace("»", ""))
    read_sheet(source, report)
    (found,) = report.found
    assert (found.code, source.read(found.span), found.span.start) == (code, place, text.index("«"))


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6).map(str.strip)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=4), st.sampled_from([",", ";", "\t"]))
def test_what_a_spreadsheet_writes_is_read_as_it_was(lines: list[list[str]], separator: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([["a", "b", "c"], *lines])
    from unicodedata import normalize

    wanted = [[normalize("NFC", cell).strip() for cell in line] + [""] * (3 - len(line)) for line in lines]
    assert [list(row.values()) for row in rows(out.getvalue())] == [line for line in wanted if any(line)]


@given(st.text(alphabet='a,;"\t\r\n é\0', max_size=40))
def test_any_text_is_read_or_told(text: str) -> None:
    report = Report()
    source = Source("a.csv", text)
    found = read_sheet(source, report)
    for line in found.lines:
        assert set(line.cells) == set(found.columns)
    assert all(0 <= each.span.start <= each.span.end <= len(text) for each in report.found)
