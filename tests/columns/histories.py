"""Both engines over the same lines, and how what they say is compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insight.columns.jsonl import JsonLines
from insight.columns.scoring import score
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.table import Table


@dataclass(frozen=True)
class Said:
    """What a run says: the leads' lines, what it took in, and the lines that it did not, with why."""

    at: int
    leads: list[str]
    accepted: int
    duplicates: int
    rejects: list[tuple[str, bytes]]


def one_by_one(table: Table, lines: list[bytes], now: int, at: int | None) -> Said:
    run = Run(table, now=now)
    run.take(lines)
    outcome = run.finish(at)
    write = LeadLines(run.plan, outcome.at).write
    rejects = [(reject.reason, reject.line) for reject in run.rejects]
    return Said(outcome.at, [write(lead) for lead in outcome.leads], run.accepted, run.duplicates, rejects)


def by_columns(table: Table, lines: list[bytes], now: int, at: int | None) -> tuple[Said, int]:
    """What the compiled fold says, and how many leads it left aside."""
    source = JsonLines(np.frombuffer(b"".join(line + b"\n" for line in lines), dtype=np.uint8))
    result = score(table, source, now, at)
    rejects = [(reject.reason, reject.line.rstrip(b"\n")) for reject in result.rejects]
    said = Said(result.at, list(result.lines), result.accepted, result.duplicates, rejects)
    return said, result.left
