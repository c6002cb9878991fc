"""Publish: what triggers emitted goes out at least once and in order, and nothing is lost in silence."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from typing import Any

import pytest

from runtime.handlers import clients, observed
from runtime.handlers.bus import Bus, read_parked
from runtime.handlers.publish import Publish, answer
from runtime.handlers.settings import Settings
from runtime.handlers.world import World
from runtime.times import HOUR
from tests.cloud.functions import NOW, Context, Queue, Released, event
from tests.cloud.leads import create_table, model_of
from tests.cloud.streams import Stream

MODEL = """
model shop { }
lead { company: account }
event order { amount: number }
score s { rule order { on order add amount } }
trigger each  { on order emit "lead.ordered" }
trigger ready { when s >= 40 emit "lead.ready" }
account {
  score heat = sum of s
  trigger warm { when heat >= 50 emit "account.warm" tag "warm" }
}
"""


class Events:
    """An event bus in memory. `failing` gives the code with which an entry fails, None if it goes through."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.arrived: list[dict[str, Any]] = []
        self.failing: Any = lambda entry: None

    def __call__(self) -> Events:
        return self

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        assert 0 < len(Entries) <= 10
        assert sum(len(text.encode()) for entry in Entries for text in entry.values()) < 256 * 1024
        codes = [self.failing(entry) for entry in Entries]
        self.arrived += [entry for entry, code in zip(Entries, codes, strict=True) if code is None]
        told = [{"EventId": "1"} if code is None else {"ErrorCode": code, "ErrorMessage": "no"} for code in codes]
        return {"FailedEntryCount": sum(code is not None for code in codes), "Entries": told}


class Single(Queue):
    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if self.refusing:
            raise OSError("the queue can't be reached")
        self.messages.append(MessageBody)


class Outbox:
    """Leads whose stream is published. `now` may be set."""

    def __init__(self, dynamodb: str, text: str = MODEL, **given: Any) -> None:
        self.now = NOW
        self.table = create_table(dynamodb)
        settings = Settings(self.table.name, bus="out", unpublished_queue="queue", **given)
        self.world = World(settings, self.table, Released(model_of(text)), lambda: self.now)
        self.events, self.queue = Events(), Single()
        self.publish = self.another()
        self.stream = Stream(self.table)

    def another(self) -> Publish:
        """A function that remembers nothing."""
        bus = Bus("out", self.world.settings.unpublished_queue, self.events, self.queue, pause=lambda _: None)
        return Publish(self.world, bus)

    def take(self, *events: dict[str, Any]) -> None:
        """Each event in a delivery of its own."""
        for each in events:
            (verdict,) = self.world.leads().take([json.dumps(each).encode()])
            assert verdict.kind == "accepted", verdict

    def records(self) -> list[dict[str, Any]]:
        """The new records of the stream, as if they had been written just now."""
        found = self.stream.records()
        for record in found:
            record["dynamodb"]["ApproximateCreationDateTime"] = NOW / 1e6
        return found

    def __call__(self, records: list[dict[str, Any]], context: Any = None, publish: Publish | None = None) -> list[str]:
        """The numbers that are named as having to come again."""
        answered = answer(publish or self.publish, {"Records": records}, context or Context())
        return [each["itemIdentifier"] for each in answered["batchItemFailures"]]

    def arrived(self, lead: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(entry["Detail"]) for entry in self.events.arrived]
        return [each for each in found if lead in (None, each["subject"])]


@pytest.fixture
def outbox(dynamodb: str) -> Outbox:
    return Outbox(dynamodb)


def at(minute: int) -> dict[str, str]:
    return {"time": f"2026-02-28T10:{minute:02d}:00Z"}


def numbers(records: list[dict[str, Any]]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records]


def failing(lead: str, code: str) -> Any:
    return lambda entry: code if json.loads(entry["Detail"])["subject"] == lead else None


def test_what_triggers_emit_goes_out_whole_with_its_stable_id(outbox: Outbox) -> None:
    outbox.take(event(1), event(2, data={"amount": 40}, **at(5)))
    assert outbox(outbox.records()) == []
    assert [entry["DetailType"] for entry in outbox.events.arrived] == ["lead.ordered", "lead.ordered", "lead.ready"]
    (entry,) = [entry for entry in outbox.events.arrived if entry["DetailType"] == "lead.ready"]
    assert (entry["Source"], entry["EventBusName"]) == ("leadscore", "out")
    sent = json.loads(entry["Detail"])
    assert (sent["subject"], sent["time"], sent["data"]["scores"]) == ("ann", "2026-02-28T10:05:00Z", {"s": 50})
    assert [each["id"] for each in outbox.arrived()] == [json.loads(line)["id"] for line in outbox.table.published]


def test_what_comes_again_has_the_same_ids(outbox: Outbox) -> None:
    outbox.take(event(1), event(2, **at(5)))
    records = outbox.records()
    assert outbox(records) == outbox(records[1:], publish=outbox.another()) == []
    ids = Counter(each["id"] for each in outbox.arrived())
    assert sorted(ids.values()) == [1, 2]


def test_the_same_process_sends_nothing_twice(outbox: Outbox) -> None:
    outbox.take(event(1), event(2, **at(5)))
    records = outbox.records()
    assert outbox(records) == outbox(records) == []
    assert len(outbox.arrived()) == 2


def test_a_lead_that_fails_is_stopped_there_and_others_go_on(outbox: Outbox) -> None:
    outbox.take(event(1, "bob"), event(2), event(3, "bob", **at(5)), event(4, **at(5)), event(5, "bob", **at(6)))
    records = outbox.records()
    broken: dict[str, int] = {}

    def second_of_ann(entry: dict[str, str]) -> str | None:
        told = json.loads(entry["Detail"])
        broken[told["id"]] = 1
        return "ThrottlingException" if told["subject"] == "ann" and told["time"].endswith("10:05:00Z") else None

    outbox.events.failing = second_of_ann
    assert outbox(records) == [numbers(records)[3]]
    assert [each["time"][14:16] for each in outbox.arrived("bob")] == ["00", "05", "06"]
    assert [each["time"][14:16] for each in outbox.arrived("ann")] == ["00"]
    outbox.events.failing = lambda entry: None
    assert outbox(records[3:]) == []
    assert [each["time"][14:16] for each in outbox.arrived("ann")] == ["00", "05"]


def test_a_lead_is_never_twice_in_one_call_so_its_order_holds(outbox: Outbox) -> None:
    outbox.take(*[event(f"{lead}{n}", lead, **at(n)) for n in range(3) for lead in ("ann", "bob", "cid")])
    assert outbox(outbox.records()) == []
    for call in outbox.events.calls:
        subjects = [json.loads(entry["Detail"])["subject"] for entry in call]
        assert len(subjects) == len(set(subjects))
    for lead in ("ann", "bob", "cid"):
        assert [each["time"][14:16] for each in outbox.arrived(lead)] == ["00", "01", "02"]


def test_many_leads_share_calls_of_ten(outbox: Outbox) -> None:
    outbox.take(*[event(n, f"lead-{n}") for n in range(25)])
    assert outbox(outbox.records()) == []
    assert sorted(len(call) for call in outbox.events.calls) == [5, 10, 10]


def test_what_fails_for_a_moment_is_tried_again_at_once(outbox: Outbox) -> None:
    outbox.take(event(1))
    codes = iter(["InternalFailure", "ThrottlingException", None])
    outbox.events.failing = lambda entry: next(codes)
    assert outbox(outbox.records()) == []
    assert len(outbox.arrived()) == 1


def test_a_bus_that_can_not_be_reached_loses_nothing(outbox: Outbox) -> None:
    def unreachable(entry: dict[str, str]) -> str:
        raise OSError("no route to ann@example.com")

    outbox.take(event(1), event(2, "bob"))
    records = outbox.records()
    outbox.events.failing = unreachable
    assert outbox(records) == numbers(records)[:1]
    outbox.events.failing = lambda entry: None
    assert outbox(records) == []
    assert len(outbox.arrived()) == 2


def test_a_bus_that_takes_nothing_is_not_asked_for_each_lead(outbox: Outbox) -> None:
    outbox.take(*[event(n, f"lead-{n}") for n in range(25)])
    outbox.events.failing = lambda entry: "ThrottlingException"
    records = outbox.records()
    waits: list[float] = []
    outbox.publish.bus.pause = waits.append
    assert outbox(records) == numbers(records)[:1]
    assert len(outbox.events.calls) == 4
    assert sum(waits) < 5


def test_what_a_bus_never_takes_goes_to_the_queue_as_it_is(outbox: Outbox) -> None:
    outbox.take(event(1, data={"amount": 0.125}), event(2, "bob"), event(3, **at(5)))
    outbox.events.failing = failing("ann", "MalformedDetail")
    assert outbox(outbox.records()) == []
    assert [json.loads(body)["reason"] for body in outbox.queue.messages] == ["MalformedDetail"] * 2
    parked = [read_parked(body) for body in outbox.queue.messages]
    assert parked == [line for line in outbox.table.published if '"subject":"ann"' in line]
    assert len(outbox.arrived("bob")) == 1


def test_what_can_not_even_be_put_away_comes_again(outbox: Outbox) -> None:
    outbox.take(event(1))
    outbox.events.failing = failing("ann", "MalformedDetail")
    outbox.queue.refusing = True
    records = outbox.records()
    assert outbox(records) == numbers(records)


def test_what_fails_for_longer_than_is_reasonable_goes_to_the_queue(outbox: Outbox) -> None:
    outbox.take(event(1), event(2, "bob"))
    records = outbox.records()
    outbox.events.failing = failing("ann", "ThrottlingException")
    assert outbox(records) == numbers(records)[:1]
    outbox.now = NOW + 7 * HOUR
    assert outbox(records) == []
    assert [json.loads(body)["reason"] for body in outbox.queue.messages] == ["ThrottlingException"]


def test_what_was_put_away_is_sent_again_by_the_same_function(outbox: Outbox) -> None:
    outbox.take(event(1), event(2, **at(5)), event(3, "bob"))
    outbox.events.failing = lambda entry: "MalformedDetail"
    assert outbox(outbox.records()) == []
    messages = [
        {"messageId": f"m{n}", "eventSource": "aws:sqs", "body": body} for n, body in enumerate(outbox.queue.messages)
    ]
    messages.append({"messageId": "other", "eventSource": "aws:sqs", "body": '{"something": "else"}'})
    outbox.events.failing = failing("bob", "MalformedDetail")
    before = list(outbox.queue.messages)
    assert sorted(outbox(messages)) == sorted(
        ["other", *[each["messageId"] for each in messages if '"subject":"bob"' in each["body"]]]
    )
    assert outbox.queue.messages == before, "what fails stays in the queue by itself"
    of_ann = [read_parked(each) for each in before if '"ann"' in each]
    assert [entry["Detail"] for entry in outbox.events.arrived] == of_ann


def test_a_batch_that_was_given_up_is_read_from_the_stream_again(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.take(*[event(n, f"lead-{n}") for n in range(6)])
    records = outbox.records()
    (shard,) = outbox.stream.iterators
    info = {"streamArn": outbox.stream.arn, "shardId": shard, "batchSize": 3}
    ends = {"startSequenceNumber": numbers(records)[1], "endSequenceNumber": numbers(records)[3]}
    body = json.dumps({"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": info | ends})
    monkeypatch.setattr(clients, "streams", lambda: outbox.stream.client)
    message = {"messageId": "m", "eventSource": "aws:sqs", "body": body}
    assert outbox([message]) == []
    assert [each["subject"] for each in outbox.arrived()] == ["lead-1", "lead-2", "lead-3"]
    outbox.events.failing = failing("lead-2", "ThrottlingException")
    assert outbox([message], publish=outbox.another()) == ["m"]


LARGE = """
model shop { }
event order { amount: number }
score s for v in [%s] { rule order { on order add amount } }
trigger each { on order emit "lead.ordered" }
"""


def test_what_is_too_large_goes_without_its_scores_and_says_so(dynamodb: str) -> None:
    outbox = Outbox(dynamodb, LARGE % ", ".join(f'"{n:04d}{"x" * 320}"' for n in range(800)))
    outbox.take(event(1))
    assert outbox(outbox.records()) == []
    (sent,) = outbox.arrived()
    assert sent["data"] == {"trigger": "each", "stage": None, "cut": ["scores"]}
    assert sent["id"] == json.loads(outbox.table.published[0])["id"]


def test_a_name_longer_than_a_detail_type_is_whole_in_the_publication(dynamodb: str) -> None:
    name = "lead." + "x" * 300
    outbox = Outbox(dynamodb, MODEL.replace("lead.ordered", name))
    outbox.take(event(1))
    assert outbox(outbox.records()) == []
    assert [entry["DetailType"] for entry in outbox.events.arrived] == [name[:128]]
    assert [each["type"] for each in outbox.arrived()] == [name]


def test_near_the_time_limit_the_first_that_was_not_sent_is_named(outbox: Outbox) -> None:
    outbox.take(*[event(n, f"lead-{n:02d}") for n in range(30)])
    records = outbox.records()
    looks = 1 + 1 + 3 + 1  # at first, before the first 25, before each of three calls, and before their accounts
    assert outbox(records, Context(*[60_000] * looks, 1_000)) == [numbers(records)[25]]
    assert [each["subject"] for each in outbox.arrived()] == [f"lead-{n:02d}" for n in range(25)]
    assert outbox(records[25:]) == []
    assert len(outbox.arrived()) == 30


# --- accounts and histories -------------------------------------------------------------------------------------------


def company(number: int, lead: str) -> dict[str, Any]:
    return event(f"c{number}", lead, "lead", {"company": "acme"}, time="2026-02-28T09:00:00Z")


def test_account_triggers_go_out_once_their_own_record_comes(outbox: Outbox) -> None:
    outbox.take(company(1, "ann"), company(2, "bob"), event(1, data={"amount": 30}), event(2, "bob", **at(5)))
    assert outbox(outbox.records()) == []
    assert outbox(outbox.records()) == []
    outbox.take(event(3, "bob", **at(6)))
    assert outbox(outbox.records()) == []
    assert outbox(outbox.records()) == []
    (sent,) = [each for each in outbox.arrived() if each["type"] == "account.warm"]
    assert (sent["subject"], sent["time"]) == ("acme", "2026-02-28T10:06:00Z")
    assert sent["data"] == {"trigger": "warm", "scores": {"heat": 50}, "stage": None}
    line = outbox.publish.accounts().standing("acme", NOW)
    assert line is not None
    assert json.loads(line)["tags"] == ["warm"]


def test_accounts_that_can_not_be_kept_come_again_and_are_named_in_the_end(outbox: Outbox) -> None:
    outbox.take(company(1, "ann"), event(1, "bob"))
    records = outbox.records()
    whole = outbox.table.put

    def broken(item: dict[str, Any], when: Any = None) -> None:
        if item["pk"].startswith("A#"):
            raise OSError("acme can't be written")
        whole(item, when)

    outbox.table.put = broken  # type: ignore[method-assign]
    assert outbox(records) == numbers(records)[:1]
    outbox.now = NOW + 7 * HOUR
    assert outbox(records) == []
    (told,) = [json.loads(body) for body in outbox.queue.messages]
    assert told["accounts_of"] == records[0]["dynamodb"]["Keys"]["pk"]["S"]
    outbox.table.put = whole  # type: ignore[method-assign]
    message = {"messageId": "m", "eventSource": "aws:sqs", "body": outbox.queue.messages[0]}
    assert outbox([message]) == []
    line = outbox.publish.accounts().standing("acme", NOW)
    assert line is not None
    assert json.loads(line)["leads"] == 1


def test_histories_that_have_grown_long_are_rolled_up(outbox: Outbox) -> None:
    for n in range(60):
        outbox.take(event(n, data={"amount": 1, "note": random.Random(n).randbytes(150).hex()}, **at(n)))
        assert outbox(outbox.records()) == []
    items = [item for page, _ in outbox.table.scan() for item in page]
    (lead,) = [item for item in items if item["sk"] == "S"]
    assert [item for item in items if item["sk"].startswith("E#")], "nothing was rolled up"
    assert len(lead.get("refs", b"")) < 16 * 16
    assert len(outbox.world.leads().events_of("ann")) == 60


# --- logs -------------------------------------------------------------------------------------------------------------


def test_logs_name_nobody(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(item: dict[str, Any], when: Any = None) -> None:
        raise OSError("ann@example.com can't be written")

    logged = io.StringIO()
    for handler in observed.log.handlers:
        monkeypatch.setattr(handler, "stream", logged)
    outbox.take(company(1, "ann@example.com"), event(1, "ann@example.com"), event(2, "bob"))
    records = outbox.records()
    outbox.table.put = broken  # type: ignore[method-assign]
    outbox.events.failing = failing("bob", "ThrottlingException")
    assert len(outbox(records)) == 1
    text = logged.getvalue()
    assert '"why"' in text and "OSError" in text
    assert not [word for word in ("ann@", "bob", "acme", "example.com") if word in text]
