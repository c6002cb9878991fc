"""Proving: how long the questions about conditions take, and what the whole command leaves undecided.

The rules are those of the workload, most of which look at one text each of hundreds, so a question asked of each pair
of rules would be a million questions. Beside them stand the examples. The command has a limit of time; what it did not
decide within it is counted, never left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measuring import ROOT, heading, print_table, quick, timed
from benchmarks.workload import rule_file, rules
from compiler.compile import Compilation, compile_text
from compiler.prove.findings import findings
from compiler.prove.prover import Prover
from compiler.prove.settle import settled

EXAMPLES = ("examples/saas_trial/model.score", "examples/b2b_products/model.score")
ENOUGH = 600.0


def questions(count: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked of so many rules: each condition by itself, all rules beside each other, the ends of an event."""
    compilation = compile_text(rule_file(rules(count)))
    assert compilation.program is not None
    program = settled(compilation.program)
    on = [rule for rule in program.scores[0].body.on if rule.match.on == "page_view"]
    weights = {("points", rule.name): rule.points or 0 for rule in on}
    yield "conditions, each by itself and beside others", lambda: _found(compilation)
    yield (
        f"most that one event gives, of {len(on)} rules",
        lambda: _sure(Prover(program, seconds=ENOUGH).best_sum("page_view", weights).exact),
    )
    yield (
        "least that one event gives",
        lambda: _sure(Prover(program, seconds=ENOUGH).best_sum("page_view", weights, lowest=True).exact),
    )


def _found(compilation: Compilation) -> None:
    assert compilation.program is not None
    assert compilation.context is not None
    found = findings(compilation.context, Prover(settled(compilation.program), seconds=ENOUGH))
    _sure(not found.undecided)


def _sure(truth: bool) -> None:
    if not truth:
        raise ValueError("something was not decided")


def asked(counts: tuple[int, ...]) -> None:
    """Print the time of each question."""
    times: dict[str, list[str]] = {}
    for count in counts:
        for name, call in questions(count):
            _, cpu = timed(call)
            times.setdefault(name.partition(", of")[0], []).append(f"{cpu * 1000:.0f}")
    print_table(
        ["processor ms", *[f"{count:,} rules" for count in counts]], [[name, *row] for name, row in times.items()]
    )


def command(files: dict[str, Path], limit: float) -> None:
    """Print what the command takes and leaves open."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from cli.main import main; sys.exit(main())"
    rows = []
    for name, path in files.items():
        asked = [sys.executable, "-c", start, "prove", str(path), "--json", "--time-limit", str(limit)]
        told: list[str] = []
        wall, _ = timed(
            lambda asked=asked, told=told: told.extend(  # type: ignore[misc]
                subprocess.run(asked, check=False, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()
            )
        )
        kinds = [json.loads(line).get("kind") for line in told]
        rows.append([name, f"{wall:.1f}", str(kinds.count("finding")), str(kinds.count("undecided"))])
    print_table([f"`leadscore prove --time-limit {limit:g}`", "seconds", "findings", "undecided"], rows)


def main() -> None:
    brief = quick()
    heading("Proving")
    asked((30,) if brief else (100, 1_000))
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "model.score"
        large.write_text(rule_file(rules(30 if brief else 1_000)), encoding="utf-8")
        files = {} if brief else {name: ROOT / name for name in EXAMPLES}
        command({**files, f"{30 if brief else 1_000:,} rules": large}, 2 if brief else 30)


if __name__ == "__main__":
    main()
