"""Comparisons: what may be compared with what, and the terms that come of it.

Where either side ignores case, both are folded: literals here and now, fields when the runtime reads them. A stage is
compared by its name and place, which is a term of its own.
"""

from __future__ import annotations

from decimal import Decimal

from compiler.context import Context
from compiler.errors import naming
from compiler.errors import values as errors
from compiler.exact import meant_percent, written
from compiler.kinds import Kind, Typed, comparable
from compiler.scope import Scope
from compiler.terms import FALSE, FLIPPED, all_of, any_of, folded
from compiler.values import value
from dsl import syntax
from dsl.diagnostics import Diagnostic
from runtime.table import Term


def compare(ctx: Context, scope: Scope, node: syntax.Compare) -> Term:
    """``left op right``"""
    for side, other, op in ((node.left, node.right, node.op), (node.right, node.left, FLIPPED.get(node.op, node.op))):
        if is_stage(ctx, scope, side):
            return any_of(stage_terms(ctx, op, [other]))
        if isinstance(side, syntax.Ref) and side.name == "stage" and value(ctx, scope, side).kind.name == "unknown":
            return FALSE  # why `stage` means nothing here is said; what it is compared with would be unknown too
    left, right = value(ctx, scope, node.left), value(ctx, scope, node.right)
    return _compared(ctx, node.op, (node.left, left), (node.right, right), node)


Side = tuple[syntax.Expr, Typed]


def _compared(ctx: Context, op: str, one: Side, two: Side, node: syntax.Expr) -> Term:
    left, right = one[1], two[1]
    if not _fits(ctx, one, two, node):
        return FALSE
    if op not in ("=", "!=") and "boolean" in (left.kind.name, right.kind.name):
        ctx.report.add(errors.no_order("a boolean", op, node.span))
        return FALSE
    if left.kind.fold or right.kind.fold:
        return (op, folded(left.term), folded(right.term))
    return (op, left.term, right.term)


def _fits(ctx: Context, one: Side, two: Side, node: syntax.Expr) -> bool:
    """Whether the two sides may be compared; says why not. Unknown values are not, without a word."""
    left, right = one[1], two[1]
    kinds = (left.kind.name, right.kind.name)
    if "unknown" in kinds:
        return False
    for side_node, side in (one, two):
        if side.kind.name == "list":
            ctx.report.add(errors.list_as_value(side_node.span))
            return False
    if not comparable(left.kind, right.kind):
        ctx.report.add(_mismatch(one, two, node))
        return False
    return _is_option(ctx, one, two) and _is_option(ctx, two, one)


def _mismatch(one: Side, two: Side, node: syntax.Expr) -> Diagnostic:
    (left_node, left), (right_node, right) = one, two
    names = {left.kind.name, right.kind.name}
    if names == {"percent", "number"}:
        (percent_node, percent), (number_node, number) = (one, two) if left.kind.name == "percent" else (two, one)
        if percent.literal and not number.literal:
            return errors.number_and_percent(written(percent.term[1] * Decimal(100)), percent_node.span)
        spelled = meant_percent(number.term[1]) if number.literal else None
        return errors.percent_and_number(spelled, number_node.span)
    return errors.not_comparable(str(left.kind), left_node.span, str(right.kind), right_node.span, node.span)


def _is_option(ctx: Context, field: Side, other: Side) -> bool:
    """A literal compared with a ``one of`` is one of its texts."""
    node, typed = other
    options = field[1].kind.options
    if not options or typed.term[0] != "lit" or typed.term[1] in options:
        return True
    ctx.report.add(errors.not_an_option(typed.term[1], options, node.span))
    return False


def between(ctx: Context, scope: Scope, node: syntax.Between) -> Term:
    """``x between low and high``, both ends included."""
    if is_stage(ctx, scope, node.operand):
        low = stage_terms(ctx, ">=", [node.low])
        high = stage_terms(ctx, "<=", [node.high])
        return all_of([*low, *high]) if low and high else FALSE
    operand = value(ctx, scope, node.operand)
    low_value, high_value = value(ctx, scope, node.low), value(ctx, scope, node.high)
    if "boolean" in (operand.kind.name, low_value.kind.name, high_value.kind.name):
        ctx.report.add(errors.no_order("a boolean", "between", node.span))
        return FALSE
    terms = [
        _compared(ctx, op, (node.operand, operand), (end, typed), node)
        for op, end, typed in ((">=", node.low, low_value), ("<=", node.high, high_value))
    ]
    return all_of(terms)


# --- lists ----------------------------------------------------------------------------------------------------------


def member_of(ctx: Context, scope: Scope, node: syntax.In) -> Term:
    """``x in LIST``: a list of literals, a set, or a field that is a list of texts."""
    if is_stage(ctx, scope, node.operand):
        return _stage_in(ctx, node)
    operand = value(ctx, scope, node.operand)
    container = value(ctx, scope, node.container)
    if "unknown" in (operand.kind.name, container.kind.name):
        return FALSE
    if container.kind.name == "texts":
        return _in_field(ctx, (node.operand, operand), (node.container, container), node)
    if container.kind.items is None:
        ctx.report.add(errors.list_expected(str(container.kind), node.container.span))
        return FALSE
    entry = Typed(("entry",), container.kind.items, literal=True)
    if operand.kind.name in ("list", "texts") or not comparable(operand.kind, entry.kind):
        ctx.report.add(_not_in(operand, node, container))
        return FALSE
    if not _are_options(ctx, operand.kind, node.container):
        return FALSE
    op = "nin" if node.negated else "in"
    if operand.kind.fold:
        return (op, folded(operand.term), folded_list(ctx, container))
    return (op, operand.term, container.term)


def _not_in(operand: Typed, node: syntax.In, container: Typed) -> Diagnostic:
    if operand.kind.name == "list":
        return errors.list_as_value(node.operand.span)
    items = container.kind.items
    if operand.kind.name == "percent" and items is not None and items.name == "number":
        return errors.percent_and_number(None, node.container.span)
    return errors.not_comparable(
        str(operand.kind), node.operand.span, str(container.kind), node.container.span, node.span
    )


def _are_options(ctx: Context, kind: Kind, node: syntax.Expr) -> bool:
    """Each text written out in the list is a value that the field may have."""
    if not kind.options or not isinstance(node, syntax.ListOf):
        return True
    wrong = [each for each in node.items if isinstance(each, syntax.Text) and each.value not in kind.options]
    wrong = [each for each in wrong if "{" not in each.value]
    for each in wrong:
        ctx.report.add(errors.not_an_option(each.value, kind.options, each.span))
    return not wrong


def _in_field(ctx: Context, one: Side, two: Side, node: syntax.In) -> Term:
    """``"x" in tags``; its negation is false too where either is missing."""
    (operand_node, operand), (_, container) = one, two
    if operand.kind.name != "text":
        ctx.report.add(errors.not_text_argument("in", str(operand.kind), operand_node.span))
        return FALSE
    term = _any(container, operand)
    if not node.negated:
        return term
    there = [("present", each.term) for each in (container, operand) if each.term[0] in ("prop", "attr")]
    return all_of([*there, ("not", term)])


def _any(field: Typed, argument: Typed) -> Term:
    """A field that is a list of texts holds a text, or one of a list of literals."""
    wanted = _as_list(argument.term)
    if field.kind.fold or argument.kind.fold:
        return ("any", folded(field.term), folded(wanted) if wanted[0] != "set" else wanted)
    return ("any", field.term, wanted)


def _as_list(term: Term) -> Term:
    """A text that is written out as a list of one, the form in which the runtime prepares it."""
    return ("list", term[1]) if term[0] == "lit" else term


def folded_list(ctx: Context, container: Typed) -> Term:
    """The list ready for comparisons that ignore case; a named set gets a second, folded form."""
    if container.term[0] == "set" and container.field is not None:
        return ctx.sets.term(container.field, ctx.set_values[container.field][0], fold=True)
    return folded(container.term)


# --- text operators -------------------------------------------------------------------------------------------------

_OPERATORS = {
    "starts with": "starts",
    "ends with": "ends",
    "contains": "contains",
    "has word": "word",
    "matches": "glob",
}


def text_test(ctx: Context, scope: Scope, node: syntax.TextTest) -> Term:
    """``x starts with T`` and its kin, T a text or a list of texts; ``contains`` also of a field that is a list."""
    operand, argument = value(ctx, scope, node.operand), value(ctx, scope, node.argument)
    if "unknown" in (operand.kind.name, argument.kind.name):
        return FALSE
    listed = operand.kind.name == "texts" and node.op == "contains"
    if operand.kind.name != "text" and not listed:
        ctx.report.add(errors.not_a_text(node.op, str(operand.kind), node.operand.span))
        return FALSE
    items = argument.kind.items.name if argument.kind.items else argument.kind.name
    if items not in ("text", "texts", "unknown"):
        ctx.report.add(errors.not_text_argument(node.op, str(argument.kind), node.argument.span))
        return FALSE
    fold = operand.kind.fold or argument.kind.fold
    wanted = argument.term
    if fold:
        wanted = folded_list(ctx, argument)
    name = "any" if listed else _OPERATORS[node.op]
    return (name, folded(operand.term) if fold else operand.term, _as_list(wanted))


# --- stages ---------------------------------------------------------------------------------------------------------


def is_stage(ctx: Context, scope: Scope, node: syntax.Expr) -> bool:
    """Whether the expression is the stage of the lead; a field of that name makes it no bare `stage`."""
    if not isinstance(node, syntax.Ref) or node.name != "stage":
        return False
    if not scope.state or scope.place == "account" or ctx.names.stages is None:
        return False
    return "stage" not in ctx.names.shared


def stage_terms(ctx: Context, op: str, nodes: list[syntax.Expr] | list[syntax.Name]) -> list[Term]:
    """``stage op X`` for each X; what names no stage is reported and left out."""
    terms: list[Term] = []
    for node in nodes:
        match node:
            case syntax.Ref(name=name) | syntax.Text(value=name) | syntax.Name(text=name):
                pass
            case _:
                ctx.report.add(naming.stage_alone(node.span))
                continue
        if name in ctx.names.stage_names:
            terms.append(("stage", op, name))
        elif not ctx.report.forgives(name):
            ctx.report.add(naming.unknown_stage(name, node.span, ctx.names.stage_names))
    return terms


def _stage_in(ctx: Context, node: syntax.In) -> Term:
    if not isinstance(node.container, syntax.ListOf):
        ctx.report.add(errors.list_expected("no list of stages", node.container.span))
        return FALSE
    terms = stage_terms(ctx, "!=" if node.negated else "=", list(node.container.items))
    return all_of(terms) if node.negated else any_of(terms)
