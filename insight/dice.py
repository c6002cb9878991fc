"""Random choices that come out the same on every Python.

Of `random.Random` only `random()` is promised to give the same numbers for a seed in every version, so everything is
built on that, with sums and products only: those round alike on every machine, logarithms need not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Dice:
    """Choices from one seed; the same calls in the same order give the same results."""

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random  # noqa: S311 - made-up histories, no secrets

    def below(self, size: int) -> int:
        """A whole number from 0 to `size` - 1, all alike; 0 where `size` is less than 1."""
        return min(int(self._next() * size), size - 1) if size > 1 else 0

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, part: float) -> bool:
        """True in `part` of all cases."""
        return self._next() < part

    def pick(self, items: Sequence[_T]) -> _T:
        """One of the items, which must not be empty."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[_T, float]]) -> _T:
        """One of the items by weight; at least one weight is above 0."""
        mark = self._next() * sum(weight for _, weight in items)
        for item, weight in items:
            mark -= weight
            if mark < 0:
                return item
        return max(items, key=lambda each: each[1])[0]

    def skewed(self, mean: int) -> int:
        """A whole number from 0 to three times `mean`, small ones often, `mean` on average."""
        part = self._next()
        return int(3 * mean * part * part)
