"""What all tests together have seen: counts for each side of each spot, file by file.

A file that several models import is one file, whichever of them saw something in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from cli.coverage.spots import Spot


@dataclass(slots=True)
class Entry:
    """A spot with, for each of its sides, how many tests saw it, and the first of them."""

    spot: Spot
    counts: list[int]
    first: list[str | None]

    @property
    def seen(self) -> int:
        return sum(count > 0 for count in self.counts)

    @property
    def unseen(self) -> list[str]:
        """The sides that no test saw."""
        return [side for side, count in zip(self.spot.sides, self.counts, strict=True) if not count]


@dataclass(frozen=True, slots=True)
class Part:
    """So many sides, of which so many were seen; of nothing, all is seen."""

    seen: int
    of: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.seen, self.of) if self.of else Fraction(1)


@dataclass(slots=True)
class FileCoverage:
    """The entries of one file under the name that it is shown by, in the order in which they stand there."""

    name: str
    entries: dict[tuple[int, int, str, int], Entry] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self.entries.values(), key=lambda each: (each.spot.start, -each.spot.end, each.spot.at)))

    def part(self, *parts: str) -> Part:
        """Of the parts named, or of all."""
        return part(each for each in self.entries.values() if not parts or each.spot.part in parts)


def part(entries: Iterable[Entry]) -> Part:
    """How many sides there are, and how many were seen."""
    found = list(entries)
    return Part(sum(each.seen for each in found), sum(len(each.counts) for each in found))


class Coverage:
    """Takes in the spots of models, and what their tests saw of them."""

    def __init__(self) -> None:
        self._files: dict[str, FileCoverage] = {}

    @property
    def files(self) -> list[FileCoverage]:
        return list(self._files.values())

    def add(self, spots: Sequence[Spot]) -> list[Entry]:
        """The entries of a model's spots, by their numbers."""
        return [self._entry(spot) for spot in spots]

    def _entry(self, spot: Spot) -> Entry:
        file = self._files.setdefault(os.path.realpath(spot.file), FileCoverage(spot.file))
        fresh = Entry(spot, [0] * len(spot.sides), [None] * len(spot.sides))
        return file.entries.setdefault((spot.start, spot.end, spot.part, spot.at), fresh)

    def __iter__(self) -> Iterator[Entry]:
        for file in self._files.values():
            yield from file

    @property
    def whole(self) -> Part:
        return part(self)


def saw(entries: Sequence[Entry], sides: Iterable[int], test: str) -> None:
    """Count what one test saw: the numbers of sides of a model's entries."""
    for number in sides:
        entry, side = entries[number // 2], number % 2
        entry.counts[side] += 1
        if entry.first[side] is None:
            entry.first[side] = test
