"""From terms to formulas over classes: what a set of questions looks at, cut up once for all of them.

A frame is made of terms. It lowers each to tests on axes, cuts each axis by all the tests on it, and then has for each
term a formula: ``(LIT, axis, mask)`` holds if the class on the axis is in the mask, ``(ALL, …)`` and ``(ANY, …)`` join.
There is no negation: that of a literal is its complement.

What an axis can't say exactly it says too generously: polynomials of several variables, and facts such as ``one text =
another`` have axes of their own, as if they had nothing to do with the variables in them. So if no choice of classes
satisfies the formulas, nothing does; if one does, `leaf` sees whether it fits together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from compiler.program import Program
from compiler.prove.answer import Var
from compiler.prove.axes import Axis, Key, Test, finite_axis, flag_axis, number_axis, text_axis
from compiler.prove.domain import Domain, Domains
from compiler.prove.lower import Lowering, Skeleton
from compiler.prove.texts import TooLarge
from runtime.table import Term

LIT, ALL, ANY = 0, 1, 2
Formula: TypeAlias = tuple[Any, ...]
TRUE: Formula = (ALL, ())
FALSE: Formula = (ANY, ())


class Frame:
    """The axes of some terms, asked at an event of a type or at none, and the formula of each of these terms."""

    def __init__(
        self,
        program: Program,
        domains: Domains,
        event: str | None,
        terms: Iterable[Term],
        tick: Callable[[], None],
        values: Iterable[Term] = (),
    ) -> None:
        """`terms` are conditions; of `values` all that they look at gets an axis too."""
        self.program = program
        self.domains = domains
        self.event = event
        self.tick = tick
        lowering = Lowering(program, domains, event)
        skeletons = {term: lowering.condition(term) for term in terms}
        for value in values:
            lowering.watch(value)
        self.axes: list[Axis] = []
        self.at: dict[Key, int] = {}
        self._split: dict[tuple[Key, Test], Formula] = {}
        for key, tests in lowering.axes.items():
            self._cut(key, tuple(tests))
        self.full = [axis.full for axis in self.axes]
        self.formulas = {term: self._formula(skeleton, True) for term, skeleton in skeletons.items()}
        self.axioms = [self._formula(each, True) for each in lowering.axioms]
        self.exact = not any(axis.key[0] in ("form", "fact", "strand", "folded", "raw") for axis in self.axes)

    def domain(self, var: Var) -> Domain:
        return self.domains.of(var, self.event)

    def _add(self, axis: Axis) -> int:
        self.at[axis.key] = len(self.axes)
        self.axes.append(axis)
        return len(self.axes) - 1

    def _cut(self, key: Key, tests: tuple[Test, ...]) -> None:
        match key[0]:
            case "var":
                self._cut_variable(key, self.domain(key[1]), tests)
            case "folded" | "raw":
                self._cut_text(key, False, key[0] == "folded", tests)
            case "form":
                self._add(number_axis(key, False, None, None, tests))
            case _:
                self._add(flag_axis(key))

    def _cut_variable(self, key: Key, domain: Domain, tests: tuple[Test, ...]) -> None:
        if domain.kind == "number":
            self._add(number_axis(key, domain.optional, domain.low, domain.high, tests))
        elif domain.kind == "finite":
            self._add(finite_axis(key, domain, tests))
        elif domain.kind == "texts":
            self._add(finite_axis(key, Domain("finite", domain.optional, values=(True,)), tests))
        else:
            self._cut_text(key, domain.optional, self.folds(key[1]), tests)

    def folds(self, var: Var) -> bool:
        """Whether all that is asked about a text is asked of it without its case."""
        fields = self.program.attributes if var[0] == "attr" else self.program.events[self.event or ""].properties
        return fields[var[1]].fold

    def _cut_text(self, key: Key, optional: bool, folded: bool, tests: tuple[Test, ...]) -> None:
        """One axis for all tests if their classes are not too many; else tests that multiply them stand alone."""
        try:
            self._add(text_axis(key, optional, folded, tests, self.tick))
        except TooLarge:
            alone = [each for each in tests if each[0] == "text" and each[1][0] in ("contains", "word", "glob")]
            rest = tuple(each for each in tests if each not in alone)
            if not alone:
                raise
            axis = self._add(text_axis(key, optional, folded, (*rest, ("present",)), self.tick))
            there = literal(axis, self.axes[axis].masks["present",], self.axes[axis].full)
            for test in alone:
                strand = self._add(flag_axis(("strand", key[1], folded, test[1])))
                self._split[key, test] = joined(True, [there, (LIT, strand, 2)], [each.full for each in self.axes])

    # --- formulas -----------------------------------------------------------------------------------------------------

    def _formula(self, skeleton: Skeleton, wanted: bool) -> Formula:
        match skeleton:
            case ("true",):
                return TRUE if wanted else FALSE
            case ("false",):
                return FALSE if wanted else TRUE
            case ("not", inner):
                return self._formula(inner, not wanted)
            case ("and" | "or" as which, *items):
                return joined((which == "and") is wanted, [self._formula(item, wanted) for item in items], self.full)
        _, key, test = skeleton
        if (key, test) in self._split:
            found = self._split[key, test]
            return found if wanted else self.negated(found)
        at = self.at[key]
        mask = self.axes[at].masks[test]
        return literal(at, mask if wanted else self.full[at] & ~mask, self.full[at])

    def negated(self, formula: Formula) -> Formula:
        """What holds where the formula does not."""
        if formula[0] == LIT:
            return literal(formula[1], self.full[formula[1]] & ~formula[2], self.full[formula[1]])
        return joined(formula[0] == ANY, [self.negated(each) for each in formula[1]], self.full)


def literal(axis: int, mask: int, full: int) -> Formula:
    """The literal, true or false if it says nothing or can't be."""
    return FALSE if not mask else TRUE if mask == full else (LIT, axis, mask)


def joined(conjunction: bool, items: list[Formula], full: list[int]) -> Formula:
    """``and`` or ``or`` of formulas: flattened, with one literal for each axis."""
    kind, neutral, decisive = (ALL, TRUE, FALSE) if conjunction else (ANY, FALSE, TRUE)
    masks: dict[int, int] = {}
    others: dict[Formula, None] = {}
    for item in items:
        for each in item[1] if item[0] == kind else (item,):
            if each == decisive:
                return decisive
            if each[0] == LIT:
                _, axis, mask = each
                before = masks.get(axis, full[axis] if conjunction else 0)
                masks[axis] = before & mask if conjunction else before | mask
            elif each != neutral:
                others[each] = None
    found: list[Formula] = []
    for axis, mask in masks.items():
        each = literal(axis, mask, full[axis])
        if each == decisive:
            return decisive
        if each != neutral:
            found.append(each)
    found += others
    return found[0] if len(found) == 1 else (kind, tuple(found)) if found else neutral
