"""Proofs in tests: a model as text, proved as the command does it, with all that it shows put to the test.

Every history that a proof shows is pasted behind the model as the `test` block that a person would paste, and must
pass: so no test of the prover needs to trust the prover.
"""

from __future__ import annotations

from collections.abc import Iterator

from cli.judging import judge_of
from cli.replay import Replay
from cli.trial import run_tests
from compiler.compile import compile_text
from compiler.exact import amount
from compiler.prove.histories import as_test
from compiler.prove.ledger import Ledger, ScoreSheet, Verdict
from compiler.prove.proof import Wanted, prove
from compiler.prove.settle import settled
from compiler.prove.study import named
from dsl.diagnostics import has_errors
from runtime.plan import Plan

START = """model m { }
lead {
  size: integer 0..  country: text  company: account  renewal: date  team: text computed  since: instant computed
}
event visit { page: text  seconds: integer 0..600 }
event video { asset: one of "demo", "tour", "talk" required  watched: percent required }
event signup { }
event back passive { }
"""


def proved(text: str, *, seconds: float = 120.0, within: int | None = None, percents: bool = True) -> Ledger:
    """The ledger of a model, whose histories have all been replayed; `text` goes on from `START` unless it begins with
    a model of its own."""
    whole = text if text.startswith("model ") else START + text
    compiled = compile_text(whole)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    assert compiled.program is not None
    judge = judge_of(settled(compiled.program))
    found = prove(compiled, Replay(compiled.table), Wanted(seconds, within, percents=percents), judge)
    for block in shown(whole, found):
        passes(whole, block)
    return found


def shown(text: str, ledger: Ledger) -> Iterator[str]:
    """Every history of a ledger as a test block."""
    program = compile_text(text).program
    assert program is not None
    program = settled(program)
    scores = {each.name: each.body for each in program.scores}
    for sheet in ledger.scores:
        key = named(scores, sheet.key)
        for end in (sheet.lowest, sheet.highest, sheet.soon):
            if end is not None and end.history:
                yield as_test(program, "an end", end.history, [(end.time, f"{key} = {amount(end.reached)}")])
        for paths in sheet.paths:
            said = f"{key} >= {amount(sheet.ready or 0)}" if paths.goal == sheet.key else f"fired {paths.goal}"
            for path in paths.paths:
                yield as_test(program, "a path", path.history, [(path.time, said)])
        for fall in sheet.falls:
            expects = [(fall.time + after, f"{key} = {amount(points)}") for after, points in fall.steps[:50]]
            yield as_test(program, "a fall", fall.history, expects)
    for verdict in ledger.verdicts:
        if verdict.test is not None:
            yield verdict.test
    for finding in ledger.findings:
        lines = [each for each in finding.evidence if each.startswith(("test ", "  ", "}"))]
        if lines:
            yield "\n".join(lines)


def passes(text: str, block: str) -> None:
    """Asserts that a test block holds behind the model."""
    compiled = compile_text(f"{text}\n{block}\n")
    assert compiled.table is not None, (block, [each.message for each in compiled.diagnostics])
    assert not has_errors(compiled.diagnostics)
    (*_, outcome) = run_tests(Plan(compiled.table), list(compiled.tests))
    assert outcome.result == "passed", (block, outcome.error, [each.seen for each in outcome.failures])


def codes(ledger: Ledger) -> list[str]:
    """The codes of all findings, in order of the file."""
    return [each.code for each in ledger.findings]


def sheet(ledger: Ledger, key: str = "s") -> ScoreSheet:
    return next(each for each in ledger.scores if each.key == key)


def verdict(text: str, claim: str) -> Verdict:
    """What comes of one claim about a model."""
    (found,) = proved(f'{text}\nassert "a" {{ {claim} }}').verdicts
    return found
