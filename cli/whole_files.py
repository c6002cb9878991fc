"""`leadscore score` over whole files: by columns on this machine, or on Spark.

The leads come as lines, whoever folds them; tables for reading and Parquet are made of these lines. A model with
something in it that is not folded by columns is folded event by event, and that is said.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cli.findings import counted
from cli.inputs import Inputs
from cli.listing import print_table
from cli.model import Model
from cli.problem import NO, Problem, reason
from cli.running import print_lines, report_rejects, write_reject
from cli.writing import check_outputs, write_lines
from runtime.table import Table
from runtime.times import now as clock_now
from runtime.times import write_instant

if TYPE_CHECKING:
    from insight.columns.scoring import Result
    from insight.columns.spilling import Source

_GZIP = b"\x1f\x8b"
_COLUMNS = (".parquet", ".csv")


OneByOne: TypeAlias = Callable[[Inputs, Model, "str | None", "int | None"], int]
"""Folds files event by event and shows the leads: all, or so many, by a score."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the files are folded, and what becomes of the leads."""

    engine: str
    workers: int | None
    output: str | None
    by: str | None
    limit: int | None


def fold_files(inputs: Inputs, model: Model, wanted: Wanted, one_by_one: OneByOne) -> int:
    """Fold whole files and show where the leads stand; gives the exit status. Raises Problem."""
    _check(inputs, wanted)
    try:
        from insight.columns.arrow import BadFile
        from insight.columns.terms import Unsupported
    except ImportError:
        hint = "pip install 'leadscore[columns]'"
        raise Problem("columns are folded with numba and Arrow, which are missing", hint=hint) from None
    try:
        with _opened(inputs.events) as source:
            try:
                result = _folded(inputs, model.table, source, wanted)
                _tell(inputs, model.table, result, wanted)
            except Unsupported as error:
                return _one_by_one(inputs, model, source, wanted, str(error), one_by_one)
    except BadFile as error:
        raise Problem(str(error)) from None
    return NO if inputs.strict and result.rejects else 0


def _check(inputs: Inputs, wanted: Wanted) -> None:
    """Raises Problem for options that need the engine for single events."""
    for name, given in (("--db", inputs.db), ("--source", inputs.source), ("--outbox", inputs.outbox)):
        if given is not None:
            raise Problem(f"{name} goes with files that are folded event by event", hint="leave --engine out")
    if wanted.output is not None:
        check_outputs([inputs.model, *inputs.events], {"--output": wanted.output, "--rejects": inputs.rejects})
        if inputs.json or wanted.by is not None or wanted.limit is not None:
            raise Problem("--output takes all leads as they are", hint="leave --json, --by and --limit out")
    columns = [name for name in inputs.events if name.lower().endswith(_COLUMNS)]
    if columns and len(columns) < len(inputs.events):
        raise Problem("Parquet or CSV and JSON lines don't go together in one run", hint="name files of one sort")
    if wanted.engine == "spark" and not columns:
        raise Problem("Spark reads Parquet files", hint="name a .parquet file, or use --engine columns")


@contextmanager
def _opened(events: tuple[str, ...]) -> Iterator[Source]:
    """The files as a source of columns; standard input and compressed files by way of a temporary file."""
    from insight.columns.arrow import ParquetEvents
    from insight.columns.jsonl import JsonLines

    if events[0].lower().endswith(_COLUMNS):
        with ParquetEvents([Path(name) for name in events]) as source:
            yield source
        return
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        yield JsonLines(paths=[_plain(name, Path(folder) / str(at)) for at, name in enumerate(events)])


def _plain(name: str, target: Path) -> Path:
    """A file whose bytes can be mapped into memory: `target`, if the file itself is none."""
    try:
        if name != "-" and Path(name).is_file():
            with Path(name).open("rb") as file:
                if file.read(2) != _GZIP:
                    return Path(name)
        with ExitStack() as stack, target.open("wb") as copy:
            raw = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            packed = raw.peek(2).startswith(_GZIP) if isinstance(raw, io.BufferedReader) else False
            shutil.copyfileobj(gzip.GzipFile(fileobj=raw) if packed else raw, copy)
    except (EOFError, zlib.error):
        raise Problem(f"{name} can't be read: the compressed data ends too early or is damaged") from None
    except OSError as error:
        raise Problem(f"{'standard input' if name == '-' else name} can't be read: {reason(error)}") from None
    return target


def _folded(inputs: Inputs, table: Table, source: Source, wanted: Wanted) -> Result:
    now = clock_now() if inputs.now is None else inputs.now
    if wanted.engine == "columns":
        from insight.columns.scoring import score

        return score(table, source, now, inputs.at, wanted.workers or os.cpu_count() or 1)
    try:
        from insight.columns.spark import score_on_spark
    except ImportError:
        raise Problem("PySpark is missing", hint="pip install 'leadscore[columns,spark]'") from None
    return score_on_spark(table, [Path(name) for name in inputs.events], now, inputs.at)


def _one_by_one(inputs: Inputs, model: Model, source: Source, wanted: Wanted, why: str, one_by_one: OneByOne) -> int:
    """Fold what is not for columns event by event."""
    from insight.columns.arrow import ParquetEvents

    if wanted.output is not None:
        raise Problem(f"the model can't be folded by columns: it has {why}", hint="leave --output out")
    print(f"folded event by event: the model has {why}", file=sys.stderr)
    if not isinstance(source, ParquetEvents):
        return one_by_one(inputs, model, wanted.by, wanted.limit)
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        path = Path(folder) / "events.jsonl"
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in source.lines(model.table))
        return one_by_one(replace(inputs, events=(str(path),)), model, wanted.by, wanted.limit)


# --- what is shown ----------------------------------------------------------------------------------------------------


def _tell(inputs: Inputs, table: Table, result: Result, wanted: Wanted) -> None:
    if inputs.rejects is not None:
        write_lines(inputs.rejects, map(write_reject, result.rejects))
    count = 0
    if wanted.output is not None:
        from insight.columns.arrow import write_leads

        count = write_leads(Path(wanted.output), table, result.leads)
    else:
        lines: Iterator[str] | list[str] = result.lines
        if wanted.by is not None:
            by = wanted.by
            lines = sorted(lines, key=lambda line: _read(line)["scores"][by], reverse=True)
        if wanted.limit is not None:
            lines = list(lines)[: wanted.limit]
        if inputs.json:
            print_lines(iter(lines))
        else:
            leads = [_read(line) for line in lines]
            count = len(leads)
            _print_leads(table, leads)
    sys.stdout.flush()
    report_rejects(inputs, result.rejects)
    if not inputs.json:
        taken = [counted(result.accepted, "event")]
        taken += [counted(result.duplicates, "duplicate")] * bool(result.duplicates)
        taken += [f"{counted(result.left, 'lead')} folded event by event"] * bool(result.left)
        print(f"at {write_instant(result.at)}: {counted(count, 'lead')}; {', '.join(taken)}", file=sys.stderr)


def _read(line: str) -> Any:
    return json.loads(line, parse_float=Decimal)


def _print_leads(table: Table, leads: list[Any]) -> None:
    """The table for reading."""
    keys = sorted(table.scores)
    tagged = any(lead["tags"] for lead in leads)
    columns = ["lead", *keys, *["stage"] * bool(table.stages.path), *["tags"] * tagged]
    columns += ["last fired"] * bool(table.triggers)
    rows = []
    for lead in leads:
        row = [lead["lead"]]
        row += [f"{lead['scores'][key]} {lead['bands'].get(key, '')}".strip() for key in keys]
        row += [lead["stage"] or ""] * bool(table.stages.path) + [", ".join(lead["tags"])] * tagged
        last = lead["fired"][-1] if lead["fired"] else None
        row += [f"{last['trigger']} {last['at']}" if last else ""] * bool(table.triggers)
        rows.append(row)
    print_table(columns, rows, frozenset(key for key in keys if not table.scores[key].bands), paragraphs=True)
