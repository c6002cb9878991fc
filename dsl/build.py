"""From what the grammar recognised to nodes of the tree: a method for each rule of the grammar.

The methods are called bottom up, each with the tokens and nodes that its rule spans, every token included; so the
first and the last of them give the span. They hold no state: a mistake that the grammar lets pass, in order to say
something better about it, is noted in the list that every token carries.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from dsl import errors
from dsl import syntax as s
from dsl.build_expressions import ExpressionBuilder
from dsl.build_flow import FlowBuilder
from dsl.build_scores import ScoreBuilder
from dsl.build_sources import SourceBuilder
from dsl.parts import Children, Part, kept, label_of, name_of, nodes, part, single, span_of, text_of
from dsl.tokens import Token


class TreeBuilder(ExpressionBuilder, ScoreBuilder, FlowBuilder, SourceBuilder):
    """All rules of the grammar: the file, the model, events, tests, and what the other builders hold."""

    def file(self, c: Children) -> s.File:
        return s.File(tuple(c))

    def import_(self, c: Children) -> s.Import:
        return s.Import(text_of(c[1]), span=span_of(c))

    def let(self, c: Children) -> s.Let:
        return s.Let(name_of(c[1]), c[3], span=span_of(c))

    def set_of(self, c: Children) -> s.SetOf:
        path = text_of(c[3]) if c[2].type == "FROM" else None
        return s.SetOf(name_of(c[1]), None if path else c[3], path, span=span_of(c))

    def model(self, c: Children) -> s.Model:
        settings = nodes(c, s.Owner, s.Lateness, s.Review, s.Note)
        return s.Model(name_of(c[1]), label_of(c), settings, span=span_of(c))

    def owner(self, c: Children) -> s.Owner:
        return s.Owner(text_of(c[1]), span=span_of(c))

    def lateness(self, c: Children) -> s.Lateness:
        return s.Lateness(c[1], span=span_of(c))

    review_first = kept("first", 2)
    review_every = kept("every", -1)

    def review(self, c: Children) -> s.Review:
        program = text_of(c[1]) if c[1].type == "A_TEXT" else None
        first, every, since = (part(c, name) for name in ("first", "every", "since"))
        return s.Review(program, first, every, since, nodes(c, s.Held), span=span_of(c))

    def review_since(self, c: Children) -> Part:
        return Part("since", s.Date(c[1].value, span=c[1].span), span_of(c))

    def review_held(self, c: Children) -> s.Held:
        text = text_of(c[-1]) if c[-1].type == "A_TEXT" else None
        date = s.Date(c[1].value, span=c[1].span)
        return s.Held(date, len(c) > 2 and c[2].type == "STABLE", text, span=span_of(c))

    def note(self, c: Children) -> s.Note:
        return s.Note(s.Date(c[1].value, span=c[1].span), text_of(c[2]), span=span_of(c))

    def alias(self, c: Children) -> Part:
        return Part("as", text_of(c[1]), span_of(c))

    passive = kept("passive", 0)
    required = kept("required", 0)
    computed = kept("computed", 0)
    ignoring_case = kept("ignoring case", 0)

    def plain_type(self, c: Children) -> s.TypeRef:
        return s.TypeRef(" ".join(each.value for each in c), span=span_of(c))

    def signed(self, c: Children) -> Part:
        value: Decimal = c[-1].value
        return Part("signed", value.copy_negate() if len(c) == 2 and value else value, span_of(c))

    def ranged_type(self, c: Children) -> s.TypeRef:
        dots = next(i for i, each in enumerate(c) if isinstance(each, Token) and each.type == "DOTS")
        low = c[1].value if dots == 2 else None
        high = c[dots + 1].value if dots + 1 < len(c) else None
        return s.TypeRef(c[0].value, low=low, high=high, span=span_of(c))

    def one_of(self, c: Children) -> s.TypeRef:
        options = tuple(text_of(each) for each in c if each.type == "A_TEXT")
        return s.TypeRef("one of", options=options, span=span_of(c))

    def field(self, c: Children) -> s.Field:
        said: dict[str, Part] = {}
        for each in c[3:]:
            if isinstance(each, Part):
                if each.kind in said:
                    c[0].problems.append(errors.said_twice(each.span, each.kind, said[each.kind].span))
                said.setdefault(each.kind, each)
        kind: s.TypeRef = c[2]
        if "ignoring case" in said:
            if kind.kind != "text":
                c[0].problems.append(errors.case_of_no_text(said["ignoring case"].span, kind.kind))
            kind = replace(kind, ignoring_case=True)
        spelling = said["as"].value if "as" in said else None
        return s.Field(name_of(c[0]), kind, "required" in said, "computed" in said, spelling, span=span_of(c))

    def lead(self, c: Children) -> s.Lead:
        return s.Lead(nodes(c, s.Field), span=span_of(c))

    def event(self, c: Children) -> s.Event:
        spelling = single(c, (each for each in c if isinstance(each, Part) and each.kind == "as"), "as")
        passive = single(c, (each for each in c if isinstance(each, Part) and each.kind == "passive"), "passive")
        fields = nodes(c, s.Field)
        return s.Event(name_of(c[1]), spelling.value if spelling else None, bool(passive), fields, span=span_of(c))

    def at(self, c: Children) -> s.At:
        time: s.Date | s.Instant | s.Cell = c[1]
        if isinstance(c[1], Token):
            time = self.date([c[1]]) if c[1].type == "A_DATE" else self.instant([c[1]])
        return s.At(time, span=span_of(c))

    def after(self, c: Children) -> s.After:
        return s.After(self.length([c[1]]), span=span_of(c))

    def value(self, c: Children) -> s.Value:
        return s.Value(name_of(c[0]), c[2], span=span_of(c))

    def give(self, c: Children) -> s.GiveLead | s.GiveEvent:
        values = nodes(c, s.Value)
        if c[0].value == "lead":
            return s.GiveLead(values, span=span_of(c))
        return s.GiveEvent(name_of(c[0]), values, span=span_of(c))

    def expect(self, c: Children) -> s.Expect:
        return s.Expect(c[1], span=span_of(c))

    def fired_name(self, c: Children) -> s.Name:
        return name_of(c[0])

    def expect_fired(self, c: Children) -> s.ExpectFired:
        at = next(i for i, each in enumerate(c) if isinstance(each, s.Name))
        times: s.Const | s.Cell | None = None
        if at + 1 < len(c):
            times = count = c[at + 1]
            if isinstance(count, Token):
                times = self.number([count]) if count.type == "A_NUMBER" else self.ref([count])
        return s.ExpectFired(c[at], times, c[1].type == "NOT", span=span_of(c))

    def expect_emitted(self, c: Children) -> s.ExpectEmitted:
        return s.ExpectEmitted(text_of(c[-1]), c[1].type == "NOT", span=span_of(c))

    lines_of = kept("lines", -1)

    def test(self, c: Children) -> s.Test:
        table = part(c, "lines")
        steps = tuple(c[4:-1] if table else c[3:-1])
        return s.Test(text_of(c[1]), steps, text_of(table) if table else None, span=span_of(c))
