"""Building literals, expressions, conditions, constants and lengths."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from dsl import errors
from dsl import syntax as s
from dsl.parts import Children, name_of, span_of, text_of
from dsl.tokens import Token

MICROS = {"minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000, "week": 604_800_000_000}


class ExpressionBuilder:
    """Literals, expressions, conditions, constants and lengths."""

    def number(self, c: Children) -> s.Number:
        return s.Number(c[0].value, span=c[0].span)

    def percent(self, c: Children) -> s.Percent:
        return s.Percent(c[0].value, span=c[0].span)

    def text(self, c: Children) -> s.Text:
        return text_of(c[0])

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
        micros = amount * MICROS[unit]
        if micros != micros.to_integral_value() or micros <= 0:
            c[0].problems.append(errors.bad_duration(span_of(c), positive=micros > 0))
            micros = Decimal(MICROS[unit])
        return s.Duration(int(micros), amount, unit, span=span_of(c))

    def length(self, c: Children) -> s.Length:
        return s.Ref(c[0].value, span=c[0].span) if isinstance(c[0], Token) else c[0]

    def list(self, c: Children) -> s.ListOf:
        return s.ListOf(tuple(each for each in c if not isinstance(each, Token)), span=span_of(c))

    def extreme(self, c: Children) -> s.Extreme:
        items = tuple(each for each in c if not isinstance(each, Token))
        return s.Extreme(c[0].value, items, span=span_of(c))

    def ref(self, c: Children) -> s.Ref:
        return s.Ref(c[0].value, span=c[0].span)

    def member(self, c: Children) -> s.Member:
        return s.Member(s.Name(c[0].name, span=c[0].span), c[2], span=span_of(c))

    def label(self, c: Children) -> s.Name:
        return name_of(c[0])

    def parenthesis(self, c: Children) -> Any:
        return replace(c[1], span=span_of(c))

    def const(self, c: Children) -> s.Const:
        made: s.Const = c[0]
        if len(c) > 1:
            made = self.negative(c) if len(c) == 2 else self.parenthesis(c)
        return made

    def negative(self, c: Children) -> s.Number | s.Percent | s.Negative:
        operand = c[1]
        if isinstance(operand, s.Number | s.Percent) and operand.value > 0:
            return type(operand)(operand.value.copy_negate(), span=span_of(c))
        return s.Negative(operand, span=span_of(c))

    def arithmetic(self, c: Children) -> s.Arithmetic:
        return s.Arithmetic(c[1].value, c[0], c[2], span=span_of(c))

    def either(self, c: Children) -> s.Or:
        return s.Or(tuple(c[::2]), span=span_of(c))

    def both(self, c: Children) -> s.And:
        return s.And(tuple(c[::2]), span=span_of(c))

    def negation(self, c: Children) -> s.Not:
        return s.Not(c[1], span=span_of(c))

    def compare(self, c: Children) -> s.Compare | s.StageFor:
        left, op, right = c
        if isinstance(right, s.IdleFor) and isinstance(left, s.Ref) and left.name == "stage" and op.value == "=":
            word = s.Span(right.span.file, right.span.start, right.span.start + len("idle"))
            return s.StageFor(s.Name("idle", span=word), right.duration, span=span_of(c))
        return s.Compare(op.value, left, right, span=span_of(c))

    def stage_for(self, c: Children) -> s.StageFor:
        left, op, right, word, length = c
        match right:
            case s.Ref(name=name) | s.Text(value=name):
                stage = s.Name(name, span=right.span)
            case _:
                stage = s.Name("", span=right.span)
        if left != s.Ref("stage") or op.value != "=" or not stage.text:
            word.problems.append(errors.for_without_stage(span_of([word, length])))
        return s.StageFor(stage, length, span=span_of(c))

    def between(self, c: Children) -> s.Between:
        return s.Between(c[0], c[2], c[4], span=span_of(c))

    def in_(self, c: Children) -> s.In:
        return s.In(c[0], c[-1], len(c) == 4, span=span_of(c))

    def date_window(self, c: Children) -> s.Expr:
        negated = c[1].type == "NOT"
        window = s.DateWindow(c[-2].value, c[0], c[-1], span=span_of(c))
        if not negated:
            return window
        c[1].problems.append(errors.not_in_the_last(span_of(c[1:-1]), c[-2].value, spelled(c[0]), c[0].span))
        return s.Not(window, span=window.span)

    def date_ago(self, c: Children) -> s.DateWindow:
        return s.DateWindow("ago", c[0], c[3], span=span_of(c))

    def text_test(self, c: Children) -> s.TextTest:
        return s.TextTest(" ".join(each.value for each in c[1:-1]), c[0], c[-1], span=span_of(c))

    def presence(self, c: Children) -> s.Presence:
        return s.Presence(c[0], c[2].type == "PRESENT", span=span_of(c))

    def in_band(self, c: Children) -> s.InBand:
        band = name_of(c[-1]) if isinstance(c[-1], Token) else c[-1]
        return s.InBand(c[0], band, len(c) == 5, span=span_of(c))

    def not_increased(self, c: Children) -> s.NotIncreased:
        return s.NotIncreased(c[0], c[4], span=span_of(c))

    def qualified(self, c: Children) -> s.Qualified:
        return s.Qualified(c[0].value, name_of(c[2]), span=span_of(c))

    def cell(self, c: Children) -> s.Cell:
        return s.Cell(name_of(c[2]) if isinstance(c[2], Token) else c[2], span=span_of(c))

    def idle_for(self, c: Children) -> s.IdleFor:
        return s.IdleFor(c[2], span=span_of(c))

    def has_tag(self, c: Children) -> s.HasTag:
        return s.HasTag(text_of(c[2]), span=span_of(c))


def spelled(field: s.Expr) -> str:
    """How a field is written, where it is one."""
    match field:
        case s.Ref(name=name):
            return name
        case s.Qualified(scope=scope, name=name):
            return f"{scope}.{name.text}"
        case _:
            return "FIELD"
