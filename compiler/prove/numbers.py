"""Plain values for examples: of all numbers in some intervals, one that a person would have taken."""

from __future__ import annotations

from collections.abc import Sequence

from compiler.prove.answer import Var
from compiler.prove.axes import Axis, Span
from compiler.prove.domain import Domain
from compiler.prove.written import BASE, DAY


def spans_of(axis: Axis, mask: int) -> list[Span]:
    """The intervals that classes of a numeric axis make up; neighbours are one interval."""
    found: list[Span] = []
    for at in range(int(axis.optional), axis.size):
        if mask >> at & 1:
            low, high = axis.spans[at]
            if found and found[-1][1] is not None and low == found[-1][1] + 1:
                low = found.pop()[0]
            found.append((low, high))
    return found


def near(spans: Sequence[Span], domain: Domain, var: Var) -> tuple[int, Span]:
    """A plain count of steps within one of the intervals, and that interval; there is at least one."""
    start = 0
    if domain.step == DAY:
        start = BASE // DAY
    elif var == ("time",) or (domain.high is not None and var[0] in ("prop", "attr") and domain.low == 0):
        start = BASE
    elif var[0] in ("idle", "quiet", "since"):
        start = DAY
    found = [(_within(span, start, domain), span) for span in spans]
    return min(found, key=lambda each: (abs(each[0] - start), each[0]))


def _within(span: Span, start: int, domain: Domain) -> int:
    low, high = span
    if (low is None or low <= start) and (high is None or start <= high):
        return start
    if low is not None and low > start:
        return _up(low, high, domain)
    assert high is not None
    return -_up(-high, None if low is None else -low, domain)


def _up(low: int, high: int | None, domain: Domain) -> int:
    """The plainest count from `low` on: a whole number if there is one, else one with few digits."""
    unit = domain.step.denominator
    while unit > 1:
        found = -(-low // unit) * unit
        if high is None or found <= high:
            return found
        unit //= 10
    return low
