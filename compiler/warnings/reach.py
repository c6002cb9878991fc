"""How low and how high a score can come at all, by simple arithmetic that is never too narrow.

Profile: each `when` rule gives its best branch. Activity: each `on` rule gives what it gives at one time, as often as
its limits for life allow; without such a limit there is no end. Groups, ranges, `add` and `reset` of triggers count;
that rules exclude each other, or need events that never come, does not. So what lies outside is out of reach for sure,
and what lies inside may be. Tools that prove more can put their own `Reach` in place of this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from compiler.exact import Exact, combine, milli, points
from compiler.names import EventNames
from compiler.warnings.facts import Checked, OnFact, ScoreFacts, WhenFact
from runtime.table import Field, Limit, Term

End: TypeAlias = Exact | None
"""None is no end."""


@dataclass(frozen=True, slots=True)
class Reach:
    """From `low` to `high`, both in points; None where there is no end. `parts` are what rules and triggers give at
    most, by name, in thousandths, where all of them have an end."""

    low: End = None
    high: End = None
    parts: tuple[tuple[str, int], ...] = ()


def reaches(model: Checked) -> dict[str, Reach]:
    """The reach of each score, by name; of a family that of any of its scores."""
    found: dict[str, Reach] = {}
    for score in model.scores:
        if score.body.value is None:
            found[score.name] = _of_rules(model, score)
    for _ in model.scores:
        known = len(found)
        for score in model.scores:
            if score.body.value is not None and score.name not in found and _uses(score.body.value) <= found.keys():
                ends = span_of(score.body.value, found)
                found[score.name] = Reach(*ends)
        if len(found) == known:
            break
    return found


def _uses(term: Term) -> set[str]:
    if term[0] == "score":
        return {term[1].partition("[")[0]}
    return {name for part in term[1:] if type(part) is tuple for name in _uses(part)}


# --- expressions ----------------------------------------------------------------------------------------------------

Ends: TypeAlias = tuple[End, End]
Fields: TypeAlias = Mapping[tuple[str, str], Field]


def span_of(term: Term, scores: Mapping[str, Reach], fields: Fields | None = None) -> Ends:
    """The least and the most that an expression can be."""
    match term:
        case ("lit", known) if not isinstance(known, bool | str):
            return known, known
        case ("score", key):
            found = scores.get(key.partition("[")[0], Reach())
            return found.low, found.high
        case ("prop" | "attr" as kind, name):
            known_field = (fields or {}).get((kind, name))
            return (known_field.low, known_field.high) if known_field and not known_field.computed else (None, None)
        case ("tally", _):
            return 0, None
        case ("+", left, right):
            (a, b), (c, d) = span_of(left, scores, fields), span_of(right, scores, fields)
            return _plus(a, c), _plus(b, d)
        case ("-", left, right):
            (a, b), (c, d) = span_of(left, scores, fields), span_of(right, scores, fields)
            return _plus(a, _minus(d)), _plus(b, _minus(c))
        case ("*", left, right):
            return _times(span_of(left, scores, fields), span_of(right, scores, fields))
        case ("min" | "max" as which, *items):
            ends = [span_of(item, scores, fields) for item in items]
            return _extreme(which, [low for low, _ in ends], False), _extreme(which, [high for _, high in ends], True)
        case ("round", inner):
            low, high = span_of(inner, scores, fields)
            return None if low is None else points(milli(low)), None if high is None else points(milli(high))
        case _:
            return None, None


def _plus(one: End, two: End) -> End:
    return None if one is None or two is None else combine("+", one, two)


def _minus(one: End) -> End:
    return None if one is None else combine("-", 0, one)


def _times(one: Ends, two: Ends) -> Ends:
    ends = (*one, *two)
    if None not in ends:
        products = [combine("*", a, b) for a in one for b in two if a is not None and b is not None]
        return min(products), max(products)
    for factor, other in ((one, two), (two, one)):
        if factor[0] is not None and factor[0] == factor[1]:
            by = factor[0]
            low, high = (None if end is None else combine("*", by, end) for end in other)
            return (0, 0) if by == 0 else (low, high) if by > 0 else (high, low)
    return None, None


def _extreme(which: str, ends: list[End], upper: bool) -> End:
    """The end of a `min` or `max`: one open end opens it, or is passed over by the others."""
    known = [end for end in ends if end is not None]
    if not known or (len(known) < len(ends) and (which == "max") == upper):
        return None
    return min(known) if which == "min" else max(known)


# --- rules ----------------------------------------------------------------------------------------------------------


def _of_rules(model: Checked, score: ScoreFacts) -> Reach:
    high, parts = _most(model, score)
    low = score.body.low
    reach = Reach(None if low is None else points(low), None if high is None else points(high), tuple(parts))
    most = score.body.high
    if most is not None and (high is None or most <= high):
        reach = replace(reach, high=points(most), parts=())
    return reach


def _most(model: Checked, score: ScoreFacts) -> tuple[int | None, list[tuple[str, int]]]:
    """The most that profile and activity come to, in thousandths, before the range cuts it."""
    given = [*_profile(model, score), *_activity(model, score), *_by_triggers(model, score)]
    parts = [(name, most) for name, most in given if most is not None and most > 0]
    if any(most is None for _, most in given):
        return None, []
    return sum(most for _, most in parts), parts


def _fields(model: Checked, event: EventNames | None) -> Fields:
    found = {("attr", name): known for name, known in model.program.attributes.items()}
    if event is not None:
        known_event = model.program.events[event.node.name.text]
        found |= {("prop", name): known for name, known in known_event.properties.items()}
    return found


Part: TypeAlias = tuple[str, int | None]


def _profile(model: Checked, score: ScoreFacts) -> list[Part]:
    found: list[Part] = []
    groups: dict[str, list[int | None]] = {}
    for fact in score.when:
        most = _of_when(model, fact)
        if fact.rule.group is None:
            found.append((fact.rule.name, most))
        else:
            groups.setdefault(fact.rule.group, []).append(most)
    for name, each in groups.items():
        found.append((name, _least(_sum(each), score.body.groups[name].most)))
    return found


def _of_when(model: Checked, fact: WhenFact) -> int | None:
    most = 0
    for branch in fact.rule.branches:
        given = branch.points
        if given is None and branch.value is not None:
            high = span_of(branch.value, {}, _fields(model, None))[1]
            given = None if high is None else milli(high)
        if given is None:
            return None
        most = max(most, given)
    return most


def _activity(model: Checked, score: ScoreFacts) -> list[Part]:
    found: list[Part] = []
    groups: dict[str, list[tuple[OnFact, int | None]]] = {}
    for fact in score.on:
        most = _of_on(model, fact)
        if fact.rule.group is None:
            found.append((fact.rule.name, most))
        else:
            groups.setdefault(fact.rule.group, []).append((fact, most))
    for name, each in groups.items():
        limits = score.body.groups[name].limits
        once = [_at_once(model, fact) for fact, _ in each]
        highest = None if None in once else max(one for one in once if one is not None)
        events = [fact.event for fact, _ in each]
        cut = _limited(limits, highest, events, None)
        found.append((name, _least(_sum([most for _, most in each]), cut)))
    return found


def _of_on(model: Checked, fact: OnFact) -> int | None:
    """What an `on` rule gives in a lifetime."""
    once = _at_once(model, fact)
    if once is not None and once <= 0:
        return 0
    where = fact.rule.match.where
    most = _limited(fact.rule.limits, once, [fact.event], where)
    if fact.rule.best is not None and once is not None:
        of = fact.rule.best.each
        count = 1 if of is None else values_of(fact.event, of, where)
        most = _least(most, None if count is None else once * count)
    return most


def _at_once(model: Checked, fact: OnFact) -> int | None:
    if fact.rule.points is not None:
        return fact.rule.points
    if fact.rule.value is None:
        return None
    high = span_of(fact.rule.value, {}, _fields(model, fact.event))[1]
    return None if high is None else milli(high)


def _limited(limits: Iterable[Limit], once: int | None, events: list[EventNames], where: Term | None) -> int | None:
    most: int | None = None
    for limit in limits:
        if limit.per is not None:
            continue
        if limit.points is not None:
            most = _least(most, limit.points)
        elif limit.times is not None and once is not None:
            count: int | None = 1
            if limit.each is not None:
                counts = [values_of(event, limit.each, where) for event in events]
                count = None if None in counts else sum(each for each in counts if each is not None)
            most = _least(most, None if count is None else limit.times * count * max(once, 0))
    return most


def values_of(event: EventNames, name: str, where: Term | None) -> int | None:
    """How many values a property can have at the events that match, a missing one among them; None for no end."""
    node = event.properties[name]
    this = ("prop", name)
    for each in where[1:] if where is not None and where[0] == "and" else (where,):
        match each:
            case ("=", one, ("lit" | "var" | "template", _)) if one in (this, ("fold", this)):
                return 1
            case ("in", one, ("list", *items)) if one in (this, ("fold", this)) and not _has_variable(items):
                return len(items)
            case _:
                pass
    known = {"one of": len(node.type.options), "boolean": 2}.get(node.type.kind)
    return None if known is None else known + (0 if node.required else 1)


def _has_variable(items: list[object]) -> bool:
    return any(type(item) is tuple for item in items)


def _by_triggers(model: Checked, score: ScoreFacts) -> list[Part]:
    """What triggers add in a lifetime, and the most that a `reset` starts from again."""
    found: list[Part] = []
    for fact in model.triggers:
        times = [limit.times for limit in fact.trigger.limits if limit.per is None and limit.times is not None]
        for act in fact.trigger.do:
            if act[0] not in ("add", "reset") or act[1].partition("[")[0] != score.name or act[2] <= 0:
                continue
            if act[0] == "reset":  # what comes after it is counted above, whatever was there before is gone
                found.append((fact.trigger.name, act[2]))
            else:
                found.append((fact.trigger.name, act[2] * min(times) if times else None))
    return found


def _sum(given: Iterable[int | None]) -> int | None:
    total = 0
    for each in given:
        if each is None:
            return None
        total += max(each, 0)
    return total


def _least(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else min(one, two)
