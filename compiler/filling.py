"""Putting the cells of one line of a table into the steps of a test.

What stands around a cell says what it is read as: the field that it is given to, or the other side of a comparison. A
cell becomes a literal with its own place in the table, so whatever is said of it is said there. An empty cell is a
value that is missing: a property or attribute is not given, and an expectation in which it stands is left out.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from compiler.cells import Wanted, named, read_cell, spelled, wanted_of
from compiler.compare import is_stage
from compiler.context import Context
from compiler.errors import cases as errors
from compiler.lookup import score_key
from compiler.scope import TRIGGER
from compiler.sheets import SheetCell, SheetLine
from compiler.values import value
from dsl import syntax
from dsl.cells import cells_in, rewritten
from dsl.syntax import Span

_READ_AS = {
    "number": "number", "expression": "number", "percent": "percent", "boolean": "boolean", "date": "moment",
    "instant": "moment",
}  # fmt: skip
"""What a cell that is compared with a value of some kind is read as; with any other, as a text."""


class Unreadable(Exception):
    """A cell, which has been reported, is not what it is used as."""


class Filler:
    """Puts the cells of one line in their places; `readable` if all of them are what they are used as."""

    def __init__(self, ctx: Context, line: SheetLine, known: dict[int, tuple[syntax.Cell, ...]]) -> None:
        self.ctx = ctx
        self.line = line
        self.known = known
        self.written: dict[Span, str] = {}
        self.readable = True

    def cell(self, node: syntax.Cell) -> SheetCell:
        return self.line.cells[node.column.text]

    def cells(self, node: syntax.Node) -> tuple[syntax.Cell, ...]:
        """The cells in a node of the test; looked for once for all lines."""
        found = self.known.get(id(node))
        if found is None:
            found = self.known[id(node)] = tuple(cells_in(node))
        return found

    def empty(self, node: syntax.Node) -> bool:
        """Whether any cell in a node is empty."""
        return any(not self.cell(each).text for each in self.cells(node))

    # --- steps ------------------------------------------------------------------------------------------------------

    def take(self, node: syntax.Step) -> syntax.Step | None:
        """The step with its cells in it; None if an empty one leaves it out, or another can't be read."""
        try:
            return node if not self.cells(node) else self.step(node)
        except Unreadable:
            self.readable = False
            return None

    def step(self, node: syntax.Step) -> syntax.Step | None:
        """Raises Unreadable."""
        match node:
            case syntax.At(time=syntax.Cell() as cell):
                return replace(node, time=self.needed(cell, Wanted("moment"), "a time"))
            case syntax.After(duration=syntax.Cell() as cell):
                if self.empty(cell):
                    return None
                return replace(node, duration=self.read(cell, Wanted("duration"), "a duration"))
            case syntax.GiveLead(values=values):
                return replace(node, values=self.values(values, self.ctx.names.attributes))
            case syntax.GiveEvent(event=event, values=values):
                known = self.ctx.names.events.get(event.text)
                return replace(node, values=self.values(values, known.properties if known else {}))
            case syntax.Expect(condition=condition):
                return None if self.empty(node) else replace(node, condition=self.condition(condition))
            case syntax.ExpectFired(times=syntax.Cell() as cell):
                if self.empty(cell):
                    return None
                times: syntax.Number = self.read(cell, Wanted("integer", low=Decimal(0)), "a number of times")
                never = not times.value
                return replace(node, times=None if never else times, negated=node.negated is not never)
            case _:
                return node

    def values(self, nodes: tuple[syntax.Value, ...], fields: dict[str, syntax.Field]) -> tuple[syntax.Value, ...]:
        """The values of a lead or an event, without those whose cells are empty."""
        found: list[syntax.Value] = []
        for node in nodes:
            field = fields.get(node.name.text)
            if not self.cells(node):
                found.append(node)
            elif field is None:  # as will be reported of the name
                found.append(replace(node, value=syntax.Text("")))
            elif (filled := self.given(node, field)) is not None:
                found.append(replace(node, value=filled))
        return tuple(found)

    def given(self, node: syntax.Value, field: syntax.Field) -> syntax.Expr | None:
        what = f"`{field.name.text}`"
        wanted = wanted_of(field.type)
        if isinstance(node.value, syntax.Cell):
            if not field.required and self.empty(node):
                return None
            literal: syntax.Expr = self.needed(node.value, wanted, what)
            return literal
        if isinstance(node.value, syntax.ListOf):
            items = tuple(item for item in node.value.items if not self.empty(item))
            return self.filled(replace(node.value, items=items), Wanted("text"), what)
        part = Wanted("percent" if field.type.kind == "percent" else "number")
        return None if self.empty(node) else self.filled(node.value, part, what)

    # --- conditions -------------------------------------------------------------------------------------------------

    def condition(self, node: syntax.Expr) -> syntax.Expr:
        """The condition with literals for its cells, each of the kind that it is compared with."""
        if not self.cells(node):
            return node
        match node:
            case syntax.And(items=items) | syntax.Or(items=items):
                return replace(node, items=tuple(self.condition(item) for item in items))
            case syntax.Not(operand=operand):
                return replace(node, operand=self.condition(operand))
            case syntax.Compare(left=left, right=right):
                wanted = self.wanted(left, right)
                return replace(node, left=self.filled(left, wanted), right=self.filled(right, wanted))
            case syntax.Between(operand=operand, low=low, high=high):
                wanted = self.wanted(operand, low, high)
                one, two, three = (self.filled(each, wanted) for each in (operand, low, high))
                return replace(node, operand=one, low=two, high=three)
            case syntax.In(operand=operand, container=container):
                return self.member(node, operand, container)
            case syntax.TextTest(operand=operand, argument=argument):
                text = Wanted("text")
                return replace(node, operand=self.filled(operand, text), argument=self.filled(argument, text))
            case syntax.InBand(band=syntax.Cell() as cell):
                band = self.read(cell, self.band(node.score), "a band")
                assert isinstance(band, syntax.Text)
                return replace(node, band=syntax.Name(band.value, span=band.span))
            case _:
                return self.filled(node, None)

    def member(self, node: syntax.In, operand: syntax.Expr, container: syntax.Expr) -> syntax.Expr:
        """``x in LIST``: a cell that stands for the list holds its entries with ``|`` between them."""
        wanted = self.wanted(operand, *(container.items if isinstance(container, syntax.ListOf) else (container,)))
        if isinstance(container, syntax.Cell) and wanted is not None and wanted.kind in ("text", "name"):
            entries = self.read(container, Wanted("list of text"), "a list")
            return replace(node, operand=self.filled(operand, wanted), container=entries)
        return replace(node, operand=self.filled(operand, wanted), container=self.filled(container, wanted))

    def wanted(self, *nodes: syntax.Expr) -> Wanted | None:
        """What a cell among the sides of a comparison is read as: the kind of the first side that is none."""
        for node in nodes:
            if self.cells(node):
                if isinstance(node, syntax.Arithmetic | syntax.Negative | syntax.Extreme):
                    return Wanted("number")
                continue
            if is_stage(self.ctx, TRIGGER, node):
                return named(self.ctx.names.stage_names, "stage")
            kind = self.quietly(value, TRIGGER, node).kind
            kind = kind.items if kind.name == "list" and kind.items is not None else kind
            if kind.options:
                return Wanted("one of", kind.options)
            return Wanted(_READ_AS.get(kind.name, "text"))
        return None

    def band(self, score: syntax.Expr) -> Wanted:
        key = self.quietly(score_key, score)
        head = None if key is None else self.ctx.heads.get(key.partition("[")[0])
        return Wanted("text") if head is None else named((name for name, _ in head.bands), "band")

    def quietly(self, ask: Any, *more: Any) -> Any:
        """What the checker knows, without a word on what is wrong: that is said when the test is checked."""
        before = len(self.ctx.report.found)
        known = ask(self.ctx, *more)
        del self.ctx.report.found[before:]
        return known

    # --- cells ------------------------------------------------------------------------------------------------------

    def filled(self, node: syntax.Expr, wanted: Wanted | None, what: str = "") -> syntax.Expr:
        """The expression with each cell in it read as what is wanted; in arithmetic that is a number."""

        def fill(each: syntax.Node) -> syntax.Node:
            if not isinstance(each, syntax.Cell):
                return each
            if wanted is None:
                self.ctx.report.add(errors.nothing_to_read_as(each.span))
                raise Unreadable
            literal: syntax.Node = self.read(each, wanted, what or str(wanted))
            return literal

        return rewritten(node, fill)

    def needed(self, cell: syntax.Cell, wanted: Wanted, what: str) -> Any:
        """The literal of a cell that must not be empty. Raises Unreadable, once reported."""
        if self.empty(cell):
            self.ctx.report.add(errors.empty_cell(what, self.cell(cell).span, cell.span))
            raise Unreadable
        return self.read(cell, wanted, what)

    def read(self, cell: syntax.Cell, wanted: Wanted, what: str) -> Any:
        """The literal of a cell. Raises Unreadable, once reported, if it is none of the kind."""
        found = self.cell(cell)
        literal = read_cell(found.text, wanted, found.span)
        if literal is None:
            advice = wanted.advice(found.text)
            self.ctx.report.add(errors.bad_cell(found.text, str(wanted), advice, found.span, cell.span, what))
            raise Unreadable
        self.written[cell.span] = spelled(literal, found.text, wanted)
        return literal
