"""From what the grammar recognised to its layout: the sister of `dsl.build`, with a method for each rule that is laid
out in a way of its own. All other rules are words on one line.

The parse table is run once more with this builder in place of the one that makes the tree; so a layout holds every
token, in order, and nothing that a tree leaves out (the order of clauses, parentheses, spellings) can be lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dsl.layout_blocks import Children, clauses, gone, is_kind, place_of
from dsl.layout_expressions import filled
from dsl.layout_flow import FlowLayout
from dsl.layout_sources import SourceLayout
from dsl.pieces import Align, Break, Doc, Piece, deeper, group, words


class LayoutBuilder(FlowLayout, SourceLayout):
    """All rules of the grammar, for one file with the text `text`."""

    def __getattr__(self, name: str) -> Callable[[Children], Piece]:
        """The method of a rule that has none: its parts are words on one line."""
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(_line, name)

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
        said = c[2:-1] if is_kind(c[-1], "COMMA") else c[2:]
        return Doc("field", group([c[0], c[1], Align("field"), " ", *words(said), *gone(c[len(said) + 2 :])]))

    def signed(self, c: Children) -> Doc:
        return Doc("signed", c)

    def ranged_type(self, c: Children) -> Doc:
        return Doc("ranged_type", [c[0], " ", *c[1:]])

    def one_of(self, c: Children) -> Doc:
        options = c[2:-1] if is_kind(c[-1], "COMMA") else c[2:]
        return Doc("one_of", [*words(c[:2]), " ", *deeper(filled(options)), *gone(c[len(options) + 2 :])])

    def tally(self, c: Children) -> Doc:
        return self.named("tally", c)

    # scores

    def score(self, c: Children) -> Doc:
        equals = next((i for i, each in enumerate(c[:5]) if is_kind(each, "EQ")), None)
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
        clauses = c[place_of(c, "LBRACE") + 1 : -1]
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
        said = c[:-1] if is_kind(c[-1], "COMMA") else c
        return Doc("award", [*words(said[:2]), *_more(said[2:]), *gone(c[len(said) :])])

    def group(self, c: Children) -> Doc:
        brace = place_of(c, "LBRACE")
        return self.block("group", c[: brace + 1], clauses(c[brace + 1 : -1]), c[-1])

    def degrade(self, c: Children) -> Doc:
        return self.plain("degrade", c)


def _line(kind: str, c: Children) -> Piece:
    if len(c) == 1:
        only: Piece = c[0]
        return only
    return Doc(kind, words(c))


def _is_repeated(piece: Piece) -> bool:
    return isinstance(piece, Doc) and piece.kind == "repeated"


def _counted(head: Children, repeated: Piece) -> list[Piece]:
    return group([*words(head), *deeper([Break(" "), repeated])])


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
