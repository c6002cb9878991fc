"""What time does to a lead, and when it next does anything.

Everything here is arithmetic on the state: points of a day age at midnights counted from that day, a date condition
turns at fixed distances from its value, a duration ends at a fixed distance from what it is counted from (and a step,
in `runtime.steps`, falls on a grid). So the next instant is a minimum, and nothing is done for the days between.

Points of a day that fade "of the first value" are kept as ``[what is left, what the day began with]``.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from runtime.lead import Lead
from runtime.parts import ScorePlan, TallyPlan
from runtime.plan import Plan
from runtime.table import Ageing
from runtime.times import DAY
from runtime.values import EXACT
from runtime.written import NEVER

_TOWARDS_ZERO = Context(prec=1_000_000, rounding=ROUND_DOWN)
_ONE = Decimal(1)
_FAR = 1 << 40

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


# --- tallies ---------------------------------------------------------------------------------------------------------


def fall(lead: Lead, tally: TallyPlan, today: int) -> int:
    """Let the days fall out of a tally that are too old when `today` begins; by how many it fell."""
    days = lead.tally_days.get(tally.at)
    if not days or tally.days is None:
        return 0
    edge = today - tally.days
    fallen = sum(days.pop(day) for day in [day for day in days if day <= edge])
    lead.tallies[tally.at] -= fallen
    return fallen


# --- what is next ---------------------------------------------------------------------------------------------------


def midnight(plan: Plan, lead: Lead) -> int:
    """The next midnight that changes a tally or the points of a day; or NEVER."""
    today = lead.done // DAY
    found = _FAR
    for score in plan.ageing:
        day = _next_ageing(lead, score, today)
        if day is not None and day < found:
            found = day
    for tally in plan.falling:
        kept = lead.tally_days.get(tally.at)
        if kept and tally.days is not None:
            found = min(found, min(kept) + tally.days)
    return found * DAY if found < _FAR else NEVER


def but_steps(plan: Plan, lead: Lead) -> int:
    """The first instant after `lead.done` at which time does anything to the lead but let a score take a step; or
    NEVER."""
    found = plan.other(lead, lead.done)
    return min(found, midnight(plan, lead)) if plan.midnights else found


def bound(plan: Plan, lead: Lead) -> int:
    """An instant before which time does nothing to the lead, found fast: any midnight may bring something; or NEVER."""
    done = lead.done
    found = plan.other(lead, done)
    for _, step in plan.steps:
        due = step(lead, done)
        if due < found:
            found = due
    if plan.midnights and (any(lead.contributions.values()) or any(lead.tally_days.values())):
        return min(found, (done // DAY + 1) * DAY)
    return found
