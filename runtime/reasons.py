"""Why an entry stands in a lead's ledger, in words: one short function for each kind of entry."""

from __future__ import annotations

from typing import Any, assert_never

from runtime import wording
from runtime.entry import (
    Aged,
    Capped,
    Computed,
    Cut,
    Did,
    Entry,
    Fell,
    Fired,
    Happened,
    Held,
    Profile,
    Stepped,
    Triggered,
    Waited,
)
from runtime.limits import Points
from runtime.parts import ScorePlan
from runtime.plan import Plan
from runtime.table import Degrade, OnRule, Term, WhenRule
from runtime.times import DAY
from runtime.values import quoted, write_number

_DAYS_SHOWN = 3


def reason(plan: Plan, entry: Entry) -> list[str]:
    """The lines that say why the entry stands there; the first begins with what gave the points."""
    why = entry.why
    score = None if entry.score is None else plan.scores[plan.keys.index(entry.score)]
    match why:
        case Happened():
            return []
        case Fired(rule, wanted, cuts):
            return [_named(plan, entry, rule), *_cuts(wanted, cuts)]
        case Waited(rule, matches, times, within):
            return [_named(plan, entry, rule), f"match {matches} of {times} in {wording.duration(within)}"]
        case Held():
            assert score is not None
            return [_held(score, why)]
        case Profile(rule):
            return [f"{_named(plan, entry, rule)}: {_profile(why)}"]
        case Capped(group, most):
            return [f"group {group}: at most {wording.score(most)} points together"]
        case Stepped(before, after):
            assert score is not None
            return [f"degradation step, {drop(score.degrade)}: {wording.score(before)} → {wording.score(after)}"]
        case Aged(days):
            assert score is not None
            return _aged(score, days, entry.at // DAY)
        case Computed(parts):
            return [formula(_value(plan, entry), dict(parts))]
        case Fell(tally, by, left):
            return [f"tally {tally} fell by {by} to {left}"]
        case Triggered(trigger, blocked):
            limits = " and ".join(wording.limit(limit) for limit in blocked)
            return [f"trigger {trigger} does not fire: {limits}" if blocked else f"trigger {trigger} fires"]
        case Did(trigger):
            return [f"trigger {trigger}: {action(plan, why)}"]
    assert_never(why)


def _value(plan: Plan, entry: Entry) -> Term:
    assert entry.score is not None
    value = plan.table.scores[entry.score].value
    assert value is not None
    return value


def _named(plan: Plan, entry: Entry, name: str) -> str:
    """The rule's name, with its label if it has one."""
    assert entry.score is not None
    score = plan.table.scores[entry.score]
    rules: tuple[OnRule | WhenRule, ...] = (*score.on, *score.when)
    label = next((rule.label for rule in rules if rule.name == name), None)
    return name if label is None else f"{name} “{label}”"


def _cuts(wanted: int, cuts: tuple[Cut, ...]) -> list[str]:
    found = [_cut(cut, wanted) for cut in cuts]
    if found:
        found[0] = f"wanted {wording.change(wanted)}: {found[0]}"
    return found


def _cut(cut: Cut, wanted: int) -> str:
    leaves = "leaves nothing" if cut.left == 0 else f"leaves {wording.change(cut.left)}"
    if cut.limit is None:
        given = "as much given already" if cut.left == 0 else f"{wording.score(wanted - cut.left)} given already"
        return f"best: {given} {leaves}"
    limit = wording.limit(cut.limit)
    if cut.group is not None:
        limit = f"group {cut.group}: {limit}"
    return f"{limit} {leaves}" if isinstance(cut.limit, Points) else f"blocked by {limit}"


def _held(score: ScorePlan, held: Held) -> str:
    if held.end is None:
        return "what lay beyond the range's end is back within it"
    end = f"{wording.score(held.end)}, where the range {'ends' if held.end == score.high else 'begins'}"
    return f"held at {end}" if held.activity else f"with the profile points held at {end}"


def _profile(profile: Profile) -> str:
    if profile.before == 0:
        return "holds"
    if profile.after == 0:
        return "no longer holds"
    return f"{wording.score(profile.after)} instead of {wording.score(profile.before)}"


def drop(degrade: Degrade | None) -> str:
    """What one step takes: ``−10%``, ``−5``."""
    assert degrade is not None
    if degrade.points is not None:
        return wording.change(-degrade.points)
    return f"{wording.MINUS}{wording.percent(degrade.percent)}"


def _aged(score: ScorePlan, days: tuple[tuple[int, int, int], ...], today: int) -> list[str]:
    assert score.ageing is not None
    expire = score.ageing.expire
    found = []
    for day, before, after in days[:_DAYS_SHOWN]:
        if expire is not None and today - day >= expire:
            found.append(f"points of {wording.day(day)} expire: {wording.score(before)}")
        else:
            found.append(f"points of {wording.day(day)} fade: {wording.score(before)} → {wording.score(after)}")
    if len(days) > _DAYS_SHOWN:
        found.append(f"and of {wording.count(len(days) - _DAYS_SHOWN, 'more day')}")
    return found


def action(plan: Plan, did: Did) -> str:
    """What a trigger did."""
    match did.action:
        case ("add", points):
            return f"{'add' if points >= 0 else 'subtract'} {wording.score(abs(points))}"
        case ("reset", points):
            return f"reset to {wording.score(points)}: {wording.score(did.before)} → {wording.score(did.after)}"
        case ("move", stage):
            entered = wording.name(stage)
            return f"already in {entered}" if did.before == stage else f"stage {wording.name(did.before)} → {entered}"
        case ("set", name):
            return f"{name} = {wording.value(plan.attribute_fields[name], did.after)}"
        case (act, text):
            return f"{act} {quoted(text)}"
    raise ValueError(f"there is no action {did.action!r}")


# --- computed scores --------------------------------------------------------------------------------------------------


def formula(term: Term, parts: dict[str, int]) -> str:
    """A computed score's expression with the points of its parts: ``0.7 × readiness (55) + 0.3 × priority (10)``."""
    match term:
        case ("lit", number):
            return write_number(number).replace("-", wording.MINUS)
        case ("score", key):
            return f"{key} ({wording.score(parts[key])})"
        case ("round", inner):
            return formula(inner, parts)
        case ("min" | "max" as name, *items):
            return f"{name}(" + ", ".join(formula(item, parts) for item in items) + ")"
        case ("+" | "-" | "*" as sign, left, right):
            shown = {"+": "+", "-": wording.MINUS, "*": "×"}[sign]
            return f"{_side(left, sign, False, parts)} {shown} {_side(right, sign, True, parts)}"
    raise ValueError(f"there is no such part of a computed score: {term!r}")


def _side(term: Any, sign: str, right: bool, parts: dict[str, int]) -> str:
    """An operand, in parentheses where they change the meaning."""
    text = formula(term, parts)
    loose = term[0] in ("+", "-")
    return f"({text})" if loose and (sign == "*" or (sign == "-" and right)) else text
