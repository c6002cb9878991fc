"""Folding: lines of JSON in, leads out, one core, with the rules, limits, ageing and triggers of a working model.

A file of events is written first. Every figure comes from a process of its own that takes the lines in, folds the
leads and writes their lines, the way ``leadscore score --json`` does. Reading the lines alone is timed too: no fold can
be faster than that. The same is done over SQLite, and with ten times the leads.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from time import perf_counter, process_time
from typing import Any

from benchmarks.measuring import ROOT, heading, print_table, quick, short
from benchmarks.workload import Rule, condition, declared, events, points_of, rules
from compiler.compile import compile_text
from runtime import table
from runtime.intake import Intake
from runtime.lead import Lead
from runtime.lines import LeadLines
from runtime.plan import Plan
from runtime.run import Run
from runtime.sqlite import SQLite
from runtime.times import DAY, read_instant, write_instant

START = read_instant("2026-01-01T00:00:00Z")
DAYS = 90
EVENTS_A_LEAD = 6
NOW = START + 10 * DAYS * DAY


# --- what is folded ---------------------------------------------------------------------------------------------------


def model(given: Sequence[Rule]) -> str:
    """A rule file: one rule in three has a limit, the score degrades, two triggers watch it."""
    limits = ("", "", "", "", ", at most 3 times", ", at most 40 points per 7 days")
    lines = []
    for at, rule in enumerate(given):
        what = f"{points_of(rule)}{limits[at % len(limits)]}"
        lines.append(f"  rule {rule.name} {{ on {rule.type} where {condition(rule.asks)}  {what} }}")
    degrade = "  degrade { after 14 days without activity  by 10% every 7 days  not below 20% of ready }"
    return "\n".join(
        [
            "model benchmark { }", declared(), "stages visitor, qualified",
            "score points {", "  ready at 100", "  range 0..500", *lines, degrade, "}",
            "trigger qualify { when points >= ready and stage < qualified  move to qualified  emit \"qualified\" }",
            "trigger cold { when points not increased for 30 days  tag \"nurture\"  at most 1 times per 60 days }",
            "",
        ]
    )  # fmt: skip


def lines(leads: int, at_once: int = 1) -> Iterator[str]:
    """The events of so many leads over ninety days, in the order of time, as an export has them; so many of them make
    a visit, half a minute apart."""
    draw = random.Random(leads)
    count = leads * EVENTS_A_LEAD
    moments = []
    for _ in range(count // at_once):
        moment, lead = draw.randrange(DAYS * DAY // 1_000_000 - 30 * at_once), draw.randrange(leads)
        moments += [(moment + 30 * page, lead) for page in range(at_once)]
    moments.sort()
    for first in range(0, count, 100_000):
        for at, (type, data) in enumerate(events(min(100_000, count - first), first + 2), first):
            moment, lead = moments[at]
            time = write_instant(START + moment * 1_000_000)
            head = f'"specversion":"1.0","id":"e-{at}","source":"web","type":"{type}","subject":"lead-{lead}"'
            yield f'{{{head},"time":"{time}","data":{json.dumps(data, separators=(",", ":"))}}}\n'


# --- one measurement, in a process of its own -------------------------------------------------------------------------


def peak() -> int:
    """The most memory that this process has held, in bytes (what `getrusage` says begins with what its parent held)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def state(lead: Lead) -> int:
    """The bytes of what is kept of a lead, without its events and without what all leads share."""
    return sys.getsizeof(lead) + sum(_size(getattr(lead, name)) for name in Lead.__slots__)


def _size(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | set) else ()
    shared = value is None or isinstance(value, bool) or value in ("", 0)
    return (0 if shared else sys.getsizeof(value)) + sum(_size(each) for each in inner)


def once(kind: str, table_file: Path, events_file: Path, folder: Path) -> dict[str, Any]:
    """Fold the file into memory or SQLite, or only read its lines; seconds of each part, and memory."""
    given = table.load(table_file.read_bytes())
    held = peak()
    clock, start = perf_counter(), process_time()
    found: dict[str, Any] = {}
    with events_file.open("rb") as file:
        if kind == "intake":
            read = Intake(Plan(given), NOW).meet
            found["events"] = sum(1 for line in file if read(line))
            found |= {"cpu": process_time() - start, "wall": perf_counter() - clock}
        else:
            store = SQLite(folder / f"{events_file.name}.db") if kind == "sqlite" else None
            run = Run(given, store, now=NOW, publish=store is not None)
            run.take(file)
            found["take"] = process_time() - start
            outcome = run.finish(START + DAYS * DAY)
            found["finish"] = process_time() - start - found["take"]
            with (folder / "out.jsonl").open("w", encoding="utf-8") as out:
                write = LeadLines(run.plan, outcome.at).write
                out.writelines(write(lead) + "\n" for lead in outcome.leads)
            found["write"] = process_time() - start - found["take"] - found["finish"]
            if store is not None:
                run.save()
                store.close()
            found |= {"cpu": process_time() - start, "wall": perf_counter() - clock, "memory": peak() - held}
            found |= {"events": run.accepted, "leads": len(outcome.leads), "rejects": len(run.rejects)}
            found["state"] = mean(state(lead) for lead in outcome.leads[:1_000])
    return found


def apart(kind: str, table_file: Path, events_file: Path) -> dict[str, Any]:
    """`once` in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.fold", "--once", kind, str(table_file), str(events_file), folder]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# --- all of them ------------------------------------------------------------------------------------------------------

Runs = dict[str, list[dict[str, Any]]]


def typical(runs: Sequence[dict[str, Any]], part: str) -> float:
    """The median of one figure over the runs of one kind."""
    return median(run[part] for run in runs)


def measure(table_file: Path, small: Path, visits: Path, large: Path, rounds: int) -> Runs:
    """All kinds in turns, so that a slow moment falls on all of them; ten times the leads once, amid the rounds."""
    kinds = {"memory": small, "intake": small, "visits": visits, "sqlite": small, "large": large}
    found: Runs = {kind: [] for kind in kinds}
    for at in range(rounds):
        for kind, file in kinds.items():
            if kind != "large" or at == rounds // 2:
                found[kind].append(apart("memory" if kind in ("visits", "large") else kind, table_file, file))
    return found


NAMES = {
    "memory": "into memory", "intake": "reading the lines alone", "sqlite": "into SQLite",
    "visits": "into memory, in visits of three", "large": "into memory, ten times the leads",
}  # fmt: skip


def report(found: Runs) -> None:
    """Rates, shares and ratios, by processor time."""
    rows = []
    for kind, name in NAMES.items():
        runs = found[kind]
        count, cpu, wall = runs[0]["events"], typical(runs, "cpu"), typical(runs, "wall")
        leads, memory = "", ""
        if kind != "intake":
            leads, memory = f"{runs[0]['leads']:,}", f"{typical(runs, 'memory') / runs[0]['leads'] / 1000:.1f}"
        rows.append([name, leads, f"{count:,}", short(count / cpu), short(count / wall), memory])
    print_table(["fold", "leads", "events", "events/s of processor", "events/s on the clock", "peak kB a lead"], rows)
    memory = found["memory"]
    cpu = typical(memory, "cpu")
    shares = [f"{typical(memory, part) / cpu:.0%}" for part in ("take", "finish", "write")]
    print(f"Of the time into memory {shares[0]} takes lines in, {shares[1]} folds and {shares[2]} writes;")
    print(f"reading and checking the lines alone takes {typical(found['intake'], 'cpu') / cpu:.0%} as long.")
    print(
        f"The state of a lead is {typical(memory, 'state') / 1000:.1f} kB, the rest of the peak are events and lines."
    )
    each = {kind: typical(found[kind], "cpu") / found[kind][0]["events"] for kind in NAMES}
    print(f"SQLite takes {each['sqlite'] / each['memory']:.2f} x the time of memory.")
    print(f"With ten times the leads an event costs {each['large'] / each['memory']:.2f} x as much.")


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        kind, table_file, events_file, folder = sys.argv[2:]
        print(json.dumps(once(kind, Path(table_file), Path(events_file), Path(folder))))
        return
    brief = quick()
    heading("Folding")
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        compiled = compile_text(model(rules(50 if brief else 1_000)))
        assert compiled.table is not None, compiled.diagnostics[0].message
        (folder / "table.json").write_bytes(table.dump(compiled.table))
        leads = 100 if brief else 50_000
        for name, count, at_once in (("small", leads, 1), ("visits", leads, 3), ("large", leads * 10, 1)):
            with (folder / name).open("w", encoding="utf-8") as file:
                file.writelines(lines(count, at_once))
        given_files = [folder / name for name in ("table.json", "small", "visits", "large")]
        report(measure(*given_files, rounds=1 if brief else 3))


if __name__ == "__main__":
    main()
