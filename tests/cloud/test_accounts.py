"""Accounts that are kept from the stream of the table come to what the reference says of them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runtime.dynamo.accounts import Accounts, _members
from runtime.dynamo.changes import Change
from runtime.dynamo.client import read_image
from runtime.dynamo.keys import ACCOUNT, lead_key
from runtime.dynamo.rows import published
from runtime.times import read_instant
from tests.cloud.leads import World
from tests.cloud.streams import Stream, changes
from tests.cloud.test_faults import Died, Troubled
from tests.conformance import bag, exact, reduced
from tests.models import Sample, SampleRun, make
from tests.test_reference import accepted, by_reference

SEEDS = int(os.environ.get("LEADSCORE_CASES", "80")) // 4
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))


MODELS = [seed for seed in range(400) if "account {" in make(seed).model]
TRIGGERED = [seed for seed in MODELS if "trigger u" in make(seed).model]


class Kept:
    """A world whose accounts are kept from its stream; `told` is what accounts have published."""

    def __init__(self, address: str, model: str, now: int = 0) -> None:
        self.world = World(address, model)
        self.world.time = now
        self.stream = Stream(self.world.table)
        self.accounts = self.another()
        self.told: list[Any] = []

    def another(self) -> Accounts:
        """A further worker."""
        world = self.world
        return Accounts(world.table, world.model, world.leads, now=lambda: world.time, pause=lambda _: None)

    def publications(self) -> list[Any]:
        """The new records, once what accounts publish in them has been noted."""
        records = self.stream.records()
        self.told += account_publications(records)
        return records

    def drain(self) -> None:
        """Keep the accounts of all that has changed, at once, until nothing changes any more."""
        while records := self.publications():
            assert not self.accounts.take(changes(records))

    def lines(self, names: list[str], t: int) -> list[Any]:
        return [exact(line) for name in names if (line := self.accounts.standing(name, t)) is not None]


def account_publications(records: list[Any]) -> list[Any]:
    images = [read_image(record["dynamodb"]["NewImage"]) for record in records if "NewImage" in record["dynamodb"]]
    return [
        exact(line)
        for image in images
        if image["pk"].startswith(ACCOUNT)
        for line in published(image, lambda names: pytest.fail("no parts here"))
    ]


def patient(sample: Sample, most: int) -> tuple[str, list[str]]:
    """The model of a sample with time enough for every event, and its first accepted lines."""
    model = re.sub("model m {.*}", "model m { lateness 500 days }", sample.model)
    return model, accepted(replace(sample, model=model))[:most]


def moment(line: str) -> int:
    return read_instant(json.loads(line)["time"])


@pytest.mark.parametrize("seed", TRIGGERED[FIRST : FIRST + max(SEEDS, 1)])
def test_changes_in_order_come_to_every_firing_of_the_reference(seed: int, dynamodb: str) -> None:
    sample = make(seed)
    model, lines = patient(sample, 40)
    kept = Kept(dynamodb, model, max(run.now for run in sample.runs))
    pks = sorted({lead_key(json.loads(line)["subject"]) for line in lines})
    for t, group in itertools.groupby(sorted(lines, key=moment), moment):
        for pk in pks:
            kept.world.leads.sweep(pk, t - 1)
        assert {verdict.kind for verdict in kept.world.take(list(group))} <= {"accepted"}
        kept.drain()
    (want,) = by_reference(Sample(model, (SampleRun(tuple(lines), None, now=kept.world.time),)))
    end = kept.world.newest()
    for pk in pks:
        kept.world.leads.sweep(pk, end)
    kept.drain()
    assert kept.lines([line["account"] for line in want.accounts], end) == want.accounts
    of_accounts = [line for line in want.outbox if line["data"]["trigger"].startswith("u")]
    assert bag([reduced(line) for line in kept.told]) == bag(of_accounts)


# --- out of order, again and again, and cut off -----------------------------------------------------------------------


class Worker:
    """A function on its share of the stream: what it did not finish comes again, and sometimes what it did."""

    def __init__(self, kept: Kept, chance: random.Random) -> None:
        self.accounts = kept.another()
        self.chance = chance
        self.queue: list[Change] = []
        self.at = 0

    def step(self) -> None:
        """One batch."""
        if self.at and self.chance.random() < 0.2:
            self.at -= self.chance.randint(1, min(self.at, 6))
        batch = self.queue[self.at : self.at + self.chance.randint(1, 8)]
        failed = self.accounts.take(batch)
        self.at += min(failed, default=len(batch))

    @property
    def done(self) -> bool:
        return self.at == len(self.queue)


class Mess:
    """Two workers that die, meet each other in the middle of their calls, and get throttled."""

    def __init__(self, kept: Kept, chance: random.Random) -> None:
        self.kept = kept
        self.chance = chance
        self.workers = [Worker(kept, chance), Worker(kept, chance)]
        self.trouble = Troubled(kept.world.table)

    def share_out(self) -> None:
        """The records of a lead go to one worker, in their order; they may be far apart from those of others."""
        for change in changes(self.kept.publications()):
            self.workers[change.pk[-1] > "a"].queue.append(change)

    def step(self) -> None:
        one, other = self.chance.sample(self.workers, 2)
        self.trouble.others = {"another worker": other.step}
        faults = [self.chance.choice(["", "", "", *ACCOUNT_FAULTS]) for _ in range(6)]
        self.trouble.script = iter(faults)
        with contextlib.suppress(Died, ClientError):
            one.step()
        self.trouble.script = iter(())

    def finish(self) -> None:
        self.share_out()
        while not all(worker.done for worker in self.workers):
            for worker in self.workers:
                worker.step()
        self.share_out()
        assert all(worker.done for worker in self.workers), "keeping accounts changes leads"


ACCOUNT_FAULTS = ("dies before", "dies after", "throttled", "answer lost", "another worker")


@pytest.mark.parametrize("seed", TRIGGERED[FIRST : FIRST + max(SEEDS, 1)])
def test_whatever_happens_on_the_way_accounts_are_at_rest_what_they_should_be(seed: int, dynamodb: str) -> None:
    sample, chance = make(seed), random.Random(seed)
    model, lines = patient(sample, 40)
    kept = Kept(dynamodb, model, max(run.now for run in sample.runs))
    mess = Mess(kept, chance)
    shuffled = chance.sample(lines, len(lines))
    while shuffled:
        batch = [shuffled.pop() for _ in range(min(len(shuffled), chance.randint(1, 6)))]
        assert {verdict.kind for verdict in kept.world.take(batch)} <= {"accepted", "duplicate"}
        mess.share_out()
        mess.step()
    end = kept.world.newest()
    for pk in sorted({lead_key(json.loads(line)["subject"]) for line in lines}):
        kept.world.leads.sweep(pk, end)
    mess.finish()
    (want,) = by_reference(Sample(model, (SampleRun(tuple(lines), None, now=kept.world.time),)))
    kept.publications()
    assert_at_rest(kept, [line["account"] for line in want.accounts])
    got = kept.lines([line["account"] for line in want.accounts], end)
    assert [reduced_account(line) for line in got] == [reduced_account(line) for line in want.accounts]


def reduced_account(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in ("tags", "fired")}


def assert_at_rest(kept: Kept, names: list[str]) -> None:
    """Members show their leads as they are, what holds is known to hold, and each firing was published once."""
    accounts = kept.accounts
    firings = []
    for name in names:
        account = accounts._read(name)
        for member in account.members.values():
            if member.id is not None:
                named, seen, _ = accounts.changes.look_up(member.id)
                assert (member.here, member.seen) == (named == name, seen if named == name else None)
        state = accounts._state(account)
        if not accounts.changes.lens.restless:
            state.scores = accounts.plan.scores(_members(account).values(), 0)
            seen_as: Any = state
            true = sum(each.bit for each in accounts.plan.triggers if each.when(seen_as, {}, 0))
            assert state.held == true, name
        emits = {each.name: [what for kind, what in each.do if kind == "emit"] for each in accounts.plan.triggers}
        firings += [(name, trigger, t, kind) for trigger, t in account.kept.fired for kind in emits[trigger]]
    told = [(line["subject"], line["data"]["trigger"], read_instant(line["time"]), line["type"]) for line in kept.told]
    assert sorted(told) == sorted(firings)
    assert len({line["id"] for line in kept.told}) == len(kept.told)
