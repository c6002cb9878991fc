"""Wording: the tables of tests that stand for each line of one."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess, meant
from dsl.diagnostics import Diagnostic, Label, error
from dsl.syntax import Span


def unreadable(path: str, reason: str, span: Span) -> Diagnostic:
    return error(
        "E330",
        f"the table `{path}` can't be read: {reason}",
        span,
        help="the path is relative to the file that it stands in; the table is a CSV file in UTF-8",
    )


def unknown_column(name: str, path: str, span: Span, columns: Iterable[str], place: str) -> Diagnostic:
    """`place` is "dot" for ``line.NAME``, "brackets" for ``line["NAME"]``, "label" for ``{NAME}``."""
    known = list(columns)
    fitting = [each for each in known if place == "brackets" or (place == "dot" and each.isidentifier())]
    return error(
        "E331",
        f"`{path}` has no column `{name}`",
        span,
        help=guess(name, known, "columns"),
        fixes=meant(name, fitting, span),
    )


def same_column(path: str, name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E332",
        f"`{path}` has two columns named `{name}`",
        span,
        (Label(first, "first here"),),
        help="give each column a name of its own",
    )


def column_without_name(number: int, text: str, span: Span, header: Span) -> Diagnostic:
    return error(
        "E333",
        f"`{_short(text)}` stands in column {number}, which has no name",
        span,
        (Label(header, "its name is missing here"),),
        help="name the column in the first line, or clear it",
    )


def too_many_cells(cells: int, columns: int, span: Span) -> Diagnostic:
    return error(
        "E334",
        f"the line has {cells} cells, and the table has {columns} columns",
        span,
        help="a cell that holds the separator or a line break stands in quotes",
    )


def open_quote(span: Span) -> Diagnostic:
    return error("E335", "this quote has no end", span, help='close it; a `"` within a cell is written `""`')


def text_behind_quote(span: Span) -> Diagnostic:
    return error("E336", "text stands behind the quotes of a cell", span, help='a `"` within quotes is written `""`')


def no_lines(path: str, span: Span, header: bool) -> Diagnostic:
    """`header` says whether there is at least that; without it the table is empty."""
    what, advice = "has no line below its header", "write a case into it, a line for each"
    if not header:
        what, advice = "is empty", "name its columns in the first line, and write a case into each line below it"
    return error("E337", f"`{path}` {what}, so the test never runs", span, help=advice)


def bad_cell(text: str, wanted: str, advice: str | None, span: Span, use: Span, what: str) -> Diagnostic:
    """`use` is where the cell is used, `what` what it is used for there."""
    return error("E338", f"`{_short(text)}` is not {wanted}", span, (Label(use, f"used here as {what}"),), help=advice)


def empty_cell(what: str, span: Span, use: Span) -> Diagnostic:
    return error(
        "E339", f"the cell is empty, and {what} is needed", span, (Label(use, "used here"),), help="fill the cell in"
    )


def nothing_to_read_as(span: Span) -> Diagnostic:
    return error(
        "E340",
        "nothing here says what the cell is to be read as",
        span,
        help="compare it with a score, a field or `stage`, on the other side of `=`",
    )


def too_many_lines(path: str, limit: int, span: Span) -> Diagnostic:
    return error("E341", f"`{path}` has more than {limit:,} lines", span, help="leave some out, or make two tables")


def _short(text: str) -> str:
    line = text.splitlines()[0] if text else ""
    return line if line == text and len(line) <= 40 else line[:40] + "…"
