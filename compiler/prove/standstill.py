"""Triggers that do not come to rest, and triggers that come too late: found by looking again at leads that did nothing.

At a look at which nothing has changed since the look before, no trigger should have anything to do. One that fires
there has waited for what a trigger below it set; if two fire, they undo each other. (They stop at the look after, since
a trigger fires only where its condition has been false.) And in silence a trigger that goes on firing sets its own
condition anew. Each is shown by the history after which the engine was found to do so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from compiler.prove.histories import DAY, HOUR, History
from compiler.prove.study import Study
from compiler.prove.track import Track
from compiler.terms import parts as parts_of
from runtime.table import Trigger

_TRACKS = 300
_LOOKS = 40
_OFTEN = 12
_MINUTE = HOUR // 60


@dataclass(frozen=True, slots=True)
class Restless:
    """`triggers` fire at looks at which nothing has changed: once (`late`: the first of them waits for the others,
    which stand below it), or both, since each takes back what the other did; or (`idle`) they fire at one look, and the
    second takes back what the first did. Of one that
    goes on in silence, `days` says for how long it was watched, up to the instant `until`, and `times` how often it
    had fired by then; where a look was taken at `until`, the first trigger had fired `before` times, and then
    `times`."""

    triggers: tuple[str, ...]
    history: History
    time: int
    late: bool = False
    idle: bool = False
    times: int = 0
    days: int = 0
    until: int = 0
    before: int = 0


def restless(study: Study, tracks: Iterable[Track]) -> list[Restless]:
    """What is found from the ends of histories, each set of triggers once, by the shortest history."""
    found: dict[tuple[str, ...], Restless] = {}
    late: dict[tuple[str, ...], Restless] = {}
    for track in islice(tracks, _TRACKS):
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
    """Look once more, by an event that says nothing."""
    by_name = {trigger.name: trigger for trigger in study.program.triggers}
    before = track.see().fired
    again = track.copy()
    again.now += _MINUTE
    again.give(None, {})
    now = again.see().fired
    anew = [name for name, each in by_name.items() if each.match is None and now.get(name, 0) > before.get(name, 0)]
    for at, first in enumerate(anew):
        for second in anew[at + 1 :]:
            if _bears(by_name[first], by_name[second]) and _bears(by_name[second], by_name[first]):
                counts = (before.get(first, 0), now[first])
                return _found((first, second), track, again.now, counts)
    fired = _last(study, track)
    undone = _undone(study, fired)
    if undone:
        return Restless(undone, track.history, track.now, idle=True)
    order = list(by_name)
    for name in anew:
        below = [other for other in order[order.index(name) + 1 :] if other in fired]
        below = [other for other in below if _bears(by_name[other], by_name[name])]
        mutual = [other for other in below if _bears(by_name[name], by_name[other])]
        if below and not mutual:
            return _found((name, *below), track, again.now, (before.get(name, 0), now[name]), late=True)
    return None


def _found(
    triggers: tuple[str, ...], track: Track, until: int, counts: tuple[int, int], *, late: bool = False
) -> Restless:
    return Restless(triggers, track.history, track.now, late, until=until, before=counts[0], times=counts[1])


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
        if not _ends(trigger)
        and last.get(trigger.name, 0) - first.get(trigger.name, 0) >= _OFTEN // 2
        and last.get(trigger.name, 0) > half.get(trigger.name, 0) + 2
    )
    if not found:
        return None
    days = (sights[-1].time - track.now) // DAY
    return Restless(found[:1], track.history, track.now, times=last[found[0]], days=days, until=sights[-1].time)


def _ends(trigger: Trigger) -> bool:
    """Whether a limit stops a trigger for good."""
    return any(limit.times is not None and limit.per is None for limit in trigger.limits)
