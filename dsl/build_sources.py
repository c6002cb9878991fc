"""Building sources: how the payloads of other systems become events."""

from __future__ import annotations

from dsl import syntax as s
from dsl.parts import Children, kept, label_of, name_of, nodes, part, span_of, text_of
from dsl.tokens import Token


class SourceBuilder:
    """Sources and what stands in them."""

    like = kept("like", 1)
    time_format = kept("format", 1)
    time_zone = kept("zone", 1)
    whole = kept("whole", 1)

    def setting(self, c: Children) -> s.Setting:
        return s.Setting(c[0].value, text_of(c[1]), span=span_of(c))

    def moment(self, c: Children) -> s.Moment:
        return s.Moment(text_of(c[1]), _text(c, "format"), _text(c, "zone"), span=span_of(c))

    def columns(self, c: Children) -> s.Columns:
        return s.Columns(c[3], span=span_of(c))

    def entry(self, c: Children) -> s.Entry:
        return s.Entry(name_of(c[0]), text_of(c[2]), span=span_of(c))

    def gives(self, c: Children) -> s.Given:
        event = text_of(c[1]) if c[1].type == "A_TEXT" else name_of(c[1])
        return s.Given(event, _text(c, "whole"), nodes(c, s.Entry), span=span_of(c))

    def sets(self, c: Children) -> s.GivenLead:
        return s.GivenLead(_text(c, "whole"), nodes(c, s.Entry), span=span_of(c))

    def pick(self, c: Children) -> s.Pick:
        when = text_of(c[1]) if isinstance(c[1], Token) and c[1].type == "A_TEXT" else None
        return s.Pick(c[0].value, when, nodes(c, s.Given, s.GivenLead), span=span_of(c))

    def event_source(self, c: Children) -> s.EventSource:
        like = part(c, "like")
        members = nodes(c, s.Setting, s.Moment, s.Columns, s.Pick)
        return s.EventSource(name_of(c[1]), label_of(c), name_of(like) if like else None, members, span=span_of(c))


def _text(c: Children, kind: str) -> s.Text | None:
    token = part(c, kind)
    return text_of(token) if token is not None else None
