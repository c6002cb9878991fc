"""Where leads are kept between runs: the interface, and its form in memory.

A store holds, for each lead, its state and what must be known of it before it is loaded; the lines of all its accepted
events; and the ledger of publications. A run reads what it needs, writes once, and `commit` makes all of it stand at
one moment; a run that ends without it leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from runtime.accounts import AccountState
from runtime.lead import Lead
from runtime.publish import Entries, Entry, Firing, Subject

Pair = tuple[str, str]


class StoreError(Exception):
    """The store can't be used; the text says why and what to do."""


@dataclass(slots=True)
class Row:
    """A lead as it is kept. `newest` is the time of its newest accepted event; `looked` the latest look that a run took
    at it; `waiting` says that it has events later than its state."""

    id: str
    newest: int
    looked: int | None = None
    lead: Lead | None = None
    waiting: bool = False


@dataclass(slots=True)
class Header:
    """`digest` is the hash of what the table does that made the states; `newest` the time of the newest accepted event
    over all leads; `upto` the T of the last run, `reach` the largest T of any."""

    model: str
    digest: str
    newest: int | None = None
    upto: int | None = None
    reach: int | None = None


class Store(Protocol):
    """All times are microseconds; lines are as they came in. `overlook` makes every publication that stands `late` for
    when it is told: a run that was to tell nothing has looked past it."""

    def header(self) -> Header | None: ...
    def known(self, pairs: Iterable[Pair]) -> dict[Pair, bytes]: ...
    def rows(self, ids: Iterable[str]) -> dict[str, Row]: ...
    def every(self) -> Iterator[Row]: ...
    def history(self, id: str) -> list[bytes]: ...
    def entries(self, subject: Subject) -> Entries: ...
    def due(self, upto: int) -> list[tuple[Subject, Firing, Entry]]: ...
    def accounts(self) -> dict[str, AccountState]: ...
    def write(self, header: Header, rows: list[Row], lines: dict[str, list[tuple[Pair, bytes]]]) -> None: ...
    def write_entries(self, subject: Subject, entries: Entries) -> None: ...
    def write_accounts(self, states: dict[str, AccountState]) -> None: ...
    def overlook(self) -> None: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class Memory:
    """A store that lasts as long as the process; `commit` has nothing to do."""

    _header: Header | None = None
    _rows: dict[str, Row] = field(default_factory=dict)
    _lines: dict[str, list[bytes]] = field(default_factory=dict)
    _pairs: dict[Pair, bytes] = field(default_factory=dict)
    _entries: dict[Subject, Entries] = field(default_factory=dict)
    _accounts: dict[str, AccountState] = field(default_factory=dict)

    def header(self) -> Header | None:
        return self._header

    def known(self, pairs: Iterable[Pair]) -> dict[Pair, bytes]:
        return {pair: self._pairs[pair] for pair in pairs if pair in self._pairs}

    def rows(self, ids: Iterable[str]) -> dict[str, Row]:
        return {id: self._rows[id] for id in ids if id in self._rows}

    def every(self) -> Iterator[Row]:
        for id in sorted(self._rows):
            yield self._rows[id]

    def history(self, id: str) -> list[bytes]:
        return self._lines.get(id, [])

    def entries(self, subject: Subject) -> Entries:
        return self._entries.get(subject, {})

    def due(self, upto: int) -> list[tuple[Subject, Firing, Entry]]:
        return [
            (subject, firing, entry)
            for subject, entries in self._entries.items()
            for firing, entry in entries.items()
            if entry.due and firing[2] <= upto
        ]

    def accounts(self) -> dict[str, AccountState]:
        return dict(self._accounts)

    def write(self, header: Header, rows: list[Row], lines: dict[str, list[tuple[Pair, bytes]]]) -> None:
        self._header = header
        for row in rows:
            self._rows[row.id] = row
        for id, new in lines.items():
            self._lines.setdefault(id, []).extend([line for _, line in new])
            self._pairs.update(new)

    def write_entries(self, subject: Subject, entries: Entries) -> None:
        self._entries.setdefault(subject, {}).update(entries)

    def write_accounts(self, states: dict[str, AccountState]) -> None:
        self._accounts.update(states)

    def overlook(self) -> None:
        for entries in self._entries.values():
            for entry in entries.values():
                entry.late = entry.late or entry.standing

    def commit(self) -> None:
        """Nothing to do: what was written stands."""

    def close(self) -> None:
        """Nothing to do: nothing is held open."""
