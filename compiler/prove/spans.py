"""How often something that is limited can happen in a stretch of time.

Windows of limits roll: what lies exactly `per` before is outside. So a stretch with both its ends holds one window more
than fits into it, and one without its end holds as many as it takes to cover it.

`Amount` is whole thousandths of points or a count; None means that there is no end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TypeAlias

from compiler.prove.histories import DAY
from runtime.table import Ageing

Amount: TypeAlias = int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """All of a lead's life (`length` None), or so many microseconds, the end among them if `closed`."""

    length: int | None = None
    closed: bool = True

    def windows(self, per: int | None) -> Amount:
        """How many windows of `per` microseconds can be filled one after the other; one if it is for life."""
        if per is None:
            return 1
        if self.length is None:
            return None
        return self.length // per + 1 if self.closed else max(-(-self.length // per), 1)


LIFE = Stretch()


def least(amounts: Iterable[Amount]) -> Amount:
    """The smallest; None if there is none or none has an end."""
    known = [each for each in amounts if each is not None]
    return min(known) if known else None


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum; None if any has no end."""
    found = 0
    for each in amounts:
        if each is None:
            return None
        found += each
    return found


def times(one: Amount, other: Amount) -> Amount:
    """The product of two that are not negative; nothing times anything is nothing."""
    if one == 0 or other == 0:
        return 0
    return None if one is None or other is None else one * other


# --- what is left of points of earlier days ---------------------------------------------------------------------------

_LONG = 4_000
_FINE = 10**40
"""Shares are rounded up to this part of 1, so that they stay short: a bound may grow by it, and never shrinks."""


def weights(ageing: Ageing, day: Amount, *, closed: bool = False) -> list[tuple[Fraction, Stretch]] | None:
    """What counts of points that age, as ``[(share, stretch), …]``: what is left of all points is at most the sum of
    each share of what was given in its stretch. None if points never end; `day` is what one day can give. With `closed`
    the instant counts at which points are about to go.

    Points of age k keep w(k), and w falls; so the sum of w(k) · given(k) is that of (w(k) - w(k + 1)) · (given in the
    last k + 1 periods), which is bounded for each stretch by itself."""
    if ageing.fade is None:
        assert ageing.expire is not None
        return [(Fraction(1), Stretch(ageing.expire * DAY, closed))]
    fade, every = Fraction(Decimal(ageing.fade)), ageing.every or 1
    if day is None and ageing.expire is None and not ageing.of_first:
        return None
    shares: list[tuple[Fraction, int]] = []
    left = Fraction(1)
    for period in range(_LONG):
        share = max(1 - period * fade, Fraction(0)) if ageing.of_first else left
        left = Fraction(ceil(left * (1 - fade) * _FINE), _FINE)
        begins = period * every
        gone = ageing.expire is not None and begins >= ageing.expire
        if gone or share == 0 or (day is not None and share * day < 1):
            break
        ends = begins + every if ageing.expire is None else min(begins + every, ageing.expire)
        shares.append((share, ends))
    else:
        return None
    following = [*[share for share, _ in shares], Fraction(0)][1:]
    return [
        (share - after, Stretch(ends * DAY, closed)) for (share, ends), after in zip(shares, following, strict=True)
    ]
