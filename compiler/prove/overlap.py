"""Rules of one score that pay for the same thing: which condition holds wherever another does.

All conditions of a type of event are cut up in one frame. Most of them are a handful of literals, one on each axis; of
those one implies another if each of its literals lies within the other's, which is a comparison of bits. The rest are
asked one pair at a time, and only where they look at the same things. One rule that pays for all
events beside others that pay for some is meant so, two of them are told. Of two that overlap it is said if both look at
one number or choice only: there a line was drawn twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.errors import deciding as errors
from compiler.exact import points, written
from compiler.prove.answer import Sat, Unknown, Unsat, Witness
from compiler.prove.frame import ALL, FALSE, LIT, TRUE, Formula, Frame
from compiler.prove.histories import Happening, given
from compiler.prove.prover import Prover
from compiler.prove.spots import Spots
from compiler.prove.written import BASE
from compiler.terms import TRUE as TERM_TRUE
from compiler.terms import all_of
from dsl.diagnostics import Diagnostic
from runtime.table import Score, Term


@dataclass(frozen=True, slots=True)
class Pay:
    """A rule that pays a known number of thousandths where `when` holds."""

    name: str
    event: str | None
    when: Term
    points: int
    group: str | None


class Overlaps:
    """Looks at one score after the other; `open` is what could not be decided."""

    def __init__(self, prover: Prover, spots: Spots) -> None:
        self.prover = prover
        self.spots = spots
        self.open: list[str] = []

    def of(self, key: str) -> Iterator[Diagnostic]:
        """What is to be said about the rules of a score."""
        by_event: dict[str | None, list[Pay]] = defaultdict(list)
        for pay in _pays(self.prover.scores[key]):
            by_event[pay.event].append(pay)
        for event, pays in by_event.items():
            if len(pays) > 1 and not self.prover.left():
                self.open.append(f"which rules of `{key}` pay for the same: {self.prover.why_time()}")
                return
            if len(pays) > 1:
                yield from self._among(key, event, pays)

    def _among(self, key: str, event: str | None, pays: list[Pay]) -> Iterator[Diagnostic]:
        self.prover.share(event, [pay.when for pay in pays])
        inside: dict[int, list[int]] = defaultdict(list)
        for narrow, wide in self._implied(event, pays):
            inside[wide].append(narrow)
        told: set[int] = set()
        for wide, narrows in sorted(inside.items()):
            same = [each for each in narrows if wide in inside.get(each, ()) and pays[each].when != TERM_TRUE]
            for each in same:
                if wide < each and each not in told:
                    told.add(each)
                    yield self._same(key, pays[each], pays[wide])
            others = [each for each in narrows if each not in same or pays[wide].when == TERM_TRUE]
            if others:
                yield self._beside(key, pays[wide], [pays[each] for each in others])
        yield from self._both(key, event, pays)

    def _both(self, key: str, event: str | None, pays: list[Pay]) -> Iterator[Diagnostic]:
        """Rules that ask for values of one and the same thing that overlap, neither within the other."""
        frame = self.prover.frame([pay.when for pay in pays], event)
        plain = [_literals(frame.formulas[pay.when]) for pay in pays]
        for at, one in enumerate(plain):
            for to in range(at):
                two = plain[to]
                if one is None or two is None or len(one) != 1 or one.keys() != two.keys():
                    continue
                (axis,) = one
                shared = one[axis] & two[axis]
                if shared in (0, one[axis], two[axis]) or not _is_ordered(frame, axis):
                    continue
                if (pays[at].points > 0) == (pays[to].points > 0) and not _grouped(pays[at], pays[to]):
                    total = written(points(pays[at].points + pays[to].points))
                    spans = self.spots("rule", key, pays[at].name), self.spots("rule", key, pays[to].name)
                    example = self._example(pays[at], pays[to])
                    yield errors.both_pay((pays[at].name, pays[to].name), total, example, spans)

    def _implied(self, event: str | None, pays: list[Pay]) -> Iterator[tuple[int, int]]:
        """The pairs (narrow, wide) of which the wide one pays wherever the narrow one does."""
        frame = self.prover.frame([pay.when for pay in pays], event)
        formulas = [frame.formulas[pay.when] for pay in pays]
        plain = [_literals(formula) for formula in formulas]
        seen = [frozenset(_axes(formula)) for formula in formulas]
        for wide, pay in enumerate(pays):
            for narrow, other in enumerate(pays):
                if wide == narrow or formulas[narrow] == FALSE or (formulas[wide] == TRUE and pay.when != TERM_TRUE):
                    continue
                if (pay.points > 0) != (other.points > 0) or _grouped(pay, other):
                    continue
                if pay.when == TERM_TRUE or other.when == TERM_TRUE:
                    if pay.when == other.when and narrow > wide:  # of two without a condition one is told
                        yield narrow, wide
                    continue
                one, two = plain[narrow], plain[wide]
                if one is not None and two is not None and frame.exact:
                    if _within(one, two, frame.full):
                        yield narrow, wide
                elif (not frame.exact or seen[wide] <= seen[narrow]) and self._asks(frame, other, pay, event):
                    yield narrow, wide

    def _asks(self, frame: Frame, narrow: Pay, wide: Pay, event: str | None) -> bool:
        """Whether one implies another and can hold itself, by search."""
        if self.prover.left() <= 0:
            return False
        answer = self.prover.implies([narrow.when], wide.when, event)
        if isinstance(answer, Unknown):
            self.open.append(f"whether `{wide.name}` pays wherever `{narrow.name}` does: {answer.why}")
        return isinstance(answer, Unsat) and isinstance(self.prover.decide([narrow.when], event), Sat)

    # --- findings -----------------------------------------------------------------------------------------------------

    def _example(self, one: Pay, two: Pay) -> tuple[str, ...]:
        answer = self.prover.decide([one.when, two.when], one.event)
        return _shown(self.prover, answer.witness, one.event) if isinstance(answer, Sat) else ()

    def _same(self, key: str, later: Pay, first: Pay) -> Diagnostic:
        spans = self.spots("rule", key, later.name), self.spots("rule", key, first.name)
        total = written(points(later.points + first.points))
        example = self._example(later, first)
        return errors.pay_twice((later.name, first.name), later.event, total, example, spans)

    def _beside(self, key: str, wide: Pay, narrows: list[Pay]) -> Diagnostic:
        first = narrows[0]
        total = written(points(wide.points + first.points))
        spans = tuple(self.spots("rule", key, each.name) for each in narrows)
        names = tuple(each.name for each in narrows)
        example = self._example(first, wide)
        return errors.pays_too(wide.name, names, example, total, self.spots("rule", key, wide.name), spans)


def _pays(score: Score) -> Iterator[Pay]:
    for rule in score.on:
        terms = [term for term in (rule.match.where, rule.when) if term is not None]
        if rule.points and rule.repeated is None and rule.best is None:
            yield Pay(rule.name, rule.match.on, all_of(terms), rule.points, rule.group)
    for each in score.when:
        if len(each.branches) == 1 and each.branches[0].points:
            yield Pay(each.name, None, each.branches[0].when, each.branches[0].points, each.group)


def _grouped(one: Pay, other: Pay) -> bool:
    """Whether two rules are counted and cut together."""
    return one.group is not None and one.group == other.group


def _is_ordered(frame: Frame, axis: int) -> bool:
    """Whether an axis holds numbers, dates or instants, or one of a few values: two tests of a text nearly always
    overlap."""
    key = frame.axes[axis].key
    return key[0] == "var" and frame.domain(key[1]).kind in ("number", "finite")


def _literals(formula: Formula) -> Mapping[int, int] | None:
    """The classes that are left on each axis, if that is all that a formula says."""
    if formula[0] == LIT:
        return {formula[1]: formula[2]}
    if formula[0] == ALL and all(each[0] == LIT for each in formula[1]):
        return {axis: mask for _, axis, mask in formula[1]}
    return None


def _axes(formula: Formula) -> Iterator[int]:
    if formula[0] == LIT:
        yield formula[1]
    else:
        for each in formula[1]:
            yield from _axes(each)


def _within(narrow: Mapping[int, int], wide: Mapping[int, int], full: list[int]) -> bool:
    return all(not narrow.get(axis, full[axis]) & ~mask for axis, mask in wide.items())


def _shown(prover: Prover, witness: Witness, event: str | None) -> tuple[str, ...]:
    """An example as a test would give it."""
    program = prover.program
    lead = witness.lead(program)
    lines = [given(program, Happening(BASE, None, lead))] if lead else []
    if event is not None:
        lines.append(given(program, Happening(BASE, event, witness.event(program, event))))
    return tuple(lines)
