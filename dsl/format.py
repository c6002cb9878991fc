"""The formatter: one layout for every rule file, in which nothing but white space, commas that mean nothing and the
spelling of names and texts can differ from what was written.

The file is parsed as always; if that finds no error, the parse table is run a second time to make a layout in place of
a tree (`dsl.layout`), the comments and blank lines are put back where they belong (`dsl.remarks`), and lines are cut
(`dsl.lines`). What comes of it is read again before it is given out: it must say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dsl.collector import without_collector
from dsl.diagnostics import Diagnostic, has_errors
from dsl.layout import LayoutBuilder
from dsl.lines import write
from dsl.machine import Machine
from dsl.parse import Parsed, parse, parse_tokens, table
from dsl.pieces import Doc, flattened
from dsl.remarks import remarks_of
from dsl.source import Source
from dsl.syntax import File
from dsl.tokens import Lexed, lex


@dataclass(frozen=True, slots=True)
class Formatted:
    """`text` is the file in its layout, None if it has errors; `diagnostics` are what its parsing has found."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


@without_collector()
def format_source(source: Source) -> Formatted:
    """The file in its layout, with line breaks of the kind of its first. Formatting the result changes nothing."""
    lexed = lex(source)
    parsed = parse_tokens(lexed)
    if has_errors(parsed.diagnostics):
        return Formatted(None, parsed.diagnostics)
    text = _laid_out(lexed)
    if text != source.text:
        _check(lexed, parsed, text)
    return Formatted(text, parsed.diagnostics)


def _laid_out(lexed: Lexed) -> str:
    text = lexed.source.text
    doc: Doc = Machine(table(), LayoutBuilder(text)).run(lexed.tokens, "file")
    return joined(write(flattened(doc), text, *remarks_of(lexed)), text)


def joined(lines: Iterable[str], text: str) -> str:
    """The lines with breaks of the kind of the first in a text."""
    first = text.find("\n")
    newline = "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
    return "".join(line + newline for line in lines)


def _check(before: Lexed, parsed: Parsed, text: str) -> None:
    """Raises if the text does not say what the file says: the tokens of both are compared, and the trees as well where
    commas were left out or put in."""
    after = lex(Source(before.source.name, text))
    assert comments_of(after) == comments_of(before), "the formatter has lost or moved a comment"
    told = [[(token.type, token.value) for token in each.tokens] for each in (before, after)]
    if told[0] != told[1]:
        tree: File = parse(after.source).file
        assert tree == parsed.file, "the formatter has changed what a file says"


def comments_of(lexed: Lexed) -> list[str]:
    return [written.rstrip() for _, written in lexed.comments]
