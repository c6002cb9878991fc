"""Wording: sources and the expressions in them."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess, listing, meant
from dsl.diagnostics import Diagnostic, Label, error
from dsl.syntax import Span


def no_expression(span: Span, why: str, found: str = "") -> Diagnostic:
    """`found` is the character that does not fit."""
    help_ = "write a path such as `properties.path`, or a condition such as `type == 'page'`"
    if found == "=":
        help_ = "two values are compared by `==`, as in `type == 'page'`"
    elif found.isdigit():
        help_ = "a number in an expression stands between two grave accents (backticks)"
    return error("E350", f"this is no JMESPath expression: {why}", span, help=help_)


def unknown_function(name: str, span: Span, known: Iterable[str]) -> Diagnostic:
    return error("E351", f"there is no function `{name}`", span, help=guess(name, sorted(known), "functions"))


def wrong_arguments(name: str, least: int, most: int | None, given: int, span: Span) -> Diagnostic:
    wanted = f"at least {least}" if most is None else str(least) if least == most else f"{least} to {most}"
    return error(
        "E352",
        f"`{name}` takes {wanted} argument{'' if wanted.endswith('1') else 's'}, and {given} stand here",
        span,
        help="docs/sources.md lists the functions with what they take",
    )


def source_without(name: str, what: str, example: str, span: Span) -> Diagnostic:
    return error("E353", f"the source `{name}` does not say {what}", span, help=f"add `{example}`")


def unknown_source(name: str, span: Span, sources: Iterable[str]) -> Diagnostic:
    known = list(sources)
    return error(
        "E354",
        f"there is no source `{name}`",
        span,
        help=guess(name, known, "sources"),
        fixes=meant(name, known, span),
    )


def circular_source(name: str, span: Span) -> Diagnostic:
    return error("E355", f"the source `{name}` is like itself", span, help="leave one `like` out")


def unknown_format(written: str, span: Span, epochs: Iterable[str]) -> Diagnostic:
    return error(
        "E356",
        f"`{written}` is no format of times",
        span,
        help=f"write it as in `YYYY-MM-DD hh:mm:ss.SSS`; counted times are {listing(epochs)}",
    )


def unknown_zone(name: str, span: Span) -> Diagnostic:
    return error(
        "E357", f"there is no time zone `{name}`", span, help="write `UTC`, or a name such as `Europe/Copenhagen`"
    )


def format_without_zone(written: str, span: Span) -> Diagnostic:
    return error(
        "E358",
        f"times written as `{written}` do not say in which zone they are",
        span,
        help='add the zone: `in "UTC"`',
    )


def zone_of_epoch(span: Span, format: Span) -> Diagnostic:
    return error(
        "E359",
        "a time counted from 1970 is in no zone",
        span,
        (Label(format, "counted from 1970"),),
        help="leave `in …` out",
    )


def required_left_out(name: str, event: str, span: Span, declared: Span) -> Diagnostic:
    return error(
        "E360",
        f"`{event}` requires `{name}`, which is not given here",
        span,
        (Label(declared, "required here"),),
        help=f'give it: `{name}: "…"`, or declare it without `required`',
    )


def attribute_computed(name: str, span: Span, declared: Span) -> Diagnostic:
    return error(
        "E361",
        f"`{name}` is computed: what a source sets is ignored",
        span,
        (Label(declared, "computed here"),),
        help="leave it out, or declare it without `computed`",
    )


def column_twice(name: str, span: Span, first: Span) -> Diagnostic:
    return error("E362", f"two columns are called `{name}`", span, (Label(first, "first here"),), help="rename one")


def columns_no_texts(span: Span) -> Diagnostic:
    return error("E363", "the columns of a source are texts", span, help='write their names: `["id", "time"]`')


def name_for_text(word: str, span: Span) -> Diagnostic:
    return error(
        "E364",
        f"`{word}` in double quotes is the name of a member, not a text",
        span,
        help=f"write the text in single quotes: `'{word}'`",
    )
