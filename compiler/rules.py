"""Rules and groups: what they match, what they add, and their limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from compiler.conditions import condition
from compiler.constants import micros_of, plain_number
from compiler.context import Context
from compiler.errors import naming
from compiler.errors import scoring as errors
from compiler.exact import combine, milli
from compiler.names import EventNames
from compiler.scope import Scope, of_event, of_rule
from compiler.terms import FALSE
from compiler.values import constant, numeric
from dsl import syntax
from runtime.table import Best, Branch, Group, Limit, Match, OnRule, Repeated, Term, WhenRule


@dataclass(slots=True)
class Rules:
    """The rules and groups of a score, in the order written."""

    on: list[OnRule] = field(default_factory=list)
    when: list[WhenRule] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)


def rules_of(ctx: Context, node: syntax.Score) -> Rules:
    """All rules of a score, with those in groups."""
    found = Rules()
    variable = node.family.variable.text if node.family else None
    names: dict[str, syntax.Rule] = {}
    groups: dict[str, syntax.Group] = {}
    for member in node.members:
        if isinstance(member, syntax.Rule):
            _rule(ctx, found, member, names, variable, None)
        elif isinstance(member, syntax.Group):
            first = groups.setdefault(member.name.text, member)
            if first is not member:
                ctx.report.add(naming.same_name("groups", member.name.text, member.name.span, first.name.span))
            _group(ctx, found, member, names, variable)
    return found


def _rule(
    ctx: Context,
    found: Rules,
    node: syntax.Rule,
    names: dict[str, syntax.Rule],
    variable: str | None,
    group: str | None,
) -> None:
    first = names.setdefault(node.name.text, node)
    if first is not node:
        ctx.report.add(naming.same_name("rules", node.name.text, node.name.span, first.name.span))
    if node.on is None:
        found.when.append(_when_rule(ctx, node, variable, group))
    else:
        found.on.append(_on_rule(ctx, node, node.on, variable, group))


# --- on rules -------------------------------------------------------------------------------------------------------


def event_of(ctx: Context, name: syntax.Name) -> EventNames | None:
    """The event of that name; None, once reported, if there is none."""
    event = ctx.names.events.get(name.text)
    if event is None and not ctx.report.forgives(name.text):
        ctx.report.add(naming.unknown_event(name.text, name.span, ctx.names.events))
    return event


def match_of(ctx: Context, node: syntax.On, event: EventNames | None, variable: str | None = None) -> Match:
    """``on EVENT where …``. Of an unknown event nothing else is said."""
    if event is None or node.where is None:
        return Match(node.event.text)
    return Match(node.event.text, condition(ctx, of_event(event, variable), node.where))


def repeated_of(ctx: Context, node: syntax.On) -> Repeated | None:
    """``repeated N times in D``"""
    if node.repeated is None:
        return None
    times = whole_times(ctx, node.repeated.times)
    within = micros_of(ctx, node.repeated.within)
    return Repeated(times or 1, within or 1)


def _on_rule(ctx: Context, node: syntax.Rule, on: syntax.On, variable: str | None, group: str | None) -> OnRule:
    event = event_of(ctx, on.event)
    (branch,) = node.branches[:1]
    points, value = None, None
    if event is not None:
        points, value = points_or_value(ctx, of_event(event, variable), branch)
    limits = tuple(limit_of(ctx, each, [event]) for each in node.limits if not isinstance(each, syntax.Best))
    return OnRule(
        name=node.name.text,
        match=match_of(ctx, on, event, variable),
        label=node.label.value if node.label else None,
        when=None if branch.when is None else condition(ctx, of_rule(variable), branch.when),
        repeated=repeated_of(ctx, on),
        points=points,
        value=value,
        best=_best(ctx, node, event),
        limits=limits,
        group=group,
    )


def points_or_value(ctx: Context, scope: Scope, branch: syntax.Branch) -> tuple[int | None, Term | None]:
    """What a branch adds: whole thousandths if that is known now, else the term; negative to subtract."""
    found = numeric(ctx, scope, branch.points)
    exact = constant(found.term)
    if exact is not None:
        return milli(combine("-", 0, exact) if branch.subtract else exact), None
    return None, ("-", ("lit", 0), found.term) if branch.subtract else found.term


def _best(ctx: Context, node: syntax.Rule, event: EventNames | None) -> Best | None:
    found = [each for each in node.limits if isinstance(each, syntax.Best)]
    if not found:
        return None
    if len(found) > 1:
        ctx.report.add(errors.best_misplaced("twice", found[1].span))
    elif node.branches[0].subtract:
        ctx.report.add(errors.best_misplaced("on a `subtract`", found[0].span))
    each = found[0].each
    if each is not None:
        check_each(ctx, each, [event])
    return Best(each.text if each else None)


# --- limits ---------------------------------------------------------------------------------------------------------


def whole_times(ctx: Context, node: syntax.Const) -> int | None:
    """A number of times: whole, at least 1."""
    exact = plain_number(ctx, node)
    if exact is None:
        return None
    if not isinstance(exact, int) or exact < 1:
        ctx.report.add(errors.times_not_whole(node.span))
        return None
    return exact


def limit_of(ctx: Context, node: syntax.TimesLimit | syntax.PointsLimit, events: list[EventNames | None]) -> Limit:
    """A limit in times or points of what happens at any of the events."""
    per = None if node.per is None else micros_of(ctx, node.per)
    if isinstance(node, syntax.TimesLimit):
        if node.each is not None:
            check_each(ctx, node.each, events)
        times = whole_times(ctx, node.times)
        return Limit(times=times or 1, per=per, each=node.each.text if node.each else None)
    exact = plain_number(ctx, node.points)
    if exact is not None and milli(exact) <= 0:
        ctx.report.add(errors.points_limit_not_positive(node.points.span))
        exact = None
    return Limit(points=1000 if exact is None else milli(exact), per=per)


def check_each(ctx: Context, name: syntax.Name, events: list[EventNames | None]) -> None:
    """``for each PROPERTY`` names a property, of every event that is counted, with single values."""
    for event in events:
        if event is None:
            continue
        node = event.properties.get(name.text)
        if node is None:
            if not ctx.report.forgives(name.text):
                shown = event.node.name.text
                ctx.report.add(naming.unknown_property(name.text, shown, name.span, event.properties))
            return
        if node.type.kind == "list of text":
            ctx.report.add(errors.each_of_list(name.text, name.span))
            return


# --- when rules -----------------------------------------------------------------------------------------------------


def _when_rule(ctx: Context, node: syntax.Rule, variable: str | None, group: str | None) -> WhenRule:
    for limit in node.limits[:1]:
        ctx.report.add(errors.limit_on_when(limit.span))
    scope = of_rule(variable)
    branches = []
    for each in node.branches:
        when = FALSE if each.when is None else condition(ctx, scope, each.when)
        points, value = points_or_value(ctx, scope, each)
        branches.append(Branch(when, points, value))
    return WhenRule(node.name.text, tuple(branches), node.label.value if node.label else None, group)


# --- groups ---------------------------------------------------------------------------------------------------------


def _group(ctx: Context, found: Rules, node: syntax.Group, names: dict[str, syntax.Rule], variable: str | None) -> None:
    name = node.name.text
    for rule in node.rules:
        if (rule.on is None) != (node.rules[0].on is None):
            ctx.report.add(errors.mixed_group(name, rule.name.span, node.rules[0].name.span))
            break
    for rule in node.rules:
        _rule(ctx, found, rule, names, variable, name)
    label = node.label.value if node.label else None
    if node.rules and node.rules[0].on is None:
        found.groups[name] = Group(label, most=_most(ctx, node))
        return
    events = [ctx.names.events.get(rule.on.event.text) for rule in node.rules if rule.on is not None]
    limits = []
    for limit in node.limits:
        if isinstance(limit, syntax.Best):
            ctx.report.add(errors.best_misplaced("in the limits of a group", limit.span))
        else:
            limits.append(limit_of(ctx, limit, events))
    found.groups[name] = Group(label, tuple(limits))


def _most(ctx: Context, node: syntax.Group) -> int | None:
    """The one limit that a group of `when` rules may have."""
    most = None
    for at, limit in enumerate(node.limits):
        if at > 0 or not isinstance(limit, syntax.PointsLimit) or limit.per is not None:
            ctx.report.add(errors.limit_of_when_group(limit.span))
            break
        most = limit_of(ctx, limit, []).points
    return most
