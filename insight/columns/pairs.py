"""Which events count: of equal pairs of source and id the first; the others are duplicates, or say something else.

Pairs are compared by hash first, over all events at once; only where two hashes are equal are lines looked at again,
and judged as `runtime.arrivals` judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insight.columns.chunks import Odd
from insight.columns.reading import pair_of
from runtime.arrivals import Reject
from runtime.intake import Rejected, envelope, same_content

OTHER = "other content under a known pair of source and id"


@dataclass(slots=True)
class Arrived:
    """`dropped` are the numbers of the good events that don't count, in order; `rejects` the lines that were not taken
    in, in the order of arrival."""

    dropped: NDArray[Any]
    duplicates: int = 0
    rejects: list[Reject] = field(default_factory=list)


def settle(
    pair: NDArray[Any],
    number: NDArray[Any],
    odd: Iterable[Odd],
    fetch: Callable[[int], bytes],
    every: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
) -> Arrived:
    """Decide about the events whose pairs have these hashes, and the lines that are `odd`. `fetch` gives the line of an
    event by its number. Where only events with a hash that is there several times are given, `every` gives those (rows
    of hashes and numbers) with any of the hashes that odd lines have."""
    strange = [each for each in odd if each.rejected.pair is not None]
    rejects = [(each.number, Reject(each.rejected.reason, each.line)) for each in odd if each.rejected.pair is None]
    hashes = np.array([pair_of(*each.rejected.pair) for each in strange if each.rejected.pair], dtype=np.int64)
    if every is not None and len(hashes):
        more = every(hashes)
        held = np.unique(np.concatenate([np.stack([pair, number]), more], axis=1), axis=1)
        pair, number = held[0], held[1]
    hashed = np.concatenate([pair, hashes])
    places = np.concatenate([number, [each.number for each in strange]]).astype(np.int64)
    twice = again(hashed)
    by_number = {each.number: each for each in strange}
    seen: dict[tuple[str, str], bytes] = {}
    dropped: list[int] = []
    duplicates = 0
    for place in np.sort(places[twice]).tolist():
        rejected: Rejected | None = None
        if place in by_number:
            line, rejected = by_number[place].line, by_number[place].rejected
            name = rejected.pair
        else:
            line = fetch(place)
            given = envelope(line)
            name = (given["source"], given["id"])
        assert name is not None
        known = seen.get(name)
        if known is not None and same_content(known, line):
            duplicates += 1
        elif rejected is not None:
            rejects.append((place, Reject(rejected.reason, line)))
            continue
        elif known is not None:
            rejects.append((place, Reject(OTHER, line)))
        else:
            seen[name] = line
            continue
        if rejected is None:
            dropped.append(place)
    asked = set(places[twice].tolist())
    rejects += [(each.number, Reject(each.rejected.reason, each.line)) for each in strange if each.number not in asked]
    rejects.sort(key=lambda each: each[0])
    return Arrived(np.array(dropped, dtype=np.int64), duplicates, [reject for _, reject in rejects])


def again(hashes: NDArray[Any]) -> NDArray[Any]:
    """The positions of hashes that are there several times."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    equal = ordered[1:] == ordered[:-1]
    found = np.zeros(len(hashes), dtype=np.bool_)
    found[order[1:][equal]] = True
    found[order[:-1][equal]] = True
    return np.flatnonzero(found)
