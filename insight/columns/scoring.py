"""A run over whole files: events in, leads out, with the same digits as `runtime.run`.

What the compiled fold leaves aside is folded by the engine for single events: a whole model with something in it that
the fold does not do (`Unsupported`), or single leads (`insight.columns.folds`).
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from insight.columns import spilling
from insight.columns.chunks import Odd, joined
from insight.columns.folds import Columns, Folded, fold_columns
from insight.columns.lines import Rows
from insight.columns.pairs import settle
from insight.columns.program import Program
from insight.columns.reading import Judge
from insight.columns.spilling import IN_HAND, Source, Work
from runtime.arrivals import Reject
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.table import Table


class Lines(Protocol):
    """What gives the line of an event by its number."""

    def fetch(self, number: int) -> bytes: ...


@dataclass(slots=True)
class Result:
    """`leads` are (id, line) in the order of ids; `left` counts those that the compiled fold left aside, once `leads`
    was gone through."""

    at: int
    accepted: int = 0
    duplicates: int = 0
    left: int = 0
    rejects: list[Reject] = field(default_factory=list)
    leads: Iterator[tuple[str, str]] = field(default_factory=lambda: iter(()))

    @property
    def lines(self) -> Iterator[str]:
        """The lines of ``leadscore score --json``."""
        return (line for _, line in self.leads)


def score(
    table: Table, source: Source, now: int, at: int | None = None, workers: int = 1, in_hand: int = IN_HAND
) -> Result:
    """Fold all events up to `at`, or up to the newest one that counts; so many events in memory at once, about, for
    each of the processes. Raises Unsupported for a model that is not for the compiled fold."""
    program = Program(table)
    if source.size() <= in_hand:
        return _at_once(program, source, now, at)
    return _in_parts(table, source, now, at, workers, -(-source.size() // in_hand))


def _at_once(program: Program, source: Source, now: int, at: int | None) -> Result:
    """All events in memory."""
    judge = Judge(program, now)
    chunks = [source.read(judge, stretch) for stretch in source.stretches()]
    odd: list[Odd] = [each for chunk in chunks for each in chunk.odd]
    none = [np.empty(0, np.int64)]
    pair = np.concatenate([chunk.pair for chunk in chunks] or none)
    arrived = settle(pair, np.concatenate([chunk.number for chunk in chunks] or none), odd, source.fetch)
    if len(arrived.dropped):
        chunks = [chunk.rows(np.flatnonzero(~np.isin(chunk.number, arrived.dropped))) for chunk in chunks]
    accepted = sum(len(chunk) for chunk in chunks)
    if at is None:
        at = max([int(chunk.time.max()) for chunk in chunks if len(chunk)], default=0)
    result = Result(at, accepted, arrived.duplicates, 0, arrived.rejects)
    if accepted:
        numbers = np.concatenate([chunk.number for chunk in chunks])
        result.left, found = fold_part(program, joined(chunks), numbers, source, now, at)
        result.leads = iter(found)
    return result


def _in_parts(table: Table, source: Source, now: int, at: int | None, workers: int, parts: int) -> Result:
    """Events on the disk, part by part."""
    held = tempfile.TemporaryDirectory(prefix="leadscore-")
    work = Work(table, source, now, Path(held.name), parts)
    steps = spilling.spread_out(work, workers, fold_laid_down)
    arrived, accepted, newest = next(steps)
    at = (newest or 0) if at is None else at
    next(steps)
    found = [steps.send(at), *steps] if parts else []
    result = Result(at, accepted, arrived.duplicates, sum(left for left, _ in found), arrived.rejects)
    result.leads = _merged(held, [path for _, path in found])
    return result


def _merged(held: Any, paths: list[Path]) -> Iterator[tuple[str, str]]:
    """The leads of all parts in the order of ids; the folder goes when they are through."""
    import heapq

    with held:
        yield from heapq.merge(*map(_lines_in, paths))


def _lines_in(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        while True:
            try:
                yield from pickle.load(file)  # noqa: S301 - written by this run, in a folder of its own
            except EOFError:
                return


_TOGETHER = 5_000


def fold_laid_down(part: int, at: int, dropped: NDArray[Any]) -> tuple[int, Path]:
    """Fold one part of what was laid down: how many leads were left aside, and the file with the lines of all."""
    work = spilling._working()
    path = work.folder / f"leads-{part}.pickle"
    found = spilling.columns_of(part, dropped)
    left = 0
    with path.open("wb") as file:
        if found is not None:
            program = spilling.judge_of(work).program
            left, lines = fold_part(program, *found, work.source, work.now, at)
            for first in range(0, len(lines), _TOGETHER):
                pickle.dump(lines[first : first + _TOGETHER], file, protocol=5)
    return left, path


def fold_part(
    program: Program, columns: Columns, numbers: NDArray[Any], source: Lines, now: int, at: int
) -> tuple[int, list[tuple[str, str]]]:
    """How many leads were left aside, and (id, line) of all that stand, in the order of ids."""
    folded = fold_columns(program, columns, at, False)
    rows = Rows(program, folded, at)
    names = folded.leads
    found = [
        (names[place], rows.write(names[place], row))
        for place, row in zip(folded.stand.tolist(), folded.rows[folded.stand].tolist(), strict=True)
    ]
    found += fold_apart(program, folded, columns, numbers, source, now, at)
    found.sort()
    return len(folded.left), found


def fold_apart(
    program: Program, folded: Folded, columns: Columns, numbers: NDArray[Any], source: Lines, now: int, at: int
) -> list[tuple[str, str]]:
    """The leads that were left aside, folded by the engine for single events."""
    left = folded.left
    if not len(left):
        return []
    run = Run(program.table, now=now)
    run.take(source.fetch(number) for number in numbers[np.isin(columns.lead, left)].tolist())
    outcome = run.finish(at)
    write = LeadLines(run.plan, at).write
    return [(lead.id, write(lead)) for lead in outcome.leads]
