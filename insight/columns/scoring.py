"""A run over whole files: events in, leads out, with the same digits as `runtime.run`.

What the compiled fold leaves aside is folded by the engine for single events: a whole model with something in it that
the fold does not do, or single leads (`insight.columns.folds`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from insight.columns.chunks import Chunk, Odd, joined
from insight.columns.folds import Columns, Folded, fold_columns
from insight.columns.lines import Rows
from insight.columns.pairs import settle
from insight.columns.program import Program
from insight.columns.reading import Judge
from runtime.arrivals import Reject
from runtime.lead import Lead
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.table import Table


class Source(Protocol):
    """Events by the chunk. `fetch` gives the line of an event by its number, as JSON."""

    def chunks(self, judge: Judge) -> Iterator[Chunk]: ...
    def fetch(self, number: int) -> bytes: ...


@dataclass(slots=True)
class Result:
    """`lines` are those of the leads, in the order of ids; `left` counts those that the compiled fold left aside."""

    at: int
    lines: Iterable[str]
    accepted: int = 0
    duplicates: int = 0
    left: int = 0
    rejects: list[Reject] = field(default_factory=list)


def score(table: Table, source: Source, now: int, at: int | None = None, program: Program | None = None) -> Result:
    """Fold all events up to `at`, or up to the newest one that counts. Raises Unsupported for a model that is not for
    the compiled fold."""
    made = Program(table) if program is None else program
    judge = Judge(made, now)
    chunks = list(source.chunks(judge))
    odd: list[Odd] = [each for chunk in chunks for each in chunk.odd]
    arrived = settle(
        np.concatenate([chunk.pair for chunk in chunks] or [np.empty(0, np.int64)]),
        np.concatenate([chunk.number for chunk in chunks] or [np.empty(0, np.int64)]),
        odd,
        source.fetch,
    )
    if len(arrived.dropped):
        chunks = [chunk.rows(np.flatnonzero(~np.isin(chunk.number, arrived.dropped))) for chunk in chunks]
    accepted = sum(len(chunk) for chunk in chunks)
    if at is None:
        at = max([int(chunk.time.max()) for chunk in chunks if len(chunk)], default=0)
    result = Result(at, [], accepted, arrived.duplicates, 0, arrived.rejects)
    if accepted:
        columns = joined(chunks)
        numbers = np.concatenate([chunk.number for chunk in chunks])
        folded = fold_columns(made, columns, at, False)
        result.left = len(folded.left)
        result.lines = _lines(made, folded, columns, numbers, source, now, at)
    return result


def _lines(
    program: Program, folded: Folded, columns: Columns, numbers: NDArray[Any], source: Source, now: int, at: int
) -> Iterator[str]:
    """The lines of all leads in the order of ids."""
    rows = Rows(program, folded, at)
    aside = fold_apart(program, folded, columns, numbers, source, now, at)
    write = LeadLines(program.plan, at).write
    names = folded.leads
    for place in sorted([*folded.stand.tolist(), *aside], key=names.__getitem__):
        yield write(aside[place]) if place in aside else rows.write(names[place], folded.rows[place].tolist())


def fold_apart(
    program: Program, folded: Folded, columns: Columns, numbers: NDArray[Any], source: Source, now: int, at: int
) -> dict[int, Lead]:
    """The leads that were left aside, by position, folded by the engine for single events."""
    left = folded.left
    if not len(left):
        return {}
    run = Run(program.table, now=now)
    run.take(source.fetch(number) for number in numbers[np.isin(columns.lead, left)].tolist())
    places = {columns.leads[place]: place for place in left.tolist()}
    return {places[lead.id]: lead for lead in run.finish(at).leads}
