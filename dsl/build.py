"""From what the grammar recognised to nodes of the tree: a method for each rule of the grammar.

The methods are called bottom up, each with the tokens and nodes that its rule spans, every token included; so the
first and the last of them give the span. They hold no state: a mistake that the grammar lets pass, in order to say
something better about it, is noted in the list that every token carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

from dsl import errors
from dsl import syntax as s
from dsl.tokens import Token


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a declaration that is no node of its own, such as ``per 7 days``."""

    kind: str
    value: Any
    span: s.Span


Child: TypeAlias = Any
"""A Token, a Part or a node; all have a span."""
Children: TypeAlias = list[Child]

_MICROS = {"minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000, "week": 604_800_000_000}


def _over(children: Children) -> s.Span:
    first, last = children[0].span, children[-1].span
    return s.Span(first.file, first.start, last.end)


def _nodes(children: Children, *kinds: type) -> tuple[Any, ...]:
    return tuple(each for each in children if isinstance(each, kinds))


def _part(children: Children, kind: str) -> Any:
    return next((each.value for each in children if isinstance(each, Part) and each.kind == kind), None)


def _name(token: Token) -> s.Name:
    return s.Name(token.value, span=token.span)


def _text(token: Token) -> s.Text:
    return s.Text(token.value, span=token.span)


def _label(children: Children) -> s.Text | None:
    """The text after the name of a declaration, its third token."""
    third = children[2]
    return _text(third) if isinstance(third, Token) and third.type == "A_TEXT" else None


def _has(children: Children, kind: str) -> bool:
    return any(isinstance(each, Token) and each.type == kind for each in children)


def _single(children: Children, parts: Iterable[Any], what: str) -> Any:
    """The only one of `parts`, or None; a second one is noted."""
    found = list(parts)
    if len(found) > 1:
        children[0].problems.append(errors.said_twice(found[1].span, what, found[0].span))
    return found[0] if found else None


def _kept(kind: str, index: int) -> Callable[[Any, Children], Part]:
    def method(_: Any, c: Children) -> Part:
        return Part(kind, c[index], _over(c))

    return method


class ExpressionBuilder:
    """Literals, expressions, conditions, constants and lengths."""

    def number(self, c: Children) -> s.Number:
        return s.Number(c[0].value, span=c[0].span)

    def percent(self, c: Children) -> s.Percent:
        return s.Percent(c[0].value, span=c[0].span)

    def text(self, c: Children) -> s.Text:
        return _text(c[0])

    def flag(self, c: Children) -> s.Flag:
        return s.Flag(c[0].type == "TRUE", span=c[0].span)

    def date(self, c: Children) -> s.Date:
        return s.Date(c[0].value, span=c[0].span)

    def instant(self, c: Children) -> s.Instant:
        micros, written = c[0].value
        return s.Instant(micros, written, span=c[0].span)

    def null(self, c: Children) -> s.Null:
        return s.Null(span=c[0].span)

    def duration(self, c: Children) -> s.Duration:
        amount: Decimal = c[0].value
        unit = c[1].value.removesuffix("s")
        micros = amount * _MICROS[unit]
        if micros != micros.to_integral_value() or micros <= 0:
            c[0].problems.append(errors.bad_duration(_over(c), positive=micros > 0))
            micros = Decimal(_MICROS[unit])
        return s.Duration(int(micros), amount, unit, span=_over(c))

    def length(self, c: Children) -> s.Length:
        return s.Ref(c[0].value, span=c[0].span) if isinstance(c[0], Token) else c[0]

    def list(self, c: Children) -> s.ListOf:
        return s.ListOf(tuple(each for each in c if not isinstance(each, Token)), span=_over(c))

    def extreme(self, c: Children) -> s.Extreme:
        items = tuple(each for each in c if not isinstance(each, Token))
        return s.Extreme(c[0].value, items, span=_over(c))

    def ref(self, c: Children) -> s.Ref:
        return s.Ref(c[0].value, span=c[0].span)

    def score_ref(self, c: Children) -> s.Ref | s.Member:
        return s.Ref(c[0].value, span=c[0].span) if isinstance(c[0], Token) else c[0]

    def member(self, c: Children) -> s.Member:
        return s.Member(s.Name(c[0].name, span=c[0].span), c[2], span=_over(c))

    def label(self, c: Children) -> s.Name:
        return _name(c[0])

    def parenthesis(self, c: Children) -> s.Expr:
        widened: s.Expr = replace(c[1], span=_over(c))
        return widened

    def const(self, c: Children) -> s.Const:
        if len(c) == 1:
            return c[0]
        return self.negative(c) if len(c) == 2 else self.parenthesis(c)

    def negative(self, c: Children) -> s.Expr:
        operand = c[1]
        if isinstance(operand, s.Number | s.Percent) and operand.value > 0:
            return type(operand)(operand.value.copy_negate(), span=_over(c))
        return s.Negative(operand, span=_over(c))

    def arithmetic(self, c: Children) -> s.Arithmetic:
        return s.Arithmetic(c[1].value, c[0], c[2], span=_over(c))

    def either(self, c: Children) -> s.Or:
        return s.Or(tuple(c[::2]), span=_over(c))

    def both(self, c: Children) -> s.And:
        return s.And(tuple(c[::2]), span=_over(c))

    def negation(self, c: Children) -> s.Not:
        return s.Not(c[1], span=_over(c))

    def compare(self, c: Children) -> s.Compare | s.StageFor:
        left, op, right = c
        if isinstance(right, s.IdleFor) and isinstance(left, s.Ref) and left.name == "stage" and op.value == "=":
            word = s.Span(right.span.file, right.span.start, right.span.start + len("idle"))
            return s.StageFor(s.Name("idle", span=word), right.duration, span=_over(c))
        return s.Compare(op.value, left, right, span=_over(c))

    def stage_for(self, c: Children) -> s.StageFor:
        left, op, right, word, length = c
        match right:
            case s.Ref(name=name) | s.Text(value=name):
                stage = s.Name(name, span=right.span)
            case _:
                stage = s.Name("", span=right.span)
        if left != s.Ref("stage") or op.value != "=" or not stage.text:
            word.problems.append(errors.for_without_stage(_over([word, length])))
        return s.StageFor(stage, length, span=_over(c))

    def between(self, c: Children) -> s.Between:
        return s.Between(c[0], c[2], c[4], span=_over(c))

    def in_(self, c: Children) -> s.In:
        return s.In(c[0], c[-1], len(c) == 4, span=_over(c))

    def date_window(self, c: Children) -> s.Expr:
        negated = c[1].type == "NOT"
        window = s.DateWindow(c[-2].value, c[0], c[-1], span=_over(c))
        if not negated:
            return window
        c[1].problems.append(errors.not_in_the_last(_over(c[1:-1]), c[-2].value))
        return s.Not(window, span=window.span)

    def date_ago(self, c: Children) -> s.DateWindow:
        return s.DateWindow("ago", c[0], c[3], span=_over(c))

    def text_test(self, c: Children) -> s.TextTest:
        return s.TextTest(" ".join(each.value for each in c[1:-1]), c[0], c[-1], span=_over(c))

    def presence(self, c: Children) -> s.Presence:
        return s.Presence(c[0], c[2].type == "PRESENT", span=_over(c))

    def in_band(self, c: Children) -> s.InBand:
        return s.InBand(c[0], c[-1], len(c) == 5, span=_over(c))

    def not_increased(self, c: Children) -> s.NotIncreased:
        return s.NotIncreased(c[0], c[4], span=_over(c))

    def qualified(self, c: Children) -> s.Qualified:
        return s.Qualified(c[0].value, _name(c[2]), span=_over(c))

    def idle_for(self, c: Children) -> s.IdleFor:
        return s.IdleFor(c[2], span=_over(c))

    def has_tag(self, c: Children) -> s.HasTag:
        return s.HasTag(_text(c[2]), span=_over(c))


class ScoreBuilder:
    """Scores with their rules, limits and ageing, and tallies."""

    where = _kept("where", 1)
    per = _kept("per", 1)
    over = _kept("over", 1)

    def each(self, c: Children) -> Part:
        return Part("each", _name(c[2]), _over(c))

    def repeated(self, c: Children) -> Part:
        return Part("repeated", s.Repeated(c[1], c[4], span=_over(c)), _over(c))

    def on(self, c: Children) -> s.On:
        return s.On(_name(c[1]), _part(c, "where"), _part(c, "repeated"), span=_over(c))

    def once(self, c: Children) -> s.TimesLimit:
        one = s.Number(Decimal(1), span=c[0].span)
        return s.TimesLimit(one, _part(c, "per"), _part(c, "each"), True, span=_over(c))

    def times_limit(self, c: Children) -> s.TimesLimit:
        return s.TimesLimit(c[2], _part(c, "per"), _part(c, "each"), span=_over(c))

    def points_limit(self, c: Children) -> s.PointsLimit:
        return s.PointsLimit(c[2], _part(c, "per"), span=_over(c))

    def best(self, c: Children) -> s.Best:
        return s.Best(_part(c, "each"), span=_over(c))

    def award(self, c: Children) -> Part:
        limits = _nodes(c[2:], s.TimesLimit, s.PointsLimit, s.Best)
        branch = s.Branch(None, c[1], c[0].type == "SUBTRACT", span=_over(c[:2]))
        return Part("award", (branch, limits, ()), _over(c))

    def branch(self, c: Children) -> Part:
        bare, limits, _ = c[-1].value
        span = s.Span(c[0].span.file, c[0].span.start, bare.span.end)
        return Part("award", (replace(bare, when=c[1], span=span), limits, _nodes(c[2:], s.Note)), _over(c))

    def else_branch(self, c: Children) -> Part:
        return Part("award", c[1].value, _over(c))

    def rule(self, c: Children) -> s.Rule:
        awards = [each.value for each in c if isinstance(each, Part)]
        notes = [*_nodes(c, s.Note), *(note for award in awards for note in award[2])]
        return s.Rule(
            _name(c[1]), _label(c), next(iter(_nodes(c, s.On)), None),
            tuple(branch for branch, _, _ in awards), tuple(limit for _, limits, _ in awards for limit in limits),
            tuple(sorted(notes, key=lambda note: note.span.start)), span=_over(c),
        )  # fmt: skip

    def group(self, c: Children) -> s.Group:
        limits = _nodes(c, s.TimesLimit, s.PointsLimit, s.Best)
        return s.Group(_name(c[1]), _label(c), limits, _nodes(c, s.Rule), _nodes(c, s.Note), span=_over(c))

    def group_member(self, c: Children) -> Child:
        return c[0]

    def ready_at(self, c: Children) -> s.ReadyAt:
        return s.ReadyAt(c[2], span=_over(c))

    def range(self, c: Children) -> s.Range:
        dots = next(i for i, each in enumerate(c) if isinstance(each, Token) and each.type == "DOTS")
        high = c[dots + 1] if dots + 1 < len(c) else None
        return s.Range(c[1] if dots == 2 else None, high, span=_over(c))

    def bands(self, c: Children) -> s.Bands:
        return s.Bands(_nodes(c, s.Band), span=_over(c))

    def band(self, c: Children) -> s.Band:
        return s.Band(c[0], c[2] if len(c) == 3 else None, span=_over(c))

    def degrade_after(self, c: Children) -> Part:
        return Part("after", (c[1], c[3].value), _over(c))

    def degrade_by(self, c: Children) -> Part:
        points = _has(c, "POINTS") or _has(c, "POINT")
        if not points and isinstance(c[1], s.Number):
            c[0].problems.append(errors.percent_or_points(c[1].span, str(c[1].value)))
        return Part("by", (c[1], not points, c[-1]), _over(c))

    def degrade_floor(self, c: Children) -> Part:
        return Part("not below", (c[2], _has(c, "OF")), _over(c))

    def degrade(self, c: Children) -> s.Degrade:
        one: dict[str, Part | None] = {}
        for kind in ("after", "by", "not below"):
            one[kind] = _single(c, (p for p in c if isinstance(p, Part) and p.kind == kind), kind)
        after, by, floor = one["after"], one["by"], one["not below"]
        if by is None:
            c[0].problems.append(errors.degrade_without_by(c[0].span))
        nothing = (s.Number(Decimal(0)), False, s.Duration(_MICROS["day"], Decimal(1), "day"))
        amount, percent, every = by.value if by else nothing
        length, without = after.value if after else (None, None)
        below, of_ready = floor.value if floor else (None, False)
        return s.Degrade(length, without, amount, percent, every, below, of_ready, span=_over(c))

    def expire(self, c: Children) -> s.Expire:
        return s.Expire(c[2], span=_over(c))

    def fade(self, c: Children) -> s.Fade:
        return s.Fade(c[1], _has(c, "OF"), c[-1], span=_over(c))

    def family(self, c: Children) -> s.Family:
        return s.Family(_name(c[1]), c[3], span=_over(c))

    def score(self, c: Children) -> s.Score:
        equals = next((i for i, each in enumerate(c[:5]) if isinstance(each, Token) and each.type == "EQ"), None)
        family = next(iter(_nodes(c[2:4], s.Family)), None)
        value, rest = (c[equals + 1], c[equals + 2 :]) if equals is not None else (None, c[2:])
        members = tuple(each for each in rest if not isinstance(each, Token | s.Family))
        return s.Score(_name(c[1]), _label(c), family, value, members, span=_over(c))

    def tally(self, c: Children) -> s.Tally:
        return s.Tally(_name(c[1]), _label(c), _part(c, "over"), c[-2], span=_over(c))


class FlowBuilder:
    """Stages, triggers, accounts and segments."""

    when = _kept("when", 1)

    def stage_list(self, c: Children) -> Part:
        return Part("stages", tuple(c[::2]), _over(c))

    def stages(self, c: Children) -> s.Stages:
        return s.Stages(c[1].value, c[3].value if len(c) > 2 else (), span=_over(c))

    def move_to(self, c: Children) -> s.MoveTo:
        return s.MoveTo(c[2], span=_over(c))

    def emit(self, c: Children) -> s.Emit:
        return s.Emit(_text(c[1]), span=_over(c))

    def tag(self, c: Children) -> s.SetTag:
        return s.SetTag(_text(c[1]), span=_over(c))

    def untag(self, c: Children) -> s.SetTag:
        return s.SetTag(_text(c[1]), True, span=_over(c))

    def set_field(self, c: Children) -> s.SetField:
        return s.SetField(_name(c[1]), c[3], span=_over(c))

    def add_to(self, c: Children) -> s.AddTo:
        return s.AddTo(c[1], c[3], span=_over(c))

    def subtract_from(self, c: Children) -> s.AddTo:
        return s.AddTo(c[1], c[3], True, span=_over(c))

    def reset(self, c: Children) -> s.Reset:
        return s.Reset(c[1], c[3], span=_over(c))

    def trigger(self, c: Children) -> s.Trigger:
        on = _single(c, _nodes(c, s.On), "on")
        when = _single(c, (each for each in c if isinstance(each, Part)), "when")
        if on is None and when is None:
            c[0].problems.append(errors.trigger_without_cause(_over(c[:2]), c[1].value))
        return s.Trigger(
            _name(c[1]), _label(c), on, when.value if when else None,
            _nodes(c, s.MoveTo, s.Emit, s.SetTag, s.SetField, s.AddTo, s.Reset),
            _nodes(c, s.TimesLimit, s.PointsLimit, s.Best), _nodes(c, s.Note), span=_over(c),
        )  # fmt: skip

    def aggregate(self, c: Children) -> Part:
        top = c[1] if c[0].type == "TOP" else None
        return Part("aggregate", (c[0].value, top, c[-1] if len(c) > 1 else None), _over(c))

    def account_score(self, c: Children) -> s.AccountScore:
        how, top, score = _part(c, "aggregate")
        return s.AccountScore(_name(c[1]), _label(c), how, top, score, _part(c, "where"), span=_over(c))

    def account(self, c: Children) -> s.Account:
        return s.Account(_nodes(c, s.AccountScore, s.Trigger), span=_over(c))

    def segment(self, c: Children) -> s.Segment:
        brace = next(i for i, each in enumerate(c) if isinstance(each, Token) and each.type == "LBRACE")
        pick, amount, by = (None, None, None)
        if isinstance(c[brace + 1], Token):
            pick, amount, by = c[brace + 1].value, c[brace + 2], c[brace + 4]
        percent = isinstance(amount, s.Percent)
        return s.Segment(_name(c[1]), _label(c), pick, amount, percent, by, _part(c, "where"), span=_over(c))


class TreeBuilder(ExpressionBuilder, ScoreBuilder, FlowBuilder):
    """All rules of the grammar: the file, the model, values and events, tests, and what the other builders hold."""

    def file(self, c: Children) -> s.File:
        return s.File(tuple(c))

    def import_(self, c: Children) -> s.Import:
        return s.Import(_text(c[1]), span=_over(c))

    def let(self, c: Children) -> s.Let:
        return s.Let(_name(c[1]), c[3], span=_over(c))

    def set_of(self, c: Children) -> s.SetOf:
        path = _text(c[3]) if c[2].type == "FROM" else None
        return s.SetOf(_name(c[1]), None if path else c[3], path, span=_over(c))

    def model(self, c: Children) -> s.Model:
        settings = _nodes(c, s.Owner, s.Lateness, s.Review, s.Note)
        return s.Model(_name(c[1]), _label(c), settings, span=_over(c))

    def owner(self, c: Children) -> s.Owner:
        return s.Owner(_text(c[1]), span=_over(c))

    def lateness(self, c: Children) -> s.Lateness:
        return s.Lateness(c[1], span=_over(c))

    review_first = _kept("first", 2)
    review_every = _kept("every", -1)

    def review(self, c: Children) -> s.Review:
        program = _text(c[1]) if c[1].type == "A_TEXT" else None
        return s.Review(program, _part(c, "first"), _part(c, "every"), span=_over(c))

    def note(self, c: Children) -> s.Note:
        return s.Note(s.Date(c[1].value, span=c[1].span), _text(c[2]), span=_over(c))

    def alias(self, c: Children) -> Part:
        return Part("as", _text(c[1]), _over(c))

    passive = _kept("passive", 0)
    required = _kept("required", 0)
    computed = _kept("computed", 0)
    ignoring_case = _kept("ignoring case", 0)

    def plain_type(self, c: Children) -> s.TypeRef:
        return s.TypeRef(" ".join(each.value for each in c), span=_over(c))

    def signed(self, c: Children) -> Part:
        value: Decimal = c[-1].value
        return Part("signed", value.copy_negate() if len(c) == 2 and value else value, _over(c))

    def ranged_type(self, c: Children) -> s.TypeRef:
        dots = next(i for i, each in enumerate(c) if isinstance(each, Token) and each.type == "DOTS")
        low = c[1].value if dots == 2 else None
        high = c[dots + 1].value if dots + 1 < len(c) else None
        return s.TypeRef(c[0].value, low=low, high=high, span=_over(c))

    def one_of(self, c: Children) -> s.TypeRef:
        options = tuple(_text(each) for each in c if each.type == "A_TEXT")
        return s.TypeRef("one of", options=options, span=_over(c))

    def field(self, c: Children) -> s.Field:
        said: dict[str, Part] = {}
        for part in c[3:]:
            if isinstance(part, Part):
                if part.kind in said:
                    c[0].problems.append(errors.said_twice(part.span, part.kind, said[part.kind].span))
                said.setdefault(part.kind, part)
        kind: s.TypeRef = c[2]
        if "ignoring case" in said:
            if kind.kind != "text":
                c[0].problems.append(errors.case_of_no_text(said["ignoring case"].span, kind.kind))
            kind = replace(kind, ignoring_case=True)
        spelling = said["as"].value if "as" in said else None
        return s.Field(_name(c[0]), kind, "required" in said, "computed" in said, spelling, span=_over(c))

    def lead(self, c: Children) -> s.Lead:
        return s.Lead(_nodes(c, s.Field), span=_over(c))

    def event(self, c: Children) -> s.Event:
        spelling = _single(c, (each for each in c if isinstance(each, Part) and each.kind == "as"), "as")
        passive = _single(c, (each for each in c if isinstance(each, Part) and each.kind == "passive"), "passive")
        fields = _nodes(c, s.Field)
        return s.Event(_name(c[1]), spelling.value if spelling else None, bool(passive), fields, span=_over(c))

    def at(self, c: Children) -> s.At:
        time = self.date([c[1]]) if c[1].type == "A_DATE" else self.instant([c[1]])
        return s.At(time, span=_over(c))

    def after(self, c: Children) -> s.After:
        return s.After(c[1], span=_over(c))

    def value(self, c: Children) -> s.Value:
        return s.Value(_name(c[0]), c[2], span=_over(c))

    def give(self, c: Children) -> s.GiveLead | s.GiveEvent:
        values = _nodes(c, s.Value)
        if c[0].value == "lead":
            return s.GiveLead(values, span=_over(c))
        return s.GiveEvent(_name(c[0]), values, span=_over(c))

    def expect(self, c: Children) -> s.Expect:
        return s.Expect(c[1], span=_over(c))

    def fired_name(self, c: Children) -> s.Name:
        return _name(c[0])

    def expect_fired(self, c: Children) -> s.ExpectFired:
        at = next(i for i, each in enumerate(c) if isinstance(each, s.Name))
        times: s.Const | None = None
        if at + 1 < len(c):
            count = c[at + 1]
            times = self.number([count]) if count.type == "A_NUMBER" else self.ref([count])
        return s.ExpectFired(c[at], times, c[1].type == "NOT", span=_over(c))

    def expect_emitted(self, c: Children) -> s.ExpectEmitted:
        return s.ExpectEmitted(_text(c[-1]), c[1].type == "NOT", span=_over(c))

    def test(self, c: Children) -> s.Test:
        return s.Test(_text(c[1]), tuple(each for each in c[3:-1]), span=_over(c))
