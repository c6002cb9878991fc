"""Cold start: what a serverless function pays before its first event.

Whole processes are timed in turns against one that does nothing: importing what folds, reading the table of 1,000
rules, making it ready, and folding one event. They see what the bundle holds and nothing else, the folder `runtime` and
msgspec, and the modules that they have loaded at the end are listed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from benchmarks.measuring import ROOT, heading, print_table, processes, quick
from benchmarks.workload import events, rule_file, rules
from compiler.compile import compile_text
from runtime import table

BARE = "`python -S -c pass`"
STAGES = {
    BARE: "pass",
    "import runtime": "import runtime.intake, runtime.fold, runtime.plan, runtime.table, runtime.lines",
    "and load the table": "t = runtime.table.load(open(TABLE, 'rb').read())",
    "and make it ready": "p = runtime.plan.Plan(t)",
    "and fold the first event": (
        "f = runtime.fold.Fold(p); s, e = runtime.intake.Intake(p, 1 << 60).read(LINE); "
        "l = f.new(s); f.event(l, e[0], e[1].plan, e[2]); runtime.lines.LeadLines(p, e[0][0]).write(l)"
    ),
}
"""What each process does beyond the one before it."""


def bundle(folder: Path) -> Path:
    """A folder with what the serverless bundle holds."""
    folder.mkdir()
    (folder / "runtime").symlink_to(ROOT / "runtime")
    (folder / "msgspec").symlink_to(Path(str(msgspec.__file__)).parent)
    return folder


def programs(packages: Path, table_file: Path, line: str) -> dict[str, list[str]]:
    """A command for each stage, with nothing but the folder `packages` beside the standard library."""
    start = f"import sys; sys.path.insert(0, {str(packages)!r}); TABLE = {str(table_file)!r}; LINE = {line.encode()!r}"
    found, done = {}, [start]
    for name, source in STAGES.items():
        done.append(source)
        found[name] = [sys.executable, "-S", "-c", "; ".join(done) if source != "pass" else "pass"]
    return found


def loaded(command: list[str]) -> set[str]:
    """The modules that a process has loaded at its end."""
    told = [*command[:-1], command[-1] + "; import sys; print(*sys.modules)"]
    return set(subprocess.run(told, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split())


def from_outside(modules: set[str]) -> list[str]:
    """The packages among the modules that are neither the runtime nor of the standard library."""
    tops = {name.partition(".")[0] for name in modules}
    return sorted(tops - set(sys.stdlib_module_names) - {"runtime", "__main__"})


def first_line() -> str:
    type, data = events(1)[0]
    head = {"specversion": "1.0", "id": "e-1", "source": "web", "subject": "lead-1", "time": "2026-01-05T10:00:00Z"}
    return json.dumps(head | {"type": type, "data": data})


def main() -> None:
    brief = quick()
    heading("Cold start")
    compiled = compile_text(rule_file(rules(100 if brief else 1_000)))
    assert compiled.table is not None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.json"
        file.write_bytes(table.dump(compiled.table))
        commands = programs(bundle(Path(folder) / "bundle"), file, first_line())
        timings = processes(commands, 2 if brief else 41)
        modules = {name: loaded(command) for name, command in commands.items()}
        print(f"{'100' if brief else '1,000'} rules, a table of {file.stat().st_size / 1000:.0f} kB\n")
    bare = timings[BARE]
    rows = [
        [
            name, f"{timing.wall * 1000:.1f}", f"{timing.cpu * 1000:.1f}", f"{(timing.cpu - bare.cpu) * 1000:+.1f}",
            f"{timing.cpu / bare.cpu:.2f}", str(len(modules[name])),
        ]
        for name, timing in timings.items()
    ]  # fmt: skip
    print_table(["process", "ms", "processor ms", "over a bare one", "ratio", "modules"], rows)
    more = modules["and fold the first event"] - modules[BARE]
    print(f"Packages from outside the standard library: {', '.join(from_outside(more)) or 'none'}.")
    print(f"Modules loaded beyond a bare interpreter: {', '.join(sorted(more))}.")


if __name__ == "__main__":
    main()
