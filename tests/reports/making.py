"""Reports as the tests need them: events for the engine and, the same ones, as a table of DuckDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from insight.reports.life import Life, life
from runtime.dynamo.model import Model
from runtime.times import read_instant
from tests.insight.recordings import recorded


def records(lines: Iterable[bytes], model: Model, at: int, take: Callable[[Life], Any]) -> list[Any]:
    """What a report takes of each lead, by id."""
    files = recorded(lines, model)
    found = []
    for shelf in range(files.shelves):
        for history in files.shelf(shelf):
            lived = life(history, model, at)
            if lived is not None:
                found.append((lived.id, take(lived)))
    return [record for _, record in sorted(found, key=lambda each: each[0])]


def database(lines: Iterable[bytes]) -> duckdb.DuckDBPyConnection:
    """A table `events` with lead, type, t (microseconds), place (in the order of one instant) and data (JSON)."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute("CREATE TABLE events (lead TEXT, type TEXT, t BIGINT, place TEXT, data JSON)")
    rows = []
    for line in lines:
        event = json.loads(line)
        place = f"{event['source']}\0{event['id']}"
        data = json.dumps(event.get("data", {}))
        rows.append((event["subject"], event["type"], read_instant(event["time"]), place, data))
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        db.execute("INSERT INTO events SELECT unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)", columns)
    return db


def rows_of(report: Any, table: str) -> list[dict[str, Any]]:
    """The rows of one table of a report, by column."""
    found = next(each for each in report.tables if each.name == table)
    return [dict(zip([column.name for column in found.columns], row, strict=True)) for row in found.rows]
