"""Coverage against its reference, on random models and histories: the engine's watcher sees what the language says.

LEADSCORE_CASES is the number of samples (default 40), LEADSCORE_SEED the first seed.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from cli.coverage.observer import Observer
from cli.coverage.subject import Subject
from compiler.compile import Compilation, compile_text
from compiler.sites import SIDES
from runtime.fold import Fold
from runtime.lead import Lead
from runtime.lines import settle
from runtime.plan import Plan
from runtime.run import Run
from tests.conformance import read_model
from tests.models import Sample, make
from tests.reference_coverage import Side, sides_seen
from tests.reference_runs import History
from tests.reference_values import DAY

CASES = int(os.environ.get("LEADSCORE_CASES", "40"))
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
BLOCK = 20


def compiled(sample: Sample) -> Compilation:
    compilation = compile_text(sample.model)
    assert compilation.table is not None, compilation.diagnostics
    return compilation


def lines_of(sample: Sample) -> list[str]:
    return [line for run in sample.runs for line in run.lines]


def by_reference(sample: Sample, until: int) -> dict[str, set[Side]]:
    model = read_model(sample.model)
    history = History(model)
    history.run(lines_of(sample), until, until, publish=False)
    events = [arrival.event for arrival in history.arrived.values()]
    leads = {event.lead for event in events if event.time <= until}
    segments = list(model.segments.values())
    return {
        lead: sides_seen(model, segments, lead, [event for event in events if event.lead == lead], until)
        for lead in leads
    }


def by_watcher(sample: Sample, until: int) -> dict[str, set[Side]]:
    subject = Subject(compiled(sample))
    run = Run(subject.table, now=until)
    run.take(line.encode() for line in lines_of(sample))
    found = {}
    for lead in {lead.id for lead in run.finish(until).leads}:
        seen: set[int] = set()
        watched(subject, run, lead, until, seen)
        found[lead] = {_side(subject, number) for number in seen}
    return found


def watched(subject: Subject, run: Run, id: str, until: int, seen: set[int]) -> Lead:
    observer = Observer(subject, seen)
    fold = Fold(subject.plan, None, observer)
    lead = fold.new(id)
    for key, kind, data, _ in sorted(run.events_of(id), key=lambda event: event[0]):
        if key[0] <= until:
            fold.event(lead, key, subject.plan.events[kind.plan.name], data)
    fold.advance(lead, until)
    settle(subject.plan, lead)
    observer.stands(lead, until)
    return lead


def _side(subject: Subject, number: int) -> Side:
    site = place = subject.sites[number // 2]
    if site.part == "floor":
        place = next(each for each in subject.sites if each.of == site.of and each.part == "degradation")
    return site.part, place.span.end, site.sides[number % 2]


def latest(sample: Sample) -> int:
    """Some days after the newest event of the sample."""
    table = compiled(sample).table
    assert table is not None
    run = Run(table, now=max(run.now for run in sample.runs))
    run.take(line.encode() for line in lines_of(sample))
    return run.finish(None).at + 12 * DAY


@pytest.mark.parametrize("block", range(0, CASES, BLOCK))
def test_what_is_seen_is_what_the_reference_sees(block: int) -> None:
    for seed in range(FIRST + block, FIRST + min(block + BLOCK, CASES)):
        sample = make(seed)
        until = latest(sample)
        assert by_watcher(sample, until) == by_reference(sample, until), f"seed {seed}\n{sample.model}"


def test_the_samples_show_each_side_of_each_part_and_leave_each_unseen() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    unseen: Counter[tuple[str, str]] = Counter()
    for seed in range(60):
        sample = make(seed)
        subject = Subject(compiled(sample))
        found = set().union(*by_watcher(sample, latest(sample)).values())
        for number, site in enumerate(subject.sites):
            for side, name in enumerate(site.sides):
                (seen if _side(subject, 2 * number + side) in found else unseen)[site.part, name] += 1
    every = {(part, side) for part, sides in SIDES.items() for side in sides}
    assert set(seen) == every
    assert every - set(unseen) <= {("tally", "counted")}


def test_who_watches_changes_nothing() -> None:
    for seed in range(FIRST, FIRST + 20):
        sample = make(seed)
        compilation, until = compiled(sample), latest(sample)
        subject = Subject(compilation)
        assert compilation.table is not None
        run = Run(compilation.table, now=until)
        run.take(line.encode() for line in lines_of(sample))
        for lead in run.finish(until).leads:
            other = watched(subject, run, lead.id, until, set())
            assert _picture(run.plan, lead, until) == _picture(subject.plan, other, until), f"seed {seed}"


def _picture(plan: Plan, lead: Lead, until: int) -> object:
    settle(plan, lead)
    scores = {key: shown(lead, until) for key, shown in zip(plan.keys, plan.shown, strict=True)}
    fired = [(plan.triggers[at].name, t) for at, t in lead.fired]
    return scores, fired, lead.attrs, lead.stage, lead.entered, lead.tags, lead.tallies
