"""The tests in a rule file, checked: their events as JSON values with times, their expectations as terms.

All times are absolute once a test is checked; a `lead { … }` before the first `at` happens at that first `at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as declared
from typing import Any, TypeAlias

from compiler.canonical import canonical
from compiler.cases import Case, CaseLine, cases_of
from compiler.conditions import condition
from compiler.constants import micros_of
from compiler.context import Context
from compiler.errors import naming
from compiler.errors import testing as errors
from compiler.given import in_json
from compiler.rules import event_of, whole_times
from compiler.scope import TRIGGER
from compiler.sheets import Sheet
from compiler.terms import rewrite
from dsl import syntax
from dsl.diagnostics import Diagnostic
from dsl.errors import too_many
from dsl.syntax import NOWHERE, Span
from runtime.table import Term


@dataclass(frozen=True, slots=True)
class Given:
    """An event at `time` (microseconds): its type and data as they come in JSON; "lead" carries attributes."""

    time: int
    type: str
    data: Mapping[str, Any]
    span: Span = declared(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """`condition` must hold at `time`, after all that stands above; `text` and `line` are as written."""

    time: int
    condition: Term
    text: str
    line: int
    span: Span = declared(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ExpectedFiring:
    """`trigger` has fired by `time`: at least once, `times` times, or (`negated`) never."""

    time: int
    trigger: str
    times: int | None
    negated: bool
    text: str
    line: int
    span: Span = declared(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ExpectedEmission:
    """`name` has been emitted by `time`, or (`negated`) has not."""

    time: int
    name: str
    negated: bool
    text: str
    line: int
    span: Span = declared(default=NOWHERE, compare=False)


Step: TypeAlias = Given | Expected | ExpectedFiring | ExpectedEmission


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """A test of the rule file: `file` and `line` (from 1) say where it stands, `case` for which line of a table, if it
    is one ``for each line``; `label` is where its label is written."""

    name: str
    file: str
    line: int
    steps: tuple[Step, ...]
    case: CaseLine | None = None
    label: Span = declared(default=NOWHERE, compare=False)


MOST_MISTAKES = 200
"""Mistakes that are told of one table."""


def check_tests(ctx: Context) -> tuple[CheckedTest, ...]:
    """All tests in the order of declaration, those of a table in the order of its lines; what is wrong with them is
    reported."""
    found: list[CheckedTest] = []
    sheets: dict[str, Sheet | None] = {}
    for node in ctx.names.tests.values():
        if node.lines is None:
            found.append(_Checker(ctx, Case(node)).test())
            continue
        before = len(ctx.report.found)
        for case in cases_of(ctx, node, sheets):
            ctx.filled.append(case.node)
            found.append(_Checker(ctx, case).test())
        told = _each_once(ctx.report.found[before:])
        ctx.report.found[before:] = told[:MOST_MISTAKES]
        if len(told) > MOST_MISTAKES:
            ctx.report.add(too_many(told[MOST_MISTAKES].span))
    return tuple(found)


def _each_once(told: list[Diagnostic]) -> list[Diagnostic]:
    """The findings without those that were made again for another line of a table."""
    return list({(each.code, each.span, each.message): each for each in reversed(told)}.values())[::-1]


class _Checker:
    def __init__(self, ctx: Context, case: Case) -> None:
        self.ctx = ctx
        self.case = case
        self.node = node = case.node
        self.source = ctx.loaded.files[node.span.file]
        self.now: int | None = None
        self.steps: list[Step] = []
        self.waiting = False

    def test(self) -> CheckedTest:
        times = (step.time for step in self.node.steps if isinstance(step, syntax.At))
        first = next((time.micros for time in times if not isinstance(time, syntax.Cell)), None)
        for step in self.node.steps:
            if not self.step(step, first):
                break
        steps, line = tuple(self.steps), self.line(self.node)
        label = self.node.label
        return CheckedTest(label.value, self.source.name, line, steps, self.case.line, label.span)

    def line(self, node: syntax.Node) -> int:
        return self.source.position(node.span.start)[0]

    def step(self, node: syntax.Step, first: int | None) -> bool:
        """Check one step; False if there is no time to go on with."""
        match node:
            case syntax.At(time=time):
                if isinstance(time, syntax.Cell):
                    self.ctx.report.add(errors.cell_elsewhere(time.span))
                    return False
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
                if isinstance(duration, syntax.Cell):
                    self.ctx.report.add(errors.cell_elsewhere(duration.span))
                else:
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
        self.steps.append(Given(time, "lead", data, node.span))

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
        self.steps.append(Given(time, event.spelling, data, node.span))

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
        text, line = " ".join(self.case.read(self.source, node.span).split()), self.line(node)
        match node:
            case syntax.Expect(condition=wanted):
                term = canonical(inlined(self.ctx, condition(self.ctx, TRIGGER, wanted)))
                self.steps.append(Expected(now, term, text, line, node.span))
            case syntax.ExpectFired(trigger=trigger, times=times, negated=negated):
                check_trigger(self.ctx, trigger, "a test follows one lead")
                count = None
                if isinstance(times, syntax.Cell):
                    self.ctx.report.add(errors.cell_elsewhere(times.span))
                elif times is not None:
                    count = whole_times(self.ctx, times)
                self.steps.append(ExpectedFiring(now, trigger.text, count, negated, text, line, node.span))
            case syntax.ExpectEmitted(name=name, negated=negated):
                emitted = _emitted(self.ctx)
                if name.value not in emitted and not self.ctx.report.forgives(name.value):
                    self.ctx.report.add(errors.never_emitted(name.value, name.span, emitted))
                self.steps.append(ExpectedEmission(now, name.value, negated, text, line, node.span))


def check_trigger(ctx: Context, name: syntax.Name, why: str) -> None:
    """Report a name that is no trigger of leads; `why` it can't be one of accounts."""
    names = ctx.names
    if name.text in names.triggers or ctx.report.forgives(name.text):
        return
    if name.text in names.account_triggers:
        ctx.report.add(errors.account_trigger(name.text, why, name.span))
    else:
        ctx.report.add(naming.unknown_trigger(name.text, name.span, names.triggers))


def _emitted(ctx: Context) -> list[str]:
    found = (each for node in ctx.names.triggers.values() for each in node.actions)
    return list(dict.fromkeys(each.name.value for each in found if isinstance(each, syntax.Emit) and each.name.value))


def inlined(ctx: Context, term: Term) -> Term:
    """The term with the entries of sets in it, so that it can be asked without the table."""

    def settle(part: Term) -> Term:
        return ("list", *ctx.sets.entries[part[1]]) if part[0] == "set" else part

    return rewrite(term, settle)
