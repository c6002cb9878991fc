"""Intervals of scores, in whole thousandths, and what follows from them for computed scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from compiler.prove.spans import Amount
from runtime.table import Term


@dataclass(frozen=True, slots=True)
class Interval:
    """Thousandths; None is an open end."""

    low: Amount
    high: Amount

    def holds(self, points: int) -> bool:
        return (self.low is None or self.low <= points) and (self.high is None or points <= self.high)


_End: TypeAlias = Fraction | None
_Ends: TypeAlias = tuple[_End, _End]


def computed(value: Term, known: Mapping[str, Interval]) -> Interval | None:
    """What a computed score can show, in terms of the scores that it is computed from; None if one is not known yet."""
    ends = _ends(value, known)
    return None if ends is None else Interval(_rounded(ends[0]), _rounded(ends[1]))


def _rounded(points: _End) -> Amount:
    """Points as thousandths, rounded half-even, as a computed score is."""
    return None if points is None else round(points * 1000)


def _ends(term: Term, known: Mapping[str, Interval]) -> _Ends | None:
    match term:
        case ("lit", value):
            exact = Fraction(Decimal(value))
            return exact, exact
        case ("score", key):
            interval = known.get(key)
            if interval is None:
                return None
            return _points(interval.low), _points(interval.high)
        case ("round", inner):
            return _ends(inner, known)
        case ("+" | "-" | "*" | "min" | "max" as operator, *items):
            found = []
            for item in items:
                ends = _ends(item, known)
                if ends is None:
                    return None
                found.append(ends)
            return _JOIN[operator](found)
    return None, None


def _points(thousandths: Amount) -> _End:
    return None if thousandths is None else Fraction(thousandths, 1000)


def _sum(items: list[_Ends]) -> _Ends:
    lows, highs = [low for low, _ in items], [high for _, high in items]
    return (
        None if None in lows else sum((each for each in lows if each is not None), Fraction(0)),
        None if None in highs else sum((each for each in highs if each is not None), Fraction(0)),
    )


def _difference(items: list[_Ends]) -> _Ends:
    (low, high), (other_low, other_high) = items
    return (
        None if low is None or other_high is None else low - other_high,
        None if high is None or other_low is None else high - other_low,
    )


def _product(items: list[_Ends]) -> _Ends:
    one, other = items
    if (Fraction(0), Fraction(0)) in items:
        return Fraction(0), Fraction(0)
    if None in one or None in other:
        return _open_product(one, other)
    found = [a * b for a, b in product(one, other) if a is not None and b is not None]
    return min(found), max(found)


def _open_product(one: _Ends, other: _Ends) -> _Ends:
    """The product where an end is open: known where one factor is fixed, or both keep one sign."""
    for (low, high), (least, most) in ((one, other), (other, one)):
        if low is not None and low == high:
            ends = [None if end is None else end * low for end in ((least, most) if low > 0 else (most, least))]
            return ends[0], ends[1]
    if not (_sign(one) and _sign(other)):
        return None, None
    signs = _sign(one) * _sign(other)
    near = _near(one) * _near(other) * signs
    far = [abs(a) if a is not None else None for a in (_far(one), _far(other))]
    end = None if far[0] is None or far[1] is None else far[0] * far[1] * signs
    return (near, end) if signs > 0 else (end, near)


def _sign(ends: _Ends) -> int:
    if ends[0] is not None and ends[0] >= 0:
        return 1
    return -1 if ends[1] is not None and ends[1] <= 0 else 0


def _near(ends: _Ends) -> Fraction:
    """The least size of an interval of one sign."""
    end = ends[0] if _sign(ends) > 0 else ends[1]
    assert end is not None
    return abs(end)


def _far(ends: _Ends) -> _End:
    return ends[1] if _sign(ends) > 0 else ends[0]


def _least(items: list[_Ends]) -> _Ends:
    lows, highs = [low for low, _ in items], [high for _, high in items if high is not None]
    low = None if None in lows else min(each for each in lows if each is not None)
    return low, min(highs) if highs else None


def _greatest(items: list[_Ends]) -> _Ends:
    lows, highs = [low for low, _ in items if low is not None], [high for _, high in items]
    high = None if None in highs else max(each for each in highs if each is not None)
    return max(lows) if lows else None, high


_JOIN = {"+": _sum, "-": _difference, "*": _product, "min": _least, "max": _greatest}
