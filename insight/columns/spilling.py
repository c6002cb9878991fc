"""Whole files in stretches, on all cores, with no more in memory than the leads in hand.

First every stretch is read by itself, and its events are laid down on the disk by a hash of their lead, in as many
parts as it takes for one to fit. Their pairs of source and id are laid down by their own hash: equal ones meet there,
whatever their leads are. Then every part is put together and folded by itself. Both are done by several processes; what
is written between them is a folder of temporary files.
"""

from __future__ import annotations

import multiprocessing
import pickle
import zlib
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from insight.columns.chunks import Chunk, Odd, joined
from insight.columns.layout import FIRST_CODE
from insight.columns.pairs import Arrived, again, settle
from insight.columns.program import Program
from insight.columns.reading import Judge
from runtime.table import Table

IN_HAND = 1_500_000
"""Events that one process folds at once."""


class Source(Protocol):
    """Events by the stretch. `stretches` are what `read` takes, and can be sent to another process as the source can;
    `size` is about how many events there are; `fetch` gives the line of an event by its number."""

    def stretches(self) -> list[Any]: ...
    def size(self) -> int: ...
    def read(self, judge: Judge, stretch: Any) -> Chunk: ...
    def fetch(self, number: int) -> bytes: ...


@dataclass(slots=True)
class Work:
    """What every process knows. A `program` is made once in each."""

    table: Table
    source: Source
    now: int
    folder: Path
    parts: int


_made: dict[int, Any] = {}


def judge_of(work: Work) -> Judge:
    """The judge of the work, made once in a process."""
    key = id(work.table), work.now
    found = _made.get(hash(key))
    if found is None or found[0] is not work.table:
        found = _made[hash(key)] = (work.table, Judge(Program(work.table), work.now))
    judge: Judge = found[1]
    return judge


_work: Work | None = None


def begin(work: Work) -> None:
    """In a new process: remember what is worked on."""
    global _work
    _work = work


def _working() -> Work:
    assert _work is not None
    return _work


# --- laying down ------------------------------------------------------------------------------------------------------


def lay_down(number: int, stretch: Any) -> list[Odd]:
    """Read one stretch and lay its events down; the lines that were not taken in."""
    work = _working()
    chunk = work.source.read(judge_of(work), stretch)
    parts = np.array([zlib.crc32(lead.encode()) % work.parts for lead in chunk.leads] or [0], dtype=np.int64)
    part = parts[chunk.lead] if len(chunk) else np.empty(0, np.int64)
    of_pair = (chunk.pair >> 7) % work.parts
    for at in range(work.parts):
        mine = of_pair == at
        np.save(
            work.folder / f"pairs-{at}-{number}.npy",
            np.stack([chunk.pair[mine], chunk.number[mine], chunk.time[mine]]),
        )
        rows = np.flatnonzero(part == at)
        if len(rows):
            piece = compact(chunk.rows(rows))
            with (work.folder / f"events-{at}-{number}.pickle").open("wb") as file:
                pickle.dump(piece, file, protocol=5)
    return chunk.odd


def compact(chunk: Chunk) -> Chunk:
    """The chunk with only the leads and values that its events have."""
    used, lead = np.unique(chunk.lead, return_inverse=True)
    codes = np.empty_like(chunk.codes)
    dictionaries, known = [], []
    for column, values in enumerate(chunk.dictionaries):
        size = len(values)
        seen = np.zeros(size, dtype=np.bool_)
        seen[chunk.codes[column]] = True
        seen[:FIRST_CODE] = True
        numbers = np.cumsum(seen, dtype=np.int32) - 1
        codes[column] = numbers[chunk.codes[column]]
        places = np.flatnonzero(seen).tolist()
        dictionaries.append([values[place] for place in places])
        known.append([chunk.known[column][place] for place in places])
    return Chunk(
        [chunk.leads[place] for place in used.tolist()], lead.astype(np.int32), chunk.time, chunk.kind, chunk.sources,
        chunk.source, chunk.starts, chunk.ids, codes, dictionaries, known, chunk.number, chunk.pair,
    )  # fmt: skip


def meet_again(at: int) -> NDArray[Any]:
    """(hash, number) of the events of one part of the pairs whose hash is there several times, and the newest time."""
    held = pairs_of(_working().folder, at)
    places = again(held[0])
    return held[:, places]


def pairs_of(folder: Path, at: int) -> NDArray[Any]:
    """The pairs of one part: rows of hashes, numbers and times."""
    files = sorted(folder.glob(f"pairs-{at}-*.npy"))
    return np.concatenate([np.load(file) for file in files], axis=1)


def pieces_of(folder: Path, at: int) -> list[Chunk]:
    """The events of one part, stretch by stretch."""
    found = []
    for file in sorted(folder.glob(f"events-{at}-*.pickle"), key=lambda file: int(file.stem.rpartition("-")[2])):
        with file.open("rb") as held:
            found.append(pickle.load(held))  # noqa: S301 - written by this run, in a folder of its own
    return found


# --- all of it --------------------------------------------------------------------------------------------------------


def spread_out(work: Work, workers: int, fold: Callable[..., Any]) -> Generator[Any, Any, None]:
    """Lay everything down, decide what counts, and give what `fold(part, at, dropped)` gives for each part; before that
    the `Arrived` with T's candidate: the newest time that counts."""
    if workers == 1:
        begin(work)
        yield from _steps(work, fold, map)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=begin, initargs=(work,)) as pool:
        yield from _steps(work, fold, pool.map)


def _steps(work: Work, fold: Callable[..., Any], each: Callable[..., Iterable[Any]]) -> Generator[Any, Any, None]:
    stretches = work.source.stretches()
    odd = [one for found in each(lay_down, range(len(stretches)), stretches) for one in found]
    equal = list(each(meet_again, range(work.parts))) if stretches else []
    both = np.concatenate(equal, axis=1) if equal else np.empty((3, 0), np.int64)
    arrived = settle(both[0], both[1], odd, work.source.fetch, every=lambda hashes: _among(work, hashes))
    accepted, newest = _newest(work, arrived)
    yield arrived, accepted, newest
    at = yield
    yield from each(fold, range(work.parts), [at] * work.parts, [arrived.dropped] * work.parts)


def _among(work: Work, hashes: NDArray[Any]) -> NDArray[Any]:
    """The pairs (rows of hash and number) that have one of these hashes."""
    found = [np.empty((2, 0), np.int64)]
    for at in range(work.parts):
        held = pairs_of(work.folder, at)
        found.append(held[:2, np.isin(held[0], hashes)])
    return np.concatenate(found, axis=1)


def _newest(work: Work, arrived: Arrived) -> tuple[int, int | None]:
    """How many events count, and the time of the newest of them."""
    count, newest = 0, None
    for at in range(work.parts):
        held = pairs_of(work.folder, at)
        times = held[2] if not len(arrived.dropped) else held[2][~np.isin(held[1], arrived.dropped)]
        count += len(times)
        if len(times):
            newest = max(int(times.max()), newest or 0)
    return count, newest


def columns_of(at: int, dropped: NDArray[Any]) -> tuple[Any, NDArray[Any]] | None:
    """The events of one part that count, as columns, and their numbers; None if there are none."""
    chunks = pieces_of(_working().folder, at)
    if len(dropped):
        chunks = [chunk.rows(np.flatnonzero(~np.isin(chunk.number, dropped))) for chunk in chunks]
    if not sum(len(chunk) for chunk in chunks):
        return None
    return joined(chunks), np.concatenate([chunk.number for chunk in chunks])
