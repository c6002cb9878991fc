"""Parts of the template at work that the whole stack of the tests has not: the webhook, the function URL, the mapping
of a Kinesis stream. Each is made as the template says it, on the stand-in."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from runtime.dynamo.keys import lead_key
from runtime.dynamo.rows import read
from runtime.handlers.bus import Bus, Parcel
from runtime.handlers.poison import read as read_poison
from runtime.times import HOUR, now, write_instant
from tests.cloud.functions import event
from tests.cloud.leads import Recorded, create_table, service
from tests.cloud.shop import SHOP
from tests.cloud.test_template import Reader
from tests.conftest import ROOT

RESOURCES = yaml.load((ROOT / "infra" / "template.yaml").read_text(encoding="utf-8"), Reader)["Resources"]
HERE = f"{os.getpid()}"


def said(given: Any, known: dict[str, Any]) -> Any:
    """What the template says, with its references put in."""
    match given:
        case {"Ref": name} | {"GetAtt": name} | {"Sub": name}:
            return known[name]
        case dict():
            return {name: said(value, known) for name, value in given.items()}
        case list():
            return [said(value, known) for value in given]
    return given


# --- the webhook ------------------------------------------------------------------------------------------------------


class Listener(BaseHTTPRequestHandler):
    """Puts what is posted into a queue."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        server: Any = self.server
        server.posted.put((self.path, dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def webhook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Listener)
    server.posted = Queue()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_what_triggers_emit_is_posted_to_the_webhook_as_a_cloudevent(webhook, ministack):
    events = service(ministack, "events")
    known = {
        "WebhookHeader": "x-key", "WebhookKey": "secret", "WebhookRate": 50, "Published": f"out-{HERE}",
        "WebhookUrl": f"http://127.0.0.1:{webhook.server_port}/hook", "WebhookRole.Arn": "arn:aws:iam::1:role/x",
        "Undelivered.Arn": "arn:aws:sqs:eu-west-1:000000000000:undelivered",
    }  # fmt: skip
    events.create_event_bus(Name=known["Published"])
    connection = said(RESOURCES["WebhookConnection"]["Properties"], known)
    known["WebhookConnection.Arn"] = events.create_connection(Name=f"w-{HERE}", **connection)["ConnectionArn"]
    destination = said(RESOURCES["WebhookDestination"]["Properties"], known)
    made = events.create_api_destination(Name=f"w-{HERE}", **destination)
    known["WebhookDestination.Arn"] = made["ApiDestinationArn"]
    rule = said(RESOURCES["WebhookRule"]["Properties"], known)
    place = {"EventBusName": rule["EventBusName"]}
    events.put_rule(Name="webhook", EventPattern=json.dumps(rule["EventPattern"]), **place)
    assert events.put_targets(Rule="webhook", Targets=rule["Targets"], **place)["FailedEntryCount"] == 0

    told = {**event(1, kind="lead.ready", data={"trigger": "ready", "scores": {"s": 40.5}}), "source": "leadscore"}
    sent = Bus(known["Published"], None, lambda: events, None).send([Parcel("ann", [json.dumps(told)])], lambda: False)
    assert sent.published == 1
    path, headers, body = webhook.posted.get(timeout=30)
    headers = {name.lower(): value for name, value in headers.items()}
    assert (path, json.loads(body)) == ("/hook", told)
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["x-key"] == "secret"


# --- functions --------------------------------------------------------------------------------------------------------


class Deployed:
    """Functions of the bundle, under the stand-in for Lambda, over a table."""

    def __init__(self, address: str, packed: Path) -> None:
        self.address, self.client = address, service(address, "lambda")
        self.table: Recorded = create_table(address)
        self.queue = service(address, "sqs").create_queue(QueueName=f"dead-{HERE}")["QueueUrl"]
        self.zip = io.BytesIO()
        with zipfile.ZipFile(self.zip, "w") as zipped:
            for path in sorted(packed.rglob("*")):
                zipped.write(path, path.relative_to(packed))

    def function(self, resource: str) -> str:
        given = RESOURCES[resource]["Properties"]
        name = f"{resource}-{HERE}"
        env = {
            "AWS_ENDPOINT_URL": self.address, "LEADSCORE_TABLE": self.table.name, "LEADSCORE_MODEL": "table.json",
            "LEADSCORE_POISON_QUEUE": self.queue, "POWERTOOLS_METRICS_NAMESPACE": "leadscore",
            "POWERTOOLS_SERVICE_NAME": "part",
        }  # fmt: skip
        self.client.create_function(
            FunctionName=name, Runtime="python3.11", Role="arn:aws:iam::000000000000:role/x", Handler=given["Handler"],
            Code={"ZipFile": self.zip.getvalue()}, Timeout=given["Timeout"], Environment={"Variables": env},
        )  # fmt: skip
        return name


@pytest.fixture(scope="module")
def deployed(packed_with: Callable[[str], Path], ministack: str) -> Deployed:
    return Deployed(ministack, packed_with(SHOP))


def test_who_signs_is_answered_at_the_function_url_and_nobody_else(deployed):
    name = deployed.function("QueryFunction")
    auth = RESOURCES["QueryFunction"]["Properties"]["FunctionUrlConfig"]
    url = deployed.client.create_function_url_config(FunctionName=name, **auth)["FunctionUrl"]
    order = event(1, "ann", time=write_instant(now() - HOUR))

    def asked(method: str, path: str, body: Any = None, *, signed: bool = True) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url.rstrip("/") + path, data=data)
        if signed:
            SigV4Auth(Credentials("test", "test"), "lambda", "eu-west-1").add_auth(request)
        headers = {**dict(request.headers.items()), "host": urlsplit(url).netloc, "content-type": "application/json"}
        call = Request(deployed.address + path, data=data, method=method, headers=headers)  # local
        try:
            with urlopen(call, timeout=60) as answer:  # as above
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())

    assert asked("POST", "/events", order) == (200, {"verdicts": [{"verdict": "accepted"}]})
    status, lead = asked("GET", "/leads/ann?explain=true")
    assert (status, lead["scores"], len(lead["explanation"]) > 0) == (200, {"s": 10}, True)
    assert asked("GET", "/leads/nobody")[1]["title"] == "No such lead"
    assert asked("GET", "/openapi.json")[1]["openapi"] == "3.1.0"
    assert asked("GET", "/leads/ann", signed=False)[0] == 403


def test_records_of_a_stream_come_in_by_their_mapping(deployed):
    streams, name = service(deployed.address, "kinesis"), f"events-{HERE}"
    streams.create_stream(StreamName=name, ShardCount=1)
    arn = streams.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"]
    happened = write_instant(now() - HOUR)
    bodies = [*[event(f"k{number}", "kim", time=happened) for number in range(5)], {"no": "event"}]
    for body in bodies:
        streams.put_record(StreamName=name, Data=json.dumps(body).encode(), PartitionKey="kim")
    known = {
        "IngestFunction": deployed.function("IngestFunction"), "KinesisStreamArn": arn,
        "DeadLetters.Arn": f"arn:aws:sqs:eu-west-1:000000000000:dead-{HERE}",
    }  # fmt: skip
    deployed.client.create_event_source_mapping(**said(RESOURCES["IngestFromKinesis"]["Properties"], known))
    until = time.monotonic() + 60
    while read(deployed.table, lead_key("kim")).version == 0 and time.monotonic() < until:
        time.sleep(0.2)
    row = read(deployed.table, lead_key("kim"))
    assert row.lead is not None and row.lead.a == [50_000]
    sqs = service(deployed.address, "sqs")
    answer = sqs.receive_message(QueueUrl=deployed.queue, WaitTimeSeconds=20, MessageAttributeNames=["All"])
    kept = read_poison(answer["Messages"][0]["Body"])
    assert (json.loads(kept.record.body), kept.record.origin) == ({"no": "event"}, arn)
