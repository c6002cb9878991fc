"""Writes a sheet in one of its forms.

Texts of a rule file or of git are data wherever they land: no cell begins a formula in a program that opens CSV, those
of a workbook are marked as text, and a page has them escaped.
"""

from __future__ import annotations

import csv
import io
import json
import os
from contextlib import redirect_stdout
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cli.problem import Problem, reason
from cli.sheet.sheet import Sheet
from cli.sheet.text import all_notes, name_of, show
from cli.visible import visible

_NEEDS = {"xlsx": ("openpyxl", "workbooks are written by openpyxl"), "html": ("jinja2", "pages are laid out by Jinja2")}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_000
"""A cell of a workbook holds 32,767 characters."""


def check_writer(form: str) -> None:
    """Raises Problem if what writes this form is not installed: to be called before the work."""
    module, what = _NEEDS.get(form, ("json", ""))
    if find_spec(module) is None:
        raise Problem(f"{what}, which is missing", hint="pip install 'leadscore[insight]'")


def as_text(sheet: Sheet, form: str) -> str:
    """The sheet as text, CSV, JSON or HTML."""
    if form == "csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in _grid(sheet)])
        return out.getvalue()
    if form == "json":
        return json.dumps(_plain(sheet), ensure_ascii=False) + "\n"
    if form == "html":
        return _html(sheet)
    caught = io.StringIO()
    with redirect_stdout(caught):
        show(sheet)
    return caught.getvalue()


def harmless(text: str) -> str:
    """A cell that no program takes for a formula: an apostrophe stands before what would begin one."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else shown


def _grid(sheet: Sheet) -> list[list[str]]:
    """The sheet as rows of texts: heads, who and why of each version, a line for each row, its notes at the end."""
    gap = [""] * 4
    grid = [
        ["kind", "name", "of", "label", "looks at", *[each.title for each in sheet.columns], "notes"],
        ["", "", "", "", "commit", *[each.commit for each in sheet.columns], ""],
        ["", "", "", "", "who", *[each.who for each in sheet.columns], ""],
        [*gap, "what was written of it", *[each.subject for each in sheet.columns], ""],
    ]
    for row in sheet.rows:
        name = row.name + (f" (was {', '.join(row.was)})" if row.was else "")
        notes = "; ".join(_said(note.date, note.who, note.text) for note in row.notes)
        grid.append([row.kind, name, row.where, row.label, row.looks, *[cell.whole for cell in row.cells], notes])
    for note in sheet.notes:
        said = _said(note.date, note.who, note.text)
        grid.append(["model", sheet.model, "", sheet.label, "", *[""] * len(sheet.columns), said])
    return grid


def _said(date: str, who: str, text: str) -> str:
    return f"{date}{f' {who}' if who else ''}: {text}"


def _plain(sheet: Sheet) -> dict[str, Any]:
    return {
        "model": sheet.model,
        "file": sheet.file,
        "versions": [
            {
                "title": each.title, "date": each.date or None, "commit": each.commit or None, "who": each.who or None,
                "subject": each.subject or None, "tags": [*each.tags],
            }
            for each in sheet.columns
        ],
        "rows": [
            {
                "kind": row.kind, "name": row.name, "of": row.of or None, "others": row.others, "was": [*row.was],
                "label": row.label or None, "looks": row.looks or None,
                "cells": [
                    {"text": cell.text or None, "looks": cell.looks or None, "changed": cell.changed}
                    for cell in row.cells
                ],
                "notes": [_note(note.date, note.who, note.text) for note in row.notes],
            }
            for row in sheet.rows
        ],
        "notes": [_note(note.date, note.who, note.text) for note in sheet.notes],
        "passed": [
            {"date": date or None, "commit": commit, "who": who or None, "why": why}
            for date, commit, who, why in sheet.passed
        ],
        "folded": sheet.folded,
    }  # fmt: skip


def _note(date: str, who: str, text: str) -> dict[str, str | None]:
    return {"date": date, "who": who or None, "text": text}


# --- HTML -------------------------------------------------------------------------------------------------------------


def _html(sheet: Sheet) -> str:
    """One document that needs nothing beside itself."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and type(value) is str else value,
    )  # fmt: skip
    page = files("cli").joinpath("sheet", "history.html").read_text(encoding="utf-8")
    notes = [(of, note) for of, note in all_notes(sheet)]
    return environment.from_string(page).render(sheet=sheet, notes=notes, name_of=name_of)


# --- XLSX -------------------------------------------------------------------------------------------------------------


def write_workbook(sheet: Sheet, path: str) -> None:
    """A workbook with the sheet, the versions and the notes. Raises Problem."""
    from openpyxl import Workbook

    book = Workbook()
    main = book.active
    assert main is not None
    main.title = "Rules"
    changed = {
        (at, 6 + place) for at, row in enumerate(sheet.rows, 5) for place, cell in enumerate(row.cells) if cell.changed
    }
    _fill(main, _grid(sheet), 4, [10, 24, 16, 26, 44, *[30] * len(sheet.columns), 50], changed)
    main.freeze_panes = "C5"
    grid = [["note", "who", "of", "says"]]
    grid += [[note.date, note.who, of, note.text] for of, note in all_notes(sheet)]
    _fill(book.create_sheet("Notes"), grid, 1, [12, 24, 30, 90], set())
    if sheet.passed:
        grid = [["date", "commit", "who", "why it was passed over"], *[[*each] for each in sheet.passed]]
        _fill(book.create_sheet("Passed over"), grid, 1, [12, 12, 24, 90], set())
    out = io.BytesIO()
    book.save(out)
    target = Path(path).resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(out.getvalue())
            return
        draft.write_bytes(out.getvalue())
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Problem(f"{path} can't be written: {reason(error)}") from None


def _fill(page: Any, grid: list[list[str]], heads: int, widths: list[int], changed: set[tuple[int, int]]) -> None:
    """Write texts into a sheet of a workbook; `heads` are the lines of its head, `changed` cells (from 1) stand out."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    head, told = PatternFill("solid", fgColor="DCE8F4"), PatternFill("solid", fgColor="FDF3D6")
    for at, row in enumerate(grid, 1):
        for place, text in enumerate(row, 1):
            cell = page.cell(row=at, column=place)
            cell.value = visible(text)[:_LONGEST] or None
            if text:
                cell.data_type = "s"
                cell.quotePrefix = text.lstrip().startswith(_FORMULA)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if at <= heads:
                cell.fill, cell.font = head, Font(bold=at == 1)
            elif (at, place) in changed:
                cell.fill, cell.font = told, Font(bold=True)
    for place, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(place)].width = width
