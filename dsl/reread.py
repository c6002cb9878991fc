"""Reading again only what an edit has changed of a file that was read before.

The edit lies in a run of neighbours: declarations of the file, or members of one score. These are read once more,
together with the neighbour before and the one after them. If both of these come out as they were, each at its place,
then so does all that is further away: a token never goes on in the next line, and what the parser makes of a
declaration hangs on the one token behind it. For that same reason of a neighbour that is a long score only the end or
the head is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsl.cells import with_cells
from dsl.depth import may_be_deep
from dsl.machine import Stuck
from dsl.parse import machine
from dsl.source import Source
from dsl.syntax import File, Item, Score, ScoreMember
from dsl.tokens import Lexed, Token, lex


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters from `low` to `high` of a text were changed; what was behind them has moved by `shift`."""

    low: int
    high: int
    shift: int


@dataclass(frozen=True, slots=True)
class Reread:
    """Neighbours, members of `score` or declarations of the file if that is None: `come` stands in the new text where
    `gone` stood between `low` and `high` of the old one, and all behind that has moved by `shift`."""

    score: Score | None
    gone: tuple[Item | ScoreMember, ...]
    come: tuple[Item | ScoreMember, ...]
    low: int
    high: int
    shift: int


def reread(tree: File, old: Source, new: Source, edit: Edit) -> Reread | None:
    """What an edit has changed in the tree of `old`, which must be free of errors; None if that takes a look at the
    whole file, or if `new` has errors there."""
    run = _run(tree, old, edit)
    high = run.end + edit.shift
    lexed = lex(new, run.start, high)
    if new.problems or lexed.problems or lexed.stopped or may_be_deep(lexed.tokens):
        return None
    if (run.foot or run.score) and (not lexed.tokens or lexed.tokens[-1].span.end != high):
        return None
    found = _parsed(run, lexed)
    nodes = None if found is None else _between(run, found, edit.shift)
    if nodes is None or lexed.noted:
        return None
    return Reread(run.score, tuple(run.nodes[run.first : run.last]), nodes, run.low, run.high, edit.shift)


@dataclass(frozen=True, slots=True)
class _Run:
    """The text from `start` to `end` is read again, between the tokens `head` and `foot`: of `nodes` those from `first`
    to before `last`, which lie between `low` and `high`, and their neighbours, or the braces of `score`."""

    score: Score | None
    nodes: Sequence[Item | ScoreMember]
    first: int
    last: int
    low: int
    high: int
    start: int
    end: int
    head: Sequence[Token] = ()
    foot: Sequence[Token] = ()

    @property
    def before(self) -> Item | ScoreMember | None:
        return self.nodes[self.first - 1] if self.first else None

    @property
    def after(self) -> Item | ScoreMember | None:
        return self.nodes[self.last] if self.last < len(self.nodes) else None


def _run(tree: File, old: Source, edit: Edit) -> _Run:
    first, last = _touched(tree.items, edit)
    if last - first == 1 and isinstance(score := tree.items[first], Score):
        brace = _brace(score, old)
        if brace is not None and brace <= edit.low and edit.high < score.span.end:
            return _members(score, brace, edit)
    return _items(tree, old, first, last)


def _items(tree: File, old: Source, first: int, last: int) -> _Run:
    items = tree.items
    before = items[first - 1] if first else None
    after = items[last] if last < len(items) else None
    run = _Run(None, items, first, last, 0, len(old.text), 0, len(old.text))
    if before is not None:
        low = before.span.end
        closed = _brace(before, old) is not None
        run = replace(run, low=low, start=low if closed else before.span.start, head=_SHORT if closed else ())
    if after is not None:
        brace = _brace(after, old)
        end, foot = (after.span.end, ()) if brace is None else (brace, _FOOT)
        run = replace(run, high=after.span.start, end=end, foot=foot)
    return run


def _members(score: Score, brace: int, edit: Edit) -> _Run:
    first, last = _touched(score.members, edit)
    run = _Run(score, score.members, first, last, brace, score.span.end, score.span.start, score.span.end)
    if run.before is not None:
        run = replace(run, low=run.before.span.end, start=run.before.span.start, head=_HEAD)
    if run.after is not None:
        run = replace(run, high=run.after.span.start, end=run.after.span.end, foot=_FOOT)
    return run


def _touched(nodes: Sequence[Item | ScoreMember], edit: Edit) -> tuple[int, int]:
    """The nodes that an edit is in or beside, from the first to before the last."""
    first = next((i for i, node in enumerate(nodes) if node.span.end >= edit.low), len(nodes))
    last = next((i for i in range(first, len(nodes)) if nodes[i].span.start > edit.high), len(nodes))
    return first, last


def _brace(node: Item | ScoreMember, source: Source) -> int | None:
    """The place behind the brace that opens a score with members."""
    if not isinstance(node, Score) or not node.members:
        return None
    return lex(source, node.span.start, node.members[0].span.start).tokens[-1].span.end


def _parsed(run: _Run, lexed: Lexed) -> tuple[Item | ScoreMember, ...] | None:
    """What the tokens say; None if they don't say declarations, or members of the score with its head or behind one."""
    tokens = [*run.head, *lexed.tokens, *run.foot]
    try:
        if run.score is None:
            file: File = machine().run(tokens, "file")
            return tuple(map(with_cells, file.items))
        score = machine().run(tokens, "item")
    except Stuck:
        return None
    if not isinstance(score, Score) or not (run.head or _head(score) == _head(run.score)):
        return None
    return score.members


def _between(run: _Run, nodes: tuple[Item | ScoreMember, ...], shift: int) -> tuple[Item | ScoreMember, ...] | None:
    """The nodes without the neighbours; None if those are not what they were."""
    if run.after is not None:
        if not nodes or not _is_same(nodes[-1], run.after, shift, short=run.score is None and bool(run.foot)):
            return None
        nodes = nodes[:-1]
    if run.before is not None:
        short = run.score is None and bool(run.head)
        if not nodes or not (_is_stand_in(nodes[0]) if short else _is_same(nodes[0], run.before, 0)):
            return None
        nodes = nodes[1:]
    return nodes


def _is_same(node: Item | ScoreMember, known: Item | ScoreMember, shift: int, short: bool = False) -> bool:
    """Whether a node is one that was known, at its place; `short`: as far as its head goes."""
    if node.span.start != known.span.start + shift:
        return False
    if short:
        return isinstance(node, Score) and isinstance(known, Score) and _head(node) == _head(known)
    return node.span.end == known.span.end + shift and node == known


def _is_stand_in(node: Item | ScoreMember) -> bool:
    """Whether a node is what stands for a long score before the edit."""
    return isinstance(node, Score) and not node.members and node.span.end == _SHORT[-1].span.end


def _head(score: Score | None) -> Score | None:
    return None if score is None else replace(score, members=())


_SHORT: Sequence[Token] = lex(Source("", "score s { }")).tokens
_HEAD: Sequence[Token] = _SHORT[:3]
_FOOT: Sequence[Token] = _SHORT[3:]
