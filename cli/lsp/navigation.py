"""From a name to where it is declared, and to all the places where it is used."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer
from cli.lsp.desk import Desk
from cli.lsp.outline import linked
from compiler.sheets import header_of
from compiler.symbols import Site
from dsl import syntax
from dsl.cells import cells_in
from dsl.literals import nfc
from dsl.source import Source
from dsl.syntax import Span

_NAMED = re.compile(r"\{([^{}]*)\}")
"""A column in the label of a test."""


def definition(desk: Desk, buffer: Buffer, params: lsp.DefinitionParams) -> list[lsp.Location]:
    """Where the name at a place is declared: of a tag or of what is emitted all triggers that do so; of the path of an
    import or a set the file; of a column of a table its head."""
    if head := _head(desk, buffer, params.position):
        return head
    found = desk.found(buffer, params.position)
    if found is None:
        return _file(desk, buffer, params.position)
    return _locations(desk, [(analysis, site) for analysis, site in desk.same(found) if site.defines])


def _file(desk: Desk, buffer: Buffer, place: lsp.Position) -> list[lsp.Location]:
    start = lsp.Position(0, 0)
    return [
        lsp.Location(target, lsp.Range(start, start))
        for where, target in linked(desk, buffer)
        if where.start <= place <= where.end
    ]


def _head(desk: Desk, buffer: Buffer, place: lsp.Position) -> list[lsp.Location]:
    """The head of the column that a test names at a place, as ``line.NAME`` or in its label."""
    for analysis in desk.looks_at(buffer):
        name = desk.name_in(analysis, buffer)
        if name is None:
            continue
        offset = desk.before(analysis, name, buffer.text.offset(place.line, place.character))
        for test in analysis.trees[name].items:
            if isinstance(test, syntax.Test) and test.lines is not None and _holds(test.span, offset):
                wanted = _column(test, analysis.compilation.files[name], offset)
                table = os.path.normpath(Path(name).parent / test.lines.value)
                source = analysis.compilation.files.get(table)
                heads = [] if source is None else header_of(source)
                return _places(desk, analysis, [head.span for head in heads if head.text == wanted])
    return []


def _column(test: syntax.Test, source: Source, offset: int) -> str | None:
    """The column that a test names at a place."""
    for cell in cells_in(test):
        if _holds(cell.span, offset):
            return cell.column.text
    label = test.label.span
    for named in _NAMED.finditer(source.text, label.start, label.end):
        if named.start() <= offset <= named.end():
            return nfc(named[1].strip())
    return None


def _holds(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end


def references(desk: Desk, buffer: Buffer, params: lsp.ReferenceParams) -> list[lsp.Location]:
    """Where the name at a place stands, in all files of all models that share its declaration."""
    found = desk.found(buffer, params.position)
    if found is None:
        return []
    declared = params.context.include_declaration
    return _locations(desk, [(each, site) for each, site in desk.same(found) if declared or not site.defines])


def _locations(desk: Desk, sites: list[tuple[Analysis, Site]]) -> list[lsp.Location]:
    return [place for analysis, site in sites for place in _places(desk, analysis, [site.span])]


def _places(desk: Desk, analysis: Analysis, spans: list[Span]) -> list[lsp.Location]:
    places = (desk.location(analysis, span) for span in spans)
    return [each for each in places if each is not None]


def highlights(desk: Desk, buffer: Buffer, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
    """The same name in the same file."""
    found = desk.found(buffer, params.position)
    if found is None:
        return []
    name = desk.name_in(found.analysis, buffer)
    shown = []
    for site in found.analysis.symbols.uses.get(found.site.symbol, ()):
        where = desk.range_of(found.analysis, site.span) if site.span.file == name else None
        if where is not None:
            kind = lsp.DocumentHighlightKind.Write if site.defines else lsp.DocumentHighlightKind.Read
            shown.append(lsp.DocumentHighlight(where, kind))
    return shown
