"""Wording: the tests in a rule file."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess, meant
from dsl.diagnostics import Diagnostic, error
from dsl.syntax import Span


def no_time_yet(span: Span) -> Diagnostic:
    return error("E320", "the test has no time yet", span, help="begin with `at 2026-01-05T10:00Z`")


def backwards(span: Span) -> Diagnostic:
    return error(
        "E321",
        "the test goes back in time",
        span,
        help="write the steps in the order of their times: `expect` looks at what stands above it",
    )


def bad_value(name: str, wanted: str, span: Span, advice: str) -> Diagnostic:
    return error("E322", f"`{name}` must be {wanted}", span, help=advice)


def missing_value(name: str, event: str, span: Span) -> Diagnostic:
    return error("E323", f"the event `{event}` needs `{name}`", span, help=f"add `{name}: …`, or leave `required` out")


def computed_given(name: str, span: Span) -> Diagnostic:
    return error(
        "E324",
        f"`{name}` is computed and can't be given",
        span,
        help="let a trigger set it, as it happens with real events",
    )


def never_emitted(name: str, span: Span, emitted: Iterable[str]) -> Diagnostic:
    known = list(emitted)
    return error(
        "E325",
        f"no trigger emits `{name}`",
        span,
        help=guess(name, known, "names that are emitted"),
        fixes=meant(name, known, span, text=True),
    )


def cell_elsewhere(span: Span) -> Diagnostic:
    return error(
        "E327",
        "there is no line of a table here",
        span,
        help='`line.…` is for the steps of a `test "…" for each line of "cases.csv" { … }`',
    )


def claims_nothing(name: str, span: Span) -> Diagnostic:
    return error(
        "E328", f"the assertion `{name}` claims nothing", span, help="write what must hold, such as `always s <= 200`"
    )


def account_trigger(name: str, why: str, span: Span) -> Diagnostic:
    return error(
        "E326",
        f"`{name}` is a trigger of accounts, and {why}",
        span,
        help="expect the scores and triggers of the lead",
    )
