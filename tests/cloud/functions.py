"""Functions as the tests call them: a world over a table of DynamoDB Local, a poison queue in memory, and what they
log."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

from runtime.dynamo.client import Table
from runtime.dynamo.model import Model
from runtime.handlers.ingest import Ingest, answer
from runtime.handlers.poison import PoisonQueue
from runtime.handlers.settings import Settings
from runtime.handlers.world import World
from runtime.times import read_instant
from tests.cloud.leads import create_table, model_of
from tests.cloud.shop import SHOP

NOW = read_instant("2026-03-01T00:00:00Z")
_NUMBERS = itertools.count()


class Context:
    """The context of an invocation; `left` are the milliseconds that it is told at each look, the last one again and
    again."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:function"

    def __init__(self, *left: int) -> None:
        self.aws_request_id = f"request-{next(_NUMBERS)}"
        self._left: Iterator[int] = itertools.chain(left, itertools.repeat(left[-1] if left else 60_000))

    def get_remaining_time_in_millis(self) -> int:
        return next(self._left)


class Released:
    """The model that is live: whatever a test says."""

    def __init__(self, model: Model) -> None:
        self.now = model

    def model(self) -> Model:
        return self.now


class Queue:
    """A queue in memory, as far as sending goes; `refusing` makes it fail."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.calls = 0
        self.refusing = False

    def __call__(self) -> Queue:
        return self

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.refusing:
            raise OSError("the queue can't be reached")
        assert len(Entries) <= 10
        assert sum(len(entry["MessageBody"]) for entry in Entries) <= 256 * 1024
        self.calls += 1
        self.messages += [entry["MessageBody"] for entry in Entries]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


class Shop:
    """Ingest over a table of its own."""

    def __init__(self, dynamodb: str, text: str = SHOP, table: Table | None = None, **given: Any) -> None:
        self.released = Released(model_of(text))
        self.table = create_table(dynamodb) if table is None else table
        self.time = NOW
        self.world = World(Settings(self.table.name, **given), self.table, self.released, lambda: self.time)
        self.queue = Queue()
        self.ingest = Ingest(self.world, PoisonQueue("queue", None, self.queue, None))

    def __call__(self, event: Any, context: Any = None) -> Any:
        return answer(self.ingest, event, context or Context())

    def scores(self) -> dict[str, Any]:
        """The score of each lead by id."""
        leads = self.world.leads()
        shown = leads.model.plan.shown[0]
        ids = {item["id"] for page, _ in self.table.scan() for item in page if "id" in item and item["sk"] == "S"}
        found = {id: leads.at(id, NOW) for id in sorted(ids)}
        return {id: shown(lead, NOW) // 1000 for id, lead in found.items() if lead is not None}


def event(number: int | str, lead: str = "ann", kind: str = "order", data: Any = None, **more: Any) -> dict[str, Any]:
    """A CloudEvents object: an order of 10."""
    given = {"amount": 10} if data is None and kind == "order" else data or {}
    found = {"specversion": "1.0", "id": f"e{number}", "source": "web", "type": kind, "subject": lead}
    return {**found, "time": "2026-02-28T10:00:00Z", "data": given, **more}


def sqs(
    *bodies: Any, groups: str = "", attributes: dict[str, str] | None = None, ordered: bool = True
) -> dict[str, Any]:
    """A batch of messages; each letter of `groups` is the group of one, which is an order in an `ordered` queue."""
    records = []
    for at, body in enumerate(bodies):
        system = {"ApproximateReceiveCount": "1", "SentTimestamp": "1772272800000"}
        if groups:
            system["MessageGroupId"] = groups[at]
        given = {name: {"stringValue": text, "dataType": "String"} for name, text in (attributes or {}).items()}
        record = {"messageId": f"m{at}", "receiptHandle": "r", "attributes": system, "messageAttributes": given}
        arn = "arn:aws:sqs:eu-west-1:111122223333:events" + (".fifo" if groups and ordered else "")
        source = {"eventSource": "aws:sqs", "eventSourceARN": arn}
        records.append({**record, **source, "body": body if isinstance(body, str) else json.dumps(body)})
    return {"Records": records}


def kinesis(*bodies: bytes) -> dict[str, Any]:
    """A batch of a stream."""
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "eventID": f"shard:{at}",
                "eventSourceARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/events",
                "kinesis": {
                    "sequenceNumber": str(at),
                    "partitionKey": "p",
                    "data": base64.b64encode(body).decode(),
                },
            }
            for at, body in enumerate(bodies)
        ]
    }


def on_bus(detail: Any, **more: Any) -> dict[str, Any]:
    """An event of EventBridge."""
    head = {"version": "0", "id": "6a7e8feb", "detail-type": "order", "source": "com.example.web"}
    return {**head, "account": "111122223333", "time": "2026-02-28T10:00:00Z", "detail": detail, **more}


def failures(answered: Any) -> list[str]:
    return [each["itemIdentifier"] for each in answered["batchItemFailures"]]
