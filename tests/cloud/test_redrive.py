"""What was refused comes back through its queue once the model is mended; and the commands that forget and tell."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any

import pytest

from cli.main import main
from runtime.dynamo.releases import Maker, Releases
from runtime.handlers import clients
from runtime.handlers.bucket import S3Bucket
from runtime.handlers.poison import PoisonQueue
from runtime.times import now
from tests.cloud.functions import Shop, event, failures, kinesis
from tests.cloud.leads import create_table, model_of, service
from tests.cloud.shop import SHOP

_NUMBERS = itertools.count()
MENDED = SHOP.replace("event order", "event refund { amount: number }\nevent order")


@pytest.fixture(autouse=True)
def stand_in(ministack, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr("cli.redrive._WAIT", 0)  # the stand-in's answers are sure at once
    clients.client.cache_clear()
    yield
    clients.client.cache_clear()


class Queues:
    """A shop whose events come through a queue, and whose poison goes to one."""

    def __init__(self, ministack: str, capsys: Any, *, fifo: bool = False) -> None:
        self.sqs, self.capsys = service(ministack, "sqs"), capsys
        self.name = f"events-{os.getpid()}-{next(_NUMBERS)}" + (".fifo" if fifo else "")
        given = {"FifoQueue": "true"} if fifo else {}
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes=given)["QueueUrl"]
        self.poison = self.sqs.create_queue(QueueName=f"poison-{os.getpid()}-{next(_NUMBERS)}")["QueueUrl"]
        self.shop = Shop(ministack)
        self.shop.ingest.poison = PoisonQueue(self.poison, None, lambda: self.sqs, None)

    def send(self, body: Any, **more: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=text, **more)

    def deliver(self) -> int:
        """What Lambda does with the queue: how many messages it handed over."""
        found: list[dict[str, Any]] = []
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                break
            found += answer["Messages"]
        records = [self._record(each, arn) for each in found]
        if records:
            assert failures(self.shop({"Records": records})) == []
        for each in found:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return len(found)

    @staticmethod
    def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
        given = {
            name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for name, value in (message.get("MessageAttributes") or {}).items()
        }
        head = {"messageId": message["MessageId"], "body": message["Body"], "attributes": message["Attributes"]}
        return {**head, "messageAttributes": given, "eventSource": "aws:sqs", "eventSourceARN": arn}

    def waiting(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, told.values()))

    def redrive(self, *options: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        status = main(["redrive", "--queue", self.poison, *options])
        told = self.capsys.readouterr()
        return status, told.out, told.err


@pytest.fixture
def queues(ministack, capsys):
    return Queues(ministack, capsys)


def refund(number: int, lead: str = "ann") -> dict[str, Any]:
    return event(number, lead, "refund", {"amount": 5})


def test_what_was_refused_is_taken_in_after_a_mend(queues):
    queues.send([event(1), refund(2)], MessageAttributes={"tenant": {"DataType": "String", "StringValue": "a"}})
    queues.send(event(3))
    assert queues.deliver() == 2
    assert queues.shop.scores() == {"ann": 20}
    assert queues.waiting(queues.poison) == 1
    queues.shop.released.now = model_of(MENDED + "\nscore back { rule refund { on refund add -1 * amount } }")
    status, out, _ = queues.redrive()
    assert status == 0
    assert out.splitlines()[-1] == "1 record sent"
    assert "unknown type: the model has no event `refund`" in out
    assert (queues.waiting(queues.poison), queues.waiting(queues.url)) == (0, 1)
    assert queues.deliver() == 1
    assert len(queues.shop.world.leads().events_of("ann")) == 3
    assert queues.waiting(queues.poison) == 0


def test_what_is_still_refused_is_back_with_its_reason_and_nothing_is_lost(queues):
    queues.send(refund(1))
    for _ in range(2):
        queues.deliver()
        assert queues.waiting(queues.poison) == 1
        assert queues.redrive()[0] == 0
    assert queues.waiting(queues.url) == 1


def test_a_dry_run_tells_and_leaves_everything(queues):
    queues.send(refund(1))
    queues.send({"a": 1})
    queues.deliver()
    status, out, _ = queues.redrive("--dry-run")
    assert status == 0
    assert out.splitlines()[-1] == "2 records would be sent"
    assert queues.waiting(queues.poison) == 2
    assert queues.redrive("--dry-run")[1].splitlines()[-1] == "2 records would be sent", "they are there at once"


def test_only_what_was_refused_for_a_reason_is_sent(queues):
    queues.send(refund(1))
    queues.send({"a": 1})
    queues.deliver()
    status, out, _ = queues.redrive("--reason", "NO EVENT `refund`", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert sorted(each["outcome"] for each in told) == ["left", "sent"]
    assert {tuple(each) for each in told} == {("reasons", "at", "origin", "source", "outcome")}
    assert (queues.waiting(queues.poison), queues.waiting(queues.url)) == (1, 1)


def test_only_so_many_are_sent(queues):
    for number in range(5):
        queues.send(refund(number))
    queues.deliver()
    assert queues.redrive("--limit", "2")[0] == 0
    assert (queues.waiting(queues.poison), queues.waiting(queues.url)) == (3, 2)


def test_an_ordered_queue_gets_its_records_back_in_their_groups(ministack, capsys):
    queues = Queues(ministack, capsys, fifo=True)
    queues.send(refund(1), MessageGroupId="ann", MessageDeduplicationId="1")
    assert queues.deliver() == 1
    assert queues.redrive()[0] == 0
    (message,) = queues.sqs.receive_message(QueueUrl=queues.url, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "ann"


def test_a_record_of_a_stream_goes_back_into_its_stream(queues, ministack):
    streams, name = service(ministack, "kinesis"), f"events-{os.getpid()}-{next(_NUMBERS)}"
    streams.create_stream(StreamName=name, ShardCount=1)
    arn = streams.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"]
    batch = kinesis(json.dumps(refund(1)).encode())
    batch["Records"][0] |= {"eventSourceARN": arn}
    assert failures(queues.shop(batch)) == []
    assert queues.redrive()[0] == 0
    shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(StreamName=name, **shard)["ShardIterator"]
    (record,) = streams.get_records(ShardIterator=iterator)["Records"]
    assert (json.loads(record["Data"]), record["PartitionKey"]) == (refund(1), "p")
    assert queues.waiting(queues.poison) == 0


class Given:
    """A stream of Kinesis with orders in it, of which a batch was given up."""

    def __init__(self, queues: Queues, ministack: str) -> None:
        self.queues, self.client = queues, service(ministack, "kinesis")
        self.name = f"events-{os.getpid()}-{next(_NUMBERS)}"
        self.client.create_stream(StreamName=self.name, ShardCount=1)
        arn = self.client.describe_stream(StreamName=self.name)["StreamDescription"]["StreamARN"]
        self.numbers = [
            self.client.put_record(
                StreamName=self.name, Data=json.dumps(event(number)).encode(), PartitionKey=f"p{number}"
            )["SequenceNumber"]
            for number in range(6)
        ]
        self.told = {
            "shardId": "shardId-000000000000", "startSequenceNumber": self.numbers[1],
            "endSequenceNumber": self.numbers[3], "batchSize": 3, "streamArn": arn,
        }  # fmt: skip

    def say(self, **more: Any) -> None:
        """What Lambda puts into the queue when it gives up."""
        condition = {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 11}
        body = {"requestContext": condition, "version": "1.0", "KinesisBatchInfo": {**self.told, **more}}
        self.queues.sqs.send_message(QueueUrl=self.queues.poison, MessageBody=json.dumps(body))

    def now(self) -> list[tuple[str, str]]:
        """The events of the stream by their ids, with their partition keys."""
        shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        iterator = self.client.get_shard_iterator(StreamName=self.name, **shard)["ShardIterator"]
        found = self.client.get_records(ShardIterator=iterator)["Records"]
        return [(json.loads(each["Data"])["id"], each["PartitionKey"]) for each in found]


@pytest.fixture
def given(queues, ministack):
    return Given(queues, ministack)


def test_events_that_a_stream_gave_up_are_put_into_it_once_more(queues, given):
    given.say()
    status, out, _ = queues.redrive("--dry-run")
    assert (status, len(given.now())) == (0, 6)
    assert "3 events of a stream: taken up too often without success" in out
    assert queues.redrive()[0] == 0
    assert given.now()[6:] == [("e1", "p1"), ("e2", "p2"), ("e3", "p3")]
    assert queues.waiting(queues.poison) == 0


def test_events_that_a_stream_gave_up_are_sent_to_a_queue_if_that_is_wanted(queues, given):
    given.say()
    assert queues.redrive("--to", queues.url)[0] == 0
    queues.deliver()
    assert (queues.shop.scores(), len(given.now())) == ({"ann": 30}, 6)


def test_what_a_stream_has_forgotten_of_a_batch_is_told_and_the_note_stays(queues, given):
    given.say(startSequenceNumber="1", batchSize=5)
    status, _, err = queues.redrive()
    assert status == 1
    assert "the stream has forgotten 1 of its 5 events" in err
    assert given.now()[6:] == [(f"e{number}", f"p{number}") for number in range(4)]
    assert queues.waiting(queues.poison) == 1


def test_a_batch_of_a_stream_that_is_gone_stays(queues, given):
    given.say(streamArn=given.told["streamArn"] + "-gone")
    status, _, err = queues.redrive()
    assert (status, queues.waiting(queues.poison)) == (1, 1)
    assert "the stream is not there any more" in err


def test_what_came_through_no_queue_is_sent_where_it_is_told(queues):
    queues.shop({"version": "0", "detail-type": "x", "source": "y", "detail": {"a": 1}})
    status, _, err = queues.redrive()
    assert status == 1
    assert "1 record left there: it came through no queue: say where it is to go with --to" in err
    assert queues.waiting(queues.poison) == 1
    assert queues.redrive("--to", queues.name)[0] == 0
    assert (queues.waiting(queues.poison), queues.waiting(queues.url)) == (0, 1)


def test_a_message_that_its_queue_put_away_is_sent_as_it_was(queues):
    queues.sqs.send_message(QueueUrl=queues.poison, MessageBody=json.dumps(event(1)))
    status, out, _ = queues.redrive("--to", queues.url)
    assert status == 0
    assert "taken up too often without success" in out
    queues.deliver()
    assert queues.shop.scores() == {"ann": 10}


def test_a_dead_letter_goes_back_to_the_queue_that_put_it_away(queues):
    arn = queues.sqs.get_queue_attributes(QueueUrl=queues.poison, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    queues.sqs.set_queue_attributes(QueueUrl=queues.url, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})
    queues.send(event(1))
    for _ in range(3):
        queues.sqs.receive_message(QueueUrl=queues.url)
    assert (queues.waiting(queues.poison), queues.waiting(queues.url)) == (1, 0)
    assert queues.redrive()[0] == 0
    assert (queues.waiting(queues.poison), queues.waiting(queues.url)) == (0, 1)


def test_an_empty_queue_is_told(queues):
    assert queues.redrive() == (0, "the queue is empty\n", "")


def test_a_queue_that_is_not_there_is_told(capsys):
    assert main(["redrive", "--queue", "nothing-here"]) == 2
    assert "there is no queue nothing-here" in capsys.readouterr().err


# --- erase and export -------------------------------------------------------------------------------------------------


class Here:
    """A table and a bucket with a model live and a lead in it, and the commands on them."""

    def __init__(self, ministack: str, capsys: Any) -> None:
        self.capsys = capsys
        self.table = create_table(ministack)
        bucket = f"known-{os.getpid()}-{next(_NUMBERS)}"
        service(ministack, "s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        releases = Releases(self.table, S3Bucket(service(ministack, "s3"), bucket))
        releases.release(releases.propose(model_of(SHOP).table, Maker("me"), now()))
        self.shop = Shop(ministack, table=self.table)
        self.shop([event(1), event(2), event(3, "bob")])
        self.options = ["--table", self.table.name]
        self.bucket = ["--bucket", bucket]

    def __call__(self, *args: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        status = main(list(args))
        told = self.capsys.readouterr()
        return status, told.out, told.err


@pytest.fixture
def here(ministack, capsys):
    return Here(ministack, capsys)


def test_leads_are_forgotten_by_a_command(here):
    assert here("erase", *here.options, "ann", "nobody", "ann") == (
        1,
        "ann: erased, with 2 events\nnobody: there is no such lead\n",
        "",
    )
    assert here.shop.scores() == {"bob": 10}


def test_leads_are_forgotten_by_a_list(here, tmp_path):
    (tmp_path / "gone.txt").write_text("ann\n\nbob\r\n", encoding="utf-8")
    status, out, _ = here("erase", *here.options, "--from", str(tmp_path / "gone.txt"), "--json")
    assert status == 0
    assert [json.loads(line)["lead"] for line in out.splitlines()] == ["ann", "bob"]
    assert here.shop.scores() == {}


def test_what_is_known_of_leads_is_printed_a_line_each(here):
    status, out, err = here("export", *here.options, *here.bucket, "ann", "nobody", "bob")
    assert (status, err) == (1, "nobody: there is no such lead\n")
    assert [len(json.loads(line)["events"]) for line in out.splitlines()] == [2, 1]


def test_a_lead_has_to_be_named(here, tmp_path):
    assert here("erase", *here.options)[2].startswith("leadscore: no lead is named\n")
    assert here("erase", *here.options, "")[0] == 2
    assert here("export", *here.options, "--from", str(tmp_path / "nothing.txt"))[0] == 2
