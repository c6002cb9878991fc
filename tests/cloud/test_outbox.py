"""From the table's stream over an event bus into a queue: what triggers emit arrives, each once by its id."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.handlers.bus import Bus
from runtime.handlers.publish import Publish, answer
from runtime.handlers.settings import Settings
from runtime.handlers.world import World
from tests.cloud.functions import NOW, Context, Released
from tests.cloud.leads import create_table, model_of, service
from tests.cloud.servers import Emulator, Function
from tests.cloud.streams import Stream

MODEL = """
model shop { }
lead { company: account }
event view { path: text }
score s {
  rule pricing { on view where path = "/pricing" add 20 }
  degrade { after 10 days without activity by 100% every 1 day }
}
stages new, mql
trigger qualify { when s >= 40 and stage < mql move to mql emit "lead.qualified" }
trigger cold    { when s = 0 and stage = mql emit "lead.cold" }
account { score ready = count where stage = mql  trigger committee { when ready >= 2 emit "account.qualified" } }
"""
_NUMBERS = itertools.count()


class Out:
    """A bus whose events all arrive in a queue."""

    def __init__(self, address: str) -> None:
        self.events, self.sqs = service(address, "events"), service(address, "sqs")
        self.bus = f"out-{next(_NUMBERS)}"
        self.queue = self.sqs.create_queue(QueueName=self.bus)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.events.create_event_bus(Name=self.bus)
        self.events.put_rule(Name=self.bus, EventBusName=self.bus, EventPattern='{"source": ["leadscore"]}')
        self.events.put_targets(Rule=self.bus, EventBusName=self.bus, Targets=[{"Id": "queue", "Arn": arn}])

    def arrived(self) -> list[dict[str, Any]]:
        """The details that have arrived, and are taken out."""
        found: list[dict[str, Any]] = []
        while True:
            messages = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            if not messages.get("Messages"):
                return found
            for message in messages["Messages"]:
                found.append(json.loads(message["Body"])["detail"])
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])


def lines() -> list[str]:
    """Two leads of one company that read the pricing page twice."""
    found = []
    for lead in ("ann.lee", "bob.ray"):
        happened = [("lead", {"company": "acme corp"}), *[("view", {"path": "/pricing"})] * 2]
        for day, (kind, data) in enumerate(happened, 1):
            head = {"specversion": "1.0", "source": "web", "id": f"{lead}-{day}", "subject": lead, "type": kind}
            found.append(json.dumps({**head, "time": f"2026-02-{day:02d}T10:00:00Z", "data": data}))
    return found


EXPECTED = [("account.qualified", "acme corp"), ("lead.cold", "ann.lee"), ("lead.cold", "bob.ray")]
EXPECTED += [("lead.qualified", "ann.lee"), ("lead.qualified", "bob.ray")]


@pytest.mark.parametrize("where", ["dynamodb", "ministack"])
def test_what_triggers_emit_arrives_in_a_queue_each_once_by_its_id(where, request, ministack):
    out, table = Out(ministack), create_table(request.getfixturevalue(where))
    world = World(Settings(table.name, bus=out.bus), table, Released(model_of(MODEL)), lambda: NOW)
    stream = Stream(table)

    def publish(twice: bool) -> None:
        while records := stream.records():
            for _ in range(1 + twice):  # by a function that remembers nothing
                function = Publish(world, Bus(out.bus, None, lambda: out.events, None))
                assert answer(function, {"Records": records}, Context()) == {"batchItemFailures": []}

    for line in lines():
        assert world.leads().take([line.encode()])[0].kind == "accepted"
        publish(twice=True)
    for item in [item for page, _ in table.scan() for item in page if "due" in item]:
        world.leads().sweep(item["pk"], NOW)
    publish(twice=False)
    arrived = out.arrived()
    by_id = {each["id"]: each for each in arrived}
    assert len(arrived) > len(by_id), "nothing came twice, so nothing was shown"
    assert sorted((each["type"], each["subject"]) for each in by_id.values()) == EXPECTED
    (sent,) = [each for each in by_id.values() if each["type"] == "account.qualified"]
    assert (sent["time"], sent["data"]["scores"]) == ("2026-02-03T10:00:00Z", {"ready": 2})


@pytest.fixture(scope="module")
def packed(packed_with: Callable[[str], Path]) -> Path:
    """The bundle with a compiled table in it."""
    return packed_with(MODEL)


def test_the_function_publishes_under_the_runtime_client_of_lambda(packed: Path, emulator: Emulator, ministack: str):
    out, table = Out(ministack), create_table(ministack)
    env = {
        "AWS_ENDPOINT_URL": ministack, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
        "LEADSCORE_TABLE": table.name, "LEADSCORE_BUS": out.bus, "LEADSCORE_MODEL": "table.json",
        "LEADSCORE_RETENTION_DAYS": "36500", "POWERTOOLS_METRICS_NAMESPACE": "leadscore",
        "POWERTOOLS_SERVICE_NAME": "publish",
    }  # fmt: skip
    function: Function = emulator("runtime.handlers.publish.handler", packed, env)
    world = World(Settings(table.name), table, Released(model_of(MODEL)), lambda: NOW)
    stream = Stream(table)
    for line in lines():
        assert world.leads().take([line.encode()])[0].kind == "accepted"
    while records := stream.records():
        assert function.invoke({"Records": records}) == {"batchItemFailures": []}
    arrived = {each["id"]: (each["type"], each["subject"]) for each in out.arrived()}
    assert sorted(arrived.values()) == [each for each in EXPECTED if each[0] != "lead.cold"]
    assert '"Published":[' in function.log.replace(" ", "")
    assert not [word for word in ("ann.lee", "bob.ray", "acme") if word in function.log]
