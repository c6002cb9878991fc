"""Reading the table of a test ``for each line of "cases.csv"``: CSV as RFC 4180 has it and as spreadsheets write it.

Cells are separated by commas, semicolons or tabs, whichever the first line has most of, or by the character that a line
``sep=;`` above the header declares, as Excel writes it. Every cell keeps its place in the file, so that whatever is
found wrong with it later is told there. Lines without any content are passed over, and cells that are missing at the
end of a line are empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.errors import cases as errors
from compiler.report import Report
from dsl.literals import nfc
from dsl.source import Source
from dsl.syntax import Span

MAX_LINES = 100_000
"""Lines of a table beyond its header."""
_SEPARATORS = ",;\t"
_DECLARED = re.compile(r'sep=([^\w\s"]|\t)(?:\r\n?|\n|\Z)', re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"]|"")*)("?)')
_SPACES = re.compile(r" *")
_HEADER = re.compile(r'(?:"(?:[^"]|"")*"|[^"\r\n])*')
_NEW_LINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What a cell says, in NFC and without the spaces around it, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class SheetLine:
    """The cells of a line by their columns; `number` is that of the line in the file, from 1."""

    number: int
    cells: dict[str, SheetCell]
    span: Span


@dataclass(frozen=True, slots=True)
class Sheet:
    """`name` is the file as diagnostics call it, `columns` are those with a name."""

    name: str
    columns: tuple[str, ...]
    lines: tuple[SheetLine, ...]


def read_sheet(source: Source, report: Report) -> Sheet:
    """The table in a file. What is wrong with it is reported; it is not to be used then."""
    reader = _Reader(source, report)
    rows = reader.rows()
    header = next(rows, [])
    columns: dict[int, str] = {}
    first: dict[str, Span] = {}
    for at, cell in enumerate(header):
        if cell.text in first:
            report.add(errors.same_column(source.name, cell.text, cell.span, first[cell.text]))
        elif cell.text:
            first[cell.text] = cell.span
            columns[at] = cell.text
    lines: list[SheetLine] = []
    for row in rows:
        if len(lines) == MAX_LINES:
            report.add(errors.too_many_lines(source.name, MAX_LINES, row[0].span))
            break
        line = reader.line(row, header, columns)
        if line is not None:
            lines.append(line)
    return Sheet(source.name, tuple(columns.values()), tuple(lines))


def header_of(source: Source) -> list[SheetCell]:
    """The cells of the first line of the table in a file, whatever is wrong with the rest."""
    return next(_Reader(source, Report()).rows(), [])


def _most_of(text: str) -> str:
    """The separator that the first line has most of outside of quotes."""
    start = _HEADER.match(text)
    outside = re.sub(r'"(?:[^"]|"")*"', "", start[0] if start else "")
    return max(_SEPARATORS, key=outside.count)


class _Reader:
    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report
        self.unnamed: set[int] = set()
        declared = _DECLARED.match(source.text)
        self.begin = declared.end() if declared else 0
        self.separator = declared[1] if declared else _most_of(source.text)
        self.plain = re.compile(rf"[^{re.escape(self.separator)}\r\n]*")

    def line(self, row: list[SheetCell], header: list[SheetCell], columns: dict[int, str]) -> SheetLine | None:
        """A line by its columns; None, once reported, if it has more cells than the header."""
        end = Span(row[-1].span.file, row[-1].span.end, row[-1].span.end)
        for at, cell in enumerate(row):
            if not cell.text or at in columns:
                continue
            if at >= len(header):
                self.report.add(errors.too_many_cells(len(row), len(header), cell.span))
                return None
            if not header[at].text and at not in self.unnamed:
                self.unnamed.add(at)
                self.report.add(errors.column_without_name(at + 1, cell.text, cell.span, header[at].span))
        found = {name: row[at] if at < len(row) else SheetCell("", end) for at, name in columns.items()}
        start = row[0].span.start
        return SheetLine(self.source.position(start)[0], found, Span(end.file, start, end.end))

    def rows(self) -> Iterator[list[SheetCell]]:
        """The cells of each line that has any content."""
        text, at = self.source.text, self.begin
        while at < len(text):
            row: list[SheetCell] = []
            ended = False
            while not ended:
                cell, at = self.cell(at)
                row.append(cell)
                ended = at >= len(text) or text[at] != self.separator
                at += not ended
            if new_line := _NEW_LINE.match(text, at):
                at = new_line.end()
            if any(cell.text for cell in row):
                yield row

    def cell(self, at: int) -> tuple[SheetCell, int]:
        """The cell that begins at `at`, and where it ends: at a separator, a line break or the end of the file."""
        text, name = self.source.text, self.source.name
        spaces = _SPACES.match(text, at)
        start = spaces.end() if spaces else at
        quoted = _QUOTED.match(text, start)
        if quoted is None:
            found = self.plain.match(text, start)
            end = found.end() if found else start
            inside = text[start:end].strip()
            return SheetCell(nfc(inside), Span(name, start, start + len(inside))), end
        span = Span(name, start, quoted.end())
        if not quoted[2]:
            self.report.add(errors.open_quote(Span(name, start, start + 1)))
            return SheetCell("", span), len(text)
        rest = self.plain.match(text, quoted.end())
        end = rest.end() if rest else quoted.end()
        if text[quoted.end() : end].strip():
            self.report.add(errors.text_behind_quote(Span(name, quoted.end(), end)))
        return SheetCell(nfc(quoted[1].replace('""', '"').strip()), span), end
