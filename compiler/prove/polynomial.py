"""Numeric comparisons as bounds on integer polynomials.

Each variable is an integer count of steps of its domain, so every comparison becomes ``p <= n`` for a polynomial `p`
with integer coefficients and no common factor: ``p < n`` is ``p <= n - 1``, and ``=`` is both ``<=`` and ``>=``. Two
comparisons of the same things become bounds on the very same polynomial, whatever they looked like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

from compiler.prove.answer import Var
from runtime.table import Term

Mono: TypeAlias = tuple[Var, ...]
"""A product of variables, sorted; the empty one is 1."""
Poly: TypeAlias = tuple[tuple[Mono, int], ...]
"""Monomials with their factors, sorted; the first factor is positive and there is no constant part."""


@dataclass(frozen=True, slots=True)
class Bound:
    """``low <= poly <= high``; either end may be open. Of an empty `poly` only `low` and `high` count: both hold 0 if
    the comparison is true."""

    poly: Poly
    low: int | None
    high: int | None


def polynomial(term: Term, step: Callable[[Var], Fraction]) -> dict[Mono, Fraction]:
    """The polynomial of an arithmetic term without ``min``, ``max`` and ``round``, over counts of steps."""
    match term:
        case ("lit", known):
            return {(): Fraction(known)} if known else {}
        case ("+", left, right):
            return _added(polynomial(left, step), polynomial(right, step), 1)
        case ("-", left, right):
            return _added(polynomial(left, step), polynomial(right, step), -1)
        case ("*", left, right):
            return _product(polynomial(left, step), polynomial(right, step))
    return {(term,): step(term)}


def _added(one: Mapping[Mono, Fraction], two: Mapping[Mono, Fraction], sign: int) -> dict[Mono, Fraction]:
    found = dict(one)
    for mono, factor in two.items():
        found[mono] = found.get(mono, Fraction(0)) + sign * factor
    return {mono: factor for mono, factor in found.items() if factor}


def _product(one: Mapping[Mono, Fraction], two: Mapping[Mono, Fraction]) -> dict[Mono, Fraction]:
    found: dict[Mono, Fraction] = {}
    for mono, factor in one.items():
        for other, by in two.items():
            both = tuple(sorted(mono + other))
            found[both] = found.get(both, Fraction(0)) + factor * by
    return {mono: factor for mono, factor in found.items() if factor}


def bound(op: str, difference: Mapping[Mono, Fraction]) -> Bound:
    """``difference op 0`` for one of ``= < <= > >=``."""
    rest = sorted((mono, factor) for mono, factor in difference.items() if mono)
    constant = difference.get((), Fraction(0))
    if not rest:
        return _known(op, constant)
    scale = Fraction(lcm(*[factor.denominator for _, factor in rest]))
    scale /= gcd(*[int(factor * scale) for _, factor in rest])
    if rest[0][1] < 0:
        scale = -scale
        op = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
    poly = tuple((mono, int(factor * scale)) for mono, factor in rest)
    line = -constant * scale  # poly op line
    down, up = line.__floor__(), line.__ceil__()
    match op:
        case "<":
            return Bound(poly, None, up - 1)
        case "<=":
            return Bound(poly, None, down)
        case ">":
            return Bound(poly, down + 1, None)
        case ">=":
            return Bound(poly, up, None)
    return Bound(poly, up, down)


def _known(op: str, constant: Fraction) -> Bound:
    truth = {"=": constant == 0, "<": constant < 0, "<=": constant <= 0, ">": constant > 0, ">=": constant >= 0}[op]
    return Bound((), 0, 0) if truth else Bound((), 1, 0)


def variables(poly: Poly) -> set[Var]:
    """The variables of a polynomial."""
    return {var for mono, _ in poly for var in mono}


def plain(poly: Poly) -> Var | None:
    """The variable that the polynomial is a bare count of, if it is one."""
    if len(poly) == 1 and len(poly[0][0]) == 1 and poly[0][1] == 1:
        return poly[0][0][0]
    return None


def worth(poly: Poly, given: Mapping[Var, int]) -> int:
    """The polynomial for given counts of steps."""
    total = 0
    for mono, factor in poly:
        for var in mono:
            factor *= given[var]
        total += factor
    return total


def first_extreme(term: Any) -> Term | None:
    """The first ``min`` or ``max`` in an arithmetic term that has none within."""
    if type(term) is not tuple or term[0] not in ("+", "-", "*", "min", "max"):
        return None
    for part in term[1:]:
        inner = first_extreme(part)
        if inner is not None:
            return inner
    return term if term[0] in ("min", "max") else None


def replaced(term: Any, old: Term, new: Term) -> Any:
    """The arithmetic term with `new` for `old`."""
    if term == old:
        return new
    if type(term) is not tuple or term[0] not in ("+", "-", "*", "min", "max"):
        return term
    return (term[0], *[replaced(part, old, new) for part in term[1:]])
