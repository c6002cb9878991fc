"""Leads that nobody writes any more: the retention has done with them once, and repeats that outlive their claims are
known all the same."""

from __future__ import annotations

import random

import pytest

from runtime.dynamo.keys import lead_key
from runtime.dynamo.rows import read
from runtime.times import DAY, SECOND, read_instant
from tests.cloud.leads import World

MODEL = """
model shop { lateness 7 days }
event order { amount: number  note: text }
score s { rule order { on order add amount } }
"""
START = read_instant("2026-01-01T00:00:00Z")
ORDERS = 30


def order(number: int, amount: int = 1) -> str:
    note = random.Random(number).randbytes(200).hex()
    return (
        f'{{"specversion":"1.0","id":"e{number}","source":"web","type":"order","subject":"ann",'
        f'"time":"2026-01-01T00:{number:02d}:00Z","data":{{"amount":{amount},"note":"{note}"}}}}'
    )


def pass_by(world: World, day: int) -> int:
    """Let time pass as the sweep and the times to live of items do; how many leads were due."""
    world.time = START + day * DAY
    swept = world.sweep(world.time)
    for page, _ in world.table.scan():
        for item in page:
            if item.get("ttl", world.time) < world.time // SECOND:
                world.table.delete(item["pk"], item["sk"])
    return swept


@pytest.fixture
def idle(dynamodb: str) -> World:
    """A lead whose lines lie in claims, and of which no more is heard."""
    world = World(dynamodb, MODEL, retention=30 * DAY)
    world.time = START + DAY
    for number in range(ORDERS):
        world.take([order(number)])
    assert read(world.table, lead_key("ann")).refs
    return world


def test_a_lead_that_nobody_writes_any_more_is_looked_at_once_for_its_retention(idle: World) -> None:
    assert [pass_by(idle, day) for day in (20, 34, 35, 36, 90, 400)] == [0, 1, 0, 0, 0, 0]
    assert len(idle.leads.events_of("ann")) == ORDERS


def test_a_lead_that_wakes_up_is_due_at_once_and_not_overdue(idle: World) -> None:
    pass_by(idle, 34)
    idle.time = START + 400 * DAY
    idle.take([order(1).replace("e1", "new").replace("2026-01-01T", "2027-02-04T")])
    row = read(idle.table, lead_key("ann"))
    assert row.due == idle.time
    assert (idle.sweep(idle.time), idle.sweep(idle.time)) == (1, 0)
    assert len(idle.leads.events_of("ann")) == 1
    assert idle.at(idle.time)[0].key is not None


@pytest.mark.parametrize("number", [0, 15, ORDERS - 1])
def test_a_repeat_that_outlives_its_claim_is_known(idle: World, number: int) -> None:
    for day in (34, 90):
        pass_by(idle, day)
    assert idle.take([order(number)])[0].kind == "duplicate"
    assert idle.take([order(number, amount=7)])[0].reason.startswith("other content")
    assert len(idle.leads.events_of("ann")) == ORDERS
