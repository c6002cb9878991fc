"""Proving: the questions about conditions, and whole models under a limit of time, with what was left undecided.

The rules are those of the other benchmarks, one score of many rules with a line and a range; each is proved in a
process that has compiled before. What counts is what is decided in how much time: the limit is told above the table,
and under it is listed what a model left open. Most of these rules look at one text each of hundreds, so a question
asked of each pair of rules would be a million questions; they need no solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.measuring import ROOT, heading, print_table, quick, timed
from benchmarks.workload import rule_file, rules
from cli.replay import Replay
from compiler.compile import Compilation, compile_file, compile_text
from compiler.prove.findings import findings
from compiler.prove.ledger import Ledger
from compiler.prove.proof import Wanted, prove
from compiler.prove.prover import Prover
from compiler.prove.settle import settled

ENOUGH = 600.0
EXAMPLES = sorted(ROOT.glob("examples/*/*.score"))


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


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to prove by name, with the rules of all its scores counted."""

    name: str
    compilation: Compilation

    @property
    def rules(self) -> int:
        assert self.compilation.table is not None
        return sum(len(score.on) + len(score.when) for score in self.compilation.table.scores.values())


def subjects(*, brief: bool) -> list[Subject]:
    """The examples that are models, and so many rules of the workload."""
    found = [(path.relative_to(ROOT).as_posix(), compile_file(path)) for path in EXAMPLES]
    shown = [Subject(name, each) for name, each in found if each.table is not None]
    counts = (20,) if brief else (100, 300, 1_000)
    return (shown[:1] if brief else shown) + [Subject(f"{count:,} rules", crowd(count)) for count in counts]


def crowd(count: int) -> Compilation:
    """So many rules in one score with a range and a line."""
    text = rule_file(rules(count)).replace("score points {", "score points {\n  range -100..1000\n  ready at 100", 1)
    return compile_text(text)


def proved(subject: Subject, seconds: float) -> Ledger:
    """The ledger of a model under a limit of time."""
    assert subject.compilation.table is not None
    return prove(subject.compilation, Replay(subject.compilation.table), Wanted(seconds))


def decided(ledger: Ledger) -> tuple[int, int]:
    """How many ends and shortest ways are decided, and how many were asked for."""
    ends = [end.decided for sheet in ledger.scores for end in (sheet.lowest, sheet.highest) if end is not None]
    ways = [paths.events == paths.least for sheet in ledger.scores for paths in sheet.paths]
    return sum(ends) + sum(ways), len(ends) + len(ways)


def main() -> None:
    brief = quick()
    limit = 5.0 if brief else 30.0
    heading("Proving")
    asked((30,) if brief else (100, 1_000))
    print(f"Limit: {limit:g} seconds for each model. Ends are the lowest and the highest of each score.\n")
    rows, open_ = [], []
    for subject in subjects(brief=brief):
        kept: list[Ledger] = []
        wall, cpu = timed(lambda subject=subject, kept=kept: kept.append(proved(subject, limit)))
        (ledger,) = kept
        sure, all_ = decided(ledger)
        found = f"{len(ledger.findings)}"
        rows.append([subject.name, f"{subject.rules:,}", f"{wall:.1f}", f"{cpu:.1f}", f"{sure} of {all_}", found])
        open_ += [f"- {subject.name}: {text}" for text in ledger.undecided]
    print_table(["model", "rules", "s", "processor s", "ends and ways decided", "findings"], rows)
    print("Undecided:\n" if open_ else "Nothing was left undecided.")
    print("\n".join(open_))


if __name__ == "__main__":
    main()
