"""Wording: values, types, comparisons and the fields that hold them."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess, meant
from dsl.diagnostics import Diagnostic, Label, error, replaced
from dsl.syntax import Span


def not_comparable(left: str, left_span: Span, right: str, right_span: Span, span: Span) -> Diagnostic:
    hint = None
    if {left, right} & {"a date", "an instant"} and "a text" in (left, right):
        hint = "write a date without quotes: `2026-03-02`"
    elif "a list of texts" in (left, right):
        hint = 'ask `FIELD contains "x"`'
    elif "true or false" in (left, right):
        hint = "a boolean stands alone: `flag`, `not flag`"
    elif "a text" in (left, right) and "a number" in (left, right):
        hint = "a text is never a number: declare the field as a number, or compare it with a text in quotes"
    return error(
        "E240",
        f"{left} can't be compared with {right}",
        span,
        (Label(left_span, f"this is {left}"), Label(right_span, f"this is {right}")),
        help=hint,
    )


def percent_and_number(percent: str | None, span: Span) -> Diagnostic:
    """`percent` is what a literal number was probably meant to be."""
    advice = f"write `{percent}`" if percent else "write the number as an expression, `1 * x`: 80% is the number 0.8"
    fixes = (replaced(span, percent),) if percent else ()
    return error("E241", "a percent is compared with a number", span, help=advice, fixes=fixes)


def number_and_percent(written: str, span: Span) -> Diagnostic:
    return error(
        "E242",
        "a number is compared with a percent",
        span,
        help=f"write `{written}`, or declare the field as `percent`",
        fixes=(replaced(span, written),),
    )


def not_an_option(text: str, options: Iterable[str], span: Span) -> Diagnostic:
    known = list(options)
    return error(
        "E243",
        f"the field is never `{text}`",
        span,
        help=guess(text, known, "values that it may have"),
        fixes=meant(text, known, span, text=True),
    )


def condition_expected(kind: str, span: Span) -> Diagnostic:
    return error(
        "E244",
        f"a condition must stand here, and this is {kind}",
        span,
        help="compare it with something: `pages >= 5`, `path is present`",
    )


def value_expected(span: Span) -> Diagnostic:
    return error(
        "E245",
        "a value must stand here, and this is a condition",
        span,
        help="use `and`, `or` and `not` to join conditions",
    )


def not_a_text(operator: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E246",
        f"`{operator}` looks at texts, and this is {kind}",
        span,
        help="compare it with `=`, `<`, `between` or `in`",
    )


def not_text_argument(operator: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E247",
        f"`{operator}` takes a text or a list of texts, and this is {kind}",
        span,
        help=f'write `{operator} "…"`',
    )


def mixed_list(first: str, first_span: Span, other: str, span: Span) -> Diagnostic:
    return error(
        "E248",
        f"{other} in a list that begins with {first}",
        span,
        (Label(first_span, f"this is {first}"),),
        help="make two comparisons, joined with `or`",
    )


def not_a_literal(span: Span) -> Diagnostic:
    return error(
        "E249",
        "a list holds texts, numbers, percents or dates that are written out",
        span,
        help="compare with the field itself: `x = FIELD`",
    )


def list_expected(kind: str, span: Span) -> Diagnostic:
    advice = "write a list, `[…]`, or the name of a `set`"
    if kind == "a text":
        advice += "; for a part of a text write `FIELD contains …`"
    return error("E250", f"a list must stand here, and this is {kind}", span, help=advice)


def list_as_value(span: Span) -> Diagnostic:
    return error(
        "E251", "a value must stand here, and this is a list", span, help="ask whether a value is in it: `x in [ … ]`"
    )


def window_of_no_date(span: Span) -> Diagnostic:
    return error(
        "E252",
        "only a date or instant attribute of the lead can be near now",
        span,
        help="declare it in `lead { … }` as `date` or `instant`",
    )


def window_elsewhere(span: Span) -> Diagnostic:
    return error(
        "E253",
        "a condition on now can't stand here",
        span,
        help="write it in a `when`, a segment, `count where` or `expect`; a rule may have both: `on … when …`",
    )


def not_a_number(kind: str, span: Span) -> Diagnostic:
    return error(
        "E254",
        f"a number must stand here, and this is {kind}",
        span,
        help="points and arithmetic take numbers, percents, and fields and tallies that hold them",
    )


def no_order(kind: str, operator: str, span: Span) -> Diagnostic:
    return error("E255", f"`{operator}` asks for an order, and {kind} has none", span, help="compare with `=` or `!=`")


def never_missing(span: Span) -> Diagnostic:
    return error(
        "E256", "this is never missing", span, help="`is present` and `is missing` ask about a property or an attribute"
    )


def not_a_duration(kind: str, span: Span) -> Diagnostic:
    return error(
        "E257",
        f"a duration must stand here, and this is {kind}",
        span,
        help="write `7 days`, or the name of a `let` of one",
    )


def no_null(span: Span) -> Diagnostic:
    return error("E258", "`null` stands only in the values of a test", span, help="write `is missing`")


def let_of(kind: str, span: Span) -> Diagnostic:
    advice = "write `set NAME = [ … ]`" if kind.startswith("a list") else "write the value where it is used"
    return error(
        "E259", f"a `let` names a number, percent, text, duration or date, and this is {kind}", span, help=advice
    )


# --- fields ---------------------------------------------------------------------------------------------------------


def too_many_digits(span: Span) -> Diagnostic:
    return error(
        "E260",
        "this constant has more than 1,000 digits before or after the point",
        span,
        help="points and limits are small numbers: write it out",
    )


def empty_range(span: Span) -> Diagnostic:
    return error("E261", "the range is empty: it begins above its end", span, help="write the lower end first")


def required_attribute(name: str, span: Span) -> Diagnostic:
    return error(
        "E263",
        f"the attribute `{name}` can't be required: a lead may not have it yet",
        span,
        help="leave `required` out, and ask `is present` where it matters",
    )


def computed_property(name: str, span: Span) -> Diagnostic:
    return error(
        "E264",
        f"the property `{name}` can't be computed: it comes with its event",
        span,
        help="declare a `computed` field in `lead { … }`, and `set` it in a trigger",
    )


def two_accounts(name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E265",
        f"`{name}` is a second attribute that names the account",
        span,
        (Label(first, "the first one"),),
        help="a lead has one account: make the other a text",
    )


def account_property(name: str, span: Span) -> Diagnostic:
    return error(
        "E266",
        f"the property `{name}` can't name the account: only an attribute of the lead does",
        span,
        help="make it a text, and declare `account` in `lead { … }`",
    )


def same_option(text: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E267",
        f"`{text}` stands twice among the values",
        span,
        (Label(first, "first here"),),
        help="remove one of them",
    )


def fraction_for_integer(written: str, span: Span) -> Diagnostic:
    return error(
        "E268",
        f"the end `{written}` of a range of integers is not whole",
        span,
        help="write a whole number, or declare a `number`",
    )
