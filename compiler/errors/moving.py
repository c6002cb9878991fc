"""Wording: warnings about triggers, the stages they move leads to, and what they set."""

from __future__ import annotations

from compiler.errors.phrases import listing
from dsl.diagnostics import Diagnostic, Fix, Label, warning
from dsl.syntax import Span


def never_come_back(
    condition: str,
    stages: list[str],
    trigger: str,
    span: Span,
    declared: Span,
    entered: tuple[Span, str],
    fixes: tuple[Fix, ...],
) -> Diagnostic:
    """`stages` stand beside the path, `declared` where; `entered` is a move there and its trigger."""
    one = len(stages) == 1
    test = f"stage = {stages[0]}" if one else f"stage in [{', '.join(stages)}]"
    apart = f"stage != {stages[0]}" if one else f"stage not in [{', '.join(stages)}]"
    return warning(
        "W403",
        f"`{condition}` is false in {listing(stages)}: a lead that is there never comes back by `{trigger}`",
        span,
        (Label(declared, "ordered after no stage"), Label(entered[0], f"`{entered[1]}` moves leads there")),
        help=f"to let them back write `({condition} or {test})`; to say that they stay add `and {apart}`",
        fixes=fixes,
    )


def starts_missing(field: str, expression: str, span: Span, declared: Span, begin: str) -> Diagnostic:
    """`expression` is what it is set to; `begin` a trigger that gives it its first value."""
    return warning(
        "W411",
        f"`{field}` never gets a value: it is missing at first, and so is `{expression}`",
        span,
        (Label(declared, "missing until a trigger sets it"),),
        ("an expression with a missing value is missing, and setting a field to that removes it",),
        f"give it a first value in a trigger that stands above: `{begin}`",
    )


def sees_the_same_pass(
    later: str, earlier: str, change: str, what: str, span: Span, changed: Span, at_event: bool
) -> Diagnostic:
    """`change` is what the earlier one does, `what` comes of it for the later; `at_event`: both wait for one event."""
    if at_event:
        seen, better = "at the same event", f"see how things were before the event, write it above `{earlier}`"
    else:
        seen = "at the same look"
        better = f"wait, add what it waits for, such as `on …` or `stage = … for 1 day`; else let `{earlier}` move on"
    return warning(
        "W412",
        f"`{later}` sees what `{earlier}` did a moment before, {seen}: {what}",
        span,
        (Label(changed, f"`{earlier}` {change}, and triggers are taken from top to bottom"),),
        help=f"if `{later}` is to {better}",
    )


def sent_back_at_once(
    up: str,
    down: str,
    evidence: str,
    span: Span,
    promoted: Span,
    line: str,
    fixes: tuple[Fix, ...] = (),
    blind: str | None = None,
) -> Diagnostic:
    """`promoted` is the move up; `line` the highest line of the way down that lets a lead stay, or, if the way up asks
    for no score, the one that it is to ask for; then `blind` is the stage that it moves to."""
    if blind is None:
        moves, better = f"`{up}` moves up here", f"write `{line}`, or a lower line"
    else:
        moves = f"`{up}` moves up here, whatever the score is"
        better = f"let `{up}` ask for `{line}`, or `{down}` wait with `stage = {blind} for 30 days`"
    return warning(
        "W413",
        f"`{down}` undoes at the next look what `{up}` did",
        span,
        (Label(promoted, moves),),
        (evidence,),
        better,
        fixes,
    )
