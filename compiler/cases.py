"""Tests ``for each line of "cases.csv"``: one test for each line of the table, its cells put in place of ``line.…``
(`compiler.filling`), under a name of its own.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.context import Context
from compiler.errors import cases as errors
from compiler.filling import Filler
from compiler.sheets import Sheet, SheetLine, read_sheet
from dsl import syntax
from dsl.cells import cells_in
from dsl.source import Source
from dsl.syntax import NOWHERE, Span

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class CaseLine:
    """The line of the table that a test stands for: the file as diagnostics call it, and the line in it, from 1."""

    file: str
    line: int
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """A test without cells: the node, under the name that it goes by; the line of the table, if it stands for one; and
    how the cells that stood in it are written, by the places where they stood."""

    node: syntax.Test
    line: CaseLine | None = None
    written: dict[Span, str] = field(default_factory=dict)

    def read(self, source: Source, span: Span) -> str:
        """The text of a step, with the cells in their places."""
        parts, at = [], span.start
        for place in sorted((each for each in self.written if span.start <= each.start < span.end), key=_start):
            parts += [source.text[at : place.start], self.written[place]]
            at = place.end
        return "".join([*parts, source.text[at : span.end]])


def _start(span: Span) -> int:
    return span.start


def cases_of(ctx: Context, node: syntax.Test, sheets: dict[str, Sheet | None]) -> Iterator[Case]:
    """A test for each line of the table of `node`, whose `lines` are set; what is wrong is reported. `sheets` are the
    tables read so far, by their names."""
    assert node.lines is not None
    sheet = _sheet(ctx, node.lines, sheets)
    if sheet is None or (sheet.columns and not _names_columns(ctx, node, sheet)):
        return
    if not sheet.lines:
        ctx.report.add(errors.no_lines(node.lines.value, node.lines.span, bool(sheet.columns)))
        return
    names = [_named(node.label.value, line) for line in sheet.lines]
    often = Counter(names)
    known: dict[int, tuple[syntax.Cell, ...]] = {}
    for name, line in zip(names, sheet.lines, strict=True):
        alone = often[name] == 1 and name.strip() and name != node.label.value
        label = name if alone else f"{name} (line {line.number})".strip()
        filler = Filler(ctx, line, known)
        steps = tuple(step for each in node.steps if (step := filler.take(each)) is not None)
        if filler.readable:
            made = replace(node, label=syntax.Text(label, span=node.label.span), steps=steps)
            yield Case(made, CaseLine(sheet.name, line.number, line.span), filler.written)


def _named(label: str, line: SheetLine) -> str:
    return _PLACEHOLDER.sub(lambda found: line.cells[found[1].strip()].text, label)


def _sheet(ctx: Context, path: syntax.Text, sheets: dict[str, Sheet | None]) -> Sheet | None:
    shown = os.path.normpath(Path(path.span.file).parent / path.value)
    if shown in sheets:
        return sheets[shown]
    source = ctx.loaded.disk.read(ctx.loaded.folders[path.span.file] / path.value, shown)
    sheets[shown] = None
    if any(each.code == "E101" for each in source.problems):
        ctx.report.add(errors.unreadable(path.value, source.problems[0].message.rpartition(": ")[2], path.span))
        return None
    ctx.loaded.files[shown] = source
    before = len(ctx.report.found)
    ctx.report.extend(source.problems)
    sheet = read_sheet(source, ctx.report)
    sheets[shown] = sheet if len(ctx.report.found) == before else None
    return sheets[shown]


def _names_columns(ctx: Context, node: syntax.Test, sheet: Sheet) -> bool:
    """Whether all columns that a test names are there; those that are not are reported."""
    source = ctx.loaded.files[node.span.file]
    cells = [(cell.column.text, cell.column.span, source.read(cell.span)) for cell in cells_in(node)]
    missing = [(name, span, "brackets" if "[" in written else "dot") for name, span, written in cells]
    label = source.read(node.label.span)
    for found in _PLACEHOLDER.finditer(node.label.value):
        at = label.find(found[0])
        start = node.label.span.start + at
        span = node.label.span if at < 0 else Span(node.label.span.file, start + 1, start + len(found[0]) - 1)
        missing.append((found[1].strip(), span, "label"))
    unknown = {name: (span, place) for name, span, place in missing if name not in sheet.columns}
    for name, (span, place) in unknown.items():
        ctx.report.add(errors.unknown_column(name, sheet.name, span, sheet.columns, place))
    return not unknown
