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
from runtime.steps import next_step
from runtime.table import Ageing
from runtime.times import DAY
from runtime.values import EXACT

_TOWARDS_ZERO = Context(prec=1_000_000, rounding=ROUND_DOWN)
_ONE = Decimal(1)

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


def _turn_or_end(plan: Plan, lead: Lead) -> int | None:
    """The next instant at which a date condition turns or a duration is reached."""
    done = lead.done
    found: int | None = None
    for due in _turns(plan, lead) + _ends(plan, lead):
        if due > done and (found is None or due < found):
            found = due
    return found


def _soon(plan: Plan, lead: Lead) -> int | None:
    """The next instant of everything but midnights."""
    found = _turn_or_end(plan, lead) if plan.turns or plan.waits else None
    for score in plan.degrading:
        due = next_step(plan, lead, score)
        if due is not None and (found is None or due < found):
            found = due
    return found


def _midnight(plan: Plan, lead: Lead) -> int | None:
    """The next midnight that changes a tally or the points of a day."""
    found: int | None = None
    today = lead.done // DAY
    days = [_next_ageing(lead, score, today) for score in plan.ageing]
    for tally in plan.falling:
        kept = lead.tally_days.get(tally.at)
        if kept and tally.days is not None:
            days.append(min(kept) + tally.days)
    for day in days:
        if day is not None and (found is None or day * DAY < found):
            found = day * DAY
    return found


def next_instant(plan: Plan, lead: Lead) -> int | None:
    """The first instant after `lead.done` at which time does something to the lead; None if there is none."""
    soon = _soon(plan, lead)
    return _earlier(soon, _midnight(plan, lead)) if plan.midnights else soon


def next_but_steps(plan: Plan, lead: Lead) -> int | None:
    """The same, of everything but steps."""
    soon = _turn_or_end(plan, lead)
    return _earlier(soon, _midnight(plan, lead)) if plan.midnights else soon


def _earlier(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def bound(plan: Plan, lead: Lead) -> int | None:
    """An instant that `next_instant` is not before, found faster: any midnight may bring something."""
    found = _soon(plan, lead)
    if plan.midnights and (any(lead.contributions.values()) or any(lead.tally_days.values())):
        return _earlier(found, (lead.done // DAY + 1) * DAY)
    return found
