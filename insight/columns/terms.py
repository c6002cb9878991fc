"""Terms of the rule table as code for `insight.columns.kernel.ask`, and as tables by value.

A term that looks at one property or attribute alone, whatever it asks, becomes a table: it is asked once for each
distinct value, by the engine for single events itself (`runtime.terms`), so both give the same answer. What is left to
code is what joins such answers: `and`, `or`, `not`, exact sums and products, comparisons, and where the lead stands.
Numbers carry a scale that is known here: a score has three decimal places, a tally none.

What can't be said this way raises `Unsupported`, and the model is folded event by event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from insight.columns.layout import (
    COMPARISONS,
    DEEPEST,
    OP_ADD,
    OP_ATTR,
    OP_ATTR_TABLE,
    OP_COMPARE,
    OP_IDLE,
    OP_LIT,
    OP_MAX,
    OP_MIN,
    OP_MUL,
    OP_NOT,
    OP_PRESENT,
    OP_PROP_TABLE,
    OP_QUIET,
    OP_ROUND,
    OP_SCALE,
    OP_SCORE,
    OP_SKIP_FALSE,
    OP_SKIP_TRUE,
    OP_STAGE,
    OP_STAGE_FOR,
    OP_SUB,
    OP_TAG,
    OP_TALLY,
    OP_TIME,
    OP_WINDOW,
    SCALE,
    WINDOWS,
)  # fmt: skip
from runtime.table import Field, Table, Term

Place: TypeAlias = tuple[str, ...]
"""Where a value stands: ("prop", event, name) or ("attr", name)."""
Code: TypeAlias = list[tuple[int, Any, Any]]
"""Operations with two operands, of which one may be a `Wanted` table."""

_NUMERIC = ("number", "integer", "percent")
_MOMENTS = ("date", "instant")
_DIRECT = (*_NUMERIC, *_MOMENTS)
_MOST = 4 * 10**18
_FINEST = 15


class Unsupported(Exception):
    """What in a model the compiled fold does not do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table over the values at a place. `how` says what of: "test" or "milli" of `term`; "number"; "moment"; "class",
    and for limits "each" (`term` says whether case is folded); "mask" of the matcher and field in `term`; or "code" in
    the dictionary of the attribute `term`."""

    place: Place
    how: str
    term: Any = None


@dataclass(frozen=True, slots=True)
class Literal:
    """The code of a value in the dictionary of a computed attribute."""

    attribute: str
    value: Any


def spread(term: Any, tests: tuple[Term, ...]) -> Any:
    """The term with shared tests written out."""
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return term
    if term[0] == "test":
        return spread(tests[term[1]], tests)
    return (term[0], *[spread(inner, tests) for inner in term[1:]])


class Coder:
    """Makes code of the terms of one table. `stages` and `tags` are by position."""

    def __init__(self, table: Table, keys: list[str], tallies: list[str], tags: list[str]) -> None:
        self.table = table
        self.scores = {key: at for at, key in enumerate(keys)}
        self.tallies = {name: at for at, name in enumerate(tallies)}
        self.tags = {name: at for at, name in enumerate(tags)}
        self.stages = {name: at for at, name in enumerate((*table.stages.path, *table.stages.beside))}
        self.attributes = {name: at for at, name in enumerate(table.attributes)}
        self.uses_scores = False

    def direct(self, name: str) -> bool:
        """Whether an attribute's state is its value and not a code: numbers and instants that triggers set."""
        field = self.table.attributes[name]
        return field.computed and field.type in _DIRECT

    def place(self, term: Term, event: str | None) -> Place:
        if term[0] == "attr":
            return ("attr", term[1])
        if event is None:
            raise Unsupported("a property where there may be no event")
        return ("prop", event, term[1])

    def field(self, place: Place) -> Field:
        if place[0] == "attr":
            return self.table.attributes[place[1]]
        return self.table.events[place[1]].properties[place[2]]

    def _sole(self, term: Any, event: str | None) -> Place | None:
        """The one place that a term looks at, if a table can answer it."""
        found: set[Place] = set()
        if not self._collect(term, event, found) or len(found) != 1:
            return None
        place = next(iter(found))
        return None if place[0] == "attr" and self.direct(place[1]) else place

    def _collect(self, term: Any, event: str | None, found: set[Place]) -> bool:
        """Collect the places that a term looks at; False if it looks at anything else."""
        if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
            return True
        if term[0] in ("prop", "attr"):
            found.add(self.place(term, event))
            return True
        if term[0] in ("tally", "score", "time", "stage", "stagefor", "tag", "idle", "quiet", *WINDOWS, "ascore"):
            return False
        parts = [self._collect(inner, event, found) for inner in term[1:]]
        return all(parts)

    def _table(self, place: Place, how: str, term: Any = None) -> tuple[int, Any, Any]:
        if place[0] == "attr":
            return (OP_ATTR_TABLE, self.attributes[place[1]], Wanted(place, how, term))
        return (OP_PROP_TABLE, place, Wanted(place, how, term))

    # --- conditions ---------------------------------------------------------------------------------------------------

    def test(self, term: Term, event: str | None) -> Code:
        """The code of a condition: leaves 1 or 0."""
        code = self._test(spread(term, self.table.tests), event)
        if _depth(code) > DEEPEST:
            raise Unsupported("a condition that is nested deeply")
        return code

    def _test(self, term: Any, event: str | None) -> Code:
        place = self._sole(term, event)
        if place is not None:
            return [self._table(place, "test", term)]
        match term:
            case ("true",) | ("false",):
                return [(OP_LIT, int(term[0] == "true"), 0)]
            case ("and" | "or", *items):
                return self._joined(term[0], items, event)
            case ("not", inner):
                return [*self._test(inner, event), (OP_NOT, 0, 0)]
            case (op, left, right) if op in COMPARISONS and type(left) is tuple:
                return self._compared(op, left, right, event)
            case ("in" | "nin", left, entries):
                return self._within(term[0], left, entries, event)
            case ("present" | "missing", inner):
                code = [*self._value(inner, event)[0], (OP_PRESENT, 0, 0)]
                return code if term[0] == "present" else [*code, (OP_NOT, 0, 0)]
            case ("last" | "next" | "ago", inner, length):
                return [*self._value(inner, event)[0], (OP_WINDOW, WINDOWS.index(term[0]), length)]
        return self._state(term)

    def _joined(self, word: str, items: list[Any], event: str | None) -> Code:
        """Operands that look at one place together are one table; the others are asked until one decides."""
        alone: dict[Place, list[Any]] = {}
        rest = []
        for item in items:
            place = self._sole(item, event)
            if place is None:
                rest.append(item)
            else:
                alone.setdefault(place, []).append(item)
        parts: list[Code] = [
            [self._table(place, "test", mine[0] if len(mine) == 1 else (word, *mine))] for place, mine in alone.items()
        ]
        parts += [self._test(item, event) for item in rest]
        skip = OP_SKIP_FALSE if word == "and" else OP_SKIP_TRUE
        code = parts[-1]
        for part in reversed(parts[:-1]):
            code = [*part, (skip, len(code), 0), *code]
        return code

    def _compared(self, op: str, left: Any, right: Any, event: str | None) -> Code:
        if self._is_text(left) or self._is_text(right):
            return self._equal_texts(op, left, right, event)
        one, two, _ = self._alike(left, right, event)
        return [*one, *two, (OP_COMPARE, COMPARISONS.index(op), 0)]

    def _is_text(self, term: Any) -> bool:
        if term[0] == "fold" or (term[0] == "lit" and isinstance(term[1], str | bool)):
            return True
        if term[0] == "attr":
            return self.table.attributes[term[1]].type not in _DIRECT
        if term[0] == "prop":
            kinds = [
                event.properties[term[1]].type for event in self.table.events.values() if term[1] in event.properties
            ]
            return any(kind not in _DIRECT for kind in kinds)
        return False

    def _equal_texts(self, op: str, left: Any, right: Any, event: str | None) -> Code:
        """Texts are compared by the class that their value is in."""
        if op not in ("=", "!="):
            raise Unsupported("texts compared by order")
        code: Code = []
        for side in (left, right):
            folded = side[0] == "fold"
            inner = side[1] if folded else side
            if inner[0] not in ("attr", "prop"):
                raise Unsupported("a comparison of texts that are not fields")
            code.append(self._table(self.place(inner, event), "class", folded))
        return [*code, (OP_COMPARE, COMPARISONS.index(op), 0)]

    def _within(self, word: str, left: Any, entries: Any, event: str | None) -> Code:
        """`in` of a value that has no table: one comparison after the other."""
        values = self.table.sets[entries[1]] if entries[0] == "set" else entries[1:]
        if len(values) > 50 or any(isinstance(value, str) for value in values):
            raise Unsupported("a long list for a computed value")
        found: Any = ("or", ("false",), *[("=", left, ("lit", value)) for value in values])
        if word == "nin":
            found = ("and", ("present", left), ("not", found))
        return self._test(found, event)

    def _state(self, term: Any) -> Code:
        match term:
            case ("stage", op, name):
                return [(OP_STAGE, ("stages", op, name), 0)]
            case ("stagefor", name, length):
                return [(OP_STAGE_FOR, self.stages[name], length)]
            case ("tag", text):
                return [(OP_TAG, self.tags[text], 0)] if text in self.tags else [(OP_LIT, 0, 0)]
            case ("idle", length):
                return [(OP_IDLE, length, 0)]
            case ("quiet", key, length):
                return [(OP_QUIET, self.scores[key], length)]
        raise Unsupported(f"a condition of the kind `{term[0]}` on several fields")

    # --- values -------------------------------------------------------------------------------------------------------

    def points(self, term: Term, event: str | None) -> Code:
        """The code of a value in points, rounded to thousandths."""
        term = spread(term, self.table.tests)
        place = self._sole(term, event)
        if place is not None:
            return [self._table(place, "milli", term)]
        code, scale = self._value(term, event)
        return self._rounded(code, scale)

    def number(self, term: Term, event: str | None, scale: int) -> Code:
        """The code of a number with that many decimal places. Raises Unsupported if it may have more."""
        code, found = self._value(spread(term, self.table.tests), event)
        if found > scale:
            raise Unsupported("a number with many decimal places in a computed field")
        return code if found == scale else [*code, (OP_SCALE, 10 ** (scale - found), 0)]

    def _rounded(self, code: Code, scale: int) -> Code:
        if scale > 3:
            return [*code, (OP_ROUND, 10 ** (scale - 3), 0)]
        return code if scale == 3 else [*code, (OP_SCALE, 10 ** (3 - scale), 0)]

    def _value(self, term: Any, event: str | None) -> tuple[Code, int]:
        """The code of a number or moment, and its scale."""
        match term:
            case ("lit", value):
                return _literal(value)
            case ("tally", name):
                return [(OP_TALLY, self.tallies[name], 0)], 0
            case ("score", key):
                self.uses_scores = True
                return [(OP_SCORE, self.scores[key], 0)], 3
            case ("time",):
                return [(OP_TIME, 0, 0)], 0
            case ("prop", _) | ("attr", _):
                return self._held(self.place(term, event))
            case ("round", inner):
                return self._rounded(*self._value(inner, event)), 3
            case ("+" | "-" | "min" | "max", *items):
                op = {"+": OP_ADD, "-": OP_SUB, "min": OP_MIN, "max": OP_MAX}[term[0]]
                code, scale = self._value(items[0], event)
                for item in items[1:]:
                    one, two, scale = self._aligned((code, scale), self._value(item, event))
                    code = [*one, *two, (op, 0, 0)]
                return code, scale
            case ("*", left, right):
                one, scale = self._value(left, event)
                two, more = self._value(right, event)
                if scale + more > _FINEST:
                    raise Unsupported("a product with many decimal places")
                return [*one, *two, (OP_MUL, 0, 0)], scale + more
        raise Unsupported(f"a value of the kind `{term[0]}`")

    def _held(self, place: Place) -> tuple[Code, int]:
        kind = self.field(place).type
        if kind not in _DIRECT:
            raise Unsupported("a text among numbers")
        moment = kind in _MOMENTS
        scale = 0 if moment else SCALE
        if place[0] == "attr" and self.direct(place[1]):
            return [(OP_ATTR, self.attributes[place[1]], 0)], scale
        return [self._table(place, "moment" if moment else "number")], scale

    def _alike(self, left: Any, right: Any, event: str | None) -> tuple[Code, Code, int]:
        return self._aligned(self._value(left, event), self._value(right, event))

    @staticmethod
    def _aligned(left: tuple[Code, int], right: tuple[Code, int]) -> tuple[Code, Code, int]:
        """Two numbers brought to one scale."""
        scale = max(left[1], right[1])
        codes = [code if has == scale else [*code, (OP_SCALE, 10 ** (scale - has), 0)] for code, has in (left, right)]
        return codes[0], codes[1], scale


def _literal(value: Any) -> tuple[Code, int]:
    if isinstance(value, str | bool):
        raise Unsupported("a text among numbers")
    scale = max(0, -int(Decimal(value).normalize().as_tuple().exponent))
    whole = int(Decimal(value).scaleb(scale))
    if abs(whole) > _MOST or scale > _FINEST:
        raise Unsupported("a number with many digits")
    return [(OP_LIT, whole, 0)], scale


_PUSHES = {
    OP_LIT, OP_ATTR_TABLE, OP_PROP_TABLE, OP_ATTR, OP_TALLY, OP_SCORE, OP_TIME, OP_STAGE, OP_STAGE_FOR, OP_TAG, OP_IDLE,
    OP_QUIET,
}  # fmt: skip


def _depth(code: Code) -> int:
    """No less than the numbers that the code has in hand at once."""
    return sum(op in _PUSHES for op, _, _ in code) if len(code) > DEEPEST else 0


def events_of(places: Iterable[Place]) -> set[str]:
    """The types of events whose properties are among the places."""
    return {place[1] for place in places if place[0] == "prop"}
