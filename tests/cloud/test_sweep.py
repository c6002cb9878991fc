"""The sweep: time does its work on the leads that are due, at its instants, whatever cuts it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.dynamo.client import Spent, read_image
from runtime.dynamo.keys import lead_key, shards
from runtime.dynamo.postponing import postpone
from runtime.dynamo.rows import published, read
from runtime.handlers.publish import _record
from runtime.handlers.sweep import Sweep, answer
from runtime.times import DAY, HOUR, MINUTE, SECOND
from tests.cloud.functions import NOW, Context, Shop, event, sqs
from tests.cloud.leads import Recorded
from tests.cloud.streams import Stream

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


def in_trouble(swept: Swept, monkeypatch: pytest.MonkeyPatch, *ids: str) -> None:
    """Leads that no sweep can bring on."""
    leads = swept.shop.world.leads()
    whole, keys = leads.sweep, {lead_key(id) for id in ids}

    def sweep(pk: str, upto: int) -> bool:
        if pk in keys:
            raise ValueError("it is in trouble")
        return whole(pk, upto)

    monkeypatch.setattr(leads, "sweep", sweep)


def test_leads_that_always_fail_are_put_off_so_that_the_others_get_their_turn(swept, monkeypatch):
    swept.shop(orders("ann", "bob", "cid"))
    swept.shop(sqs(event("dan-1", "dan", time="2026-02-28T12:00:00Z")))
    in_trouble(swept, monkeypatch, "ann", "bob", "cid")
    swept.time = NOW + 11 * DAY
    # Each time there is time for two leads, and those in trouble are due before dan.
    assert swept(Context(60_000, 60_000, 60_000, 1_000))["failed"] == 2
    assert swept(Context(60_000, 60_000, 60_000, 1_000)) == {"due": 2, "worked": 1, "failed": 1, "lag": 0}
    assert swept.kept("dan").lead.a == [5_000]


def test_a_lead_that_fails_is_put_off_for_longer_each_time_and_nothing_is_lost(swept, monkeypatch):
    swept.shop(orders("ann"))
    swept.time = start = NOW + 11 * DAY
    failed = []
    with monkeypatch.context() as patch:
        in_trouble(swept, patch, "ann")
        for minute in range(40):
            swept.time = start + minute * MINUTE
            if swept()["failed"]:
                failed.append(minute)
    # The sweep stays a minute behind the clock, and that much longer it takes to come to a lead.
    assert failed == [0, 2, 5, 10, 19, 36]
    swept.time = start + 9 * DAY
    assert swept() == {"due": 1, "worked": 1, "failed": 0, "lag": 0}
    assert [each for each in swept.published() if "lead.asleep" in each]
    other = Swept(swept.shop.table.client.meta.endpoint_url)
    other.shop(orders("ann"))
    other.time = swept.time
    other()
    ours, theirs = swept.kept("ann"), other.kept("ann")
    assert (ours.lead.a, ours.lead.done, ours.due, ours.out) == (
        theirs.lead.a,
        theirs.lead.done,
        theirs.due,
        theirs.out,
    )
    assert "failed" not in swept.shop.table.get(lead_key("ann"), "S"), "it begins to be put off from the start again"


def test_somebody_is_told_of_a_lead_that_fails_again_and_again(swept, monkeypatch):
    swept.shop(orders("ann"))
    in_trouble(swept, monkeypatch, "ann")
    swept.time = NOW + 11 * DAY
    stuck = []
    for _ in range(7):
        stuck.append(swept.sweep.run(lambda: False).stuck)
        swept.time += HOUR
    assert stuck == [0, 0, 0, 0, 1, 1, 1]


def test_a_lead_whose_item_can_not_be_read_is_put_off_too(swept):
    swept.shop(orders("ann", "bob"))
    item = swept.shop.table.get(lead_key("ann"), "S")
    swept.shop.table.put = super(Recorded, swept.shop.table).put
    swept.shop.table.put({**item, "body": b"broken"})
    swept.time = NOW + 11 * DAY
    assert swept() == {"due": 2, "worked": 1, "failed": 1, "lag": 0}
    assert swept()["due"] == 0
    assert swept.shop.table.get(lead_key("ann"), "S")["body"] == b"broken"


def test_a_lead_that_is_put_off_publishes_nothing_again(swept, monkeypatch):
    swept.shop(orders("ann"))
    swept.time = NOW + 21 * DAY
    swept()
    stream = Stream(swept.shop.table)
    before = stream.records()
    postpone(swept.shop.table, lead_key("ann"), NOW + 1000 * DAY)
    assert postpone(swept.shop.table, lead_key("ann"), NOW) == 0, "it is not due then"
    (record,) = stream.records()
    assert published(read_image(record["dynamodb"]["NewImage"]), lambda _: b""), "the version had something to publish"
    assert _record(record) is None
    assert [each for each in before if _record(each) is not None]


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
