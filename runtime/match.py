"""Which rules an event matches, at a cost that follows the rules that match and not the rules there are.

Every row of every rule on one type of event has a bit. For each property (or attribute) that rows look at, a value
gives the mask of the rows that it does not rule out: those whose tests of the property hold, and those that have none.
The rows that match are the bits left when the masks of all properties are combined with ``&``. The mask of a value is
remembered, so the tests themselves are asked once for each distinct value; and what follows from a combined mask - the
points that can be summed beforehand, the rules that must be looked at one by one - is remembered too. What is
remembered is bounded.

The mask of a value that was not seen yet is put together from parts, so that it too does not ask every rule: equal
values and prefixes from dictionaries, order from a sorted list of thresholds, and the rest test by test, equal tests
once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from runtime.lead import Lead
from runtime.table import Match, Term
from runtime.terms import Terms
from runtime.values import fold

_MASKS = 20_000
_PLANS = 20_000
_FEW_ROWS = 24
_LONG = 500
"""Texts longer than this are asked about each time and not remembered."""

Row: TypeAlias = tuple[Term, ...]
FieldTerm: TypeAlias = tuple[str, str]
"""``("prop", name)`` or ``("attr", name)``"""


def field_of(term: Any, tests: tuple[Term, ...]) -> FieldTerm | None:
    """The one property or attribute that a term looks at; None if there is none or there are several."""
    found = _fields(term, tests)
    return next(iter(found)) if len(found) == 1 else None


def _fields(term: Any, tests: tuple[Term, ...]) -> set[FieldTerm]:
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return set()
    if term[0] in ("prop", "attr"):
        return {(term[0], term[1])}
    if term[0] == "test":
        return _fields(tests[term[1]], tests)
    found: set[FieldTerm] = set()
    for inner in term[1:]:
        found |= _fields(inner, tests)
    return found


class _Edges:
    """Masks of tests against thresholds: for ``>=`` and ``>`` those at or below a value, else those at or above."""

    def __init__(self, op: str, masks: dict[Any, int]) -> None:
        self.upward = op in (">=", ">")
        self.find = bisect_right if op in (">=", "<") else bisect_left
        self.edges = sorted(masks)
        ordered = [masks[edge] for edge in (self.edges if self.upward else reversed(self.edges))]
        self.masks = [0]
        for mask in ordered:
            self.masks.append(self.masks[-1] | mask)
        if not self.upward:
            self.masks.reverse()

    def __call__(self, value: Any) -> int:
        return self.masks[self.find(self.edges, value)]


class Masks:
    """For one property of one type of event: value -> the mask of the rows that it leaves."""

    def __init__(
        self, field: FieldTerm, rows: int, given: list[tuple[int, Term]], terms: Terms, tests: tuple[Term, ...]
    ) -> None:
        """`given` are the terms that look at the field, each with the position of its row, of so many rows."""
        self.known: dict[Any, int] = {}
        self.field = field
        self.always = 0
        self.equal: dict[Any, int] = {}
        self.folded: dict[str, int] = {}
        self.starts: dict[int, dict[str, int]] = {}
        self.edges: list[_Edges] = []
        self.others: list[tuple[Callable[[Lead, Any, int], bool], int]] = []
        self._sort(rows, given, terms, tests)

    def _sort(self, rows: int, given: list[tuple[int, Term]], terms: Terms, tests: tuple[Term, ...]) -> None:
        thresholds: dict[str, dict[Any, int]] = {}
        others: dict[Term, int] = {}
        self.always = (1 << rows) - 1
        by_row: dict[int, list[Term]] = {}
        for at, term in given:
            by_row.setdefault(at, []).append(tests[term[1]] if term[0] == "test" else term)
        for at, mine in by_row.items():
            self.always ^= 1 << at
            if len(mine) > 1 or not self._simple(mine[0], 1 << at, terms, thresholds):
                whole = mine[0] if len(mine) == 1 else ("and", *mine)
                others[whole] = others.get(whole, 0) | 1 << at
        self.edges = [_Edges(op, masks) for op, masks in thresholds.items()]
        self.others = [(terms.test(_about_value(term, self.field, tests)), mask) for term, mask in others.items()]

    def _simple(self, term: Term, bit: int, terms: Terms, thresholds: dict[str, dict[Any, int]]) -> bool:
        """Sort a test that an index can answer into its part; False if there is none for it."""
        match term:
            case ("=", left, ("lit", value)) | ("=", ("lit", value), left):
                values: Iterable[Any] = (value,)
            case ("in", left, ("list" | "set", *_) as entries):
                values = terms.entries(entries)
            case ("starts", left, ("list", *prefixes)) if left == self.field:
                for prefix in prefixes:
                    known = self.starts.setdefault(len(prefix), {})
                    known[prefix] = known.get(prefix, 0) | bit
                return True
            case ("<" | "<=" | ">" | ">=", left, ("lit", value)) if left == self.field and not isinstance(value, str):
                known = thresholds.setdefault(term[0], {})
                known[value] = known.get(value, 0) | bit
                return True
            case _:
                return False
        into = self.equal if left == self.field else self.folded if left == ("fold", self.field) else None
        if into is None:
            return False
        for value in values:
            into[value] = into.get(value, 0) | bit
        return True

    def __call__(self, value: Any) -> int:
        seen = self.known.get(value)
        if seen is not None:
            return seen
        mask = self.always
        if value is not None:
            mask |= self.equal.get(value, 0)
            if self.folded:
                mask |= self.folded.get(fold(value), 0)
            for length, prefixes in self.starts.items():
                mask |= prefixes.get(value[:length], 0)
            for edges in self.edges:
                mask |= edges(value)
        for test, bits in self.others:
            if test(_NOBODY, value, 0):
                mask |= bits
        if type(value) is str and len(value) > _LONG:
            return mask
        if len(self.known) >= _MASKS:
            self.known.clear()
        self.known[value] = mask
        return mask


_NOBODY: Any = None


def _about_value(term: Any, asked: FieldTerm, tests: tuple[Term, ...]) -> Any:
    """The term with its field replaced by ``("asked",)``, and shared tests written out."""
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return term
    if term == asked:
        return ("asked",)
    if term[0] == "test":
        return _about_value(tests[term[1]], asked, tests)
    return (term[0], *[_about_value(inner, asked, tests) for inner in term[1:]])


class Matcher:
    """All rows on one type of event; `plans` makes of a combined mask what the fold wants to know, and is remembered.

    `matches` are given with the payload that stands for them; `make` turns the payloads of the rows that are left, in
    the order given and each once, into the plan."""

    def __init__(
        self,
        matches: list[tuple[Match, Any]],
        terms: Terms,
        tests: tuple[Term, ...],
        make: Callable[[list[Any]], Any],
        required: frozenset[str] = frozenset(),
    ) -> None:
        rows: list[Row] = []
        self.by_row: list[Any] = []
        for match, payload in matches:
            for row in match.rows if match.rows is not None else ((),):
                rows.append(row)
                self.by_row.append(payload)
        given: dict[FieldTerm, list[tuple[int, Term]]] = {}
        for at, row in enumerate(rows):
            for term in row:
                field = field_of(term, tests)
                if field is not None:
                    given.setdefault(field, []).append((at, term))
        self.masks = [Masks(field, len(rows), given[field], terms, tests) for field in sorted(given)]
        self.bits = [1 << at for at in range(len(rows))]
        self.plans = _Plans(self, make)
        self.all = (1 << len(rows)) - 1
        self.find = self._finder(required)

    def _finder(self, required: frozenset[str]) -> Callable[[Any, Any], Any]:
        """``(properties, attributes) -> plan``, written out for the properties there are: only numbered names go into
        the text that is compiled, never text of the user's. Plain dictionaries are asked first, which the interpreter
        has a short way for; what they lack is made by those that can. Where there are few rows, most events have none
        left after the first property or two, and are done there."""
        if not self.masks:
            plan = self.plans(self.all)
            return lambda data, attrs: plan
        masks = sorted(self.masks, key=lambda masks: masks.always.bit_count())
        names: dict[str, Any] = {"plans": self.plans, "known": self.plans.known, "nothing": self.plans(0)}
        makes, knows = [], []
        for at, each in enumerate(masks):
            kind, key = each.field
            names[f"m{at}"], names[f"d{at}"], names[f"k{at}"] = each, each.known, key
            value = f"data[k{at}]" if kind == "prop" and key in required else f"{kind_of[kind]}.get(k{at})"
            makes.append(f"m{at}({value})")
            knows.append(f"d{at}[{value}]")
        if len(self.bits) <= _FEW_ROWS:
            steps = [f"m = {knows[0]}", *[f"if not m: return nothing\n  m &= {know}" for know in knows[1:]]]
        else:
            steps = [f"m = {' & '.join(knows)}"]
        source = (
            f"def find(data, attrs, {', '.join(f'{name}={name}' for name in names)}):\n"
            " try:\n  " + "\n  ".join(steps) + "\n"
            f" except KeyError:\n  m = {' & '.join(makes)}\n"
            " try:\n  return known[m]\n except KeyError:\n  return plans(m)"
        )
        exec(source, names)  # noqa: S102 - see above
        return names["find"]  # type: ignore[no-any-return]


kind_of = {"prop": "data", "attr": "attrs"}


class _Plans:
    def __init__(self, matcher: Matcher, make: Callable[[list[Any]], Any]) -> None:
        self.known: dict[int, Any] = {}
        self._matcher = matcher
        self._make = make

    def __call__(self, mask: int) -> Any:
        plan = self.known.get(mask)
        if plan is not None:
            return plan
        payloads, bits = self._matcher.by_row, self._matcher.bits
        found: list[Any] = []
        left, last = mask, None
        while left:
            at = left.bit_length() - 1
            left ^= bits[at]
            payload = payloads[at]
            if payload is not last:
                last = payload
                found.append(payload)
        found.reverse()
        plan = self._make(found)
        if len(self.known) >= _PLANS:
            self.known.clear()
        self.known[mask] = plan
        return plan
