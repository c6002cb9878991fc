"""Where the pieces of a file begin, as far as its tokens show, whether or not they parse.

A piece begins at a keyword of its level whose neighbours fit (``score`` before a name, not after ``=``) outside of all
braces, and after the brace that closes the piece before. Where braces are missing, a piece also begins at a keyword
that begins its line in the column of the declarations, or whose neighbours leave no other reading (``rule NAME {``
within a rule).
"""

from __future__ import annotations

from itertools import accumulate

from dsl.levels import FILE, SCORE, Level
from dsl.tokens import Lexed
from dsl.words import END

_BEFORE_VALUE = frozenset(
    {
        "EQ", "NE", "LT", "LE", "GT", "GE", "PLUS", "MINUS", "STAR", "COMMA", "DOT", "DOTS", "LPAR", "LSQB", "COLON",
        "ON", "WHERE", "WHEN", "ADD", "SUBTRACT", "AND", "OR", "NOT", "IN", "OF", "TO", "FROM", "AT", "AFTER", "BY",
        "PER", "EVERY", "BETWEEN", "FOR", "OVER", "ALSO", "IS", "WITH", "CONTAINS", "MATCHES", "WORD", "LAST", "NEXT",
        "THAN", "ALWAYS", "NEVER", "REACHABLE", "WITHOUT", "SOURCE", "LIKE", "GIVE",
    }
)  # fmt: skip
"""After these a keyword is a name, unless it begins a line."""
_NESTS = {("GROUP", "RULE"), ("ACCOUNT", "SCORE")}
"""Blocks, and what within them begins with a word that begins a piece elsewhere too."""


class Cuts:
    """Cuts the tokens of a file into pieces."""

    def __init__(self, lexed: Lexed) -> None:
        self.tokens = lexed.tokens
        self.source = lexed.source
        self.open = [0, *accumulate((t.word == "LBRACE") - (t.word == "RBRACE") for t in lexed.tokens)]
        """The braces that are open before each token, less those closed."""
        self.least = [*accumulate(reversed(self.open), min)][::-1]
        """The least of these from each token on."""

    def pairs(self, low: int, high: int, level: Level) -> list[tuple[int, int]]:
        """The pieces between two tokens by first and last token, the first piece last."""
        cuts, _ = self.cut(low, high, level, closed=True)
        return list(zip(cuts, [*cuts[1:], high][: len(cuts)], strict=True))[::-1]

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
        nests = (self.tokens[piece].word, kind) in _NESTS
        return kind in level.anywhere and self.follower(i + 2) in ("LBRACE", "A_TEXT") and not nests

    def follower(self, i: int) -> str:
        return self.tokens[i].word if i < len(self.tokens) else END

    def first_of_line(self, i: int) -> bool:
        gap = self.source.text[self.tokens[i - 1].span.end : self.tokens[i].span.start] if i else "\n"
        return "\n" in gap or "\r" in gap

    def column(self, i: int) -> int:
        return self.source.position(self.tokens[i].span.start)[1]

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
