"""Values: from an expression of the tree to a term and what is known of its kind.

Every function reports what is wrong and goes on with `UNKNOWN`, which fits everywhere, so that one mistake is one
finding.
"""

from __future__ import annotations

from decimal import Decimal

from compiler.context import Context
from compiler.errors import naming, testing
from compiler.errors import values as errors
from compiler.exact import Exact, combine, is_writable, number
from compiler.kinds import (
    BOOLEAN,
    DATE,
    DURATION,
    INSTANT,
    NUMBER,
    NUMERIC,
    PERCENT,
    TEXT,
    UNKNOWN,
    WHOLE,
    Kind,
    Typed,
)
from compiler.lookup import lookup, qualified, score_key
from compiler.scope import Scope
from compiler.terms import entries
from dsl import syntax
from runtime.table import Term


def value(ctx: Context, scope: Scope, node: syntax.Expr) -> Typed:
    """The value of an expression: anything but a condition, lists and durations among them."""
    match node:
        case syntax.Ref():
            return _one(ctx, node, lookup(ctx, scope, node))
        case syntax.Number(value=given):
            exact = number(given)
            return Typed(("lit", exact), WHOLE if isinstance(exact, int) else NUMBER, literal=True)
        case syntax.Text(value=text):
            return _text(scope, text)
        case syntax.Percent(value=given):
            return Typed(("lit", number(given)), PERCENT, literal=True)
        case syntax.Arithmetic():
            return _arithmetic(ctx, scope, node)
        case syntax.Qualified():
            return qualified(ctx, scope, node)
        case syntax.Flag(value=flag):
            return Typed(("lit", flag), BOOLEAN, literal=True)
        case syntax.Duration(micros=micros):
            return Typed(("lit", micros), DURATION, literal=True)
        case syntax.Date(micros=micros):
            return Typed(("lit", micros), DATE, literal=True)
        case syntax.Instant(micros=micros):
            return Typed(("lit", micros), INSTANT, literal=True)
        case syntax.ListOf():
            return _list(ctx, scope, node)
        case syntax.Member():
            return _member(ctx, scope, node)
        case syntax.Negative():
            return _negative(ctx, scope, node)
        case syntax.Extreme():
            return _extreme(ctx, scope, node)
        case syntax.Null() | syntax.Cell():
            told = errors.no_null if isinstance(node, syntax.Null) else testing.cell_elsewhere
            ctx.report.add(told(node.span))
            return UNKNOWN
        case _:
            ctx.report.add(errors.value_expected(node.span))
            return UNKNOWN


def _one(ctx: Context, node: syntax.Ref, found: Typed) -> Typed:
    """A score that is a family is no value by itself."""
    if found.term[0] == "score" and score_key(ctx, node) is None:
        return UNKNOWN
    return found


def _text(scope: Scope, text: str) -> Typed:
    if scope.variable is not None and f"{{{scope.variable}}}" in text:
        return Typed(("template", text), TEXT)
    return Typed(("lit", text), TEXT, literal=True)


def _member(ctx: Context, scope: Scope, node: syntax.Member) -> Typed:
    if not scope.scores:
        if scope.place == "account":
            name = node.family.text
            ctx.report.add(naming.lead_in_account(name, "a score", node.span, ctx.names.account_scores))
        elif scope.place == "rule":
            ctx.report.add(naming.state_in_rule(f"the score `{node.family.text}`", node.span))
        else:
            ctx.report.add(naming.not_constant(node.span))
        return UNKNOWN
    key = score_key(ctx, node)
    return UNKNOWN if key is None else Typed(("score", key), NUMBER)


# --- arithmetic -----------------------------------------------------------------------------------------------------


def numeric(ctx: Context, scope: Scope, node: syntax.Expr) -> Typed:
    """A value that is a number or percent."""
    found = value(ctx, scope, node)
    if found.kind.name in NUMERIC or found.kind.name == "unknown":
        return found
    ctx.report.add(errors.not_a_number(str(found.kind), node.span))
    return UNKNOWN


def _arithmetic(ctx: Context, scope: Scope, node: syntax.Arithmetic) -> Typed:
    """``a + b + c + …`` leans to the left and may be long: its spine is walked without recursion. What of it is
    constant is worked out on the way, so that its digits never get out of hand."""
    spine = [node]
    while isinstance(spine[-1].left, syntax.Arithmetic):
        spine.append(spine[-1].left)
    left = numeric(ctx, scope, spine[-1].left)
    known = constant(left.term)
    for each in reversed(spine):
        right = numeric(ctx, scope, each.right)
        left = _combined(each.op, left, right)
        other = None if known is None else constant(right.term)
        known = None if known is None or other is None else combine(each.op, known, other)
        if known is not None and not is_writable(known):
            ctx.report.add(errors.too_many_digits(each.span))
            left, known = UNKNOWN, None
    return left


def _combined(operator: str, left: Typed, right: Typed) -> Typed:
    if "unknown" in (left.kind.name, right.kind.name):
        return UNKNOWN
    kind = Kind("expression", integral=left.kind.integral and right.kind.integral)
    return Typed((operator, left.term, right.term), kind)


def _negative(ctx: Context, scope: Scope, node: syntax.Negative) -> Typed:
    found = numeric(ctx, scope, node.operand)
    if found.kind.name == "unknown":
        return found
    if found.literal:
        return Typed(("lit", combine("-", 0, found.term[1])), found.kind, literal=True)
    return Typed(("-", ("lit", 0), found.term), Kind("expression", integral=found.kind.integral))


def _extreme(ctx: Context, scope: Scope, node: syntax.Extreme) -> Typed:
    items = [numeric(ctx, scope, item) for item in node.items]
    if any(item.kind.name == "unknown" for item in items):
        return UNKNOWN
    kind = Kind("expression", integral=all(item.kind.integral for item in items))
    return Typed((node.which, *[item.term for item in items]), kind)


def constant(term: Term) -> Exact | None:
    """The number that a term is, if it is one whatever happens; exact."""
    match term:
        case ("lit", int() | Decimal() as known):
            return None if isinstance(known, bool) else known
        case ("+" | "-" | "*" as operator, left, right):
            one, two = constant(left), constant(right)
            return None if one is None or two is None else combine(operator, one, two)
        case ("min" | "max" as which, *items):
            known_items = [each for each in map(constant, items) if each is not None]
            if len(known_items) < len(items):
                return None
            return min(known_items) if which == "min" else max(known_items)
        case _:
            return None


# --- lists ----------------------------------------------------------------------------------------------------------


def _list(ctx: Context, scope: Scope, node: syntax.ListOf) -> Typed:
    """A list of literals of one kind; `let`s and the variable of a family may stand among them."""
    found = [(item, _entry(ctx, scope, item)) for item in node.items]
    known = [(item, typed) for item, typed in found if typed.kind.name != "unknown"]
    if not known:
        return Typed(entries([]), Kind("list", items=Kind("unknown")))
    head, first = known[0]
    for item, typed in known:
        if _sort(typed.kind) != _sort(first.kind):
            ctx.report.add(errors.mixed_list(str(first.kind), head.span, str(typed.kind), item.span))
            return Typed(entries([]), Kind("list", items=Kind("unknown")))
    kind = Kind("list", items=Kind(_sort(first.kind)))
    if all(typed.term[0] == "lit" for _, typed in known):
        return Typed(entries([typed.term[1] for _, typed in known]), kind)
    plain = [typed.term[1] if typed.term[0] == "lit" else typed.term for _, typed in known]
    return Typed(("list", *plain), kind)


def _sort(kind: Kind) -> str:
    return {"expression": "number", "instant": "date"}.get(kind.name, kind.name)


def _entry(ctx: Context, scope: Scope, node: syntax.Expr) -> Typed:
    found = value(ctx, scope, node)
    if found.kind.name == "unknown" or found.term[0] in ("var", "template"):
        return found
    exact = constant(found.term)
    if exact is not None and found.kind.name in NUMERIC:
        return Typed(("lit", exact), found.kind, literal=True)
    if found.literal and found.kind.name != "duration":
        return found
    ctx.report.add(errors.not_a_literal(node.span))
    return UNKNOWN
