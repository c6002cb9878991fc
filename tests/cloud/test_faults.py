"""Whatever goes wrong on the way, in whatever order, leads end as the reference says.

A machine of Hypothesis does what can happen to a table, step by step: lines come in again and in any order, to either
of two workers, time is let pass, models are released with or without points kept, leads are folded anew, histories
are rolled up. Each step has a script of faults, one for each call to the table: the worker dies before or after it, it
is refused or its answer is lost, or the other worker delivers, sweeps or releases just then. What was not settled comes
again, as queues do it. At the end all lines have come once without faults; then every lead is what the live chain of
tables makes of the lines that are in; if that is one table, what the naive reference makes of them; and if nothing was
released on the way, all that was published comes to what the reference publishes.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from runtime.chain import Chain
from runtime.dynamo import refold
from runtime.dynamo.leads import Leads
from runtime.dynamo.live import Live
from runtime.dynamo.program import chain_of
from runtime.dynamo.releases import Maker, Overtaken, Releases
from runtime.dynamo.rows import fetch, row_of
from runtime.intake import Rejected
from runtime.lines import LeadLines
from runtime.table import Table as Rules
from runtime.times import DAY
from tests.cloud.leads import create_table, model_of, states
from tests.cloud.test_releases import Shelf
from tests.cloud.trouble import FAULTS, Died, Troubled
from tests.conformance import exact, reduced
from tests.models import Sample, SampleRun, make
from tests.reference_runs import Outcome
from tests.test_reference import accepted, by_reference, compared

EXAMPLES = max(int(os.environ.get("LEADSCORE_CASES", "80")) // 10, 1)
OTHERS = ("another worker", "another worker", "another worker", "a sweep", "a release", "a roll")
RELEASES = 4
"""Releases in one history, the first one included."""

Script = dict[int, str]
"""What happens at which call to the table, counted from 0."""
scripts = st.dictionaries(st.integers(0, 9), st.sampled_from([*FAULTS, *OTHERS]), max_size=4)
numbers = st.lists(st.integers(0, 999), min_size=1, max_size=8)
moments = st.integers(0, 999)
workers = st.sampled_from([0, 1])
texts = st.sampled_from([0, 1, 2])
keeps = st.sampled_from([True, True, False])


@cache
def rules_of(text: str) -> Rules:
    return model_of(text).table


def texts_of(seed: int) -> list[str]:
    """A model, the same with other points, and quite another one; no event comes too late for them."""
    first, other = (
        re.sub("model m {.*}", "model m { lateness 500 days }", make(each).model) for each in (seed, seed + 50_000)
    )
    return [first, re.sub(r"\badd (\d+)", lambda found: f"add {int(found[1]) + 3}", first), other]


def instants(chain: Chain, lines: list[bytes]) -> list[int]:
    found = []
    for line in lines:
        with suppress(Rejected):
            found.append(chain.read(line)[1][0][0])
    return sorted(found)


class Worker:
    """A function: the model that it has taken up, which may be live no more."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.look()

    def look(self) -> None:
        """Take up what is live."""
        self.model = Live(self.cloud.releases).model()

    @property
    def leads(self) -> Leads:
        return Leads(self.cloud.table, self.model, lambda: self.cloud.time, pause=lambda _: None)


class Cloud(RuleBasedStateMachine):
    """Two workers on one table; `waiting` are the lines that queues still hold, `inside` those that were taken in."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.lines: list[bytes] = []

    @initialize(seed=st.integers(0, 5000))
    def open(self, seed: int) -> None:
        while not self.lines:
            self.texts, sample = texts_of(seed), make(seed)
            self.lines = [line.encode() for line in accepted(Sample(self.texts[0], sample.runs))]
            seed += 1
        self.time = max(run.now for run in sample.runs)
        self.moments = instants(model_of(self.texts[0]).chain, self.lines)
        self.table = create_table(self.address)
        self.releases, self.released = Releases(self.table, Shelf()), 0
        self._release(0, 0, keep=False)
        self.trouble = Troubled(self.table)
        self.workers = [Worker(self), Worker(self)]
        self.waiting = Counter(range(len(self.lines)))
        self.inside: set[int] = set()

    # --- what happens, with the faults of a script --------------------------------------------------------------------

    @rule(worker=workers, chosen=numbers, others=numbers, script=scripts)
    def deliver(self, worker: int, chosen: list[int], others: list[int], script: Script) -> None:
        with self.troubled(worker, others, script):
            self._deliver(worker, chosen)

    @rule(worker=workers, moment=moments, others=numbers, script=scripts)
    def sweep(self, worker: int, moment: int, others: list[int], script: Script) -> None:
        with self.troubled(worker, others, script):
            self._sweep(worker, moment)

    @rule(worker=workers, others=numbers, script=scripts)
    def roll(self, worker: int, others: list[int], script: Script) -> None:
        with self.troubled(worker, others, script):
            self._roll(worker)

    @rule(
        text=st.sampled_from([0, 1, 2]),
        moment=moments,
        keep=st.sampled_from([True, True, False]),
        others=numbers,
        script=scripts,
    )
    def release(self, text: int, moment: int, *, keep: bool, others: list[int], script: Script) -> None:
        with self.troubled(0, others, script), suppress(Overtaken):
            self._release(text, moment, keep=keep)

    @rule(worker=workers)
    def look(self, worker: int) -> None:
        self.workers[worker].look()

    @rule(worker=workers, others=numbers, script=scripts)
    def refold(self, worker: int, others: list[int], script: Script) -> None:
        self.workers[worker].look()
        live = self.releases.live()
        assert live is not None
        with self.troubled(worker, others, script), suppress(refold.Unfinished):
            for part in refold.plan(self.table, live.generation, 2):
                refold.step(self.table, self.workers[worker].leads, part, self.moments[0], lambda: True)

    @contextmanager
    def troubled(self, worker: int, others: list[int], script: Script) -> Iterator[None]:
        """Calls to the table fail here as the script says, and the other worker does what it says in between."""
        other, moment = 1 - worker, others[0]
        self.trouble.others = {
            "another worker": partial(self._deliver, other, others),
            "a sweep": partial(self._sweep, other, moment),
            "a roll": partial(self._roll, other),
            "a release": partial(self._release, moment % 3, moment, keep=bool(moment % 2)),
        }
        self.trouble.script = iter([script.get(at, "") for at in range(max(script, default=-1) + 1)])
        try:
            with suppress(Died, ClientError):
                yield
        finally:
            self.trouble.script = iter(())

    # --- what happens -------------------------------------------------------------------------------------------------

    def _deliver(self, worker: int, chosen: Iterable[int]) -> None:
        chosen = [number % len(self.lines) for number in chosen]
        before = set(self.inside)
        found = self.workers[worker].leads.take([self.lines[number] for number in chosen])
        for number, verdict in zip(chosen, found, strict=True):
            if verdict.kind == "failed":
                assert isinstance(verdict.error, ClientError), verdict
                continue
            assert verdict.kind == "duplicate" or number not in before, "what was taken in is refused, or new"
            self.waiting.pop(number, None)
            if verdict.kind != "rejected":
                self.inside.add(number)

    def _sweep(self, worker: int, moment: int) -> None:
        for item in states(self.table):
            self.workers[worker].leads.sweep(item["pk"], self.moments[moment % len(self.moments)])

    def _roll(self, worker: int) -> None:
        for item in states(self.table):
            self.workers[worker].leads.compact(item["pk"])

    def _release(self, text: int, moment: int, *, keep: bool) -> None:
        if self.released == RELEASES:
            return
        self.released += 1
        live = self.releases.live()
        at = self.moments[moment % len(self.moments)] + moment % 2
        at = at if live is None else max(at, live.steps[-1].start + 1)
        self.releases.release(self.releases.propose(rules_of(self.texts[text]), Maker("x"), at, keep=keep))

    # --- how it ends --------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not self.lines:
            return
        self.workers[0].look()
        self._deliver(0, list(self.waiting))
        assert not self.waiting
        lines = [self.lines[number] for number in sorted(self.inside)]
        live = self.releases.live()
        assert live is not None
        chain = chain_of(live.steps, self.releases.rules)
        newest = max(instants(chain, lines), default=DAY)
        for t in (newest + 40 * DAY, self.moments[len(self.moments) // 2]):
            assert self.kept(t) == folded(chain, lines, t)
        if len(live.steps) == 1:
            text = next(text for text in self.texts if rules_of(text) == self.releases.rules(live.hash))
            self.as_the_reference_says(text, lines, newest)

    def kept(self, t: int) -> dict[str, str]:
        """The lines of all leads at an instant, as the table has them."""
        found, leads = {}, self.workers[0].leads
        for item in states(self.table):
            row = row_of(item, partial(fetch, self.table, item["pk"]))
            if row.lead is not None and (lead := leads.at(row.id, t)) is not None:
                found[row.id] = LeadLines(leads.model.plan_at(t), t).write(lead)
        return found

    def as_the_reference_says(self, text: str, lines: list[bytes], t: int) -> None:
        given = tuple(line.decode() for line in lines)
        (want,) = by_reference(Sample(text, (SampleRun(given, None, now=self.time),)))
        got = [exact(line) for _, line in sorted(self.kept(t).items())]
        assert list(compared(Outcome(want.leads, [], {}, [], []), Outcome(got, [], {}, [], []))) == []
        if self.released == 1:
            for item in states(self.table):
                self.workers[0].leads.sweep(item["pk"], t)
            published = [reduced(exact(line)) for line in self.table.published]
            of_leads = [line for line in want.outbox if not line["data"]["trigger"].startswith("u")]
            assert standing([json.loads(line) for line in self.table.published]) == standing(of_leads), published


def folded(chain: Chain, lines: list[bytes], t: int) -> dict[str, str]:
    """The lines of all leads at an instant, folded in memory."""
    events: dict[str, dict[Any, Any]] = {}
    for line in lines:
        with suppress(Rejected):
            subject, event = chain.read(line)
            events.setdefault(subject, {})[event[0]] = event
    found = {}
    for id in sorted(events):
        standing = chain.new(id)
        chain.bring(standing, [events[id][key] for key in sorted(events[id])], t, tell=False)
        if standing.lead.first is not None:
            found[id] = LeadLines(chain.links[standing.link].plan, t).write(standing.lead)
    return found


def standing(published: list[Any]) -> Counter[tuple[Any, ...]]:
    """What the world holds to be so after it was told all of this, repeats dropped by their ids."""
    found: Counter[tuple[Any, ...]] = Counter()
    for line in {line.get("id", at): line for at, line in enumerate(published)}.values():
        taken_back = line["type"].endswith(".retracted")
        firing = (line["subject"], line["type"].removesuffix(".retracted"), line["time"], line["data"]["trigger"])
        found[firing] += -1 if taken_back else 1
    return +found


def test_any_history_of_faults_and_releases_ends_as_the_reference_says(
    dynamodb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Few lines are many: they leave the lead item, and are rolled up, within a short history.
    monkeypatch.setattr("runtime.dynamo.deciding._LINES", 3)
    monkeypatch.setattr("runtime.dynamo.leads.MANY", 2)
    monkeypatch.setattr("runtime.dynamo.folding.MANY", 2)
    run_state_machine_as_test(
        lambda: Cloud(dynamodb),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            derandomize=True,
        ),
    )
