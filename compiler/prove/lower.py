"""Conditions as tests on axes, joined by ``and``, ``or`` and ``not``.

A comparison with something missing is false, so each test is asked together with the presence of what it looks at.
Extremes are told apart by which operand they are (``min(a, b) < c`` is ``a <= b and a < c or b <= a and b < c``),
finite variables beside others by their values, computed scores are replaced by what they are computed from.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from compiler.program import Program
from compiler.prove.answer import Var
from compiler.prove.axes import Key, Test
from compiler.prove.domain import Domains
from compiler.prove.meaning import TEXT_TESTS, Meaning
from compiler.prove.polynomial import bound, first_extreme, plain, polynomial, replaced
from compiler.terms import FALSE, FLIPPED, TRUE, parts, rewrite
from runtime.table import Term

Skeleton: TypeAlias = tuple[Any, ...]
"""``("test", key, test)``, ``("and", …)``, ``("or", …)``, ``("not", s)``, ``("true",)``, ``("false",)``"""
_HALF = Fraction(1, 2000)
_VARS = frozenset({"prop", "attr", "tally", "score", "ascore", "time"})


class TooIntricate(Exception):
    """The condition splits into more cases than are looked at."""


def variables_of(term: Term) -> list[Var]:
    """The variables that a value looks at, each once; what is rounded counts as one."""
    found: dict[Var, None] = {}
    waiting = [term]
    while waiting:
        part = waiting.pop()
        if part[0] in _VARS or part[0] == "round":
            found[part] = None
        elif part[0] not in ("lit", "list", "set"):
            waiting += [inner for inner in part if type(inner) is tuple]
    return list(found)


class Lowering:
    """Lowers terms, and gathers the axes and tests that they need: `axes` has the tests of each axis. `axioms` hold
    whatever is asked."""

    def __init__(self, program: Program, domains: Domains, event: str | None) -> None:
        self.domains = domains
        self.event = event
        self.meaning = Meaning(program)
        self.path = program.stages.path
        self.fields = {"attr": program.attributes, "prop": program.events[event].properties if event else {}}
        self.axes: dict[Key, dict[Test, None]] = {}
        self.axioms: list[Skeleton] = []
        self._rounded: set[Term] = set()
        self._cases = 0

    def condition(self, term: Term) -> Skeleton:
        """The skeleton of a condition."""
        match term:
            case ("and" | "or" | "not" as which, *items):
                return (which, *[self.condition(item) for item in items])
            case ("true",) | ("false",):
                return term
            case ("test", at):
                return self.condition(self.meaning.tests[at])
            case ("present", inner):
                return self.present(inner)
            case ("missing", inner):
                return ("not", self.present(inner))
            case ("is", inner):
                return self.condition(("=", inner, ("lit", True)))
            case ("last", inner, duration):
                return self._between(("time",), inner, 0, duration)
            case ("next", inner, duration):
                return self._between(inner, ("time",), 1, duration + 1)
            case ("ago", inner, duration):
                return self.condition((">=", ("-", ("time",), inner), ("lit", duration)))
            case ("stage" | "stagefor" | "tag" | "idle" | "quiet", *_):
                return self._state(term)
        return self._comparison(term)

    def _between(self, one: Term, two: Term, low: int, end: int) -> Skeleton:
        """``low <= one - two < end``"""
        gap = ("-", one, two)
        return ("and", self.condition((">=", gap, ("lit", low))), self.condition(("<", gap, ("lit", end))))

    def test(self, key: Key, test: Test) -> Skeleton:
        self.axes.setdefault(key, {})[test] = None
        return ("test", key, test)

    def watch(self, value: Term) -> None:
        """Give all that a value looks at an axis."""
        for var in variables_of(self._expanded(value)):
            self.axes.setdefault(("var", var), {})["present",] = None

    def present(self, var: Var) -> Skeleton:
        """Whether a variable has a value."""
        if var[0] == "round" or (var[0] == "score" and var[1] in self.meaning.computed):
            return TRUE
        return self.test(("var", var), ("present",))

    def _state(self, term: Term) -> Skeleton:
        match term:
            case ("stage", op, name):
                if op in ("=", "!="):
                    here = self.test(("var", ("stage",)), ("among", (name,)))
                    return here if op == "=" else ("not", here)
                given = {stage: self.meaning.holds(term, {("stage",): stage}) for stage in self.path}
                return self.test(("var", ("stage",)), ("among", tuple(stage for stage in self.path if given[stage])))
            case ("stagefor", name, duration):
                here = self.test(("var", ("stage",)), ("among", (name,)))
                return ("and", here, self.test(("var", ("since",)), ("within", duration, None)))
            case ("tag", _):
                return self.test(("var", term), ("among", (True,)))
            case ("idle", duration):
                return self.test(("var", ("idle",)), ("within", duration, None))
        return self.test(("var", ("quiet", term[1])), ("within", term[2], None))

    # --- comparisons --------------------------------------------------------------------------------------------------

    def _comparison(self, term: Term) -> Skeleton:
        op, left, right = term
        if not any(variables_of(side) for side in (left, right)):
            return TRUE if self.meaning.holds(term, {}) else FALSE
        if op in ("!=", "nin"):
            there = [self.present(var) for side in (left, right) for var in variables_of(side)]
            return ("and", *there, ("not", self.condition(("=" if op == "!=" else "in", left, right))))
        finite = self._finite(term)
        if finite is not None:
            return self._by_value(term, finite)
        if op == "any":
            return self._holds_text(left, right)
        if op in TEXT_TESTS:
            return self._text(op, left, right)
        kind = self._kind(left)
        if op == "in":
            entries = self.meaning.entries(right)
            if kind == "text":
                return self._text("=", left, ("list", *entries))
            return ("or", *[self.condition(("=", left, ("lit", each))) for each in entries])
        if kind == "text" and self._kind(right) == "text":
            return self._texts(op, left, right)
        return self._numbers(op, left, right)

    def _kind(self, term: Term) -> str:
        match term:
            case ("lit", known):
                return "text" if isinstance(known, str) else "number"
            case ("fold", _):
                return "text"
            case ("prop" | "attr", _):
                return self.domains.of(term, self.event).kind
        return "number"

    def _finite(self, term: Term) -> Var | None:
        """A variable with few values in a comparison."""
        for var in (each for side in term[1:] for each in variables_of(side)):
            if var[0] in ("prop", "attr") and self.domains.of(var, self.event).kind == "finite":
                return var
        return None

    def _by_value(self, term: Term, var: Var) -> Skeleton:
        """A comparison with a finite variable, for each of its values."""
        ways: list[Skeleton] = []
        for value in self.domains.of(var, self.event).values:
            rest = rewrite(term, lambda part, known=value: ("lit", known) if part == var else part)  # type: ignore[misc]
            here = self.test(("var", var), ("among", (value,)))
            if any(variables_of(side) for side in rest[1:]):
                ways.append(("and", here, self.condition(rest)))
            elif self.meaning.holds(rest, {}):
                ways.append(here)
        return ("or", *ways)

    # --- texts --------------------------------------------------------------------------------------------------------

    def _text(self, op: str, left: Term, right: Term) -> Skeleton:
        """A text test with a list of literals, or with what another field holds."""
        if right[0] == "lit":
            right = ("list", right[1])
        if right[0] not in ("list", "set"):
            return self._fact((op, left, right))
        entries = self.meaning.entries(right)
        if not entries:
            return FALSE
        return self._text_test(left, (op, tuple(entries)))

    def _text_test(self, left: Term, test: tuple[str, tuple[str, ...]]) -> Skeleton:
        folded = left[0] == "fold"
        var = left[1] if folded else left
        if folded == self.fields[var[0]][var[1]].fold:
            return self.test(("var", var), ("text", test))
        return ("and", self.present(var), self.test(("folded" if folded else "raw", var), ("text", test)))

    def _texts(self, op: str, left: Term, right: Term) -> Skeleton:
        """A comparison of texts by equality or order."""
        for one, two, sign in ((left, right, op), (right, left, FLIPPED[op])):
            known = two[1] if two[0] == "fold" else two
            if known[0] == "lit":
                text = self.meaning.value(two, {})
                if sign in (">", ">="):
                    less = self._text_test(one, ("<=" if sign == ">" else "<", (text,)))
                    return ("and", *[self.present(var) for var in variables_of(one)], ("not", less))
                return self._text_test(one, (sign, (text,)))
        return self._fact((op, left, right))

    def _holds_text(self, left: Term, right: Term) -> Skeleton:
        """Whether a list holds any of some texts."""
        folded = left[0] == "fold"
        var = left[1] if folded else left
        if right[0] == "lit":
            right = ("list", right[1])
        if right[0] not in ("list", "set"):
            return self._fact(("any", left, right))
        held = [self.test(("has", var, folded, text), ("true",)) for text in self.meaning.entries(right)]
        return ("and", self.test(("var", var), ("present",)), ("or", *held))

    def _fact(self, term: Term) -> Skeleton:
        """A condition that is taken as it is."""
        there = [self.present(var) for side in term[1:] for var in variables_of(side)]
        for side in term[1:]:
            for var in variables_of(side):
                self.axes.setdefault(("var", var), {})[("present",)] = None
        return ("and", *there, self.test(("fact", term), ("true",)))

    # --- numbers ------------------------------------------------------------------------------------------------------

    def _numbers(self, op: str, left: Term, right: Term) -> Skeleton:
        left, right = self._expanded(left), self._expanded(right)
        extreme = first_extreme(left) or first_extreme(right)
        if extreme is not None:
            return self._by_operand(op, left, right, extreme)
        variables_here = [*variables_of(left), *variables_of(right)]
        there = [self.present(var) for var in variables_here]
        for each in variables_here:
            self.axes.setdefault(("var", each), {})[("present",)] = None
        difference = polynomial(("-", left, right), self._step)
        found = bound(op, difference)
        if not found.poly:
            return ("and", *there, TRUE if (found.low, found.high) == (0, 0) else FALSE)
        var = plain(found.poly)
        key = ("form", found.poly) if var is None else ("var", var)
        return ("and", *there, self.test(key, ("within", found.low, found.high)))

    def _by_operand(self, op: str, left: Term, right: Term, extreme: Term) -> Skeleton:
        """A comparison with a ``min`` or ``max`` in it, for each operand that it may be."""
        self._cases += 1
        if self._cases > 500:
            raise TooIntricate
        which, *items = extreme
        sign = "<=" if which == "min" else ">="
        ways: list[Skeleton] = []
        for item in items:
            others = [self._numbers(sign, item, other) for other in items if other is not item]
            here = self._numbers(op, replaced(left, extreme, item), replaced(right, extreme, item))
            ways.append(("and", *others, here))
        return ("or", *ways)

    def _step(self, var: Var) -> Fraction:
        return self.domains.of(var, self.event).step

    def _expanded(self, term: Term) -> Term:
        """The value with computed scores replaced by what they are; what is rounded is a variable near its value."""

        def change(part: Term) -> Term:
            if part[0] == "score" and part[1] in self.meaning.computed:
                return ("round", self._expanded(self.meaning.computed[part[1]]))
            return part

        found = rewrite(term, change)
        for part in parts(found):
            if part[0] == "round" and part not in self._rounded:
                self._rounded.add(part)
                gap = ("-", self._expanded(part[1]), part)
                self.axioms.append(self._numbers("<=", gap, ("lit", _HALF)))
                self.axioms.append(self._numbers(">=", gap, ("lit", -_HALF)))
        return found
