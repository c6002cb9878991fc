"""The tokens of a text that is being typed, line by line.

No token of the language goes on in the next line, so a line that has not changed has the tokens that it had: at each
keystroke only one line is read anew. What a word before a brace or a colon is shows only when lines are put together.
"""

from __future__ import annotations

from dataclasses import dataclass

from cli.lsp.text import Text
from dsl.source import Source
from dsl.tokens import Token, lex
from dsl.words import WORD_TYPES

_KEPT = 20_000
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
        """The tokens that end at or before a code point, with their places in their lines."""
        found: list[Token] = []
        for number, start in enumerate(text.starts):
            if start > offset:
                break
            line = text.line(number)
            tokens = self.line(line if start + len(line) <= offset else line[: offset - start]).tokens
            if tokens and found:
                _join(found, tokens[0])
            found.extend(tokens)
        return found


def _join(tokens: list[Token], following: Token) -> None:
    """Put what the last token is in the light of the next line in its place."""
    last = tokens[-1]
    if following.type in ("LBRACE", "COLON") and last.type in WORD_TYPES:
        made = Token(last.word, last.value, last.span, [])
        made.type = "STEP" if following.type == "LBRACE" else "LABEL"
        tokens[-1] = made


def _read(line: str) -> Line:
    lexed = lex(Source("", line))
    comment = (lexed.comments[0][0].start, lexed.comments[0][0].end) if lexed.comments else None
    return Line(tuple(lexed.tokens), comment)
