"""From all items of a rule file to the program: names resolved, types checked, and all mistakes reported at once."""

from __future__ import annotations

from compiler.audience import account, segment
from compiler.constants import micros_of, settle_lets, settle_sets
from compiler.context import Context
from compiler.errors import files, triggering
from compiler.exact import number
from compiler.heads import settle_heads
from compiler.names import EventNames
from compiler.outcomes import outcome
from compiler.program import Program
from compiler.rules import event_of, match_of
from compiler.scores import DAY, refuse_cycles, score, whole_days
from compiler.sources import source
from compiler.triggers import trigger
from dsl import syntax
from dsl.syntax import Span
from runtime.table import Event, Field, Stages, Tally

LATENESS = 90 * DAY
"""The lateness of a model that does not say."""


def check(ctx: Context, main: Span) -> Program:
    """The program; it means something only if the report holds no error. `main` is the start of the main file."""
    names = ctx.names
    settle_lets(ctx)
    settle_sets(ctx)
    settle_heads(ctx)
    label, lateness = _model(ctx, main)
    scores = [score(ctx, node) for node in names.scores.values()]
    refuse_cycles(ctx, scores)
    return Program(
        model=names.model.name.text if names.model else "",
        label=label,
        lateness=lateness,
        attributes={name: field(node) for name, node in names.attributes.items()},
        events={name: _event(event) for name, event in names.events.items()},
        scores=tuple(scores),
        tallies={name: _tally(ctx, node) for name, node in names.tallies.items()},
        stages=_stages(ctx),
        triggers=tuple(trigger(ctx, node) for node in names.triggers.values()),
        account=account(ctx),
        segments={name: segment(ctx, node) for name, node in names.segments.items()},
        outcomes={name: outcome(ctx, node) for name, node in names.outcomes.items()},
        sets=tuple(ctx.sets.entries),
        sources={name: source(ctx, node) for name, node in names.sources.items()},
    )


def _model(ctx: Context, main: Span) -> tuple[str | None, int]:
    """The label and lateness of the model."""
    model = ctx.names.model
    if model is None:
        if not ctx.report.forgives("model"):
            ctx.report.add(files.no_model(main))
        return None, LATENESS
    lateness = LATENESS
    first: dict[type, syntax.Node] = {}
    for setting in model.settings:
        if isinstance(setting, syntax.Owner | syntax.Lateness):
            before = first.setdefault(type(setting), setting)
            if before is not setting:
                what = "owner" if isinstance(setting, syntax.Owner) else "lateness"
                ctx.report.add(files.stands_twice(what, setting.span, before.span))
            elif isinstance(setting, syntax.Lateness):
                lateness = micros_of(ctx, setting.duration) or LATENESS
        elif isinstance(setting, syntax.Review):
            for length in (setting.first, setting.every):
                if length is not None:
                    micros_of(ctx, length)
    return model.label.value if model.label else None, lateness


def field(node: syntax.Field) -> Field:
    """A property or attribute as the table has it."""
    given = node.type
    return Field(
        spelling=node.spelling.value if node.spelling else node.name.text,
        type=given.kind,
        required=node.required,
        computed=node.computed,
        fold=given.ignoring_case,
        low=None if given.low is None else number(given.low),
        high=None if given.high is None else number(given.high),
        options=tuple(option.value for option in given.options),
    )


def _event(event: EventNames) -> Event:
    return Event(event.spelling, event.node.passive, {name: field(node) for name, node in event.properties.items()})


def _tally(ctx: Context, node: syntax.Tally) -> Tally:
    if node.on.repeated is not None:
        ctx.report.add(triggering.repeated_trigger(node.on.repeated.span))
    days = None if node.over is None else whole_days(ctx, node.over, "a tally")
    return Tally(
        match=match_of(ctx, node.on, event_of(ctx, node.on.event)),
        label=node.label.value if node.label else None,
        days=days,
    )


def _stages(ctx: Context) -> Stages:
    stages = ctx.names.stages
    if stages is None:
        return Stages()
    return Stages(tuple(name.text for name in stages.path), tuple(name.text for name in stages.beside))
