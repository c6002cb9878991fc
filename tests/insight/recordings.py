"""Recorded events as the tests of insight need them: read from lines, from a database, or from a table in memory that
is written out as DynamoDB exports one."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from compiler.compile import compile_text
from insight.event_files import EventFiles
from runtime import table as rules
from runtime.dynamo.client import Condition, Conflict, Item, Table, _out, _value, size
from runtime.dynamo.model import Model

FAR = 1 << 61


def model_of(text: str) -> Model:
    compiled = compile_text(text)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return Model(rules.load(rules.dump(compiled.table)))


def line(number: int, time: str, kind: str, lead: str = "ada", **data: object) -> bytes:
    """A CloudEvents line; `time` may be a date, for its 10:00Z."""
    time = time if len(time) > 10 else f"{time}T10:00Z"
    event = {"specversion": "1.0", "id": str(number), "source": "web", "type": kind, "subject": lead, "time": time}
    return json.dumps(event | {"data": data}).encode()


def recorded(lines: Iterable[bytes], *models: Model, now: int = FAR, held: int = 1 << 26) -> EventFiles:
    files = EventFiles(models, now, held=held)
    files.take(lines)
    files.finish()
    return files


class InMemory(Table):
    """A table that behaves as the store relies on, in this process."""

    def __init__(self) -> None:
        super().__init__(None, "memory")
        self.items: dict[tuple[str, str], Item] = {}

    def get(self, pk: str, sk: str) -> Item | None:
        item = self.items.get((pk, sk))
        return None if item is None else dict(item)

    def get_all(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        return [dict(self.items[key]) for key in keys if key in self.items]

    def _held(self, pk: str, sk: str, when: Condition | None) -> None:
        old = self.items.get((pk, sk))
        for name, value in (when or {}).items():
            if (old or {}).get(name) != value:
                raise Conflict(old)

    def put(self, item: Item, when: Condition | None = None) -> None:
        self._held(item["pk"], item["sk"], when)
        kept = {name: value for name, value in item.items() if value is not None}
        assert size(kept) <= 400 * 1024
        self.items[item["pk"], item["sk"]] = kept

    def delete(self, pk: str, sk: str, when: Condition | None = None) -> None:
        self._held(pk, sk, when)
        self.items.pop((pk, sk), None)

    def query(self, pk: str, prefix: str = "", *, after: str | None = None) -> Iterator[Item]:
        for own, sk in sorted(self.items):
            if own == pk and sk.startswith(prefix) and (after is None or sk > after):
                yield dict(self.items[own, sk])

    def exported(self, folder: Path, files: int = 3) -> Path:
        """Write what DynamoDB writes when it exports this table to S3."""
        top = folder / "AWSDynamoDB" / "01767225600000-1a2b3c4d"
        (top / "data").mkdir(parents=True)
        shares: list[list[bytes]] = [[] for _ in range(files)]
        for at, item in enumerate(self.items.values()):
            shares[at % files].append(json.dumps({"Item": _image(item)}).encode() + b"\n")
        listed = []
        for at, share in enumerate(shares):
            name = f"{at:026d}.json.gz"
            (top / "data" / name).write_bytes(gzip.compress(b"".join(share)))
            key = f"AWSDynamoDB/01767225600000-1a2b3c4d/data/{name}"
            listed.append(json.dumps({"itemCount": len(share), "md5Checksum": "", "etag": "", "dataFileS3Key": key}))
        (top / "manifest-files.json").write_text("\n".join(listed) + "\n")
        summary = {"version": "2020-06-30", "itemCount": len(self.items), "outputFormat": "DYNAMODB_JSON"}
        (top / "manifest-summary.json").write_text(json.dumps(summary | {"exportType": "FULL_EXPORT"}))
        return folder


def _image(item: Item) -> dict[str, Any]:
    image = _out(item)
    for given in image.values():
        if "B" in given:
            given["B"] = base64.b64encode(given["B"]).decode()
    assert {name: _value(*next(iter(given.items()))) for name, given in image.items()}.keys() == item.keys()
    return image
