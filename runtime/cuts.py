"""Why a rule gave fewer points than it says: asked of the same limits that cut the firing, before they count it."""

from __future__ import annotations

from typing import Any

from runtime.entry import Cut
from runtime.lead import Lead
from runtime.limits import Limits
from runtime.parts import RulePlan


def cuts_of(rule: RulePlan, lead: Lead, t: int, data: Any, wanted: int) -> tuple[Cut, ...]:
    """What cuts the points of a firing that is not counted yet, in the order in which the fold asks."""
    found: list[Cut] = []
    points = wanted
    if rule.best is not None:
        points = max(points - rule.best.given(lead, data), 0)
        if points != wanted:
            found.append(Cut(points))
    if points:
        points = _limited(rule.limits, None, lead, t, data, points, found)
    if points > 0 and rule.group is not None:
        _limited(rule.group, rule.group_name, lead, t, data, points, found)
    return tuple(found)


def _limited(
    limits: Limits, group: str | None, lead: Lead, t: int, data: Any, points: int, found: list[Cut]
) -> int:  # fmt: skip
    for times in limits.times:
        if not times.allows(lead, t, data):
            found.append(Cut(0, times, group))
            return 0
    for limit in limits.points:
        left = limit.left(lead, t)
        if abs(points) > left:
            points = left if points > 0 else -left
            found.append(Cut(points, limit, group))
    return points
