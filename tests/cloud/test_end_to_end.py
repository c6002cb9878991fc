"""From an event on the bus in to what triggers emit on the bus out, through everything that the template deploys."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import ROOT

MODEL = """
model demo { }
event page_view { path: text required }
score readiness {
  ready at 20
  degrade { after 1 hour without activity  by 50% every 1 hour }
  rule pricing { on page_view where path starts with "/pricing"  add 10 }
}
stages subscriber, mql
trigger qualify { when readiness >= ready  move to mql  emit "lead.qualified" }
trigger cool { when stage = mql and readiness < 10  move to subscriber  emit "lead.cooled" }
"""
PATIENCE = 150
"""Seconds that the slowest part may take: the schedule comes once a minute."""


@pytest.fixture(scope="module")
def live(stack, tmp_path_factory: pytest.TempPathFactory):
    """The stack with a model that is live."""
    model = tmp_path_factory.mktemp("model") / "model.score"
    model.write_text(MODEL, encoding="utf-8")
    command = [sys.executable, "-m", "cli", "deploy", str(model), "--stack", stack.name, "--who", "test"]
    run = subprocess.run(command, cwd=ROOT, env=stack.env, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    return stack


@pytest.fixture(scope="module")
def heard(live):
    """Waits for the next publication of a lead on the bus out."""
    events, queues = live.client("events"), live.client("sqs")
    url = queues.create_queue(QueueName="heard")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus = live.outputs["BusOut"]
    events.put_rule(Name="heard", EventBusName=bus, EventPattern='{"source": ["leadscore"]}')
    events.put_targets(Rule="heard", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    # The schedule comes once a minute: what it has to do is put there early, and looked for late.
    put(live, views("ben@example.org", ["/pricing", "/pricing"], timedelta(hours=6)))
    found: list[dict] = []

    def wait(lead: str, kind: str) -> dict:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for event in found:
                if (event["subject"], event["type"]) == (lead, kind):
                    return event
            answer = queues.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in answer.get("Messages", ()):
                found.append(json.loads(message["Body"])["detail"])
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        raise AssertionError(f"{kind} of {lead} was not heard in {PATIENCE} s, but {found}")

    return wait


def views(lead: str, paths: list[str], ago: timedelta) -> list[dict]:
    """Page views, a second after one another."""
    start = datetime.now(UTC) - ago
    return [
        {
            "specversion": "1.0", "id": f"{lead}-{number}", "source": "web", "subject": lead, "type": "page_view",
            "time": (start + timedelta(seconds=number)).isoformat(), "data": {"path": path},
        }
        for number, path in enumerate(paths)
    ]  # fmt: skip


def put(live, events: list[dict]) -> None:
    entries = [
        {
            "EventBusName": live.outputs["BusIn"],
            "Source": "web",
            "DetailType": event["type"],
            "Detail": json.dumps(event),
        }
        for event in events
    ]
    assert live.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0


def test_an_event_on_the_bus_in_qualifies_a_lead_on_the_bus_out(live, heard):
    put(live, views("ann@example.org", ["/pricing", "/home", "/pricing/team"], timedelta(minutes=5)))
    event = heard("ann@example.org", "lead.qualified")
    assert event["specversion"] == "1.0"
    assert event["data"]["scores"]["readiness"] == 20


def test_an_ordered_queue_takes_the_events_of_a_lead(live, heard):
    queue = {"QueueUrl": live.outputs["IngestOrderedQueueUrl"], "MessageGroupId": "cai"}
    for event in views("cai", ["/pricing", "/pricing"], timedelta(minutes=1)):
        live.client("sqs").send_message(**queue, MessageBody=json.dumps(event))
    assert heard("cai", "lead.qualified")["data"]["scores"]["readiness"] == 20


def test_what_the_model_refuses_waits_with_its_reason(live):
    event = views("dora@example.org", ["/pricing"], timedelta(minutes=1))[0] | {"type": "unheard_of"}
    live.client("sqs").send_message(QueueUrl=live.outputs["IngestQueueUrl"], MessageBody=json.dumps(event))
    poison = {"QueueUrl": live.outputs["PoisonQueueUrl"], "WaitTimeSeconds": 20}
    (message,) = live.client("sqs").receive_message(**poison)["Messages"]
    assert "unknown type" in json.loads(message["Body"])["reasons"][0]


def test_a_refold_goes_over_all_leads_and_ends(live, heard):
    put(live, views("eve@example.org", ["/pricing", "/pricing"], timedelta(minutes=1)))
    heard("eve@example.org", "lead.qualified")
    machine = live.client("stepfunctions")
    run = machine.start_execution(stateMachineArn=live.outputs["RefoldMachine"], input='{"parts": 3}')["executionArn"]
    until = time.monotonic() + PATIENCE
    while (found := machine.describe_execution(executionArn=run))["status"] == "RUNNING" and time.monotonic() < until:
        time.sleep(0.5)
    assert found["status"] == "SUCCEEDED", found
    parts = json.loads(found["output"])
    assert [each["done"] for each in parts] == [True, True, True]


def test_the_scheduled_sweep_lets_time_do_its_work(live, heard):
    qualified, cooled = heard("ben@example.org", "lead.qualified"), heard("ben@example.org", "lead.cooled")
    lost = datetime.fromisoformat(cooled["time"]) - datetime.fromisoformat(qualified["time"])
    assert lost == timedelta(hours=2)


def test_no_log_line_names_a_lead(live, heard):
    put(live, views("fay@example.org", ["/pricing", "/pricing"], timedelta(hours=6)))
    heard("fay@example.org", "lead.qualified")
    live.client("lambda").invoke(FunctionName=f"{live.name}-sweep")
    heard("fay@example.org", "lead.cooled")
    logs = live.client("logs")
    lines = []
    for function in ("ingest", "sweep", "publish"):
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{live.name}-{function}").get("events", ())
        assert found, function
        lines += [each["message"] for each in found]
    assert [line for line in lines if "@example.org" in line or "/pricing" in line] == []
