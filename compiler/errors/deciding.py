"""Wording: what `prove` finds about conditions, each by itself and beside others. All are right by the letter."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Label, warning
from dsl.syntax import Span

_NEVER = {
    "rule": "the rule `{}` never pays",
    "tally": "the tally `{}` never counts anything",
    "trigger": "the trigger `{}` never fires",
    "account trigger": "the trigger `{}` never fires",
    "account score": "the score `{}` has no leads to look at",
    "segment": "the segment `{}` is always empty",
}


def never_holds(of: tuple[str, ...], kind: str, span: Span, core: tuple[Span, ...]) -> Diagnostic:
    """`core` are the parts that can't hold together, if they are known."""
    what = _NEVER[of[0]].format(of[-1]) if kind != "else when" else f"this branch of `{of[-1]}` is never taken"
    labels = tuple(Label(each, "can't hold together" if at == 0 else "with this") for at, each in enumerate(core))
    return warning(
        "P530",
        f"this condition can never hold: {what}",
        span,
        labels,
        (),
        "change the condition, or leave out what depends on it",
    )


def always_holds(of: tuple[str, ...], kind: str, span: Span) -> Diagnostic:
    return warning(
        "P531",
        "this condition always holds",
        span,
        (),
        (f"without it `{of[-1]}` does the same",),
        f"leave out the `{kind}`, or change it",
    )


def decides_nothing(of: tuple[str, ...], both: bool, span: Span, junction: Span) -> Diagnostic:
    """`both`: a part of an `and`, which holds wherever the others do; else of an `or`."""
    why = "it holds wherever the rest of the `and` does" if both else "where it holds, the rest of the `or` does too"
    return warning(
        "P532",
        f"this part of the condition of `{of[-1]}` decides nothing",
        span,
        (),
        (why,) if span != junction else (),
        "leave it out, or change it",
    )


def never_reached(rule: str, span: Span, before: Span, *, taken: bool) -> Diagnostic:
    """`taken`: what fits this branch fits one above it; else something above it always holds."""
    label = (
        "this, or one above it, comes first wherever the branch would hold"
        if taken
        else "this or one above it always holds"
    )
    return warning(
        "P533",
        f"this branch of `{rule}` is never reached",
        span,
        (Label(before, label),),
        (),
        "put it above the other, or leave it out",
    )


def pay_twice(
    rules: tuple[str, str], event: str | None, points: str, example: tuple[str, ...], spans: tuple[Span, Span]
) -> Diagnostic:
    """Two rules that ask the same in different words; `points` is what both give together."""
    what = f"pay for the very same `{event}` events" if event else "pay for the very same leads"
    return warning(
        "P534",
        f"`{rules[0]}` and `{rules[1]}` {what}",
        spans[0],
        (Label(spans[1], "asks the same"),),
        (f"together {points}; for example", *example),
        "keep one of them, or change what one asks for",
    )


def pays_too(
    rule: str, others: tuple[str, ...], example: tuple[str, ...], points: str, span: Span, spans: tuple[Span, ...]
) -> Diagnostic:
    """`rule` pays wherever any of the `others` does; `example` is for the first, `points` what both give then."""
    names = ", ".join(f"`{each}`" for each in others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    return Diagnostic(
        "P535",
        "hint",
        f"`{rule}` pays wherever {names} {'does' if len(others) == 1 else 'do'}",
        span,
        tuple(Label(each, "pays beside it") for each in spans[:3]),
        (f"`{others[0]}` and `{rule}` together give {points}; for example", *example),
        "if only one of them is meant to pay, say `and not …` in the wider one, or put both in a group with a limit",
    )


def both_pay(rules: tuple[str, str], points: str, example: tuple[str, ...], spans: tuple[Span, Span]) -> Diagnostic:
    """Two rules that ask for values of one thing that overlap; `points` is what both give together."""
    return Diagnostic(
        "P536",
        "hint",
        f"`{rules[1]}` and `{rules[0]}` overlap: what lies within both is paid twice",
        spans[0],
        (Label(spans[1], "overlaps with it"),),
        (f"together {points}; for example", *example),
        "let one begin where the other ends, with `>` or `<` at one of the two",
    )
