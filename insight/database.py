"""A database of `--db` as recorded events: all lines that its runs have accepted.

The file is opened for reading only, and as it stands at that moment; a shelf is a range of the leads' numbers. What a
run has accepted was accepted: another model leaves aside what it does not take, as a run with `--refold` does.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote
from zlib import crc32

from insight.recorded import Fingerprint, History, RecordedError, Tally
from insight.shelves import COUNT

APPLICATION = 0x6C656164
VERSION = 1
_WHOLE = 1 << 128


class Database:
    """The file at `path`, for several models. Raises RecordedError if it is none."""

    def __init__(self, path: Path, models: int = 1) -> None:
        self.path = path
        self.models = models
        self._counter = _counter(path)
        with _Opened(path) as db:
            if db.ask("PRAGMA application_id")[0][0] != APPLICATION:
                raise RecordedError(f"{path} is not a leadscore database")
            if db.ask("PRAGMA user_version")[0][0] > VERSION:
                raise RecordedError(f"{path} has a newer format than this leadscore reads; update it")
            header = db.ask("SELECT model, newest FROM header")
            self.model: str | None = header[0][0] if header else None
            self._newest: int | None = header[0][1] if header else None
            self._most: int = db.ask("SELECT coalesce(max(n), 0) FROM leads")[0][0]
            self._events = self._sum = 0
            for (lines,) in db.each("SELECT lines FROM lines"):
                for line in _lines(path, lines):
                    self._events += 1
                    self._sum += int.from_bytes(hashlib.blake2b(line, digest_size=16).digest(), "big")
        self.version = f"{self._events} events up to {self._newest}, {self._sum % _WHOLE:032x}"
        """What tells the file from itself at other times: what it holds of events."""

    @property
    def shelves(self) -> int:
        return COUNT

    def shelf(self, at: int) -> Iterator[History]:
        low, high = self._most * at // COUNT, self._most * (at + 1) // COUNT
        found: list[History] = []
        with _Opened(self.path) as db:
            history: History | None = None
            number = None
            for n, id, lines in db.each(
                "SELECT leads.n, leads.id, lines.lines FROM leads JOIN lines ON lines.lead = leads.n "
                "WHERE leads.n > ? AND leads.n <= ? ORDER BY leads.n, lines.part",
                (low, high),
            ):
                if n != number or history is None:
                    number, history = n, History(id, [])
                    found.append(history)
                history.lines += _lines(self.path, lines)
        if _counter(self.path) != self._counter:
            raise RecordedError(f"another run wrote {self.path} meanwhile; run again when it has ended")
        yield from sorted(found, key=lambda history: history.id)

    @property
    def tallies(self) -> list[Tally]:
        return [Tally(self._events, newest=self._newest) for _ in range(self.models)]

    @property
    def newest(self) -> int | None:
        return self._newest

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(
            self._events, self._newest, f"{self._sum % _WHOLE:032x}", (("database", str(self.path), self.version),)
        )

    @property
    def remarks(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to do: the file is open only while it is read."""


class _Opened:
    """The database, open for reading until the end of the block; what SQLite can't do becomes a RecordedError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        if not self.path.is_file():
            raise RecordedError(f"there is no database {self.path}")
        self._db = sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro", uri=True, timeout=60)
        self._db.execute("BEGIN")
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._db.close()
        if isinstance(error, sqlite3.Error):
            raise RecordedError(f"{self.path} is not a leadscore database, or it is damaged ({error})") from None

    def ask(self, sql: str) -> list[Any]:
        return self._db.execute(sql).fetchall()

    def each(self, sql: str, values: tuple[int, ...] = ()) -> Iterator[Any]:
        return iter(self._db.execute(sql, values))


def _counter(path: Path) -> bytes:
    """What SQLite changes in the file with each transaction; empty for what is too short to be one of its files."""
    try:
        with path.open("rb") as file:
            return file.read(28)[24:]
    except OSError:
        return b""


def _lines(path: Path, data: Any) -> list[bytes]:
    if not isinstance(data, bytes) or crc32(data[4:]).to_bytes(4, "big") != data[:4]:
        raise RecordedError(f"{path} is damaged: what it keeps of a lead does not fit its checksum")
    return data[4:].split(b"\n")
