"""Wording: the tests in a rule file."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess, meant
from dsl.diagnostics import Diagnostic, Label, error, replaced, warning
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


def bad_value(name: str, wanted: str, span: Span, advice: str, meant: str | None = None) -> Diagnostic:
    """`meant` is what to write in place of the value, if that can be told from it."""
    fixes = () if meant is None else (replaced(span, meant),)
    return error("E322", f"`{name}` must be {wanted}", span, help=fixes[0].title if fixes else advice, fixes=fixes)


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


def expects_nothing(span: Span, path: str, lines: list[tuple[int, Span]]) -> Diagnostic:
    """`lines` are those of the table `path` whose empty cells leave out all that is expected, as their numbers and
    places; none where the test itself has no `expect`."""
    message = "the test expects nothing, so it can't fail"
    advice = "write what should hold in the end: `expect …`, `expect fired …` or `expect emitted …`"
    if lines:
        which = _lines([number for number, _ in lines])
        message = f"the test expects nothing of {which} of `{path}`, so it can't fail there"
        advice = "fill in what should come of it, or take the line out"
    labels = tuple(Label(place, "all that is expected of it is empty") for _, place in lines[:3])
    return warning("W432", message, span, labels, help=advice)


def _lines(numbers: list[int]) -> str:
    """``line 3``, ``lines 3 and 4``, ``lines 3, 4, 5 and 120 more``."""
    shown = [f"{number:,}" for number in numbers[:3]]
    shown += [f"{len(numbers) - 3:,} more"] * (len(numbers) > 3)
    return f"line {shown[0]}" if not shown[1:] else f"lines {', '.join(shown[:-1])} and {shown[-1]}"
