"""What a set of matching rules does to one score, written out.

Which rules an event matches is remembered, so what follows from it can be prepared: the rules whose points are fixed
and unlimited are one number, the others are asked in turn, the sum joins A, and A is clamped once. The closures made
here are that, without a detour for what the rules at hand do not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Apply = Callable[[Any, int, Any], None]


def clamping(low: int | None, high: int | None) -> Callable[[int], int]:
    """The clamp to a range whose ends may be open."""

    def clamp(points: int) -> int:
        if low is not None and points < low:
            return low
        if high is not None and points > high:
            return high
        return points

    return clamp


def apply_fixed(at: int, total: int, raised: bool, low: int | None, high: int | None) -> Apply:
    """For rules that are all of fixed points and unlimited."""
    clamp = clamping(low, high)

    def apply(lead: Any, t: int, data: Any) -> None:
        lead.a[at] = clamp(lead.a[at] + total)
        if raised:
            lead.raised[at] = t

    return apply


def apply_limited(
    at: int, total: int, raised: bool, gives: list[Callable[[Any, int, Any], int]], low: int | None, high: int | None
) -> Apply:
    """The same where some have limits of their own."""

    def apply(lead: Any, t: int, data: Any) -> None:
        points, up = total, raised
        for give in gives:
            given = give(lead, t, data)
            if given:
                points += given
                if given > 0:
                    up = True
        if points:
            a = lead.a
            points += a[at]
            if low is not None and points < low:
                points = low
            elif high is not None and points > high:
                points = high
            a[at] = points
        if up:
            lead.raised[at] = t

    return apply
