"""The index of names after an edit, made of the one before it.

An edit within a few declarations that leaves alone what is declared, and so what any name may mean elsewhere, changes
only the names in these declarations. Those are found anew; all others stand where they stood, or have moved along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from compiler.context import Context
from compiler.declared import symbols_in
from compiler.symbols import Site, Symbol, Symbols
from dsl import syntax
from dsl.reread import Reread
from dsl.source import Source
from dsl.syntax import Span

_Declared: TypeAlias = tuple[object, ...]
_OF_MANY = {"tag", "emitted"}
"""What each of its places declares anew."""


def resume(
    ctx: Context, symbols: Symbols, edits: Mapping[str, tuple[Source, Reread]]
) -> tuple[Context, Symbols] | None:
    """The context and the symbols after some files, by name, were edited; None if the edits change more than
    themselves. A node of the symbols that was not read again has the places of the text before."""
    for _, edit in edits.values():
        if _declared(edit.gone) != _declared(edit.come):
            return None
    files = {**ctx.loaded.files, **{name: source for name, (source, _) in edits.items()}}
    ctx = replace(ctx, loaded=replace(ctx.loaded, files=files))
    for name, (_, edit) in edits.items():
        after = _after(symbols, name, edit, symbols_in(ctx, edit.come, edit.score))
        if after is None:
            return None
        symbols = after
    symbols.settle()
    return ctx, symbols


def _after(symbols: Symbols, name: str, edit: Reread, come: Symbols) -> Symbols | None:
    """The symbols with those in `come` in place of what stood in the edit, not settled; None if something is declared
    both there and elsewhere."""
    kept: list[Site] = []
    gone: set[Symbol] = set()
    at: int | None = None
    for site in symbols.sites:
        span = site.span
        if span.file == name and span.start >= edit.low:
            at = len(kept) if at is None else at
            if span.start < edit.high:
                if site.defines:
                    gone.add(site.symbol)
                continue
            moved = Span(name, span.start + edit.shift, span.end + edit.shift)
            site = Site(moved, site.symbol, site.defines, site.scope, site.quoted)
        kept.append(site)
    changed = gone | come.nodes.keys()
    shared = {site.symbol for site in kept if site.defines and site.symbol in changed}
    if any(symbol.kind not in _OF_MANY for symbol in shared):
        return None
    nodes = {symbol: node for symbol, node in symbols.nodes.items() if symbol not in gone or symbol in shared}
    at = len(kept) if at is None else at
    return Symbols([*kept[:at], *come.sites, *kept[at:]], {**nodes, **come.nodes})


def _declared(nodes: Sequence[syntax.Item | syntax.ScoreMember]) -> list[_Declared]:
    """What the nodes declare that has a meaning elsewhere; of what may have one in other ways, that it is this very
    node."""
    found: list[_Declared] = []
    for node in nodes:
        match node:
            case syntax.Rule() | syntax.Group() | syntax.Range() | syntax.Note():
                pass
            case syntax.Degrade() | syntax.Expire() | syntax.Fade():
                pass
            case syntax.ReadyAt():
                found.append(("ready",))
            case syntax.Bands(bands=bands):
                found.append(("bands", *(band.name for band in bands)))
            case syntax.Score(name=name, family=family, members=members):
                found += [("score", name, family), *_declared(members)]
            case syntax.Stages(path=path, beside=beside):
                found.append(("stages", path, beside))
            case syntax.Model(name=name):
                found.append(("model", name))
            case syntax.Lead(fields=fields):
                found.append(("lead", *map(_field, fields)))
            case syntax.Event(name=name, fields=fields):
                found.append(("event", name, *map(_field, fields)))
            case syntax.Trigger(name=name) | syntax.Segment(name=name) | syntax.Outcome(name=name):
                found.append((type(node), name))
            case syntax.Tally(name=name) | syntax.Let(name=name):
                found.append((type(node), name))
            case syntax.Assertion(label=label) | syntax.Test(label=label, lines=None):
                found.append((type(node), label))
            case _:
                found.append((id(node),))
    return found


def _field(field: syntax.Field) -> _Declared:
    return field.name, field.type.options, field.type.kind
