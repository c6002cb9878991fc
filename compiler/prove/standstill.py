"""Triggers that do not come to rest, and triggers that come too late: found by looking again at leads that did nothing.

At a look at which nothing has changed since the look before, no trigger should have anything to do. One that fires
there has waited for what a trigger below it set; if two go on and on, they undo each other. And in silence a trigger
that goes on firing sets its own condition anew. Each is shown by the history that the engine was found in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.prove.histories import DAY, HOUR, History
from compiler.prove.study import Study
from compiler.prove.track import Track
from compiler.terms import parts as parts_of
from runtime.table import Trigger

_AGAIN = 6
_LOOKS = 40
_OFTEN = 12
_MINUTE = HOUR // 60


@dataclass(frozen=True, slots=True)
class Restless:
    """`triggers` fire at looks at which nothing has changed: once (`late`: the first of them waits for the others,
    which stand below it), or again and again; or (`idle`) they fire at one look and leave all as it was. Of one that
    goes on in silence, `days` says for how long it was watched and `times` how often it fired."""

    triggers: tuple[str, ...]
    history: History
    time: int
    late: bool = False
    idle: bool = False
    times: int = 0
    days: int = 0


def restless(study: Study, tracks: Iterable[Track]) -> list[Restless]:
    """What is found from the ends of histories, each set of triggers once, by the shortest history."""
    found: dict[tuple[str, ...], Restless] = {}
    late: dict[tuple[str, ...], Restless] = {}
    for track in tracks:
        if not track.history or study.prover.left() <= 0:
            continue
        for each in (_again(study, track), _silent(study, track)):
            if each is None:
                continue
            into, names = (late, each.triggers[:1]) if each.late else (found, each.triggers)
            known = into.get(names)
            if known is None or len(each.history) < len(known.history):
                into[names] = each
    undoing = {name for names in found for name in names}
    return [*found.values(), *[each for names, each in late.items() if names[0] not in undoing]]


def _again(study: Study, track: Track) -> Restless | None:
    """Look again a few times, by events that say nothing."""
    waits = {trigger.name for trigger in study.program.triggers if trigger.match is None}
    before = track.see().fired
    again = track.copy()
    counts: list[Counter[str]] = []
    for _ in range(_AGAIN):
        again.now += _MINUTE
        again.give(None, {})
        now = again.see().fired
        counts.append(Counter({name: now[name] - before.get(name, 0) for name in now if name in waits}))
        before = now
    often = Counter({name: sum(each[name] > 0 for each in counts) for name in waits})
    cycle = tuple(trigger.name for trigger in study.program.triggers if often[trigger.name] >= _AGAIN // 2)
    if len(cycle) > 1:
        return Restless(cycle, track.history, track.now)
    fired = _last(study, track)
    undone = _undone(study, fired)
    if undone:
        return Restless(undone, track.history, track.now, idle=True)
    by_name = {trigger.name: trigger for trigger in study.program.triggers}
    order = list(by_name)
    for name in order:
        if name in waits and counts[0][name] and not any(each[name] for each in counts[1:]):
            below = [other for other in order[order.index(name) + 1 :] if other in fired]
            below = [other for other in below if _bears(by_name[other], by_name[name])]
            mutual = [other for other in below if _bears(by_name[name], by_name[other])]
            if below and not mutual:
                return Restless((name, *below), track.history, track.now, late=True)
    return None


def _last(study: Study, track: Track) -> list[str]:
    """The triggers that fired at the look after the last event, in order, if nothing happened since."""
    if track.now != track.history[-1].time:
        return []
    shorter = Track(study.program, study.engine)
    for each in track.history[:-1]:
        shorter.now = each.time
        shorter.give(each.event, each.data)
    before = study.engine.see(shorter.state, track.now).fired if shorter.history else {}
    now = track.see().fired
    names = [trigger.name for trigger in study.program.triggers]
    return [name for name in names if now.get(name, 0) > before.get(name, 0)]


def _undone(study: Study, fired: list[str]) -> tuple[str, ...]:
    """Two triggers that fired at one look, of which the second takes back what the first did."""
    by_name = {trigger.name: trigger for trigger in study.program.triggers}
    for at, first in enumerate(fired):
        for second in fired[at + 1 :]:
            one, two = by_name[first], by_name[second]
            if one.match is None and two.match is None and _takes_back(one, two):
                return first, second
    return ()


def _takes_back(one: Trigger, two: Trigger) -> bool:
    """Whether the second trigger moves a lead back to where the first takes it from, or lifts its tag."""
    moves = [act[1] for act in one.do if act[0] == "move"]
    back = [act[1] for act in two.do if act[0] == "move"]
    if moves and back and _stages(one) == {back[-1]}:
        return True
    tags = {act[1] for act in one.do if act[0] == "tag"}
    return bool(tags & {act[1] for act in two.do if act[0] == "untag"})


def _stages(trigger: Trigger) -> set[str]:
    """The stages that a trigger's condition names as the one in which it fires."""
    if trigger.when is None:
        return set()
    return {part[2] for part in parts_of(trigger.when) if part[0] == "stage" and part[1] == "="}


def _bears(doing: Trigger, waiting: Trigger) -> bool:
    """Whether what one trigger does is looked at by the condition of another."""
    if waiting.when is None:
        return False
    looked = [*parts_of(waiting.when)]
    kinds = {part[0] for part in looked}
    for act in doing.do:
        match act[0]:
            case "move" if kinds & {"stage", "stagefor"}:
                return True
            case "tag" | "untag" if ("tag", act[1]) in looked:
                return True
            case "set" if ("attr", act[1]) in looked:
                return True
            case "add" | "reset" if "score" in kinds:
                return True
    return False


def _silent(study: Study, track: Track) -> Restless | None:
    """Let time go, and see who goes on firing."""
    sights = study.engine.silence(track.state, track.now, track.now + 3650 * DAY, _LOOKS)
    if len(sights) < _OFTEN:
        return None
    half = sights[len(sights) // 2].fired
    first, last = sights[0].fired, sights[-1].fired
    found = tuple(
        trigger.name
        for trigger in study.program.triggers
        if last.get(trigger.name, 0) - first.get(trigger.name, 0) >= _OFTEN // 2
        and last.get(trigger.name, 0) > half.get(trigger.name, 0) + 2
    )
    if not found:
        return None
    times = max(last[name] - first.get(name, 0) for name in found)
    return Restless(found, track.history, track.now, times=times, days=(sights[-1].time - sights[0].time) // DAY)
