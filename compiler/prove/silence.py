"""What becomes of a lead that does nothing any more, and what that says about the rules.

The engine lets time go from a history that the proof has found: the shortest one to the line, and the highest there is.
For a score that degrades or ages this is not one case among many: from a given score and profile, silence has one
course, and these two starts are its ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from compiler.prove.engine import Sight
from compiler.prove.histories import DAY, START, History
from compiler.prove.ledger import Fall
from compiler.prove.moves import of_score, profile_of
from compiler.prove.shrink import replayed, shrink
from compiler.prove.study import Study
from compiler.prove.track import Track

YEARS = 10 * 365 * DAY
_LOOKS = 600


def fall(study: Study, key: str, start: str, history: History, time: int) -> Fall | None:
    """How a score falls in the ten years after a history; None if the engine refuses it."""
    track = replayed(study, history)
    if track is None:
        return None
    sights = study.engine.silence(track.state, time, time + YEARS, _LOOKS)
    steps: list[tuple[int, int]] = []
    for sight in sights:
        points = sight.scores[key]
        if not steps or steps[-1][1] != points:
            steps.append((sight.time - time, points))
    return Fall(start, tuple(steps), history, time, cut=len(sights) >= _LOOKS)


def ready_for(fallen: Fall, ready: int) -> int | None:
    """How long the score stays at the line or above it; None if as long as was looked."""
    return next((after for after, points in fallen.steps if points < ready), None)


def kept_by_profile(study: Study, key: str, ready: int) -> tuple[History, int] | None:
    """A history of nothing but attributes after which a lead is still ready in ten years, with what it shows."""
    data, _ = profile_of(study, key)
    if not data:
        return None
    track = Track(study.program, study.engine)
    track.tell(data)
    late = study.engine.see(track.state, track.now + YEARS)
    if late.scores[key] < ready:
        return None

    def shows(shorter: Track) -> bool:
        return study.engine.see(shorter.state, START + YEARS).scores[key] >= ready

    return shrink(study, track.history, shows), late.scores[key]


def rising(study: Study, key: str) -> tuple[History, int, int, int, int] | None:
    """A history after which silence alone makes a score rise because points below 0 age: with its end, the time of the
    rise, and the score before and after it."""
    for track in _low_then_high(study, key):
        found = _rise(study.engine.silence(track.state, track.now, track.now + YEARS, _LOOKS), key)
        if found is None:
            continue
        at, before, after = found

        def shows(shorter: Track, end: int = track.now, at: int = at, gain: int = after - before) -> bool:
            shorter.now = end
            risen = _rise(study.engine.silence(shorter.state, end, end + YEARS, _LOOKS), key)
            return risen is not None and risen[0] == at and risen[2] - risen[1] == gain

        short = shrink(study, track.history, shows)
        end = track.now
        again = replayed(study, short)
        assert again is not None
        found = _rise(study.engine.silence(again.state, end, end + YEARS, _LOOKS), key)
        assert found is not None
        return short, end, *found
    return None


def _rise(sights: list[Sight], key: str) -> tuple[int, int, int] | None:
    """The time of the first rise, and the score before and after it."""
    for before, after in pairwise(sights):
        if after.scores[key] > before.scores[key]:
            return after.time, before.scores[key], after.scores[key]
    return None


def _low_then_high(study: Study, key: str) -> Iterator[Track]:
    """What takes points on one day, what gives points on the next."""
    for low in of_score(study, key, lowest=True):
        track = Track(study.program, study.engine)
        track.take(low)
        track.now = START + DAY
        for high in of_score(study, key):
            for _ in range(max(high.times, 3)):
                track.take(high)
        yield track
