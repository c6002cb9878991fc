"""Building stages, triggers, accounts, segments, outcomes and assertions."""

from __future__ import annotations

from dsl import errors
from dsl import syntax as s
from dsl.parts import Children, Part, kept, label_of, name_of, nodes, part, single, span_of, text_of
from dsl.tokens import Token


class FlowBuilder:
    """Stages, triggers, accounts, segments, outcomes and assertions."""

    when = kept("when", 1)

    def stage_list(self, c: Children) -> Part:
        return Part("stages", tuple(c[::2]), span_of(c))

    def stages(self, c: Children) -> s.Stages:
        return s.Stages(c[1].value, c[3].value if len(c) > 2 else (), span=span_of(c))

    def move_to(self, c: Children) -> s.MoveTo:
        return s.MoveTo(c[2], span=span_of(c))

    def emit(self, c: Children) -> s.Emit:
        return s.Emit(text_of(c[1]), span=span_of(c))

    def tag(self, c: Children) -> s.SetTag:
        return s.SetTag(text_of(c[1]), span=span_of(c))

    def untag(self, c: Children) -> s.SetTag:
        return s.SetTag(text_of(c[1]), True, span=span_of(c))

    def set_field(self, c: Children) -> s.SetField:
        return s.SetField(name_of(c[1]), c[3], span=span_of(c))

    def add_to(self, c: Children) -> s.AddTo:
        return s.AddTo(c[1], c[3], span=span_of(c))

    def subtract_from(self, c: Children) -> s.AddTo:
        return s.AddTo(c[1], c[3], True, span=span_of(c))

    def reset(self, c: Children) -> s.Reset:
        return s.Reset(c[1], c[3], span=span_of(c))

    def trigger(self, c: Children) -> s.Trigger:
        on = single(c, nodes(c, s.On), "on")
        when = single(c, (each for each in c if isinstance(each, Part)), "when")
        if on is None and when is None:
            c[0].problems.append(errors.trigger_without_cause(span_of(c[:2]), c[1].value))
        return s.Trigger(
            name_of(c[1]), label_of(c), on, when.value if when else None,
            nodes(c, s.MoveTo, s.Emit, s.SetTag, s.SetField, s.AddTo, s.Reset),
            nodes(c, s.TimesLimit, s.PointsLimit, s.Best), nodes(c, s.Note), span=span_of(c),
        )  # fmt: skip

    def aggregate(self, c: Children) -> Part:
        top = c[1] if c[0].type == "TOP" else None
        return Part("aggregate", (c[0].value, top, c[-1] if len(c) > 1 else None), span_of(c))

    def account_score(self, c: Children) -> s.AccountScore:
        how, top, score = part(c, "aggregate")
        return s.AccountScore(name_of(c[1]), label_of(c), how, top, score, part(c, "where"), span=span_of(c))

    def account(self, c: Children) -> s.Account:
        return s.Account(nodes(c, s.AccountScore, s.Trigger), span=span_of(c))

    def segment(self, c: Children) -> s.Segment:
        brace = next(i for i, each in enumerate(c) if isinstance(each, Token) and each.type == "LBRACE")
        pick, amount, by = (None, None, None)
        if isinstance(c[brace + 1], Token):
            pick, amount, by = c[brace + 1].value, c[brace + 2], c[brace + 4]
        percent = isinstance(amount, s.Percent)
        return s.Segment(name_of(c[1]), label_of(c), pick, amount, percent, by, part(c, "where"), span=span_of(c))

    worth = kept("worth", 1)

    def won(self, c: Children) -> s.Ending:
        return s.Ending(c[0], part(c, "worth"), False, span=span_of(c))

    def lost(self, c: Children) -> s.Ending:
        return s.Ending(c[1], None, True, span=span_of(c))

    def outcome(self, c: Children) -> s.Outcome:
        return s.Outcome(name_of(c[1]), label_of(c), nodes(c, s.Ending), span=span_of(c))

    def always(self, c: Children) -> s.Always:
        return s.Always(c[1], span=span_of(c))

    def never(self, c: Children) -> s.Never:
        return s.Never(c[1], span=span_of(c))

    def reachable(self, c: Children) -> s.Reachable:
        return s.Reachable(c[1], c[3] if len(c) > 2 else None, span=span_of(c))

    def within(self, c: Children) -> s.Within:
        return s.Within(c[1], c[2], span=span_of(c))

    def reachable_and_within(self, c: Children) -> Part:
        """Two claims: only what follows its duration tells whose the `within` is."""
        return Part("claims", (self.reachable(c[:2]), self.within(c[2:])), span_of(c))

    def without(self, c: Children) -> Part:
        return Part("without", s.On(name_of(c[1]), part(c, "where"), span=span_of(c)), span_of(c))

    def never_fired(self, c: Children) -> s.NeverFired:
        return s.NeverFired(c[2], part(c, "without"), span=span_of(c))

    def assertion(self, c: Children) -> s.Assertion:
        claims: list[s.Claim] = []
        for each in c[3:-1]:
            claims += each.value if isinstance(each, Part) else [each]
        return s.Assertion(text_of(c[1]), tuple(claims), span=span_of(c))
