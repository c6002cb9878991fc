"""The store in one SQLite file.

One run is one transaction: whatever happens to the process, the file holds what the last committed run left. Events are
kept as the lines they came in, a row for each lead and run; a pair (source, id) is found by a hash that leads to its
lead, and then compared itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from runtime import state
from runtime.accounts import AccountState
from runtime.publish import Entries, Entry, Firing, Subject
from runtime.store import Header, Pair, Row, StoreError

_APPLICATION = 0x6C656164
_VERSION = 1
_WAIT = 60.0
_SCHEMA = """
CREATE TABLE header (one INTEGER PRIMARY KEY CHECK (one = 1), model TEXT, digest TEXT, newest INTEGER, upto INTEGER,
  reach INTEGER, runs INTEGER NOT NULL);
CREATE TABLE leads (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, newest INTEGER NOT NULL, looked INTEGER,
  waiting INTEGER NOT NULL, state BLOB);
CREATE TABLE lines (lead INTEGER NOT NULL, part INTEGER NOT NULL, lines BLOB NOT NULL, PRIMARY KEY (lead, part))
  WITHOUT ROWID;
CREATE TABLE pairs (hash INTEGER NOT NULL, lead INTEGER NOT NULL, PRIMARY KEY (hash, lead)) WITHOUT ROWID;
CREATE TABLE entries (kind TEXT NOT NULL, subject TEXT NOT NULL, "trigger" TEXT NOT NULL, name TEXT NOT NULL,
  time INTEGER NOT NULL, ordinal INTEGER NOT NULL, standing INTEGER NOT NULL, published INTEGER NOT NULL,
  count INTEGER NOT NULL, late INTEGER NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (kind, subject, "trigger", name, time, ordinal)) WITHOUT ROWID;
CREATE INDEX entries_due ON entries (time) WHERE standing != published;
CREATE TABLE accounts (name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
"""
_FETCHED = 500
_Result = TypeVar("_Result")


class _Pair(msgspec.Struct, gc=False):
    source: str
    id: str


_pair = msgspec.json.Decoder(_Pair).decode


_TROUBLE = (sqlite3.Error, UnicodeError)


def _sealed(data: bytes) -> bytes:
    """The bytes with a checksum in front: SQLite keeps none, and a state that was changed would give wrong scores."""
    return crc32(data).to_bytes(4, "big") + data


def _hash(pair: Pair) -> int:
    """A number that leads to the pair: sums of both texts, side by side. Two pairs may share it."""
    return (crc32(pair[0].encode()) << 31) ^ crc32(pair[1].encode())


class SQLite:
    """A store in the file at `path`, made if it is not there. Raises StoreError if it can't be one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers: dict[str, int] = {}
        self._open = False
        try:
            self._db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
        except _TROUBLE as error:
            raise self._trouble(error) from None
        try:
            self._db.execute("PRAGMA cache_size = -200000")
            self._begin()
            self._check()
        except _TROUBLE as error:
            self._db.close()
            raise self._trouble(error) from None
        except StoreError:
            self._db.close()
            raise

    def _trouble(self, error: Exception) -> StoreError:
        if "locked" in str(error):
            return StoreError(f"{self.path} is in use by another run; try again when it has ended")
        if isinstance(error, UnicodeError) or any(
            word in str(error) for word in ("not a database", "malformed", "no such")
        ):
            return StoreError(f"{self.path} is not a leadscore database, or it is damaged ({error})")
        return StoreError(f"{self.path} can't be used: {error}")

    def _check(self) -> None:
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if application == 0 and not self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            for statement in _SCHEMA.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        elif application != _APPLICATION:
            raise StoreError(f"{self.path} is a database, but not one of leadscore; name another file")
        elif version > _VERSION:
            raise StoreError(f"{self.path} has database format {version}, newer than this leadscore reads; update it")

    def _begin(self) -> None:
        if not self._open:
            self._db.execute("BEGIN IMMEDIATE")
            self._open = True

    def _ask(self, sql: str, values: Iterable[Any] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, tuple(values)).fetchall()
        except _TROUBLE as error:
            raise self._trouble(error) from None

    def _opened(self, data: Any) -> bytes:
        if not isinstance(data, bytes) or crc32(data[4:]).to_bytes(4, "big") != data[:4]:
            raise StoreError(f"{self.path} is damaged: what it keeps of a lead does not fit its checksum")
        return data[4:]

    # --- reading ------------------------------------------------------------------------------------------------------

    def header(self) -> Header | None:
        found = self._ask("SELECT model, digest, newest, upto, reach FROM header")
        if not found and self._ask("SELECT 1 FROM leads LIMIT 1"):
            raise StoreError(f"{self.path} is damaged: it has leads and does not say of which model")
        if found and not all(isinstance(time, int | None) for time in found[0][2:]):
            raise StoreError(f"{self.path} is damaged: its times are no numbers")
        return Header(*found[0]) if found else None

    def known(self, pairs: Iterable[Pair]) -> dict[Pair, bytes]:
        wanted = set(pairs)
        leads = {
            row[0]
            for row in self._in("SELECT DISTINCT lead FROM pairs WHERE hash IN", [_hash(pair) for pair in wanted])
        }
        found = {}
        for (lines,) in self._in("SELECT lines FROM lines WHERE lead IN", leads):
            for line in self._opened(lines).split(b"\n"):
                head = _pair(line)
                if (head.source, head.id) in wanted:
                    found[head.source, head.id] = line
        return found

    def _in(self, sql: str, values: Iterable[Any]) -> Iterator[Any]:
        held = list(values)
        for at in range(0, len(held), _FETCHED):
            some = held[at : at + _FETCHED]
            yield from self._ask(f"{sql} ({','.join('?' * len(some))})", some)

    _ROW = "SELECT n, id, newest, looked, waiting, state FROM leads"

    def _row(self, found: Any) -> Row:
        n, id, newest, looked, waiting, data = found
        self._numbers[id] = n
        return Row(id, newest, looked, None if data is None else state.decode(id, self._opened(data)), bool(waiting))

    def rows(self, ids: Iterable[str]) -> dict[str, Row]:
        found = self._in(f"{self._ROW} WHERE id IN", ids)
        return {row.id: row for row in map(self._row, found)}

    def every(self) -> Iterator[Row]:
        last = ""
        while some := self._ask(f"{self._ROW} WHERE id > ? ORDER BY id LIMIT {_FETCHED}", (last,)):
            yield from map(self._row, some)
            last = some[-1][1]

    def history(self, id: str) -> list[bytes]:
        n = self._numbers.get(id)
        found = self._ask("SELECT lines FROM lines WHERE lead = ? ORDER BY part", (n,)) if n is not None else []
        return [line for (lines,) in found for line in self._opened(lines).split(b"\n")]

    def entries(self, subject: Subject) -> Entries:
        found = self._ask(
            'SELECT "trigger", name, time, ordinal, standing, published, count, late, data FROM entries '
            "WHERE kind = ? AND subject = ?",
            subject,
        )
        return {(row[0], row[1], row[2], row[3]): _entry(row[4:]) for row in found}

    def due(self, upto: int) -> list[tuple[Subject, Firing, Entry]]:
        found = self._ask(
            'SELECT kind, subject, "trigger", name, time, ordinal, standing, published, count, late, data FROM entries '
            "WHERE standing != published AND time <= ?",
            (upto,),
        )
        return [((row[0], row[1]), (row[2], row[3], row[4], row[5]), _entry(row[6:])) for row in found]

    def accounts(self) -> dict[str, AccountState]:
        found = self._ask("SELECT name, state FROM accounts")
        return {name: state.decode_account(name, self._opened(data)) for name, data in found}

    # --- writing ------------------------------------------------------------------------------------------------------

    def _write(self, do: Callable[[], _Result]) -> _Result:
        try:
            self._begin()
            return do()
        except _TROUBLE as error:
            raise self._trouble(error) from None

    def write(self, header: Header, rows: list[Row], lines: dict[str, list[tuple[Pair, bytes]]]) -> None:
        self._write(lambda: self._write_leads(header, rows, lines))

    def _write_leads(self, header: Header, rows: list[Row], lines: dict[str, list[tuple[Pair, bytes]]]) -> None:
        db, numbers = self._db, self._numbers
        part = db.execute("SELECT coalesce(max(runs), 0) + 1 FROM header").fetchone()[0]
        db.execute(
            "INSERT OR REPLACE INTO header VALUES (1, ?, ?, ?, ?, ?, ?)",
            (header.model, header.digest, header.newest, header.upto, header.reach, part),
        )
        next_number = db.execute("SELECT coalesce(max(n), 0) FROM leads").fetchone()[0] + 1
        for row in rows:
            if row.id not in numbers:
                numbers[row.id] = next_number
                next_number += 1
        db.executemany(
            "INSERT INTO leads (n, id, newest, looked, waiting, state) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (n) DO "
            "UPDATE SET newest = excluded.newest, looked = excluded.looked, waiting = excluded.waiting, "
            "state = excluded.state",
            (
                (
                    numbers[row.id],
                    row.id,
                    row.newest,
                    row.looked,
                    row.waiting,
                    None if row.lead is None else _sealed(state.encode(row.lead)),
                )
                for row in rows
            ),
        )
        db.executemany(
            "INSERT INTO lines VALUES (?, ?, ?)",
            ((numbers[id], part, _sealed(b"\n".join([line.strip() for _, line in new]))) for id, new in lines.items()),
        )
        hashes = sorted([(_hash(pair), numbers[id]) for id, new in lines.items() for pair, _ in new])
        db.executemany("INSERT OR IGNORE INTO pairs VALUES (?, ?)", hashes)

    def write_entries(self, subject: Subject, entries: Entries) -> None:
        self._write(
            lambda: self._db.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (*subject, *firing, entry.standing, entry.published, entry.count, entry.late, entry.data)
                    for firing, entry in entries.items()
                ),
            )
        )

    def write_accounts(self, states: dict[str, AccountState]) -> None:
        rows = [(name, _sealed(state.encode_account(held))) for name, held in states.items()]
        self._write(lambda: self._db.executemany("INSERT OR REPLACE INTO accounts VALUES (?, ?)", rows))

    def overlook(self) -> None:
        self._write(lambda: self._db.execute("UPDATE entries SET late = 1 WHERE standing AND NOT published"))

    def commit(self) -> None:
        self._write(lambda: self._db.execute("COMMIT"))
        self._open = False

    def close(self) -> None:
        """Let go of the file; what was not committed is undone."""
        self._db.close()


def _entry(found: tuple[Any, ...]) -> Entry:
    standing, published, count, late, data = found
    return Entry(bool(standing), bool(published), count, bool(late), data)
