"""Segments: the leads that meet a condition at an instant, ranked by a score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, Decimal

from runtime.lead import Lead
from runtime.lines import quote, settle
from runtime.plan import Plan
from runtime.values import EXACT, write_points


def segment(plan: Plan, name: str, leads: Iterable[Lead], at: int) -> Iterator[tuple[int, Lead, int | None]]:
    """(rank from 1, lead, score in thousandths or None) of a segment, in its order; `leads` come in the order of ids.

    Raises KeyError if the model has no such segment."""
    given = plan.table.segments[name]
    where = None if given.where is None else plan.terms.test(given.where)
    held = []
    for lead in leads:
        settle(plan, lead)
        if where is None or where(lead, {}, at):
            held.append(lead)
    if given.by is None:
        for rank, lead in enumerate(held, 1):
            yield rank, lead, None
        return
    shown = plan.shown[plan.keys.index(given.by)]
    scored = [(shown(lead, at), lead) for lead in held]
    scored.sort(key=lambda each: each[0], reverse=given.pick == "highest")
    for rank, (points, lead) in enumerate(scored[: how_many(given.count, given.percent, len(scored))], 1):
        yield rank, lead, points


def how_many(count: int | None, percent: Decimal | int | None, there: int) -> int:
    """How many of the leads that are there belong to a ranked segment at most: a count, or a share rounded up."""
    if count is not None:
        return count
    exact = EXACT.multiply(Decimal(percent or 0), Decimal(there))
    return int(exact.to_integral_value(ROUND_CEILING))


def write_segment(name: str, rank: int, lead: Lead, points: int | None) -> str:
    """The line of ``leadscore segment --json``."""
    score = "" if points is None else f',"score":{write_points(points)}'
    return f'{{"segment":{quote(name)},"rank":{rank},"lead":{quote(lead.id)}{score}}}'
