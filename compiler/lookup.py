"""Names in use: what a bare name means where it stands, and what is said when it means nothing there, or two things."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.context import Context
from compiler.errors import naming
from compiler.errors.values import no_null
from compiler.exact import points
from compiler.kinds import EXPRESSION, INSTANT, NUMBER, STAGE, TEXT, UNKNOWN, WHOLE, Kind, Typed
from compiler.names import SHARED
from compiler.scope import Scope
from dsl import syntax
from dsl.diagnostics import Diagnostic

Meaning = tuple[str, str | None, Typed]


def lookup(ctx: Context, scope: Scope, node: syntax.Ref) -> Typed:
    """The value of a bare name. UNKNOWN, once reported, if it has none here."""
    name = node.name
    if scope.place == "account" and name in ctx.names.account_scores:
        return Typed(("ascore", name), NUMBER)
    found = list(_meanings(ctx, scope, name))
    if name == "ready" and scope.comparison is not None and scope.scores:
        found = _with_ready(ctx, scope.comparison, node, found)
    if len(found) == 1:
        return found[0][2]
    if found:
        ctx.report.add(naming.ambiguous(name, [(what, way) for what, way, _ in found], node.span))
    elif not ctx.report.forgives(name):
        ctx.report.add(_nothing(ctx, scope, node))
    return UNKNOWN


def _meanings(ctx: Context, scope: Scope, name: str) -> Iterator[Meaning]:
    """All that a bare name may stand for here: what it is, how to write that one alone if there is a way, its value."""
    if scope.variable == name:
        yield "the variable of this family", None, Typed(("var", name), TEXT)
    if scope.event is not None and name in scope.event.typed:
        yield f"a property of `{scope.event.node.name.text}`", f"event.{name}", scope.event.typed[name]
    kind = ctx.names.shared.get(name, ("",))[0]
    if kind == "attribute" and scope.attributes:
        yield "an attribute of the lead", f"lead.{name}", ctx.names.typed[name]
    elif kind == "let" and name in ctx.lets:
        yield SHARED[kind], None, ctx.lets[name]
    elif kind == "set":
        yield SHARED[kind], None, _set(ctx, name)
    elif kind == "tally" and scope.tallies:
        yield SHARED[kind], None, Typed(("tally", name), WHOLE)
    elif kind == "score" and scope.scores:
        yield SHARED[kind], None, _score(name)
    if name == "stage" and scope.state and scope.place != "account" and ctx.names.stages is not None:
        yield "the stage of the lead", None, Typed(("stage",), STAGE)
    if name == "time" and scope.time:
        yield "the instant of the firing", None, Typed(("time",), INSTANT)


def _set(ctx: Context, name: str) -> Typed:
    values, kind = ctx.set_values.get(name, ((), Kind("unknown")))
    return Typed(ctx.sets.term(name, values, fold=False), Kind("list", items=kind), field=name)


def _score(name: str) -> Typed:
    return Typed(("score", name), NUMBER)


# --- ready ----------------------------------------------------------------------------------------------------------


def _with_ready(ctx: Context, comparison: syntax.Node, node: syntax.Ref, found: list[Meaning]) -> list[Meaning]:
    """`found` and the `ready at` of the one score in the comparison, if there is one."""
    scores = dict.fromkeys(_scores_in(ctx, comparison))
    if len(scores) != 1:
        if found:
            return found
        ctx.report.add(naming.ready_without_score(node.span, len(scores)))
        return [("", None, UNKNOWN)]
    ((name, _),) = scores
    head = ctx.heads.get(name)
    if head is None:
        return found or [("", None, UNKNOWN)]
    if head.ready is None:
        if found:
            return found
        if not ctx.report.forgives("ready"):
            ctx.report.add(naming.score_without_ready(name, node.span, ctx.names.scores[name].name.span))
        return [("", None, UNKNOWN)]
    ready = Typed(("lit", points(head.ready)), EXPRESSION)
    return [*found, (f"the `ready at` of `{name}`", None, ready)]


def _scores_in(ctx: Context, node: object) -> Iterator[tuple[str, str]]:
    """The scores that an expression refers to: name, and member of the family, if it is one."""
    match node:
        case syntax.Ref(name=name) if name in ctx.names.scores:
            yield name, ""
        case syntax.Member(family=family, member=member):
            yield family.text, member.text
        case syntax.Compare(left=left, right=right) | syntax.Arithmetic(left=left, right=right):
            yield from _scores_in(ctx, left)
            yield from _scores_in(ctx, right)
        case syntax.Between(operand=operand, low=low, high=high):
            for each in (operand, low, high):
                yield from _scores_in(ctx, each)
        case syntax.In(operand=operand, container=container):
            yield from _scores_in(ctx, operand)
            yield from _scores_in(ctx, container)
        case syntax.Negative(operand=operand):
            yield from _scores_in(ctx, operand)
        case syntax.Extreme(items=items) | syntax.ListOf(items=items):
            for each in items:
                yield from _scores_in(ctx, each)


# --- names that mean nothing here -----------------------------------------------------------------------------------


def _nothing(ctx: Context, scope: Scope, node: syntax.Ref) -> Diagnostic:
    """Why a name has no meaning here."""
    name, span = node.name, node.span
    kind = ctx.names.shared.get(name, ("",))[0]
    if kind in ("attribute", "tally", "score"):
        return _misplaced(ctx, scope, node, kind)
    if name == "stage" and scope.place == "rule":
        return naming.state_in_rule("the stage", span)
    if name == "stage" and scope.place == "account":
        return naming.state_in_account("stage", span)
    if name == "stage" and scope.state:
        return naming.no_stages(span)
    if name == "ready":
        return naming.ready_without_score(span, 0)
    if name == "null":
        return no_null(span)
    if name == "time":
        return naming.time_elsewhere(span)
    if scope.event is None and any(name in event.typed for event in ctx.names.events.values()):
        return naming.no_event_here(name, span)
    if scope.place == "constant":
        return naming.not_constant(span)
    return naming.unknown_name(name, span, _visible(ctx, scope), "here")


def _misplaced(ctx: Context, scope: Scope, node: syntax.Ref, kind: str) -> Diagnostic:
    """A name that is declared, and may not stand here."""
    name, span = node.name, node.span
    if scope.place == "computed":
        return naming.only_scores(name, SHARED[kind], span)
    if scope.place == "constant":
        return naming.not_constant(span)
    if scope.place == "account":
        return naming.lead_in_account(name, SHARED[kind], span, ctx.names.account_scores)
    if kind == "tally":
        return naming.tally_in_where(name, span)
    return naming.state_in_rule(f"the score `{name}`", span)


def _visible(ctx: Context, scope: Scope) -> list[str]:
    """The names that may stand here, nearest first."""
    seen = {"attribute": scope.attributes, "tally": scope.tallies, "score": scope.scores, "let": True, "set": True}
    names = list(scope.event.typed) if scope.event else []
    if scope.place == "account":
        names += ctx.names.account_scores
    names += [name for name, (kind, _) in ctx.names.shared.items() if seen[kind]]
    if scope.variable:
        names.append(scope.variable)
    return names


def qualified(ctx: Context, scope: Scope, node: syntax.Qualified) -> Typed:
    """The value of ``event.NAME`` or ``lead.NAME``."""
    name, span = node.name.text, node.name.span
    if node.scope == "event":
        if scope.event is None:
            ctx.report.add(naming.no_event_here(name, node.span))
            return UNKNOWN
        found = scope.event.typed.get(name)
        if found is None and not ctx.report.forgives(name):
            ctx.report.add(naming.unknown_property(name, scope.event.node.name.text, span, scope.event.typed))
        return found or UNKNOWN
    found = ctx.names.typed.get(name)
    if found is None:
        if not ctx.report.forgives(name):
            ctx.report.add(naming.unknown_attribute(name, span, ctx.names.typed))
        return UNKNOWN
    if not scope.attributes:
        as_bare = syntax.Ref(name, span=node.span)
        ctx.report.add(_misplaced(ctx, scope, as_bare, "attribute"))
        return UNKNOWN
    return found


# --- scores ---------------------------------------------------------------------------------------------------------


def score_key(ctx: Context, node: syntax.Expr) -> str | None:
    """The key of the score that a bare name or ``family[member]`` names; None, once reported, if it names none."""
    match node:
        case syntax.Ref(name=name):
            return _plain_key(ctx, name, node)
        case syntax.Member(family=family, member=member):
            return _member_key(ctx, family, member)
        case _:
            ctx.report.add(naming.unknown_score("…", node.span, ctx.names.scores))
            return None


def _plain_key(ctx: Context, name: str, node: syntax.Node) -> str | None:
    if name not in ctx.names.scores:
        if not ctx.report.forgives(name):
            ctx.report.add(naming.unknown_score(name, node.span, ctx.names.scores))
        return None
    head = ctx.heads.get(name)
    if head is not None and head.values is not None:
        ctx.report.add(naming.family_without_member(name, node.span, head.values))
        return None
    return name


def _member_key(ctx: Context, family: syntax.Name, member: syntax.Name) -> str | None:
    if family.text not in ctx.names.scores:
        if not ctx.report.forgives(family.text):
            ctx.report.add(naming.unknown_score(family.text, family.span, ctx.names.scores))
        return None
    head = ctx.heads.get(family.text)
    if head is None:
        return None
    if head.values is None:
        ctx.report.add(naming.no_family(family.text, family.span))
        return None
    if member.text not in head.values:
        if head.values:
            ctx.report.add(naming.unknown_member(family.text, member.text, member.span, head.values))
        return None
    return f"{family.text}[{member.text}]"
