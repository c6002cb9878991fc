"""From a name to where it is declared, and to all the places where it is used."""

from __future__ import annotations

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer
from cli.lsp.desk import Desk
from cli.lsp.outline import linked
from compiler.symbols import Site


def definition(desk: Desk, buffer: Buffer, params: lsp.DefinitionParams) -> list[lsp.Location]:
    """Where the name at a place is declared: of a tag or of what is emitted all triggers that do so; of the path of an
    import or a set the file."""
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


def references(desk: Desk, buffer: Buffer, params: lsp.ReferenceParams) -> list[lsp.Location]:
    """Where the name at a place stands, in all files of all models that share its declaration."""
    found = desk.found(buffer, params.position)
    if found is None:
        return []
    declared = params.context.include_declaration
    return _locations(desk, [(each, site) for each, site in desk.same(found) if declared or not site.defines])


def _locations(desk: Desk, sites: list[tuple[Analysis, Site]]) -> list[lsp.Location]:
    places = (desk.location(analysis, site.span) for analysis, site in sites)
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
