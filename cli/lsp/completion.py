"""What may be typed at a place: words of the language as the grammar has them, and names of the kind that fits.

The place is that in the text as it is now, however broken; names come from the latest look.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from lsprotocol import types as lsp

from cli.lsp import wanted
from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer, real_path
from cli.lsp.describe import described
from cli.lsp.desk import Desk
from cli.lsp.items import KINDS, Item, Items
from cli.lsp.lexemes import Lexemes
from cli.lsp.wanted import Where
from compiler.load import LIBRARY, OURS
from compiler.names import Names
from compiler.report import Report
from compiler.scope import Scope
from compiler.sheets import read_sheet
from compiler.symbols import Symbol
from dsl.cursor import cursor_at
from dsl.parse import table
from dsl.source import read_source
from dsl.spelling import name_or_text, quoted
from dsl.syntax import ReadyAt, Score
from dsl.words import KEYWORDS

_UNITS = {"MINUTE", "HOUR", "DAY", "WEEK"}
_AS_NAMES = {"THE", "FIRED", "EMITTED", "EVENT", "LEAD", "LINE", "IDLE", "HAS", "MIN", "MAX", "NOT", "TRUE", "FALSE"}
"""Words that an expression takes, some of them for names only."""
_WORDS = {kind: word for word, kind in KEYWORDS.items()}


def complete(desk: Desk, lexemes: Lexemes, buffer: Buffer, place: lsp.Position, snippets: bool) -> list[Item]:
    """The items for a place; each says what it replaces."""
    offset = buffer.text.offset(place.line, place.character)
    line_start = buffer.text.starts[min(place.line, len(buffer.text.starts) - 1)]
    line = buffer.text.text[line_start:offset]
    opening = _open_text(line)
    if opening is None:
        return []
    analysis, names = _known(desk, buffer)
    begin = line_start + opening if opening >= 0 else offset - _word(line)
    where = Where(cursor_at(lexemes.before(buffer.text, begin), table()), names)
    maker = _Maker(desk, buffer, analysis, begin, offset, snippets)
    if opening >= 0:
        maker.begin += 1
        return list(maker.in_text(where))
    return list(maker.words(where))


def _open_text(line: str) -> int | None:
    """Where in a line a text begins that is not closed; -1 if none does, None within a comment."""
    opening, at = -1, 0
    while at < len(line):
        char = line[at]
        if opening >= 0 and char == "\\":
            at += 1
        elif char == '"':
            opening = at if opening < 0 else -1
        elif char == "#" and opening < 0:
            return None
        at += 1
    return opening


def _word(line: str) -> int:
    """The length of the word that a line ends with."""
    size = 0
    while size < len(line) and (line[-1 - size].isalnum() or line[-1 - size] == "_" or _is_mark(line[-1 - size])):
        size += 1
    return size


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc")


def _known(desk: Desk, buffer: Buffer) -> tuple[Analysis | None, Names]:
    """The latest look at the file and the names there are."""
    looks = desk.looks_at(buffer)
    good = desk.good.get(real_path(buffer.name))
    contexts = [each.compilation.context for each in [*looks[:1], *([good] if good is not None else [])]]
    names = Names()
    for context in contexts:
        assert context is not None
        names = wanted.without(names, context.names)
    return (looks[0] if looks else good), names


class _Maker(Items):
    # --- outside of texts -------------------------------------------------------------------------------------------

    def words(self, where: Where) -> Iterator[Item]:
        expected = where.cursor.expected
        if (where.kind(1), where.kind(0)) == ("LINE", "DOT"):
            yield from self.columns(where.lines())
            return
        named = wanted.symbols_wanted(where)
        if named is not None:
            for symbol in named:
                yield self.symbol(symbol, _named(symbol))
            if where.kind(0) == "IS":
                yield from self.keywords(where, expected & {"PRESENT", "MISSING", "AT"})
            return
        if "STEP" in expected:
            yield from self.steps(where)
        if "LABEL" in expected:
            for symbol in wanted.values_given(where):
                yield self.symbol(symbol, f"{symbol.name}: $0")
        scope = wanted.scope_at(where) if "NAME" in expected and "A_NUMBER" in expected else None
        yield from self.options(where, in_text=False)
        if scope is not None:
            for symbol in wanted.symbols_in(where.names, scope, where.score()):
                yield self.symbol(symbol)
            yield from self.special(where, scope)
        elif "NAME" in expected and expected & {"A_NUMBER"} | expected & _UNITS:
            yield from (self.symbol(Symbol("let", name)) for name in where.names.lets)
        yield from self.keywords(where, _fitting(expected, scope))
        if where.kind(0) == "NOTE" and "A_DATE" in expected:
            yield self.item(f"{datetime.now(UTC):%Y-%m-%d}", lsp.CompletionItemKind.Constant, None, "today")

    def steps(self, where: Where) -> Iterator[Item]:
        for name in where.names.events:
            yield self.symbol(Symbol("event", name), f"{name} {{ $0 }}")
        yield self.item("lead", lsp.CompletionItemKind.Keyword, "lead { $0 }", "attributes of the lead")

    def special(self, where: Where, scope: Scope) -> Iterator[Item]:
        """Words that are no keywords and mean something here."""
        word = lsp.CompletionItemKind.Variable
        if scope.state and scope.place != "account" and where.names.stages is not None:
            yield self.item("stage", word, None, "the stage of the lead")
        if (
            scope.scores
            and scope.place in ("trigger", "computed")
            and any(map(_has_ready, where.names.scores.values()))
        ):
            yield self.item("ready", word, None, "the line of the score beside it")
        if scope.time:
            yield self.item("time", word, None, "the instant of the firing")

    def keywords(self, where: Where, kinds: Iterable[str]) -> Iterator[Item]:
        number = where.cursor.tokens[-1].value if where.kind(0) == "A_NUMBER" else None
        for kind in sorted(kinds):
            if (kind in _UNITS and number != 1) or (
                number == 1 and kind.removesuffix("S") in _UNITS and kind[-1] == "S"
            ):
                continue
            if kind == "LINE" and where.lines() is None:
                continue
            phrase = _WORDS[kind] if kind.removesuffix("S") in _UNITS else where.cursor.phrase(kind)
            text = f"{phrase}.$0" if kind in ("EVENT", "LEAD", "LINE") and where.cursor.blocks else phrase
            if kind in ("MIN", "MAX"):
                text = f"{phrase}($0)"
            yield self.item(phrase, lsp.CompletionItemKind.Keyword, text)

    def options(self, where: Where, in_text: bool) -> Iterator[Item]:
        field = wanted.field_wanted(where)
        if field is not None:
            owner, node = field
            for option in node.type.options:
                symbol = Symbol("option", option.value, f"{owner}.{node.name.text}")
                spelled = quoted(option.value)
                made = self.symbol(symbol, spelled[1:-1] if in_text else spelled)
                made["filterText"] = option.value if in_text else spelled
                yield made
            if node.type.kind == "boolean" and not in_text:
                for word in ("true", "false"):
                    yield self.item(word, lsp.CompletionItemKind.Keyword)

    # --- within texts -----------------------------------------------------------------------------------------------

    def in_text(self, where: Where) -> Iterator[Item]:
        """What a text that is being written may be."""
        match where.kind(0), where.kind(1):
            case ("TAG" | "UNTAG", _):
                yield from self.texts("tag")
            case ("EMIT" | "EMITTED", _):
                yield from self.texts("emitted")
            case ("IMPORT", _):
                yield from self.shipped()
                yield from self.files({".score"})
            case ("FROM", "NAME") if not where.cursor.blocks:
                yield from self.files({".txt", ".csv", ""})
            case ("OF", "LINE"):
                yield from self.files({".csv", ".tsv", ".txt"})
            case _:
                for symbol in wanted.symbols_wanted(where) or ():
                    if symbol.kind in ("stage", "band", "member"):
                        yield self.symbol(symbol, quoted(symbol.name)[1:-1])
                yield from self.options(where, in_text=True)

    def columns(self, path: str | None) -> Iterator[Item]:
        """The columns of the table that a test is read from."""
        if path is not None and "\0" not in path:
            sheet = read_sheet(read_source(Path(self.buffer.name).parent / path), Report())
            for name in sheet.columns:
                yield self.item(name, lsp.CompletionItemKind.Field)

    def texts(self, kind: str) -> Iterator[Item]:
        found = [] if self.analysis is None else [each for each in self.analysis.symbols.uses if each.kind == kind]
        for symbol in sorted(found, key=lambda each: each.name):
            yield self.symbol(symbol, quoted(symbol.name)[1:-1])

    def shipped(self) -> Iterator[Item]:
        """The files that come with leadscore, once their folder has been begun."""
        written = self.buffer.text.text[self.begin : self.end]
        if written and (OURS.startswith(written) or written.startswith(OURS)):
            for path in sorted(LIBRARY.glob("*.score")):
                yield self.item(OURS + path.stem, lsp.CompletionItemKind.File, None, "comes with leadscore")

    def files(self, endings: set[str]) -> Iterator[Item]:
        """The files and folders that go on what is written of a path, seen from the folder of the file."""
        written = self.buffer.text.text[self.begin : self.end]
        folder = Path(self.buffer.name).parent / written.rpartition("/")[0]
        self.begin += written.rfind("/") + 1
        if "\0" in written or not folder.is_dir():
            return
        for path in sorted(folder.iterdir(), key=lambda each: each.name)[:500]:
            if path.name.startswith(".") or os.path.realpath(path) == os.path.realpath(self.buffer.name):
                continue
            if path.is_dir():
                yield self.item(path.name, lsp.CompletionItemKind.Folder, f"{path.name}/")
            elif path.suffix in endings:
                yield self.item(path.name, lsp.CompletionItemKind.File)


def _named(symbol: Symbol) -> str | None:
    """How the name is written where names of one kind stand."""
    return name_or_text(symbol.name) if symbol.kind in ("stage", "band", "member") else None


def _has_ready(node: Score) -> bool:
    return any(isinstance(member, ReadyAt) for member in node.members)


def _fitting(expected: frozenset[str], scope: Scope | None) -> set[str]:
    """The keywords among the terminals, less those that would be mere names here."""
    kinds = {kind for kind in expected if kind in _WORDS} - {"THE", "FIRED", "EMITTED"}
    if scope is None:
        return kinds - _AS_NAMES if "NAME" in expected else kinds
    kinds -= {"TRUE", "FALSE"}
    if scope.event is None:
        kinds.discard("EVENT")
    if not scope.attributes:
        kinds.discard("LEAD")
    if not scope.state or scope.place == "account":
        kinds.discard("IDLE")
    if not scope.state and "A_NUMBER" in expected:
        kinds.discard("HAS")
    if scope.place in ("constant", "computed"):
        kinds.discard("NOT")
    return kinds


def resolve(desk: Desk, item: lsp.CompletionItem) -> lsp.CompletionItem:
    """The item with what is to be said about its symbol."""
    match item.data:
        case [str(uri), str(kind), str(name), str(owner)]:
            buffer = desk.buffers.get(uri)
            looks = [] if buffer is None else desk.looks_at(buffer)
            if looks and kind in KINDS:
                text = described(looks[0], Symbol(kind, name, owner))
                item.documentation = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
        case _:
            pass
    return item
