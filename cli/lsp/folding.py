"""Which lines of a file can be folded away: what stands in braces, comments of several lines, and the imports."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cli.lsp.lexemes import Lexemes, Line
from cli.lsp.text import Text


def folds(lexemes: Lexemes, text: Text) -> list[lsp.FoldingRange]:
    """The foldable ranges of a text, also of one that does not parse."""
    lines = lexemes.of(text)
    return [*_braces(lines), *_runs(lines)]


def _braces(lines: list[Line]) -> Iterator[lsp.FoldingRange]:
    open_: list[int] = []
    for number, line in enumerate(lines):
        for token in line.tokens:
            if token.word in ("LBRACE", "LSQB", "LPAR"):
                open_.append(number)
            elif token.word in ("RBRACE", "RSQB", "RPAR") and open_:
                start = open_.pop()
                if number - 1 > start:
                    yield lsp.FoldingRange(start, number - 1)


def _runs(lines: list[Line]) -> Iterator[lsp.FoldingRange]:
    """Comments that have lines to themselves, and imports, where several follow one another."""
    kinds = [_kind(line) for line in lines]
    start = 0
    for number in range(1, len(lines) + 1):
        if number == len(lines) or kinds[number] != kinds[start]:
            kind = kinds[start]
            if kind is not None and number - start > 1:
                yield lsp.FoldingRange(start, number - 1, kind=kind)
            start = number


def _kind(line: Line) -> lsp.FoldingRangeKind | None:
    if line.tokens:
        return lsp.FoldingRangeKind.Imports if line.tokens[0].word == "IMPORT" else None
    return lsp.FoldingRangeKind.Comment if line.comment is not None else None
