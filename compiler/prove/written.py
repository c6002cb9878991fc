"""Values of witnesses as JSON: what an event would have carried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from compiler.exact import combine, number
from runtime.table import Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
BASE = 20_458 * DAY + 10 * 3_600_000_000
"""The time that examples lie at where any would do: 2026-01-05T10:00Z."""


def instant(micros: int) -> str:
    """``2026-03-02T10:00:00Z``; a fraction only where there is one."""
    moment = _EPOCH + timedelta(microseconds=micros)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else "") + "Z"


def micros(text: str) -> int:
    """An instant or a date, as JSON has it, in microseconds."""
    moment = datetime.fromisoformat(text)
    since = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - _EPOCH
    return since // timedelta(microseconds=1)


def written(field: Field, value: Any) -> Any:
    """The JSON value that the intake reads as this value of the field; numbers as int or Decimal."""
    match field.type:
        case "percent":
            return combine("*", value, 100)
        case "date":
            return instant(value)[:10]
        case "instant":
            return instant(value)
        case "list of text":
            return list(value)
        case "number" | "integer":
            return number(value)
    return value


def fallback(field: Field) -> Any:
    """Some JSON value that the field takes."""
    match field.type:
        case "one of":
            return field.options[0]
        case "boolean":
            return False
        case "date" | "instant":
            return written(field, BASE // DAY * DAY)
        case "list of text":
            return []
        case "number" | "integer" | "percent":
            return _number(field)
    return "-"


def _number(field: Field) -> int | Decimal:
    zero = (field.low is None or field.low <= 0) and (field.high is None or field.high >= 0)
    if zero:
        return 0
    return next(end for end in (field.low, field.high) if end is not None)
