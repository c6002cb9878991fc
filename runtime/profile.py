"""Scores as shown: profile points and activity points together, clamped; or computed from other scores.

Profile points are taken when they are wanted and kept with the lead until something they depend on changes.
"""

from __future__ import annotations

from typing import Any

from runtime.parts import ScorePlan
from runtime.terms import Shown, Value
from runtime.values import milli


def computed(value: Value) -> Shown:
    def shown(lead: Any, t: int) -> int:
        return milli(value(lead, {}, t))

    return shown


def with_profile(score: ScorePlan) -> Shown:
    at, low, high = score.at, score.low, score.high

    def shown(lead: Any, t: int) -> int:
        p = lead.p[at]
        if p is None:
            p = lead.p[at] = profile_points(score, lead, t)
        points = p + lead.a[at]
        if low is not None and points < low:
            return low
        if high is not None and points > high:
            return high
        return int(points)

    return shown


def profile_points(score: ScorePlan, lead: Any, t: int, parts: list[tuple[str, int, int | None]] | None = None) -> int:
    """P: the sum over the `when` rules whose condition holds, groups cut to what they may be.

    `parts`, if given, receives (rule, points, position of its group)."""
    assert score.profile is not None
    total, sums = 0, [0] * len(score.profile.most)
    for name, branches, group in score.profile.rules:
        for when, fixed, value in branches:
            if when(lead, {}, t):
                found = None if value is None else value(lead, {}, t)
                points = fixed if fixed is not None else 0 if found is None else milli(found)
                if group is None:
                    total += points
                else:
                    sums[group] += points
                if parts is not None and points:
                    parts.append((name, points, group))
                break
    for most, points in zip(score.profile.most, sums, strict=True):
        total += points if most is None else min(points, most)
    return total
