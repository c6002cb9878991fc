"""Conditions to ask the prover about, and values to try them on: drawn from the random models."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from compiler.compile import compile_text
from compiler.program import Program
from compiler.prove.answer import Var, Witness
from compiler.prove.domain import Domains
from compiler.prove.lower import variables_of
from compiler.prove.settle import settled
from compiler.prove.written import BASE, DAY
from compiler.terms import parts
from runtime.table import Term
from tests.models import Maker

WORDS = ["", "a", "x", "A", "/p/x", "/p/y", "cto", "the CTO", "caf\u00e9", "Stra\u00dfe", "STRASSE", "x y", "-cto-"]
PIECES = ["a", "x", " ", "-", "cto", "/p", "\u00df", "S", "e", "1"]


@dataclass(frozen=True)
class Question:
    """Conditions that might hold together at an event of the type (None: at none)."""

    terms: tuple[Term, ...]
    event: str | None


def program_of(seed: int) -> Program:
    """The settled program of a random model."""
    compilation = compile_text(Maker(seed).model())
    assert compilation.program is not None, [each.message for each in compilation.diagnostics]
    return settled(compilation.program)


def conditions(program: Program) -> dict[str | None, list[Term]]:
    """All conditions of a program by the type of event at which they are asked."""
    found: dict[str | None, list[Term]] = {None: []}
    for each in program.scores:
        for rule in each.body.on:
            found.setdefault(rule.match.on, []).extend(t for t in (rule.match.where, rule.when) if t is not None)
        found[None] += [branch.when for rule in each.body.when for branch in rule.branches]
    for trigger in program.triggers:
        if trigger.match is not None and trigger.match.where is not None:
            found.setdefault(trigger.match.on, []).append(trigger.match.where)
        if trigger.when is not None:
            found[None].append(trigger.when)
    found[None] += [each.where for each in program.segments.values() if each.where is not None]
    return found


def questions(program: Program, seed: int) -> Iterator[Question]:
    """Each condition, its opposite, and conditions side by side."""
    draw = random.Random(seed)
    for event, terms in conditions(program).items():
        for term in terms:
            yield Question((term,), event)
            yield Question((("not", term),), event)
        for _ in range(len(terms)):
            some = draw.sample(terms, min(len(terms), draw.choice([2, 2, 3])))
            yield Question(tuple(term if draw.random() < 0.6 else ("not", term) for term in some), event)


def variables(terms: tuple[Term, ...]) -> set[Var]:
    """All that conditions look at."""
    found: set[Var] = set()
    for term in terms:
        for part in parts(term):
            if part[0] in ("prop", "attr", "tally", "score"):
                found.add(part)
            elif part[0] in ("stage", "stagefor"):
                found |= {("stage",), ("since",)}
            elif part[0] == "tag":
                found.add(part)
            elif part[0] == "idle":
                found.add(("idle",))
            elif part[0] == "quiet":
                found.add(("quiet", part[1]))
    return found


class Values:
    """Draws values that the conditions might turn on: their literals, and what lies beside them."""

    def __init__(self, program: Program, question: Question, seed: int) -> None:
        self.draw = random.Random(seed)
        self.event = question.event
        self.domains = Domains(program)
        self.program = program
        self.mine = sorted(variables(question.terms) | self.computed_from(question.terms))
        self.numbers: list[Any] = [0, 1, -1, 100]
        self.moments = [BASE, BASE // DAY * DAY]
        self.texts = list(WORDS)
        for term in question.terms:
            for part in parts(term):
                self.learn(part)

    def computed_from(self, terms: tuple[Term, ...]) -> set[Var]:
        """The scores that computed scores in the conditions are made of."""
        values = {each.name: each.body.value for each in self.program.scores if each.body.value is not None}
        found = {var for var in variables(terms) if var[0] == "score" and var[1] in values}
        return {var for each in found for var in variables_of(values[each[1]])}

    def learn(self, part: Term) -> None:
        literals: tuple[Any, ...] = ()
        if part[0] == "lit":
            literals = part[1:]
        elif part[0] in ("list", "set"):
            literals = self.program.sets[part[1]] if part[0] == "set" else part[1:]
        for each in literals:
            if isinstance(each, str):
                self.texts += [each, each.upper(), each[:-1], each + "x", "-" + each]
            elif isinstance(each, bool):
                continue
            elif abs(each) > 10**12:
                self.moments += [each, each - 1, each + 1, each + DAY, each - DAY]
            else:
                self.numbers += [each, each + 1, each - 1, each + Decimal("0.001"), each - Decimal("0.5")]
        if part[0] in ("last", "next", "ago"):
            self.moments += [BASE + sign * part[2] + near for sign in (1, -1) for near in (-1, 0, 1)]
        if part[0] in ("idle", "quiet", "stagefor"):
            self.moments += [part[-1], part[-1] - 1]

    def one(self) -> Mapping[Var, Any]:
        """Values for all variables; numbers are cut to what their variable can be."""
        found: dict[Var, Any] = {("time",): self.draw.choice([BASE, BASE + 1, *self.moments])}
        for var in self.mine:
            found[var] = self.of(var)
        return found

    def of(self, var: Var) -> Any:
        domain = self.domains.of(var, self.event)
        if domain.optional and self.draw.random() < 0.15:
            return None
        if domain.kind == "finite":
            return self.draw.choice(domain.values)
        if domain.kind == "text":
            return self.text()
        if domain.kind == "texts":
            return tuple(self.text() for _ in range(self.draw.randrange(3)))
        wide = domain.high is not None and domain.high - (domain.low or 0) > 10**12 and domain.low == 0
        pool = self.moments if domain.step == DAY or wide else self.numbers
        count = int(self.draw.choice(pool) / Decimal(domain.step.numerator) * domain.step.denominator)
        count = count if domain.low is None else max(count, domain.low)
        count = count if domain.high is None else min(count, domain.high)
        return domain.exact(count)

    def text(self) -> str:
        if self.draw.random() < 0.7:
            return str(self.draw.choice(self.texts))
        return "".join(self.draw.choice(PIECES) for _ in range(self.draw.randrange(4)))


def holding(question: Question, program: Program, judge: Any, seed: int, tries: int) -> Mapping[Var, Any] | None:
    """Values of which all conditions of the question hold, found by trying; None if none came up."""
    values = Values(program, question, seed)
    for _ in range(tries):
        given = values.one()
        if judge(question.terms, Witness(given), question.event):
            return given
    return None
