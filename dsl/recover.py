"""Finding every broken declaration of a file that does not parse as a whole.

The tokens are cut where declarations begin (`dsl.cuts`), each piece is parsed by itself, and a broken score, account or
group is cut again into its members. A piece is reported at most once, and not at all if a token of it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dsl import errors
from dsl import syntax as s
from dsl.cuts import Cuts
from dsl.diagnostics import Diagnostic
from dsl.expectation import Expectation
from dsl.levels import FILE, Level, inside
from dsl.machine import Machine, Stuck
from dsl.tokens import MAX_PROBLEMS, Lexed, Token
from dsl.words import END, WORD_TYPES


def recover(lexed: Lexed, machine: Machine, stuck: int) -> tuple[tuple[s.Item, ...], list[Diagnostic]]:
    """The declarations that are whole, and one diagnostic for each that is not; the file got stuck at token `stuck`."""
    recovery = _Recovery(lexed, machine)
    items = recovery.pieces(0, len(lexed.tokens), FILE)
    if not recovery.problems and not lexed.problems:
        expected = machine.expected(lexed.tokens[:stuck], "file")
        recovery.report(0, stuck, len(lexed.tokens), FILE, expected)
    return tuple(items), recovery.problems


class _Recovery:
    def __init__(self, lexed: Lexed, machine: Machine) -> None:
        self.tokens = lexed.tokens
        self.noted = lexed.noted
        self.source = lexed.source
        self.machine = machine
        self.cuts = Cuts(lexed)
        self.problems: list[Diagnostic] = []
        self.unopened = 0
        """Braces that will close nothing because of what was reported already."""
        self.misread = sorted(problem.span.start for problem in lexed.problems)

    def pieces(self, low: int, high: int, level: Level) -> list[Any]:
        """The nodes of the whole pieces between two tokens; the broken ones are reported."""
        nodes: list[Any] = []
        left = self.cuts.pairs(low, high, level)
        while left:
            start, end = left.pop()
            known = len(self.problems)
            found, rest = self.piece(start, end, level)
            nodes += found
            if level is FILE and len(self.problems) > known:
                rest = self.cuts.after_stray_brace(start, rest)
                while left and left[-1][0] < rest:
                    end = left.pop()[1]
            if rest < end:
                left += self.cuts.pairs(rest, end, level)
            if len(self.problems) > MAX_PROBLEMS:
                break
        return nodes

    def piece(self, low: int, high: int, level: Level) -> tuple[list[Any], int]:
        """The node of one piece, unless it is broken; and the token from which on there is more to read."""
        noted = len(self.noted)
        try:
            return [self.machine.run(self.tokens[low:high], level.start)], high
        except Stuck as stuck:
            del self.noted[noted:]
            at = low + stuck.index
        inner = inside(level, self.tokens[low].word)
        brace = next((i for i in range(low, at) if self.tokens[i].word == "LBRACE"), None)
        if inner is not None and brace is not None:
            return self.block(low, brace, high, level, inner)
        expected = self.machine.expected(self.tokens[low:at], level.start)
        if low < at < high and END in expected:
            whole = [self.machine.run(self.tokens[low:at], level.start)]
            if self.was_misread(low, high):
                return whole, high
            if self.context(low, at, level, expected).near() is None:
                return whole, at
            self.report(low, at, high, level, expected)
            return whole, high
        self.report(low, at, high, level, expected)
        return [], high

    def block(self, low: int, brace: int, high: int, level: Level, inner: Level) -> tuple[list[Any], int]:
        """A broken block by its head and its members, so that each broken member is reported."""
        before = len(self.problems)
        _, close = self.cuts.cut(brace + 1, high, inner)
        members = self.pieces(brace + 1, close, inner)
        end = Token("RBRACE", "}", self.tokens[brace].span, self.noted)
        nodes: list[Any] = []
        try:
            node = self.machine.run([*self.tokens[low : brace + 1], end], level.start)
            nodes.append(_with_members(node, members, self.tokens[min(close, high - 1)].span))
        except Stuck as stuck:
            at = low + stuck.index
            self.report(low, at, high, level, self.machine.expected(self.tokens[low:at], level.start))
        if close == high and len(self.problems) == before and not self.was_misread(low, high):
            self.problems.append(self.never_closed(brace, low, high))
        return nodes, min(close + 1, high)

    def was_misread(self, low: int, high: int) -> bool:
        """Whether a token between the two was reported already."""
        start = self.tokens[low].span.start
        end = self.tokens[high].span.start if high < len(self.tokens) else len(self.source.text) + 1
        at = bisect_left(self.misread, start)
        return at < len(self.misread) and self.misread[at] < end

    def report(self, low: int, at: int, high: int, level: Level, expected: frozenset[str]) -> None:
        """One diagnostic for the piece, which got stuck at token `at`."""
        if self.was_misread(low, high):
            return
        tokens = self.tokens
        if at >= high and "RBRACE" in expected and (brace := self.unclosed(low, high)) is not None:
            self.problems.append(self.never_closed(brace, brace if brace == low else self.head_of(low, brace), high))
            return
        if at < len(tokens) and tokens[at].word == "RBRACE" and at == low:
            if self.unopened:
                self.unopened -= 1
            else:
                self.problems.append(errors.closes_nothing(tokens[at].span))
            return
        self.unopened += "LBRACE" in expected or max(self.cuts.open[high] - self.cuts.open[low], 0)
        self.problems.append(errors.unexpected(self.end_of(at), self.context(low, at, level, expected)))

    def never_closed(self, brace: int, head: int, high: int) -> Diagnostic:
        """What is said of a brace of the block that begins at `head` and is not closed before `high`."""
        last = self.tokens[high - 1].span
        return errors.never_closed(self.tokens[brace].span, self.name(head), last, self.end_of(high))

    def context(self, low: int, at: int, level: Level, expected: frozenset[str]) -> Expectation:
        """What was found at token `at` of a piece, and what was expected."""
        spelled = self.source.read(self.tokens[at].span) if at < len(self.tokens) else None
        before = tuple(token.word for token in self.tokens[max(low, at - 3) : at])
        return Expectation(spelled, before, self.cuts.follower(at), expected, at == low, level.noun)

    def end_of(self, high: int) -> s.Span:
        """The token at `high`, or the place after the last token."""
        if high < len(self.tokens):
            return self.tokens[high].span
        end = self.tokens[-1].span.end if self.tokens else 0
        return s.Span(self.source.name, end, end)

    def unclosed(self, low: int, high: int) -> int | None:
        """The innermost brace that opens between the tokens and is not closed there."""
        open_: list[int] = []
        for i in range(low, high):
            if self.tokens[i].word == "LBRACE":
                open_.append(i)
            elif self.tokens[i].word == "RBRACE" and open_:
                open_.pop()
        return open_[-1] if open_ else None

    def head_of(self, low: int, brace: int) -> int:
        """The token that begins the head of the block which opens at `brace`."""
        if brace - 1 >= low and self.tokens[brace - 1].word in ("STEP", "DEGRADE", "REVIEW"):
            return brace - 1
        return low

    def name(self, low: int) -> str:
        """What the declaration that begins at `low` is called: its keyword, and its name if it has one."""
        head = [token for token in self.tokens[low : low + 2] if token.word in WORD_TYPES]
        return " ".join(str(token.value) for token in head)


def _with_members(node: Any, members: Sequence[Any], last: s.Span) -> Any:
    """The head of a block with the members that were whole."""
    span = s.Span(node.span.file, node.span.start, last.end)
    if not isinstance(node, s.Group):
        return replace(node, members=tuple(members), span=span)
    return replace(
        node,
        rules=tuple(each for each in members if isinstance(each, s.Rule)),
        limits=tuple(each for each in members if isinstance(each, s.TimesLimit | s.PointsLimit | s.Best)),
        notes=tuple(each for each in members if isinstance(each, s.Note)),
        span=span,
    )
