"""What becomes of a lead that does nothing any more, and what that says about the rules.

The engine lets time go from a history that the proof has found: the shortest one to the line, and the highest there is.
For a score that degrades or ages this is not one case among many: from a given score and profile, silence has one
course, and these two starts are its ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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


def may_rise(study: Study, key: str) -> bool:
    """Whether points are ever taken from a score that ages: what is only given can but shrink in silence."""
    score = study.scores[key]
    if score.ageing is None:
        return False
    taken = any(act[:2] == ("add", key) and act[2] < 0 for trigger in study.program.triggers for act in trigger.do)
    return taken or any((least := study.pay(key, rule).least) is None or least < 0 for rule in score.on)


@dataclass(frozen=True, slots=True)
class Rise:
    """After `history`, at `time`, a score shows `before`; silence alone makes it `after` at the instant `at`."""

    history: History
    time: int
    at: int
    before: int
    after: int


def rising(study: Study, key: str) -> Rise | None:
    """The largest rise in silence that is found, because points below 0 age."""
    best: Rise | None = None
    for track in _low_then_high(study, key):
        found = _rise(study, key, track)
        if found is not None and (best is None or found.after - found.before > best.after - best.before):
            best = found
    if best is None:
        return None
    wanted = best

    def shows(shorter: Track) -> bool:
        shorter.now = wanted.time
        risen = _rise(study, key, shorter)
        return risen is not None and (risen.at, risen.before, risen.after) == (wanted.at, wanted.before, wanted.after)

    return replace(best, history=shrink(study, best.history, shows))


def _rise(study: Study, key: str, track: Track) -> Rise | None:
    """How far the score rises in silence, without falling in between."""
    sights = study.engine.silence(track.state, track.now, track.now + YEARS, _LOOKS)
    first = sights[0].scores[key]
    top = sights[0]
    for sight in sights[1:]:
        if sight.scores[key] < top.scores[key]:
            break
        if sight.scores[key] > top.scores[key]:
            top = sight
    if top.scores[key] <= first:
        return None
    return Rise(track.history, track.now, top.time, first, top.scores[key])


def _low_then_high(study: Study, key: str) -> Iterator[Track]:
    """What takes points on one day, what gives points on the next."""
    for low in of_score(study, key, lowest=True):
        track = Track(study.program, study.engine)
        track.take(low)
        yield track
        track = track.copy()
        track.now = START + DAY
        for high in of_score(study, key):
            for _ in range(max(high.times, 3)):
                track.take(high)
        yield track
