"""From the pieces of a layout to lines of text, after Oppen: one pass that measures, one that writes.

What stands between two breaks is never torn apart. So a comment inside of it goes to a line of its own before it, save
the last one: if that ended a line, it ends this one. Where a comment lies between two breaks, those are new lines, and
every group around it is broken; so the comment finds the same place when the result is formatted again.

Neighbouring lines of one kind, each of them a group that stands on its line, are padded where their `Align` stands; one
in a group within that group means nothing there.

A group fits if it and all that follows up to the next break does. Whether a comment at the end of a line fits is not
asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from dsl.columns import columns
from dsl.pieces import CLOSE, DEEPER, Align, Break, Doc, Gone, Open, Piece, Sign
from dsl.remarks import Remarks
from dsl.spelling import spelled
from dsl.tokens import Token

WIDTH = 120
"""Columns of a line."""
COMMENTS = 80
"""Comments behind neighbouring lines share a column up to this one."""
_INDENT = "  "
_NOTHING = Remarks()
_Op: TypeAlias = "str | Break | Open | Align | Sign"


@dataclass(slots=True)
class Line:
    """A line before it is aligned with its neighbours; if a group was written to it from its beginning, `align` says
    where it may be padded: the kind with the indentation, the place in `text`, and the column."""

    text: str
    trailing: str | None = None
    align: tuple[tuple[str, int], int, int] | None = None


def write(pieces: Sequence[Piece], text: str, remarks: Mapping[int, Remarks], end: Remarks) -> list[str]:
    """The lines of a layout; `text` is the file that its tokens are from, `end` what stands at the end of the file. The
    pieces begin and end with a break."""
    return aligned(broken(pieces, text, remarks, end))


def broken(pieces: Sequence[Piece], text: str, remarks: Mapping[int, Remarks], end: Remarks) -> list[Line]:
    """The lines of a layout before any is aligned with its neighbours."""
    ops = _placed(pieces, text, remarks, end)
    _spread(ops)
    return _Writer(ops).run()


def _placed(pieces: Sequence[Piece], text: str, remarks: Mapping[int, Remarks], end: Remarks) -> list[_Op]:
    """The pieces with tokens as text and their remarks at the breaks."""
    ops: list[_Op] = []
    at = Break("")
    trailing: str | None = None
    first = False
    for piece in pieces:
        if type(piece) is str:
            ops.append(piece)
            continue
        if isinstance(piece, (Token, Gone)):
            token = piece if isinstance(piece, Token) else piece.token
            said = remarks.get(token.span.start, _NOTHING)
            if trailing is not None and (said.own or said.trailing):
                at.own.append((False, trailing))
                trailing = None
            at.own += said.own
            trailing = said.trailing or trailing
            if first:
                at.blank, first = said.blank, False
            if token is piece:
                ops.append(spelled(token, text))
            continue
        assert not isinstance(piece, Doc)
        if type(piece) is Break:
            piece.trailing, trailing = trailing, None
            at, first = piece, True
        ops.append(piece)
    at.own += end.own
    return ops


def _spread(ops: Sequence[_Op]) -> None:
    """Mark the breaks that hold a comment, and the groups around such a break or around a spread group."""
    around: list[Open] = []
    for op in ops:
        if type(op) is str:
            continue
        if type(op) is Open:
            around.append(op)
        elif op is CLOSE:
            inner = around.pop()
            if around and inner.spread:
                around[-1].spread = True
        elif type(op) is Break:
            op.must = op.trailing is not None or bool(op.own)
            if op.must and around:
                around[-1].spread = True


class _Writer:
    """`widths` are the columns before each piece if all stood on one line, `stops` those before the break that comes
    next, or the piece itself if it is one."""

    def __init__(self, ops: Sequence[_Op]) -> None:
        self.ops = ops
        self.widths = widths = [0]
        total = 0
        for op in ops:
            if type(op) is str:
                total += columns(op)
            elif type(op) is Break:
                total += len(op.flat)
            widths.append(total)
        self.stops = stops = widths[:]
        stop = total
        for i in range(len(ops) - 1, -1, -1):
            if type(ops[i]) is Break:
                stop = widths[i]
            stops[i] = stop
        self.lines: list[Line] = []
        self.parts: list[str] = []
        self.column = 0
        self.level = 0
        self.align: tuple[tuple[str, int], int, int] | None = None

    def run(self) -> list[Line]:
        flat: list[bool] = [False]
        around = 1
        ends = _closings(self.ops)
        for i, op in enumerate(self.ops):
            if type(op) is str:
                self.put(op, i)
            elif type(op) is Break:
                if self.cut(op, i, flat[-1]):
                    around = len(flat)
            elif type(op) is Open:
                flat.append(flat[-1] or (not op.spread and self.fits(i, ends[i])))
            elif type(op) is Align:
                if flat[-1] and len(flat) == around + 1 and self.align is None:
                    self.align = ((op.kind, self.level), sum(map(len, self.parts)), self.column)
            elif op is CLOSE:
                flat.pop()
            else:
                self.level += 1 if op is DEEPER else -1
        return self.lines

    def put(self, text: str, i: int) -> None:
        self.parts.append(text)
        self.column += self.widths[i + 1] - self.widths[i]

    def fits(self, start: int, end: int) -> bool:
        return self.column + self.stops[end] - self.widths[start] <= WIDTH

    def cut(self, op: Break, i: int, flat: bool) -> bool:
        """A break: nothing but its text where it is flat, else a new line with what stands there. Whether it is one."""
        filled = op.fill and not op.must and self.fits(i, i + 1)
        if flat or filled:
            self.put(op.flat, i)
            return False
        if self.parts:
            self.lines.append(Line("".join(self.parts).rstrip(" "), op.trailing, self.align))
        inner = _INDENT * (self.level + (op.closing and i + 1 < len(self.ops)))
        opened = op.opening
        for blank, comment in op.own:
            self.empty(blank and op.item and not opened)
            self.lines.append(Line(inner + comment))
            opened = False
        self.empty(op.blank and op.item and not opened and not op.closing)
        self.parts = [_INDENT * self.level]
        self.column = len(self.parts[0])
        self.align = None
        return True

    def empty(self, wanted: bool) -> None:
        if wanted:
            self.lines.append(Line(""))


def _closings(ops: Sequence[_Op]) -> dict[int, int]:
    """Where each group ends, by where it begins."""
    around: list[int] = []
    ends: dict[int, int] = {}
    for i, op in enumerate(ops):
        if type(op) is Open:
            around.append(i)
        elif op is CLOSE:
            ends[around.pop()] = i
    return ends


def aligned(lines: Sequence[Line]) -> list[str]:
    """The text of the lines, with runs of neighbours of one kind padded, unless one of them would become too long."""
    done: list[tuple[str, str | None]] = []
    at = 0
    while at < len(lines):
        end = at + 1
        kind = _kind(lines[at])
        while kind is not None and end < len(lines) and _kind(lines[end]) == kind:
            end += 1
        run = lines[at:end]
        column = max((line.align[2] for line in run if line.align), default=0)
        padded = [_padded(line, column) for line in run]
        if any(columns(text) > WIDTH for text in padded):
            padded = [line.text for line in run]
        done += [(text, line.trailing) for text, line in zip(padded, run, strict=True)]
        at = end
    return _commented(done)


def _commented(lines: Sequence[tuple[str, str | None]]) -> list[str]:
    """The lines with the comments behind them: those of neighbours, indented alike, in one column unless that is far to
    the right."""
    done: list[str] = []
    for (_, commented, _), run in groupby(lines, _margin):
        if not commented:
            done += [text for text, _ in run]
            continue
        behind = list(run)
        widths = [columns(text) for text, _ in behind]
        column = max(widths) if max(widths) <= COMMENTS else 0
        done += [
            f"{text}{' ' * max(column - width, 0)}  {comment}"
            for (text, comment), width in zip(behind, widths, strict=True)
        ]
    return done


def _margin(line: tuple[str, str | None]) -> tuple[int, bool, str]:
    """How far a line is indented, whether a comment stands behind it, and whether it opens a block or closes one: the
    end of a block and the beginning of the next have nothing to do with each other."""
    text, comment = line
    said = text.lstrip(" ")
    edge = "closes" if said.startswith(("}", "]")) else "opens" if text.endswith(("{", "[")) else ""
    return len(text) - len(said), comment is not None, edge


def _kind(line: Line) -> tuple[str, int] | None:
    return line.align[0] if line.align else None


def _padded(line: Line, column: int) -> str:
    if line.align is None:
        return line.text
    _, place, own = line.align
    return line.text[:place] + " " * (column - own) + line.text[place:]
