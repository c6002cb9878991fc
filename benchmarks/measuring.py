"""Measuring on a machine that others use too.

Candidates run in turns, a short stretch each, round after round, so that a slow moment of the machine falls on all of
them; what is told is the median over the rounds. Beside the time on the clock stands the time of the processor, which
does not count the waiting. Figures of one table may be compared with each other, those of two runs may not.
"""

from __future__ import annotations

import gc
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds a unit of work: the median of the rounds on the clock (`wall`) and of the processor (`cpu`), and the
    fastest round on the clock."""

    wall: float
    cpu: float
    best: float

    @property
    def rate(self) -> float:
        """Units a second of processor time."""
        return 1 / self.cpu


Work = Callable[[int], None]
"""Does so many units of work."""


def interleaved(candidates: Mapping[str, Work], *, rounds: int, seconds: float, most: int) -> dict[str, Timing]:
    """Time all candidates in turns, each for about `seconds` a round, but never more than `most` units; the order
    within a round is drawn anew (with a fixed seed). The collector of cycles is off while a candidate runs."""
    units = {name: _units(work, seconds, most) for name, work in candidates.items()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in candidates}
    order, draw = list(candidates), random.Random(1)
    for _ in range(rounds):
        draw.shuffle(order)
        for name in order:
            wall, cpu = timed(lambda name=name: candidates[name](units[name]))
            found[name].append((wall / units[name], cpu / units[name]))
    return {name: timing_of(times) for name, times in found.items()}


def timing_of(times: Sequence[tuple[float, float]]) -> Timing:
    """The medians of (wall, cpu) of all rounds."""
    walls, cpus = [wall for wall, _ in times], [cpu for _, cpu in times]
    return Timing(median(walls), median(cpus), min(walls))


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of a call on the clock and of the processor."""
    gc.collect()
    gc.disable()
    try:
        wall, cpu = perf_counter(), process_time()
        call()
        return perf_counter() - wall, process_time() - cpu
    finally:
        gc.enable()


def _units(work: Work, seconds: float, most: int) -> int:
    """How many units take about so many seconds; at least one."""
    units = 1
    while True:
        wall, _ = timed(lambda units=units: work(units))
        if units >= most or wall >= seconds / 8:
            return max(1, min(most, int(units * seconds / max(wall, 1e-9))))
        units = min(most, units * 4)


def processes(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Timing]:
    """Time whole processes in turns, each once a round; one run of each beforehand is not counted, so that all files
    have been read, and compiled to a folder of their own. `cpu` counts the processor time of the process. Raises
    CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return _processes(commands, rounds, env | {"PYTHONPYCACHEPREFIX": folder})


def command_line(arguments: Mapping[str, Sequence[str]], rounds: int) -> None:
    """Print the time of whole commands of leadscore, by name, against a process that does nothing."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from cli.main import main; sys.exit(main())"
    bare = "`python -c pass`"
    commands = {bare: [sys.executable, "-c", "pass"]}
    commands |= {name: [sys.executable, "-c", program, *given] for name, given in arguments.items()}
    timings = processes(commands, rounds)
    rows = [
        [name, f"{each.wall * 1000:.0f}", f"{each.cpu * 1000:.0f}", f"{each.cpu / timings[bare].cpu:.1f}"]
        for name, each in timings.items()
    ]
    print_table(["command", "ms", "processor ms", "ratio"], rows)


def _processes(commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str]) -> dict[str, Timing]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for at in range(rounds + 1):
        for name, command in commands.items():
            cpu, wall = -_children(), -perf_counter()
            subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            wall, cpu = wall + perf_counter(), cpu + _children()
            if at:
                found[name].append((wall, cpu))
    return {name: timing_of(times) for name, times in found.items()}


def _children() -> float:
    """Seconds of the processor that all processes started from here have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# --- what is printed --------------------------------------------------------------------------------------------------


def heading(title: str) -> None:
    """A title, and the facts of the machine that the figures under it were measured on."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"\n## {title}\n")
    print(f"{python}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores ({_processor()}), load {load}\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table in Markdown; all columns but the first are aligned to the right."""
    table = [list(head), *[list(row) for row in rows]]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    for row in [table[0], rule, *table[1:]]:
        cells = [row[0].ljust(widths[0]), *[cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]]
        print("| " + " | ".join(cells) + " |")
    print(flush=True)


def short(value: float) -> str:
    """A number with about three digits: ``1.27 M``, ``650 k``, ``87``, ``0.52``."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            scaled = value / size
            return (
                f"{scaled:.2f}{unit}"
                if scaled < 10
                else f"{scaled:.1f}{unit}"
                if scaled < 100
                else f"{scaled:.0f}{unit}"
            )
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times(ratio: float) -> str:
    """A ratio: ``8.3 x``."""
    return f"{ratio:.1f} x" if ratio < 100 else f"{ratio:.0f} x"


def quick() -> bool:
    """Whether the command line asks for a run that only shows that everything works; refuses any other argument."""
    given = sys.argv[1:]
    if given not in ([], ["--quick"]):
        sys.exit(f"usage: python -m benchmarks.NAME [--quick] (got {' '.join(given)})")
    return given == ["--quick"]
