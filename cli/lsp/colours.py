"""Semantic tokens: what each word of a file is, which no pattern can tell.

Words, texts, numbers and comments come from the text as it is now, line by line; what a name stands for comes from the
latest look, carried to where the name is now. Five numbers a token: lines and units since the one before, length, kind,
modifiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsprotocol import types as lsp

from cli.lsp.buffers import Buffer
from cli.lsp.desk import Desk, moved
from cli.lsp.lexemes import Lexemes
from cli.lsp.text import Text, ends
from dsl.words import KEYWORDS

KINDS = (
    "keyword", "string", "number", "comment", "operator", "property", "variable", "event", "class", "enumMember",
    "function", "parameter", "namespace", "method", "type",
)  # fmt: skip
MODIFIERS = ("declaration", "readonly")
LEGEND = lsp.SemanticTokensLegend(list(KINDS), list(MODIFIERS))

_KIND = {name: number for number, name in enumerate(KINDS)}
_OF_SYMBOL = {
    "model": "namespace", "attribute": "property", "event": "event", "property": "property", "tally": "variable",
    "score": "class", "let": "variable", "set": "variable", "stage": "enumMember", "trigger": "function",
    "segment": "class", "outcome": "class", "source": "class", "account score": "class", "account trigger": "function",
    "rule": "method", "group": "namespace", "band": "enumMember", "variable": "parameter",
}  # fmt: skip
_TYPES = {"text", "number", "integer", "percent", "boolean", "date", "instant", "account", "list", "one"}
_WORDS = frozenset(KEYWORDS.values())
_OF_TOKEN = {
    "A_TEXT": "string",
    "A_NUMBER": "number",
    "A_PERCENT": "number",
    "A_DATE": "number",
    "AN_INSTANT": "number",
}
_OPERATORS = {"EQ", "NE", "LT", "LE", "GT", "GE", "PLUS", "MINUS", "STAR", "DOTS"}
Told = dict[str, Any]
Coloured = tuple[int, int, int, int]
"""Start and end in the line, in code points; kind and modifiers."""


class Palette:
    """What each file was coloured with last, so that only what has changed since need go out."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, list[int]]] = {}
        self._count = 0

    def whole(self, uri: str, data: list[int]) -> Told:
        """All tokens, under a number that the next question may name."""
        self._count += 1
        self._last[uri] = self._count, data
        return {"resultId": str(self._count), "data": data}

    def changed(self, uri: str, known: str, data: list[int]) -> Told:
        """What makes the tokens of those that are known by a number; all of them if that is not the last one."""
        number, before = self._last.get(uri, (0, []))
        told = self.whole(uri, data)
        if known != str(number):
            return told
        if before == data:
            return {"resultId": told["resultId"], "edits": []}
        low, high = ends(before, data)
        edit = {"start": low, "deleteCount": len(before) - high - low, "data": data[low : len(data) - high]}
        return {"resultId": told["resultId"], "edits": [edit]}

    def forget(self, uri: str) -> None:
        self._last.pop(uri, None)


def colours(desk: Desk, lexemes: Lexemes, buffer: Buffer, first: int = 0, last: int | None = None) -> list[int]:
    """The tokens of the lines from `first` up to and including `last`, of all without it."""
    text = buffer.text
    end = len(text.starts) if last is None else min(last + 1, len(text.starts))
    named = _named(desk, buffer)
    data: list[int] = []
    line_before, unit_before = 0, 0
    for number in range(max(first, 0), end):
        start = text.starts[number]
        for low, high, kind, modifiers in _line(lexemes, text.line(number), start, named):
            unit, size = low, high - low
            if text.is_wide:
                unit, size = text.units(start, start + low), text.units(start + low, start + high)
            data += (number - line_before, unit - unit_before if number == line_before else unit, size, kind, modifiers)
            line_before, unit_before = number, unit
    return data


def _line(lexemes: Lexemes, line: str, start: int, named: dict[int, tuple[int, int]]) -> Iterator[Coloured]:
    read = lexemes.line(line)
    after_colon = False
    for token in read.tokens:
        low, high = token.span.start, token.span.end
        word = token.word
        symbol = named.get(start + low)
        if symbol is not None and word not in _OF_TOKEN:
            yield low, high, *symbol
        elif token.type == "LABEL":
            yield low, high, _KIND["property"], 0
        elif word in _WORDS:
            is_type = after_colon and token.value in _TYPES
            yield low, high, _KIND["type" if is_type else "keyword"], 0
        elif word in _OF_TOKEN:
            yield low, high, _KIND[_OF_TOKEN[word]], 0
        elif word in _OPERATORS:
            yield low, high, _KIND["operator"], 0
        after_colon = word == "COLON"
    if read.comment is not None:
        yield *read.comment, _KIND["comment"], 0


def _named(desk: Desk, buffer: Buffer) -> dict[int, tuple[int, int]]:
    """Where names begin now, with their kinds and modifiers."""
    looks = desk.looks_at(buffer)
    name = desk.name_in(looks[0], buffer) if looks else None
    if name is None:
        return {}
    found = {}
    changes = desk.changes(looks[0], name)
    for site in looks[0].symbols.of_file(name):
        kind = _OF_SYMBOL.get(site.symbol.kind)
        now = moved(changes, site.span) if changes else (site.span.start, site.span.end)
        if kind is not None and now is not None:
            constant = 2 if site.symbol.kind in ("let", "set") else 0
            found[now[0]] = (_KIND[kind], int(site.defines) | constant)
    return found


def lines_of(text: Text, given: lsp.Range) -> tuple[int, int]:
    """The first and the last line of a range."""
    return given.start.line, min(given.end.line, len(text.starts) - 1)
