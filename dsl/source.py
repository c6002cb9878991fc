"""A rule file as text, and where a place in it lies.

Offsets count code points of the text as it stands in the file (less a byte order mark): nothing is normalised here,
so that every span fits the file. Names and texts are brought to NFC where tokens are read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from dsl import errors
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span

MAX_BYTES = 16 * 1024 * 1024
"""A file above this many bytes is refused: no sheet that people review is near it."""


_RARE = 10
"""In a text of another encoding fewer than one in so many characters can't be read."""

_LINE_BREAK = re.compile(r"\r\n?|\n")


class Source:
    """The text of one file under the name that diagnostics show. `problems` tell why it could not be read."""

    __slots__ = ("_starts", "name", "problems", "text")

    def __init__(self, name: str, text: str, problems: tuple[Diagnostic, ...] = ()) -> None:
        self.name = name
        self.text = text
        self.problems = problems
        self._starts: list[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a code point, both from 1; a line ends at LF, CRLF or CR."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, from 1, without its line break; empty beyond the last."""
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def read(self, span: Span) -> str:
        """The characters of a span of this file."""
        return self.text[span.start : span.end]

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        return self._starts


def read_source(path: Path | str, name: str | None = None) -> Source:
    """The file at `path`; what keeps it from being read is in its `problems`, and its text is then empty or mended."""
    shown = name if name is not None else str(path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as why:
        reason = getattr(why, "strerror", None) or str(why)
        return Source(shown, "", (errors.unreadable(shown, reason),))
    return source_of(shown, content)


def source_of(name: str, content: bytes) -> Source:
    """The text of a file's bytes: UTF-8, with or without a byte order mark, without NUL, at most `MAX_BYTES`.
    Of UTF-16, known by its mark, and of what is no text at all, nothing is read, so that it is one problem and not one
    a letter."""
    if len(content) > MAX_BYTES:
        return Source(name, "", (errors.file_too_large(name, MAX_BYTES),))
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return Source(name, "", (errors.not_utf8(Span(name, 0, 0), content[0]),))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as why:
        before = content[: why.start].decode("utf-8").removeprefix("\ufeff")
        mended = content.decode("utf-8", "replace").removeprefix("\ufeff")
        span = Span(name, len(before), len(before) + 1)
        if "\0" in mended or _is_often(mended, "\ufffd"):
            return Source(name, "", (errors.not_utf8(Span(name, 0, 0), content[why.start]),))
        return Source(name, mended, (errors.not_utf8(span, content[why.start]),))
    text = text.removeprefix("\ufeff")
    nul = text.find("\0")
    if nul >= 0:
        problem = errors.nul_character(Span(name, nul, nul + 1))
        return Source(name, "" if _is_often(text, "\0") else text, (problem,))
    return Source(name, text)


def _is_often(text: str, char: str) -> bool:
    return text.count(char) * _RARE > len(text)
