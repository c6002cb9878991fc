"""Accounts that are kept from the stream of the table come to what the reference says of them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runtime.dynamo.account_rows import state_of
from runtime.dynamo.accounts import Accounts, _members
from runtime.dynamo.changes import Change
from runtime.dynamo.client import Spent, read_image
from runtime.dynamo.erase import erase
from runtime.dynamo.keys import ACCOUNT, MEMBER, STATE, account_key, lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.rows import published, read
from runtime.times import read_instant
from tests.cloud.leads import World, model_of
from tests.cloud.streams import Stream, changes
from tests.cloud.trouble import Died, Troubled
from tests.conformance import bag, exact, reduced
from tests.models import Sample, SampleRun, make
from tests.test_reference import accepted, by_reference

SEEDS = int(os.environ.get("LEADSCORE_CASES", "80")) // 10
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
    replayed = kept.accounts.changes._replayed

    def taken_again(old: Any, new: Any) -> Any:
        looks = replayed(old, new)
        assert looks is not None, "the looks of a change in order were not taken again"
        return looks

    kept.accounts.changes._replayed = taken_again  # type: ignore[method-assign]
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
        state = state_of(accounts.plan, name, account.kept)
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


# --- what it costs, and what is kept ----------------------------------------------------------------------------------

SHOP = """
model shop { }
lead { company: account  email: text }
event order { amount: number }
event look { page: text }
score s { rule order { on order add amount } }
account {
  score heat = sum of s
  score buyers = count where s >= 10
  trigger warm { when heat >= 50 emit "account.warm" tag "warm" }
  trigger crowd { when buyers >= 3 emit "account.crowd" tag "crowd" }
}
"""


def shop(address: str, text: str = SHOP) -> Kept:
    return Kept(address, text, read_instant("2026-03-01T00:00:00Z"))


def sent(number: int, lead: str, kind: str = "order", data: str = '{"amount":10}', day: int = 10) -> str:
    return (
        f'{{"specversion":"1.0","id":"e{number}","source":"web","type":"{kind}","subject":"{lead}",'
        f'"time":"2026-02-{day:02d}T{number % 24:02d}:00:00Z","data":{data}}}'
    )


def joins(number: int, lead: str, company: str = '"acme"', day: int = 1) -> str:
    return sent(number, lead, "lead", f'{{"company":{company},"email":"{lead}@example.com"}}', day)


def shown(kept: Kept, name: str = "acme", day: str = "2026-02-28") -> Any:
    line = kept.accounts.standing(name, read_instant(f"{day}T00:00:00Z"))
    return None if line is None else json.loads(line)


def spent(kept: Kept) -> tuple[float, float]:
    """The units that keeping the accounts costs for what has changed."""
    records = kept.stream.records()
    kept.told += account_publications(records)
    kept.world.table.spent = Spent()
    assert not kept.accounts.take(changes(records))
    return kept.world.table.spent.reads, kept.world.table.spent.writes


def test_a_change_that_an_account_can_see_costs_one_write_and_its_partition(dynamodb: str) -> None:
    kept = shop(dynamodb)
    kept.world.take([joins(n, f"lead-{n}") for n in range(10)])
    kept.drain()
    kept.world.take([sent(20, "lead-3", data='{"amount":5}')])
    assert spent(kept) == (1.0, 1.0)
    kept.world.take([sent(21, "lead-3", "look", "{}")])
    assert spent(kept) == (0.0, 0.0)


def test_without_account_triggers_only_who_belongs_to_it_is_written(dynamodb: str) -> None:
    kept = shop(dynamodb, re.sub(r"  trigger .*\n", "", SHOP))
    kept.world.take([joins(1, "ann")])
    assert spent(kept) == (0.0, 1.0)
    kept.world.take([sent(2, "ann"), sent(3, "ann")])
    assert spent(kept) == (0.0, 0.0)
    assert shown(kept)["scores"] == {"buyers": 1, "heat": 20}


def test_many_leads_of_one_account_in_one_batch_write_its_state_once(dynamodb: str) -> None:
    kept = shop(dynamodb)
    kept.world.take([joins(n, f"lead-{n}") for n in range(6)])
    kept.drain()
    kept.world.take([sent(10 + n, f"lead-{n}") for n in range(6)])
    kept.drain()
    assert [line["type"] for line in kept.told] == ["account.crowd", "account.warm"]
    assert [line["time"] for line in kept.told] == ["2026-02-10T12:00:00Z", "2026-02-10T14:00:00Z"]
    (item,) = [item for item in kept.world.table.query(account_key("acme")) if item["sk"] == STATE]
    assert item["v"] == 1


def test_an_account_is_shown_as_it_was(dynamodb: str) -> None:
    kept = shop(dynamodb)
    kept.world.take([joins(1, "ann"), joins(2, "bob"), sent(3, "ann", data='{"amount":60}', day=5)])
    kept.drain()
    kept.world.take([joins(4, "ann", '"other"', day=20)])
    kept.drain()
    assert shown(kept, day="2026-01-01") is None
    early = {**shown(kept, day="2026-02-04"), "at": ""}
    assert early == {
        "account": "acme", "at": "", "leads": 2, "scores": {"buyers": 0, "heat": 0}, "tags": [], "fired": []
    }  # fmt: skip
    later, now = shown(kept, day="2026-02-10"), shown(kept)
    assert (later["leads"], later["scores"]["heat"], later["tags"]) == (2, 60, ["warm"])
    assert (now["leads"], now["scores"]["heat"], now["tags"]) == (1, 0, ["warm"])
    assert now["fired"] == [{"trigger": "warm", "at": "2026-02-05T03:00:00Z"}]
    assert (shown(kept, "other")["leads"], shown(kept, "nobody")) == (1, None)


def test_an_erased_lead_leaves_its_accounts_and_nothing_there_says_who_it_was(dynamodb: str) -> None:
    kept = shop(dynamodb)
    kept.world.take([joins(1, "ann.lee"), joins(2, "bob"), sent(3, "ann.lee", data='{"amount":60}')])
    kept.drain()
    erase(kept.world.table, "ann.lee", kept.world.time)
    before = list(kept.world.table.query(account_key("acme")))
    assert [item for item in before if item.get("id") == "ann.lee"]
    kept.drain()
    assert shown(kept)["leads"] == 1
    items = list(kept.world.table.query(account_key("acme")))
    assert "ann.lee" not in repr(items)
    assert [item["ttl"] for item in items if item["sk"].startswith(MEMBER) and "id" not in item]
    kept.world.take([sent(4, "bob", data='{"amount":70}', day=11)])
    kept.drain()
    assert [line["data"]["scores"]["heat"] for line in kept.told] == [60, 70], "the fall in between was not seen"


def test_a_lead_whose_state_was_split_and_erased_leaves_its_accounts_too(dynamodb: str) -> None:
    big = SHOP.replace("add amount", "add amount, at most 1 times per 300 days for each note")
    kept = shop(dynamodb, big.replace("amount: number", "amount: number  note: text"))
    chance = random.Random(3)
    notes = [f'{{"amount":5,"note":"{chance.randbytes(6000).hex()}"}}' for _ in range(80)]
    kept.world.take([joins(0, "ann"), joins(1, "bob")])
    kept.world.take([sent(n, "ann", data=note) for n, note in enumerate(notes, 2)])
    assert read(kept.world.table, lead_key("ann")).parts, "the state fits one item, so nothing was shown"
    kept.drain()
    assert shown(kept) == {**shown(kept), "leads": 2, "scores": {"buyers": 1, "heat": 400}, "tags": ["warm"]}
    kept.world.take([joins(402, "ann", '"other"', day=11)])
    kept.drain()
    assert (shown(kept)["leads"], shown(kept, "other")["leads"]) == (1, 1)
    kept.world.take([sent(403, "bob", data='{"amount":70}', day=12)])
    kept.drain()
    of_acme = [line["data"]["scores"]["heat"] for line in kept.told if line["subject"] == "acme"]
    assert [heat >= 50 for heat in of_acme] == [True, True], "the fall in between was not seen"
    erase(kept.world.table, "ann", kept.world.time)
    kept.drain()
    assert (shown(kept, "other"), shown(kept)["leads"]) == (None, 1)


def test_what_another_model_saw_is_looked_up_under_this_one(dynamodb: str) -> None:
    kept = shop(dynamodb)
    kept.world.take([joins(n, f"lead-{n}") for n in range(3)] + [sent(9, "lead-0")])
    kept.drain()
    newer = SHOP.replace("add amount", "add 3 * amount").replace("buyers >= 3", "buyers >= 2")
    kept.world.model = model_of(newer.replace('emit "account.warm"', 'tag "hot"'))
    kept.world.leads = Leads(kept.world.table, kept.world.model, lambda: kept.world.time)
    kept.accounts = kept.another()
    kept.world.take([sent(10, "lead-1")])
    kept.drain()
    assert [line["type"] for line in kept.told] == ["account.crowd"]
    assert shown(kept)["scores"] == {"buyers": 2, "heat": 60}
    assert shown(kept)["tags"] == ["crowd", "hot", "warm"]
    members = list(kept.world.table.query(account_key("acme"), MEMBER))
    assert {item["mark"] for item in members} == {kept.world.model.digest}


def test_conditions_that_turn_with_time_are_seen_at_the_next_look(dynamodb: str) -> None:
    text = SHOP.replace("count where s >= 10", "count where idle for 5 days").replace("buyers >= 3", "buyers >= 1")
    kept = shop(dynamodb, text)
    kept.world.take([joins(1, "ann"), joins(2, "bob"), sent(3, "ann", day=2), sent(4, "bob", day=3)])
    kept.drain()
    assert kept.told == []
    kept.world.take([sent(5, "bob", "look", "{}", day=8)])
    kept.drain()
    assert [(line["type"], line["time"]) for line in kept.told] == [("account.crowd", "2026-02-08T05:00:00Z")]


# --- single accidents -------------------------------------------------------------------------------------------------


class Around:
    """Does something around the next write of an account's state, once."""

    def __init__(self, table: Any, *, before: Callable[[], None] = bool, after: Callable[[], None] = bool) -> None:
        self.before, self.after, self.whole, self.table = before, after, table.put, table
        table.put = self.put

    def put(self, item: dict[str, Any], when: Any = None) -> None:
        if item["pk"] == account_key("acme") and item["sk"] == STATE:
            self.table.put = self.whole
            self.before()
            self.whole(item, when)
            self.after()
        else:
            self.whole(item, when)


def die() -> None:
    raise Died


def batches(kept: Kept) -> list[Change]:
    return changes(kept.publications())


UP_AND_DOWN = SHOP.replace("score s {", "score s { range -100..")


def test_a_firing_that_was_written_does_not_come_again_with_the_records_that_brought_it(dynamodb: str) -> None:
    kept = shop(dynamodb, UP_AND_DOWN)
    kept.world.take([joins(1, "ann"), sent(2, "ann", data='{"amount":60}'), sent(3, "ann", data='{"amount":-60}')])
    records = batches(kept)
    Around(kept.world.table, after=die)
    with pytest.raises(Died):
        kept.accounts.take(records)
    for _ in range(2):
        assert not kept.another().take(records)
    kept.drain()
    assert [line["time"] for line in kept.told] == ["2026-02-10T02:00:00Z"]


def test_a_change_that_nobody_acted_on_is_seen_by_who_writes_meanwhile(dynamodb: str) -> None:
    kept = shop(dynamodb, UP_AND_DOWN)
    kept.world.take([joins(1, "ann"), joins(2, "bob"), sent(3, "ann", data='{"amount":35}'), sent(4, "bob")])
    kept.drain()
    kept.world.take([sent(5, "ann", data='{"amount":5}')])
    rises = batches(kept)
    kept.world.take([sent(6, "bob", data='{"amount":-10}')])
    falls = batches(kept)

    def meanwhile() -> None:
        assert not kept.another().take(falls)

    Around(kept.world.table, before=meanwhile)
    assert not kept.accounts.take(rises)
    kept.world.take([sent(7, "bob", data='{"amount":30}')])
    kept.drain()
    assert [line["data"]["scores"]["heat"] for line in kept.told] == [50, 70]


def test_of_two_changes_at_once_one_sees_both(dynamodb: str) -> None:
    kept = shop(dynamodb, UP_AND_DOWN)
    kept.world.take([joins(1, "ann"), joins(2, "bob")])
    kept.drain()
    kept.world.take([sent(3, "ann", data='{"amount":30}')])
    one = batches(kept)
    kept.world.take([sent(4, "bob", data='{"amount":30}')])
    other = batches(kept)
    read_whole, rest = kept.world.table.query, [lambda: kept.another().take(other)]

    def query(*args: Any, **more: Any) -> Any:
        found = list(read_whole(*args, **more))
        if rest:
            rest.pop()()
        return iter(found)

    kept.world.table.query = query  # type: ignore[method-assign]
    assert not kept.accounts.take(one)
    kept.drain()
    assert [line["data"]["scores"]["heat"] for line in kept.told] == [60]
    assert len({line["id"] for line in kept.told}) == 1


def test_records_that_come_again_after_later_ones_change_nothing(dynamodb: str) -> None:
    kept = shop(dynamodb, UP_AND_DOWN)
    kept.world.take([joins(1, "ann"), joins(2, "bob")])
    kept.drain()
    kept.world.take([sent(3, "ann", data='{"amount":40}'), sent(4, "ann", data='{"amount":-40}')])
    old = batches(kept)
    assert not kept.accounts.take(old)
    kept.world.take([sent(5, "ann", data='{"amount":1}')])
    kept.drain()
    kept.world.take([sent(6, "bob", data='{"amount":20}')])
    kept.drain()
    assert not kept.accounts.take(old)
    kept.drain()
    assert kept.told == []
    assert shown(kept)["scores"]["heat"] == 21
