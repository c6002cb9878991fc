"""What the checker carries along: the names, the report, and what is already known about lets, sets and scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from compiler.kinds import Kind, Typed
from compiler.load import Loaded
from compiler.names import Names
from compiler.report import Report
from compiler.terms import folded_text
from dsl import syntax


@dataclass(frozen=True, slots=True)
class Head:
    """What others need to know of a score before its rules are looked at; points are thousandths."""

    low: int | None = 0
    high: int | None = None
    ready: int | None = None
    bands: tuple[tuple[str, int | None], ...] = ()
    values: tuple[str, ...] | None = None
    computed: bool = False


class Sets:
    """The entries of named sets, each kept once, and once more for comparisons that ignore case."""

    def __init__(self) -> None:
        self.entries: list[tuple[Any, ...]] = []
        self._index: dict[tuple[str, bool], int] = {}

    def term(self, name: str, values: tuple[Any, ...], fold: bool) -> tuple[str, int]:
        """The ``set`` term of a named set."""
        at = self._index.get((name, fold))
        if at is None:
            at = self._index[name, fold] = len(self.entries)
            distinct = {folded_text(value) for value in values} if fold else set(values)
            self.entries.append(tuple(sorted(distinct)))
        return ("set", at)


@dataclass(slots=True)
class Context:
    """`set_values` are the entries of each named set with their kind, `filled` the tests for each line of a table with
    literals in place of its cells, which stand in the table."""

    names: Names
    report: Report
    loaded: Loaded
    lets: dict[str, Typed] = field(default_factory=dict)
    set_values: dict[str, tuple[tuple[Any, ...], Kind]] = field(default_factory=dict)
    sets: Sets = field(default_factory=Sets)
    heads: dict[str, Head] = field(default_factory=dict)
    filled: list[syntax.Test] = field(default_factory=list)
