"""Recorded events, lead by lead: what `plan`, `backtest` and `calibrate` look at.

Whoever reads them sees shelves: each holds all that is kept of some leads, and of no others, so a process that folds a
shelf needs no other one and memory is bounded by the largest. Three things keep events: event files
(`insight.event_files`), a database of `--db` (`insight.database`), and an export of the DynamoDB table
(`insight.export`). All of them give histories: the accepted events of one lead, in the lines that they came in, and the
state that expired events were folded into, if there are any.

A history may be read under several models, and what one accepts another may not: an event of a type that only one of
them knows. Each reads for itself, as a run of `score` under it would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from runtime.dynamo.model import Model
from runtime.intake import Event, Rejected
from runtime.lead import Key, Lead


class RecordedError(Exception):
    """What is kept can't be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Start:
    """The state that expired events of a lead were folded into, by the model of this mark; `seen` is the last instant
    that it has seen (microseconds)."""

    mark: bytes
    lead: Lead
    seen: int


@dataclass(slots=True)
class History:
    """What is kept of one lead. `lines` are accepted ones, in no order; `accepted`, a number for each line, has bit n
    set if model n accepts it, and is None where every line was accepted once, whatever the models."""

    id: str
    lines: list[bytes]
    accepted: list[int] | None = None
    start: Start | None = None

    def events(self, model: Model, number: int = 0, after: Key | None = None) -> tuple[list[Event], int]:
        """The events that model `number` accepts, each once, in their order, of those after a place in it; and how many
        lines were left aside because the model does not take them."""
        found: dict[Key, Event] = {}
        aside = 0
        for at, line in enumerate(self.lines):
            if self.accepted is not None and not self.accepted[at] >> number & 1:
                continue
            try:
                event = model.read(line)[1]
            except Rejected:
                aside += 1
                continue
            if after is None or event[0] > after:
                found[event[0]] = event
        return [found[key] for key in sorted(found)], aside


@dataclass(slots=True)
class Tally:
    """What became of the lines under one model: `rejects` by reason, without what follows a colon in it."""

    accepted: int = 0
    duplicates: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    newest: int | None = None
    """The time of the newest accepted event (microseconds)."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What data it was: `events` that any model accepted, the time of the `last` of them, and a `hash` that is the same
    for the same events in any order. `versions` say of each thing that was read what can be held against it later."""

    events: int
    last: int | None
    hash: str
    versions: tuple[tuple[str, str, str], ...]
    """(kind, name, version) of each: kind is "file", "database" or "export"."""


class Recording(Protocol):
    """Recorded events that were read once. It may be handed to other processes."""

    models: int
    """Under how many models it was read."""

    @property
    def shelves(self) -> int: ...
    def shelf(self, at: int) -> Iterator[History]:
        """The leads of one shelf, by id. Raises RecordedError."""
        ...

    @property
    def tallies(self) -> list[Tally]:
        """What became of the lines, for each model."""
        ...

    @property
    def newest(self) -> int | None:
        """The time of the newest event that any model accepts (microseconds); None if there is none."""
        ...

    @property
    def fingerprint(self) -> Fingerprint: ...
    @property
    def remarks(self) -> list[str]:
        """What a reader must know of how complete it is, a sentence each, without a full stop."""
        ...

    def close(self) -> None:
        """Remove what was put aside on the disk."""
        ...
