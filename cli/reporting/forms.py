"""A report as text, CSV and JSON.

Text is for reading: shares in percent, spans in the unit that says most, `*` behind a period that is not over. CSV is
for spreadsheets: one table a file, spans in days, shares as fractions, and no cell that a spreadsheet would take for a
formula. JSON is for programs: everything, spans in microseconds, points in points.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

from cli.listing import print_table
from cli.visible import visible
from insight.reports.tables import Column, Report, Table, Value
from runtime.times import DAY, HOUR, MINUTE, write_instant
from runtime.values import write_points

_DIGITS = 12
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell must not begin with: spreadsheets would work it out. (The last ones are the wide forms.)"""


def print_text(report: Report, only: str | None = None) -> None:
    """Write a report to standard output, or one table of it."""
    facts = ", ".join(f"{name} {value}" if name != "model" else value for name, value in report.facts.items())
    print(visible(f"{report.title}: {facts}"))
    for table in report.tables:
        if only is not None and table.name != only:
            continue
        print()
        print(visible(table.title))
        if table.rows:
            right = frozenset(column.name for column in table.columns if column.kind != "text")
            rows = [[_said(value, column) for value, column in _cells(table, row)] for row in table.rows]
            print_table([column.name for column in table.columns], rows, right, paragraphs=True)
        else:
            print(f"  {visible(table.empty)}")
        for note in table.notes if table.rows else ():
            print(visible(f"  {note}"))
    if report.remarks:
        print()
    for remark in report.remarks:
        print(visible(remark))


def _cells(table: Table, row: Any) -> Iterator[tuple[Value, Column]]:
    return zip(row, table.columns, strict=True)


def said(value: Value, column: Column) -> str:
    """A value as people read it; nothing for what is not known."""
    return _said(value, column)


def _said(value: Value, column: Column) -> str:
    if value is None:
        return ""
    match column.kind, value:
        case "count", int():
            return f"{value:,}"
        case "share", int() | float():
            return percent(value)
        case "span", int():
            return about(value)
        case "points", int():
            return write_points(value)
        case "number", int() | float() | Decimal():
            return f"{value:,.1f}"
        case "money", int() | float() | Decimal():
            return f"{value:,.2f}"
        case "time", int():
            return write_instant(value)
        case _:
            return str(value)


def percent(part: float) -> str:
    return f"{part:.0%}" if part in (0, 1) else f"{part:.1%}"


def about(micros: int) -> str:
    """A span in one unit that says enough: ``3.5 days``."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1_000_000, "second")):
        if abs(micros) >= unit:
            count = round(micros / unit, 1)
            return f"{count:g} {name}" + ("" if count == 1 else "s")
    return "0"


# --- for spreadsheets -------------------------------------------------------------------------------------------------


def as_csv(table: Table) -> str:
    """One table, with a header; lines end with CR LF as RFC 4180 has it."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(_headed(column)) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(value, column) for value, column in _cells(table, row)])
    return out.getvalue()


def _headed(column: Column) -> str:
    return f"{column.name} (days)" if column.kind == "span" else column.name


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that looks like it gets an apostrophe in front."""
    text = visible(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cell(value: Value, column: Column) -> str:
    if value is None:
        return ""
    match column.kind, value:
        case "span", int():
            return f"{value / DAY:.6f}".rstrip("0").rstrip(".")
        case "points", int():
            return write_points(value)
        case "time", int():
            return write_instant(value)
        case _, float():
            return repr(_rounded(value))
        case _, int() | Decimal():
            return str(value)
        case _:
            return harmless(str(value))


# --- for programs -----------------------------------------------------------------------------------------------------


def as_json(report: Report) -> str:
    """The whole report as one JSON object; `tables` are by name, each a list of objects."""
    tables = {
        table.name: [{column.name: _plain(value, column) for value, column in _cells(table, row)} for row in table.rows]
        for table in report.tables
    }
    kinds = {table.name: {column.name: column.kind for column in table.columns} for table in report.tables}
    whole = {"report": report.name, **report.facts, "tables": tables, "kinds": kinds, "remarks": report.remarks}
    return json.dumps(whole, ensure_ascii=False)


def _plain(value: Value, column: Column) -> Any:
    match column.kind, value:
        case "points", int():
            return value / 1000 if value % 1000 else value // 1000
        case "time", int():
            return write_instant(value)
        case _, float():
            return _rounded(value)
        case _, Decimal():
            return float(value)
        case _:
            return value


def _rounded(value: float) -> float | int:
    """Further digits are noise of binary arithmetic."""
    value = float(f"{value:.{_DIGITS}g}")
    return int(value) if value.is_integer() else value
