"""The engine against the reference, on random models and histories: memory and SQLite, every choice of passes.

LEADSCORE_CASES is the number of samples (default 80), LEADSCORE_SEED the first seed. A failing sample is shrunk and
printed with what differs.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.conformance import ByCommand, Run, bag, read_model
from tests.engine import PASSES, Engine
from tests.models import Sample, SampleRun, make
from tests.models_vocabulary import START
from tests.reference_runs import History, Outcome
from tests.reference_values import DAY, show_instant

CASES = int(os.environ.get("LEADSCORE_CASES", "80"))
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
BLOCK = 20
CHOICES: list[tuple[str, ...] | None] = [(), *[(each,) for each in PASSES], None]  # None: all


def by_reference(sample: Sample) -> list[Outcome]:
    history = History(read_model(sample.model))
    return [history.run(list(run.lines), run.at, run.now, run.publish) for run in sample.runs]


def by_engine(sample: Sample, passes: tuple[str, ...] | None, kept: bool) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(sample.model, Path(folder), passes, kept=kept)
        return [engine.run(run) for run in sample.runs]


def differences(
    sample: Sample, passes: tuple[str, ...] | None, kept: bool, expected: list[Outcome] | None = None
) -> list[str]:
    """What the engine says otherwise than the reference, in words; nothing if they agree."""
    expected, found = by_reference(sample) if expected is None else expected, by_engine(sample, passes, kept)
    said = []
    for number, (want, got) in enumerate(zip(expected, found, strict=True), 1):
        said += [f"run {number}: {line}" for line in compared(want, got)]
    return said


def compared(want: Outcome, got: Outcome) -> Iterator[str]:
    for what, ours, theirs in (
        ("lead", want.leads, got.leads),
        ("account", want.accounts, got.accounts),
        *(("segment " + name, want.segments[name], got.segments[name]) for name in want.segments),
    ):
        if ours != theirs:
            yield from (
                f"{what}: reference {mine}\n  {what}:   engine  {other}" for mine, other in unequal(ours, theirs)
            )
    for what, mine, other in (
        ("reject", bag(want.rejects), bag(got.rejects)),
        ("publication", bag(want.outbox), bag(got.outbox)),
    ):
        yield from (f"{what} of the reference alone: {line}" for line in mine - other)
        yield from (f"{what} of the engine alone:    {line}" for line in other - mine)


def unequal(ours: list[dict[str, object]], theirs: list[dict[str, object]]) -> Iterator[tuple[object, object]]:
    for index in range(max(len(ours), len(theirs))):
        mine = ours[index] if index < len(ours) else None
        other = theirs[index] if index < len(theirs) else None
        if mine != other:
            yield mine, other


def shrunk(sample: Sample, fails: Callable[[Sample], bool], budget: int = 400) -> Sample:
    """The sample with events, then lines of the model, taken away greedily as long as it fails."""
    left = budget

    def try_out(smaller: Sample) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            return False
        with contextlib.suppress(Exception):  # a smaller sample may be no valid model any more
            return fails(smaller)
        return False

    progress = True
    while progress and left > 0:
        progress = False
        for smaller in smaller_ones(sample):
            if try_out(smaller):
                sample, progress = smaller, True
                break
    return sample


def smaller_ones(sample: Sample) -> Iterator[Sample]:
    for index, run in enumerate(sample.runs):
        if len(sample.runs) > 1:
            yield replace(sample, runs=(*sample.runs[:index], *sample.runs[index + 1 :]))
        for size in (8, 4, 2, 1):
            for at in range(0, len(run.lines), size) if len(run.lines) > size else ():
                fewer = replace(run, lines=(*run.lines[:at], *run.lines[at + size :]))
                yield replace(sample, runs=(*sample.runs[:index], fewer, *sample.runs[index + 1 :]))
    lines = sample.model.splitlines()
    for at in range(1, len(lines)):
        yield replace(sample, model="\n".join(lines[:at] + lines[at + 1 :]) + "\n")


def told(seed: int, sample: Sample, said: list[str], passes: tuple[str, ...] | None, kept: bool) -> str:
    parts = [
        f"seed {seed}, passes {'all' if passes is None else passes}, {'SQLite' if kept else 'memory'}",
        sample.model,
    ]
    for run in sample.runs:
        parts += [f"--- run at={run.at} now={run.now} publish={run.publish}", *run.lines]
    return "\n".join([*parts, "--- differences", *said])


def fails(sample: Sample, passes: tuple[str, ...] | None, kept: bool) -> bool:
    return bool(differences(sample, passes, kept))


def check(seed: int) -> None:
    sample, passes = make(seed), CHOICES[seed % len(CHOICES)]
    expected, kept = by_reference(sample), len(sample.runs) > 1 or seed % 3 == 0
    for choice in {passes, None}:
        if not differences(sample, choice, kept, expected):
            continue
        small = shrunk(sample, partial(fails, passes=choice, kept=kept))
        pytest.fail(told(seed, small, differences(small, choice, kept), choice, kept), pytrace=False)


@pytest.mark.parametrize("block", range(0, CASES, BLOCK))
def test_the_engine_agrees_with_the_reference(block: int) -> None:
    for seed in range(FIRST + block, FIRST + min(block + BLOCK, CASES)):
        check(seed)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(CASES // 8, 1)))
def test_the_command_agrees_with_the_reference(seed: int, tmp_path: Path) -> None:
    sample = make(seed)
    sample = replace(sample, runs=tuple(replace(run, publish=True) for run in sample.runs))
    names = list(read_model(sample.model).segments)
    driver = ByCommand(sample.model, tmp_path, len(sample.runs) > 1, names, accounts="account {" in sample.model)
    for run, want in zip(sample.runs, by_reference(sample), strict=True):
        at = () if run.at is None else ("--at", show_instant(run.at))
        got = driver.run(Run(run.lines, (*at, "--now", show_instant(run.now))))
        assert list(compared(want, got)) == [], sample.model


def accepted(sample: Sample) -> list[str]:
    """The lines of a sample that are taken in, one after the other, whatever else comes."""
    history, lines = History(read_model(sample.model)), []
    for run in sample.runs:
        for line in run.lines:
            before = len(history.arrived)
            history.take_in(line, run.now, {}, [])
            lines += [line] if len(history.arrived) > before else []
    return lines


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(CASES // 4, 1)))
def test_order_batches_and_repeats_of_arrival_change_no_value(seed: int) -> None:
    sample = make(seed)
    model = re.sub("model m {.*}", "model m { lateness 500 days }", sample.model)
    lines, at = accepted(sample), sample.runs[-1].at
    chance = random.Random(seed)
    shuffled = [*lines, *chance.sample(lines, len(lines) // 3)]
    chance.shuffle(shuffled)
    cut = chance.randrange(len(shuffled) + 1)
    runs = (SampleRun(tuple(shuffled[:cut]), chance.choice([None, at])), SampleRun(tuple(shuffled[cut:]), at))
    whole = by_engine(Sample(model, (SampleRun(tuple(lines), at),)), None, kept=False)[-1]
    parts = by_engine(Sample(model, runs), None, kept=True)[-1]
    assert (parts.leads, parts.accounts, parts.segments) == (whole.leads, whole.accounts, whole.segments)


BACK_AND_LATE = """
model m { }
lead { company: account computed  owner: text }
event visit { }
score s { rule v { on visit add 5 } }
trigger name { on visit set company = owner }
account { score a = sum of s  trigger u { when a >= 5  emit "u" } }
"""


def test_an_account_that_no_lead_names_any_more_is_retracted_after_a_run_that_goes_back() -> None:
    def line(key: str, kind: str, day: int, data: str) -> str:
        head = f'{{"specversion":"1.0","id":"{key}","source":"s","subject":"L","type":"{kind}",'
        return f'{head}"time":"2024-01-0{day}T00:00:00Z","data":{data}}}'

    first = (line("1", "lead", 2, '{"owner":"acme"}'), line("2", "visit", 6, "{}"))
    late = (line("3", "lead", 4, '{"owner":"beta"}'),)
    runs = (SampleRun(first, START + 8 * DAY), SampleRun((), START + 2 * DAY), SampleRun(late, START + 6 * DAY))
    assert differences(Sample(BACK_AND_LATE, runs), None, kept=True) == []
