"""The soundness of proofs: no random history of a random model ever passes a proved bound, or breaks a proved claim.

Every look of every lead is held against what was proved: the ends of all scores, the stages, tags and triggers that can
be, how often triggers fire, and conditions that were proved to hold never. LEADSCORE_CASES is the number of models.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from cli.replay import Replay, Watching
from compiler.compile import compile_text
from compiler.prove.capacity import Capacity
from compiler.prove.interval import Interval
from compiler.prove.prover import Prover
from compiler.prove.reach import Reach
from compiler.prove.settle import settled
from compiler.prove.spans import Stretch
from compiler.prove.study import Study
from compiler.terms import rewrite
from runtime.fold import Fold
from runtime.lead import Key, Lead
from runtime.plan import Plan
from runtime.run import Run
from runtime.table import Table, Term
from tests.models import Sample, make
from tests.reference_values import DAY

CASES = int(os.environ.get("LEADSCORE_CASES", "40"))
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
BLOCK = 10


class Looks(Watching):
    """A watcher that keeps what every look saw, with the conditions that were proved never to hold."""

    def __init__(self, plan: Plan, never: list[Term]) -> None:
        self.plan = plan
        self.tests = [plan.terms.test(term) for term in never]
        self.seen: list[tuple[int, dict[str, int], str | None, set[str], list[bool]]] = []

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        shown = {key: shown(lead, t) for key, shown in zip(self.plan.keys, self.plan.shown, strict=True)}
        held = [test(lead, {}, t) for test in self.tests]
        self.seen.append((t, shown, lead.stage, set(lead.tags), held))


def proved_of(sample: Sample) -> tuple[Table, Reach, Study]:
    compiled = compile_text(sample.model)
    assert compiled.table is not None
    assert compiled.program is not None
    program = settled(compiled.program)
    study = Study(program, Prover(program, seconds=5), Replay(compiled.table), percents=False)
    return compiled.table, Reach(study), study


def never_of(reach: Reach, seed: int) -> list[Term]:
    """Conditions, made up for a model, that are proved never to hold."""
    draw = random.Random(seed)
    found: list[Term] = []
    for key, interval in reach.looked.items():
        for end in (interval.low, interval.high, 5_000):
            line = ("lit", (end or 0) // 1000 + draw.choice([0, 0, 1, 1, 2, 10]))
            found.append((draw.choice([">", "<", "="]), ("score", key), line))
    program = reach.study.program

    def settle(part: Term) -> Term:
        return ("list", *program.sets[part[1]]) if part[0] == "set" else part

    for stage in (*program.stages.path, *program.stages.beside):
        found += [("stage", "=", stage), ("and", ("stage", "=", stage), draw.choice(found))]
    whens = [rewrite(trigger.when, settle) for trigger in program.triggers if trigger.when is not None]
    found += [("and", when, draw.choice(found)) for when in whens]
    return [term for term in found if reach.could([term], scores=reach.looked) is False]


def leads(table: Table, sample: Sample) -> Iterator[tuple[str, Run]]:
    for given in sample.runs:
        run = Run(table, None, now=given.now)
        run.take(line.encode() for line in given.lines)
        outcome = run.finish(given.at)
        for lead in outcome.leads:
            yield lead.id, run


def broken(seed: int) -> list[str]:
    """What a sample's histories do that was proved not to be."""
    sample = make(seed)
    table, reach, study = proved_of(sample)
    never = never_of(reach, seed)
    soon = Capacity(study, reach.firings, looks=True).shown(Stretch(DAY))
    said = []
    for id, run in leads(table, sample):
        events = [event for event in run.events_of(id) if event[0][0] <= run.at]
        looks = Looks(run.plan, never)
        fold = Fold(run.plan, None, looks)
        lead = fold.new(id)
        for event in events:
            fold.event(lead, event[0], event[1].plan, event[2])
        fold.advance(lead, run.at)
        first = lead.first or 0
        for t, shown, stage, tags, held in looks.seen:
            said += [f"{id} at {t}: {line}" for line in _against(reach.looked, shown)]
            said += [f"{id} soon: {line}" for line in _against(soon, shown) if t <= first + DAY]
            said += [f"{id} is in {stage}"] if stage not in reach.stages else []
            said += [f"{id} has {tag}" for tag in tags - reach.tags]
            said += [f"{id} at {t}: {term}" for term, true in zip(never, held, strict=True) if true]
        now = {key: shown(lead, run.at) for key, shown in zip(run.plan.keys, run.plan.shown, strict=True)}
        said += [f"{id} at the end: {line}" for line in _against(reach.scores, now)]
        for at, count in Counter(at for at, _ in lead.fired).items():
            most = reach.firings[run.plan.triggers[at].name]
            said += (
                [f"{id}: {run.plan.triggers[at].name} fires {count} times"] if most is not None and count > most else []
            )
    return said


def _against(bounds: dict[str, Interval], shown: dict[str, int]) -> Iterator[str]:
    for key, points in shown.items():
        if not bounds[key].holds(points):
            yield f"{key} shows {points}, proved {bounds[key]}"


@pytest.mark.parametrize("block", range(0, CASES, BLOCK))
def test_no_history_breaks_what_is_proved(block: int) -> None:
    for seed in range(FIRST + block, FIRST + min(block + BLOCK, CASES)):
        assert broken(seed) == [], f"LEADSCORE_SEED={seed} LEADSCORE_CASES=1"


def test_there_is_something_proved_to_be_broken() -> None:
    claims = ends = 0
    for seed in range(6):
        _, reach, _ = proved_of(make(seed))
        claims += len(never_of(reach, seed))
        ends += sum(interval.high is not None for interval in reach.scores.values())
    assert claims > 10
    assert ends > 3


def test_a_bound_that_is_too_tight_is_noticed() -> None:
    assert list(_against({"s": Interval(0, 10)}, {"s": 11})) == ["s shows 11, proved Interval(low=0, high=10)"]
