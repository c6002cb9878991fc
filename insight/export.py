"""An export of the DynamoDB table to S3 as recorded events: exactly the histories that the live system keeps.

DynamoDB writes an export as a folder: a manifest, and gzipped files of JSON lines, one item of the table each, in no
order. Items are put on shelves by the lead that they belong to: claims carry lines of a lead and say whose they are. A
shelf is then read by the very code that reads the table (`runtime.dynamo.rows`, `runtime.dynamo.history`), over items
that lie in memory: lines in the lead's item, in claims, in items of their own, saved states and what an erase has
marked. Where events have expired, a history starts from the state that they were folded into.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insight.recorded import Fingerprint, History, RecordedError, Start, Tally
from insight.shelves import HELD, Shelves, shelf_of
from runtime.dynamo.client import Item, Table, read_image
from runtime.dynamo.history import History as Kept
from runtime.dynamo.keys import CLAIM, LEAD, STATE
from runtime.dynamo.releases import LIVE, RELEASE
from runtime.dynamo.rows import fetch, row_of

_WHOLE = 1 << 128
_CLAIM = "C#"
_SUMMARY, _FILES, _DATA = "manifest-summary.json", "manifest-files.json", "data"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    items: int | None
    """How many the manifest says it holds."""


class Export:
    """The export in the folder at `path`, for several models; `told` is told of bytes of the files as they are read.
    Raises RecordedError."""

    def __init__(
        self, path: Path, models: int = 1, *, held: int = HELD, told: Callable[[int], None] = lambda _: None
    ) -> None:
        self.path = path
        self.models = models
        self._shelves = Shelves(held=held)
        self._told = told
        files, version = _files_of(path)
        self.live: Item | None = None
        """What the export says is live: the item of the release, None if there is none."""
        try:
            for file in files:
                self._read(file)
        except BaseException:
            self._shelves.close()
            raise
        self._version = ("export", str(path), version)
        self._summed = _Sum()
        self._sum_up()

    # --- files to shelves ---------------------------------------------------------------------------------------------

    def _read(self, file: _File) -> None:
        count = 0
        try:
            with gzip.open(file.path, "rb") as lines:
                for count, line in enumerate(lines, 1):  # noqa: B007 - the last number is what is asked for
                    self._take(line)
        except (OSError, EOFError, zlib.error) as error:
            raise RecordedError(f"{file.path} can't be read: it is damaged or no gzip file ({error})") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RecordedError(f"{file.path} holds a line ({count}) that is no item of an export") from None
        if file.items is not None and count != file.items:
            raise RecordedError(f"{file.path} holds {count:,} items, and the manifest says {file.items:,}")
        self._told(file.path.stat().st_size)

    def _take(self, line: bytes) -> None:
        image = json.loads(line)["Item"]
        pk, sk = image["pk"]["S"], image["sk"]["S"]
        if pk.startswith(LEAD):
            self._shelves.put(shelf_of(pk), line)
        elif pk.startswith(_CLAIM) and "lines" in image:
            self._shelves.put(shelf_of(image["lead"]["S"]), line)
        elif (pk, sk) == (RELEASE, LIVE):
            self.live = read_image(image)

    def _sum_up(self) -> None:
        """Count the events, and see that every lead can be read."""
        for at in range(self._shelves.count):
            for history in self.shelf(at):
                self._summed.add(history)

    # --- shelves to histories -----------------------------------------------------------------------------------------

    @property
    def shelves(self) -> int:
        return self._shelves.count

    def shelf(self, at: int) -> Iterator[History]:
        leads: dict[str, dict[str, Item]] = {}
        claims: dict[str, Item] = {}
        for record in self._shelves.records(at):
            item = read_image(json.loads(record)["Item"])
            if item["pk"].startswith(LEAD):
                leads.setdefault(item["pk"], {})[item["sk"]] = item
            else:
                claims[item["pk"]] = item
        found = [_history(pk, items, claims, self.path) for pk, items in leads.items() if STATE in items]
        yield from sorted([each for each in found if each is not None], key=lambda history: history.id)

    @property
    def tallies(self) -> list[Tally]:
        return [Tally(self._summed.events, newest=self._summed.last) for _ in range(self.models)]

    @property
    def newest(self) -> int | None:
        return self._summed.last

    @property
    def fingerprint(self) -> Fingerprint:
        summed = self._summed
        return Fingerprint(summed.events, summed.last, f"{summed.hash % _WHOLE:032x}", (self._version,))

    @property
    def remarks(self) -> list[str]:
        started = self._summed.started
        if not started:
            return []
        leads = "1 lead begins" if started == 1 else f"{started:,} leads begin"
        return [f"{leads} with the state that expired events were folded into: what gave those points is not known"]

    def close(self) -> None:
        self._shelves.close()


class _Sum:
    """What is counted of histories."""

    def __init__(self) -> None:
        self.events = self.hash = self.started = 0
        self.last: int | None = None

    def add(self, history: History) -> None:
        from runtime.times import read_instant

        self.started += history.start is not None
        for line in history.lines:
            self.events += 1
            self.hash += int.from_bytes(hashlib.blake2b(line.strip(), digest_size=16).digest(), "big")
            t = read_instant(json.loads(line)["time"])
            self.last = t if self.last is None else max(self.last, t)


class _Held(Table):
    """The items of one lead and the claims beside it, read as the table is."""

    def __init__(self, items: dict[str, Item], claims: dict[str, Item]) -> None:
        super().__init__(None, "export")
        self._items = items
        self._claims = claims

    def get_all(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        found = [self._claims.get(pk) if sk == CLAIM else self._items.get(sk) for pk, sk in keys]
        return [item for item in found if item is not None]

    def query(self, pk: str, prefix: str = "", *, after: str | None = None) -> Iterator[Item]:
        for sk in sorted(self._items):
            if sk.startswith(prefix) and (after is None or sk > after):
                yield self._items[sk]


def _history(pk: str, items: dict[str, Item], claims: dict[str, Item], path: Path) -> History | None:
    """The history of one lead; None for one that was erased."""
    table = _Held(items, claims)
    try:
        row = row_of(items[STATE], lambda names: fetch(table, pk, names))
        if not row.id or row.lead is None:
            return None
        kept = Kept(table, row)
        lines = list(dict.fromkeys(kept.lines()))
        checkpoint = kept.checkpoint()
    except (LookupError, zlib.error, ValueError, TypeError) as error:
        raise RecordedError(
            f"{path} is not whole: what it holds of a lead ({pk}) can't be put together ({error})"
        ) from None
    start = None
    if checkpoint is not None:
        lead = checkpoint.lead
        start = Start(checkpoint.digest, lead, max(lead.done, -1 if lead.key is None else lead.key[0]))
    return History(row.id, lines, None, start)


# --- the folder -------------------------------------------------------------------------------------------------------


def version_of(path: Path) -> str:
    """What tells the export in a folder from another one. Raises RecordedError."""
    return _files_of(path)[1]


def _files_of(path: Path) -> tuple[list[_File], str]:
    """The files of items of an export, and a hash over what they are. Raises RecordedError."""
    if not path.is_dir():
        raise RecordedError(f"there is no folder {path}")
    summaries = sorted(path.rglob(_SUMMARY))
    if len(summaries) > 1:
        raise RecordedError(f"{path} holds {len(summaries)} exports; name the folder of one of them")
    folder = summaries[0].parent if summaries else path
    if summaries:
        _check_summary(summaries[0])
    listed = folder / _FILES
    files = _listed(listed) if listed.exists() else [_File(each, None) for each in _data_of(folder)]
    if not files:
        raise RecordedError(f"{path} is no export of a table: it holds neither {_FILES} nor {_DATA}/*.json.gz")
    version = hashlib.sha256()
    for file in files:
        if not file.path.is_file():
            raise RecordedError(f"{path} is not whole: {file.path} is missing")
        version.update(f"{file.path.name} {file.path.stat().st_size} {file.items}\n".encode())
    return files, version.hexdigest()


def _data_of(folder: Path) -> list[Path]:
    inner = folder / _DATA
    return sorted((inner if inner.is_dir() else folder).glob("*.json.gz"))


def _check_summary(path: Path) -> None:
    given = _json(path, path.read_bytes())
    form = given.get("outputFormat", "DYNAMODB_JSON")
    if form != "DYNAMODB_JSON":
        raise RecordedError(f"{path.parent} is an export in the format {form}; export in DYNAMODB_JSON")
    if given.get("exportType") == "INCREMENTAL_EXPORT":
        raise RecordedError(f"{path.parent} is an incremental export: it holds only what changed; make a full one")


def _listed(path: Path) -> list[_File]:
    """The files that the manifest names, one JSON object a line; they lie in `data` beside it, wherever the folder was
    copied to."""
    found = []
    for line in path.read_bytes().splitlines():
        if line.strip():
            given = _json(path, line)
            name = str(given.get("dataFileS3Key", "")).rpartition("/")[2]
            items = given.get("itemCount")
            found.append(_File(path.parent / _DATA / name, items if isinstance(items, int) else None))
    return found


def _json(path: Path, data: bytes) -> dict[str, Any]:
    try:
        given = json.loads(data)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise RecordedError(f"{path} is no manifest of an export")
    return given
