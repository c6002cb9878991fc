"""Exact arithmetic on the numbers of a rule file.

Numbers are `int` when integral by value, else `decimal.Decimal`; sums and products are never rounded. Points become
integers in thousandths by one half-even rounding, `milli`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from typing import TypeAlias

Exact: TypeAlias = int | Decimal

MAX_DIGITS = 1_000
"""The checker lets no constant pass that has more digits than this before or after the point."""

_CONTEXT = Context(prec=200_000, traps=[Inexact])


def is_writable(value: Exact) -> bool:
    """Whether a number has at most `MAX_DIGITS` digits before the point and as many after it."""
    _, digits, exponent = Decimal(value).as_tuple()
    assert isinstance(exponent, int)
    return len(digits) + exponent <= MAX_DIGITS and -exponent <= MAX_DIGITS


def number(value: Exact) -> Exact:
    """The same number as `int` if it is whole, else as a Decimal without trailing zeros."""
    if isinstance(value, int):
        return value
    if value == value.to_integral_value():
        return int(value)
    return value.normalize(_CONTEXT)


def combine(operator: str, left: Exact, right: Exact) -> Exact:
    """``left operator right`` for an operator of ``+ - *``, exactly."""
    one, two = Decimal(left), Decimal(right)
    if operator == "+":
        return number(_CONTEXT.add(one, two))
    if operator == "-":
        return number(_CONTEXT.subtract(one, two))
    return number(_CONTEXT.multiply(one, two))


def milli(value: Exact) -> int:
    """A number of points in thousandths, rounded half-even."""
    return int(_CONTEXT.multiply(Decimal(value), Decimal(1000)).to_integral_value(ROUND_HALF_EVEN))


def points(thousandths: int) -> Exact:
    """The number of points that so many thousandths are."""
    return number(Decimal(thousandths).scaleb(-3))


def meant_percent(value: Exact) -> str:
    """The percent that was probably meant by a number: 0.8 and 80 both by 80%."""
    return written(combine("*", value, 100) if 0 < value < 1 else value) + "%"


def amount(thousandths: int) -> str:
    """Points as a person reads them and a rule file has them: ``96``, ``2.5``."""
    return written(points(thousandths))


def written(value: Exact) -> str:
    """The number as a person writes it: no exponent, no trailing zeros."""
    return format(Decimal(number(value)), "f")
