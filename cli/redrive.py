"""`leadscore redrive`: send what was refused or failed once more, after what was wrong with it has been mended.

A record goes back to where it came from, exactly as it came: to its queue or its stream. What of it was taken in the
first time is a duplicate then. It leaves the queue only after it was sent, so a run that is stopped loses nothing. Of a
batch of Kinesis that was given up there is only its place in the stream: its records are read from there.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from cli.findings import counted
from cli.listing import print_table
from cli.problem import NO, Problem
from cli.stack import outputs_of, services
from cli.visible import visible
from runtime import times
from runtime.lines import write_json

if TYPE_CHECKING:
    from runtime.handlers.records import Record

_FAILED = "taken up too often without success"
"""The reason of a message that its queue has put away."""
_HIDDEN = 900
"""Seconds for which what is being looked at is nobody else's."""
_WAIT = 1
"""Seconds in which an empty answer becomes a sure one."""
_ATTRIBUTES = 10


@dataclass(slots=True)
class Found:
    """A message of the queue: what it holds, why it is there, and since when."""

    id: str
    receipt: str
    record: Record
    reasons: tuple[str, ...]
    at: str
    place: tuple[str, str] | None = None
    batch: dict[str, Any] | None = None
    """Where in a stream the records are that it is about."""
    outcome: str = "left"


@dataclass(slots=True)
class Redrive:
    """One run: where from, where to, and of what."""

    queue: str
    to: str | None
    reason: str | None
    dry: bool
    limit: int | None
    sqs: Any
    found: list[Found] = field(default_factory=list)
    _urls: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Look at each message once; what is left is given back at the end, whatever happens."""
        begun = times.now() // 1000
        try:
            for message in self._messages(begun):
                each = _read(message)
                self.found.append(each)
                if any(self.reason is None or self.reason.casefold() in why.casefold() for why in each.reasons):
                    each.outcome = "would go" if self.dry else self._send(each)
                    if each.outcome == "sent":
                        self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each.receipt)
                if self.limit is not None and sum(one.outcome != "left" for one in self.found) >= self.limit:
                    break
        finally:
            for each in self.found:
                if each.outcome != "sent":
                    self._give_back(each.receipt)

    def _messages(self, begun: int) -> Iterator[dict[str, Any]]:
        """The messages that were there when the run began."""
        seen: set[str] = set()
        empty = 0
        while empty < 2:
            answer = self.sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN, WaitTimeSeconds=_WAIT,
                AttributeNames=["All"], MessageAttributeNames=["All"],
            )  # fmt: skip
            fresh = []
            for message in answer.get("Messages", ()):
                if message["MessageId"] in seen or int(message["Attributes"]["SentTimestamp"]) > begun:
                    self._give_back(message["ReceiptHandle"])
                else:
                    seen.add(message["MessageId"])
                    fresh.append(message)
            empty = 0 if fresh else empty + 1
            for at, message in enumerate(fresh):
                try:
                    yield message
                except GeneratorExit:
                    for left in fresh[at + 1 :]:
                        self._give_back(left["ReceiptHandle"])
                    raise

    def _give_back(self, receipt: str) -> None:
        self.sqs.change_message_visibility(QueueUrl=self.queue, ReceiptHandle=receipt, VisibilityTimeout=0)

    # --- sending ------------------------------------------------------------------------------------------------------

    def _send(self, found: Found) -> str:
        """``sent``, or why not."""
        from runtime.handlers.clients import s3

        if found.batch is not None:
            return self._send_batch(found, found.batch)
        record = found.record
        body = record.body
        if found.place is not None:
            bucket, key = found.place
            body = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        if self.to is None and ":kinesis:" in record.origin:
            return _to_stream(record, body)
        if self.to is None and ":sqs:" not in record.origin:
            return "it came through no queue: say where it is to go with --to"
        return self._to_queue(self._url(self.to or record.origin.rpartition(":")[2]), found, body)

    def _send_batch(self, found: Found, told: dict[str, Any]) -> str:
        from runtime.handlers.clients import client
        from runtime.handlers.given_up import of_kinesis
        from runtime.handlers.records import Record

        try:
            records = of_kinesis(client("kinesis"), told)
        except client("kinesis").exceptions.ResourceNotFoundException:
            return "the stream is not there any more"
        for each in records:
            attributes = {"system": {"partitionKey": each.key}}
            record = Record(each.number, each.data, told["streamArn"], None, each.key, attributes)
            outcome = self._send(Found(f"{found.id} {each.number}", found.receipt, record, found.reasons, found.at))
            if outcome != "sent":
                return outcome
        lost = int(told.get("batchSize", len(records))) - len(records)
        return "sent" if lost <= 0 else f"the stream has forgotten {lost} of its {told['batchSize']} events"

    def _to_queue(self, url: str, found: Found, body: bytes) -> str:
        record = found.record
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return "it is no text, which is all that a queue takes"
        given = record.attributes.get("message") or {}
        if record.source is not None:
            given = {**given, "leadscore-source": record.source}
        request: dict[str, Any] = {"QueueUrl": url, "MessageBody": text}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in given.items() if value}
        request["MessageAttributes"] = dict(list(attributes.items())[:_ATTRIBUTES])
        if url.endswith(".fifo"):
            request["MessageGroupId"] = record.group or "redriven"
            request["MessageDeduplicationId"] = hashlib.sha256(found.id.encode()).hexdigest()
        try:
            self.sqs.send_message(**request)
        except self.sqs.exceptions.ClientError as error:
            return f"the queue refuses it: {error.response['Error']['Code']}"
        return "sent"

    def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = _url_of(self.sqs, name)
        return self._urls[name]


def _to_stream(record: Record, body: bytes) -> str:
    from runtime.handlers.clients import client

    key = (record.attributes.get("system") or {}).get("partitionKey") or "redriven"
    client("kinesis").put_record(StreamARN=record.origin, Data=body, PartitionKey=key)
    return "sent"


def _url_of(sqs: Any, name: str) -> str:
    """The URL of a queue by its name, its ARN or its URL. Raises Problem if there is no such queue."""
    if "://" in name:
        return name
    try:
        url: str = sqs.get_queue_url(QueueName=name.rpartition(":")[2])["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise Problem(f"there is no queue {name}", hint="look at the account and the region (AWS_REGION)") from None
    return url


def _read(message: dict[str, Any]) -> Found:
    """A message, be it a poison record or what a queue has put away as it was."""
    from runtime.handlers.poison import MARK, PoisonError, read
    from runtime.handlers.records import Record

    id, receipt, own = message["MessageId"], message["ReceiptHandle"], message.get("MessageAttributes") or {}
    system = message["Attributes"]
    if MARK in own:
        try:
            kept = read(message["Body"])
        except PoisonError:
            pass
        else:
            return Found(id, receipt, kept.record, kept.reasons, kept.at, kept.place)
    batch = _batch(message["Body"])
    if batch is not None:
        record = Record(id, b"", batch["streamArn"])
        why = f"{counted(int(batch.get('batchSize', 1)), 'event')} of a stream: {_FAILED}"
        since = times.write_instant(int(system["SentTimestamp"]) * 1000)
        return Found(id, receipt, record, (why,), since, batch=batch)
    given = {name: value["StringValue"] for name, value in own.items() if "StringValue" in value}
    origin, group = system.get("DeadLetterQueueSourceArn", ""), system.get("MessageGroupId")
    record = Record(id, message["Body"].encode(), origin, None, group, {"message": given})
    return Found(id, receipt, record, (_FAILED,), times.write_instant(int(system["SentTimestamp"]) * 1000))


def _batch(body: str) -> dict[str, Any] | None:
    """Where a batch of Kinesis was that Lambda has given up; None for a message that tells of something else."""
    try:
        told = json.loads(body)["KinesisBatchInfo"]
        place = [told[name] for name in ("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber")]
        return told if all(isinstance(each, str) for each in place) else None
    except (ValueError, TypeError, LookupError):
        return None


@click.command(
    "redrive",
    epilog="""\b
Examples:
  leadscore redrive --stack prod --dry-run
  leadscore redrive --stack prod --reason "no event `Demo"
  leadscore redrive --queue prod-dead-letters --to prod-ingest

Exit status: 1 also if something that was to be sent could not be.""",
)
@click.option("--stack", metavar="NAME", help="The CloudFormation stack that leadscore runs in: its poison queue.")
@click.option("--queue", metavar="Q", help="A queue by its name or URL, instead of a stack.")
@click.option("--to", metavar="Q", help="Where to send all of it, instead of where each record came from.")
@click.option("--reason", metavar="TEXT", help="Only what was refused for a reason that has TEXT in it.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N.")
@click.option("--dry-run", is_flag=True, help="Say what is there and why; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each record.")
def command(
    stack: str | None, queue: str | None, to: str | None, reason: str | None, limit: int | None, dry_run: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Send refused records back to where they came from, once the model or the mapping has been mended.

    What was taken in of a record before is not counted twice. A record that is still refused is back in the queue soon,
    with its new reason."""
    if (stack is None) == (queue is None):
        raise Problem("name one of --stack and --queue", hint="--stack NAME takes its poison queue")
    with services():
        from runtime.handlers.clients import sqs

        outputs = {} if stack is None else outputs_of(stack)
        if stack is not None and "PoisonQueueUrl" not in outputs:
            raise Problem(f"the stack {stack} is not one of leadscore: it has no output PoisonQueueUrl")
        source = _url_of(sqs(), queue) if queue is not None else outputs["PoisonQueueUrl"]
        target = None if to is None else _url_of(sqs(), to)
        redrive = Redrive(source, target, reason, dry_run, limit, sqs())
        redrive.run()
    if as_json:
        for each in redrive.found:
            print(write_json(_told(each)))
    else:
        _show(redrive)
    return NO if any(each.outcome not in ("sent", "left", "would go") for each in redrive.found) else 0


def _told(found: Found) -> dict[str, Any]:
    origin = {"origin": found.record.origin or None, "source": found.record.source}
    return {"reasons": list(found.reasons), "at": found.at, **origin, "outcome": found.outcome}


def _show(redrive: Redrive) -> None:
    """What was there by reason, and what became of it."""
    found = redrive.found
    if not found:
        print("the queue is empty")
        return
    reasons = Counter(why for each in found for why in each.reasons)
    first: dict[str, str] = {}
    for each in found:
        for why in each.reasons:
            first[why] = min(first.get(why, each.at), each.at)
    rows = [[f"{count:,}", first[why], why] for why, count in reasons.most_common()]
    print_table(["records", "since", "reason"], rows, frozenset(["records"]))
    outcomes = Counter(each.outcome for each in found)
    told = {"sent": "sent", "would go": "would be sent", "left": "left there"}
    print(", ".join(f"{counted(outcomes[name], 'record')} {text}" for name, text in told.items() if outcomes[name]))
    for why, count in outcomes.items():
        if why not in told:
            print(f"leadscore redrive: {counted(count, 'record')} left there: {visible(why)}", file=sys.stderr)
