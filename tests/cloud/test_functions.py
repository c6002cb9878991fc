"""The functions as they are deployed, under the runtime client of Lambda: they work, and their logs name nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.dynamo.keys import short
from runtime.handlers.observed import kind
from runtime.times import DAY, HOUR, now, write_instant
from tests.cloud.functions import event, failures, on_bus, sqs
from tests.cloud.leads import create_table, service
from tests.cloud.servers import Emulator, Function, FunctionError
from tests.cloud.shop import SHOP

LEAD = "ann.lee@example.org"
SECRETS = (LEAD, "ann.lee", "example.org", "needle", "Nordbruk", "%40example")
"""What stands in ids and payloads, and must stand in no log."""
MODEL = SHOP + '\nsource till { lead "who" time "at" id "no" on "amount" give order { amount: "amount" } }'


@pytest.fixture(scope="module")
def packed(packed_with: Callable[[str], Path]) -> Path:
    """The bundle, with a compiled table in it."""
    return packed_with(MODEL)


@pytest.fixture(scope="module")
def start(packed: Path, emulator: Emulator, ministack: str) -> Callable[..., Function]:
    queue = service(ministack, "sqs").create_queue(QueueName="poison-of-functions")["QueueUrl"]
    table = create_table(ministack).name

    def started(name: str, **more: str) -> Function:
        env = {
            "AWS_ENDPOINT_URL": ministack, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
            "LEADSCORE_TABLE": table, "LEADSCORE_MODEL": "table.json", "LEADSCORE_POISON_QUEUE": queue,
            "POWERTOOLS_METRICS_NAMESPACE": "leadscore", "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_LOG_LEVEL": "DEBUG",
        }  # fmt: skip
        return emulator(f"runtime.handlers.{name}.handler", packed, env | more)

    return started


@pytest.fixture(scope="module")
def ingest(start: Callable[..., Function]) -> Function:
    return start("ingest")


@pytest.fixture(scope="module")
def query(start: Callable[..., Function]) -> Function:
    return start("query")


def mine(number: int, kind: str = "order", data: Any = None, **more: Any) -> dict[str, Any]:
    more = {"time": write_instant(now() - 2 * HOUR), **more}
    return event(number, LEAD, kind, data, **more)


def asked(query: Function, method: str, path: str, body: Any = None, parameters: str = "") -> tuple[int, Any]:
    context = {"http": {"method": method, "path": path}, "domainName": "x.lambda-url.eu-west-1.on.aws"}
    given = {"rawPath": path, "rawQueryString": parameters, "headers": {}, "requestContext": context}
    answered = query.invoke({"version": "2.0", **given, "body": body, "isBase64Encoded": False})
    return answered["statusCode"], json.loads(answered["body"])


def nobody_is_named(function: Function) -> None:
    """Nothing in what the function printed tells of anybody."""
    assert not [word for word in SECRETS if word in function.log], function.log


def metrics(function: Function) -> dict[str, float]:
    """The sums of what the function measured."""
    found: dict[str, float] = {}
    for line in function.log.splitlines():
        if '"_aws"' in line:
            told = json.loads(line[line.index("{") :])
            assert told["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "leadscore"
            for name in (each["Name"] for each in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]):
                found[name] = found.get(name, 0) + sum(told[name] if isinstance(told[name], list) else [told[name]])
    return found


def test_ingest_works_and_names_nobody(ingest):
    batch = sqs(
        mine(1),
        mine(2, "lead", {"company": "Nordbruk", "email": "needle@example.org"}),
        mine(3, data={"amount": "needle"}),
        mine(4, "needle"),
        mine(5, time="needle"),
        "needle {",
        mine(6, subject=7),
    )
    assert failures(ingest.invoke(batch)) == []
    assert ingest.invoke(on_bus(mine(7))) is None
    till = {
        "source": "till",
        "events": [{"who": LEAD, "at": write_instant(now() - HOUR), "no": "8", "amount": "needle"}],
    }
    (verdict,) = ingest.invoke(till)["verdicts"]
    assert "needle" in verdict["reason"], "its sender may know"
    with pytest.raises(FunctionError) as error:
        ingest.invoke({"what": "needle", "lead": LEAD})
    assert "needle" not in json.dumps(error.value.answer)
    nobody_is_named(ingest)
    assert "bad value" in ingest.log
    told = metrics(ingest)
    assert (told["Accepted"], told["Rejected"], told["Poisoned"], told["Failed"]) == (3, 6, 5, 0)
    assert told["WriteUnits"] > 3


def test_ingest_without_its_table_fails_and_names_nobody(start):
    ingest = start("ingest", LEADSCORE_TABLE="there-is-none")
    assert failures(ingest.invoke(sqs(mine(1), mine(2)))) == ["m0", "m1"]
    with pytest.raises(FunctionError):
        ingest.invoke(on_bus(mine(3)))
    assert "ResourceNotFoundException" in ingest.log
    nobody_is_named(ingest)


def test_a_function_that_is_set_up_wrongly_says_what_is_missing(start):
    ingest = start("ingest", LEADSCORE_TABLE="")
    with pytest.raises(FunctionError) as error:
        ingest.invoke(sqs(mine(1)))
    assert "LEADSCORE_TABLE is not set" in error.value.answer["errorMessage"]
    nobody_is_named(ingest)


def test_query_works_and_names_nobody(ingest, query):
    ingest.invoke([mine(21), mine(22, "lead", {"company": "Nordbruk"})])
    path = "/leads/ann.lee%40example.org"
    assert asked(query, "GET", path, parameters="explain=true")[0] == 200
    assert asked(query, "GET", path, parameters="at=needle")[0] == 400
    assert asked(query, "GET", f"{path}/export")[1]["lead"] == LEAD
    assert asked(query, "GET", "/accounts/Nordbruk")[0] in (200, 404)
    assert asked(query, "GET", "/segments/needle")[0] == 404
    assert asked(query, "GET", "/segments/everybody")[1]["leads"][0]["lead"] == LEAD
    assert asked(query, "GET", "/needle")[0] == 404
    status, told = asked(query, "POST", "/events", json.dumps([mine(23), mine(24, "needle")]))
    assert (status, [each["verdict"] for each in told["verdicts"]]) == (200, ["accepted", "rejected"])
    assert asked(query, "GET", "/openapi.json")[1]["openapi"] == "3.1.0"
    assert asked(query, "DELETE", path)[0] == 200
    assert asked(query, "GET", path)[0] == 404
    nobody_is_named(query)
    assert f'"lead":"{short(LEAD)}"' in query.log.replace(" ", ""), "the hash tells operators which lead was erased"


def test_query_without_its_table_answers_with_a_problem_and_names_nobody(start):
    query = start("query", LEADSCORE_TABLE="there-is-none")
    status, told = asked(query, "GET", "/leads/ann.lee%40example.org")
    assert (status, told["title"]) == (500, "Something went wrong")
    nobody_is_named(query)


def test_sweep_works_and_names_nobody(ingest, start):
    old = {"time": write_instant(now() - 20 * DAY)}
    ingest.invoke([event("old", "ann.lee.too@example.org", **old)])
    sweep = start("sweep")
    first = sweep.invoke({})
    assert (first["worked"], first["failed"], first["lag"]) == (1, 0, 0)
    assert sweep.invoke({})["worked"] == 0
    told = metrics(sweep)
    assert (told["Swept"], told["SweepLag"], told["SweepFailed"]) == (1, 0, 0)
    nobody_is_named(sweep)


def test_the_kind_of_a_reason_quotes_nothing():
    assert kind("bad value: `amount`: needle is no number") == "bad value"
    assert kind("needle: what nobody knows") == "another reason"
