"""``set FIELD = value``: which values fit which computed field."""

from __future__ import annotations

from compiler.context import Context
from compiler.errors import naming
from compiler.errors import triggering as errors
from compiler.errors.values import not_an_option
from compiler.exact import meant_percent, written
from compiler.kinds import NUMERIC, Typed
from compiler.names import EventNames
from compiler.scope import of_set
from compiler.values import constant, value
from dsl import syntax
from runtime.table import Term


def set_field(ctx: Context, node: syntax.SetField, event: EventNames | None) -> Term | None:
    """The ``set`` action; None, once reported, if something is wrong with it."""
    name = node.field.text
    field = ctx.names.attributes.get(name)
    given = value(ctx, of_set(event), node.value)
    if field is None:
        if not ctx.report.forgives(name):
            computed = [each for each, known in ctx.names.attributes.items() if known.computed]
            ctx.report.add(naming.unknown_attribute(name, node.field.span, computed or ctx.names.attributes))
        return None
    if not field.computed:
        computed = [each for each, known in ctx.names.attributes.items() if known.computed]
        ctx.report.add(errors.set_of_given(name, node.field.span, field.name.span, computed))
        return None
    if given.kind.name == "unknown":
        return None
    return ("set", name, _term(given)) if _fits(ctx, field, given, node.value) else None


def _term(given: Typed) -> Term:
    """A bare value is copied; what is calculated is rounded like points."""
    if given.term[0] in ("+", "-", "*", "min", "max"):
        exact = constant(given.term)
        return ("round", given.term if exact is None else ("lit", exact))
    return given.term


_WANTED = {
    "text": "a text",
    "account": "a text",
    "one of": "one of its texts",
    "number": "a number",
    "integer": "a whole number",
    "percent": "a percent",
    "boolean": "true or false",
    "date": "a date",
    "instant": "an instant",
    "list of text": "a list of texts",
}


def _fits(ctx: Context, field: syntax.Field, given: Typed, node: syntax.Expr) -> bool:
    """Whether the value may be put into the field; says why not."""
    kind, want = given.kind, field.type.kind
    advice = ""
    match want:
        case "text" | "account":
            fits, advice = kind.name == "text", "write a text in quotes, or a field that holds one"
        case "one of":
            return _fits_options(ctx, field, given, node)
        case "integer":
            fits, advice = kind.name in NUMERIC and kind.integral, "declare the field as `number`"
        case "number":
            fits, advice = kind.name in ("number", "expression"), "declare the field as `percent`"
        case "percent":
            fits = kind.name in ("percent", "expression")
            known = given.literal and kind.name == "number"
            advice = f"write `{meant_percent(given.term[1])}`" if known else "write a percent"
        case "instant":
            fits, advice = kind.name in ("date", "instant"), "`time` is the instant of the firing"
        case "list of text":
            fits, advice = kind.name == "texts", "copy it from another list of texts"
        case _:
            fits, advice = kind.name == want, f"declare the field as {kind.name}"
    if not fits:
        ctx.report.add(errors.set_misfit(field.name.text, _WANTED[want], _said(given), node.span, advice))
    elif given.literal and kind.name in NUMERIC:
        return _in_range(ctx, field, given, node)
    return fits


def _said(given: Typed) -> str:
    if given.kind.name in ("number", "expression") and not given.kind.integral:
        return "a number that may have a fraction"
    return str(given.kind)


def _fits_options(ctx: Context, field: syntax.Field, given: Typed, node: syntax.Expr) -> bool:
    options = [option.value for option in field.type.options]
    if given.literal and given.kind.name == "text":
        if given.term[1] in options:
            return True
        ctx.report.add(not_an_option(given.term[1], options, node.span))
        return False
    if given.kind.options and set(given.kind.options) <= set(options):
        return True
    wanted = "one of " + ", ".join(f"`{option}`" for option in options)
    ctx.report.add(
        errors.set_misfit(
            field.name.text, wanted, str(given.kind), node.span, "write one of them, or declare the field as text"
        )
    )
    return False


def _in_range(ctx: Context, field: syntax.Field, given: Typed, node: syntax.Expr) -> bool:
    exact = given.term[1]
    low, high = field.type.low, field.type.high
    if (low is None or exact >= low) and (high is None or exact <= high):
        return True
    wanted = f"{'' if low is None else written(low)}..{'' if high is None else written(high)}"
    advice = "write a value within the range, or widen it"
    ctx.report.add(errors.set_misfit(field.name.text, wanted, written(exact), node.span, advice))
    return False
