"""A lead's state carried over from one table to another, by name: what a new table makes of points given under an old.

Folding anew under the new table is what is exact, and needs all events. Where points that were given are to stand, or
events have expired into a checkpoint, the state itself goes on under the new table. What has a name in both goes over;
what only the old one knows is dropped, what only the new one knows begins empty:

- When the lead was first seen, active and looked at; its tags: as they are.
- An attribute keeps its value if the new one takes it: texts among each other, numbers among each other, within the
  range or the options; else it is missing until an event says it again.
- Activity points go to the score of the same key, clamped to its range. Contributions by day go over if both age (those
  too old for the new table are gone at once); into a score that ages now, all of A goes as one contribution of the day
  of the release. The last increase goes along. Profile points are not state: the new rules give them at once.
- A tally keeps its count, one over days the days that both still know. Between one that falls and one that does not
  nothing goes over.
- Of a rule of the same score, name and event, a group or a trigger of the same name, limits keep what they have used if
  they count the same: both times or both points, both ever or both in a window, each by the same property. A window
  knows at most what the old window held. What was used beyond a lower limit counts as the limit. Likewise `repeated`
  and `best`.
- The stage stands if the new table has it, else the lead enters the first stage at the release. When stages were
  entered, and what triggers of the same name fired, goes along.
- A `when` trigger of the same name that held still holds: it fires when its condition turns true. A new one was false.

So a function of the state, the two tables and the instant alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeAlias

from runtime import clock
from runtime.lead import Lead
from runtime.limits import Best, Limits, Points, Repeated, Times
from runtime.parts import RulePlan, ScorePlan
from runtime.plan import Plan
from runtime.table import Field
from runtime.times import DAY
from runtime.written import NEVER

Counter: TypeAlias = Times | Points | Repeated | Best
Owner: TypeAlias = tuple[str, ...]
"""What counts something: ("rule", score, name, event), ("group", score, name) or ("trigger", name)."""
_TEXTS, _NUMBERS = frozenset({"text", "one of", "account"}), frozenset({"number", "integer"})


def carry(old: Plan, new: Plan, lead: Lead, t: int) -> Lead:
    """The lead as the table of `new` goes on with it from the instant `t`; `lead`, which `old` has brought up to before
    `t`, stays as it is. No look is taken."""
    carried = Lead(lead.id, len(new.scores), len(new.tallies))
    carried.key, carried.looked = lead.key, lead.looked
    carried.first, carried.first_active, carried.active = lead.first, lead.first_active, lead.active
    carried.done = max(lead.done, t - 1)
    carried.tags = set(lead.tags)
    if lead.first is None:
        return carried
    _attributes(old, new, lead, carried)
    _scores(old, new, lead, carried, t)
    _tallies(old, new, lead, carried, t)
    _counters(old, new, lead, carried, t)
    _stages(new, lead, carried, t)
    _triggers(old, new, lead, carried)
    due_again(new, carried)
    return carried


def due_again(plan: Plan, lead: Lead) -> None:
    """Find out anew when time next does anything to the lead."""
    due = NEVER if plan.timeless else clock.bound(plan, lead)
    lead.due = due if due < NEVER else None


# --- attributes and stages ------------------------------------------------------------------------------------------


def _attributes(old: Plan, new: Plan, lead: Lead, carried: Lead) -> None:
    before = old.table.attributes
    for name, value in lead.attrs.items():
        field = new.table.attributes.get(name)
        if field is not None and name in before and _takes(field, before[name], value):
            carried.attrs[name] = value
    if new.account is None:
        return
    if new.account == old.account:
        carried.named = list(lead.named)
    elif new.account in carried.attrs:
        carried.named = [carried.attrs[new.account]]


def _takes(field: Field, before: Field, value: Any) -> bool:
    """Whether an attribute takes a value that it had as `before`."""
    kinds = {field.type, before.type}
    if len(kinds) > 1 and not kinds <= _TEXTS and not kinds <= _NUMBERS:
        return False
    if field.options and value not in field.options:
        return False
    if field.type == "integer" and isinstance(value, Decimal):
        return False
    if field.low is not None and value < field.low:
        return False
    return field.high is None or value <= field.high


def _stages(new: Plan, lead: Lead, carried: Lead, t: int) -> None:
    stages = new.table.stages
    known = {*stages.path, *stages.beside}
    carried.entered = {stage: since for stage, since in lead.entered.items() if stage in known}
    if lead.stage in known:
        carried.stage = lead.stage
    elif stages.path:
        carried.stage = stages.path[0]
        carried.entered[carried.stage] = t


def _triggers(old: Plan, new: Plan, lead: Lead, carried: Lead) -> None:
    places = {trigger.name: trigger for trigger in new.triggers}
    for trigger in old.triggers:
        if trigger.bit & lead.held and trigger.name in places:
            carried.held |= places[trigger.name].bit
    names = [trigger.name for trigger in old.triggers]
    carried.fired = [(places[names[at]].at, since) for at, since in lead.fired if names[at] in places]


# --- points ---------------------------------------------------------------------------------------------------------


def _scores(old: Plan, new: Plan, lead: Lead, carried: Lead, t: int) -> None:
    before = {score.key: score for score in old.scores if old.table.scores[score.key].value is None}
    for score in new.scores:
        source = before.get(score.key)
        if source is None or new.table.scores[score.key].value is not None:
            continue
        carried.raised[score.at] = lead.raised[source.at]
        if score.ageing is None:
            carried.a[score.at] = score.clamp(lead.a[source.at])
        else:
            carried.contributions[score.at] = days = _contributions(source, score, lead, t)
            carried.a[score.at] = score.clamp(clock.remains(score.ageing, days))


def _contributions(source: ScorePlan, score: ScorePlan, lead: Lead, t: int) -> dict[int, Any]:
    """The points by day of a score that ages now."""
    ageing = score.ageing
    assert ageing is not None
    days: dict[int, Any] = {}
    if source.ageing is None:
        clock.contribute(ageing, days, t // DAY, lead.a[source.at])
        return days
    today = (t - 1) // DAY
    for day, points in lead.contributions.get(source.at, {}).items():
        if ageing.expire is None or today - day < ageing.expire:
            left, first = points if source.ageing.of_first else (points, points)
            days[day] = [left, first] if ageing.of_first else left
    return days


def _tallies(old: Plan, new: Plan, lead: Lead, carried: Lead, t: int) -> None:
    before = {tally.name: tally for tally in old.tallies}
    today = (t - 1) // DAY
    for tally in new.tallies:
        source = before.get(tally.name)
        if source is None or (source.days is None) is not (tally.days is None):
            continue
        if tally.days is None:
            carried.tallies[tally.at] = lead.tallies[source.at]
            continue
        kept = lead.tally_days.get(source.at, {})
        days = {day: count for day, count in kept.items() if day > today - tally.days}
        if days:
            carried.tally_days[tally.at] = days
            carried.tallies[tally.at] = sum(days.values())


# --- what limits have used ------------------------------------------------------------------------------------------


def _counters(old: Plan, new: Plan, lead: Lead, carried: Lead, t: int) -> None:
    before = dict(_owned(old))
    for owner, counters in _owned(new):
        left = list(before.get(owner, ()))
        for counter in counters:
            alike = [each for each in left if _alike(each, counter)]
            if not alike:
                continue
            source = min(alike, key=lambda each: _window(each) != _window(counter))
            left.remove(source)
            used = lead.caps.get(source.at)
            if used is not None:
                carried.caps[counter.at] = _used(source, counter, used, t)


def _owned(plan: Plan) -> Iterable[tuple[Owner, list[Counter]]]:
    """All that counts anything in a plan, by what it belongs to; of one sort the shorter windows first."""
    groups: dict[Owner, Limits] = {}
    for event, kind in plan.events.items():
        for _, payload in kind.matches:
            if not isinstance(payload, RulePlan):
                continue
            key = plan.keys[payload.score]
            more: list[Counter] = [each for each in (payload.repeated, payload.best) if each is not None]
            yield ("rule", key, payload.name, event), _ordered(payload.limits) + more
            if payload.group is not None and payload.group_name is not None:
                groups["group", key, payload.group_name] = payload.group
    for owner, limits in groups.items():
        yield owner, _ordered(limits)
    for trigger in plan.triggers:
        yield ("trigger", trigger.name), _ordered(trigger.limits)


def _ordered(limits: Limits) -> list[Counter]:
    return [
        *sorted(limits.times, key=lambda each: each.per or 0),
        *sorted(limits.points, key=lambda each: each.per or 0),
    ]


def _window(counter: Counter) -> int | None:
    return counter.per if isinstance(counter, Times | Points) else None


def _alike(old: Counter, new: Counter) -> bool:
    """Whether two counters of one rule count the same."""
    match old, new:
        case Times(), Times():
            same = (old.each, old.folded) == (new.each, new.folded)
            return same and (old.per is None) is (new.per is None)
        case Points(), Points():
            return (old.per is None) is (new.per is None)
        case Best(), Best():
            return (old.each, old.folded) == (new.each, new.folded)
        case Repeated(), Repeated():
            return True
    return False


def _used(old: Counter, new: Counter, used: Any, t: int) -> Any:
    """What the old counter has used, as the new one keeps it."""
    match old, new:
        case Times(), Times() if new.per is not None and old.per is not None:
            edge = t - min(old.per, new.per)
            if new.each is not None:
                return {value: _since(times, edge) for value, times in used.items()}
            return _since(used, edge)
        case Points(), Points() if new.per is not None and old.per is not None:
            return _cut(used, t - min(old.per, new.per), new.most)
        case Points(), Points():
            return min(used, new.most)
        case Repeated(), Repeated():
            return _since(used, t - min(old.within, new.within))
    return dict(used) if isinstance(used, dict) else used


def _since(times: list[int], edge: int) -> list[int]:
    return [time for time in times if time > edge]


def _cut(used: list[int], edge: int, most: int) -> list[int]:
    """The firings of a points window after `edge`, in their order cut to what the limit would have left of them."""
    kept = [0]
    for at in range(1, len(used), 2):
        points = min(used[at + 1], most - kept[0]) if used[at] > edge else 0
        if points > 0:
            kept[0] += points
            kept += (used[at], points)
    return kept
