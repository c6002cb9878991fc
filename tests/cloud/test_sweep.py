"""The sweep: time does its work on the leads that are due, at its instants, whatever cuts it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.dynamo.client import Spent
from runtime.dynamo.keys import lead_key, shards
from runtime.dynamo.rows import read
from runtime.handlers.sweep import Sweep, answer
from runtime.times import DAY, HOUR, MINUTE, SECOND
from tests.cloud.functions import NOW, Context, Shop, event, sqs

COOLING = """
model shop { }
event order { amount: number }
score s {
  rule order { on order add amount }
  degrade { after 10 days without activity by 50% every 1 week }
}
trigger asleep { when idle for 20 days and s > 0  emit "lead.asleep" }
"""


class Swept:
    """A shop with a clock that moves on."""

    def __init__(self, dynamodb: str, **given: Any) -> None:
        self.shop = Shop(dynamodb, COOLING, **given)
        self.time = NOW
        self.shop.world.now = lambda: self.time
        self.sweep = Sweep(self.shop.world)

    def __call__(self, context: Any = None) -> dict[str, Any]:
        return answer(self.sweep, context or Context())

    def published(self) -> list[str]:
        found: Any = self.shop.table
        return found.published

    def kept(self, id: str) -> Any:
        """The state as it is kept, not folded forward."""
        return read(self.shop.table, lead_key(id))

    def waiting(self) -> int:
        """The leads of which the index says that something is due at some time."""
        return sum(1 for shard in shards() for _ in self.shop.table.due(shard, 1 << 60))


@pytest.fixture
def swept(dynamodb: str) -> Swept:
    return Swept(dynamodb)


def orders(*leads: str) -> dict[str, Any]:
    return sqs(*[event(f"{lead}-1", lead) for lead in leads])


def test_time_does_its_work_at_its_instants(swept):
    swept.shop(orders("ann"))
    assert swept() == {"due": 0, "worked": 0, "failed": 0, "lag": 0}
    swept.time = NOW - 14 * HOUR + 10 * DAY + 2 * MINUTE
    assert swept() == {"due": 1, "worked": 1, "failed": 0, "lag": 0}
    assert swept.kept("ann").lead.a == [5_000]
    swept.time += 10 * DAY
    swept()
    assert [each for each in swept.published() if "lead.asleep" in each]


def test_the_sweep_stays_behind_the_clock_by_its_grace(dynamodb):
    swept = Swept(dynamodb, grace=5 * MINUTE)
    swept.shop(orders("ann"))
    swept.time = NOW - 14 * HOUR + 10 * DAY + 5 * MINUTE - 1
    assert swept()["due"] == 0
    swept.time += 1
    assert swept()["worked"] == 1


def test_the_cost_follows_the_leads_that_are_due(swept):
    swept.shop(sqs(*[event(f"{lead}-1", lead, time="2026-02-20T10:00:00Z") for lead in ("ann", "bob")]))
    swept.shop(orders(*[f"lead-{number}" for number in range(60)]))
    assert swept.waiting() == 62
    swept.time = NOW + 3 * DAY
    swept.shop.table.spent, spent = Spent(), []
    whole = swept.shop.world.spent
    swept.shop.world.spent = lambda: spent.append(swept.shop.table.spent) or whole()
    assert swept()["due"] == 2
    # A look at each shard; a read and a write that moves the index for each of the two leads.
    assert spent[0].reads <= 16 * 0.5 + 2
    assert spent[0].writes <= 2 * 3


def test_a_sweep_that_is_cut_off_is_gone_on_with_and_says_how_far_behind_it_is(swept):
    for number in range(6):
        when = f"2026-02-28T1{number}:00:00Z"
        swept.shop(sqs(event(number, f"lead-{number}", time=when)))
    swept.time = NOW + 11 * DAY
    first = swept(Context(60_000, 60_000, 60_000, 1_000))
    assert (first["due"], first["worked"]) == (2, 2)
    # The third lead was due ten days after its event, at 12:00 on 10 March; the sweep goes up to 11 March 23:59.
    assert first["lag"] == (DAY + 12 * HOUR - MINUTE) / SECOND
    assert [swept.kept(f"lead-{number}").lead.a for number in range(3)] == [[5_000], [5_000], [10_000]]
    assert swept() == {"due": 4, "worked": 4, "failed": 0, "lag": 0}
    assert swept()["due"] == 0


def test_a_lead_in_trouble_does_not_hold_up_the_others(swept, monkeypatch):
    swept.shop(orders("ann", "bob", "cid"))
    swept.time = NOW + 11 * DAY
    leads = swept.shop.world.leads()
    whole = leads.sweep

    def sweep(pk: str, upto: int) -> bool:
        if pk == lead_key("bob"):
            raise ValueError("bob is in trouble")
        return whole(pk, upto)

    monkeypatch.setattr(leads, "sweep", sweep)
    assert swept() == {"due": 3, "worked": 2, "failed": 1, "lag": 0}


def test_two_sweeps_at_once_do_everything_once(swept):
    swept.shop(orders("ann", "bob"))
    swept.time = NOW + 30 * DAY
    other = Sweep(swept.shop.world)
    leads = swept.shop.world.leads()
    whole: Callable[[str, int], bool] = leads.sweep

    def interrupted(pk: str, upto: int) -> bool:
        leads.sweep = whole  # type: ignore[method-assign]
        other.run(lambda: False)
        return whole(pk, upto)

    leads.sweep = interrupted  # type: ignore[method-assign]
    assert swept()["failed"] == 0
    assert len(swept.published()) == 2
    assert [swept.kept(id).lead.a for id in ("ann", "bob")] == [[1_250], [1_250]]


def test_an_event_that_comes_before_the_sweep_starts_the_waiting_anew(swept):
    swept.shop(orders("ann"))
    swept.time = NOW + 11 * DAY
    swept.shop(sqs(event("2", time="2026-03-08T10:00:00Z")))
    assert swept()["due"] == 1, "the index was not moved for it"
    assert swept.kept("ann").lead.a == [20_000]
    swept.time = NOW + 18 * DAY
    assert swept()["worked"] == 1
