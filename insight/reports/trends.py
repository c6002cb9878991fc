"""Changes told apart from noise, by two tests that suit counts.

Short-term: two counts of neighbouring periods are compared as Poisson counts are, by the exact conditional test: given
their sum, the later one is binomial with the share that its period has of both lengths. Long-term: the Mann-Kendall
test asks of all complete periods whether later ones tend to be higher, whatever the shape of the course; Theil-Sen
gives the slope, the median of all slopes between two periods. Seasons are not taken out.

Many assets are asked at once, so some would stand out by chance alone: p-values are held against 5% by Benjamini and
Hochberg, which keeps the share of false alarms among those that are reported at one in twenty.
"""

from __future__ import annotations

from collections.abc import Sequence

ALPHA = 0.05
FEWEST = 5
"""Periods that a trend needs: with fewer, not even a steady rise is out of the ordinary."""


def change_p(before: int, after: int, length_before: float, length_after: float) -> float | None:
    """How likely two counts at least so different are if nothing changed; None if there is nothing to compare."""
    if before + after == 0 or length_before <= 0 or length_after <= 0:
        return None
    from scipy.stats import binomtest

    return float(binomtest(after, before + after, length_after / (length_before + length_after)).pvalue)


def trend(values: Sequence[float]) -> tuple[float, float] | None:
    """The slope per period (Theil-Sen) and how likely such an order is by chance (Mann-Kendall); None for too few."""
    if len(values) < FEWEST:
        return None
    if len(set(values)) == 1:
        return 0.0, 1.0
    from scipy.stats import kendalltau, theilslopes

    places = range(len(values))
    return float(theilslopes(values, places)[0]), float(kendalltau(places, values).pvalue)


def standing_out(chances: Sequence[float | None], alpha: float = ALPHA) -> list[bool]:
    """Which of many p-values stand out from noise, by Benjamini and Hochberg."""
    known = sorted((p, at) for at, p in enumerate(chances) if p is not None)
    last = 0
    for rank, (p, _) in enumerate(known, 1):
        if p <= alpha * rank / len(known):
            last = rank
    found = [False] * len(chances)
    for _, at in known[:last]:
        found[at] = True
    return found


def verdict(p: float | None, stands_out: bool, by: float) -> str:
    """`up`, `down`, `noise`, or nothing where nothing can be said."""
    if p is None:
        return ""
    return ("up" if by > 0 else "down") if stands_out and by else "noise"
