"""The layout of stages, triggers, accounts, segments, outcomes, tests and claims: the sister of `dsl.build_flow`."""

from __future__ import annotations

from dsl.layout_blocks import BlockLayout, Children, clauses, place_of
from dsl.layout_expressions import filled
from dsl.pieces import CLOSE, Align, Break, Doc, Open, Piece, deeper, group, last_token, words
from dsl.remarks import line_breaks
from dsl.tokens import Token


class FlowLayout(BlockLayout):
    """Stages, triggers, accounts, segments, outcomes, tests and assertions."""

    def stage_list(self, c: Children) -> Doc:
        return Doc("stage_list", filled(c))

    def stages(self, c: Children) -> Doc:
        also: list[Piece] = [Break("  ", fill=True), *words(c[2:])] if len(c) > 2 else []
        return Doc("stages", deeper([*words(c[:2]), *also]))

    def account(self, c: Children) -> Doc:
        return self.plain("account", c)

    def account_score(self, c: Children) -> Doc:
        said = [c[0], Doc("name", [c[1], Align("account_score")]), *c[2:]]
        if not (isinstance(c[-1], Doc) and c[-1].kind == "where"):
            return Doc("account_score", group(words(said)))
        where = said.pop()
        return Doc("account_score", group([*words(said), *deeper([Break(" "), where])]))

    def segment(self, c: Children) -> Doc:
        brace = place_of(c, "LBRACE")
        picked = c[brace + 1 : -1]
        where = picked.pop() if isinstance(picked[-1], Doc) and picked[-1].kind == "where" else None
        if where is None:
            item: list[Piece] = words(picked)
        elif not picked:
            item = [where]
        else:
            item = group([*words(picked), *deeper([Break(" "), where])])
        return self.named("segment", c, [Doc("picked", item)])

    def won(self, c: Children) -> Doc:
        if len(c) == 1:
            return Doc("won", c)
        return Doc("won", group([c[0], *deeper([Break("  "), c[1]])]))

    def outcome(self, c: Children) -> Doc:
        brace = place_of(c, "LBRACE")
        return self.named("outcome", c, spread=len(c) > brace + 3)

    def trigger(self, c: Children) -> Doc:
        return self.named("trigger", c, clauses(c[place_of(c, "LBRACE") + 1 : -1]))

    def test(self, c: Children) -> Doc:
        """The steps; an event stands on the line of its time, an expectation does where it was written so."""
        items: Children = []
        brace = place_of(c, "LBRACE")
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
        return self.block("give", c[:2], clauses(c[2:-1]), c[-1])

    def assertion(self, c: Children) -> Doc:
        """A claim a line: side by side, a `within` would read as part of what stands before it."""
        claims: Children = []
        for each in c[3:-1]:
            claims += each.parts if each.kind == "reachable_and_within" else [each]
        return self.block("assert", c[:3], claims, c[-1], spread=len(claims) > 1)

    def reachable(self, c: Children) -> Doc:
        said = words(c[:2])
        if len(c) > 2:
            said = group([*said, *deeper([Break(" "), *words(c[2:])])])
        return Doc("reachable", said)

    def reachable_and_within(self, c: Children) -> Doc:
        return Doc("reachable_and_within", [self.reachable(c[:2]), Doc("within", words(c[2:]))])

    def never_fired(self, c: Children) -> Doc:
        said = words(c[:3])
        if len(c) > 3:
            said = group([*said, *deeper([Break(" "), c[3]])])
        return Doc("never_fired", said)

    def value(self, c: Children) -> Doc:
        return Doc("value", group([c[0], c[1], Align("value"), " ", c[2]]))
