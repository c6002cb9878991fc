"""Terms of the rule table as Python closures.

Each term is resolved once: names to positions, texts to patterns, literals to values. What is left is a small closure
``(lead, properties, time) -> value``; a value that is missing is None, and a comparison with it is false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from runtime.globs import glob, has_word
from runtime.lead import Lead
from runtime.table import Stages, Term
from runtime.values import EXACT, fold, milli, points, settle

Properties: TypeAlias = Mapping[str, Any]
Value: TypeAlias = Callable[[Lead, Properties, int], Any]
Test: TypeAlias = Callable[[Lead, Properties, int], bool]
Shown: TypeAlias = Callable[[Lead, int], int]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Terms:
    """Makes closures of the terms of one table.

    `shown` gives, for a score's key, the function of its value; it is filled while the plan is built."""

    def __init__(
        self,
        sets: tuple[tuple[Any, ...], ...],
        tests: tuple[Term, ...],
        tallies: list[str],
        scores: list[str],
        stages: Stages,
    ) -> None:
        self._sets = sets
        self._tests = tests
        self._shared: dict[int, Test] = {}
        self._tally = {name: at for at, name in enumerate(tallies)}
        self._score = {key: at for at, key in enumerate(scores)}
        self._order = {name: at for at, name in enumerate(stages.path)}
        self.shown: dict[str, Shown] = {}

    # --- values -----------------------------------------------------------------------------------------------------

    def value(self, term: Term) -> Value:
        match term:
            case ("lit", value):
                return lambda lead, data, t: value
            case ("prop", name):
                return lambda lead, data, t: data.get(name)
            case ("attr", name):
                return lambda lead, data, t: lead.attrs.get(name)
            case ("tally", name):
                at = self._tally[name]
                return lambda lead, data, t: lead.tallies[at]
            case ("score", key):
                return lambda lead, data, t: points(self.shown[key](lead, t))
            case ("ascore", name):
                return _account_score(name)
            case ("time",):
                return lambda lead, data, t: t
            case ("asked",):
                return lambda lead, data, t: data
            case ("fold", inner):
                return self._folded(self.value(inner))
            case ("round", inner):
                return self._rounded(self.value(inner))
            case ("min" | "max", *items):
                return self._extreme(min if term[0] == "min" else max, [self.value(item) for item in items])
            case ("+" | "-" | "*", left, right):
                return self._arithmetic(term[0], self.value(left), self.value(right))
            case ("list" | "set", *_):
                entries = self.entries(term)
                return lambda lead, data, t: entries
        raise ValueError(f"there is no term {term[0]!r}")

    @staticmethod
    def _folded(inner: Value) -> Value:
        def folded(lead: Lead, data: Properties, t: int) -> Any:
            value = inner(lead, data, t)
            if type(value) is tuple:
                return tuple([fold(entry) for entry in value])
            return None if value is None else fold(value)

        return folded

    @staticmethod
    def _rounded(inner: Value) -> Value:
        def rounded(lead: Lead, data: Properties, t: int) -> Any:
            value = inner(lead, data, t)
            return None if value is None else settle(Decimal(points(milli(value))))

        return rounded

    @staticmethod
    def _extreme(which: Callable[[list[Any]], Any], items: list[Value]) -> Value:
        def extreme(lead: Lead, data: Properties, t: int) -> Any:
            values = [item(lead, data, t) for item in items]
            return None if None in values else which(values)

        return extreme

    @staticmethod
    def _arithmetic(sign: str, left: Value, right: Value) -> Value:
        exact = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[sign]
        whole = {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign]

        def arithmetic(lead: Lead, data: Properties, t: int) -> Any:
            one, two = left(lead, data, t), right(lead, data, t)
            if one is None or two is None:
                return None
            return whole(one, two) if type(one) is int and type(two) is int else exact(one, two)

        return arithmetic

    def entries(self, term: Term) -> tuple[Any, ...]:
        """The entries of a list term."""
        return self._sets[term[1]] if term[0] == "set" else term[1:]

    # --- conditions -------------------------------------------------------------------------------------------------

    def test(self, term: Term) -> Test:
        match term:
            case ("and", *items):
                return _all([self.test(item) for item in items])
            case ("or", *items):
                return _any([self.test(item) for item in items])
            case ("not", inner):
                negated = self.test(inner)
                return lambda lead, data, t: not negated(lead, data, t)
            case ("true",) | ("false",):
                outcome = term[0] == "true"
                return lambda lead, data, t: outcome
            case ("test", at):
                if at not in self._shared:
                    self._shared[at] = self.test(self._tests[at])
                return self._shared[at]
            case (op, left, right) if op in _ORDER:
                return self._compare(op, left, right)
            case ("in" | "nin", left, entries):
                return _within(self.value(left), frozenset(self.entries(entries)), term[0] == "in")
            case ("starts" | "ends" | "contains" | "word" | "glob", left, argument):
                return self._text(term[0], self.value(left), argument)
            case ("any", left, argument):
                return self._any_of(self.value(left), argument)
            case ("is", inner):
                flag = self.value(inner)
                return lambda lead, data, t: flag(lead, data, t) is True
            case ("present" | "missing", inner):
                held, wanted = self.value(inner), term[0] == "missing"
                return lambda lead, data, t: (held(lead, data, t) is None) is wanted
            case ("last" | "next" | "ago", inner, duration):
                return _window(term[0], self.value(inner), duration)
            case _:
                return self._state(term)

    def _compare(self, op: str, left: Term, right: Term) -> Test:
        if left[0] == "lit" and right[0] != "lit":
            op, left, right = _FLIPPED[op], right, left
        order = _ORDER[op]
        if left[0] == "score" and right[0] == "lit":
            key, line = left[1], settle(EXACT.multiply(Decimal(right[1]), 1000))
            shown = self.shown
            return lambda lead, data, t: order(shown[key](lead, t), line)
        one = self.value(left)
        if right[0] == "lit":
            constant = right[1]

            def against(lead: Lead, data: Properties, t: int) -> bool:
                value = one(lead, data, t)
                return value is not None and order(value, constant)

            return against
        two = self.value(right)

        def compare(lead: Lead, data: Properties, t: int) -> bool:
            first, second = one(lead, data, t), two(lead, data, t)
            return first is not None and second is not None and order(first, second)

        return compare

    def _text(self, op: str, left: Value, argument: Term) -> Test:
        if argument[0] in ("list", "set"):
            fits = _fitting(op, self.entries(argument))

            def literal(lead: Lead, data: Properties, t: int) -> bool:
                value = left(lead, data, t)
                return value is not None and fits(value)

            return literal
        right = self.value(argument)

        def dynamic(lead: Lead, data: Properties, t: int) -> bool:
            value, wanted = left(lead, data, t), right(lead, data, t)
            if value is None or wanted is None:
                return False
            return _fitting(op, wanted if type(wanted) is tuple else (wanted,))(value)

        return dynamic

    def _any_of(self, left: Value, argument: Term) -> Test:
        if argument[0] in ("list", "set"):
            wanted = frozenset(self.entries(argument))

            def literal(lead: Lead, data: Properties, t: int) -> bool:
                values = left(lead, data, t)
                return values is not None and not wanted.isdisjoint(values)

            return literal
        right = self.value(argument)

        def dynamic(lead: Lead, data: Properties, t: int) -> bool:
            values, value = left(lead, data, t), right(lead, data, t)
            if values is None or value is None:
                return False
            return not set(value).isdisjoint(values) if type(value) is tuple else value in values

        return dynamic

    def _state(self, term: Term) -> Test:
        match term:
            case ("stage", "=", name):
                return lambda lead, data, t: lead.stage == name
            case ("stage", "!=", name):
                return lambda lead, data, t: lead.stage != name
            case ("stage", op, name):
                places, order = self._order, _ORDER[op]
                place = places.get(name)
                if place is None:
                    return lambda lead, data, t: False
                return lambda lead, data, t: lead.stage in places and order(places[lead.stage], place)
            case ("stagefor", name, duration):
                return lambda lead, data, t: lead.stage == name and t - lead.entered[name] >= duration
            case ("tag", text):
                return lambda lead, data, t: text in lead.tags
            case ("idle", duration):
                return lambda lead, data, t: lead.active is not None and t - lead.active >= duration
            case ("quiet", key, duration):
                at = self._score[key]

                def quiet(lead: Lead, data: Properties, t: int) -> bool:
                    since = lead.raised[at]
                    if since is None:
                        since = lead.first
                    return since is not None and t - since >= duration

                return quiet
        raise ValueError(f"there is no term {term[0]!r}")


def _account_score(name: str) -> Value:
    """A score of the account itself, which stands where a lead stands elsewhere."""

    def score(account: Any, data: Properties, t: int) -> Any:
        return points(account.scores[name])

    return score


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda lead, data, t: one(lead, data, t) and two(lead, data, t)

    def every(lead: Lead, data: Properties, t: int) -> bool:
        for test in tests:  # noqa: SIM110 - this is the hot path, and all() with a generator takes three times as long
            if not test(lead, data, t):
                return False
        return True

    return every


def _any(tests: list[Test]) -> Test:
    def some(lead: Lead, data: Properties, t: int) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(lead, data, t):
                return True
        return False

    return some


def _within(left: Value, entries: frozenset[Any], wanted: bool) -> Test:
    def within(lead: Lead, data: Properties, t: int) -> bool:
        value = left(lead, data, t)
        return value is not None and (value in entries) is wanted

    return within


def _window(which: str, left: Value, duration: int) -> Test:
    def window(lead: Lead, data: Properties, t: int) -> bool:
        value = left(lead, data, t)
        if value is None:
            return False
        if which == "last":
            return bool(value <= t < value + duration)
        if which == "next":
            return bool(value - duration <= t < value)
        return bool(t >= value + duration)

    return window


def _fitting(op: str, entries: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a text fits any of the entries under a text operator."""
    if op == "starts":
        return lambda value: value.startswith(entries)
    if op == "ends":
        return lambda value: value.endswith(entries)
    if op == "contains":
        return lambda value: any(entry in value for entry in entries)
    if op == "word":
        return lambda value: any(has_word(value, entry) for entry in entries)
    patterns = [glob(entry) for entry in entries]
    if len(patterns) == 1:
        return patterns[0]
    return lambda value: any(pattern(value) for pattern in patterns)


def mentioned(term: Any, op: str) -> set[Term]:
    """All sub-terms of `term` with the operator `op`, without looking into shared tests."""
    found: set[Term] = set()
    if type(term) is tuple and term:
        if term[0] == op:
            found.add(term)
        if term[0] not in ("lit", "list"):
            for inner in term[1:]:
                found |= mentioned(inner, op)
    return found
