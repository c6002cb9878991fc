"""The steps that a score can lie on: where all that is ever given, taken or cut is a multiple of 5, it is one too.

Sums and differences of multiples are multiples, and so is whatever a limit, the range or a reset makes of them, as long
as their own numbers are. A share that is taken off, by degradation or fading, leaves any thousandth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm

from compiler.program import Program
from runtime.table import Account, Field, Score, Term

FINEST = 1
"""The smallest step, in thousandths."""


def grid_of(program: Program, key: str, known: Mapping[str, Score]) -> int:
    """The largest number of thousandths of which all that a score ever shows is a multiple."""
    score = known[key]
    if score.value is not None:
        return _milli(_step(program, score.value, None, known))
    found = 0
    for points in _points(program, key, score, known):
        found = gcd(found, points)
        if found == FINEST:
            break
    return found or 1000


def grid_of_account(program: Program, account: Account, name: str, known: Mapping[str, Score]) -> int:
    """The same for a score of accounts."""
    score = account.scores[name]
    if score.of is None:
        return 1000
    return FINEST if score.how == "average" else grid_of(program, score.of, known)


def _points(program: Program, key: str, score: Score, known: Mapping[str, Score]) -> Iterator[int]:
    """All numbers of points, in thousandths, that have a part in what a score shows."""
    if score.degrade is not None:
        yield FINEST if score.degrade.points is None else score.degrade.points
        yield score.degrade.floor or 0
    if score.ageing is not None and score.ageing.fade is not None:
        yield FINEST
    yield from (end for end in (score.low, score.high) if end is not None)
    for rule in score.on:
        yield _worth(program, rule.points, rule.value, rule.match.on, known)
        yield from (limit.points for limit in rule.limits if limit.points is not None)
    for group in score.groups.values():
        yield from (limit.points for limit in group.limits if limit.points is not None)
        yield group.most or 0
    for when in score.when:
        for branch in when.branches:
            yield _worth(program, branch.points, branch.value, None, known)
    for trigger in program.triggers:
        yield from (act[2] for act in trigger.do if act[0] in ("add", "reset") and act[1] == key)


def _worth(
    program: Program, points: int | None, value: Term | None, event: str | None, known: Mapping[str, Score]
) -> int:
    return points or 0 if value is None else _milli(_step(program, value, event, known))


def _milli(step: Fraction) -> int:
    """A step as thousandths: the finest if rounding has a say."""
    whole = step * 1000
    return abs(whole.numerator) if whole.denominator == 1 else FINEST


def _step(program: Program, term: Term, event: str | None, known: Mapping[str, Score]) -> Fraction:
    """The largest number of which a value is always a multiple; 0 if it is always 0."""
    match term:
        case ("lit", value) if not isinstance(value, bool):
            return abs(Fraction(Decimal(value)))
        case ("score", key):
            return Fraction(grid_of(program, key, known), 1000)
        case ("tally", _):
            return Fraction(1)
        case ("attr", name):
            return _of_field(program.attributes[name])
        case ("prop", name) if event is not None:
            return _of_field(program.events[event].properties[name])
        case ("+" | "-" | "min" | "max", *items):
            return _common([_step(program, item, event, known) for item in items])
        case ("*", one, other):
            return _step(program, one, event, known) * _step(program, other, event, known)
    return Fraction(FINEST, 1000_000)


def _of_field(field: Field) -> Fraction:
    """The step of what an event or a lead says; triggers may set anything."""
    return Fraction(1) if field.type == "integer" and not field.computed else Fraction(FINEST, 1000_000)


def _common(steps: list[Fraction]) -> Fraction:
    """The largest number of which all are multiples."""
    below = lcm(*[step.denominator for step in steps])
    return Fraction(gcd(*[int(step * below) for step in steps]), below)
