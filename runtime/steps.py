"""Degradation: steps on a grid of instants, and how to take many of them at once.

A single step is what the language says: S drops by points or by a percentage, to no less than the floor, and A pays for
it. A lead that is silent for years takes many of them. Steps by points are an arithmetic series; steps by a percentage
are one too for as long as the percentage rounds to the same thousandths. So a run of steps is taken in as many moves as
there are different drops, not as there are steps (`glide`). It stops short of every value at which anybody could
notice: the floor, the profile points below which A has no more to give, and the thresholds that triggers compare the
score with.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from runtime.lead import Lead
from runtime.parts import ScorePlan
from runtime.plan import Plan


def _first_step(lead: Lead, score: ScorePlan) -> int | None:
    """The instant at which the steps of a degrading score begin; None while there are none."""
    degrade = score.degrade
    assert degrade is not None
    if degrade.without is None:
        return None if lead.first_active is None else lead.first_active + degrade.every
    since = lead.active if degrade.without == "activity" else lead.raised[score.at]
    return None if since is None else since + degrade.after


def on_step(lead: Lead, score: ScorePlan, t: int) -> bool:
    """Whether a step of the score falls on t."""
    first = _first_step(lead, score)
    assert score.degrade is not None
    return first is not None and t >= first and (t - first) % score.degrade.every == 0


def step(plan: Plan, lead: Lead, score: ScorePlan, t: int) -> None:
    """Take one step: S drops to no less than the floor, and A pays for it; A never rises and never falls below 0."""
    degrade, a = score.degrade, lead.a[score.at]
    assert degrade is not None
    shown = plan.shown[score.at](lead, t)
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


def next_step(plan: Plan, lead: Lead, score: ScorePlan) -> int | None:
    """The next step at which the score may drop, as things stand."""
    if lead.a[score.at] <= 0:
        return None
    first = _first_step(lead, score)
    if first is None:
        return None
    degrade, done = score.degrade, lead.done
    assert degrade is not None
    floor = degrade.floor if degrade.floor is not None else score.low
    if floor is not None:
        if score.dated:
            lead.p[score.at] = None
        if plan.shown[score.at](lead, done + 1) <= floor:
            return None
    if first > done:
        return first
    return first + ((done - first) // degrade.every + 1) * degrade.every


# --- many steps at once ---------------------------------------------------------------------------------------------


def glide(plan: Plan, lead: Lead, until: int) -> int | None:
    """Take all steps up to and including `until` that nobody would notice, beyond that they were taken.

    To be called right after a look at which no trigger fired, when nothing but steps happens up to `until`. Returns the
    instant of the last step taken; None if there was none."""
    runs = []
    for score in plan.degrading:
        due = next_step(plan, lead, score)
        if due is None:
            continue
        count, left = _unnoticed(plan, lead, score, (until - due) // _every(score) + 1)
        runs.append((score, due, count, left))
        until = min(until, due + count * _every(score) - 1)
    last: int | None = None
    for score, due, count, left in runs:
        taken = (until - due) // _every(score) + 1
        if taken <= 0:
            continue
        if taken < count:
            left = _unnoticed(plan, lead, score, taken)[1]
        lead.a[score.at] = left - _profile(lead, score)
        end = due + (taken - 1) * _every(score)
        last = end if last is None or end > last else last
    return last


def _every(score: ScorePlan) -> int:
    assert score.degrade is not None
    return score.degrade.every


def _profile(lead: Lead, score: ScorePlan) -> int:
    return lead.p[score.at] or 0 if score.profile is not None else 0


def _unnoticed(plan: Plan, lead: Lead, score: ScorePlan, most: int) -> tuple[int, int]:
    """How many steps, up to `most`, the score can take before reaching a value that matters, and what it then shows."""
    degrade = score.degrade
    assert degrade is not None
    if score.dated:
        lead.p[score.at] = None
    shown = plan.shown[score.at](lead, lead.done + 1)
    profile = _profile(lead, score)
    floor = degrade.floor if degrade.floor is not None else score.low
    lines = plan.lines[score.at]
    if lines is None or profile + lead.a[score.at] != shown or shown in lines:
        return 0, shown
    line = max([value for value in (*lines, profile, floor) if value is not None and value < shown])
    taken = 0
    while taken < most:
        if degrade.points is not None:
            drop, same = degrade.points, most
        else:
            drop = max(_percent_of(shown, degrade.percent), 1)
            same = _same_drop(shown, drop, degrade.percent)
        steps = min(most - taken, same, -((line - shown) // drop) - 1)
        if steps <= 0:
            break
        taken += steps
        shown -= steps * drop
    return taken, shown


def _same_drop(shown: int, drop: int, percent: Any) -> int:
    """For how many steps in a row, the next included, the percentage rounds to the same drop; at least 1."""
    part, whole = _ratio(percent)
    least = (2 * drop - 1) * whole // (2 * part) if drop > 1 else 0
    while max(_percent_of(least, percent), 1) < drop:
        least += 1
    return (shown - least) // drop + 1
