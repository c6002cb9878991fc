"""What is known when the file is read: `let`s, sets, and the numbers and durations that limits and settings take."""

from __future__ import annotations

from compiler.context import Context
from compiler.errors import naming
from compiler.errors import values as errors
from compiler.exact import Exact, milli
from compiler.kinds import NUMERIC, Kind, Typed
from compiler.load import set_entries
from compiler.scope import CONSTANT
from compiler.values import constant, value
from dsl import syntax


def settle_lets(ctx: Context) -> None:
    """Fill `ctx.lets`: those that others refer to come first, whatever the order in the file."""
    state: dict[str, str] = {}
    for start in ctx.names.lets:
        waiting = [start]
        while waiting:
            name = waiting[-1]
            if name not in state:
                state[name] = "open"
                waiting += [each for each in _mentions(ctx, name) if each not in state]
                continue
            waiting.pop()
            if state[name] == "open":
                state[name] = "done"
                _settle_let(ctx, name)


def _mentions(ctx: Context, name: str) -> list[str]:
    """The other `let`s that stand in the value of a `let`."""
    found: list[str] = []
    waiting: list[object] = [ctx.names.lets[name].value]
    while waiting:
        match waiting.pop():
            case syntax.Ref(name=other) if other in ctx.names.lets:
                found.append(other)
            case syntax.Arithmetic(left=left, right=right):
                waiting += [left, right]
            case syntax.Negative(operand=operand):
                waiting.append(operand)
            case syntax.Extreme(items=items) | syntax.ListOf(items=items):
                waiting += items
    return found


_LETS = NUMERIC | {"text", "duration", "date", "instant", "unknown"}


def _settle_let(ctx: Context, name: str) -> None:
    node = ctx.names.lets[name]
    unknown = Typed(("lit", 0), Kind("unknown"))
    if any(other not in ctx.lets for other in _mentions(ctx, name)):
        ctx.report.add(naming.circular_let(name, node.name.span))
        ctx.lets[name] = unknown
        return
    found = value(ctx, CONSTANT, node.value)
    if found.kind.name not in _LETS:
        ctx.report.add(errors.let_of(str(found.kind), node.value.span))
        found = unknown
    exact = constant(found.term) if found.kind.name in NUMERIC else None
    ctx.lets[name] = found if exact is None else Typed(("lit", exact), found.kind, found.literal)


def settle_sets(ctx: Context) -> None:
    """Fill `ctx.set_values` with the entries of each set."""
    for name, node in ctx.names.sets.items():
        if node.entries is None:
            ctx.set_values[name] = (set_entries(node, ctx.loaded, ctx.report), Kind("text"))
            continue
        found = value(ctx, CONSTANT, node.entries)
        ctx.set_values[name] = (found.term[1:], found.kind.items or Kind("unknown"))


def number_of(ctx: Context, node: syntax.Const) -> tuple[Exact | None, str]:
    """The number that a constant is and the name of its kind; None, once reported, if it is none."""
    found = value(ctx, CONSTANT, node)
    if found.kind.name == "unknown":
        return None, "unknown"
    exact = constant(found.term)
    if found.kind.name not in NUMERIC or exact is None:
        ctx.report.add(errors.not_a_number(str(found.kind), node.span))
        return None, "unknown"
    return exact, found.kind.name


def plain_number(ctx: Context, node: syntax.Const) -> Exact | None:
    """A constant that is a number and no percent."""
    exact, kind = number_of(ctx, node)
    if kind == "percent":
        ctx.report.add(errors.not_a_number("a percent", node.span))
        return None
    return exact


def points_of(ctx: Context, node: syntax.Const) -> int | None:
    """A constant number of points, in thousandths."""
    exact = plain_number(ctx, node)
    return None if exact is None else milli(exact)


def micros_of(ctx: Context, node: syntax.Length) -> int | None:
    """A duration in microseconds, written out or by the name of a `let`."""
    found = value(ctx, CONSTANT, node)
    if found.kind.name == "duration":
        micros: int = found.term[1]
        return micros
    if found.kind.name != "unknown":
        ctx.report.add(errors.not_a_duration(str(found.kind), node.span))
    return None
