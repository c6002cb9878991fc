"""Whole files by columns: against the engine for single events, and against DuckDB on the same file.

First the file of `benchmarks.fold`, JSON lines in and the leads' lines out, on one core: both engines take it in turns,
each in a process of its own, and must give the same bytes. Then ten million events of half a million leads in a Parquet
file, on all cores: how long it takes and how much memory, and how long DuckDB takes to group the same file by lead,
which is about what has to be read and brought together at the least. The compiled functions are compiled before.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np

from benchmarks.fold import DAYS, NOW, START, lines, model, peak
from benchmarks.measuring import ROOT, heading, print_table, quick, short
from benchmarks.workload import CAMPAIGNS, OTHERS, PATHS, PRODUCTS, TYPES, rules
from compiler.compile import compile_text
from runtime import table
from runtime.times import DAY

GROUP = (
    "select subject, count(*), min(time), max(time), count(distinct type), sum(seconds), count_if(path like "
    "'/section-03%') from read_parquet('{0}') group by subject"
)
"""What any score needs, and less than one does: rows read, leads told apart, a few sums."""


# --- what is folded ---------------------------------------------------------------------------------------------------


def write_events(path: Path, leads: int, count: int, seed: int = 1) -> None:
    """Events of the kind of `benchmarks.workload`, in the order of time, as an export has them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(seed)
    times = np.sort(draw.integers(0, DAYS * DAY, count)) + START
    with pq.ParquetWriter(path, _schema(pa), compression="zstd") as writer:
        for first in range(0, count, 500_000):
            size = min(500_000, count - first)
            writer.write_table(pa.table(_columns(pa, draw, times[first : first + size], first, leads), _schema(pa)))


def _schema(pa: Any) -> Any:
    texts = ("id", "source", "type", "subject", "path", "product", "campaign")
    fields = [(name, pa.string()) for name in texts[:4]] + [("time", pa.timestamp("us", "UTC"))]
    fields += [(name, pa.string()) for name in texts[4:]]
    return pa.schema([*fields, ("seconds", pa.int32()), ("pages", pa.int16()), ("returning", pa.bool_())])


def _columns(pa: Any, draw: Any, times: Any, first: int, leads: int) -> dict[str, Any]:
    size = len(times)
    kinds = np.where(draw.random(size) < 0.6, 0, draw.integers(1, len(TYPES), size))
    found = {
        "id": [f"e-{at}" for at in range(first, first + size)],
        "source": ["web"] * size,
        "type": np.array([TYPES[0], *OTHERS])[kinds],
        "subject": np.char.add("lead-", draw.integers(0, leads, size).astype(str)),
        "time": times,
        "path": _skewed(draw, PATHS, size),
        "product": _skewed(draw, PRODUCTS, size),
        "campaign": _skewed(draw, CAMPAIGNS, size),
        "seconds": np.minimum(draw.exponential(120, size), 1800).astype(np.int32),
        "pages": np.minimum(1 + draw.exponential(3, size), 30).astype(np.int16),
        "returning": draw.random(size) < 0.3,
    }
    return {name: pa.array(values) for name, values in found.items()}


def _skewed(draw: Any, values: Sequence[str], size: int) -> Any:
    chances = 1 / (np.arange(len(values)) + 5)
    return np.array(values)[draw.choice(len(values), size, p=chances / chances.sum())]


# --- one measurement, in a process of its own -------------------------------------------------------------------------


def once(kind: str, table_file: Path, events_file: Path, folder: Path) -> dict[str, Any]:
    """Fold the file one way, or group it; seconds, and a hash of what came out."""
    if kind == "duckdb":
        return _grouped(events_file)
    given = table.load(table_file.read_bytes())
    held, clock, start = peak(), perf_counter(), process_time()
    found: dict[str, Any] = {}
    if kind == "events":
        from runtime.lines import LeadLines
        from runtime.run import Run

        run = Run(given, now=NOW)
        with events_file.open("rb") as file:
            run.take(file)
        outcome = run.finish(START + DAYS * DAY)
        out: Iterator[str] = map(LeadLines(run.plan, outcome.at).write, outcome.leads)
        found["events"] = run.accepted
    else:
        from insight.columns.arrow import ParquetEvents
        from insight.columns.jsonl import JsonLines
        from insight.columns.scoring import score

        lines = events_file.suffix != ".parquet"
        source: Any = JsonLines(paths=[events_file]) if lines else ParquetEvents([events_file])
        result = score(given, source, NOW, START + DAYS * DAY, workers=1 if lines else os.cpu_count() or 1)
        out, found["events"] = result.lines, result.accepted
    told, leads = hashlib.sha256(), 0
    with (folder / "out.jsonl").open("w", encoding="utf-8") as target:
        for line in out:
            target.write(line + "\n")
            told.update(line.encode())
            leads += 1
    found |= {"cpu": process_time() - start, "wall": perf_counter() - clock, "told": told.hexdigest()}
    return found | {"leads": leads, "memory": peak() - held}


def _grouped(events_file: Path) -> dict[str, Any]:
    import duckdb

    clock = perf_counter()
    rows = duckdb.sql(GROUP.format(events_file)).fetchnumpy()
    return {"wall": perf_counter() - clock, "leads": len(rows["subject"])}


def apart(kind: str, table_file: Path, events_file: Path) -> dict[str, Any]:
    """`once` in a fresh process; with the most memory that it and its children held together."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.columns", "--once", kind, str(table_file), str(events_file)]
        with subprocess.Popen([*command, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            seen: list[int] = [0]
            watch = threading.Thread(target=_watch, args=(process.pid, seen))
            watch.start()
            told, _ = process.communicate()
            watch.join(timeout=10)
    if process.returncode:
        raise RuntimeError(f"{kind} failed")
    found: dict[str, Any] = json.loads(told)
    return found | {"together": seen[0]}


def _watch(pid: int, seen: list[int]) -> None:
    """Look at the memory of a process and its children until it ends."""
    while True:
        total = _memory(pid)
        if not total:
            return
        seen[0] = max(seen[0], total)
        sleep(0.1)


def _memory(pid: int) -> int:
    """The memory that a process and those below it hold, what they share counted once each; 0 once it is gone."""
    try:
        held = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return 0
    own = [int(line.split()[1]) * 1024 for line in held.splitlines() if line.startswith("Pss:")]
    return sum(own) + sum(_memory(int(child)) for child in below)


# --- all of them ------------------------------------------------------------------------------------------------------


def lines_against_events(table_file: Path, events_file: Path, rounds: int) -> None:
    """The same file of JSON lines through both engines, in turns."""
    kinds = {"events": "event by event", "columns": "by columns"}
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            found[kind].append(apart(kind, table_file, events_file))
    if len({run["told"] for runs in found.values() for run in runs}) != 1:
        raise ValueError("the engines do not agree")
    rows = []
    for kind, name in kinds.items():
        runs = found[kind]
        cpu, wall = (median(run[part] for run in runs) for part in ("cpu", "wall"))
        count, leads = runs[0]["events"], runs[0]["leads"]
        each = f"{median(run['memory'] for run in runs) / leads / 1000:.1f}"
        rows.append([name, f"{leads:,}", f"{count:,}", short(count / cpu), short(count / wall), each])
    print_table(["JSON lines, one core", "leads", "events", "events/s of processor", "on the clock", "kB a lead"], rows)
    one, two = (median(run["cpu"] for run in found[kind]) for kind in kinds)
    print(f"By columns the file takes {two / one:.2f} x the time that it takes event by event; the same bytes.")


def parquet_against_duckdb(table_file: Path, events_file: Path, rounds: int) -> None:
    """The large file, folded and grouped in turns."""
    found: dict[str, list[dict[str, Any]]] = {"columns": [], "duckdb": []}
    for _ in range(rounds):
        for kind, runs in found.items():
            runs.append(apart(kind, table_file, events_file))
    count = found["columns"][0]["events"]
    rows = []
    for kind, name in (("columns", "folded by columns"), ("duckdb", "grouped by DuckDB")):
        wall = median(run["wall"] for run in found[kind])
        memory = median(run["together"] for run in found[kind])
        rows.append([name, f"{found[kind][0]['leads']:,}", f"{wall:.1f}", short(count / wall), f"{memory / 1e9:.2f}"])
    print_table([f"Parquet, {count:,} events", "leads", "seconds", "events/s", "peak GB"], rows)
    one, two = (median(run["wall"] for run in found[kind]) for kind in ("columns", "duckdb"))
    print(f"Folding takes {one / two:.1f} x the time of grouping.")


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        kind, table_file, events_file, folder = sys.argv[2:]
        print(json.dumps(once(kind, Path(table_file), Path(events_file), Path(folder))))
        return
    brief = quick()
    heading("Whole files by columns")
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        for name, count in (("many", 50 if brief else 1_000), ("few", 20 if brief else 100)):
            compiled = compile_text(model(rules(count)))
            assert compiled.table is not None, compiled.diagnostics[0].message
            (folder / f"{name}.json").write_bytes(table.dump(compiled.table))
        with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(lines(100 if brief else 50_000))
        write_events(folder / "events.parquet", 500 if brief else 500_000, 5_000 if brief else 10_000_000)
        apart("columns", folder / "many.json", folder / "events.jsonl")  # compiles, where nobody has yet
        lines_against_events(folder / "many.json", folder / "events.jsonl", 1 if brief else 3)
        parquet_against_duckdb(folder / "few.json", folder / "events.parquet", 1 if brief else 3)


if __name__ == "__main__":
    main()
