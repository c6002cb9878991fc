"""Degradation: steps on a grid of instants, and how to take many of them at once.

A single step is what the language says: S drops by points or by a percentage, to no less than the floor, and A pays for
it. A lead that is silent for years takes many of them. Steps by points are an arithmetic series; steps by a percentage
are one too for as long as the percentage rounds to the same thousandths. So a run of steps is taken in as many moves as
there are different drops, not as there are steps (`glide`). It stops short of every value at which anybody could
notice: the floor, the profile points below which A has no more to give, and the thresholds that triggers compare the
score with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from runtime.lead import Lead
from runtime.parts import ScorePlan
from runtime.terms import Shown
from runtime.written import NEVER


def on_step(lead: Lead, score: ScorePlan, t: int) -> bool:
    """Whether a step of the score falls on t."""
    degrade = score.degrade
    assert degrade is not None
    if degrade.without is None:
        since, wait = lead.first_active, degrade.every
    else:
        since, wait = lead.active if degrade.without == "activity" else lead.raised[score.at], degrade.after
    if since is None:
        return False
    past = t - since - wait
    return past >= 0 and past % degrade.every == 0


def step(lead: Lead, score: ScorePlan, show: Shown, t: int) -> None:
    """Take one step of a score that is shown by `show`: S drops to no less than the floor, and A pays for it; A never
    rises and never falls below 0."""
    degrade, a = score.degrade, lead.a[score.at]
    assert degrade is not None
    shown = show(lead, t)
    floor = degrade.floor if degrade.floor is not None else score.low
    if a <= 0 or (floor is not None and shown <= floor):
        return
    drop = degrade.points if degrade.points is not None else max(_percent_of(shown, degrade.percent), 1)
    left = shown - drop if floor is None else max(shown - drop, floor)
    profile = lead.p[score.at] or 0 if score.profile is not None else 0
    lead.a[score.at] = min(a, max(left - profile, 0))


@cache
def _ratio(percent: Decimal | int) -> tuple[int, int]:
    return Decimal(percent).as_integer_ratio()


def _percent_of(points: int, percent: Any) -> int:
    """A fraction of thousandths, rounded half-even to a thousandth."""
    part, whole = _ratio(percent)
    found, rest = divmod(points * part, whole)
    return found + (2 * rest > whole or (2 * rest == whole and found % 2 == 1))


# --- many steps at once ---------------------------------------------------------------------------------------------

Descent: TypeAlias = Callable[[Lead, int], tuple[int, int]]
"""``(lead, most) -> `` how many steps, up to `most`, the score can take before it reaches a value that matters, and
what it then shows."""


def glide(steps: list[tuple[ScorePlan, Callable[[Lead, int], int]]], lead: Lead, until: int) -> tuple[int | None, int]:
    """Take all steps up to and including `until` that nobody would notice, beyond that they were taken.

    `steps` are the scores that take any, with what tells the next one. To be called right after a look at which no
    trigger fired, when nothing but steps happens up to `until`. Returns the instant of the last step taken, None if
    there was none; and an instant before which no step is left."""
    done, upto, coming = lead.done, until, NEVER
    runs = []
    for score, step_after in steps:
        due = step_after(lead, done)
        if due > upto:
            if due < coming:
                coming = due
            continue
        every = score.degrade.every  # type: ignore[union-attr]  # it takes steps, so it degrades
        most = (upto - due) // every + 1
        count, left = score.descent(lead, most)
        if count < most:
            upto = due + count * every - 1
        runs.append((score, due, every, count, left))
    last: int | None = None
    for score, due, every, count, left in runs:
        taken = (upto - due) // every + 1 if len(runs) > 1 else count
        if taken > 0:
            if taken < count:
                left = score.descent(lead, taken)[1]
            lead.a[score.at] = left if score.profile is None else left - (lead.p[score.at] or 0)
            due += taken * every
            if last is None or due - every > last:
                last = due - every
        if due < coming:
            coming = due
    return last, coming


def descent_of(score: ScorePlan, show: Shown, lines: tuple[int, ...] | None) -> Descent:
    """The descent of a degrading score, which triggers compare with `lines` (None: look at otherwise). It ends above
    the floor, above the profile points (below them A has no more to give), and above every value that a trigger
    compares the score with."""
    degrade, at = score.degrade, score.at
    assert degrade is not None
    floor = degrade.floor if degrade.floor is not None else score.low
    points, percent, dated = degrade.points, degrade.percent, score.dated
    if lines is None:
        return lambda lead, most: (0, 0)
    part, whole = (0, 1) if percent is None else _ratio(percent)

    def descend(lead: Lead, most: int) -> tuple[int, int]:
        if dated:
            lead.p[at] = None
        shown = show(lead, lead.done + 1)
        profile = lead.p[at] or 0
        if profile + lead.a[at] != shown:
            return 0, shown
        place = bisect_left(lines, shown)
        line = profile if floor is None or floor < profile else floor
        if place < len(lines) and lines[place] == shown:
            return 0, shown
        if place and lines[place - 1] > line:
            line = lines[place - 1]
        taken = 0
        while taken < most:
            if points is not None:
                drop, run = points, most - taken
            else:
                drop, rest = divmod(shown * part, whole)
                if 2 * rest > whole or (2 * rest == whole and drop % 2 == 1):
                    drop += 1
                if drop < 1:
                    drop = 1
                run = 1 if most - taken < _FEW else min(most - taken, _same_drop(shown, drop, percent))
            if shown - run * drop <= line:
                run = -((line - shown) // drop) - 1
                if run <= 0:
                    break
            taken += run
            shown -= run * drop
        return taken, shown

    return descend


_ALL = 1 << 62
_FEW = 4
"""For fewer steps than this it is not worth while to find out how many have the same drop."""


def _same_drop(shown: int, drop: int, percent: Any) -> int:
    """For how many steps in a row, the next included, the percentage rounds to the same drop; at least 1. Of a score
    below 0 it is the least drop, for ever."""
    if shown <= 0:
        return _ALL
    part, whole = _ratio(percent)
    least = (2 * drop - 1) * whole // (2 * part) if drop > 1 else 0
    while max(_percent_of(least, percent), 1) < drop:
        least += 1
    return (shown - least) // drop + 1
