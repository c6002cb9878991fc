"""Names in use: the part of the walk over the trees that finds what expressions mention, with the scope they stand in.

It resolves a bare name as `compiler.lookup` does, by what is declared and where the name stands, and reports nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import fields

from compiler.context import Context
from compiler.names import Names
from compiler.scope import CONSTANT, Scope
from compiler.symbols import Site, Symbol, Symbols, only
from dsl import syntax
from dsl.syntax import Span


def meanings(names: Names, scope: Scope, name: str, owner: str = "") -> Iterator[Symbol]:
    """All that a bare name may stand for in a scope; `owner` is the score around."""
    if scope.place == "account" and name in names.account_scores:
        yield Symbol("account score", name)
        return
    if scope.variable == name:
        yield Symbol("variable", name, owner)
    if scope.event is not None and name in scope.event.typed:
        yield Symbol("property", name, scope.event.node.name.text)
    kind = names.shared.get(name, ("",))[0]
    if kind and {"attribute": scope.attributes, "tally": scope.tallies, "score": scope.scores}.get(kind, True):
        yield Symbol(kind, name)


class Mentions:
    """Collects the sites of names in `found`; `owner` is the score around, `variable` that of its family."""

    def __init__(self, ctx: Context) -> None:
        self.names = ctx.names
        self.sources = ctx.loaded.files
        self.library = ctx.loaded.library
        self.found = Symbols()
        self.owner = ""
        self.variable: str | None = None

    # --- sites ------------------------------------------------------------------------------------------------------

    def put(self, span: Span, symbol: Symbol, scope: Scope | None = None, quoted: bool = False) -> None:
        self.found.sites.append(Site(span, symbol, False, scope, quoted))

    def define(self, name: syntax.Name | syntax.Text, symbol: Symbol, node: syntax.Node) -> None:
        quoted = isinstance(name, syntax.Text) or self.is_quoted(name.span)
        self.found.sites.append(Site(name.span, symbol, True, None, quoted))
        self.found.nodes.setdefault(symbol, node)

    def is_quoted(self, span: Span) -> bool:
        source = self.sources.get(span.file)
        return source is not None and source.text[span.start : span.start + 1] == '"'

    def named(self, kind: str, name: syntax.Name, owner: str = "") -> None:
        """A name of one kind, where it is used; nothing if there is no such thing."""
        symbol = Symbol(kind, name.text, owner)
        if self.is_declared(symbol):
            self.put(name.span, symbol, quoted=self.is_quoted(name.span))

    def is_declared(self, symbol: Symbol) -> bool:
        names, name = self.names, symbol.name
        match symbol.kind:
            case "event":
                return name in names.events
            case "property":
                return symbol.owner in names.events and name in names.events[symbol.owner].properties
            case "stage":
                return name in names.stage_names
            case "trigger":
                return name in names.triggers
            case "account trigger":
                return name in names.account_triggers
            case "source":
                return name in names.sources
            case "band":
                return any(name == band.name.text for band in self.bands(symbol.owner))
            case _:
                return names.shared.get(name, ("",))[0] == symbol.kind

    def bands(self, score: str) -> Iterable[syntax.Band]:
        node = self.names.scores.get(score)
        members = () if node is None else node.members
        return [band for member in members if isinstance(member, syntax.Bands) for band in member.bands]

    # --- expressions ------------------------------------------------------------------------------------------------

    def maybe(self, scope: Scope, node: syntax.Expr | None) -> None:
        if node is not None:
            self.expr(scope, node)

    def inside(self, scope: Scope, node: syntax.Node) -> None:
        """What stands in a node: expressions; names are left to who knows their kind."""
        for child in _children(node):
            self.expr(scope, child)

    def expr(self, scope: Scope, node: syntax.Node) -> None:
        match node:
            case syntax.Ref(name=name):
                self.ref(scope, node, name)
            case syntax.Text():
                self.text(node)
            case syntax.Compare(left=left, right=right):
                self.compared(scope.within(node), left, [right], [left, right])
                self.options_of(scope, right, [left])
            case syntax.Between(operand=operand, low=low, high=high):
                self.compared(scope.within(node), operand, [low, high], [operand, low, high])
            case syntax.In(operand=operand, container=container):
                listed = list(container.items) if isinstance(container, syntax.ListOf) else []
                self.compared(scope.within(node), operand, listed, [operand, container])
            case syntax.Qualified(scope="event", name=name):
                if scope.event is not None:
                    self.named("property", name, scope.event.node.name.text)
            case syntax.Qualified(name=name):
                self.named("attribute", name)
            case syntax.Member():
                self.score_ref(node)
            case syntax.InBand(score=score, band=band):
                self.expr(scope, score)
                if isinstance(band, syntax.Name):
                    self.named("band", band, _score_of(score))
            case syntax.NotIncreased(score=score, duration=duration):
                self.expr(scope, score)
                self.expr(CONSTANT, duration)
            case syntax.StageFor(stage=stage, duration=duration):
                self.named("stage", stage)
                self.expr(CONSTANT, duration)
            case syntax.HasTag(tag=tag):
                self.put(tag.span, Symbol("tag", tag.value), quoted=True)
            case _:
                self.inside(scope, node)

    def ref(self, scope: Scope, node: syntax.Ref, name: str) -> None:
        found = list(meanings(self.names, scope, name, self.owner))
        if name == "ready" and scope.comparison is not None and scope.scores:
            scores = {_score_of(part) for part in _parts(scope.comparison)} & self.names.scores.keys()
            found += [Symbol("ready", "ready", each) for each in scores if len(scores) == 1 and self.has_ready(each)]
        symbol = only(found)
        if symbol is not None:
            self.put(node.span, symbol, scope)

    def has_ready(self, score: str) -> bool:
        return any(isinstance(member, syntax.ReadyAt) for member in self.names.scores[score].members)

    def compared(self, scope: Scope, one: syntax.Expr, others: list[syntax.Expr], parts: list[syntax.Expr]) -> None:
        """Stages beside `stage`, options beside a field that has them; else values."""
        if self.is_stage(scope, one):
            self.stages(others)
        elif len(others) == 1 and self.is_stage(scope, others[0]):
            self.stages([one])
        else:
            for part in parts:
                self.expr(scope, part)
            self.options_of(scope, one, others)

    def is_stage(self, scope: Scope, node: syntax.Expr) -> bool:
        """As `compiler.compare.is_stage`, which asks the checker's context."""
        if not isinstance(node, syntax.Ref) or node.name != "stage" or "stage" in self.names.shared:
            return False
        return scope.state and scope.place != "account" and self.names.stages is not None

    def stages(self, nodes: Iterable[syntax.Expr]) -> None:
        for node in nodes:
            match node:
                case syntax.Ref(name=name) | syntax.Text(value=name):
                    self.named("stage", syntax.Name(name, span=node.span))
                case _:
                    pass

    def options_of(self, scope: Scope, field: syntax.Expr, values: Iterable[syntax.Expr]) -> None:
        """The texts that a field with options is compared with."""
        match field:
            case syntax.Ref(name=name):
                symbol = only(meanings(self.names, scope, name, self.owner))
            case syntax.Qualified(scope="event", name=name) if scope.event is not None:
                symbol = Symbol("property", name.text, scope.event.node.name.text)
            case syntax.Qualified(scope="lead", name=name):
                symbol = Symbol("attribute", name.text)
            case _:
                return
        if symbol is None or symbol.kind not in ("property", "attribute"):
            return
        owner = symbol.owner or "lead"
        known = self.names.attributes if owner == "lead" else self.names.events[owner].properties
        for value in values:
            self.option(known.get(symbol.name), f"{owner}.{symbol.name}", value)

    def option(self, field: syntax.Field | None, owner: str, value: syntax.Expr) -> None:
        if field is None or not isinstance(value, syntax.Text):
            return
        if any(value.value == option.value for option in field.type.options):
            self.put(value.span, Symbol("option", value.value, owner), quoted=True)

    def score_ref(self, node: syntax.Expr | None) -> None:
        match node:
            case syntax.Ref(name=name):
                self.named("score", syntax.Name(name, span=node.span))
            case syntax.Member(family=family, member=member):
                self.named("score", family)
                self.put(member.span, Symbol("member", member.text, family.text), quoted=self.is_quoted(member.span))
            case _:
                pass

    def text(self, node: syntax.Text) -> None:
        """The places in a text where the variable of the family around it is filled in."""
        if self.variable is None or "{" not in node.value:
            return
        raw = self.sources[node.span.file].read(node.span)
        for hit in _BRACED.finditer(raw):
            if hit[1] is not None and unicodedata.normalize("NFC", hit[1]) == self.variable:
                start = node.span.start + hit.start(1)
                span = Span(node.span.file, start, start + len(hit[1]))
                self.put(span, Symbol("variable", self.variable, self.owner))


_BRACED = re.compile(r"\\u\{[^}]*\}|\\.|\{([^{}\\]*)\}")
"""Escapes, which are passed over, and what stands in braces."""


def _score_of(node: syntax.Expr) -> str:
    """The name of the score, or of its family."""
    match node:
        case syntax.Ref(name=name):
            return name
        case syntax.Member(family=family):
            return family.text
        case _:
            return ""


def _parts(node: syntax.Node) -> Iterator[syntax.Expr]:
    """All expressions within a node."""
    for child in _children(node):
        yield child
        yield from _parts(child)


_FIELDS: dict[type, tuple[str, ...]] = {}


def _children(node: syntax.Node) -> Iterator[syntax.Expr]:
    """The nodes right below a node, without its names."""
    kind = type(node)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(each.name for each in fields(node) if each.name != "span")
    for name in _FIELDS[kind]:
        value = getattr(node, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, syntax.Node) and not isinstance(each, syntax.Name | syntax.Note):
                yield each  # type: ignore[misc]  # a node that is no name is an expression, or holds some
