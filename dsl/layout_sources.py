"""The layout of sources: the sister of `dsl.build_sources`. A clause stands on a line of its own; what it gives goes to
lines below where it does not fit."""

from __future__ import annotations

from dsl.layout_blocks import BlockLayout, Children, clauses, is_kind, place_of
from dsl.pieces import Align, Break, Doc, Piece, deeper, group, words


class SourceLayout(BlockLayout):
    """Sources and what stands in them."""

    def event_source(self, c: Children) -> Doc:
        return self.named("source", c, spread=True)

    def setting(self, c: Children) -> Doc:
        return Doc("setting", group([c[0], Align("setting"), " ", c[1]]))

    def moment(self, c: Children) -> Doc:
        return Doc("moment", group([c[0], Align("setting"), " ", *words(c[1:])]))

    def pick(self, c: Children) -> Doc:
        first = next((i for i, each in enumerate(c) if isinstance(each, Doc)), len(c))
        said = words(c[:first])
        given: list[Piece] = []
        for each in c[first:]:
            given += [Break(" "), each]
        return Doc("pick", group([*said, *deeper(given)]) if given else said)

    def gives(self, c: Children) -> Doc:
        return self._filled("gives", c)

    def sets(self, c: Children) -> Doc:
        return self._filled("sets", c)

    def _filled(self, kind: str, c: Children) -> Doc:
        if not is_kind(c[-1], "RBRACE"):
            return Doc(kind, words(c))
        brace = place_of(c, "LBRACE")
        return self.block(kind, c[: brace + 1], clauses(c[brace + 1 : -1]), c[-1])

    def entry(self, c: Children) -> Doc:
        return Doc("entry", group([c[0], c[1], Align("entry"), " ", c[2]]))
