"""Two models held against each other as the command does it, and what a witness is worth when it is pasted."""

from __future__ import annotations

from cli.declared_at import places_of
from cli.diff import classify
from cli.models_of import Side
from cli.replay import Replay
from cli.trial import run_tests
from compiler.compile import Compilation, compile_text
from compiler.diff.changes import Change, Comparison, Witness
from compiler.diff.changes import Side as Compared
from compiler.diff.compare import compare
from compiler.diff.opened import opened
from compiler.diff.witnesses import witnesses
from runtime.plan import Plan


def compiled(text: str) -> Compilation:
    found = compile_text(text)
    assert found.table is not None, [each.message for each in found.diagnostics]
    return found


def compared(old: str, new: str, *, seconds: float = 0.0, longest: int = 40, each: bool = False) -> Comparison:
    """What is said of two models; histories are looked for if there are any `seconds`."""
    both = compiled(old), compiled(new)
    one, two = (Compared(opened(each.program), dict(places_of(each))) for each in both)
    tables = both[0].table, both[1].table
    found = compare(one, two, classify(Side("old", tables[0])), 5.0)
    if seconds:
        witnesses(found, one, two, tables, Replay, seconds, longest, each=each)
    return found


def meant(found: Comparison) -> list[Change]:
    """The changes of the meaning."""
    return [change for change in found.changes if change.means]


def told(found: Comparison) -> list[str]:
    """Changes in short: what it is, how, which class."""
    return [f"{' '.join(each.declared)}: {each.how}, {each.kind}" for each in found.changes]


def pasted(text: str, test: str) -> str:
    """What comes of a test in a model: "passed", "failed", "error", or "refused" if the model does not compile so."""
    found = compile_text(f"{text}\n{test}\n")
    if found.table is None:
        return "refused"
    [outcome] = run_tests(Plan(found.table), found.tests)
    return outcome.result


def check(old: str, new: str, witness: Witness) -> None:
    """A witness passes under the model that it says, and under that one only."""
    home, other = (new, old) if witness.passes == "new" else (old, new)
    assert pasted(home, witness.test) == "passed", witness.test
    assert pasted(other, witness.test) != "passed", witness.test
