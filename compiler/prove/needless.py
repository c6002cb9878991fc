"""Conditions that can never hold, that always hold, and parts of conditions that decide nothing.

A part of an `and` decides nothing if taking it for true changes nothing, a part of an `or` if taking it for false does
not. Parts are looked at from the last to the first, and one that decides nothing stays out while the others are looked
at, so of two that say the same one is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.errors import deciding as errors
from compiler.prove.answer import Answer, Sat, Unknown, Unsat
from compiler.prove.asked import Asked, Conditions, junctions
from compiler.prove.prover import Prover
from compiler.terms import FALSE, TRUE
from dsl import syntax
from dsl.diagnostics import Diagnostic
from runtime.table import Term


class Needless:
    """Looks at one condition after the other; `open` is what could not be decided."""

    def __init__(self, conditions: Conditions, prover: Prover) -> None:
        self.conditions = conditions
        self.prover = prover
        self.open: list[tuple[Asked, str]] = []

    def of(self, asked: Asked) -> Iterator[Diagnostic]:
        """What is to be said about a condition."""
        if isinstance(asked.node, syntax.Flag):
            return
        if not self.prover.left():
            self.open.append((asked, self.prover.why_time()))
            return
        there, holds = self._context(asked), self.conditions.terms(asked, asked.part)
        variants = self._variants(asked)
        self._share(asked, there, [*holds, *[term for each in variants.values() for term in each]])
        reached = self._sums_up([self._decide(asked, each) for each in there])
        if reached == "never" and asked.before:
            yield errors.never_reached(asked.of[-1], asked.node.span, asked.before[-1].node.span, taken=False)
        if reached == "never":
            return
        can = self._sums_up([self._decide(asked, [*each, own]) for each, own in zip(there, holds, strict=True)])
        if can not in ("never", "ever"):
            self.open.append((asked, can))
        if can == "never" and asked.before and self._sums_up([self._decide(asked, [own]) for own in holds]) != "never":
            taker = self._taker(asked, there, holds)
            yield errors.never_reached(asked.of[-1], asked.node.span, taker.span, taken=True)
            return
        if can == "never":
            yield errors.never_holds(asked.of, asked.kind, asked.node.span, self._core(asked, there))
            return
        if not asked.before:
            fails = [self._decide(asked, [*each, ("not", own)]) for each, own in zip(there, holds, strict=True)]
            if self._sums_up(fails) == "never":
                yield errors.always_holds(asked.of, asked.kind, asked.node.span)
                return
        yield from self._parts(asked, there, holds, variants)

    def _context(self, asked: Asked) -> list[list[Term]]:
        """What holds where the condition is asked, for each member."""
        beside = [self.conditions.terms(asked, part) for part in asked.beside]
        before = [self.conditions.terms(asked, part) for part in asked.before]
        return [
            [*[each[at] for each in beside], *[("not", each[at]) for each in before]]
            for at in range(len(asked.values) if asked.values is not None else 1)
        ]

    def _share(self, asked: Asked, there: list[list[Term]], holds: list[Term]) -> None:
        """One frame for all that is asked about the condition as it stands."""
        terms = [term for each in there for term in each] + holds + [("not", own) for own in holds]
        self.prover.share(asked.event, terms)

    def _decide(self, asked: Asked, terms: list[Term]) -> Answer:
        return self.prover.decide(terms, asked.event) if terms else Sat(self.prover.nothing)

    @staticmethod
    def _sums_up(answers: list[Answer]) -> str:
        """ "never" if all are no, else "ever", or why that is not known."""
        if all(isinstance(answer, Unsat) for answer in answers):
            return "never"
        whys = [answer.why for answer in answers if isinstance(answer, Unknown)]
        return whys[0] if whys and not any(isinstance(answer, Sat) for answer in answers) else "ever"

    def _taker(self, asked: Asked, there: list[list[Term]], holds: list[Term]) -> syntax.Expr:
        """The first branch that alone takes all of this one, or else the one before it."""
        beside = len(asked.beside)
        for at, part in enumerate(asked.before):
            terms = [[each[beside + at], own] for each, own in zip(there, holds, strict=True)]
            if self._sums_up([self._decide(asked, each) for each in terms]) == "never":
                return part.node
        return asked.before[-1].node

    # --- parts --------------------------------------------------------------------------------------------------------

    def _variants(self, asked: Asked) -> dict[int, list[Term]]:
        """The terms of the condition without each part of it, by the identity of the part."""
        found: dict[int, list[Term]] = {}
        for junction, _ in junctions(asked.node, {}):
            neutral = TRUE if isinstance(junction, syntax.And) else FALSE
            for item in junction.items:
                if not isinstance(item, syntax.Presence | syntax.Flag):
                    found[id(item)] = self.conditions.terms(asked, asked.part, {id(item): neutral})
        return found

    def _parts(
        self, asked: Asked, there: list[list[Term]], holds: list[Term], variants: Mapping[int, list[Term]]
    ) -> Iterator[Diagnostic]:
        out: dict[int, Term] = {}
        for junction, positive in junctions(asked.node, out):
            both = isinstance(junction, syntax.And)
            for item in reversed(junction.items):
                if isinstance(item, syntax.Presence | syntax.Flag):
                    continue
                swapped = {**out, id(item): TRUE if both else FALSE}
                without = self.conditions.terms(asked, asked.part, swapped) if out else variants[id(item)]
                now = self.conditions.terms(asked, asked.part, out) if out else holds
                more, less = (without, now) if both is positive else (now, without)
                terms = [[*each, one, ("not", two)] for each, one, two in zip(there, more, less, strict=True)]
                if self._sums_up([self._decide(asked, each) for each in terms]) == "never":
                    out[id(item)] = swapped[id(item)]
                    yield errors.decides_nothing(asked.of, both, item.span, junction.span)

    def _core(self, asked: Asked, there: list[list[Term]]) -> tuple[syntax.Span, ...]:
        """The parts of an `and` that can't hold together: the others are taken out one by one."""
        if not isinstance(asked.node, syntax.And):
            return ()
        out: dict[int, Term] = {}
        for item in asked.node.items:
            trial = {**out, id(item): TRUE}
            terms = self.conditions.terms(asked, asked.part, trial)
            answers = [self._decide(asked, [*each, own]) for each, own in zip(there, terms, strict=True)]
            if self._sums_up(answers) == "never":
                out = trial
        left = [item.span for item in asked.node.items if id(item) not in out]
        return tuple(left) if len(left) < len(asked.node.items) or len(left) == 2 else ()
