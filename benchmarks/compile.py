"""Compiling: 1,000 rules from text to the bytes of the table, and the start of the command line.

The stages are timed one by one in a process that has compiled before, as an editor or a service would; beside them
stands the whole as one call. What a shell pays for, a new process each time, is timed against one that does nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measuring import command_line, heading, print_table, quick, timed, timing_of
from benchmarks.workload import rule_file, rules
from compiler.check import check
from compiler.compile import ALL, compile_text, run_passes
from compiler.context import Context
from compiler.emit import emit
from compiler.load import load
from compiler.names import collect
from compiler.report import Report
from compiler.scenarios import check_tests
from compiler.warnings.checks import warned
from dsl.parse import parse
from dsl.source import Source
from dsl.syntax import Span
from runtime import table


class Stages:
    """The stages of one compilation; each takes what the one before it left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.held: dict[str, Any] = {}

    def parse(self) -> None:
        """Text to tree."""
        parse(Source("model.score", self.text))

    def load(self) -> None:
        self.held["report"] = Report()
        source = Source("model.score", self.text)
        self.held["loaded"] = load(source, Path(), None, self.held["report"])

    def check(self) -> None:
        """Names, types and everything that can be wrong."""
        report, loaded = self.held["report"], self.held["loaded"]
        context = Context(collect(loaded.items, report), report, loaded)
        self.held["program"] = check(context, Span("model.score", 0, 0))
        self.held["context"] = context
        check_tests(context)

    def warn(self) -> None:
        """What is to be warned of."""
        warned(self.held["context"], self.held["program"], (), ())

    def passes(self) -> None:
        """All passes, with verification between them."""
        self.held["passed"] = run_passes(self.held["program"], ALL)

    def emit(self) -> None:
        self.held["table"] = emit(self.held["passed"])

    def dump(self) -> None:
        table.dump(self.held["table"])

    def whole(self) -> None:
        """All of it, as the command does it."""
        compiled = compile_text(self.text)
        assert compiled.table is not None
        table.dump(compiled.table)


def stages(text: str, rounds: int) -> None:
    """Print the time of each stage and its share of the whole."""
    work = Stages(text)
    calls = [
        ("parse", work.parse), ("(parse, with imports)", work.load), ("check", work.check),
        ("warnings", work.warn), ("passes", work.passes), ("emit", work.emit), ("write the bytes", work.dump),
        ("all of it", work.whole),
    ]  # fmt: skip
    work.whole()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name, _ in calls}
    for _ in range(rounds):
        for name, call in calls:
            found[name].append(timed(call))
    timings = {name: timing_of(times) for name, times in found.items()}
    whole = timings["all of it"].cpu
    rows = [
        [name, f"{each.wall * 1000:.0f}", f"{each.cpu * 1000:.0f}", f"{each.cpu / whole:.0%}"]
        for name, each in timings.items()
        if not name.startswith("(")
    ]
    print_table(["stage", "ms", "processor ms", "share"], rows)


def commands(text: str, rounds: int) -> None:
    """Print the time of whole commands on the text."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "model.score", Path(folder) / "table.json"
        file.write_text(text, encoding="utf-8")
        given = {
            "`leadscore --help`": ["--help"],
            "`leadscore check`": ["check", str(file)],
            "`leadscore compile`": ["compile", str(file), "-o", str(out)],
        }
        command_line(given, rounds)


def main() -> None:
    brief = quick()
    heading("Compiling")
    text = rule_file(rules(50 if brief else 1_000))
    print(f"{50 if brief else 1000:,} rules, {len(text) / 1000:.0f} kB of text\n")
    stages(text, 1 if brief else 7)
    commands(text, 1 if brief else 9)


if __name__ == "__main__":
    main()
