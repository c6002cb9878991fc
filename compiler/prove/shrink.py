"""Makes a witness as short as it gets: whatever can go without the witness losing what it shows, goes.

Events are taken out in runs, long ones first, then one by one, and each time the whole history is replayed. Then what
lies between the events is taken out: each pause becomes the shortest one that still does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from compiler.prove.engine import Refused
from compiler.prove.histories import History
from compiler.prove.study import Study
from compiler.prove.track import Track

_WORK = 60_000
"""So many events are replayed at most."""


def replayed(study: Study, history: History) -> Track | None:
    """The lead after a history, at the time of its last event; None if an event is refused."""
    track = Track(study.program, study.engine)
    try:
        for each in history:
            track.now = each.time
            track.give(each.event, each.data)
    except Refused:
        return None
    return track


def shrink(study: Study, history: History, shows: Callable[[Track], bool]) -> History:
    """A history in which no event is superfluous, as far as the work allowed for finds out. `shows` is asked of each
    shorter one; it moves the track on to whatever time it wants to look at."""
    work, size = 0, len(history) // 2
    while size:
        at = 0
        while at < len(history) and work < _WORK:
            shorter = history[:at] + history[at + size :]
            work += len(shorter)
            track = replayed(study, shorter) if shorter else None
            if track is not None and shows(track):
                history = shorter
            else:
                at += size
        size //= 2
    return history


def squeezed(
    study: Study, history: History, time: int, pauses: Iterable[int], shows: Callable[[Track], bool]
) -> tuple[History, int]:
    """A history with pauses as short as they get, and the time that `time` then is. Pauses become 0, or one of those
    given, in microseconds; `shows` is asked of each tried, with the track at that time."""
    shorter = sorted({0, *pauses})
    work = 0
    for at in range(1, len(history)):
        pause = history[at].time - history[at - 1].time
        for each in shorter:
            work += len(history)
            if each >= pause or work > _WORK:
                break
            by = pause - each
            moved = (*history[:at], *[replace(later, time=later.time - by) for later in history[at:]])
            track = replayed(study, moved)
            if track is not None:
                track.now = time - by
                if shows(track):
                    history, time = moved, time - by
                    break
    return history, time
