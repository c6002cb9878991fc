"""The ends of a score: the bound from the rules, the history that gets nearest, and whether the two meet."""

from __future__ import annotations

from compiler.prove.capacity import Capacity
from compiler.prove.climb import Climb
from compiler.prove.histories import acts
from compiler.prove.interval import Interval
from compiler.prove.ledger import End
from compiler.prove.reach import Reach
from compiler.prove.reasons import amount
from compiler.prove.shrink import shrink
from compiler.prove.spans import LIFE, Stretch
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
    endless = _endless(study, reach, key, 1 if not lowest else -1, within) if bound is None else ""
    why = "" if endless else _why(study, key, interval, lowest=lowest)
    return End(bound, found.points, found.time, history, endless, why)


def _why(study: Study, key: str, interval: Interval, *, lowest: bool) -> str:
    bound = interval.low if lowest else interval.high
    if study.prover.left() <= 0:
        return study.prover.why_time()
    if bound is None:
        return "no bound is proved" + "".join(f"; {each}" for each in study.whys)
    return f"the rules one by one allow {amount(bound)}, and no history was found that gets there"


def _endless(study: Study, reach: Reach, key: str, side: int, within: int | None) -> str:
    """Why a score has no end on one side; empty if that is not proved."""
    score = study.scores[key]
    capacity = Capacity(study, reach.firings)
    for rule in score.on:
        pay = study.pay(key, rule)
        one = pay.most if side > 0 else None if pay.least is None else -pay.least
        if one == 0:
            continue
        part = capacity.alone(key, rule, side)
        if part(Stretch(0)) is None:
            if one is None:
                return f"`{rule.name}` gives whatever its event says"
            return f"each `{rule.match.on}` gives {amount(one)} more"
        steady = score.ageing is None and (score.degrade is None or score.degrade.without is not None)
        passive = study.program.events[rule.match.on].passive
        if within is None and steady and part(LIFE) is None and not (passive and score.degrade is not None):
            return f"`{rule.name}` goes on giving, window after window"
    return ""
