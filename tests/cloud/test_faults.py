"""Whatever goes wrong on the way, leads end as the reference says: a worker dies before or after any call, the table
throttles, others write the same lead in between, deliveries come again and out of order, the model changes.

Each step of a history delivers some of the lines with a script of faults, one for each call to the table. What was not
settled comes again, as queues do it. At the end all lines have come once without faults.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runtime.dynamo.client import Table
from runtime.dynamo.keys import lead_key
from runtime.dynamo.leads import Leads
from tests.cloud.leads import World, model_of
from tests.models import Sample, SampleRun, make
from tests.test_reference import accepted, by_reference, compared

EXAMPLES = max(int(os.environ.get("LEADSCORE_CASES", "80")) // 8, 1)
CALLS = ("get", "get_all", "put", "delete")
FAULTS = ("", "", "", "", "dies before", "dies after", "throttled", "answer lost", "another worker", "sweep")


class Died(BaseException):
    """The worker is gone, and nothing after this line runs."""


def throttling() -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "PutItem")


class Troubled:
    """Puts faults around the calls of a table, by a script; without a script nothing goes wrong."""

    def __init__(self, table: Table) -> None:
        self.script: Iterator[str] = iter(())
        self.others: dict[str, Callable[[], None]] = {}
        for name in CALLS:
            setattr(table, name, self._around(getattr(table, name)))

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def troubled(*args: Any, **options: Any) -> Any:
            fault = next(self.script, "")
            if fault == "dies before":
                raise Died
            if fault == "throttled":
                raise throttling()
            if fault in self.others:
                script, self.script = self.script, iter(())
                self.others[fault]()
                self.script = script
            result = call(*args, **options)
            if fault == "dies after":
                raise Died
            if fault == "answer lost":
                raise throttling()
            return result

        return troubled


class Trial:
    """A world in which deliveries fail: `waiting` are the lines that a queue would still hold."""

    def __init__(self, address: str, sample: Sample) -> None:
        self.lines = accepted(sample)
        self.world = World(address, sample.model)
        self.world.time = max(run.now for run in sample.runs)
        self.trouble = Troubled(self.world.table)
        self.waiting = Counter(range(len(self.lines)))

    def deliver(self, numbers: list[int], script: list[str], worker: Leads | None = None) -> None:
        chosen = [number % len(self.lines) for number in numbers]
        self.trouble.script = iter(script)
        try:
            verdicts = (worker or self.world.leads).take([self.lines[number].encode() for number in chosen])
        except Died:
            return
        finally:
            self.trouble.script = iter(())
        for number, verdict in zip(chosen, verdicts, strict=True):
            assert verdict.kind in ("accepted", "duplicate", "failed"), verdict
            if verdict.kind != "failed":
                self.waiting.pop(number, None)

    def sweep(self, script: list[str]) -> None:
        self.trouble.script = iter(script)
        try:
            self.world.sweep(self.world.newest())
        except (Died, ClientError):
            pass
        finally:
            self.trouble.script = iter(())

    def finish(self) -> None:
        self.deliver(list(self.waiting), [])
        assert not self.waiting


def standing(published: list[Any]) -> Counter[tuple[Any, ...]]:
    """What the world holds to be so after it was told all of this, repeats dropped by their ids."""
    found: Counter[tuple[Any, ...]] = Counter()
    for line in {line.get("id", at): line for at, line in enumerate(published)}.values():
        taken_back = line["type"].endswith(".retracted")
        firing = (line["subject"], line["type"].removesuffix(".retracted"), line["time"], line["data"]["trigger"])
        found[firing] += -1 if taken_back else 1
    return +found


step = st.tuples(st.lists(st.integers(0, 999), min_size=1, max_size=8), st.lists(st.sampled_from(FAULTS), max_size=20))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    derandomize=True,
)
@given(seed=st.integers(0, 5000), steps=st.lists(step, min_size=2, max_size=8), released=st.booleans())
def test_any_history_of_faults_ends_as_the_reference_says(
    dynamodb: str, seed: int, steps: list[tuple[list[int], list[str]]], released: bool
) -> None:
    sample = make(seed)
    sample = replace(sample, model=re.sub("model m {.*}", "model m { lateness 500 days }", sample.model))
    trial = Trial(dynamodb, sample)
    if not trial.lines:
        return
    world = trial.world
    older = model_of(sample.model.replace("lateness 500 days", "lateness 499 days"))
    other = Leads(world.table, older if released else world.model, lambda: world.time, pause=lambda _: None)
    for number, (numbers, script) in enumerate(steps):
        trial.trouble.others = {
            "another worker": partial(trial.deliver, numbers[::2], [], other),
            "sweep": partial(trial.sweep, []),
        }
        trial.deliver(numbers, script, other if number % 3 == 2 else None)
        if number % 2:
            trial.sweep(script)
    trial.trouble.others = {}
    trial.finish()
    (want,) = by_reference(Sample(sample.model, (SampleRun(tuple(trial.lines), None, now=world.time),)))
    t = world.newest()
    for line in want.leads:
        world.leads.sweep(lead_key(line["lead"]), t)
    published = [json.loads(line) for line in world.table.published]
    got = world.run(SampleRun((), t, now=world.time))
    assert list(compared(replace(want, outbox=[], accounts=[]), replace(got, outbox=[], accounts=[]))) == []
    of_leads = [line for line in want.outbox if not line["data"]["trigger"].startswith("u")]
    assert standing(published) == standing(of_leads)
