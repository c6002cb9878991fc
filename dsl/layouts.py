"""The layout of a file that was laid out before, save for what has changed since: what an editor asks for at each
keystroke.

The lines are cut where declarations and members of scores and accounts seem to begin. Each piece is parsed and laid out
by itself, once for each text, and only lining up what stands side by side is done for the whole. The cut may be wrong:
what counts is that each piece is one declaration or member, and can't go on with the word that the next one begins
with. Then all of them in a row are the one way in which the file can be read. Where that fails the file is laid out as
a whole, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsl.depth import may_be_deep
from dsl.diagnostics import has_errors
from dsl.format import comments_of, format_source, joined
from dsl.layout import LayoutBuilder
from dsl.levels import ACCOUNT, FILE, SCORE, Level
from dsl.lines import Line, aligned, broken
from dsl.machine import Machine, Stuck
from dsl.parse import machine, table
from dsl.pieces import DEEPER, Break, Doc, flattened
from dsl.remarks import remarks_of
from dsl.source import Source
from dsl.tokens import Lexed, lex

_KEPT = 50_000
"""So many pieces are remembered."""
_LINE_BREAK = re.compile(r"\r\n?|\n")
_SAID = re.compile(r'"(?:[^"\\]|\\.)*"?|#.*')
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What a piece is laid out within: text before and after it and how many lines that is, the symbol of the grammar
    that the three are together, and how deep they stand. `role` is "head" or "tail" of what opens or closes a block."""

    start: str
    before: str = "\n"
    after: str = ""
    lines: tuple[int, int] = (0, 0)
    level: int = 0
    role: str = ""


_ITEM = _Frame("item")
_ITEMS = frozenset(word.lower() for word in FILE.words)
_END = _Frame("item", "let x = 1\n", lines=(1, 0))
"""Comments at the end of the file."""


@dataclass(frozen=True, slots=True)
class _Block:
    """What is cut into its members: a piece that ends with the brace, members that begin with some words, a brace."""

    head: _Frame
    member: _Frame
    words: frozenset[str]
    tail: _Frame


def _block(head: str, member: str, level: Level) -> _Block:
    return _Block(
        _Frame("item", after=f"\n{member}\n}}", lines=(0, 2), role="head"),
        _Frame(level.start, level=1),
        frozenset(word.lower() for word in level.words),
        _Frame("item", f"{head} {{\n{member}\n", lines=(2, 0), role="tail"),
    )


_BLOCKS = {
    "score": _block("score s", 'note 2000-01-01 ""', SCORE),
    "account": _block("account", "score s = count", ACCOUNT),
}


class _Unfit(Exception):
    """The file can't be laid out in pieces."""


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What a line holds beside comments: its first word, whether it is but a closing brace or ends with an opening one,
    and by how much it goes deeper."""

    empty: bool
    word: str
    closes: bool
    opens: bool
    deeper: int


@dataclass(frozen=True, slots=True)
class _Laid:
    """The lines of a piece, the kinds that its first token may be taken for, and what else than its end may follow."""

    lines: tuple[Line, ...]
    begins: frozenset[str]
    goes_on: frozenset[str]


class Layouts:
    """Lays out files, each piece once."""

    def __init__(self) -> None:
        self._builder = LayoutBuilder("")
        self._machine = Machine(table(), self._builder)
        self._scanned: dict[str, _Scanned] = {}
        self._laid: dict[tuple[_Frame, str], _Laid] = {}

    def format(self, source: Source) -> str | None:
        """The text in its layout, as `dsl.format.format_source` has it; None if it has errors."""
        if len(self._laid) > _KEPT or len(self._scanned) > _KEPT:
            self._laid.clear()
            self._scanned.clear()
        try:
            return joined(aligned(self._lines(source)), source.text)
        except (_Unfit, Stuck):
            return format_source(source).text

    def _lines(self, source: Source) -> list[Line]:
        if source.problems:
            raise _Unfit
        lines: list[Line] = []
        goes_on: frozenset[str] = frozenset()
        opening = True
        for frame, text in self._cut(_LINE_BREAK.split(source.text)):
            laid = self._laid.get((frame, text))
            if laid is None:
                laid = self._laid[frame, text] = self._lay(frame, text)
            if goes_on & laid.begins:
                raise _Unfit
            lines += laid.lines[1:] if opening and not laid.lines[0].text else laid.lines
            goes_on, opening = laid.goes_on, frame.role == "head"
        return lines

    # --- pieces -----------------------------------------------------------------------------------------------------

    def _cut(self, lines: Sequence[str]) -> Iterator[tuple[_Frame, str]]:
        """The pieces of a file, each with what it is laid out within."""
        block: _Block | None = None
        frame: _Frame | None = None
        piece: list[str] = []
        ahead: list[str] = []
        depth = 0
        for line in lines:
            seen = self._scan(line)
            ahead.append(line)
            if seen.empty:
                continue
            began = _begun(block, seen) if depth == 0 else None
            if began is not None:
                if frame is not None:
                    yield frame, "\n".join(piece)
                if began.role == "tail" and frame is not None and frame.role == "head":
                    raise _Unfit
                frame, piece = began, []
            if began is None or not began.role:
                depth += seen.deeper
            else:
                block = _BLOCKS[seen.word] if began.role == "head" else None
            if frame is None or depth < 0:
                raise _Unfit
            piece += ahead
            ahead = []
        if frame is None or block is not None or depth:
            raise _Unfit
        yield frame, "\n".join(piece)
        if any(map(str.strip, ahead)):
            yield _END, "\n".join(ahead)

    def _scan(self, line: str) -> _Scanned:
        found = self._scanned.get(line)
        if found is None:
            code = _SAID.sub(lambda said: said[0][0].strip("#"), line).strip()
            word = _WORD.match(code)
            deeper = code.count("{") - code.count("}")
            opens = deeper == 1 and code.endswith("{")
            found = _Scanned(not code, word[0] if word else "", code == "}", opens, deeper)
            self._scanned[line] = found
        return found

    def _lay(self, frame: _Frame, text: str) -> _Laid:
        source = Source("", f"{frame.before}{text}{frame.after}")
        lexed = _read(source)
        tree = machine().run(lexed.tokens, frame.start)
        if has_errors(lexed.noted):
            raise _Unfit
        lines = self._broken(frame, lexed)
        again = _read(Source("", "\n".join(aligned(lines))))
        if machine().run(again.tokens, frame.start) != tree or comments_of(again) != comments_of(lexed):
            raise _Unfit
        first = lexed.tokens[0]
        low, high = frame.lines
        begins = {"": {first.type, first.word}, "head": {first.word}, "tail": {"RBRACE"}}[frame.role]
        goes_on = frozenset() if frame.role == "head" else machine().expected(lexed.tokens, frame.start)
        return _Laid(tuple(lines[low : len(lines) - high]), frozenset(begins if frame is not _END else ()), goes_on)

    def _broken(self, frame: _Frame, lexed: Lexed) -> list[Line]:
        text = lexed.source.text
        self._builder.source = text
        doc: Doc = self._machine.run(lexed.tokens, frame.start)
        edge = (Break("", item=True), Break("", item=True, closing=True))
        pieces = [*[DEEPER] * frame.level, edge[0], *flattened(doc), edge[1]]
        return broken(pieces, text, *remarks_of(lexed))


def _read(source: Source) -> Lexed:
    """The tokens of a text without mistakes."""
    lexed = lex(source)
    if lexed.problems or lexed.stopped or not lexed.tokens or may_be_deep(lexed.tokens):
        raise _Unfit
    return lexed


def _begun(block: _Block | None, seen: _Scanned) -> _Frame | None:
    """What begins with a line within a block, or within none; None if the line goes on with what there is."""
    if block is not None:
        return block.tail if seen.closes else block.member if seen.word in block.words else None
    if seen.opens and seen.word in _BLOCKS:
        return _BLOCKS[seen.word].head
    return _ITEM if seen.word in _ITEMS else None
