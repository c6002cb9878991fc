"""What is told of a lead in a list that somebody works through: its attributes, its stage, its tags.

Values are as the rule file and the events write them: dates and instants as texts, percents in percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from insight.reports.tables import ReportError
from runtime.lead import Lead
from runtime.plan import Plan
from runtime.table import Field, Table
from runtime.times import write_date, write_instant
from runtime.values import write_number


def chosen(rules: Table, asked: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """The attributes to list: those asked for, "all" for all, or those of the default that the model has. Raises
    ReportError for one that it does not have."""
    known = list(rules.attributes)
    if asked == ("all",) or "all" in asked:
        return tuple(known)
    for name in asked:
        if name not in known:
            raise ReportError(f"the model has no attribute `{name}`", f"it has {', '.join(known) or 'none'}")
    return tuple(asked) or tuple(name for name in default if name in known)


def told(field: Field, value: Any) -> str:
    """A value as a text; nothing for one that is missing."""
    if value is None:
        return ""
    match field.type:
        case "date":
            return write_date(value)
        case "instant":
            return write_instant(value)
        case "boolean":
            return "yes" if value else "no"
        case "percent":
            return write_number(value * 100)
        case "number" | "integer":
            return write_number(value)
        case _:
            return "|".join(value) if isinstance(value, tuple | list) else str(value)


def attributes(plan: Plan, lead: Lead, names: Sequence[str]) -> tuple[str, ...]:
    """The attributes of a lead, as texts."""
    return tuple(told(plan.table.attributes[name], lead.attrs.get(name)) for name in names)
