"""The ends of a score: the bound from the rules, the history that gets nearest, and whether the two meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from compiler.exact import amount
from compiler.prove.climb import Climb
from compiler.prove.endless import endless
from compiler.prove.histories import History, acts
from compiler.prove.interval import Interval
from compiler.prove.ledger import End
from compiler.prove.reach import Reach
from compiler.prove.shrink import shrink
from compiler.prove.study import Study
from compiler.prove.track import Track

_FEW = 24
"""Events of a witness for points without end; more would show no more."""


def end_of(study: Study, reach: Reach, key: str, *, lowest: bool = False, within: int | None = None) -> End:
    """The highest or the lowest that a score shows, at all or up to `within` microseconds after the first event."""
    interval = (reach.scores if within is None else reach.within(within))[key]
    bound = interval.low if lowest else interval.high
    climb = Climb(study, key, interval, lowest, within, most=600 if bound is not None else _FEW)
    found = climb.run()
    history = _short(study, key, found.history, found.time, found.points)
    if bound == found.points:
        return End(bound, found.points, found.time, history)
    open_end = endless(study, reach, key, 1 if not lowest else -1, within) if bound is None else ""
    why = "" if open_end else _why(study, key, interval, lowest=lowest)
    return End(bound, found.points, found.time, history, open_end, why)


def improved(study: Study, key: str, end: End, tracks: Iterable[Track], *, lowest: bool = False) -> End:
    """The end with what the furthest of other histories, each at its `now`, brings the score to, if that is further."""
    sign = -1 if lowest else 1
    shown = [(sign * track.see().scores[key], track) for track in tracks if track.history]
    further = max((each for each in shown if each[0] > sign * end.reached), key=lambda each: each[0], default=None)
    if end.decided or further is None:
        return end
    points, track = sign * further[0], further[1]
    history = _short(study, key, tuple(track.history), track.now, points)
    why = "" if points == end.bound else end.why
    return replace(end, reached=points, time=track.now, history=history, why=why)


def _short(study: Study, key: str, history: History, time: int, points: int) -> History:
    """A history that brings the score to so much, as short as it gets."""

    def shows(track: Track) -> bool:
        track.now = time
        return track.see().scores[key] == points

    return shrink(study, history, shows) if history and acts(history) <= 200 else history


def _why(study: Study, key: str, interval: Interval, *, lowest: bool) -> str:
    bound = interval.low if lowest else interval.high
    if study.prover.left() <= 0:
        return study.prover.why_time()
    if bound is None:
        return "; ".join(study.whys) or "no rule was found that goes on for ever by itself"
    return f"the rules one by one allow {amount(bound)}, and no history was found that gets there"
