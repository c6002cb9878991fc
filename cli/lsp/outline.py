"""What stands in a file: its declarations as a tree, the names of all models as a list, and the files it names.

The answers are plain dicts: a large file has thousands of parts, and making an object of each takes longer than all the
rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer, uri_of
from cli.lsp.desk import Desk, near, range_in
from compiler.load import shipped
from dsl import syntax
from dsl.syntax import Span

MOST = 1_000
"""So many names are found in a workspace at once."""
_KINDS = {
    "model": lsp.SymbolKind.Module,
    "attribute": lsp.SymbolKind.Field,
    "event": lsp.SymbolKind.Event,
    "property": lsp.SymbolKind.Property,
    "tally": lsp.SymbolKind.Number,
    "score": lsp.SymbolKind.Class,
    "let": lsp.SymbolKind.Constant,
    "set": lsp.SymbolKind.Array,
    "stage": lsp.SymbolKind.EnumMember,
    "trigger": lsp.SymbolKind.Function,
    "segment": lsp.SymbolKind.Struct,
    "outcome": lsp.SymbolKind.Event,
    "source": lsp.SymbolKind.Interface,
    "test": lsp.SymbolKind.Method,
    "assertion": lsp.SymbolKind.Method,
    "account score": lsp.SymbolKind.Number,
    "account trigger": lsp.SymbolKind.Function,
    "rule": lsp.SymbolKind.Method,
    "group": lsp.SymbolKind.Namespace,
    "band": lsp.SymbolKind.EnumMember,
    "lead": lsp.SymbolKind.Struct,
    "account": lsp.SymbolKind.Struct,
    "stages": lsp.SymbolKind.Enum,
}
Outline = dict[str, Any]


def outline(desk: Desk, buffer: Buffer) -> list[Outline]:
    """The declarations of a file with what stands in them."""
    looks = desk.looks_at(buffer)
    name = desk.name_in(looks[0], buffer) if looks else None
    if name is None:
        return []
    writer = _Writer(desk, looks[0], name)
    return [made for item in items_of(looks[0], name) for made in writer.item(item)]


def items_of(analysis: Analysis, name: str) -> list[syntax.Item]:
    """The declarations of one file of a look."""
    context = analysis.compilation.context
    assert context is not None
    if context.loaded.main.span.file == name:
        return list(context.loaded.main.items)
    return [item for item, _ in context.loaded.items if item.span.file == name]


class _Writer:
    def __init__(self, desk: Desk, analysis: Analysis, name: str) -> None:
        self.text = desk.text_of(analysis, name)
        self.changes = desk.changes(analysis, name)

    def now(self, span: Span) -> tuple[int, int]:
        return near(self.changes, span) if self.changes else (span.start, span.end)

    def entry(
        self, kind: str, name: syntax.Name | syntax.Text | str, node: syntax.Node, label: syntax.Text | None = None,
        children: Iterable[Outline] = (),
    ) -> Outline:  # fmt: skip
        """One part; of a word that is no name the beginning of the node is selected."""
        if isinstance(name, str):
            shown, span = name, Span(node.span.file, node.span.start, node.span.start + len(name))
        else:
            shown, span = (name.text if isinstance(name, syntax.Name) else name.value), name.span
        text = self.text
        start, end = self.now(node.span)
        first, last = self.now(span)
        made: Outline = {
            "name": shown or '""',
            "kind": _KINDS[kind].value,
            "range": _range(text.place(start), text.place(max(end, last))),
            "selectionRange": _range(text.place(max(first, start)), text.place(last)),
            "children": list(children),
        }
        if label is not None:
            made["detail"] = label.value
        return made

    def item(self, item: syntax.Item) -> Iterator[Outline]:
        match item:
            case syntax.Model(name=name, label=label):
                yield self.entry("model", name, item, label)
            case syntax.Let(name=name):
                yield self.entry("let", name, item)
            case syntax.SetOf(name=name):
                yield self.entry("set", name, item)
            case syntax.Lead(fields=fields):
                yield self.entry("lead", "lead", item, None, self.fields("attribute", fields))
            case syntax.Event(name=name, fields=fields):
                yield self.entry("event", name, item, None, self.fields("property", fields))
            case syntax.Score(name=name, label=label, members=members):
                yield self.entry("score", name, item, label, self.members(members))
            case syntax.Tally(name=name, label=label):
                yield self.entry("tally", name, item, label)
            case syntax.Stages(path=path, beside=beside):
                stages = [self.entry("stage", each, each) for each in (*path, *beside)]
                yield self.entry("stages", "stages", item, None, stages)
            case syntax.Trigger(name=name, label=label):
                yield self.entry("trigger", name, item, label)
            case syntax.Segment(name=name, label=label) | syntax.Outcome(name=name, label=label):
                yield self.entry("segment" if isinstance(item, syntax.Segment) else "outcome", name, item, label)
            case syntax.EventSource(name=name, label=label):
                yield self.entry("source", name, item, label)
            case syntax.Account(members=members):
                inner = [self.entry(_account_kind(each), each.name, each, each.label) for each in members]
                yield self.entry("account", "account", item, None, inner)
            case syntax.Test(label=label):
                yield self.entry("test", label, item)
            case syntax.Assertion(label=label):
                yield self.entry("assertion", label, item)
            case syntax.Import():
                pass

    def fields(self, kind: str, fields: Iterable[syntax.Field]) -> Iterator[Outline]:
        return (self.entry(kind, each.name, each) for each in fields)

    def members(self, members: Iterable[syntax.ScoreMember]) -> Iterator[Outline]:
        for member in members:
            match member:
                case syntax.Rule(name=name, label=label):
                    yield self.entry("rule", name, member, label)
                case syntax.Group(name=name, label=label, rules=rules):
                    yield self.entry("group", name, member, label, self.members(rules))
                case syntax.Bands(bands=bands):
                    for band in bands:
                        yield self.entry("band", band.name, band)
                case _:
                    pass


def _account_kind(node: syntax.AccountScore | syntax.Trigger) -> str:
    return "account trigger" if isinstance(node, syntax.Trigger) else "account score"


def _range(start: tuple[int, int], end: tuple[int, int]) -> Outline:
    return {
        "start": {"line": start[0], "character": start[1]},
        "end": {"line": end[0], "character": end[1]},
    }


def workspace_symbols(desk: Desk, query: str) -> list[Outline]:
    """The declared names of all models that hold the letters of `query` in that order, the nearest first."""
    wanted = query.casefold()
    found: dict[tuple[str, int], tuple[tuple[int, int, str], Outline]] = {}
    for analysis in desk.looks.values():
        for symbol in analysis.symbols.nodes:
            rank = _rank(wanted, symbol.name.casefold())
            site = analysis.symbols.definition(symbol) if rank is not None and symbol.kind in _KINDS else None
            if site is None or rank is None or (site.span.file, site.span.start) in found:
                continue
            place = desk.location(analysis, site.span)
            if place is not None:
                made = {"name": symbol.name, "kind": _KINDS[symbol.kind].value, "location": _plain(place)}
                if symbol.owner:
                    made["containerName"] = symbol.owner
                found[site.span.file, site.span.start] = (rank, len(symbol.name), symbol.name), made
    return [made for _, made in sorted(found.values(), key=lambda each: each[0])][:MOST]


def _rank(wanted: str, name: str) -> int | None:
    """0 the name itself, 1 its beginning, 2 a part of it, 3 its letters with others between them; None not at all."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if wanted in name:
        return 2
    letters = iter(name)
    return 3 if all(letter in letters for letter in wanted) else None


def _plain(place: lsp.Location) -> Outline:
    start, end = place.range.start, place.range.end
    return {"uri": place.uri, "range": _range((start.line, start.character), (end.line, end.character))}


# --- files that a file names ----------------------------------------------------------------------------------------


def links(desk: Desk, buffer: Buffer) -> list[lsp.DocumentLink]:
    """The paths in a file that lead to another one."""
    return [lsp.DocumentLink(where, target) for where, target in linked(desk, buffer)]


def linked(desk: Desk, buffer: Buffer) -> Iterator[tuple[lsp.Range, str]]:
    """The inside of each such text, and the URI of the file, if there is one."""
    looks = desk.looks_at(buffer)
    name = desk.name_in(looks[0], buffer) if looks else None
    if name is None:
        return
    for item in items_of(looks[0], name):
        path = _path(item)
        if path is None or "\0" in path.value:
            continue
        target = Path(name).parent / path.value
        if isinstance(item, syntax.Import) and not target.exists():
            target = shipped(path.value) or target
        now = desk.span_now(looks[0], path.span)
        if now is not None and target.is_file():
            where = range_in(desk.text_of(looks[0], name), now[0] + 1, now[1] - 1)
            yield where, uri_of(str(target.resolve()))


def _path(item: syntax.Item) -> syntax.Text | None:
    match item:
        case syntax.Import(path=path) | syntax.SetOf(path=path):
            return path
        case syntax.Test(lines=lines):
            return lines
        case _:
            return None
