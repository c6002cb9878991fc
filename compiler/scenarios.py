"""The tests in a rule file, checked: their events as JSON values with times, their expectations as terms.

All times are absolute once a test is checked; a `lead { … }` before the first `at` happens at that first `at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from compiler.canonical import canonical
from compiler.conditions import condition
from compiler.constants import micros_of
from compiler.context import Context
from compiler.errors import naming
from compiler.errors import testing as errors
from compiler.exact import Exact, combine, meant_percent, number, written
from compiler.kinds import NUMERIC
from compiler.rules import event_of, whole_times
from compiler.scope import CONSTANT, TRIGGER
from compiler.terms import rewrite
from compiler.values import constant, value
from dsl import syntax
from runtime.table import Term

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """An event at `time` (microseconds): its type and data as they come in JSON; "lead" carries attributes."""

    time: int
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """`condition` must hold at `time`, after all that stands above; `text` and `line` are as written."""

    time: int
    condition: Term
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ExpectedFiring:
    """`trigger` has fired by `time`: at least once, `times` times, or (`negated`) never."""

    time: int
    trigger: str
    times: int | None
    negated: bool
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ExpectedEmission:
    """`name` has been emitted by `time`, or (`negated`) has not."""

    time: int
    name: str
    negated: bool
    text: str
    line: int


Step: TypeAlias = Given | Expected | ExpectedFiring | ExpectedEmission


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """A test of the rule file: `file` and `line` (from 1) say where it stands."""

    name: str
    file: str
    line: int
    steps: tuple[Step, ...]


def check_tests(ctx: Context) -> tuple[CheckedTest, ...]:
    """All tests in the order of declaration; what is wrong with them is reported."""
    return tuple(_Checker(ctx, node).test() for node in ctx.names.tests.values())


class _Checker:
    def __init__(self, ctx: Context, node: syntax.Test) -> None:
        self.ctx = ctx
        self.node = node
        self.source = ctx.loaded.files[node.span.file]
        self.now: int | None = None
        self.steps: list[Step] = []
        self.waiting = False

    def test(self) -> CheckedTest:
        first = next((step.time.micros for step in self.node.steps if isinstance(step, syntax.At)), None)
        for step in self.node.steps:
            if not self.step(step, first):
                break
        return CheckedTest(self.node.label.value, self.source.name, self.line(self.node), tuple(self.steps))

    def line(self, node: syntax.Node) -> int:
        return self.source.position(node.span.start)[0]

    def step(self, node: syntax.Step, first: int | None) -> bool:
        """Check one step; False if there is no time to go on with."""
        match node:
            case syntax.At(time=time):
                if self.now is not None and time.micros < self.now:
                    self.ctx.report.add(errors.backwards(node.span))
                self.now = time.micros
                return True
            case syntax.GiveLead() if self.now is None and first is not None:
                self.lead(node, first)
                return True
        if self.now is None:
            self.ctx.report.add(errors.no_time_yet(node.span))
            return False
        match node:
            case syntax.After(duration=duration):
                self.now += micros_of(self.ctx, duration) or 0
            case syntax.GiveLead():
                self.lead(node, self.now)
            case syntax.GiveEvent():
                self.event(node, self.now)
            case syntax.Expect() | syntax.ExpectFired() | syntax.ExpectEmitted():
                self.expect(node, self.now)
        return True

    # --- what is given ----------------------------------------------------------------------------------------------

    def lead(self, node: syntax.GiveLead, time: int) -> None:
        data: dict[str, Any] = {}
        for each in node.values:
            field = self.ctx.names.attributes.get(each.name.text)
            if field is None:
                if not self.ctx.report.forgives(each.name.text):
                    given = [name for name, known in self.ctx.names.attributes.items() if not known.computed]
                    self.ctx.report.add(naming.unknown_attribute(each.name.text, each.name.span, given))
            elif field.computed:
                self.ctx.report.add(errors.computed_given(each.name.text, each.name.span))
            else:
                self.take(data, field, each)
        self.steps.append(Given(time, "lead", data))

    def event(self, node: syntax.GiveEvent, time: int) -> None:
        event = event_of(self.ctx, node.event)
        if event is None:
            return
        data: dict[str, Any] = {}
        for each in node.values:
            field = event.properties.get(each.name.text)
            if field is not None:
                self.take(data, field, each)
            elif not self.ctx.report.forgives(each.name.text):
                shown = node.event.text
                self.ctx.report.add(naming.unknown_property(each.name.text, shown, each.name.span, event.properties))
        given = {each.name.text for each in node.values}
        for name, field in event.properties.items():
            if field.required and name not in given:
                self.ctx.report.add(errors.missing_value(name, node.event.text, node.event.span))
        self.steps.append(Given(time, event.spelling, data))

    def take(self, data: dict[str, Any], field: syntax.Field, node: syntax.Value) -> None:
        """Put a value under the field's spelling in JSON; a second one for a field is a mistake."""
        spelling = field.spelling.value if field.spelling else field.name.text
        if spelling in data:
            self.ctx.report.add(naming.same_name("values", field.name.text, node.name.span, node.name.span))
        if isinstance(node.value, syntax.Null):
            if field.required:
                self.ctx.report.add(errors.bad_value(field.name.text, "there", node.value.span, "write a value"))
            data[spelling] = None
            return
        data[spelling] = in_json(self.ctx, field, node.value)

    # --- what is expected -------------------------------------------------------------------------------------------

    def expect(self, node: syntax.Expect | syntax.ExpectFired | syntax.ExpectEmitted, now: int) -> None:
        text, line = " ".join(self.source.read(node.span).split()), self.line(node)
        match node:
            case syntax.Expect(condition=wanted):
                term = canonical(inlined(self.ctx, condition(self.ctx, TRIGGER, wanted)))
                self.steps.append(Expected(now, term, text, line))
            case syntax.ExpectFired(trigger=trigger, times=times, negated=negated):
                self.trigger(trigger)
                count = None if times is None else whole_times(self.ctx, times)
                self.steps.append(ExpectedFiring(now, trigger.text, count, negated, text, line))
            case syntax.ExpectEmitted(name=name, negated=negated):
                emitted = _emitted(self.ctx)
                if name.value not in emitted and not self.ctx.report.forgives(name.value):
                    self.ctx.report.add(errors.never_emitted(name.value, name.span, emitted))
                self.steps.append(ExpectedEmission(now, name.value, negated, text, line))

    def trigger(self, name: syntax.Name) -> None:
        names = self.ctx.names
        if name.text in names.triggers or self.ctx.report.forgives(name.text):
            return
        if name.text in names.account_triggers:
            self.ctx.report.add(errors.account_trigger(name.text, name.span))
        else:
            self.ctx.report.add(naming.unknown_trigger(name.text, name.span, names.triggers))


def _emitted(ctx: Context) -> list[str]:
    found = (each for node in ctx.names.triggers.values() for each in node.actions)
    return list(dict.fromkeys(each.name.value for each in found if isinstance(each, syntax.Emit) and each.name.value))


def inlined(ctx: Context, term: Term) -> Term:
    """The term with the entries of sets in it, so that it can be asked without the table."""

    def settle(part: Term) -> Term:
        return ("list", *ctx.sets.entries[part[1]]) if part[0] == "set" else part

    return rewrite(term, settle)


# --- values ---------------------------------------------------------------------------------------------------------


def in_json(ctx: Context, field: syntax.Field, node: syntax.Expr) -> Any:
    """The value as it comes in JSON; None, once reported, if the field can't hold it."""
    wanted, advice = _WANTED[field.type.kind]
    if isinstance(node, syntax.ListOf) and field.type.kind == "list of text":
        texts = [value(ctx, CONSTANT, item) for item in node.items]
        if all(each.kind.name == "text" for each in texts):
            return [each.term[1] for each in texts]
        ctx.report.add(errors.bad_value(field.name.text, wanted, node.span, advice))
        return None
    found = value(ctx, CONSTANT, node)
    if found.kind.name == "unknown":
        return None
    exact = constant(found.term) if found.kind.name in NUMERIC else None
    given = _json(field.type, found.kind.name, found.term, exact)
    if given is None:
        if field.type.kind == "percent" and exact is not None:
            advice = f"write `{meant_percent(exact)}`"
        if field.type.kind == "one of":
            wanted = "one of " + ", ".join(f"`{option.value}`" for option in field.type.options)
        ctx.report.add(errors.bad_value(field.name.text, _range(field.type, wanted), node.span, advice))
    return given


_WANTED = {
    "text": ("a text", "write it in quotes"),
    "account": ("a text", "write it in quotes"),
    "one of": ("one of its texts", "write one of them in quotes"),
    "number": ("a number", "write `2.5`"),
    "integer": ("a whole number", "write `2`"),
    "percent": ("a percent", "write `80%`"),
    "boolean": ("true or false", "write `true` or `false`"),
    "date": ("a date", "write `2026-03-02`"),
    "instant": ("an instant", "write `2026-03-02T10:00Z`"),
    "list of text": ("a list of texts", 'write `["a", "b"]`'),
}


def _range(given: syntax.TypeRef, wanted: str) -> str:
    if given.low is None and given.high is None:
        return wanted
    low, high = ("" if end is None else written(end) for end in (given.low, given.high))
    return f"{wanted} in {low}..{high}"


def _json(wanted: syntax.TypeRef, kind: str, term: Term, exact: Exact | None) -> Any:
    """The JSON form of a literal if the type holds it, else None."""
    match wanted.kind, kind:
        case ("text" | "account", "text") | ("boolean", "boolean"):
            return term[1]
        case "one of", "text":
            return term[1] if any(term[1] == option.value for option in wanted.options) else None
        case ("number" | "integer", "number" | "expression"):
            return exact if exact is not None and _holds(wanted, exact) else None
        case "percent", "percent":
            given = None if exact is None else combine("*", exact, 100)
            return given if given is not None and _is_short(given) else None
        case "date", "date":
            return _moment(term[1])[:10]
        case "instant", "instant" | "date":
            return _moment(term[1])
        case _:
            return None


def _holds(wanted: syntax.TypeRef, exact: Exact) -> bool:
    if wanted.kind == "integer" and not isinstance(number(exact), int):
        return False
    below = wanted.low is not None and exact < wanted.low
    above = wanted.high is not None and exact > wanted.high
    return not below and not above and _is_short(exact)


def _is_short(exact: Exact) -> bool:
    """Whether JSON may carry it: at most 15 digits before the point and 12 after it."""
    whole, _, fraction = written(abs(Decimal(exact))).partition(".")
    return len(whole.lstrip("0")) <= 15 and len(fraction) <= 12


def _moment(micros: int) -> str:
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.isoformat().replace("+00:00", "Z")
