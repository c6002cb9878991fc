"""What moved points and leads: what gave points under each model, and what each change alone has done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cli.plans.answer import Answer
from insight.change.movers import Part
from insight.change.variants import Change
from insight.timeline import Given, Origin


@dataclass(frozen=True, slots=True)
class Cause:
    """One origin of points, or one change without any, with what it gave and what it is blamed for."""

    name: str
    change: str
    old: Given
    new: Given
    gained: int
    lost: int
    blamed: bool
    """Whether it was found out what the change alone has done."""

    @property
    def by(self) -> int:
        return self.new.points - self.old.points


def causes(answer: Answer) -> list[Cause]:
    """What moved points or leads: the change that moved most leads first, then by the points that moved."""
    facts = answer.facts
    gained: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    for (line, number), blame in facts.blame.items():
        if line in facts.at_end or not facts.at_end:
            gained[number] += blame.gained
            lost[number] += blame.lost
    told: list[Cause] = []
    left = dict(enumerate(answer.changes))
    for origin, (old, new) in facts.points.items():
        place = next((at for at, each in left.items() if _concerns(each, origin)), None)
        if place is None and old.points == new.points:
            continue
        change = None if place is None else left.pop(place)
        own = (0, 0) if place is None else (gained[place], lost[place])
        told.append(_cause(origin_name(origin), change, old, new, own))
    for number, each in left.items():
        told.append(_cause(declared_name(each), each, Given(), Given(), (gained[number], lost[number])))
    return sorted(told, key=lambda cause: (-(cause.gained + cause.lost), -abs(cause.by), cause.name))


def _cause(name: str, change: Change | None, old: Given, new: Given, moved: tuple[int, int]) -> Cause:
    blamed = change is not None and change.undone is not None
    return Cause(name, "" if change is None else change.change, old, new, *moved, blamed)


def _concerns(change: Change, origin: Origin) -> bool:
    """Whether points of an origin come from what was changed."""
    key, kind, name = origin
    match change.declared:
        case ("rule" | "group", own, score):
            return (score, own) == (key, name) and change.declared[0] == kind
        case ("trigger", own):
            return kind == "trigger" and own == name
        case ("score", score):
            return kind == "time" and score == key
    return False


def origin_name(origin: Origin) -> str:
    """``readiness: pricing_page``"""
    key, kind, name = origin
    words = {"time": "what time takes", "before": "expired events", "range": "ends of the range"}
    if kind in words:
        return f"{key}: {words[kind]}"
    return f"{key}: {name}" if kind == "rule" else f"{key}: {kind} {name}"


def declared_name(change: Change) -> str:
    """``readiness: rule pricing_page``, ``event call``"""
    match change.declared:
        case ("rule", name, key):
            return f"{key}: {name}"
        case ("score", key):
            return f"{key}: range and ageing"
        case ("ready", key):
            return f"{key}: the ready line"
        case ("bands", key):
            return f"{key}: bands"
        case (kind, name, key):
            return f"{key}: {kind} {name}"
        case (kind, name):
            return f"{kind} {name}"
    return " ".join(change.declared)


def part_name(part: Part) -> str:
    """What gave the points of a mover, without the score."""
    return origin_name(part.origin).removeprefix(f"{part.origin[0]}: ")
