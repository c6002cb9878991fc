"""Conditions: from an expression of the tree to a term that is true or false.

What is wrong is reported, and the condition is then false; nothing else is said because of that.
"""

from __future__ import annotations

from compiler.compare import between, compare, is_stage, member_of, stage_terms, text_test
from compiler.constants import micros_of
from compiler.context import Context
from compiler.errors import hints, naming, scoring
from compiler.errors import values as errors
from compiler.errors.testing import cell_elsewhere
from compiler.exact import points
from compiler.kinds import MOMENTS
from compiler.lookup import score_key
from compiler.scope import Scope
from compiler.terms import FALSE, TRUE, all_of, any_of
from compiler.values import value
from dsl import syntax
from dsl.diagnostics import Edit
from dsl.syntax import Span
from runtime.table import Term


def condition(ctx: Context, scope: Scope, node: syntax.Expr) -> Term:
    """The term of a condition."""
    match node:
        case syntax.Compare():
            return compare(ctx, scope.within(node), node)
        case syntax.And(items=items):
            return all_of([condition(ctx, scope.judging(items), item) for item in items])
        case syntax.Or(items=items):
            return any_of([condition(ctx, scope.judging(items), item) for item in items])
        case syntax.Not(operand=operand):
            return _negation(ctx, scope, node, operand)
        case syntax.TextTest():
            return text_test(ctx, scope, node)
        case syntax.In():
            return member_of(ctx, scope.within(node), node)
        case syntax.Between():
            return between(ctx, scope.within(node), node)
        case syntax.Presence():
            return _presence(ctx, scope, node)
        case syntax.DateWindow():
            return _window(ctx, scope, node)
        case syntax.InBand():
            return _band(ctx, scope, node)
        case syntax.IdleFor() | syntax.NotIncreased() | syntax.StageFor() | syntax.HasTag():
            return _state(ctx, scope, node)
        case syntax.Flag(value=flag):
            return TRUE if flag else FALSE
        case _:
            return _boolean(ctx, scope, node)


def _boolean(ctx: Context, scope: Scope, node: syntax.Expr) -> Term:
    """A boolean field may stand alone as a condition."""
    found = value(ctx, scope, node)
    if found.kind.name == "boolean":
        return ("is", found.term)
    if found.kind.name == "stage":
        ctx.report.add(naming.stage_alone(node.span))
    elif found.kind.name != "unknown":
        ctx.report.add(errors.condition_expected(str(found.kind), node.span))
    return FALSE


def _negation(ctx: Context, scope: Scope, node: syntax.Not, operand: syntax.Expr) -> Term:
    before = len(ctx.report.found)
    inner = condition(ctx, scope, operand)
    if len(ctx.report.found) == before:
        if isinstance(operand, syntax.In) and not operand.negated:
            _hint_at_missing(ctx, scope, operand.operand, operand.container, node)
        elif isinstance(operand, syntax.Compare) and operand.op == "=":
            _hint_at_missing(ctx, scope, operand.left, operand.right, node)
    return ("not", inner)


def _hint_at_missing(ctx: Context, scope: Scope, tested: syntax.Expr, other: syntax.Expr, node: syntax.Not) -> None:
    """``not x in L`` is true of a missing x, which is easily overlooked."""
    if not isinstance(tested, syntax.Ref | syntax.Qualified) or tested in scope.judged or is_stage(ctx, scope, tested):
        return
    found = value(ctx, scope, tested)
    if not found.optional or not found.field:
        return
    bare = tested.name if isinstance(tested, syntax.Ref) else found.field
    listed = isinstance(node.operand, syntax.In)
    better = f"{bare} not in …" if listed else f"{bare} is present and {bare} != …"
    file, start = node.span.file, node.span.start
    word = Edit(Span(file, start, node.operand.span.start), "" if listed else f"{bare} is present and ")
    operator = Edit(Span(file, tested.span.end, other.span.start), " not in " if listed else " != ")
    ctx.report.add(hints.not_of_missing(bare, better, node.span, (word, operator)))


def _presence(ctx: Context, scope: Scope, node: syntax.Presence) -> Term:
    found = value(ctx, scope, node.operand)
    if found.kind.name == "unknown":
        return FALSE
    if found.term[0] not in ("prop", "attr"):
        ctx.report.add(errors.never_missing(node.operand.span))
        return FALSE
    return ("present" if node.present else "missing", found.term)


def _window(ctx: Context, scope: Scope, node: syntax.DateWindow) -> Term:
    if not scope.windows:
        ctx.report.add(errors.window_elsewhere(node.span))
        return FALSE
    found = value(ctx, scope, node.operand)
    duration = micros_of(ctx, node.duration)
    if found.kind.name == "unknown" or duration is None:
        return FALSE
    if found.kind.name not in MOMENTS or found.term[0] != "attr":
        ctx.report.add(errors.window_of_no_date(node.operand.span))
        return FALSE
    return (node.which, found.term, duration)


def _band(ctx: Context, scope: Scope, node: syntax.InBand) -> Term:
    """The name of a band becomes comparisons with the lines between bands."""
    if not scope.scores:
        # The value of the score is what can't stand here: it says so.
        found = value(ctx, scope, node.score)
        if found.kind.name != "unknown":
            ctx.report.add(scoring.no_bands(node.score.span))
        return FALSE
    if isinstance(node.score, syntax.Ref) and node.score.name in ctx.names.attributes:
        ctx.report.add(scoring.no_bands(node.score.span))
        return FALSE
    key = score_key(ctx, node.score)
    if key is None:
        return FALSE
    bands = ctx.heads[key.partition("[")[0]].bands
    names = [name for name, _ in bands]
    if isinstance(node.band, syntax.Cell):
        ctx.report.add(cell_elsewhere(node.band.span))
        return FALSE
    if node.band.text not in names:
        if not ctx.report.forgives(node.band.text):
            ctx.report.add(naming.unknown_band(node.band.text, key, node.band.span, names))
        return FALSE
    at = names.index(node.band.text)
    low, high = (bands[at - 1][1] if at else None), bands[at][1]
    lines: list[Term] = []
    if low is not None:
        lines.append((">=", ("score", key), ("lit", points(low))))
    if high is not None and not node.at_least:
        lines.append(("<", ("score", key), ("lit", points(high))))
    return all_of(lines)


_STATES = (
    (syntax.IdleFor, "idleness"),
    (syntax.NotIncreased, "how long a score did not increase"),
    (syntax.StageFor, "the stage"),
    (syntax.HasTag, "tags"),
)


def _state(
    ctx: Context, scope: Scope, node: syntax.IdleFor | syntax.NotIncreased | syntax.StageFor | syntax.HasTag
) -> Term:
    what = next(words for kind, words in _STATES if isinstance(node, kind))
    if not scope.state:
        ctx.report.add(naming.state_in_rule(what, node.span))
        return FALSE
    if isinstance(node, syntax.HasTag):
        return ("tag", node.tag.value)
    if scope.place == "account":
        said = {"the stage": "stage", "idleness": "idleness"}.get(what, "increases")
        ctx.report.add(naming.state_in_account(said, node.span))
        return FALSE
    duration = micros_of(ctx, node.duration)
    if isinstance(node, syntax.IdleFor):
        return FALSE if duration is None else ("idle", duration)
    if isinstance(node, syntax.StageFor):
        return _stage_for(ctx, node, duration)
    return _quiet(ctx, node, duration)


def _stage_for(ctx: Context, node: syntax.StageFor, duration: int | None) -> Term:
    if ctx.names.stages is None:
        if not ctx.report.forgives(node.stage.text):
            ctx.report.add(naming.no_stages(node.span))
        return FALSE
    found = stage_terms(ctx, "=", [node.stage])
    return ("stagefor", node.stage.text, duration) if found and duration is not None else FALSE


def _quiet(ctx: Context, node: syntax.NotIncreased, duration: int | None) -> Term:
    key = score_key(ctx, node.score)
    if key is None or duration is None:
        return FALSE
    name = key.partition("[")[0]
    if ctx.heads[name].computed:
        ctx.report.add(scoring.computed_increase(name, node.score.span, ctx.names.scores[name].name.span))
        return FALSE
    return ("quiet", key, duration)
