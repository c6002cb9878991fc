"""The few statistics that reports share, each by scipy or numpy.

Rates come with a Wilson interval, spans with quartiles. Spans that have not ended yet are not thrown away where a
median would be too short without them: the Kaplan-Meier estimate takes them as lasting at least as long as they have.
"""

from __future__ import annotations

from collections.abc import Sequence

LEVEL = 0.8
"""The share of cases that an interval is meant to hold."""


def quartiles(values: Sequence[int]) -> tuple[int | None, int | None, int | None]:
    """The lower quartile, median and upper quartile, interpolated linearly and rounded; None of nothing."""
    if not values:
        return None, None, None
    import numpy as np

    low, middle, high = np.quantile(np.asarray(values, dtype=float), [0.25, 0.5, 0.75])
    return round(low), round(middle), round(high)


def survival_median(ended: Sequence[int], going_on: Sequence[int]) -> int | None:
    """The span that half of all reach, where some have not ended yet (Kaplan-Meier); None if fewer than half ended
    within what was seen."""
    if not ended:
        return None
    import numpy as np
    from scipy.stats import CensoredData, ecdf

    found = ecdf(CensoredData(uncensored=list(ended), right=list(going_on)))
    below = np.nonzero(found.sf.probabilities <= 0.5 + 1e-12)[0]
    return round(float(found.sf.quantiles[below[0]])) if len(below) else None


def wilson(hits: int, of: int, level: float = LEVEL) -> tuple[float | None, float | None]:
    """The Wilson interval of a share; None of nothing."""
    if not of:
        return None, None
    from scipy.stats import binomtest

    found = binomtest(hits, of).proportion_ci(level, "wilson")
    return float(found.low), float(found.high)


def share(part: int, of: int) -> float | None:
    """A fraction; None of nothing."""
    return part / of if of else None
