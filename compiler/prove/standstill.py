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

_AGAIN = 6
_LOOKS = 40
_OFTEN = 12
_MINUTE = HOUR // 60


@dataclass(frozen=True, slots=True)
class Restless:
    """`triggers` fire at looks at which nothing has changed: once (`late`: the first of them waits for the others,
    which stand below it), or again and again. Of one that goes on in silence, `days` says for how long it was watched
    and `times` how often it fired."""

    triggers: tuple[str, ...]
    history: History
    time: int
    late: bool = False
    times: int = 0
    days: int = 0


def restless(study: Study, tracks: Iterable[Track]) -> list[Restless]:
    """What is found from the ends of histories, each set of triggers once."""
    found: dict[tuple[tuple[str, ...], bool], Restless] = {}
    for track in tracks:
        if not track.history:
            continue
        for each in (_again(study, track), _silent(study, track)):
            if each is not None:
                known = found.get((each.triggers, each.late))
                if known is None or len(each.history) < len(known.history):
                    found[each.triggers, each.late] = each
    cycles = {name for each in found.values() if not each.late for name in each.triggers}
    return [each for each in found.values() if not each.late or each.triggers[0] not in cycles]


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
    late = [name for name in waits if counts[0][name] and not any(each[name] for each in counts[1:])]
    for name in late:
        below = _below(study, track, name)
        if below:
            return Restless((name, *below), track.history, track.now, late=True)
    return None


def _below(study: Study, track: Track, late: str) -> tuple[str, ...]:
    """The triggers below a late one that fired at the last look."""
    order = [trigger.name for trigger in study.program.triggers]
    shorter = Track(study.program, study.engine)
    for each in track.history[:-1]:
        shorter.now = each.time
        shorter.give(each.event, each.data)
    before = shorter.see().fired if shorter.history else {}
    now = track.see().fired
    return tuple(name for name in order[order.index(late) + 1 :] if now.get(name, 0) > before.get(name, 0))


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
