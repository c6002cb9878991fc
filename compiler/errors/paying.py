"""Wording: warnings about rules that pay again, pay nothing, or pay to other leads than was meant."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Fix, Label, warning
from dsl.syntax import Span


def paid_at_every_report(
    name: str, reports: tuple[str, str], gain: str, span: Span, declared: Span, better: str, fixes: tuple[Fix, ...]
) -> Diagnostic:
    """`reports` are two values that meet the condition, `gain` what each of them gives; `better` the limit to write."""
    return warning(
        "W401",
        f"`{name}` grows while it is reported, and this rule pays at every report",
        span,
        (Label(declared, "a report of progress"),),
        (f"a report of {reports[0]} and one of {reports[1]}: {gain} for each",),
        f"add a limit: `{better}`",
        fixes,
    )


def subtract_from_nothing(
    rule: str,
    evidence: str,
    span: Span,
    others: tuple[Span, ...],
    bounds: Span | None,
    low: str,
    fixes: tuple[Fix, ...],
) -> Diagnostic:
    """`bounds` is the range, if it is written; `low` the lower end that lets all be taken."""
    labels = [Label(other, "here too") for other in others[:3]]
    if bounds is not None:
        labels.append(Label(bounds, "nothing lies below 0"))
    return warning(
        "W402",
        f"from a lead that has no activity points yet, `{rule}` takes nothing",
        span,
        tuple(labels),
        (evidence,),
        f"to let it take something at any time write `range {low}..`",
        fixes,
    )


def lifetime_limit(
    limit: str, span: Span, ageing: str, ageing_span: Span, gone: str, better: str, fixes: tuple[Fix, ...]
) -> Diagnostic:
    """`limit` as it is written, `ageing` "expires" or "fades", `gone` says what is left after a time."""
    return warning(
        "W404",
        f"`{limit}` counts for ever, and the score {ageing}: once used up, it earns nothing for ever after",
        span,
        (Label(ageing_span, gone),),
        (),
        f"limit it within a time: `{better}`",
        fixes,
    )


def missing_values_are_one(
    name: str, event: str, span: Span, declared: Span, turn: str, condition: str, fixes: tuple[Fix, ...]
) -> Diagnostic:
    return warning(
        "W407",
        f"all `{event}` without `{name}` count as one: `for each` takes a missing value for one value",
        span,
        (Label(declared, "may be missing"),),
        (f"the second `{event}` without `{name}` {turn}",),
        f"declare `{name}` as `required`, or leave those out: `where {condition}`",
        fixes,
    )


def adds_nothing(rule: str, word: str, span: Span) -> Diagnostic:
    return warning(
        "W426",
        f"`{word} 0` does nothing: `{rule}` never changes the score",
        span,
        help="write the points that it is worth, or remove the rule",
    )


def same_rule(rule: str, span: Span, other: str, first: Span, what: str, gain: str) -> Diagnostic:
    """`what` says when both count; `gain` what the two give together."""
    return warning(
        "W427",
        f"`{rule}` says the same as `{other}`: {what}, both count",
        span,
        (Label(first, "the same condition stands here"),),
        (f"together they give {gain}",),
        "remove one of them, or write what tells them apart",
    )


def never_reached(span: Span, first: Span) -> Diagnostic:
    return warning(
        "W428",
        "this `else when` never counts: its condition stands above already",
        span,
        (Label(first, "whoever meets it stops here"),),
        help="write another condition, or remove it",
    )


def activity_without_points(
    event: str, span: Span, measured: Span, what: str, evidence: str, better: str, fixes: tuple[Fix, ...]
) -> Diagnostic:
    """`measured` is where silence is asked for, and `what` what happens there."""
    return warning(
        "W405",
        f"`{event}` counts as activity, although no rule adds points for it",
        span,
        (Label(measured, what),),
        (evidence,),
        f"write `{better}`",
        fixes,
    )
