"""Finding every broken declaration of a file that does not parse as a whole.

The tokens are cut where declarations begin, each piece is parsed by itself, and a broken score, account or group is
cut again into its members. A piece begins at a keyword of its level whose neighbours fit (``score`` before a name, not
after ``=``) outside of all braces, and after the brace that closes the piece before. Where braces are missing, a piece
also begins at a keyword that begins its line in the column of the declarations, or whose neighbours leave no other
reading (``rule NAME {`` within a rule). A piece is reported at most once, and not at all if a token of it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from dsl import errors
from dsl import syntax as s
from dsl.diagnostics import Diagnostic
from dsl.expectation import Expectation
from dsl.machine import Machine, Stuck
from dsl.tokens import MAX_PROBLEMS, Lexed, Token
from dsl.words import END, WORD_TYPES

_NAME, _TEXT, _BRACE = WORD_TYPES, frozenset({"A_TEXT"}), frozenset({"LBRACE"})
_BEFORE_VALUE = frozenset(
    {
        "EQ",
        "NE",
        "LT",
        "LE",
        "GT",
        "GE",
        "PLUS",
        "MINUS",
        "STAR",
        "COMMA",
        "DOT",
        "DOTS",
        "LPAR",
        "LSQB",
        "COLON",
        "ON",
        "WHERE",
        "WHEN",
        "ADD",
        "SUBTRACT",
        "AND",
        "OR",
        "NOT",
        "IN",
        "OF",
        "TO",
        "FROM",
        "AT",
        "AFTER",
        "BY",
        "PER",
        "EVERY",
        "BETWEEN",
        "FOR",
        "OVER",
        "ALSO",
        "IS",
        "WITH",
        "CONTAINS",
        "MATCHES",
        "WORD",
        "LAST",
        "NEXT",
        "THAN",
        "ALWAYS",
        "NEVER",
        "REACHABLE",
        "WITHOUT",
        "SOURCE",
        "LIKE",
        "GIVE",
    }
)
"""After these a keyword is a name, unless it begins a line."""


@dataclass(frozen=True, slots=True)
class Level:
    """Where pieces of one kind stand: the start symbol that reads one, the words that begin one with what may follow
    them, and the words that with a name and a brace after them begin one at any depth."""

    start: str
    words: dict[str, frozenset[str]]
    anywhere: frozenset[str]
    noun: str


FILE = Level(
    "item",
    {
        "IMPORT": _TEXT, "MODEL": _NAME, "LET": _NAME, "SET": _NAME, "LEAD": _BRACE, "EVENT": _NAME, "SCORE": _NAME,
        "TALLY": _NAME, "STAGES": _NAME | _TEXT, "TRIGGER": _NAME, "ACCOUNT": _BRACE, "SEGMENT": _NAME,
        "SOURCE": _NAME, "TEST": _TEXT, "ASSERT": _TEXT,
    },
    frozenset({"MODEL", "EVENT", "SCORE", "TALLY", "SEGMENT", "SOURCE"}),
    "declaration",
)  # fmt: skip
SCORE = Level(
    "score_member",
    {
        "READY": frozenset({"AT"}), "RANGE": frozenset({"A_NUMBER", "DOTS", "MINUS", "LPAR"}) | _NAME,
        "BANDS": _NAME | _TEXT, "RULE": _NAME, "GROUP": _NAME, "DEGRADE": _BRACE, "EXPIRE": frozenset({"AFTER"}),
        "FADE": frozenset({"A_NUMBER", "A_PERCENT", "LPAR"}) | _NAME, "NOTE": frozenset({"A_DATE"}),
    },
    frozenset({"RULE", "GROUP"}),
    "member of a score",
)  # fmt: skip
GROUP = Level(
    "group_member",
    {"RULE": _NAME, "NOTE": frozenset({"A_DATE"}), "AT": frozenset({"MOST"}), "ONCE": WORD_TYPES | {"COMMA", "RBRACE"},
     "BEST": WORD_TYPES | {"COMMA", "RBRACE"}},
    frozenset({"RULE"}),
    "member of a group",
)  # fmt: skip
ACCOUNT = Level("account_member", {"SCORE": _NAME, "TRIGGER": _NAME}, frozenset({"TRIGGER"}), "member of `account`")


def _inside(level: Level, kind: str) -> Level | None:
    """The level of the members of a block that is cut again."""
    if level is FILE:
        return {"SCORE": SCORE, "ACCOUNT": ACCOUNT}.get(kind)
    return GROUP if level is SCORE and kind == "GROUP" else None


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
        self.problems: list[Diagnostic] = []
        self.unopened = 0
        """Braces that will close nothing because of what was reported already."""
        self.misread = sorted(problem.span.start for problem in lexed.problems)
        self.open = [0, *accumulate((t.word == "LBRACE") - (t.word == "RBRACE") for t in lexed.tokens)]
        """The braces that are open before each token, less those closed."""
        self.least = [*accumulate(reversed(self.open), min)][::-1]
        """The least of these from each token on."""

    def pieces(self, low: int, high: int, level: Level) -> list[Any]:
        """The nodes of the whole pieces between two tokens; the broken ones are reported."""
        nodes: list[Any] = []
        left = self.pairs(low, high, level)
        while left:
            start, end = left.pop()
            known = len(self.problems)
            found, rest = self.piece(start, end, level)
            nodes += found
            if level is FILE and len(self.problems) > known:
                rest = self.after_stray_brace(start, rest)
                while left and left[-1][0] < rest:
                    end = left.pop()[1]
            if rest < end:
                left += self.pairs(rest, end, level)
            if len(self.problems) > MAX_PROBLEMS:
                break
        return nodes

    def after_stray_brace(self, broken: int, low: int) -> int:
        """The token after the brace that closes nothing and so belongs to the broken declaration, an opening one of
        which is missing; or `low`, if a declaration begins before one is found."""
        if self.least[low] >= self.open[low]:
            return low
        line = self.source.position(self.tokens[broken].span.start)[0]
        indent = len(self.source.line(line)) - len(self.source.line(line).lstrip()) + 1
        depth = 0
        for i in range(low, len(self.tokens)):
            kind = self.tokens[i].word
            if kind in FILE.words and self.first_of_line(i) and self.column(i) <= indent:
                return low
            depth += (kind == "LBRACE") - (kind == "RBRACE")
            if depth < 0:
                return i + 1
        return low

    def pairs(self, low: int, high: int, level: Level) -> list[tuple[int, int]]:
        """The pieces between two tokens by first and last token, the first piece last."""
        cuts, _ = self.cut(low, high, level, closed=True)
        return list(zip(cuts, [*cuts[1:], high][: len(cuts)], strict=True))[::-1]

    def piece(self, low: int, high: int, level: Level) -> tuple[list[Any], int]:
        """The node of one piece, unless it is broken; and the token from which on there is more to read."""
        noted = len(self.noted)
        try:
            return [self.machine.run(self.tokens[low:high], level.start)], high
        except Stuck as stuck:
            del self.noted[noted:]
            at = low + stuck.index
        inside = _inside(level, self.tokens[low].word)
        brace = next((i for i in range(low, at) if self.tokens[i].word == "LBRACE"), None)
        if inside is not None and brace is not None:
            return self.block(low, brace, high, level, inside)
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

    def block(self, low: int, brace: int, high: int, level: Level, inside: Level) -> tuple[list[Any], int]:
        """A broken block by its head and its members, so that each broken member is reported."""
        before = len(self.problems)
        _, close = self.cut(brace + 1, high, inside)
        members = self.pieces(brace + 1, close, inside)
        end = Token("RBRACE", "}", self.tokens[brace].span, self.noted)
        nodes: list[Any] = []
        try:
            node = self.machine.run([*self.tokens[low : brace + 1], end], level.start)
            nodes.append(_with_members(node, members, self.tokens[min(close, high - 1)].span))
        except Stuck as stuck:
            at = low + stuck.index
            self.report(low, at, high, level, self.machine.expected(self.tokens[low:at], level.start))
        if close == high and len(self.problems) == before and not self.was_misread(low, high):
            self.problems.append(errors.never_closed(self.tokens[brace].span, self.name(low), self.end_of(high)))
        return nodes, min(close + 1, high)

    def cut(self, low: int, high: int, level: Level, closed: bool = False) -> tuple[list[int], int]:
        """The tokens that begin a piece, the first one at `low`; and the brace that closes the block around them,
        unless that is known to be `closed` at `high`."""
        cuts: list[int] = []
        depth, column = 0, None
        for i in range(low, high):
            kind = self.tokens[i].word
            begins = i == low or (depth == 0 and self.tokens[i - 1].word == "RBRACE" and self.may_begin(kind, level))
            if kind in level.words and (i == low or self.begins(i, cuts[-1], depth, column, high, level)):
                begins = True
                if column is None and self.first_of_line(i):
                    column = self.column(i)
            if kind == "RBRACE" and depth == 0 and not closed and not self.goes_on(i, high, level):
                return cuts, i
            if begins:
                cuts.append(i)
                depth = 0
            depth = max(depth + (kind == "LBRACE") - (kind == "RBRACE"), 0)
        return cuts, high

    @staticmethod
    def may_begin(kind: str, level: Level) -> bool:
        """Whether a token after a closed brace begins a piece. One that belongs into a score does not begin a
        declaration: the brace of that score was closed too early, or never opened."""
        return kind != "RBRACE" and not (level is FILE and kind in SCORE.words)

    def goes_on(self, i: int, high: int, level: Level) -> bool:
        """Whether members follow the brace at `i`, so that it can't be the one that closes the block."""
        after = self.tokens[i + 1].word if i + 1 < high else END
        follows = self.tokens[i + 2].word if i + 2 < high else END
        return after in level.words and after not in FILE.words and follows in level.words[after]

    def begins(self, i: int, piece: int, depth: int, column: int | None, high: int, level: Level) -> bool:
        """Whether the keyword at `i` begins a piece, `piece` being the token that began the one before."""
        kind, last = self.tokens[i].word, self.tokens[i - 1].word
        if self.follower(i + 1) not in level.words[kind]:
            return False
        first = self.first_of_line(i)
        if depth == 0:
            if first and column is not None:
                return self.column(i) <= column
            named = i - 1 == piece and last in level.words
            return first or not (named or last in _BEFORE_VALUE)
        if first and self.column(i) == column and self.open[piece] != self.open[high]:
            return True
        nests = kind == "RULE" and self.tokens[piece].word == "GROUP"
        return kind in level.anywhere and self.follower(i + 2) in ("LBRACE", "A_TEXT") and not nests

    def follower(self, i: int) -> str:
        return self.tokens[i].word if i < len(self.tokens) else END

    def first_of_line(self, i: int) -> bool:
        gap = self.source.text[self.tokens[i - 1].span.end : self.tokens[i].span.start] if i else "\n"
        return "\n" in gap or "\r" in gap

    def column(self, i: int) -> int:
        return self.source.position(self.tokens[i].span.start)[1]

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
            name = self.name(brace if brace == low else self.head_of(low, brace))
            self.problems.append(errors.never_closed(tokens[brace].span, name, self.end_of(high)))
            return
        if at < len(tokens) and tokens[at].word == "RBRACE" and at == low:
            if self.unopened:
                self.unopened -= 1
            else:
                self.problems.append(errors.closes_nothing(tokens[at].span))
            return
        self.unopened += "LBRACE" in expected or max(self.open[high] - self.open[low], 0)
        self.problems.append(errors.unexpected(self.end_of(at), self.context(low, at, level, expected)))

    def context(self, low: int, at: int, level: Level, expected: frozenset[str]) -> Expectation:
        """What was found at token `at` of a piece, and what was expected."""
        spelled = self.source.read(self.tokens[at].span) if at < len(self.tokens) else None
        before = tuple(token.word for token in self.tokens[max(low, at - 3) : at])
        return Expectation(spelled, before, self.follower(at), expected, at == low, level.noun)

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
