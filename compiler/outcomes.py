"""Outcomes: the events at which it is decided what became of a lead.

They are asked by those who look back, never while a lead is scored. So their conditions stand in the table as they are,
with the entries of sets in them: an outcome must not move what the scores share, nor the hash of what they mean.
"""

from __future__ import annotations

from compiler.canonical import canonical
from compiler.conditions import condition
from compiler.context import Context
from compiler.errors import outcomes as errors
from compiler.passes.fold import folded_constants
from compiler.rules import event_of
from compiler.scenarios import inlined
from compiler.scope import of_event
from compiler.values import numeric
from dsl import syntax
from runtime.table import Ending, Outcome, Term


def outcome(ctx: Context, node: syntax.Outcome) -> Outcome:
    """An outcome with its endings in the order written."""
    if not any(not ending.lost for ending in node.endings):
        ctx.report.add(errors.never_won(node.name.text, node.name.span))
    return Outcome(
        won=tuple(_ending(ctx, each) for each in node.endings if not each.lost),
        lost=tuple(_ending(ctx, each) for each in node.endings if each.lost),
        label=node.label.value if node.label else None,
    )


def _ending(ctx: Context, node: syntax.Ending) -> Ending:
    on = node.on
    if on.repeated is not None:
        ctx.report.add(errors.repeated_outcome(on.repeated.span))
    event = event_of(ctx, on.event)
    if event is None:
        return Ending(on.event.text)
    scope = of_event(event)
    return Ending(
        on.event.text,
        None if on.where is None else _settled(ctx, condition(ctx, scope, on.where)),
        None if node.worth is None else _settled(ctx, numeric(ctx, scope, node.worth).term),
    )


def _settled(ctx: Context, term: Term) -> Term:
    return canonical(folded_constants(inlined(ctx, term)))
