"""The ends of a score: the bound from the rules, the history that gets nearest, and whether the two meet."""

from __future__ import annotations

from compiler.prove.climb import Climb
from compiler.prove.endless import endless
from compiler.prove.histories import acts
from compiler.prove.interval import Interval
from compiler.prove.ledger import End
from compiler.prove.reach import Reach
from compiler.prove.reasons import amount
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
    history = found.history
    if history and acts(history) <= 200:

        def shows(track: Track) -> bool:
            track.now = found.time
            return track.see().scores[key] == found.points

        history = shrink(study, history, shows)
    if bound == found.points:
        return End(bound, found.points, found.time, history)
    open_end = endless(study, reach, key, 1 if not lowest else -1, within) if bound is None else ""
    why = "" if open_end else _why(study, key, interval, lowest=lowest)
    return End(bound, found.points, found.time, history, open_end, why)


def _why(study: Study, key: str, interval: Interval, *, lowest: bool) -> str:
    bound = interval.low if lowest else interval.high
    if study.prover.left() <= 0:
        return study.prover.why_time()
    if bound is None:
        return "; ".join(study.whys) or "no rule was found that goes on for ever by itself"
    return f"the rules one by one allow {amount(bound)}, and no history was found that gets there"
