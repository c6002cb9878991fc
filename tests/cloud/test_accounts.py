"""Accounts that are kept from the stream of the table come to what the reference says of them."""

from __future__ import annotations

import itertools
import json
import os
import re
from dataclasses import replace
from typing import Any

import pytest

from runtime.dynamo.accounts import Accounts
from runtime.dynamo.client import read_image
from runtime.dynamo.keys import ACCOUNT, lead_key
from runtime.dynamo.rows import published
from runtime.times import read_instant
from tests.cloud.leads import World
from tests.cloud.streams import Stream, changes
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

    def drain(self) -> None:
        """Keep the accounts of all that has changed, at once."""
        records = self.stream.records()
        failed = self.accounts.take(changes(records))
        assert not failed, failed
        self.told += account_publications(records)

    def settle(self) -> None:
        """Until nothing changes any more."""
        while records := self.stream.records():
            assert not self.accounts.take(changes(records))
            self.told += account_publications(records)

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
    kept.settle()
    assert kept.lines([line["account"] for line in want.accounts], end) == want.accounts
    of_accounts = [line for line in want.outbox if line["data"]["trigger"].startswith("u")]
    assert bag([reduced(line) for line in kept.told]) == bag(of_accounts)
