"""Ingest: every source's events reach their leads once, what fails comes again, what is refused is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.dynamo.client import Spent, Table
from runtime.dynamo.erase import erase
from runtime.dynamo.keys import lead_key
from runtime.handlers import ingest, poison
from runtime.handlers.ingest import NotTaken, NotUnderstood
from tests.cloud.functions import NOW, Context, Shop, event, failures, kinesis, on_bus, sqs
from tests.cloud.leads import model_of


@pytest.fixture
def shop(dynamodb: str) -> Shop:
    return Shop(dynamodb)


class Broken:
    """A table of which the leads named can't be written, as long as it is told so."""

    def __init__(self, table: Table, *leads: str) -> None:
        self.keys = {lead_key(each) for each in leads}
        self.whole, table.put = table.put, self.put  # type: ignore[method-assign]

    def put(self, item: dict[str, Any], when: Any = None) -> None:
        if item["pk"] in self.keys:
            raise OSError("secret-lead can't be written")
        self.whole(item, when)


# --- sources ----------------------------------------------------------------------------------------------------------


def test_messages_of_a_queue_reach_their_leads(shop):
    assert failures(shop(sqs(event(1), event(2), event(3, "bob")))) == []
    assert shop.scores() == {"ann": 20, "bob": 10}


def test_a_message_may_hold_a_batch_of_events(shop):
    shop(sqs([event(1), event(2, "bob")]))
    assert shop.scores() == {"ann": 10, "bob": 10}


def test_an_event_spread_over_lines_is_kept_as_one_line(shop):
    shop(sqs(json.dumps(event(1, data={"amount": 12.25}), indent=2)))
    (kept,) = [event[3] for event in shop.world.leads().events_of("ann")]
    assert b"\n" not in kept
    assert json.loads(kept) == event(1, data={"amount": 12.25})


def test_records_of_a_stream_reach_their_leads(shop):
    body = json.dumps(event(1)).encode()
    assert failures(shop(kinesis(body, json.dumps(event(2)).encode(), body))) == []
    assert shop.scores() == {"ann": 20}


def test_a_cloud_event_may_be_the_detail_of_an_event_on_a_bus(shop):
    assert shop(on_bus(event(1))) is None
    shop(sqs(on_bus(event(2))))
    assert shop.scores() == {"ann": 20}


def test_a_list_of_events_is_answered_with_a_verdict_each(shop):
    answered = shop([event(1), event(1), event(2, kind="nothing"), {"a": 1}, event(3)])
    assert answered == {
        "verdicts": [
            {"verdict": "accepted"},
            {"verdict": "duplicate"},
            {"verdict": "rejected", "reason": "unknown type: the model has no event `nothing`"},
            {"verdict": "rejected", "reason": 'not a CloudEvents 1.0 object: `specversion` is not "1.0"'},
            {"verdict": "accepted"},
        ]
    }
    assert shop.scores() == {"ann": 20}
    assert shop.queue.messages == []


def test_one_event_alone_is_answered_too(shop):
    assert shop(event(1)) == {"verdicts": [{"verdict": "accepted"}]}


@pytest.mark.parametrize("levels", [60, 70, 500, 100_000])
def test_an_event_that_is_nested_deeply_is_no_trouble_of_others(shop, levels):
    deep = "[" * levels + "]" * levels
    given = sqs(*[event(number, "ann" if number == 3 else "bob") for number in range(4)])
    for record in given["Records"][:2]:
        record["body"] = record["body"].replace('"amount": 10', f'"amount": 10, "more": {deep}')
        assert deep in record["body"]
    given["Records"][1]["body"] = given["Records"][1]["body"].replace("2026-02-28", "2036-02-28")
    for _ in range(2):
        assert failures(shop(given)) == []
    assert shop.scores() == {"ann": 10, "bob": 20 if levels < 1000 else 10}
    kinds = [poison.read(each).reasons[0].partition(":")[0] for each in shop.queue.messages]
    assert kinds[0] == ("later than now by more than 5 minutes" if levels < 1000 else "not JSON")


@pytest.mark.parametrize("kind", [["order"], {"order": 1}, 5])
def test_an_event_of_a_bus_whose_kind_is_no_text_is_poison(shop, kind):
    assert failures(shop(sqs(on_bus({"who": "ann"}, **{"detail-type": kind, "source": kind})))) == []
    assert poison.read(shop.queue.messages[0]).reasons[0].startswith("no source: ")


@pytest.mark.parametrize("given", [{}, {"Records": []}, {"hello": "world"}, "text", None, {"events": "none"}])
def test_what_comes_from_nowhere_is_an_error(shop, given):
    with pytest.raises(NotUnderstood):
        shop(given)


def test_the_events_of_one_lead_in_a_batch_are_one_write(shop):
    shop(sqs(event(0)))
    shop.table.spent = Spent()
    shop.ingest.world.spent = lambda: shop.table.spent  # so that the count is left to look at
    shop(sqs(*[event(number) for number in range(1, 11)]))
    assert shop.table.spent.writes == 10 + 1  # a claim each, and the lead once
    assert shop.scores() == {"ann": 110}


# --- mappings ---------------------------------------------------------------------------------------------------------

SOURCES = """
model shop { }
event order { amount: number }
score s { rule order { on order add amount } }
source till { lead "who" time "at" id "no" each "not_null(@)" on "amount" give order { amount: "amount" } }
source eventbridge { id "id" time "time" lead "detail.who" else give "field('detail-type')" with "detail" }
"""
SALE = {"who": "ann", "at": "2026-02-28T10:00:00Z", "no": "7", "amount": 5}


@pytest.fixture
def till(dynamodb: str) -> Shop:
    return Shop(dynamodb, SOURCES)


def test_a_message_may_name_the_mapping_that_reads_it(till):
    till(sqs(SALE, attributes={"leadscore-source": "till"}))
    assert till.scores() == {"ann": 5}


def test_the_settings_may_name_the_mapping(dynamodb):
    till = Shop(dynamodb, SOURCES, source="till")
    till(sqs(SALE, event(1)))
    assert till.scores() == {"ann": 15}, "CloudEvents need no mapping"


def test_a_payload_on_a_bus_is_read_by_the_source_that_its_event_names(till):
    till(on_bus(SALE, **{"detail-type": "till"}))
    till(sqs(on_bus({**SALE, "no": "8"}, source="till")))
    assert till.scores() == {"ann": 10}


def test_an_event_on_a_bus_that_names_no_source_is_mapped_as_a_whole(till):
    till(on_bus({"who": "ann", "amount": 3}))
    assert till.scores() == {"ann": 3}


def test_a_direct_call_may_name_a_source(till):
    answered = till({"source": "till", "events": [SALE, {"who": "ann"}, [SALE, {**SALE, "no": "9"}]]})
    kinds = [each["verdict"] for each in answered["verdicts"]]
    assert kinds == ["accepted", "rejected", "accepted"]
    assert [each["verdict"] for each in answered["verdicts"][2]["events"]] == ["duplicate", "accepted"]


def test_a_payload_that_nothing_reads_is_poison(shop):
    assert failures(shop(sqs({"who": "ann"}, on_bus({"who": "ann"})))) == []
    reasons = [poison.read(each).reasons[0] for each in shop.queue.messages]
    assert reasons[0] == 'not a CloudEvents 1.0 object: `specversion` is not "1.0"'
    assert reasons[1].startswith("no source: ")


# --- what fails comes again -------------------------------------------------------------------------------------------


def test_a_lead_that_can_not_be_written_fails_its_own_records_only(shop):
    broken = Broken(shop.table, "bob")
    batch = sqs(event(1), event(2, "bob"), event(3, "cid"), [event(4), event(5, "bob")])
    assert failures(shop(batch)) == ["m1", "m3"]
    broken.keys.clear()
    assert failures(shop(batch)) == []
    assert shop.scores() == {"ann": 20, "bob": 20, "cid": 10}


def test_a_batch_of_which_everything_fails_names_everything(shop):
    Broken(shop.table, "ann")
    assert failures(shop(sqs(event(1), event(2)))) == ["m0", "m1"]
    assert failures(shop(kinesis(json.dumps(event(1)).encode()))) == ["0"]


def test_an_event_from_a_bus_that_fails_fails_the_invocation(shop):
    Broken(shop.table, "ann")
    with pytest.raises(NotTaken):
        shop(on_bus(event(1)))


def test_a_direct_call_is_told_what_to_send_again(shop):
    Broken(shop.table, "ann")
    (first, second) = shop([event(1), event(2, "bob")])["verdicts"]
    assert first == {"verdict": "failed", "reason": "it could not be taken now; send it again"}
    assert second == {"verdict": "accepted"}


def test_a_record_that_breaks_its_reader_fails_alone(shop, monkeypatch):
    whole = ingest.lines_of

    def broken(world: Any, record: Any) -> Any:
        if b"e2" in record.body:
            raise RuntimeError("nobody thought of this")
        return whole(world, record)

    monkeypatch.setattr(ingest, "lines_of", broken)
    assert failures(shop(sqs(event(1), event(2), event(3)))) == ["m1"]
    assert failures(shop(sqs(event(4), event(2), event(5), event(6, "bob"), groups="xxxy"))) == ["m1", "m2"]
    assert shop.scores() == {"ann": 30, "bob": 10}


def test_a_group_is_taken_up_to_what_fails_and_no_further(shop):
    broken = Broken(shop.table, "bob")
    batch = sqs(event(1), event(2, "bob"), event(3), event(4, "cid"), groups="xxxy")
    assert failures(shop(batch)) == ["m1", "m2"]
    assert shop.scores() == {"ann": 10, "cid": 10}
    broken.keys.clear()
    assert failures(shop(batch)) == []
    assert shop.scores() == {"ann": 20, "bob": 10, "cid": 10}


def test_of_two_events_of_one_name_in_a_group_the_first_counts_though_it_fails_at_first(shop):
    broken = Broken(shop.table, "bob")
    batch = sqs(event(1, "bob"), event(1, "ann"), groups="xx")
    assert failures(shop(batch)) == ["m0", "m1"]
    broken.keys.clear()
    assert failures(shop(batch)) == []
    assert shop.scores() == {"bob": 10}


def test_a_group_of_one_lead_is_one_write(shop):
    shop(sqs(event("first")))
    shop.ingest.world.spent = lambda: shop.table.spent
    shop(sqs(*[event(number) for number in range(10)], groups="x" * 10))
    assert shop.table.spent.writes == 10 + 1


def test_groups_of_a_queue_that_keeps_no_order_hold_nothing_back(shop):
    Broken(shop.table, "bob")
    batch = sqs(event(1), event(2, "bob"), event(3), groups="xxx", ordered=False)
    assert failures(shop(batch)) == ["m1"]
    assert shop.scores() == {"ann": 20}


def test_what_the_time_does_not_suffice_for_goes_back(shop):
    batch = sqs(*[event(number, f"lead-{number}") for number in range(100)])
    # Asked once for what there is, once for each record, then before each handful of leads.
    answered = shop(batch, Context(*[60_000] * (1 + 100 + 3), 4_000))
    assert failures(answered) == [f"m{number}" for number in range(60, 100)]
    assert len(shop.scores()) == 60
    assert failures(shop(batch)) == []
    assert len(shop.scores()) == 100


def test_a_short_time_limit_leaves_time_to_work(shop):
    assert failures(shop(sqs(event(1)), Context(3_000))) == []


def test_without_time_to_read_them_records_go_back(shop):
    assert failures(shop(sqs(event(1), event(2)), Context(60_000, 60_000, 10))) == ["m0", "m1"]


class Crash(BaseException):
    """The process is gone."""


def test_a_function_that_dies_at_any_call_and_is_called_again_counts_everything_once(dynamodb):
    batch = sqs(event(1), event(2), event(3, "bob"), event(2), {"a": 1})
    calls = _calls(Shop(dynamodb), batch, None)
    assert calls == 8
    for dying in range(calls):
        shop = Shop(dynamodb)
        with pytest.raises(Crash):
            _calls(shop, batch, dying)
        assert failures(shop(batch)) == []
        assert shop.scores() == {"ann": 20, "bob": 10}
        assert {poison.read(each).record.body for each in shop.queue.messages} == {b'{"a": 1}'}


def _calls(shop: Shop, batch: Any, dying: int | None) -> int:
    """Run ingest, dying after a call to a service if that is asked for; how many calls it makes."""
    made = 0

    def counted(call: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            answered = call(*args, **kwargs)
            made += 1
            if made - 1 == dying:
                raise Crash
            return answered

        return wrapped

    for of, name in ((shop.table, "put"), (shop.table, "get"), (shop.queue, "send_message_batch")):
        setattr(of, name, counted(getattr(of, name)))
    try:
        shop(batch)
    finally:
        for of, name in ((shop.table, "put"), (shop.table, "get"), (shop.queue, "send_message_batch")):
            delattr(of, name)
    return made


# --- poison -----------------------------------------------------------------------------------------------------------


def test_what_is_refused_is_done_and_kept_with_its_reason(shop):
    given = sqs(event(1), event(2, kind="nothing"), attributes={"tenant": "a"})
    assert failures(shop(given)) == []
    (message,) = shop.queue.messages
    kept = poison.read(message)
    assert kept.reasons == ("unknown type: the model has no event `nothing`",)
    assert json.loads(kept.record.body) == event(2, kind="nothing")
    assert kept.record.attributes["message"] == {"tenant": "a"}
    assert kept.record.origin == "arn:aws:sqs:eu-west-1:111122223333:events"
    assert kept.at == "2026-03-01T00:00:00Z"
    assert shop.scores() == {"ann": 10}


def test_a_record_is_refused_as_a_whole_and_what_was_good_of_it_counts(shop):
    shop(sqs([event(1), event(2, kind="nothing"), event(3, kind="other")]))
    (message,) = shop.queue.messages
    assert len(poison.read(message).reasons) == 2
    assert len(json.loads(poison.read(message).record.body)) == 3
    assert shop.scores() == {"ann": 10}


def test_what_was_refused_is_taken_in_when_the_model_is_mended(shop):
    shop(sqs([event(1), event(2, kind="refund", data={"amount": 4})]))
    body = poison.read(shop.queue.messages[0]).record.body.decode()
    shop.released.now = model_of(
        "model shop { }\nevent order { amount: number }\nevent refund { amount: number }\n"
        "score s { rule order { on order add amount } rule refund { on refund add -1 * amount } }"
    )
    assert failures(shop(sqs(body))) == []
    assert shop.scores() == {"ann": 6}
    assert len(shop.queue.messages) == 1


def test_a_record_that_can_not_be_put_away_comes_again(shop):
    shop.queue.refusing = True
    assert failures(shop(sqs(event(1), {"a": 1}))) == ["m1"]


def test_a_record_that_fails_in_part_is_not_poison_yet(shop):
    broken = Broken(shop.table, "bob")
    batch = sqs([event(1, "bob"), event(2, kind="nothing")])
    assert failures(shop(batch)) == ["m0"]
    assert shop.queue.messages == []
    broken.keys.clear()
    shop(batch)
    assert len(shop.queue.messages) == 1


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b'{"a":"\xc3\xa9 \x00"}', "ü€ \ud83d\ude00".encode("utf-16", "surrogatepass"), b""]
)
def test_any_bytes_are_kept_as_they_came(shop, body):
    shop(kinesis(body))
    (message,) = shop.queue.messages
    assert message.isascii()
    assert poison.read(message).record.body == body


def test_a_big_record_is_packed_and_many_go_in_batches(shop):
    big = json.dumps({"text": "lorem ipsum " * 60_000})
    assert failures(shop(sqs(big, *[{"n": number} for number in range(25)]))) == []
    assert poison.read(shop.queue.messages[0]).record.body == big.encode()
    assert len(shop.queue.messages) == 26
    assert shop.queue.calls == 3


def test_a_record_too_big_for_the_queue_lies_in_the_bucket(shop):
    stored = {}

    class Objects:
        def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
            stored[Bucket, Key] = Body

    import random

    body = random.Random(7).randbytes(400_000)
    assert failures(shop(kinesis(body))) == ["0"], "without a bucket it has to stay where it is"
    shop.ingest.poison.bucket, shop.ingest.poison.s3 = "objects", Objects
    assert failures(shop(kinesis(body))) == []
    kept = poison.read(shop.queue.messages[0])
    assert stored[kept.place] == body


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"body":1}', '{"packed":"?"}', '{"kept":[]}'])
def test_what_is_no_poison_record_is_told(text):
    with pytest.raises(poison.PoisonError):
        poison.read(text)


def test_the_events_of_a_lead_that_was_erased_are_refused_and_not_kept(shop):
    shop(sqs(event(1)))
    erase(shop.table, "ann", NOW)
    assert failures(shop(sqs(event(1), event(2)))) == []
    assert shop.queue.messages == []
    assert shop.scores() == {}


def test_another_model_is_taken_up_without_a_new_start(shop):
    shop(sqs(event(1)))
    shop.released.now = model_of("model shop { }\nevent order { }\nscore s { rule order { on order add 7 } }")
    shop(sqs(event(2)))
    assert shop.scores() == {"ann": 14}
