"""What takes longer to find out than a keystroke: how high scores can get, and what the tests of a model see.

It is found out beside everything else, once nothing has been typed for a while, and what takes too long is left out: an
editor shows what can be had for little, `leadscore prove` and `leadscore test --coverage` the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from cli.coverage.measure import sides_seen
from cli.coverage.spots import spots_of
from cli.coverage.subject import Subject
from cli.coverage.total import Coverage, Entry, saw
from cli.coverage.wording import clipped, never
from cli.lsp.analysis import Analysis
from cli.replay import Replay
from compiler.exact import amount
from compiler.prove.prover import Prover
from compiler.prove.reach import Reach
from compiler.prove.settle import settled
from compiler.prove.study import Study
from compiler.symbols import Symbol

SECONDS = 3.0
"""So long the bounds may take, and so long the tests."""
MOST_RULES = 3_000
"""Models of more rules are not looked into."""
_FEW = 6
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """What the tests see of a rule or trigger: of its sides so many, and what they never see."""

    sides: int
    of: int
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Depth:
    """`highest` by the key of a score, in thousandths, without those that have no end; `seen` by rule or trigger."""

    analysis: Analysis
    highest: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[Symbol, Seen] = field(default_factory=dict)


def deepen(analysis: Analysis) -> Depth:
    """What can be found out about a model without errors; of any other nothing."""
    if analysis.compilation.table is None or len(analysis.symbols.of_kind("rule")) > MOST_RULES:
        return Depth(analysis)
    return Depth(analysis, _highest(analysis), dict(_seen(analysis)))


def _highest(analysis: Analysis) -> dict[str, int]:
    program, table = analysis.compilation.program, analysis.compilation.table
    assert program is not None
    assert table is not None
    ready = settled(program)
    study = Study(ready, Prover(ready, seconds=SECONDS, solver=False), Replay(table))
    return {key: ends.high for key, ends in Reach(study).scores.items() if ends.high is not None}


def _seen(analysis: Analysis) -> Iterator[tuple[Symbol, Seen]]:
    tests = analysis.compilation.tests
    if not tests:
        return
    subject = Subject(analysis.compilation)
    coverage = Coverage()
    entries = coverage.add(spots_of(subject, analysis.compilation.files))
    end = monotonic() + SECONDS
    for test in tests:
        saw(entries, sides_seen(subject, test), test.name)
        if monotonic() > end:
            return
    found: dict[Symbol, list[Entry]] = {}
    for entry in entries:
        match entry.spot.of:
            case ("rule", score, rule):
                found.setdefault(Symbol("rule", rule, score), []).append(entry)
            case ("trigger", name):
                found.setdefault(Symbol("trigger", name), []).append(entry)
            case _:
                pass
    for symbol, own in found.items():
        missed = tuple(f"{clipped(entry.spot.text, _SHOWN)}: {never(entry)}" for entry in own if entry.unseen)
        yield symbol, Seen(sum(each.seen for each in own), sum(len(each.counts) for each in own), missed[:_FEW])


def told(highest: int) -> str:
    """Points as a person writes them."""
    return amount(highest)
