"""Wording: triggers and their actions, accounts and segments."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import listing
from dsl.diagnostics import Diagnostic, Label, error
from dsl.syntax import Span


def set_of_given(name: str, span: Span, declared: Span, computed: Iterable[str]) -> Diagnostic:
    known = list(computed)
    advice = f"the computed fields are {listing(known)}" if known else f"or declare `{name}` as `computed`"
    return error(
        "E301",
        f"`{name}` comes with events, and a trigger sets computed fields only",
        span,
        (Label(declared, "declared here, without `computed`"),),
        help=advice,
    )


def set_misfit(name: str, wanted: str, given: str, span: Span, advice: str) -> Diagnostic:
    return error("E302", f"`{name}` holds {wanted}, and this is {given}", span, help=advice)


def account_action(what: str, span: Span) -> Diagnostic:
    return error(
        "E303",
        f"an account trigger can't {what}",
        span,
        help="it may `emit` and `tag`; what concerns a lead belongs in a trigger outside `account { … }`",
    )


def trigger_limit(span: Span) -> Diagnostic:
    return error(
        "E305",
        "a trigger is limited in times only",
        span,
        help="write `once`, `at most 2 times` or `at most 1 times per 90 days`",
    )


def change_of_computed(score: str, span: Span, declared: Span) -> Diagnostic:
    return error(
        "E306",
        f"the score `{score}` is computed, so nothing can be added to it or reset",
        span,
        (Label(declared, "declared here"),),
        help="change one of the scores that it is made of",
    )


def empty_text(what: str, span: Span) -> Diagnostic:
    return error("E307", f"the {what} is empty", span, help="write a name between the quotes")


def no_account_attribute(span: Span) -> Diagnostic:
    return error(
        "E308", "no attribute of the lead names its account", span, help="declare one: `lead { company: account }`"
    )


def account_cause(span: Span) -> Diagnostic:
    return error(
        "E309",
        "an account trigger has no `on`: an account is looked at after its leads",
        span,
        help="write `when …` on the account's scores",
    )


def count_not_whole(what: str, span: Span) -> Diagnostic:
    return error("E310", f"{what} must be a whole number, at least 1", span, help="write `100`, or a share: `10%`")


def repeated_trigger(span: Span) -> Diagnostic:
    return error(
        "E311",
        "a trigger or a tally can't ask for `repeated`",
        span,
        help="write a tally over that time, and ask for it: `when visits >= 3`",
    )
