"""Erasing leaves a mark and nothing else, whatever happens meanwhile; an export is all that is known."""

from __future__ import annotations

import contextlib
import json
import random
import zlib
from typing import Any

import msgspec
import pytest

from runtime.dynamo.client import Table
from runtime.dynamo.erase import erase
from runtime.dynamo.export import export
from runtime.dynamo.keys import STATE, lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.rows import unpack
from runtime.dynamo.sealing import unseal
from runtime.dynamo.verdicts import ERASED, Verdict
from runtime.times import DAY, MINUTE, read_instant, write_instant
from tests.cloud.leads import World

MODEL = """
model shop { lateness 400 days }
lead { email: text }
event order { amount: number  note: text }
score s { rule order { on order add amount } }
stages new, ready
trigger ready { when s >= 3 move to ready emit "lead.ready" }
"""
START = read_instant("2026-01-01T00:00:00Z")
NOW = read_instant("2026-03-01T00:00:00Z")


def order(number: int, lead: str = "ann", note: str = "", minute: int | None = None) -> str:
    at = write_instant(START + (number if minute is None else minute) * MINUTE)
    data = json.dumps({"amount": 1, "note": note or random.Random(number).randbytes(400).hex()})
    return (
        f'{{"specversion":"1.0","id":"e{number}","source":"web","type":"order","subject":"{lead}","time":"{at}",'
        f'"data":{data}}}'
    )


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are rolled up out of claims sooner than usual, so that few orders are enough to see it."""
    monkeypatch.setattr("runtime.dynamo.folding.MANY", 4)


@pytest.fixture
def world(dynamodb: str) -> World:
    made = World(dynamodb, MODEL)
    made.time = NOW
    return made


def taken(world: World, *numbers: int, lead: str = "ann", note: str = "") -> list[str]:
    return [world.take([order(number, lead, note)])[0].kind for number in numbers]


def everything(table: Table) -> list[dict[str, Any]]:
    return [item for page, _ in table.scan() for item in page]


def shown(world: World, id: str) -> int | None:
    lead = world.leads.at(id, NOW)
    return None if lead is None else lead.a[0] // 1000


def mark(world: World, id: str = "ann") -> Any:
    return world.table.get(lead_key(id), STATE)


MANY = range(16)
"""Orders enough for lines in claims and in items of their own."""


def test_only_a_mark_is_left_and_it_names_nobody(world):
    taken(world, *MANY)
    assert {item["sk"][:2] for item in everything(world.table)} >= {"S", "C", "E#", "K#"}
    version = mark(world)["v"]
    erased = erase(world.table, "ann", NOW)
    assert (erased.found, erased.done, erased.claims) == (True, True, 16)
    (left,) = everything(world.table)
    assert left == {"pk": lead_key("ann"), "sk": "S", "v": version + 1, "gone": NOW}
    assert shown(world, "ann") is None


def test_a_state_in_parts_is_erased_too(world, monkeypatch):
    monkeypatch.setattr("runtime.dynamo.rows.PIECE", 100)
    taken(world, *range(10))
    assert [item for item in everything(world.table) if item["sk"].startswith("P#")]
    erase(world.table, "ann", NOW)
    assert len(everything(world.table)) == 1


def test_other_leads_stay_as_they_are(world):
    taken(world, *MANY)
    taken(world, *range(100, 112), lead="bob")
    before = [item for item in everything(world.table) if item.get("lead", item["pk"]) == lead_key("bob")]
    erase(world.table, "ann", NOW)
    assert [item for item in everything(world.table) if item["pk"] != lead_key("ann")] == before
    assert shown(world, "bob") == 12


def test_events_up_to_the_mark_are_refused_and_leave_nothing(world):
    taken(world, 1, 2)
    erase(world.table, "ann", NOW)
    assert world.take([order(1), order(3)]) == [Verdict("rejected", ERASED)] * 2
    assert len(everything(world.table)) == 1


def test_the_mark_is_never_before_what_was_accepted(world):
    world.time = START
    taken(world, 4)
    erase(world.table, "ann", START)
    assert mark(world)["gone"] == START + 4 * MINUTE


def test_a_later_event_begins_a_new_lead(world):
    taken(world, *MANY)
    erase(world.table, "ann", START + 70 * MINUTE)
    assert taken(world, 80, 81) == ["accepted", "accepted"]
    assert taken(world, 60, 70, 80) == ["rejected", "rejected", "duplicate"]
    assert shown(world, "ann") == 2
    assert taken(world, 75) == ["accepted"], "late, and after the mark"
    assert shown(world, "ann") == 3
    assert world.table.published.count(world.table.published[-1]) == 1


def test_a_lead_that_came_back_can_be_erased_again(world):
    taken(world, 1)
    erase(world.table, "ann", START + 10 * MINUTE)
    taken(world, 20)
    erase(world.table, "ann", START + 10 * MINUTE)
    assert len(everything(world.table)) == 1
    assert mark(world)["gone"] == START + 20 * MINUTE


def test_a_lead_that_is_not_there_leaves_no_mark(world):
    assert erase(world.table, "nobody", NOW).found is False
    assert everything(world.table) == []


def test_erasing_twice_is_erasing_once(world):
    taken(world, 1)
    erase(world.table, "ann", NOW)
    before = everything(world.table)
    assert erase(world.table, "ann", NOW + DAY).found is False
    assert everything(world.table) == before


class Crash(Exception):
    """The process is gone."""


class Dying(Table):
    """A table whose user dies at its nth write."""

    def __init__(self, table: Table, writes: int) -> None:
        super().__init__(table.client, table.name)
        self.left = writes

    def _write(self, call: Any, request: dict[str, Any]) -> None:
        if self.left == 0:
            raise Crash
        self.left -= 1
        super()._write(call, request)


def test_an_erase_that_dies_has_changed_nothing_or_is_gone_on_with(dynamodb):
    world = World(dynamodb, MODEL)
    world.time = NOW
    taken(world, *range(16))
    dying, before = 0, everything(world.table)
    while True:
        try:
            erase(Dying(world.table, dying), "ann", START + 50 * MINUTE)
            break
        except Crash:
            # Either the lead is as it was, or it is gone; never in between. What comes later begins anew.
            gone = "gone" in mark(world)
            assert shown(world, "ann") == (None if gone else 16)
            assert taken(world, 5) == ["rejected" if gone else "duplicate"]
        dying += 3
    assert dying > 16
    assert len(before) > 16
    assert len(everything(world.table)) == 1


def test_a_new_lead_is_not_touched_by_an_erase_that_is_gone_on_with(dynamodb):
    world = World(dynamodb, MODEL)
    world.time = NOW
    taken(world, *range(16))
    with pytest.raises(Crash):
        erase(Dying(world.table, 5), "ann", START + 50 * MINUTE)
    assert taken(world, *range(100, 116)) == ["accepted"] * 16
    assert shown(world, "ann") == 16
    assert taken(world, 99) == ["accepted"], "late: the new lead is folded anew, without what is left of the old one"
    assert shown(world, "ann") == 17
    whole = Leads(world.table, world.model, lambda: NOW)
    assert len(whole.events_of("ann")) == 17


def test_a_note_whose_mark_never_came_removes_nothing(world):
    taken(world, *range(16))
    with pytest.raises(Crash):
        erase(Dying(world.table, 1), "ann", NOW)  # the note is written, the mark is not
    taken(world, 40)
    world.time = NOW + DAY
    assert erase(world.table, "nobody", NOW).found is False
    assert shown(world, "ann") == 17
    erase(world.table, "ann", NOW)
    assert len(everything(world.table)) == 1


def test_a_delivery_at_the_same_time_comes_before_the_erase_or_is_refused(world):
    taken(world, *range(20))
    put, between = world.table.put, [True]

    def interrupted(item: Any, when: Any = None) -> None:
        if between and item["sk"] == STATE:
            between.clear()
            assert erase(world.table, "ann", NOW).found
        put(item, when)

    world.table.put = interrupted  # type: ignore[method-assign]
    assert taken(world, 30) == ["rejected"]
    world.table.put = put  # type: ignore[method-assign]
    assert len(everything(world.table)) == 1


def test_what_a_slower_writer_leaves_behind_goes_with_the_next_erase(world):
    taken(world, 1)
    erase(world.table, "ann", NOW)
    world.table.put({"pk": lead_key("ann"), "sk": "P#left#000", "of": 1, "data": b"somebody"})
    erase(world.table, "ann", NOW + 1)
    assert len(everything(world.table)) == 1


def test_an_erase_stops_when_time_is_up_and_is_gone_on_with(world):
    taken(world, *MANY)
    first = erase(world.table, "ann", NOW, late=lambda: mark(world).get("gone") is not None)
    assert (first.found, first.done) == (True, False)
    assert erase(world.table, "ann", NOW).done
    assert len(everything(world.table)) == 1


# --- what no name leads to --------------------------------------------------------------------------------------------


def readable(table: Table, *keys: bytes) -> list[str]:
    """The lines that anybody can read out of a table beside its lead items, with the keys in it and others."""
    items = everything(table)
    known = [*keys, *[item["key"] for item in items if "key" in item]]
    found = []
    for data in [item[name] for item in items for name in ("lines", "data") if name in item]:
        for opened in [data, *[unseal(key, data) for key in known]]:
            with contextlib.suppress(zlib.error, msgspec.MsgspecError, UnicodeDecodeError):
                found += [line.decode() for line in unpack(opened)]
    return found


def test_lines_of_expired_events_go_with_the_events(dynamodb):
    world = World(dynamodb, MODEL.replace("lateness 400 days", "lateness 1 day"), retention=2 * DAY)
    world.time = START + DAY
    taken(world, *MANY)
    assert [item for item in everything(world.table) if "lines" in item]
    assert {order(0), order(5), order(10)} <= set(readable(world.table))
    keys = [item["key"] for item in everything(world.table) if "key" in item]
    world.time = NOW
    taken(world, 70_000)
    world.sweep(NOW)
    assert [item for item in everything(world.table) if "lines" in item], "claims that nobody can name any more"
    assert readable(world.table) == [order(70_000)]
    assert len(readable(world.table, *keys)) > 1, "what was looked for would have been found"
    erase(world.table, "ann", NOW)
    assert readable(world.table) == []


def test_lines_in_the_claim_of_a_worker_that_died_go_with_an_erase(dynamodb):
    world = World(dynamodb, MODEL)
    world.time = NOW
    dead: list[str] = []
    put = world.table.put

    def dying(item: Any, when: Any = None) -> None:
        if dead and item["sk"] == STATE:
            raise Crash
        put(item, when)
        if item.get("lines"):
            dead.append(item["pk"])

    world.table.put = dying  # type: ignore[method-assign]
    number = 0
    while not dead:
        number += 1
        world.take([order(number)])
    world.table.put = put  # type: ignore[method-assign]
    erase(world.table, "ann", NOW)
    left = [item for item in everything(world.table) if item["pk"] == dead[0]]
    assert [len(item["lines"]) > 100 for item in left] == [True], "the claim that no event of the lead leads to"
    assert readable(world.table) == []


def test_a_lead_gives_up_its_key_with_the_claims_that_it_named(world):
    for number in range(40):
        taken(world, number)
        item = mark(world)
        assert ("key" in item) == ("refs" in item)
    keys = {item["key"] for item in everything(world.table) if "key" in item}
    assert len(keys) == 1
    world.leads.compact(lead_key("ann"))
    assert len(world.leads.events_of("ann")) == 40


# --- export -----------------------------------------------------------------------------------------------------------


def test_an_export_is_all_that_is_known(world):
    lines = [order(number) for number in MANY]
    mail = (
        '{"specversion":"1.0","id":"m","source":"crm","type":"lead","subject":"ann","time":"2026-02-01T00:00:00Z",'
        '"data":{"email":"ann@example.org"}}'
    )
    world.take([*lines[::2], mail])
    world.take(lines[1::2])
    told = json.loads(export(world.leads, "ann", NOW) or "")
    assert told["lead"] == "ann"
    assert told["model"] == "shop"
    assert told["standing"]["scores"] == {"s": 16}
    assert told["standing"]["stage"] == "ready"
    assert told["attributes"] == {"email": "ann@example.org"}
    assert told["events"] == [json.loads(line) for line in [*lines, mail]]
    assert [each["type"] for each in told["publications"] if each["standing"]] == ["lead.ready"]


def test_an_export_says_up_to_when_events_have_expired(dynamodb):
    world = World(dynamodb, MODEL.replace("lateness 400 days", "lateness 1 day"), retention=2 * DAY)
    world.time = NOW
    taken(world, 1, 2, 10_000)
    world.sweep(NOW)
    told = json.loads(export(world.leads, "ann", NOW) or "")
    assert [each["id"] for each in told["events"]] == ["e10000"]
    assert START + 2 * MINUTE <= read_instant(told["expired"]["events_up_to"]) < START + 10_000 * MINUTE
    assert told["standing"]["scores"] == {"s": 3}


def test_of_an_erased_lead_only_the_mark_is_known_and_of_others_nothing(world):
    taken(world, 1)
    erase(world.table, "ann", NOW)
    assert json.loads(export(world.leads, "ann", NOW) or "") == {
        "lead": "ann",
        "at": "2026-03-01T00:00:00Z",
        "model": "shop",
        "erased": {"events_up_to": "2026-03-01T00:00:00Z"},
    }
    assert export(world.leads, "nobody", NOW) is None
