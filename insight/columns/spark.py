"""The same fold on Spark, for what one machine is too small for.

Rows are brought together by lead, and every partition goes through `insight.columns` as a part of a file does on one
machine: as Arrow batches in, as the lines of its leads out. Pairs of source and id that come several times, whatever
their leads are, are found by Spark first, and judged by the driver, line by line. Rows arrive in the order of the files
given, and in each in the order in which it holds them.

``spark-submit … insight/columns/spark.py TABLE EVENTS… --output FOLDER`` runs it where there is no leadscore command.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from insight.columns.arrow import MEMBERS, BadFile, Batches
from insight.columns.chunks import Chunk, Odd, joined
from insight.columns.pairs import Arrived, settle
from insight.columns.program import Program
from insight.columns.reading import Judge, pair_of
from insight.columns.scoring import Result, fold_part
from runtime.intake import Rejected, envelope
from runtime.table import Table, dump, load
from runtime.times import now as clock_now
from runtime.times import read_moment

NUMBER = "_number"
_FILE = 1 << 44
IN_HAND = 1_000_000
"""Rows that a partition should have, about."""
_OUT = "lead string, line string, reason string, number long, left long"
_TOGETHER = 5_000


@dataclass(frozen=True, slots=True)
class _Task:
    """What a partition is folded with. `dropped` are the rows that don't count, `judged` those that were judged."""

    table: bytes
    now: int
    at: int
    dropped: frozenset[int]
    judged: frozenset[int]


class _Rows:
    """The rows of one partition as a source of lines."""

    def __init__(self, table: pa.Table, judge: Judge) -> None:
        self.numbers = np.asarray(table[NUMBER])
        self.table = table.drop_columns([NUMBER])
        self.batches = Batches(self.table.schema, judge.program.table, False, self.fetch)
        self.chunk: Chunk = self.batches.chunk(judge, self.table, 0)

    def fetch(self, row: int) -> bytes:
        return self.batches.line(self.table, row)


def session() -> SparkSession:
    """The session that runs, or one on this machine."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers need what this process has
    made: Any = SparkSession.builder
    if "SPARK_REMOTE" not in os.environ and "MASTER" not in os.environ:
        made = made.config("spark.ui.enabled", "false").config(
            "spark.sql.shuffle.partitions", 2 * (os.cpu_count() or 1)
        )
    found: SparkSession = made.appName("leadscore").getOrCreate()
    found.conf.set("spark.sql.session.timeZone", "UTC")
    found.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "100000")
    return found


def score_on_spark(
    table: Table, paths: Iterable[Path | str], now: int, at: int | None = None, spark: SparkSession | None = None
) -> Result:
    """Fold the Parquet files up to `at`, or up to the newest event that counts. Raises Unsupported, BadFile."""
    Program(table)  # says at once what it does not do
    events = read_events(session() if spark is None else spark, [str(path) for path in paths])
    task, result = prepare(table, events, now, at)
    folded = fold(events, task).persist()
    rejects = [(row.number, row.reason, row.line) for row in folded.where("reason is not null").collect()]
    result.left = int(folded.agg(f.sum("left")).collect()[0][0] or 0)
    result.rejects = _in_order(result, rejects)
    result.leads = _leads(folded)
    return result


def read_events(spark: SparkSession, paths: list[str]) -> DataFrame:
    """The rows of all files with their places in the order of arrival."""
    found: DataFrame | None = None
    for at, path in enumerate(paths):
        one = spark.read.parquet(path)
        missing = [name for name in MEMBERS if name not in one.columns]
        if missing:
            raise BadFile(f"{path} has no column `{missing[0]}`; an event has the columns {', '.join(MEMBERS)}")
        if path.endswith(".parquet") and Path(path).is_file():
            number = f.lit(at * _FILE) + f.col("_metadata.row_index")
        else:
            number = f.lit(at * _FILE) + f.monotonically_increasing_id()
        one = one.withColumn(NUMBER, number)
        found = one if found is None else found.unionByName(one, allowMissingColumns=True)
    if found is None:
        raise BadFile("there are no files")
    return found


def prepare(table: Table, events: DataFrame, now: int, at: int | None) -> tuple[_Task, Result]:
    """Judge the pairs that come several times, and find out up to when the leads are folded."""
    named = events.where("source <> '' and id <> ''")
    twice = named.groupBy("source", "id").count().where("count > 1").select("source", "id")
    rows = named.join(twice, ["source", "id"], "left_semi").select(events.columns)
    judge = Judge(Program(table), now)
    arrived, judged = _judged(judge, rows.toArrow())
    dropped = frozenset(arrived.dropped.tolist())
    task = _Task(dump(table), now, 0, dropped, judged)
    seen = events.mapInArrow(lambda batches: _newest(batches, task), "count long, newest long").agg(
        f.sum("count"), f.max("newest")
    )
    count, newest = seen.collect()[0]
    at = (newest or 0) if at is None else at
    task = _Task(task.table, now, at, dropped, judged)
    return task, Result(at, int(count or 0), arrived.duplicates, 0, arrived.rejects)


def _judged(judge: Judge, table: pa.Table) -> tuple[Arrived, frozenset[int]]:
    """Which of the rows whose pair comes several times count; and the numbers of all of them."""
    numbers = np.asarray(table[NUMBER])
    rows = table.drop_columns([NUMBER])
    batches = Batches(rows.schema, judge.program.table, False, lambda row: b"")
    lines = {int(number): batches.line(rows, row) for row, number in enumerate(numbers)}
    pairs, good, odd = [], [], []
    for number, line in lines.items():
        try:
            judge.intake.meet(line)
        except Rejected as rejected:
            odd.append(Odd(number, line, rejected))
            continue
        given = envelope(line)
        pairs.append(pair_of(given["source"], given["id"]))
        good.append(number)
    arrived = settle(np.array(pairs, np.int64), np.array(good, np.int64), odd, lines.__getitem__)
    return arrived, frozenset(lines)


def fold(events: DataFrame, task: _Task) -> DataFrame:
    """A row for each lead (lead, line), and for each line that was not taken in (line, reason, number)."""
    parts = max(events.count() // IN_HAND + 1, events.sparkSession.sparkContext.defaultParallelism)
    return events.repartition(parts, "subject").mapInArrow(lambda batches: _fold(batches, task), _OUT)


# --- in a worker ------------------------------------------------------------------------------------------------------


def _rows(batches: Iterable[pa.RecordBatch], task: _Task) -> tuple[Program, _Rows] | None:
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return None
    program = Program(load(task.table))
    return program, _Rows(pa.Table.from_batches(held), Judge(program, task.now))


def _counting(rows: _Rows, task: _Task) -> Chunk:
    """The events that count."""
    dropped = np.fromiter(task.dropped, np.int64, len(task.dropped))
    chunk = rows.chunk
    return chunk.rows(np.flatnonzero(~np.isin(rows.numbers[chunk.number], dropped)))


def _newest(batches: Iterable[pa.RecordBatch], task: _Task) -> Iterator[pa.RecordBatch]:
    found = _rows(batches, task)
    if found is not None:
        times = _counting(found[1], task).time
        newest = int(times.max()) if len(times) else None
        yield pa.RecordBatch.from_pydict(
            {"count": pa.array([len(times)], pa.int64()), "newest": pa.array([newest], pa.int64())}
        )


def _fold(batches: Iterable[pa.RecordBatch], task: _Task) -> Iterator[pa.RecordBatch]:
    found = _rows(batches, task)
    if found is None:
        return
    program, rows = found
    for odd in rows.chunk.odd:
        number = int(rows.numbers[odd.number])
        if number not in task.judged:
            yield _out([None], [odd.line.decode(errors="replace")], [odd.rejected.reason], number, 0)
    chunk = _counting(rows, task)
    if not len(chunk):
        return
    numbers: NDArray[Any] = chunk.number
    left, leads = fold_part(program, joined([chunk]), numbers, rows, task.now, task.at)
    for first in range(0, len(leads), _TOGETHER):
        some = leads[first : first + _TOGETHER]
        yield _out([lead for lead, _ in some], [line for _, line in some], [None] * len(some), 0, left)
        left = 0


def _out(leads: list[Any], lines: list[str], reasons: list[Any], number: int, left: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "lead": pa.array(leads, pa.string()),
            "line": pa.array(lines, pa.string()),
            "reason": pa.array(reasons, pa.string()),
            "number": pa.array([number] * len(lines), pa.int64()),
            "left": pa.array([left] + [0] * (len(lines) - 1), pa.int64()),
        }
    )


# --- what comes back --------------------------------------------------------------------------------------------------


def _in_order(result: Result, found: list[tuple[int, str, str]]) -> list[Any]:
    from runtime.arrivals import Reject

    return [*result.rejects, *[Reject(reason, line.encode()) for _, reason, line in sorted(found)]]


def _leads(folded: DataFrame) -> Iterator[tuple[str, str]]:
    rows = folded.where("lead is not null").select("lead", "line").sort("lead").toLocalIterator()
    return ((row.lead, row.line) for row in rows)


def main() -> None:
    """Fold what stands in a store that Spark reads, and write the leads' lines to a folder there."""
    parser = argparse.ArgumentParser(description="Fold Parquet files of events under a compiled table.")
    parser.add_argument("table", help="the compiled table, a local file")
    parser.add_argument("events", nargs="+", help="Parquet files or folders")
    parser.add_argument("--at", type=read_moment, help="the instant to look at; the newest event's if not given")
    parser.add_argument("--now", type=read_moment, help="the clock that events are held against")
    parser.add_argument("--output", required=True, help="a folder for the leads' lines; rejects go below it")
    given = parser.parse_args()
    table, now = load(Path(given.table).read_bytes()), clock_now() if given.now is None else given.now
    events = read_events(session(), given.events)
    task, result = prepare(table, events, now, given.at)
    folded = fold(events, task).persist()
    folded.where("lead is not null").sort("lead").select("line").write.text(f"{given.output}/leads")
    folded.where("reason is not null").select("reason", "line").write.json(f"{given.output}/rejects")
    print(f"{result.accepted} events, {result.duplicates} duplicates")


if __name__ == "__main__":
    main()
