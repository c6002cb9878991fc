"""Makes a witness as short as it gets: whatever can go without the witness losing what it shows, goes.

Events are taken out in runs, long ones first, then one by one, and each time the whole history is replayed.
"""

from __future__ import annotations

from collections.abc import Callable

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
