"""The tokens of a text that is being typed, line by line.

No token of the language goes on in the next line, so a line that has not changed has the tokens that it had: at each
keystroke only one line is read anew. What a word before a brace or a colon is shows only when lines are put together.
"""

from __future__ import annotations

from dataclasses import dataclass

from cli.lsp.text import Text
from dsl.source import Source
from dsl.syntax import Span
from dsl.tokens import Token, lex
from dsl.words import WORD_TYPES

_KEPT = 100_000
"""So many lines are remembered."""


@dataclass(frozen=True, slots=True)
class Line:
    """The tokens of a line and where its comment is; offsets are those in the line."""

    tokens: tuple[Token, ...]
    comment: tuple[int, int] | None


_EMPTY = Line((), None)


class Lexemes:
    """Reads lines, each once."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {"": _EMPTY}

    def line(self, line: str) -> Line:
        found = self._lines.get(line)
        if found is None:
            if len(self._lines) > _KEPT:
                self._lines.clear()
            found = self._lines[line] = _read(line)
        return found

    def of(self, text: Text) -> list[Line]:
        """The lines of a text."""
        return [self.line(text.line(number)) for number in range(len(text.starts))]

    def before(self, text: Text, offset: int) -> list[Token]:
        """The tokens that end at or before a code point, with places in the whole text."""
        found: list[Token] = []
        for number, start in enumerate(text.starts):
            if start > offset:
                break
            line = text.line(number)
            if start + len(line) > offset:
                line = line[: offset - start]
            for token in self.line(line).tokens:
                kind = token.type
                if found and kind in ("LBRACE", "COLON") and found[-1].type in WORD_TYPES:
                    found[-1].type = "STEP" if kind == "LBRACE" else "LABEL"
                span = Span("", token.span.start + start, token.span.end + start)
                made = Token(token.word, token.value, span, [])
                made.type = kind
                found.append(made)
        return found


def _read(line: str) -> Line:
    lexed = lex(Source("", line))
    comment = (lexed.comments[0][0].start, lexed.comments[0][0].end) if lexed.comments else None
    return Line(tuple(lexed.tokens), comment)
