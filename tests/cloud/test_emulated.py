"""Every function under the real runtime client and emulator of Lambda, with the bundle and nothing else to import."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cloud.leads import create_table
from tests.cloud.servers import Emulator, Function, FunctionError
from tests.cloud.shop import SHOP

HANDLERS = ["ingest", "sweep", "publish", "query", "refold"]


@pytest.fixture(scope="module")
def packed(packed_with: Callable[[str], Path]) -> Path:
    """The bundle with a compiled table in it."""
    return packed_with(SHOP)


@pytest.fixture(scope="module")
def functions(packed: Path, emulator: Emulator, dynamodb: str) -> dict[str, Function]:
    env = {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "LEADSCORE_TABLE": create_table(dynamodb).name,
        "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "LEADSCORE_MODEL": "table.json",
        "LEADSCORE_RETENTION_DAYS": "36500", "POWERTOOLS_METRICS_NAMESPACE": "leadscore",
    }  # fmt: skip
    return {
        name: emulator(f"runtime.handlers.{name}.handler", packed, {**env, "POWERTOOLS_SERVICE_NAME": name})
        for name in HANDLERS
    }


def order(id: str, lead: str, amount: int) -> dict:
    head = {"specversion": "1.0", "id": id, "source": "till", "type": "order", "subject": lead}
    return head | {"time": "2026-03-01T10:00:00Z", "data": {"amount": amount}}


def asked(functions: dict[str, Function], method: str, path: str, at: str | None = None) -> tuple[int, dict]:
    """What the function URL answers: its status and its JSON."""
    wanted = {} if at is None else {"at": at}
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": urlencode(wanted), "headers": {},
        "queryStringParameters": wanted,
        "requestContext": {"http": http, "requestId": "r", "stage": "$default"}, "isBase64Encoded": False,
    }  # fmt: skip
    answer = functions["query"].invoke(event)
    return answer["statusCode"], json.loads(answer["body"])


def test_what_ingest_takes_in_query_knows(functions):
    body = json.dumps(order("1", "ann@example.org", 30))
    record = {
        "messageId": "m1", "body": body, "receiptHandle": "h", "attributes": {}, "messageAttributes": {},
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:in", "awsRegion": "eu-west-1",
    }  # fmt: skip
    assert functions["ingest"].invoke({"Records": [record]}) == {"batchItemFailures": []}
    again = functions["ingest"].invoke(
        {"events": [order("1", "ann@example.org", 30), order("2", "ann@example.org", 15)]}
    )
    assert [each["verdict"] for each in again["verdicts"]] == ["duplicate", "accepted"]
    status, lead = asked(functions, "GET", "/leads/ann@example.org", at="2026-03-01T10:00:01Z")
    assert (status, lead["scores"]) == (200, {"s": 45})


def test_sweep_brings_on_what_is_due(functions):
    functions["ingest"].invoke({"events": [order("3", "ben@example.org", 100)]})
    swept = functions["sweep"].invoke({})
    assert swept["failed"] == 0, functions["sweep"].log
    assert swept["worked"] >= 1


def test_query_describes_itself(functions):
    status, document = asked(functions, "GET", "/openapi.json")
    assert (status, document["openapi"][:3]) == (200, "3.1")


def test_publish_takes_an_empty_batch(functions):
    assert functions["publish"].invoke({"Records": []}) == {"batchItemFailures": []}


def test_refold_says_that_a_file_is_no_release(functions):
    with pytest.raises(FunctionError) as error:
        functions["refold"].invoke({"do": "plan"})
    assert "NoReleases" in json.dumps(error.value.answer)


@pytest.mark.parametrize("name", HANDLERS)
def test_no_log_of_a_function_names_a_lead(functions, name):
    functions["ingest"].invoke({"events": [order("4", "cai@example.org", 1), {"subject": "cai@example.org"}]})
    asked(functions, "GET", "/leads/cai@example.org")
    assert "@example.org" not in functions[name].log
