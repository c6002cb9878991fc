"""Profile points that hold a lead above the floor or the line for good.

Time takes activity points only, so a score never falls below what its `when` rules give. A lead that gets the most is
looked for by trying, attribute by attribute, the values that conditions speak of; what is found is a witness, so a
warning is never wrong, but one may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from compiler import spell
from compiler.errors import ageing as errors
from compiler.exact import milli, written
from compiler.program import Program
from compiler.terms import parts
from compiler.warnings.facts import Checked, ScoreFacts, WhenFact, pts
from compiler.warnings.standing import MISSING, holds, number_of
from dsl import syntax
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span
from runtime.table import Branch, Score, Term

_TRIED = 4_000
"""Conditions that are judged for one attribute, at most."""


def held_for_good(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each score that ages, has a line or a written floor, and rules of both sorts."""
    for score in model.scores:
        if not score.ages or not score.on or not score.when:
            continue
        line = _line(score)
        if line is None or _bound(score) < line:
            continue
        lead = _richest(model.program, score)
        total = _profile(model.program, score, lead)
        if total >= line:
            yield _finding(model, score, lead, total)


def _line(score: ScoreFacts) -> int | None:
    """The least profile points to warn of: those above a floor that was chosen, or that reach the line."""
    degrade, node = score.body.degrade, score.members.get(syntax.Degrade)
    lines = [] if score.body.ready is None else [score.body.ready]
    floor = degrade.floor if isinstance(node, syntax.Degrade) and node.floor is not None and degrade else None
    if floor is not None and floor > max(score.body.low or 0, 0):
        lines.append(floor + 1)
    return min(lines, default=None)


def _bound(score: ScoreFacts) -> float:
    """More than the rules can give."""
    most = 0.0
    for fact in score.when:
        given = [0.0 if branch.points is None else branch.points for branch in fact.rule.branches]
        most += float("inf") if any(branch.points is None for branch in fact.rule.branches) else max(0.0, *given)
    return most


# --- the lead that gets the most ------------------------------------------------------------------------------------


def _richest(program: Program, score: ScoreFacts) -> dict[Term, Any]:
    """Values of attributes and tallies that give many profile points."""
    by_field: dict[Term, list[WhenFact]] = {}
    for fact in score.when:
        for field in {part for term in _terms(fact) for part in parts(term) if _may_stand(program, part)}:
            by_field.setdefault(field, []).append(fact)
    lead: dict[Term, Any] = {}
    for _ in range(2):
        for field in sorted(by_field):
            facts = by_field[field]
            best, most = lead.get(field, MISSING), _given(program, facts, lead)
            for value in _candidates(program, field, facts):
                gain = _given(program, facts, {**lead, field: value})
                if gain > most:
                    best, most = value, gain
            if best is not MISSING:
                lead[field] = best
    return lead


def _terms(fact: WhenFact) -> Iterator[Term]:
    for branch in fact.rule.branches:
        yield branch.when
        if branch.value is not None:
            yield branch.value


def _may_stand(program: Program, term: Term) -> bool:
    """Whether it is an attribute that comes from outside, or a tally that never falls."""
    match term:
        case ("attr", name):
            return not program.attributes[name].computed
        case ("tally", name):
            return program.tallies[name].days is None
        case _:
            return False


def _candidates(program: Program, field: Term, facts: list[WhenFact]) -> list[Any]:
    """Values that the conditions of the rules tell apart, at first those that they name."""
    found: dict[Any, None] = {}
    for fact in facts:
        for term in _terms(fact):
            for part in parts(term):
                if len(part) == 3 and field in (part[1], part[1][1:] and part[1][1], part[2]):
                    found.update(dict.fromkeys(_named(program, part)))
    kept = list(found)[: max(4, _TRIED // max(len(facts), 1) // 2)]
    return [each for each in [*kept, *_usual(program, field)] if _is_allowed(program, field, each)]


def _named(program: Program, term: Term) -> list[Any]:
    """The literals of a comparison, numbers with those next to them."""
    found: list[Any] = []
    for side in term[1:]:
        if type(side) is not tuple:
            continue
        if side[0] == "lit":
            found.append(side[1])
        elif side[0] == "list":
            found += [each for each in side[1:] if type(each) is not tuple]
        elif side[0] == "set":
            found += program.sets[side[1]][:5]
    near = [each + step for each in found if isinstance(each, int | Decimal) for step in (1, -1) if each is not True]
    return [*found, *near]


def _usual(program: Program, field: Term) -> list[Any]:
    if field[0] == "tally":
        return [1, 1_000_000]
    known = program.attributes[field[1]]
    if known.type == "boolean":
        return [True, False]
    if known.type in ("text", "account", "one of"):
        return list(known.options) or ["x"]
    return [each for each in (known.high, known.low) if each is not None]


def _is_allowed(program: Program, field: Term, value: Any) -> bool:
    if field[0] == "tally":
        return isinstance(value, int) and value >= 0
    known = program.attributes[field[1]]
    match known.type:
        case "boolean":
            return isinstance(value, bool)
        case "one of":
            return value in known.options
        case "text" | "account":
            return isinstance(value, str)
        case "integer" | "number" | "percent":
            if isinstance(value, bool | str) or (known.type == "integer" and value != int(value)):
                return False
            return (known.low is None or value >= known.low) and (known.high is None or value <= known.high)
        case _:
            return False


# --- what it gets ---------------------------------------------------------------------------------------------------


def _taken(program: Program, fact: WhenFact, lead: dict[Term, Any]) -> tuple[int, int]:
    """The branch that counts, from 0, and its points; -1 and 0 if none does."""
    for at, branch in enumerate(fact.rule.branches):
        if holds(program, branch.when, lead):
            return at, _points(branch, lead)
    return -1, 0


def _points(branch: Branch, lead: dict[Term, Any]) -> int:
    if branch.points is not None:
        return branch.points
    assert branch.value is not None
    found = number_of(branch.value, lead)
    return 0 if found is MISSING else milli(found)


def _given(program: Program, facts: list[WhenFact], lead: dict[Term, Any]) -> int:
    return sum(_taken(program, fact, lead)[1] for fact in facts)


def _profile(program: Program, score: ScoreFacts, lead: dict[Term, Any]) -> int:
    """The profile points of a lead, groups cut, the score clamped."""
    by_group: dict[str | None, int] = {}
    for fact in score.when:
        by_group[fact.rule.group] = by_group.get(fact.rule.group, 0) + _taken(program, fact, lead)[1]
    total = 0
    for name, given in by_group.items():
        most = None if name is None else score.body.groups[name].most
        total += given if most is None else min(given, most)
    return _clamped(score.body, total)


def _clamped(body: Score, total: int) -> int:
    total = total if body.low is None else max(total, body.low)
    return total if body.high is None else min(total, body.high)


# --- the finding ----------------------------------------------------------------------------------------------------


def _finding(model: Checked, score: ScoreFacts, lead: dict[Term, Any], total: int) -> Diagnostic:
    needed: dict[Term, Any] = {}
    places: list[tuple[Span, str]] = []
    for fact in score.when:
        at, given = _taken(model.program, fact, lead)
        if given > 0:
            places.append((fact.node.branches[at].points.span, f"gives {pts(given)}"))
            for term in _terms(fact):
                needed |= {part: lead[part] for part in parts(term) if part in lead}
    ready = score.body.ready
    reaches = ready is not None and total >= ready
    floor = (score.body.degrade.floor if score.body.degrade else None) or 0
    if reaches:
        line, span = f"where the line is {pts(ready or 0)}", score.place(syntax.ReadyAt)
    else:
        line, span = f"above the floor of {pts(floor)}", score.place(syntax.Degrade)
    ageing = next(score.place(kind) for kind in (syntax.Degrade, syntax.Fade, syntax.Expire) if kind in score.members)
    below = (ready or 0) - 1000 if reaches else floor
    witness = _witness(model.program, needed)
    return errors.held_for_good(score.name, pts(total), witness, line, pts(below), span, ageing, tuple(places))


def _witness(program: Program, lead: dict[Term, Any]) -> str:
    """The lead as a test would give it, and its tallies."""
    given = [f"{each[1]}: {_shown(program, each, lead[each])}" for each in sorted(lead) if each[0] == "attr"]
    counted = [f"`{each[1]}` at {lead[each]}" for each in sorted(lead) if each[0] == "tally"]
    return " and ".join([*([f"`{'  '.join(given)}`"] if given else []), *counted])


def _shown(program: Program, field: Term, value: Any) -> str:
    if field[0] == "attr" and program.attributes[field[1]].type == "percent":
        return written(value * 100) + "%"
    return spell.literal(value)
