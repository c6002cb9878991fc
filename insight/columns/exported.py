"""The events of an export of the DynamoDB table as Parquet: ``python -m insight.columns.exported EXPORT EVENTS``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from insight.columns.arrow import MEMBERS
from insight.export import Export
from insight.recorded import History, RecordedError

_SCHEMA = pa.schema([(name, pa.string()) for name in (*MEMBERS, "data")])
_TOGETHER = 100_000


def write_events(histories: Iterable[History], path: Path) -> tuple[int, int]:
    """Write the lines of all leads whose events are all there; how many events that are, and how many other leads."""
    count = aside = 0
    rows: list[dict[str, str]] = []
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:

        def empty() -> None:
            writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
            rows.clear()

        for history in histories:
            if history.start is not None:
                aside += 1
                continue
            for line in history.lines:
                rows.append(row_of(line))
                count += 1
                if len(rows) == _TOGETHER:
                    empty()
        empty()
    return count, aside


def row_of(line: bytes) -> dict[str, str]:
    """A line as a row; `data` as the JSON text that it came in, number by number."""
    event = json.loads(line, parse_float=_Number, parse_int=_Number)
    row = {name: event[name] for name in MEMBERS}
    row["data"] = _written(event.get("data") or {})
    return row


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def _written(value: object) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value)


def histories(export: Export) -> Iterator[History]:
    """The leads of an export."""
    for at in range(export.shelves):
        yield from export.shelf(at)


def main() -> None:
    """Write the file, and say what was written."""
    parser = argparse.ArgumentParser(description="Write the events of an export of the DynamoDB table as Parquet.")
    parser.add_argument("export", type=Path, help="the folder of the export, copied here")
    parser.add_argument("events", type=Path, help="the Parquet file to write")
    given = parser.parse_args()
    try:
        count, aside = write_events(histories(Export(given.export)), given.events)
    except (RecordedError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(f"{count:,} events")
    if aside:
        print(f"{aside:,} leads left out: their oldest events have expired", file=sys.stderr)


if __name__ == "__main__":
    main()
