"""The components that the serverless runtime is tested against are there and work."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from tests.cloud import servers
from tests.cloud.servers import Emulator, FunctionError

ECHO = """
import os, time
def handler(event, context):
    if event.get("fail"):
        raise ValueError("asked to")
    time.sleep(event.get("sleep", 0))
    return {"event": event, "stage": os.environ["STAGE"], "left": context.get_remaining_time_in_millis()}
"""


@pytest.mark.parametrize("name", ["dynamodb", "ministack"])
def test_a_table_keeps_an_item_and_its_stream_tells_of_it(name, request):
    where = {"endpoint_url": request.getfixturevalue(name)}
    client, streams = boto3.client("dynamodb", **where), boto3.client("dynamodbstreams", **where)
    made = client.create_table(
        TableName="smoke",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    client.put_item(TableName="smoke", Item={"pk": {"S": "a"}, "v": {"N": "1"}})
    assert client.get_item(TableName="smoke", Key={"pk": {"S": "a"}}, ConsistentRead=True)["Item"]["v"] == {"N": "1"}
    stream = made["TableDescription"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    place = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    (record,) = streams.get_records(ShardIterator=place["ShardIterator"])["Records"]
    assert (record["eventName"], record["dynamodb"]["NewImage"]["v"]) == ("INSERT", {"N": "1"})


def test_an_event_goes_through_a_bus_into_a_queue(ministack):
    events, queues = boto3.client("events", endpoint_url=ministack), boto3.client("sqs", endpoint_url=ministack)
    url = queues.create_queue(QueueName="smoke")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="smoke")
    events.put_rule(Name="all", EventBusName="smoke", EventPattern='{"source": ["smoke"]}')
    events.put_targets(Rule="all", EventBusName="smoke", Targets=[{"Id": "queue", "Arn": arn}])
    entry = {"EventBusName": "smoke", "Source": "smoke", "DetailType": "ping", "Detail": '{"n": 1}'}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (message,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"n": 1}


@pytest.fixture(scope="module")
def echo(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory):
    bundle = tmp_path_factory.mktemp("echo")
    (bundle / "echo.py").write_text(ECHO, encoding="utf-8")
    return emulator("echo.handler", bundle, {"STAGE": "test"}, timeout=2)


def test_a_handler_answers_under_the_emulator(echo):
    answer = echo.invoke({"a": 1})
    assert (answer["event"], answer["stage"]) == ({"a": 1}, "test")
    assert 0 < answer["left"] <= 2000
    assert echo.init_ms > 0


def test_a_handler_that_fails_tells_its_error(echo):
    with pytest.raises(FunctionError) as error:
        echo.invoke({"fail": True})
    assert (error.value.answer["errorType"], error.value.answer["errorMessage"]) == ("ValueError", "asked to")


def test_a_handler_that_takes_too_long_is_stopped(echo):
    with pytest.raises(FunctionError, match="timed out"):
        echo.invoke({"sleep": 10})


def test_a_function_sees_its_bundle_alone(emulator, tmp_path):
    (tmp_path / "alone.py").write_text("def handler(event, context):\n    import boto3\n", encoding="utf-8")
    with pytest.raises(FunctionError, match="No module named 'boto3'"):
        emulator("alone.handler", tmp_path).invoke({})


def test_what_is_not_installed_fails_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("LEADSCORE_WITHOUT", raising=False)
    (tmp_path / "ministack.missing").write_text("no network\n", encoding="utf-8")
    with pytest.raises(pytest.fail.Exception, match=r"ministack is not installed \(no network\): run `make tools`"):
        servers.tool("ministack", tools=tmp_path)


def test_what_is_left_out_by_name_is_skipped(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADSCORE_WITHOUT", "ministack,emulator")
    with pytest.raises(pytest.skip.Exception, match="left out by LEADSCORE_WITHOUT: ministack"):
        servers.tool("ministack", tools=tmp_path)


def test_a_server_ends_with_a_test_run_that_is_killed(tmp_path):
    beat = tmp_path / "beat"
    child = (
        f"import pathlib, time\nwhile True: pathlib.Path({str(beat)!r}).write_text(str(time.time())); time.sleep(.02)"
    )
    start = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {str(servers.GUARD)!r}, sys.executable, '-c', {child!r}],"
        " stdin=subprocess.PIPE)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", start]) as run:
        until = time.monotonic() + 120
        while not beat.exists() and time.monotonic() < until:
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
    last = None
    while beat.read_text(encoding="utf-8") != last and time.monotonic() < until:
        last = beat.read_text(encoding="utf-8")
        time.sleep(0.5)
    assert Path(beat).read_text(encoding="utf-8") == last
