"""What a report says, before anybody decides how it looks: tables of typed columns, remarks, and charts.

A column's kind says what its values are: "text", "count", "share" (a fraction), "span" (microseconds), "points"
(thousandths), "number" (a float), "money" (a Decimal), "time" (microseconds since 1970 UTC). A value that is not known
is None, and is never written as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = "str | int | float | Decimal | None"


class ReportError(Exception):
    """A report can't be made of this model, these events or these options; the text says why, `hint` what to do."""

    def __init__(self, text: str, hint: str | None = None) -> None:
        super().__init__(text)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str = "text"


@dataclass(slots=True)
class Table:
    """`name` is how it is asked for and what its file is called."""

    name: str
    title: str
    columns: list[Column]
    rows: list[Sequence[Value]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    empty: str = "nothing"
    """What stands there if there is no row."""


@dataclass(slots=True)
class Series:
    """One line or set of bars; `low` and `high` bound each value, where there is an interval."""

    name: str
    values: list[float | None]
    low: list[float | None] | None = None
    high: list[float | None] | None = None


@dataclass(slots=True)
class Chart:
    """Values over `labels`. `form` is "bars" (beside each other), "stack", "lines" or "rows" (bars that lie); `share`
    says that the axis is in percent."""

    title: str
    labels: list[str]
    series: list[Series]
    form: str = "lines"
    axis: str = ""
    share: bool = False


@dataclass(slots=True)
class Report:
    """The whole of it. `facts` are what it was made of: the model, the instant, the zone, the period."""

    name: str
    title: str
    tables: list[Table]
    charts: list[Chart] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def columns(*given: str) -> list[Column]:
    """Columns as ``"name:kind"``; a name alone is text."""
    return [Column(*each.rsplit(":", 1)) for each in given]
