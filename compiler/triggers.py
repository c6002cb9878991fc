"""Triggers: when they fire, their limits, and their actions. Those of accounts know less, and say so."""

from __future__ import annotations

from compiler.conditions import condition
from compiler.constants import points_of
from compiler.context import Context
from compiler.errors import naming
from compiler.errors import triggering as errors
from compiler.lookup import score_key
from compiler.names import EventNames
from compiler.rules import event_of, limit_of, match_of
from compiler.scope import ACCOUNT, TRIGGER, Scope
from compiler.setting import set_field
from dsl import syntax
from runtime.table import Limit, Term, Trigger


def trigger(ctx: Context, node: syntax.Trigger) -> Trigger:
    """A trigger of leads."""
    event = None if node.on is None else event_of(ctx, node.on.event)
    if node.on is not None and node.on.repeated is not None:
        ctx.report.add(errors.repeated_trigger(node.on.repeated.span))
    do = [_action(ctx, each, node.on is not None, event) for each in node.actions]
    return Trigger(
        name=node.name.text,
        label=node.label.value if node.label else None,
        match=None if node.on is None else match_of(ctx, node.on, event),
        when=_when(ctx, TRIGGER, node),
        limits=_limits(ctx, node),
        do=tuple(each for each in do if each is not None),
    )


def account_trigger(ctx: Context, node: syntax.Trigger) -> Trigger:
    """A trigger of accounts: `when`, limits, `emit` and `tag`."""
    if node.on is not None:
        ctx.report.add(errors.account_cause(node.on.span))
    do: list[Term] = []
    for each in node.actions:
        match each:
            case syntax.Emit() | syntax.SetTag(remove=False):
                term = _action(ctx, each, False, None)
                if term is not None:
                    do.append(term)
            case _:
                ctx.report.add(errors.account_action(_VERBS[type(each)], each.span))
    return Trigger(
        name=node.name.text,
        label=node.label.value if node.label else None,
        when=_when(ctx, ACCOUNT, node),
        limits=_limits(ctx, node),
        do=tuple(do),
    )


_VERBS = {
    syntax.MoveTo: "move a lead",
    syntax.SetTag: "remove a tag",
    syntax.SetField: "set a field of a lead",
    syntax.AddTo: "add to a score of a lead",
    syntax.Reset: "reset a score of a lead",
}


def _when(ctx: Context, scope: Scope, node: syntax.Trigger) -> Term | None:
    return None if node.when is None else condition(ctx, scope, node.when)


def _limits(ctx: Context, node: syntax.Trigger) -> tuple[Limit, ...]:
    found = []
    for each in node.limits:
        if isinstance(each, syntax.TimesLimit) and each.each is None:
            found.append(limit_of(ctx, each, []))
        else:
            ctx.report.add(errors.trigger_limit(each.span))
    return tuple(found)


# --- actions --------------------------------------------------------------------------------------------------------


def _action(ctx: Context, node: syntax.Action, on: bool, event: EventNames | None) -> Term | None:
    """The action as the table has it; None, once reported, if something is wrong with it."""
    match node:
        case syntax.MoveTo(stage=stage):
            return _move(ctx, stage)
        case syntax.Emit(name=name):
            if not name.value:
                ctx.report.add(errors.empty_text("name of what is emitted", name.span))
            return ("emit", name.value)
        case syntax.SetTag(tag=tag, remove=remove):
            if not tag.value:
                ctx.report.add(errors.empty_text("tag", tag.span))
            return ("untag" if remove else "tag", tag.value)
        case syntax.SetField():
            if on and event is None:
                return None
            return set_field(ctx, node, event)
        case syntax.AddTo(points=amount, score=score, subtract=subtract):
            key, points = _changed(ctx, score), points_of(ctx, amount)
            return None if key is None or points is None else ("add", key, -points if subtract else points)
        case syntax.Reset(points=amount, score=score):
            key, points = _changed(ctx, score), points_of(ctx, amount)
            return None if key is None or points is None else ("reset", key, points)


def _move(ctx: Context, stage: syntax.Name) -> Term | None:
    if ctx.names.stages is None:
        if not ctx.report.forgives(stage.text):
            ctx.report.add(naming.no_stages(stage.span))
        return None
    if stage.text not in ctx.names.stage_names:
        if not ctx.report.forgives(stage.text):
            ctx.report.add(naming.unknown_stage(stage.text, stage.span, ctx.names.stage_names))
        return None
    return ("move", stage.text)


def _changed(ctx: Context, node: syntax.Expr) -> str | None:
    """The key of a score whose activity points a trigger changes."""
    key = score_key(ctx, node)
    if key is None:
        return None
    name = key.partition("[")[0]
    if ctx.heads[name].computed:
        ctx.report.add(errors.change_of_computed(name, node.span, ctx.names.scores[name].name.span))
        return None
    return key
