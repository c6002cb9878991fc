"""JMESPath expressions over exact values; the one place of the runtime that knows jmespath, which parses them.

Numbers stay what they are in the JSON, ints and decimals, and the functions of JMESPath take them so. An expression
never fails: a function that is given something it can't work with gives nothing (null), as a path that leads nowhere
does. What most expressions are made of (paths, `||`, comparisons with a literal) is turned into closures; the rest is
left to the interpreter of jmespath.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

from jmespath import exceptions, functions, parser, visitor

from runtime.formulas import FORMULAS, Frame, number_of
from runtime.values import EXACT, settle, write_number

Search = Callable[[Any], Any]
_FAILS = (exceptions.JMESPathError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)


class ExpressionError(Exception):
    """A text that is no JMESPath expression; a table that the compiler wrote holds none."""


class Expressions:
    """Compiles expressions; what they look at beside the value that they are given stands in `frame`."""

    def __init__(self) -> None:
        self.frame = Frame()
        options = visitor.Options(custom_functions=_Functions(self.frame))
        self._visit = _Interpreter(options).visit
        self._functions = options.custom_functions

    def compile(self, text: str) -> Search:
        """What the expression gives for a value; None is null. Raises ExpressionError."""
        try:
            tree = _exact(parser.Parser().parse(text).parsed)
        except (exceptions.JMESPathError, ValueError, RecursionError) as error:
            raise ExpressionError(f"`{text}` is no JMESPath expression: {str(error).splitlines()[0]}") from None
        search = self._closure(tree)

        def safely(value: Any) -> Any:
            try:
                return search(value)
            except _FAILS:
                return None

        return safely

    def _closure(self, node: dict[str, Any]) -> Search:
        parts: list[dict[str, Any]] = node["children"]
        match node["type"]:
            case "current" | "identity":
                return lambda value: value
            case "literal":
                given = node["value"]
                return lambda value: given
            case "field":
                return _field(node["value"])
            case "subexpression" if all(part["type"] in ("field", "subexpression") for part in parts):
                return _fields(_names(node))
            case "subexpression":
                return _steps([self._closure(part) for part in parts])
            case "function_expression" if not any(part["type"] == "expref" for part in parts):
                return self._call(node["value"], [self._closure(part) for part in parts])
            case "or_expression":
                return _either(*[self._closure(part) for part in parts])
            case "and_expression":
                return _both(*[self._closure(part) for part in parts])
            case "comparator" if node["value"] in ("eq", "ne") and any(_is_text(part) for part in parts):
                return _same(*[self._closure(part) for part in parts], negated=node["value"] == "ne")
            case _:
                visit = self._visit
                return lambda value: visit(node, value)

    def _call(self, name: str, arguments: list[Search]) -> Search:
        call = self._functions.call_function
        return lambda value: call(name, [argument(value) for argument in arguments])


def is_false(value: Any) -> bool:
    """What JMESPath takes for false: null, false, and what is empty."""
    return value is None or value is False or value == "" or value == [] or value == {}


def _is_text(node: dict[str, Any]) -> bool:
    return node["type"] == "literal" and isinstance(node["value"], str)


def _field(name: str) -> Search:
    return lambda value: value.get(name) if type(value) is dict else None


def _names(node: dict[str, Any]) -> list[str]:
    """The names of a path that is made of names alone."""
    if node["type"] == "field":
        return [node["value"]]
    return [name for part in node["children"] for name in _names(part)]


def _fields(names: list[str]) -> Search:
    def search(value: Any) -> Any:
        for name in names:
            if type(value) is not dict:
                return None
            value = value.get(name)
        return value

    return search


def _steps(steps: list[Search]) -> Search:
    def search(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return search


def _either(first: Search, second: Search) -> Search:
    def search(value: Any) -> Any:
        found = first(value)
        return second(value) if is_false(found) else found

    return search


def _both(first: Search, second: Search) -> Search:
    def search(value: Any) -> Any:
        found = first(value)
        return found if is_false(found) else second(value)

    return search


def _same(first: Search, second: Search, *, negated: bool) -> Search:
    return lambda value: (first(value) == second(value)) is not negated


def _exact(node: Any) -> Any:
    """The tree with the numbers of its literals as exact as they are written."""
    if isinstance(node, dict) and "type" in node:
        changed = {**node, "children": [_exact(part) for part in node["children"]]}
        return {**changed, "value": _exact_value(node["value"])} if node["type"] == "literal" else changed
    return node


def _exact_value(value: Any) -> Any:
    if isinstance(value, float):
        return settle(Decimal(repr(value))) if math.isfinite(value) else None
    if isinstance(value, list):
        return [_exact_value(each) for each in value]
    if isinstance(value, dict):
        return {key: _exact_value(each) for key, each in value.items()}
    return value


class _Interpreter(visitor.TreeInterpreter):  # type: ignore[misc]  # jmespath has no types
    def visit_comparator(self, node: Any, value: Any) -> Any:
        """A comparison of a text with a number is null, as one with anything else is."""
        try:
            return super().visit_comparator(node, value)
        except TypeError:
            return None


class _Functions(functions.Functions):  # type: ignore[misc]  # jmespath has no types
    """The functions of JMESPath on exact numbers, and those of `runtime.formulas`."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        formula = FORMULAS.get(function_name)
        try:
            if formula is not None:
                return formula(self.frame, *resolved_args)
            return super().call_function(function_name, resolved_args)
        except _FAILS:
            return None

    def _get_allowed_pytypes(self, types: Any) -> Any:
        allowed, within = super()._get_allowed_pytypes(types)
        more = ["Decimal"] if "int" in allowed else []
        return [*allowed, *more], [(*each, "Decimal") if "int" in each else each for each in within]

    def _convert_to_jmespath_type(self, pyobject: str) -> Any:
        return "number" if pyobject == "Decimal" else super()._convert_to_jmespath_type(pyobject)

    @functions.signature({"types": ["array-number"]})  # type: ignore[untyped-decorator]  # as above
    def _func_avg(self, arg: list[Any]) -> Any:
        """The mean, rounded half-even to twelve places."""
        if not arg:
            return None
        with localcontext(prec=60):
            return settle(round(sum(map(Decimal, arg), Decimal()) / len(arg), 12).normalize())

    @functions.signature({"types": ["array-number"]})  # type: ignore[untyped-decorator]  # as above
    def _func_sum(self, arg: list[Any]) -> Any:
        with localcontext(EXACT):
            return settle(sum(map(Decimal, arg), Decimal()))

    @functions.signature({"types": []})  # type: ignore[untyped-decorator]  # as above
    def _func_to_string(self, arg: Any) -> Any:
        if isinstance(arg, str):
            return arg
        from runtime.lines import write_json

        return write_number(arg) if type(arg) in (int, Decimal) else write_json(arg)

    @functions.signature({"types": []})  # type: ignore[untyped-decorator]  # as above
    def _func_to_number(self, arg: Any) -> Any:
        return number_of(arg) if type(arg) is str else arg if type(arg) in (int, Decimal) else None

    @functions.signature({"types": []})  # type: ignore[untyped-decorator]  # as above
    def _func_type(self, arg: Any) -> Any:
        return "number" if type(arg) is Decimal else super()._func_type(arg)
