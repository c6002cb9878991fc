"""Giving something another name, in all files of all models that know it.

What a name change must not do is change what the model says. So a name that is taken, that is a word of the language
or that would mean two things somewhere is refused, and so is a change while a file can't be read to its end. What
arrives in JSON keeps its name there: the declaration of an event, property or attribute gets an `as "…"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer
from cli.lsp.desk import Desk, Found
from cli.lsp.protocol import Refusal
from compiler.mentions import meanings
from compiler.names import Names
from compiler.scope import Scope
from compiler.symbols import Site, Symbol
from dsl import syntax
from dsl.literals import nfc
from dsl.spelling import name_or_text, quoted
from dsl.syntax import Span
from dsl.words import KEYWORDS

DATA = {
    "member": "the text of a member is what events carry",
    "option": "this text is what events carry",
    "ready": "`ready` is a word of the language",
}
"""What has no other name, and why."""
_TEXTS = {"tag", "emitted", "test", "assertion"}
_EITHER = {"stage", "band"}
_SHARED = {"attribute", "tally", "score", "let", "set"}


def prepare(desk: Desk, buffer: Buffer, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
    """The name at a place and where it stands, None where no name is. Raises Refusal."""
    found = desk.found(buffer, params.position)
    if found is None:
        return None
    _check_kind(found.site.symbol)
    where = desk.range_of(found.analysis, found.site.span)
    return None if where is None else lsp.PrepareRenamePlaceholder(where, found.site.symbol.name)


def rename(desk: Desk, buffer: Buffer, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
    """The edits that rename what stands at a place. Raises Refusal."""
    found = desk.found(buffer, params.position)
    if found is None:
        raise Refusal("there is no name here")
    symbol, name = found.site.symbol, nfc(params.new_name)
    _check_kind(symbol)
    sites = list(desk.same(found))
    if name == symbol.name:
        return lsp.WorkspaceEdit(changes={})
    _check_name(symbol, name)
    for analysis in {id(each): each for each, _ in sites}.values():
        _check_files(desk, analysis)
        _check_free(analysis, symbol, name)
    changes: dict[str, list[lsp.TextEdit]] = {}
    for span, text, analysis in _edits(found, sites, name):
        place = desk.location(analysis, span)
        if place is None:
            raise Refusal("the file has just been changed: try again")
        changes.setdefault(place.uri, []).append(lsp.TextEdit(place.range, text))
    return lsp.WorkspaceEdit(changes=changes)


def _edits(found: Found, sites: list[tuple[Analysis, Site]], name: str) -> Iterator[tuple[Span, str, Analysis]]:
    kind = found.site.symbol.kind
    for analysis, site in sites:
        if kind in _TEXTS or (kind in _EITHER and (site.quoted or name in KEYWORDS)):
            yield site.span, quoted(name), analysis
        else:
            yield site.span, name_or_text(name) if kind in _EITHER else name, analysis
    kept = _kept(found)
    if kept is not None:
        yield (*kept, found.analysis)


def _kept(found: Found) -> tuple[Span, str] | None:
    """What is put behind a declaration so that events keep the name that they have in JSON."""
    symbol, symbols = found.site.symbol, found.analysis.symbols
    match symbols.nodes.get(symbol):
        case syntax.Event(name=name, spelling=None):
            after = name.span
        case syntax.Field(name=name, type=type, spelling=None, computed=False):
            after = type.span
        case _:
            return None
    declared = symbols.definition(symbol)
    if declared is None or symbol.kind not in ("event", "property", "attribute"):
        return None
    end = declared.span.end + after.end - name.span.end  # the node may have been read before what is above was changed
    return Span(declared.span.file, end, end), f" as {quoted(name.text)}"


# --- what is refused ------------------------------------------------------------------------------------------------


def _check_kind(symbol: Symbol) -> None:
    if symbol.kind in DATA:
        raise Refusal(f"{DATA[symbol.kind]}: it can't be renamed")


def _check_name(symbol: Symbol, name: str) -> None:
    if symbol.kind in _TEXTS or symbol.kind in _EITHER:
        if not name:
            raise Refusal("a text must not be empty")
        return
    if not name.isidentifier():
        raise Refusal(f"`{name}` is no name: a name is a word of letters, digits and `_`, and begins with no digit")
    if name in KEYWORDS or name in ("stage", "null"):
        raise Refusal(f"`{name}` is a word of the language: choose another name")


def _check_files(desk: Desk, analysis: Analysis) -> None:
    for name in sorted(analysis.broken):
        raise Refusal(f"{name} has mistakes that hide a part of it: mend them first")


def _check_free(analysis: Analysis, symbol: Symbol, name: str) -> None:
    context = analysis.compilation.context
    assert context is not None
    names = context.names
    declared = analysis.symbols.definition(symbol)
    if declared is not None and declared.span.file in context.loaded.library:
        raise Refusal(f"`{symbol.name}` comes with leadscore: it can't be renamed")
    if _is_taken(analysis, names, symbol, name):
        raise Refusal(f"`{name}` is declared already")
    for site in analysis.symbols.uses.get(symbol, ()):
        if site.scope is not None and any(meanings(names, site.scope, name, symbol.owner)):
            raise Refusal(f"`{name}` would mean two things in {_where(analysis, site.span)}")
    for site in analysis.symbols.sites:
        if site.scope is not None and site.symbol.name == name and _is_seen(symbol, site.scope):
            raise Refusal(f"`{name}` would mean two things in {_where(analysis, site.span)}")


def _where(analysis: Analysis, span: Span) -> str:
    return f"line {analysis.compilation.files[span.file].position(span.start)[0]} of {span.file}"


def _is_taken(analysis: Analysis, names: Names, symbol: Symbol, name: str) -> bool:
    if symbol.kind in _SHARED:
        return name in names.shared
    if symbol.kind in ("tag", "emitted"):
        return any(each.kind == symbol.kind and each.name == name for each in analysis.symbols.uses)
    return Symbol(symbol.kind, name, symbol.owner) in analysis.symbols.nodes


def _is_seen(symbol: Symbol, scope: Scope) -> bool:
    """Whether the symbol may be named where a bare name stands."""
    match symbol.kind:
        case "attribute":
            return scope.attributes
        case "tally":
            return scope.tallies
        case "score":
            return scope.scores
        case "let" | "set":
            return True
        case "property":
            return scope.event is not None and scope.event.node.name.text == symbol.owner
        case "variable":
            return scope.variable == symbol.name
        case "account score":
            return scope.place == "account"
        case _:
            return False
