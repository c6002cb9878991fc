"""Values of other systems as the model's types have them, where nothing is lost: ``"35"`` in a number is 35.

What can't be brought to its type stays as it is; the intake then says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from runtime.formulas import number_of
from runtime.lines import quote
from runtime.table import Field
from runtime.values import Unreadable, write_number

Converter = Callable[[Any], Any]
"""Gives None where a value is empty for its type."""

_PERCENT = re.compile(r"\s*%\s*$")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def converters(fields: Iterable[Field]) -> dict[str, Converter]:
    """For each field, by its key in JSON, what brings a value to its type."""
    return {field.spelling: _OF_TYPE[field.type] for field in fields if field.type in _OF_TYPE}


def _number(value: Any) -> Any:
    if type(value) is not str:
        return value
    if not value.strip():
        return None
    found = number_of(value)
    return value if found is None else found


def _percent(value: Any) -> Any:
    return _number(_PERCENT.sub("", value)) if type(value) is str else value


def _boolean(value: Any) -> Any:
    if type(value) is str:
        text = value.strip().lower()
        return _BOOLEANS.get(text, value) if text else None
    return bool(value) if type(value) is int and value in (0, 1) else value


def _text(value: Any) -> Any:
    if type(value) is bool:
        return "true" if value else "false"
    return write_number(value) if type(value) is int or type(value) is Decimal else value


def _moment(value: Any) -> Any:
    return None if type(value) is str and not value.strip() else value


def _texts(value: Any) -> Any:
    if type(value) is str:
        return [part.strip() for part in value.split(";") if part.strip()]
    return [_text(each) for each in value] if type(value) is list else value


_OF_TYPE: dict[str, Converter] = {
    "text": _text,
    "account": _text,
    "one of": _text,
    "number": _number,
    "integer": _number,
    "percent": _percent,
    "boolean": _boolean,
    "date": _moment,
    "instant": _moment,
    "list of text": _texts,
}


def json_text(value: Any, *, ordered: bool = False) -> str:
    """JSON text of plain values with numbers as exact as they came; with `ordered`, members in order of their names."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is int or kind is Decimal:
        return write_number(value)
    if kind is Unreadable:
        return str(value)
    if kind is dict:
        items = sorted(value.items()) if ordered else value.items()
        return "{" + ",".join([f"{quote(key)}:{json_text(inner, ordered=ordered)}" for key, inner in items]) + "}"
    if kind is list:
        return "[" + ",".join([json_text(inner, ordered=ordered) for inner in value]) + "]"
    return "null" if value is None else "true" if value else "false"
