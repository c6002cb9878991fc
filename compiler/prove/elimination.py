"""Systems of linear inequalities between integers, by elimination.

A variable is removed by pairing each upper bound on it with each lower one (Fourier and Motzkin); what is left when all
are gone is true or false. If it is false there is no solution in rational numbers, so none in integers. If not,
values are chosen backwards, each an integer between its bounds; where none fits that says nothing, and another method
may be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

Row: TypeAlias = tuple[Mapping[Any, int], int]
"""Factors by variable, and what their sum is at most."""
MOST = 4_000
"""More inequalities than this are not kept."""


class Stuck(Exception):
    """Not decided; the text says why, for people."""


def solve(rows: Sequence[Row], near: Mapping[Any, int]) -> dict[Any, int] | None:
    """Integers that satisfy all rows, each as near as its bounds let it to what `near` says (else to 0); None if there
    are none. Raises Stuck."""
    given: list[Row] = [({var: factor for var, factor in factors.items() if factor}, most) for factors, most in rows]
    order: list[tuple[Any, list[Row]]] = []
    while True:
        if any(not factors and most < 0 for factors, most in given):
            return None
        given = [row for row in given if row[0]]
        if not given:
            break
        var = _next(given)
        order.append((var, [row for row in given if var in row[0]]))
        given = _without(var, given)
        if len(given) > MOST:
            raise Stuck("the conditions compare too many numbers with each other")
    return _chosen(order, near)


def _next(given: list[Row]) -> Any:
    """The variable to remove next: one without factors if there is one, since nothing is lost with it in integers; of
    those the one that makes the fewest new rows."""
    counts: dict[Any, tuple[int, int, int]] = {}
    for factors, _ in given:
        for var, factor in factors.items():
            most, up, down = counts.get(var, (0, 0, 0))
            counts[var] = (max(most, abs(factor)), up + (factor > 0), down + (factor < 0))

    def cost(var: Any) -> tuple[int, int, str]:
        most, up, down = counts[var]
        return most, up * down - up - down, repr(var)

    return min(counts, key=cost)


def _without(var: Any, given: list[Row]) -> list[Row]:
    uppers = [row for row in given if row[0].get(var, 0) > 0]
    lowers = [row for row in given if row[0].get(var, 0) < 0]
    found: dict[tuple[tuple[Any, int], ...], tuple[Mapping[Any, int], int]] = {}

    def keep(factors: Mapping[Any, int], most: int) -> None:
        key = tuple(sorted(factors.items(), key=repr))
        if key not in found or found[key][1] > most:
            found[key] = (factors, most)

    for factors, most in given:
        if var not in factors:
            keep(factors, most)
    for high, most in uppers:
        for low, least in lowers:
            by, of = -low[var], high[var]
            both = {each: by * high.get(each, 0) + of * low.get(each, 0) for each in {**high, **low}}
            keep({each: factor for each, factor in both.items() if factor}, by * most + of * least)
    return list(found.values())


def _chosen(order: list[tuple[Any, list[Row]]], near: Mapping[Any, int]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for var, rows in reversed(order):
        low: int | None = None
        high: int | None = None
        for factors, most in rows:
            for free in factors.keys() - found.keys() - {var}:
                found[free] = near.get(free, 0)  # its last bounds went with what was removed before it
            rest = Fraction(most - sum(factor * found[each] for each, factor in factors.items() if each != var))
            end = rest / factors[var]
            if factors[var] > 0:
                high = end.__floor__() if high is None else min(high, end.__floor__())
            else:
                low = end.__ceil__() if low is None else max(low, end.__ceil__())
        if low is not None and high is not None and low > high:
            raise Stuck("no whole numbers of steps were found between the bounds")
        value = near.get(var, 0)
        value = value if low is None else max(value, low)
        found[var] = value if high is None else min(value, high)
    return found
