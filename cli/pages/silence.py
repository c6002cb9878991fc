"""A worked example of what time does to a score: a lead reaches the line, and then does nothing any more.

The numbers are those of the engine that scores leads. The score is folded with its own range, bands and ageing, but
with one made-up rule that gives the points to begin with, at one made-up event; so the example holds for any lead whose
points all come from what it did on one day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cli.pages import page
from cli.pages.chart import drawn
from runtime import wording
from runtime.entry import Aged, Stepped
from runtime.explain import explain
from runtime.intake import kinds_of
from runtime.lines import band_of
from runtime.meet import check
from runtime.plan import Plan
from runtime.table import Event, Match, OnRule, Score, Stages, Table
from runtime.times import DAY, HOUR, read_date

_START = read_date("2026-01-05") + 9 * HOUR
_EVENT = "example"
_LONGEST = 5 * 365 * DAY
_STEPS = 300
"""The example ends after so many steps, or years, if nothing else ends it."""
_ENOUGH = 50
"""It is over once less than one part in so many is left."""
_ROWS = 9
_TOLD = 12
"""So many moments are read out for a chart."""


def silence(table: Table, key: str) -> page.Silence | None:
    """The example for a score; None for one that does not age, or of which nothing ages from where it begins."""
    score = table.scores[key]
    start = _beginning(score)
    changes = _changes(table, key, start)
    if not changes:
        return None
    moments = [(0, start), *changes]
    rows = tuple(
        page.Moment(
            _after(at).removeprefix("after "),
            wording.score(points),
            band_of(score.bands, points) if score.bands else None,
            None if score.ready is None else points >= score.ready,
        )
        for at, points in _chosen(score, moments)
    )
    told = ", ".join(f"{wording.score(points)} {_after(at)}" for at, points in moments[:_TOLD])
    title = f"The score over time: {told}{' and so on' if len(moments) > _TOLD else ''}."
    return page.Silence(_told(score, start), _outcome(score, moments), rows, drawn(score, moments, title))


def _beginning(score: Score) -> int:
    """The points that the example begins with: the ready line, else the edge of the highest band, else 100."""
    edges = [band.below for band in score.bands if band.below is not None and band.below > 0]
    start = score.ready if score.ready is not None else max(edges, default=100_000)
    return start if score.high is None else min(start, score.high)


def _changes(table: Table, key: str, start: int) -> list[tuple[int, int]]:
    """(microseconds after the event, thousandths of the score) at each change that time makes."""
    score = table.scores[key]
    if (score.degrade is None and score.ageing is None) or start <= 0:
        return []
    rule = OnRule("example", Match(_EVENT), points=start)
    alone = Table(
        model=table.model,
        lateness=table.lateness,
        events={_EVENT: Event(_EVENT)},
        scores={key: replace(score, on=(rule,), when=(), groups={})},
        stages=Stages(),
    )
    plan = Plan(alone)
    kind = kinds_of(plan)[_EVENT]
    given = ((_START, "example", "1"), kind, check(kind, {}), b"")
    found = explain(plan, "example", [given], _START + _horizon(score))
    assert found is not None
    changes = {
        _passed(score, entry.at): entry.balance
        for entry in found.entries
        if isinstance(entry.why, Stepped | Aged) and entry.points
    }
    return _until_enough(sorted(changes.items()), start)


def _passed(score: Score, at: int) -> int:
    """Microseconds from the beginning; whole days, as the calendar has them, where points age by the day."""
    return at - _START if score.degrade is not None else (at // DAY - _START // DAY) * DAY


def _horizon(score: Score) -> int:
    """How long the engine looks, in microseconds."""
    if score.degrade is not None:
        return min(score.degrade.after + _STEPS * score.degrade.every, _LONGEST)
    assert score.ageing is not None
    if score.ageing.expire is not None:
        return min((score.ageing.expire + 1) * DAY, _LONGEST)
    return min(_STEPS * (score.ageing.every or 1) * DAY, _LONGEST)


def _until_enough(changes: list[tuple[int, int]], start: int) -> list[tuple[int, int]]:
    kept = []
    for at, points in changes:
        kept.append((at, points))
        if points * _ENOUGH < start:
            break
    return kept


# --- in words ---------------------------------------------------------------------------------------------------------


def _after(at: int) -> str:
    return f"after {wording.duration(at)}" if at else "at first"


def _chosen(score: Score, moments: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The moments to tell, if there are many: the first ones, where a band or the ready line is left, the last one."""
    if len(moments) <= _ROWS:
        return list(moments)
    kept = {0, 1, len(moments) - 1}
    for at in range(1, len(moments)):
        before, now = moments[at - 1][1], moments[at][1]
        left_ready = score.ready is not None and before >= score.ready > now
        if left_ready or (score.bands and band_of(score.bands, before) != band_of(score.bands, now)):
            kept.add(at)
    for at in (2, 3, len(moments) // 2):
        if len(kept) < _ROWS:
            kept.add(at)
    return [moments[at] for at in sorted(kept)]


def _told(score: Score, start: int) -> str:
    line = "its ready line, " if score.ready == start else ""
    return f"A lead gets to {line}{wording.score(start)} points, all for what it did on one day, and then does nothing."


def _outcome(score: Score, moments: Sequence[tuple[int, int]]) -> str:
    """The one sentence to remember."""
    last, left = moments[-1]
    end = f"{_after(last)} {f'{wording.score(left)} points are' if left else 'nothing is'} left"
    if score.ready is None:
        return f"{end[:1].upper()}{end[1:]}."
    lost = next(((at, points) for at, points in moments if points < score.ready), None)
    if lost is None:
        return f"It stays ready; {end}."
    if lost == (last, left):
        return f"It is no longer ready {_after(last)}: {end.removeprefix(_after(last)).strip()}."
    return f"It is no longer ready {_after(lost[0])}, at {wording.score(lost[1])}; {end}."
