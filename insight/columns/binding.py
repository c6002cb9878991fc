"""The tables of a program for the values that are there: what each term says of each distinct value.

Values stand in dictionaries, one for each JSON key, and events carry their codes. For every property and attribute the
values are checked once; every term that looks at it alone is asked once for each of them, by the closures and matchers
of the engine for single events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insight.columns.layout import (
    ABSENT,
    CELL,
    FIRST_CODE,
    H_LIMITS,
    HASH,
    HUGE,
    NODE,
    NOTHING,
    ROOM,
    SCALE,
    STACK,
    STATE,
    X_A,
    X_ATTR,
    X_CELL,
    X_CELLS,
    X_ENTERED,
    X_HASH,
    X_HASHES,
    X_NODE,
    X_NODES,
    X_ORDER,
    X_P,
    X_RAISED,
    X_SHOWN,
    X_STACK,
    X_STATE,
    X_TAG,
    X_TALLY,
)  # fmt: skip
from insight.columns.program import Program
from insight.columns.terms import Place, Wanted
from runtime.lead import Lead
from runtime.limits import own_value
from runtime.table import Field
from runtime.values import BadValue, check_of, milli

_EACH = 1 << 14
"""Values that the limits with `for each` of one lead may tell apart in the compiled fold."""
_NODES = 1 << 16
"""Firings and days that the limits, tallies and ages of one lead may hold in their windows at once."""
_MOST = 4 * 10**18

Bad = dict[str, NDArray[Any]]
"""By type of event and key: which codes are values that the event is rejected for."""


class Binding:
    """`M` and `W` for the values in `dictionaries`, one a JSON key, in the order of the program's columns; each begins
    with what stands for a value that is absent and for null. `S` is room for the state of one lead."""

    def __init__(self, program: Program, dictionaries: list[list[Any]]) -> None:
        self.program = program
        self.dictionaries = dictionaries
        self._values: dict[Place, list[Any]] = {}
        self._bad: dict[Place, list[bool]] = {}
        self._classes: dict[Any, int] = {}
        self._nobody = Lead("", len(program.plan.scores), len(program.plan.tallies))
        self.interned: dict[str, dict[Any, int]] = {}
        """By computed attribute: (type, value) -> code."""
        self._words = list(program.words)
        self._masks: dict[str, dict[int, int]] = {}
        self._fill()
        self.W = self._write_masks()
        self._make_room()
        self.M = np.array(self._words, dtype=np.int64)
        self.S = np.zeros(self._words[X_STATE], dtype=np.int64)

    # --- values -------------------------------------------------------------------------------------------------------

    def _fields(self, place: Place) -> Field:
        return self.program.coder.field(place)

    def values(self, place: Place) -> list[Any]:
        """The checked values at a place, by code; None where there is none."""
        if place[0] == "attr" and self._fields(place).computed:
            known = self.interned.get(place[1], {})
            return [None] * FIRST_CODE + [value for _, value in known]
        found = self._values.get(place)
        if found is None:
            found = self._check(place)
        return found

    def _check(self, place: Place) -> list[Any]:
        field = self._fields(place)
        check = check_of(field)
        found, bad = [None] * FIRST_CODE, [field.required] * FIRST_CODE
        for value in self.dictionaries[self.program.columns[field.spelling]][FIRST_CODE:]:
            try:
                found.append(check(value))
                bad.append(False)
            except BadValue:
                found.append(None)
                bad.append(True)
        self._values[place], self._bad[place] = found, bad
        return found

    def bad(self, place: Place) -> NDArray[Any]:
        """By code, whether an event with that value is rejected."""
        self.values(place)
        return np.array(self._bad[place], dtype=np.bool_)

    def code_of(self, attribute: str, value: Any) -> int:
        """The code of a value of a computed attribute."""
        if value is None:
            return ABSENT
        known = self.interned.setdefault(attribute, {})
        return known.setdefault((type(value), value), FIRST_CODE + len(known))

    # --- tables -------------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Append the tables, equal ones once. Codes of computed attributes come first, as others are about them."""
        for at, literal in self.program.literals:
            self._words[at] = self.code_of(literal.attribute, literal.value)
        known: dict[Any, int] = {}
        wanted = sorted(self.program.wanted, key=lambda each: each[1].how != "code")
        while any(self._grows(each) for _, each in wanted if each.how == "code"):
            pass
        for at, each in wanted:
            key = (each.place, each.how, repr(each.term))
            if key not in known:
                known[key] = len(self._words)
                self._words += self._table(each)
            self._words[at] = known[key]

    def _grows(self, wanted: Wanted) -> bool:
        """Give codes to the values that may be copied into a computed attribute; whether there was a new one."""
        known = self.interned.setdefault(wanted.term, {})
        before = len(known)
        for value in self.values(wanted.place):
            self.code_of(wanted.term, value)
        return len(known) > before

    def _table(self, wanted: Wanted) -> Iterable[int]:
        values = self.values(wanted.place)
        match wanted.how:
            case "test":
                test = self._about(wanted.place, self.program.plan.terms.test(wanted.term))
                return [int(test(value)) for value in values]
            case "milli":
                term = self._about(wanted.place, self.program.plan.terms.value(wanted.term))
                return [_milli(term(value)) for value in values]
            case "number":
                return [_scaled(value) for value in values]
            case "moment":
                return [NOTHING if value is None else value for value in values]
            case "class":
                return [NOTHING if value is None else self._class(value, wanted.term) for value in values]
            case "each":
                return [self._class(value, wanted.term) for value in values]
            case "code":
                return [self.code_of(wanted.term, value) for value in values]
        return self._mask_table(wanted, values)

    def _about(self, place: Place, closure: Callable[..., Any]) -> Callable[[Any], Any]:
        """The closure of a term as a function of the one value that it looks at."""
        name, nobody = place[-1], self._nobody
        if place[0] == "prop":
            return lambda value: closure(nobody, {} if value is None else {name: value}, 0)

        def about(value: Any) -> Any:
            nobody.attrs = {} if value is None else {name: value}
            return closure(nobody, {}, 0)

        return about

    def _class(self, value: Any, folded: bool) -> int:
        return self._classes.setdefault(own_value(value, folded), len(self._classes))

    # --- masks --------------------------------------------------------------------------------------------------------

    def _mask_table(self, wanted: Wanted, values: list[Any]) -> list[int]:
        """The numbers of the masks of the values among all masks of their type of event."""
        name, number = wanted.term
        matcher = self.program.plan.events[name].matcher
        masks = matcher.masks[number]
        known = self._masks.setdefault(name, {matcher.all: 0})
        return [known.setdefault(masks(value), len(known)) for value in values]

    def _write_masks(self) -> NDArray[Any]:
        """W: by type of event the distinct masks, each as so many words; the first is that of all rows."""
        parts, at = [b""], 0
        for name, place in self.program.masks.items():
            matcher = self.program.plan.events[name].matcher
            size = -(-len(matcher.by_row) // 64) * 8
            self._words[place] = at // 8
            for mask in self._masks.get(name, {matcher.all: 0}):
                parts.append(mask.to_bytes(size, "little"))
                at += size
        return np.frombuffer(b"".join(parts) or bytes(8), dtype=np.int64)

    # --- state --------------------------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """Where the parts of S stand."""
        words, program = self._words, self.program
        scores, stages = len(program.plan.scores), len(program.stages)
        at = STATE
        for place, size in (
            (X_A, scores), (X_RAISED, scores), (X_P, scores), (X_SHOWN, scores), (X_TALLY, len(program.plan.tallies)),
            (X_ENTERED, stages), (X_ORDER, stages), (X_TAG, len(program.tags)), (X_ATTR, len(program.attributes)),
            (X_STACK, 2 * STACK), (X_CELL, (words[H_LIMITS] + _EACH) * CELL), (X_NODE, _NODES * NODE),
            (X_HASH, 2 * _EACH * HASH + _EACH),
        ):  # fmt: skip
            words[place] = at
            at += size
        words[X_CELLS], words[X_NODES], words[X_HASHES] = words[H_LIMITS] + _EACH, _NODES, 2 * _EACH
        words[X_STATE] = at


def _milli(value: Any) -> int:
    if value is None:
        return NOTHING
    found = milli(value)
    return found if abs(found) <= ROOM else HUGE


def _scaled(value: Any) -> int:
    """A number with `SCALE` decimal places."""
    if value is None:
        return NOTHING
    found = Decimal(value).scaleb(SCALE)
    return int(found) if found == found.to_integral_value() and abs(found) <= _MOST else HUGE
