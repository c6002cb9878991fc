"""What time does to a lead, and when it next does anything.

Everything here is arithmetic on the state: a step falls on a grid that begins at the last activity or increase, points
of a day age at midnights counted from that day, a date condition turns at fixed distances from its value, a duration
ends at a fixed distance from what it is counted from. So the next instant is a minimum, and nothing is done for the
days between.

Points of a day that fade "of the first value" are kept as ``[what is left, what the day began with]``.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from runtime.lead import Lead
from runtime.plan import Plan, ScorePlan, TallyPlan
from runtime.table import Ageing
from runtime.times import DAY
from runtime.values import EXACT

_TOWARDS_ZERO = Context(prec=1_000_000, rounding=ROUND_DOWN)
_ONE = Decimal(1)

# --- steps ----------------------------------------------------------------------------------------------------------


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


def _percent_of(points: int, percent: Any) -> int:
    """A fraction of thousandths, rounded half-even to a thousandth."""
    return int(EXACT.quantize(EXACT.multiply(Decimal(points), Decimal(percent)), _ONE))


def _next_step(plan: Plan, lead: Lead, score: ScorePlan) -> int | None:
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


# --- ageing ---------------------------------------------------------------------------------------------------------


def contribute(ageing: Ageing, days: dict[int, Any], day: int, points: int) -> None:
    """Points join those of their day."""
    if ageing.of_first:
        left, first = days.get(day, (0, 0))
        days[day] = [left + points, first + points]
    else:
        days[day] = days.get(day, 0) + points
    if points == 0 and days[day] in (0, [0, 0]):
        del days[day]


def remains(ageing: Ageing, days: dict[int, Any]) -> int:
    """What is left of all days together, not clamped."""
    return sum(left for left, _ in days.values()) if ageing.of_first else sum(days.values())


def age(lead: Lead, score: ScorePlan, today: int) -> None:
    """What the midnight at which `today` begins does to the points of earlier days."""
    days, ageing = lead.contributions.get(score.at), score.ageing
    if not days or ageing is None:
        return
    for day in list(days):
        old = today - day
        if old <= 0:
            continue
        if ageing.expire is not None and old >= ageing.expire:
            del days[day]
        elif ageing.fade is not None and ageing.every is not None and old % ageing.every == 0:
            days[day] = left = _faded(ageing, days[day])
            if left == 0 or (ageing.of_first and left[0] == 0):
                del days[day]
    lead.a[score.at] = score.clamp(remains(ageing, days))


def _faded(ageing: Ageing, points: Any) -> Any:
    fade = Decimal(ageing.fade or 0)
    if not ageing.of_first:
        return _towards_zero(EXACT.multiply(Decimal(points), EXACT.subtract(_ONE, fade)))
    left, first = points
    rest = _towards_zero(EXACT.subtract(Decimal(left), EXACT.multiply(Decimal(first), fade)))
    return [rest if (rest > 0) == (first > 0) else 0, first]


def _towards_zero(points: Decimal) -> int:
    return int(_TOWARDS_ZERO.quantize(points, _ONE))


def _next_ageing(lead: Lead, score: ScorePlan, today: int) -> int | None:
    """The day at whose beginning points of an earlier day next fade or expire; `today` is the last that has begun."""
    days, ageing = lead.contributions.get(score.at), score.ageing
    if not days or ageing is None:
        return None
    found: int | None = None
    for day in days:
        ends = None if ageing.expire is None else day + ageing.expire
        if ageing.every is not None:
            fades = day + (max(today - day, 0) // ageing.every + 1) * ageing.every
            ends = fades if ends is None else min(ends, fades)
        if ends is not None and (found is None or ends < found):
            found = ends
    return found


# --- tallies, turns, durations --------------------------------------------------------------------------------------


def fall(lead: Lead, tally: TallyPlan, today: int) -> int:
    """Let the days fall out of a tally that are too old when `today` begins; by how many it fell."""
    days = lead.tally_days.get(tally.at)
    if not days or tally.days is None:
        return 0
    edge = today - tally.days
    fallen = sum(days.pop(day) for day in [day for day in days if day <= edge])
    lead.tallies[tally.at] -= fallen
    return fallen


def _turns(plan: Plan, lead: Lead) -> list[int]:
    """The instants at which the date conditions of the model turn for this lead."""
    found: list[int] = []
    for name, kind, duration in plan.turns:
        value = lead.attrs.get(name)
        if value is not None:
            if kind == "last":
                found += (value, value + duration)
            elif kind == "next":
                found += (value - duration, value)
            else:
                found.append(value + duration)
    return found


def _ends(plan: Plan, lead: Lead) -> list[int]:
    """The instants at which the durations that triggers wait for are reached, as things stand."""
    found = []
    for wait in plan.waits:
        since: int | None
        if wait[0] == "idle":
            since = lead.active
        elif wait[0] == "quiet":
            since = lead.raised[wait[1]] if lead.raised[wait[1]] is not None else lead.first
        else:
            since = lead.entered[wait[1]] if lead.stage == wait[1] else None
        if since is not None:
            found.append(since + wait[-1])
    return found


def turned(plan: Plan, lead: Lead, t: int) -> bool:
    return bool(plan.turns) and t in _turns(plan, lead)


def reached(plan: Plan, lead: Lead, t: int) -> bool:
    return bool(plan.waits) and t in _ends(plan, lead)


# --- what is next ---------------------------------------------------------------------------------------------------


def _soon(plan: Plan, lead: Lead) -> int | None:
    """The next instant of everything but midnights."""
    done = lead.done
    found: int | None = None
    for score in plan.degrading:
        due = _next_step(plan, lead, score)
        if due is not None and (found is None or due < found):
            found = due
    for due in _turns(plan, lead) + _ends(plan, lead):
        if due > done and (found is None or due < found):
            found = due
    return found


def next_instant(plan: Plan, lead: Lead) -> int | None:
    """The first instant after `lead.done` at which time does something to the lead; None if there is none."""
    found = _soon(plan, lead)
    today = lead.done // DAY
    days = [_next_ageing(lead, score, today) for score in plan.ageing]
    days += [
        min(lead.tally_days[tally.at]) + tally.days
        for tally in plan.falling
        if lead.tally_days.get(tally.at) and tally.days is not None
    ]
    for day in days:
        if day is not None and (found is None or day * DAY < found):
            found = day * DAY
    return found


def bound(plan: Plan, lead: Lead) -> int | None:
    """An instant that `next_instant` is not before, found faster: any midnight may bring something."""
    found = _soon(plan, lead)
    if any(lead.contributions.values()) or any(lead.tally_days.values()):
        midnight = (lead.done // DAY + 1) * DAY
        if found is None or midnight < found:
            return midnight
    return found
