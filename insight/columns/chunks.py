"""A stretch of an event file as columns, and how stretches are put together.

A chunk holds the events that could be read and whose values are good; what could not stands beside them, with why.
Whether an event counts - or is a duplicate, or says something else under a known pair - is decided when all are read
(`insight.columns.pairs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insight.columns.folds import Columns
from insight.columns.layout import FIRST_CODE
from runtime.intake import Rejected


@dataclass(slots=True)
class Odd:
    """A line that was not taken in: its place in the order of arrival, and why."""

    number: int
    line: bytes
    rejected: Rejected


@dataclass(slots=True)
class Chunk:
    """As `Columns`, but that `source` holds positions in `sources`. `number` is an event's place in the order of
    arrival, `pair` a hash of its source and id. `known` are the names of the values in `dictionaries`, by which the
    dictionaries of chunks are put together; what is named apart may still be equal."""

    leads: list[str]
    lead: NDArray[Any]
    time: NDArray[Any]
    kind: NDArray[Any]
    sources: list[str]
    source: NDArray[Any]
    starts: NDArray[Any]
    ids: NDArray[Any]
    codes: NDArray[Any]
    dictionaries: list[list[Any]]
    known: list[list[Any]]
    number: NDArray[Any]
    pair: NDArray[Any]
    odd: list[Odd] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, rows: NDArray[Any]) -> Chunk:
        """The chunk with these rows only; leads, sources and dictionaries stay as they are."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(sizes, out=starts[1:])
        places = np.repeat(self.starts[rows] - starts[:-1], sizes) + np.arange(starts[-1])
        return Chunk(
            self.leads, self.lead[rows], self.time[rows], self.kind[rows], self.sources, self.source[rows], starts,
            self.ids[places], np.ascontiguousarray(self.codes[:, rows]), self.dictionaries, self.known,
            self.number[rows], self.pair[rows],
        )  # fmt: skip


def joined(chunks: Sequence[Chunk]) -> Columns:
    """The events of all chunks as one set of columns, ready to be folded."""
    leads, lead = _one_naming([(chunk.leads, chunk.lead) for chunk in chunks])
    sources, source = _one_naming([(chunk.sources, chunk.source) for chunk in chunks])
    ranks = np.empty(len(sources), dtype=np.int32)
    ranks[sorted(range(len(sources)), key=sources.__getitem__)] = np.arange(len(sources), dtype=np.int32)
    dictionaries, codes = _one_coding(chunks)
    starts = [np.zeros(1, dtype=np.int64)]
    end = 0
    for chunk in chunks:
        starts.append(chunk.starts[1:] + end)
        end += len(chunk.ids)
    return Columns(
        leads, lead, _all([chunk.time for chunk in chunks]), _all([chunk.kind for chunk in chunks]), ranks[source],
        _all(starts), _all([chunk.ids for chunk in chunks]), codes, dictionaries,
    )  # fmt: skip


def _all(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _one_naming(parts: list[tuple[list[str], NDArray[Any]]]) -> tuple[list[str], NDArray[Any]]:
    """Names of all parts, each once, and positions among them."""
    if len(parts) == 1:
        return parts[0]
    known: dict[str, int] = {}
    found = []
    for names, places in parts:
        numbers = np.fromiter((known.setdefault(name, len(known)) for name in names), np.int32, len(names))
        found.append(numbers[places])
    return list(known), np.concatenate(found)


def _one_coding(chunks: Sequence[Chunk]) -> tuple[list[list[Any]], NDArray[Any]]:
    """The dictionaries of all chunks put together, and codes in them."""
    if len(chunks) == 1:
        return chunks[0].dictionaries, chunks[0].codes
    columns = len(chunks[0].dictionaries)
    codes = np.empty((columns, sum(len(chunk) for chunk in chunks)), dtype=np.int32)
    dictionaries = []
    for column in range(columns):
        known: dict[Any, int] = {}
        values: list[Any] = [None] * FIRST_CODE
        at = 0
        for chunk in chunks:
            numbers = np.arange(len(chunk.dictionaries[column]), dtype=np.int32)
            for code, name in enumerate(chunk.known[column][FIRST_CODE:], FIRST_CODE):
                number = known.get(name)
                if number is None:
                    number = known[name] = len(values)
                    values.append(chunk.dictionaries[column][code])
                numbers[code] = number
            codes[column, at : at + len(chunk)] = numbers[chunk.codes[column]]
            at += len(chunk)
        dictionaries.append(values)
    return dictionaries, codes
