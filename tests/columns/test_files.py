"""Parquet, CSV and JSON lines of the same events give the same leads, and the same rejects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from insight.columns.arrow import BadFile, ParquetEvents
from insight.columns.scoring import score
from runtime.table import Table
from tests.columns.histories import one_by_one
from tests.columns.lines import shaken
from tests.columns.test_fold import FEATURES, HEAD, NOW, table_of

MEMBERS = ("id", "source", "type", "subject", "time")
RULES = ("points", "each", "a value", "profile", "fields by triggers")


def rows() -> list[dict[str, Any]]:
    found = []
    for line in shaken(7):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if len(event) > 1:
            event["data"].pop("else", None)
            found.append(event)
    return found


def as_lines(events: list[dict[str, Any]], how: str) -> list[bytes]:
    """The events as they come by columns: what is null is absent, but in JSON text."""
    if how == "data as text":
        return [json.dumps(event).encode() for event in events]
    lines = []
    for event in events:
        data = {key: value for key, value in event["data"].items() if value is not None}
        lines.append(json.dumps(event | {"data": data}).encode())
    return lines


def flat(events: list[dict[str, Any]], before: str = "") -> pa.Table:
    keys = sorted({key for event in events for key in event["data"]})
    columns = {name: [event[name] for event in events] for name in MEMBERS}
    columns |= {before + key: [event["data"].get(key) for event in events] for key in keys}
    return pa.table(columns)


def written(events: list[dict[str, Any]], how: str, path: Path) -> Path:
    table = flat(events, "data." if how == "with a prefix" else "")
    match how:
        case "data as text":
            table = table.select(list(MEMBERS)).append_column("data", [[json.dumps(event["data"]) for event in events]])
        case "data as struct":
            table = table.select(list(MEMBERS)).append_column("data", pa.array([event["data"] for event in events]))
        case "times":
            times = pa.compute.cast(table["time"], pa.timestamp("us", "UTC"))
            table = table.set_column(table.schema.get_field_index("time"), "time", times)
        case "dictionaries":
            for name in ("type", "subject", "path"):
                at = table.schema.get_field_index(name)
                table = table.set_column(at, name, table[name].dictionary_encode())
        case "csv":
            path = path.with_suffix(".csv")
            pyarrow.csv.write_csv(table, path)
            return path
    pyarrow.parquet.write_table(table, path, row_group_size=97)
    return path


HOWS = ["flat", "with a prefix", "data as text", "data as struct", "times", "dictionaries", "csv"]


@pytest.mark.parametrize("how", HOWS)
def test_a_file_gives_what_its_events_give_as_lines(how: str, tmp_path: Path) -> None:
    events = rows()
    if how == "csv":  # a cell that is empty is no text
        events = [event for event in events if event["data"].get("path") != ""]
    path = written(events, how, tmp_path / "events.parquet")
    for feature in RULES:
        table = table_of(HEAD + FEATURES[feature])
        wanted = one_by_one(table, as_lines(events, how), NOW, None)
        with ParquetEvents([path]) as source:
            found = score(table, source, NOW)
            assert list(found.lines) == wanted.leads
        assert (found.accepted, found.duplicates) == (wanted.accepted, wanted.duplicates)
        assert [each.reason for each in found.rejects] == [reason for reason, _ in wanted.rejects]
        ours, theirs = [each.line for each in found.rejects], [line for _, line in wanted.rejects]
        assert [json.loads(line) for line in ours] == [json.loads(line) for line in theirs]


NUMBERS = """
model m { }
event visit { n: number required  whole: integer  flag: boolean  day: date  words: list of text }
score s { rule a { on visit add n } rule b { on visit where flag add 0.5 }
          rule c { on visit where words contains "x" add 100 }
          rule d { on visit where day > 2026-01-01 add 1000 } }
"""


def test_numbers_of_every_type_are_what_they_say_exactly(tmp_path: Path) -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal

    table = pa.table(
        {
            "id": [str(at) for at in range(5)],
            "source": ["s"] * 5,
            "type": ["visit"] * 5,
            "subject": ["a", "b", "c", "d", "e"],
            "time": pa.array([datetime(2026, 1, 5, tzinfo=UTC)] * 5, pa.timestamp("ns", "UTC")),
            "n": pa.array([0.1, 2.675, float("nan"), float("inf"), 1e-3], pa.float64()),
            "whole": pa.array([1, 2, 3, None, 5], pa.int16()),
            "flag": [True, False, None, True, None],
            "day": pa.array([date(2026, 3, 1), None, None, None, date(2025, 1, 1)], pa.date32()),
            "words": [["x"], [], None, ["y", "x"], None],
            "price": pa.array([Decimal("1.50")] * 5, pa.decimal128(9, 2)),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "numbers.parquet")
    with ParquetEvents([tmp_path / "numbers.parquet"]) as source:
        found = score(table_of(NUMBERS), source, NOW * 2)
        shown = {json.loads(line)["lead"]: json.loads(line)["scores"]["s"] for line in found.lines}
    assert shown == {"a": 1100.6, "b": 2.675, "e": 0.001}
    assert [each.reason.partition(":")[0] for each in found.rejects] == ["bad value", "not JSON"]


def test_a_file_that_holds_no_events_is_refused_in_a_sentence(tmp_path: Path) -> None:
    table: Table = table_of(NUMBERS)
    pyarrow.parquet.write_table(pa.table({"id": ["1"]}), tmp_path / "short.parquet")
    with (
        ParquetEvents([tmp_path / "short.parquet"]) as source,
        pytest.raises(BadFile, match="no column `source`"),
    ):
        score(table, source, NOW)
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BadFile, match="can't be read"):
        ParquetEvents([tmp_path / "torn.parquet"])
