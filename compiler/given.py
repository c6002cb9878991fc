"""Values in the tests of a rule file, as they would come in JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from compiler.context import Context
from compiler.errors import testing as errors
from compiler.errors.phrases import nearest
from compiler.exact import Exact, combine, meant_percent, number, written
from compiler.kinds import NUMERIC
from compiler.scope import CONSTANT
from compiler.values import constant, value
from dsl import syntax
from dsl.spelling import quoted
from runtime.table import Term

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_json(ctx: Context, field: syntax.Field, node: syntax.Expr) -> Any:
    """The value as it comes in JSON; None, once reported, if the field can't hold it."""
    wanted, advice = _WANTED[field.type.kind]
    if isinstance(node, syntax.ListOf) and field.type.kind == "list of text":
        texts = [value(ctx, CONSTANT, item) for item in node.items]
        if all(each.kind.name == "text" for each in texts):
            return [each.term[1] for each in texts]
        ctx.report.add(errors.bad_value(field.name.text, wanted, node.span, advice))
        return None
    found = value(ctx, CONSTANT, node)
    if found.kind.name == "unknown":
        return None
    exact = constant(found.term) if found.kind.name in NUMERIC else None
    given = _json(field.type, found.kind.name, found.term, exact)
    if given is None:
        if field.type.kind == "one of":
            wanted = "one of " + ", ".join(f"`{option.value}`" for option in field.type.options)
        meant = _meant(field.type, node, exact)
        ctx.report.add(errors.bad_value(field.name.text, _range(field.type, wanted), node.span, advice, meant))
    return given


def _meant(wanted: syntax.TypeRef, node: syntax.Expr, exact: Exact | None) -> str | None:
    """How a value that the type can't hold would have to be written; None if it may be another value."""
    match wanted.kind, node:
        case "percent", _ if exact is not None:
            return meant_percent(exact)
        case (("text" | "account"), syntax.Number()) if exact is not None:
            return quoted(written(exact))
        case "boolean", syntax.Text(value="true" | "false" as flag):
            return flag
        case "list of text", syntax.Text(value=text):
            return f"[{quoted(text)}]"
        case "one of", syntax.Text(value=text):
            near = nearest(text, [option.value for option in wanted.options])
            return None if near is None else quoted(near)
        case _:
            return None


_WANTED = {
    "text": ("a text", "write it in quotes"),
    "account": ("a text", "write it in quotes"),
    "one of": ("one of its texts", "write one of them in quotes"),
    "number": ("a number", "write `2.5`"),
    "integer": ("a whole number", "write `2`"),
    "percent": ("a percent", "write `80%`"),
    "boolean": ("true or false", "write `true` or `false`"),
    "date": ("a date", "write `2026-03-02`"),
    "instant": ("an instant", "write `2026-03-02T10:00Z`"),
    "list of text": ("a list of texts", 'write `["a", "b"]`'),
}


def _range(given: syntax.TypeRef, wanted: str) -> str:
    if given.low is None and given.high is None:
        return wanted
    low, high = ("" if end is None else written(end) for end in (given.low, given.high))
    return f"{wanted} in {low}..{high}"


def _json(wanted: syntax.TypeRef, kind: str, term: Term, exact: Exact | None) -> Any:
    """The JSON form of a literal if the type holds it, else None."""
    match wanted.kind, kind:
        case ("text" | "account", "text") | ("boolean", "boolean"):
            return term[1]
        case "one of", "text":
            return term[1] if any(term[1] == option.value for option in wanted.options) else None
        case ("number" | "integer", "number" | "expression"):
            return exact if exact is not None and _holds(wanted, exact) else None
        case "percent", "percent":
            given = None if exact is None else combine("*", exact, 100)
            return given if given is not None and _is_short(given) else None
        case "date", "date":
            return _moment(term[1])[:10]
        case "instant", "instant" | "date":
            return _moment(term[1])
        case _:
            return None


def _holds(wanted: syntax.TypeRef, exact: Exact) -> bool:
    if wanted.kind == "integer" and not isinstance(number(exact), int):
        return False
    below = wanted.low is not None and exact < wanted.low
    above = wanted.high is not None and exact > wanted.high
    return not below and not above and _is_short(exact)


def _is_short(exact: Exact) -> bool:
    """Whether JSON may carry it: at most 15 digits before the point and 12 after it."""
    whole, _, fraction = written(abs(Decimal(exact))).partition(".")
    return len(whole.lstrip("0")) <= 15 and len(fraction) <= 12


def _moment(micros: int) -> str:
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.isoformat().replace("+00:00", "Z")
