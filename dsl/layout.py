"""From what the grammar recognised to its layout: the sister of `dsl.build`, with a method for each rule that is laid
out in a way of its own. All other rules are words on one line.

The parse table is run once more with this builder in place of the one that makes the tree; so a layout holds every
token, in order, and nothing that a tree leaves out (the order of clauses, parentheses, spellings) can be lost.

A block is written on one line if it fits there, holds no other block, and its writer has not broken the line after the
brace; else its parts stand one a line. Commas that mean nothing are left out, and limits get those between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from dsl.layout_expressions import ExpressionLayout, filled
from dsl.pieces import (
    CLOSE,
    Align,
    Break,
    Doc,
    Gone,
    Open,
    Piece,
    deeper,
    group,
    last_token,
    words,
)
from dsl.remarks import line_breaks
from dsl.tokens import Token

Children = list[Any]
"""Tokens and docs, in order."""
_NEW_LINE = re.compile(r"[^\S\r\n]*[\r\n]")
_BLOCKS = {"rule", "group", "degrade", "review", "trigger", "account_score", "note"}
"""What a block that holds it is never on one line with."""
_LIMITS = {"once", "times_limit", "points_limit", "best"}


class LayoutBuilder(ExpressionLayout):
    """All rules of the grammar, for one file with the text `text`."""

    def __init__(self, text: str) -> None:
        self.source = text

    def __getattr__(self, name: str) -> Callable[[Children], Piece]:
        """The method of a rule that has none: its parts are words on one line."""
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(_line, name)

    # blocks

    def block(self, kind: str, head: Children, items: Children, close: Token, *, spread: bool = False) -> Doc:
        """A block with its head, the last of which is the brace. Each kind of item that is a block spreads it."""
        brace: Token = head[-1]
        if not items:
            return Doc(kind, group([*words(head), Break("", item=True, opening=True, closing=True), close]))
        spread = spread or bool(_NEW_LINE.match(self.source, brace.span.end))
        spread = spread or any(isinstance(item, Doc) and item.kind in _BLOCKS for item in items)
        inside: list[Piece] = [Break(" ", item=True, opening=True), items[0]]
        for item in items[1:]:
            inside += [Break("  ", item=True), item]
        last = Break(" ", item=True, closing=True)
        return Doc(kind, [Open(spread), *words(head), *deeper(inside), last, close, CLOSE])

    def named(self, kind: str, c: Children, items: Children | None = None, *, spread: bool = False) -> Doc:
        """A block whose second word is a name, to be aligned with its neighbours' names."""
        brace = _at(c, "LBRACE")
        name = Doc("name", [c[1], Align(kind)])
        head = [c[0], name, *c[2 : brace + 1]]
        return self.block(kind, head, c[brace + 1 : -1] if items is None else items, c[-1], spread=spread)

    def plain(self, kind: str, c: Children, *, spread: bool = False) -> Doc:
        brace = _at(c, "LBRACE")
        return self.block(kind, c[: brace + 1], c[brace + 1 : -1], c[-1], spread=spread)

    def file(self, c: Children) -> Doc:
        """The declarations, with breaks around them that are always new lines."""
        parts: list[Piece] = [Break("", item=True, opening=True)]
        for item in c:
            parts += [item, Break("", item=True)]
        last = parts[-1]
        assert isinstance(last, Break)
        last.closing = True
        return Doc("file", parts)

    # declarations

    def let(self, c: Children) -> Doc:
        return Doc("let", _assigned([c[0], Doc("name", [c[1], Align("let")]), c[2]], c[3]))

    def set_of(self, c: Children) -> Doc:
        return Doc("set_of", group(words([c[0], Doc("name", [c[1], Align("set")]), *c[2:]])))

    def model(self, c: Children) -> Doc:
        return self.plain("model", c)

    def review(self, c: Children) -> Doc:
        return self.plain("review", c)

    def lead(self, c: Children) -> Doc:
        return self.plain("lead", c)

    def event(self, c: Children) -> Doc:
        return self.named("event", c)

    def field(self, c: Children) -> Doc:
        said = c[2:-1] if _is(c[-1], "COMMA") else c[2:]
        return Doc("field", group([c[0], c[1], Align("field"), " ", *words(said), *_gone(c[len(said) + 2 :])]))

    def signed(self, c: Children) -> Doc:
        return Doc("signed", c)

    def ranged_type(self, c: Children) -> Doc:
        return Doc("ranged_type", [c[0], " ", *c[1:]])

    def one_of(self, c: Children) -> Doc:
        options = c[2:-1] if _is(c[-1], "COMMA") else c[2:]
        return Doc("one_of", [*words(c[:2]), " ", *deeper(filled(options)), *_gone(c[len(options) + 2 :])])

    def stage_list(self, c: Children) -> Doc:
        return Doc("stage_list", filled(c))

    def stages(self, c: Children) -> Doc:
        also: list[Piece] = [Break("  ", fill=True), *words(c[2:])] if len(c) > 2 else []
        return Doc("stages", deeper([*words(c[:2]), *also]))

    def tally(self, c: Children) -> Doc:
        return self.named("tally", c)

    def account(self, c: Children) -> Doc:
        return self.plain("account", c)

    def account_score(self, c: Children) -> Doc:
        said = [c[0], Doc("name", [c[1], Align("account_score")]), *c[2:]]
        if not (isinstance(c[-1], Doc) and c[-1].kind == "where"):
            return Doc("account_score", group(words(said)))
        where = said.pop()
        return Doc("account_score", group([*words(said), *deeper([Break(" ", fill=True), where])]))

    def segment(self, c: Children) -> Doc:
        brace = _at(c, "LBRACE")
        picked = c[brace + 1 : -1]
        where = picked.pop() if isinstance(picked[-1], Doc) and picked[-1].kind == "where" else None
        if where is None:
            item: list[Piece] = words(picked)
        elif not picked:
            item = [where]
        else:
            item = group([*words(picked), *deeper([Break(" ", fill=True), where])])
        return self.named("segment", c, [Doc("picked", item)])

    # scores

    def score(self, c: Children) -> Doc:
        equals = next((i for i, each in enumerate(c[:5]) if _is(each, "EQ")), None)
        if equals is None:
            return self.plain("score", c)
        value = Doc("value", _assigned(c[: equals + 1], c[equals + 1]))
        rest = c[equals + 2 :]
        return self.block("score", [value, rest[0]], rest[1:-1], rest[-1]) if rest else Doc("score", [value])

    def bands(self, c: Children) -> Doc:
        return Doc("bands", [c[0], " ", *deeper(filled(c[1:]))])

    def range(self, c: Children) -> Doc:
        return Doc("range", [c[0], " ", *c[1:]])

    def rule(self, c: Children) -> Doc:
        """One clause a line; but where a `when` goes on with `else when`, one branch a line."""
        clauses = c[_at(c, "LBRACE") + 1 : -1]
        branches = [each for each in clauses if isinstance(each, Doc) and each.kind in ("branch", "else_branch")]
        items: Children = []
        for clause in clauses:
            if clause not in branches:
                items.append(clause)
            elif len(branches) > 1 and len(clause.parts) == 2:
                when, award = clause.parts
                items.append(Doc("branch", group([when, Align("branch"), *deeper([Break("  "), award])])))
            else:
                items += clause.parts
        return self.named("rule", c, items, spread=len(branches) > 1)

    def on(self, c: Children) -> Doc:
        return Doc("on", _counted(c[:-1], c[-1]) if _is_repeated(c[-1]) else words(c))

    def branch(self, c: Children) -> Doc:
        """Its clauses: the `when`, with a `repeated` right behind it, notes, the award."""
        if _is_repeated(c[2]):
            return Doc("branch", [Doc("when", _counted(c[:2], c[2])), *c[3:]])
        return Doc("branch", [Doc("when", words(c[:2])), *c[2:]])

    def else_branch(self, c: Children) -> Doc:
        when, *rest = c[1].parts
        return Doc("else_branch", [Doc("when", words([c[0], when])), *rest])

    def award(self, c: Children) -> Doc:
        said = c[:-1] if _is(c[-1], "COMMA") else c
        return Doc("award", [*words(said[:2]), *_more(said[2:]), *_gone(c[len(said) :])])

    def group(self, c: Children) -> Doc:
        brace = _at(c, "LBRACE")
        return self.block("group", c[: brace + 1], _clauses(c[brace + 1 : -1]), c[-1])

    def degrade(self, c: Children) -> Doc:
        return self.plain("degrade", c)

    # triggers and tests

    def trigger(self, c: Children) -> Doc:
        return self.named("trigger", c, _clauses(c[_at(c, "LBRACE") + 1 : -1]))

    def test(self, c: Children) -> Doc:
        """The steps; an event stands on the line of its time, an expectation does where it was written so."""
        items: Children = []
        brace = _at(c, "LBRACE")
        for step in c[brace + 1 : -1]:
            if items and items[-1].kind in ("at", "after") and self.follows(step, items[-1]):
                items[-1] = Doc("timed", [Open(), items[-1], Align("time"), "  ", step, CLOSE])
            else:
                items.append(step)
        return self.block("test", c[: brace + 1], items, c[-1], spread=True)

    def follows(self, step: Doc, time: Doc) -> bool:
        """Whether a step goes on the line of the time before it: neither a comment nor a blank line stands between the
        two, and, save for what happens then, no line break."""
        before, after = last_token(time), next(each for each in step.parts if isinstance(each, Token))
        assert before is not None
        between = self.source[before.span.end : after.span.start]
        if "#" in between or step.kind in ("at", "after"):
            return False
        return line_breaks(between) < (2 if step.kind == "give" else 1)

    def give(self, c: Children) -> Doc:
        return self.block("give", c[:2], _clauses(c[2:-1]), c[-1])

    def assertion(self, c: Children) -> Doc:
        """A claim a line: side by side, a `within` would read as part of what stands before it."""
        claims: Children = []
        for each in c[3:-1]:
            claims += each.parts if each.kind == "reachable_and_within" else [each]
        return self.block("assert", c[:3], claims, c[-1], spread=len(claims) > 1)

    def reachable(self, c: Children) -> Doc:
        said = words(c[:2])
        if len(c) > 2:
            said = group([*said, *deeper([Break(" ", fill=True), *words(c[2:])])])
        return Doc("reachable", said)

    def reachable_and_within(self, c: Children) -> Doc:
        return Doc("reachable_and_within", [self.reachable(c[:2]), Doc("within", words(c[2:]))])

    def never_fired(self, c: Children) -> Doc:
        said = words(c[:3])
        if len(c) > 3:
            said = group([*said, *deeper([Break(" ", fill=True), c[3]])])
        return Doc("never_fired", said)

    def value(self, c: Children) -> Doc:
        return Doc("value", group([c[0], c[1], Align("value"), " ", c[2]]))


def _line(kind: str, c: Children) -> Piece:
    if len(c) == 1:
        only: Piece = c[0]
        return only
    return Doc(kind, words(c))


def _is(piece: Piece, kind: str) -> bool:
    return isinstance(piece, Token) and piece.type == kind


def _at(c: Children, kind: str) -> int:
    return next(i for i, each in enumerate(c) if _is(each, kind))


def _is_repeated(piece: Piece) -> bool:
    return isinstance(piece, Doc) and piece.kind == "repeated"


def _counted(head: Children, repeated: Piece) -> list[Piece]:
    return group([*words(head), *deeper([Break(" "), repeated])])


def _gone(tokens: Children) -> list[Piece]:
    return [Gone(token) for token in tokens]


def _more(c: Children) -> list[Piece]:
    """What follows in a list of limits, each behind its comma."""
    parts: list[Piece] = []
    for comma, limit in zip(c[::2], c[1::2], strict=True):
        parts += [comma, Break(" ", fill=True), limit]
    return deeper(parts) if parts else []


def _assigned(head: Children, value: Piece) -> list[Piece]:
    """``NAME = VALUE``; a long expression begins on a line of its own, a list breaks by itself."""
    if isinstance(value, Doc) and value.kind != "list":
        return group([*words(head), *deeper([Break(" "), value])])
    return group(words([*head, value]))


def _clauses(c: Children) -> Children:
    """Clauses without the commas behind them, but with one between limits, which are one clause then.

    A comma after the name `has` stays: it keeps a `tag` away from it."""
    made: Children = []
    comma: Token | None = None
    for each in [*c, None]:
        if each is not None and _is(each, "COMMA"):
            comma = each
            continue
        limits = isinstance(each, Doc | Token) and _is_limit(each) and bool(made) and made[-1].kind == "limits"
        if limits:
            made[-1].parts += [comma or ",", *deeper([Break(" ", fill=True), each])]
        else:
            if comma is not None:
                before = last_token(made[-1])
                kept = before is not None and before.value == "has"
                made[-1] = Doc(made[-1].kind, [made[-1], comma if kept else Gone(comma)])
            if each is not None:
                made.append(Doc("limits", [each]) if _is_limit(each) else each)
        comma = None
    return made


def _is_limit(piece: Doc | Token) -> bool:
    kind = piece.kind if isinstance(piece, Doc) else piece.type.lower()
    return kind in _LIMITS
