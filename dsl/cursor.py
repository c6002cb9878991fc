"""What may come next at a place in a file that is being typed.

The tokens before the place are run through the parse table. Finished neighbours say nothing about the place, so only
the blocks that are still open are run, each with the member that is being written; that keeps the time for one answer
the same however long the file is. Where the text before is broken the parser would be stuck: then what it holds is
dropped until the token at hand is of use again, or that token is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsl.levels import ACCOUNT, FILE, GROUP, SCORE
from dsl.machine import Table, instead
from dsl.tokens import Token
from dsl.words import END, KEYWORDS

_LEVELS = {"SCORE": SCORE, "GROUP": GROUP, "ACCOUNT": ACCOUNT}
_LONGEST = 4
"""So many words follow one another without a choice: `of the first value`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A symbol that the parser holds: a terminal, or a rule of the grammar, with the tokens that it spans."""

    symbol: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Block:
    """Braces that are open: the token that begins their declaration, and the brace."""

    head: int
    brace: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """`tokens` are those that matter, `parts` what the parser has made of them, the last one innermost; `blocks` the
    open braces, outermost first; `expected` the terminals that may come next."""

    tokens: tuple[Token, ...]
    parts: tuple[Part, ...]
    blocks: tuple[Block, ...]
    expected: frozenset[str]
    _states: tuple[int, ...]
    _table: Table

    def phrase(self, keyword: str) -> str:
        """A keyword with the words that must follow it: `starts with`, `at most`."""
        words, states, kind = [keyword.lower()], list(self._states), keyword
        while len(words) < _LONGEST and _take(self._table, states, kind):
            following = _expected(self._table, states)
            if len(following) != 1 or not following <= _WORDS.keys():
                break
            (kind,) = following
            words.append(_WORDS[kind])
        return " ".join(words)


_WORDS = {kind: word for word, kind in KEYWORDS.items()}


def cursor_at(tokens: Sequence[Token], table: Table) -> Cursor:
    """The cursor behind some tokens, whose places are those in their lines."""
    kept, blocks = _open_parts(tokens)
    states, parts = [table.starts["file"]], list[Part]()
    for at, token in enumerate(kept):
        _feed(table, states, parts, token, at)
    return Cursor(tuple(kept), tuple(parts), tuple(blocks), _expected(table, states), tuple(states), table)


# --- what is open ---------------------------------------------------------------------------------------------------


def _open_parts(tokens: Sequence[Token]) -> tuple[list[Token], list[Block]]:
    """The tokens of open blocks, each with its head and its last member, and these blocks."""
    open_: list[tuple[int, int]] = []
    begin = 0
    for at, token in enumerate(tokens):
        kind = token.word
        if kind == "LBRACE":
            is_step = bool(open_) and tokens[open_[-1][0]].word == "TEST" and at > begin
            open_.append((at - 1 if is_step else begin, at))
            begin = at + 1
        elif kind == "RBRACE":
            if open_:
                open_.pop()
            begin = at + 1
        elif kind in FILE.words and token.span.start == 0 and _follows(tokens, at, FILE.words[kind]):
            open_, begin = [], at
        elif open_:
            level = _LEVELS.get(tokens[open_[-1][0]].word)
            if level is not None and kind in level.words and _follows(tokens, at, level.words[kind]):
                begin = at
        elif kind in FILE.words and _follows(tokens, at, FILE.words[kind]):
            begin = at
    kept: list[Token] = []
    blocks: list[Block] = []
    for head, brace in open_:
        blocks.append(Block(len(kept), len(kept) + brace - head))
        kept += tokens[head : brace + 1]
    return [*kept, *tokens[begin:]], blocks


def _follows(tokens: Sequence[Token], at: int, wanted: frozenset[str]) -> bool:
    """Whether the token after the one at hand, if there is one, is as wanted."""
    return at + 1 >= len(tokens) or tokens[at + 1].type in wanted or tokens[at + 1].word in wanted


# --- the parser, which does not stop --------------------------------------------------------------------------------


def _feed(table: Table, states: list[int], parts: list[Part], token: Token, at: int) -> None:
    kind = token.type
    while kind:
        if _take(table, states, kind, parts, at):
            return
        kind = instead(kind, token)
    if token.word in _WORDS or token.word in ("LBRACE", "RBRACE"):
        for depth in range(len(states) - 1, 0, -1):
            if _take(table, states[:depth], token.word):
                del states[depth:]
                del parts[depth - 1 :]
                _take(table, states, token.word, parts, at)
                return


def _take(table: Table, states: list[int], kind: str, parts: list[Part] | None = None, at: int = 0) -> bool:
    """Moves the stack over one terminal; false if it can't come next, and the stack is then as it was."""
    kept, held = list(states), None if parts is None else list(parts)
    while (action := table.rows[states[-1]].get(kind)) is not None:
        if action >= 0:
            states.append(action)
            if parts is not None:
                parts.append(Part(kind, at, at + 1))
            return True
        rule = table.rules[~action]
        if parts is not None:
            made = parts[-rule.size :] if rule.size else []
            first = made[0].first if made else at
            del parts[len(parts) - rule.size :]
            parts.append(Part(rule.origin, first, made[-1].last if made else at))
        if rule.size:
            del states[-rule.size :]
        states.append(table.rows[states[-1]][rule.origin])
    states[:] = kept
    if parts is not None and held is not None:
        parts[:] = held
    return False


def _expected(table: Table, states: list[int]) -> frozenset[str]:
    row = table.rows[states[-1]]
    kinds = (kind for kind in row if not kind.islower() and kind != END)
    return frozenset(kind for kind in kinds if _take(table, list(states), kind))
