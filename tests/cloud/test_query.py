"""The HTTP interface: what is asked for is answered, what can't be is a problem document, and the document says so."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from runtime.dynamo.accounts import Accounts
from runtime.dynamo.changes import Change
from runtime.dynamo.keys import lead_key
from runtime.dynamo.retention import Retention
from runtime.handlers.openapi import document
from runtime.handlers.poison import PoisonQueue
from runtime.handlers.query import Query
from runtime.handlers.routes import ROUTES
from runtime.handlers.web import MOST_ANSWERED, Answer, response
from runtime.times import DAY, MINUTE
from tests.cloud.functions import NOW, Shop, event
from tests.cloud.leads import model_of, states
from tests.cloud.shop import SHOP

URL = "x.lambda-url.eu-west-1.on.aws"
API = "x.execute-api.eu-west-1.amazonaws.com"


class Client:
    """Calls the interface as its gateway does."""

    def __init__(self, dynamodb: str, text: str = SHOP, domain: str = URL) -> None:
        self.shop = Shop(dynamodb, text)
        self.query = Query(self.shop.world, PoisonQueue("queue", None, self.shop.queue, None))
        self.domain = domain
        self.late = lambda: False

    def __call__(self, method: str, path: str, query: str = "", body: Any = None, **more: Any) -> dict[str, Any]:
        """The response; each is held against the document."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        context = {"http": {"method": method}, "domainName": self.domain, "stage": "$default"}
        given = {"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {}, "requestContext": context}
        answered = self.query.answer({**given, "body": text, "isBase64Encoded": False, **more}, self.late)
        conforms(method, path, answered)
        return answered

    def get(self, path: str, query: str = "") -> Any:
        answered = self("GET", path, query)
        assert answered["statusCode"] == 200, answered
        return json.loads(answered["body"])

    def problem(self, method: str, path: str, query: str = "", body: Any = None, **more: Any) -> tuple[int, str]:
        answered = self(method, path, query, body, **more)
        told = json.loads(answered["body"])
        assert answered["headers"]["content-type"] == "application/problem+json"
        assert told["status"] == answered["statusCode"]
        return told["status"], told["detail"]


def conforms(method: str, path: str, answered: dict[str, Any]) -> None:
    """The document has this answer to this request, and its schema fits."""
    for route in ROUTES:
        if route.method == method and any(pattern.fullmatch(path) for pattern in route.patterns):
            operation = document()["paths"][route.path][method.lower()]
            responses = operation["responses"]
            status = str(answered["statusCode"])
            if answered["statusCode"] not in (413, 400):
                assert status in responses, (route.name, status)
            told = responses.get(status, responses["default"])
            schema = told["content"][answered["headers"]["content-type"]]["schema"]
            whole = Resource.from_contents(document(), default_specification=DRAFT202012)
            registry: Registry[Any] = Registry().with_resource("urn:api", whole)
            found = json.loads(json.dumps(schema).replace("#/components", "urn:api#/components"))
            Draft202012Validator(found, registry=registry).validate(json.loads(answered["body"]))
            return
    assert answered["statusCode"] in (404, 405)


@pytest.fixture
def client(dynamodb: str) -> Client:
    return Client(dynamodb)


def view(number: int, lead: str = "ann", **more: Any) -> dict[str, Any]:
    return event(number, lead, "view", {"path": "/pricing"}, **more)


# --- leads ------------------------------------------------------------------------------------------------------------


def test_a_lead_stands_as_the_command_line_says(client):
    client.shop([event(1), event(2, data={"amount": 35})])
    assert client.get("/leads/ann") == {
        "lead": "ann",
        "at": "2026-03-01T00:00:00Z",
        "scores": {"s": 45},
        "bands": {},
        "tallies": {},
        "stage": "ready",
        "entered": {"new": "2026-02-28T10:00:00Z", "ready": "2026-02-28T10:00:00Z"},
        "tags": [],
        "fields": {},
        "fired": [{"trigger": "ready", "at": "2026-02-28T10:00:00Z"}],
    }


def test_a_lead_stands_otherwise_at_other_instants(client):
    client.shop([event(1), event(2, time="2026-02-28T12:00:00Z")])
    assert client.get("/leads/ann", "at=2026-02-28T11:00:00Z")["scores"] == {"s": 10}
    assert client.get("/leads/ann", "at=2026-02-28T12:00:00+01:00")["scores"] == {"s": 10}
    assert client.get("/leads/ann", "at=2026-03-11")["scores"] == {"s": 18}, "it will have cooled down by then"
    assert client.problem("GET", "/leads/ann", "at=2026-02-01") == (
        404,
        "there is no such lead, or it has no event up to then",
    )


def test_an_explanation_adds_up_to_the_scores(client):
    client.shop([event(1), view(2), view(3, time="2026-02-28T11:00:00Z")])
    told = client.get("/leads/ann", "explain=true")
    entries = told["explanation"]
    assert sum(entry.get("points", 0) for entry in entries) == told["scores"]["s"] == 30
    assert entries[-1]["kind"] == "summary"
    assert [entry["rule"] for entry in entries if entry["kind"] == "fired"] == ["order", "pricing", "pricing"]
    assert client.get("/leads/ann", "explain=true&at=2026-02-28T10:30:00Z")["explanation"][-1]["shown"] == 20


def test_an_explanation_may_be_of_some_scores(dynamodb):
    client = Client(dynamodb, SHOP.replace("stages", "score other { rule order { on order add 1 } }\nstages"))
    client.shop([event(1)])
    told = client.get("/leads/ann", "explain=true&score=other")["explanation"]
    assert {entry["score"] for entry in told if "score" in entry} == {"other"}
    assert client.problem("GET", "/leads/ann", "explain=true&score=nothing")[0] == 400


def test_what_has_expired_is_not_explained(client):
    leads = client.shop.world.leads()
    leads.folding.retention = leads.deciding.retention = Retention(2 * DAY, leads.model.table.lateness)
    client.shop([event(1, time="2025-10-01T00:00:00Z"), event(2)])
    client.shop.world.leads().sweep(lead_key("ann"), NOW)
    assert client.problem("GET", "/leads/ann", "explain=true")[0] == 410
    assert client.problem("GET", "/leads/ann", "at=2025-11-01")[0] == 410
    assert client.get("/leads/ann")["lead"] == "ann"


@pytest.mark.parametrize("query", ["at=yesterday", "at=", "at=2026-01-01&at=2026-01-02", "explain=yes"])
def test_a_parameter_that_can_not_be_read_is_told(client, query):
    client.shop([event(1)])
    assert client.problem("GET", "/leads/ann", query)[0] == 400


@pytest.mark.parametrize("id", ["a/b", "ä ö", "100%", "%41", "a?b#c", "export", "a+b", "\U0001f600", "a/export"])
def test_a_lead_of_any_name_is_found_through_a_function_url(client, id):
    client.shop([event(1, id)])
    assert client.get(f"/leads/{quote(id, safe='')}")["lead"] == id
    assert client.get(f"/leads/{quote(id, safe='')}/export")["lead"] == id


@pytest.mark.parametrize("id", ["a/b", "ä ö", "100%", "%41", "a+b", "export"])
def test_a_lead_is_found_through_an_http_api_which_decodes_paths(dynamodb, id):
    client = Client(dynamodb, domain=API)
    client.shop([event(1, id)])
    assert client.get(f"/leads/{id}")["lead"] == id


def test_the_stage_of_an_http_api_is_no_part_of_the_path(client):
    client.shop([event(1)])
    context = {"http": {"method": "GET"}, "domainName": API, "stage": "prod"}
    answered = client.query.answer({"rawPath": "/prod/leads/ann", "requestContext": context}, lambda: False)
    assert answered["statusCode"] == 200


def test_a_lead_is_forgotten(client):
    client.shop([event(1)])
    told = json.loads(client("DELETE", "/leads/ann")["body"])
    assert told == {"items": 0, "claims": 1}
    assert client.problem("GET", "/leads/ann")[0] == 404
    assert client.problem("DELETE", "/leads/nobody")[0] == 404
    assert client.get("/leads/ann/export")["erased"] == {"events_up_to": "2026-03-01T00:00:00Z"}


def test_a_lead_that_takes_longer_to_forget_is_to_be_asked_for_again(client):
    client.shop([event(1)])
    client.late = lambda: "id" not in (client.shop.table.get(lead_key("ann"), "S") or {})
    answered = client("DELETE", "/leads/ann")
    assert answered["statusCode"] == 503
    assert answered["headers"]["retry-after"] == "1"
    client.late = lambda: False
    assert client("DELETE", "/leads/ann")["statusCode"] in (200, 404)
    assert len([item for page, _ in client.shop.table.scan() for item in page]) == 1


def test_what_is_known_of_a_lead_is_exported(client):
    client.shop([event(1)])
    assert client.get("/leads/ann/export")["events"] == [event(1)]
    assert client.problem("GET", "/leads/nobody/export")[0] == 404


def test_an_answer_that_is_too_large_says_so(client, monkeypatch):
    monkeypatch.setattr("runtime.handlers.web.MOST_ANSWERED", 300)
    client.shop([event(1)])
    assert client.problem("GET", "/leads/ann/export")[0] == 413


@pytest.mark.parametrize("body", ["x", '"', "\\", "\n", "é", "😀", "\ud800"], ids=ascii)
def test_no_answer_is_more_than_a_function_may_give(body):
    """Lambda takes 6 MB; its runtime clients write an answer as JSON, with letters as they are or as escapes."""
    most, least = MOST_ANSWERED // len(json.dumps(body)[1:-1]), 0
    while least < most - 1:
        middle = (least + most) // 2
        fits = response(Answer(body * middle))["statusCode"] == 200
        least, most = (middle, most) if fits else (least, middle)
    largest = response(Answer(body * least))
    assert 0.99 * MOST_ANSWERED < len(json.dumps(largest)) <= MOST_ANSWERED < 6 * 1024 * 1024
    assert len(json.dumps(largest, ensure_ascii=False).encode("utf-8", "surrogatepass")) <= MOST_ANSWERED
    assert response(Answer(body * most))["statusCode"] == 413


# --- accounts and segments --------------------------------------------------------------------------------------------


def test_an_account_stands_as_its_leads_do(client):
    shop = client.shop
    named = [event(f"a{at}", id, "lead", {"company": "Nord/Brük"}) for at, id in enumerate(("ann", "bob"))]
    shop([*named, event(1), event(2, "bob")])
    accounts = Accounts(shop.table, shop.world.model(), shop.world.leads(), now=lambda: NOW)
    assert accounts.take([Change(item["pk"], None, item) for item in states(shop.table)]) == {}
    told = client.get(f"/accounts/{quote('Nord/Brük', safe='')}")
    assert (told["account"], told["leads"], told["scores"]) == ("Nord/Brük", 2, {"heat": 20})
    decomposed = quote("Nord/Bru\u0308k", safe="")
    assert client.get(f"/accounts/{decomposed}", "at=2026-03-20")["scores"] == {"heat": 16.2}
    assert client.problem("GET", "/accounts/nobody")[0] == 404


def heated(client: Client, count: int) -> None:
    client.shop([event(number, f"lead-{number:03}", data={"amount": number % 7}) for number in range(count)])


def test_a_segment_that_fits_on_a_page_is_one(client):
    heated(client, 10)
    assert client.get("/segments/hottest") == {
        "segment": "hottest",
        "at": "2026-03-01T00:00:00Z",
        "leads": [{"rank": 1, "lead": "lead-006", "score": 6}, {"rank": 2, "lead": "lead-005", "score": 5}],
        "looked_at": 10,
        "total": 2,
        "cursor": None,
    }


def pages(client: Client, name: str, limit: int) -> list[dict[str, Any]]:
    found = [client.get(f"/segments/{name}", f"limit={limit}")]
    while found[-1]["cursor"] is not None:
        found.append(client.get(f"/segments/{name}", f"limit={limit}&cursor={found[-1]['cursor']}"))
    return found


def test_the_pages_of_a_segment_are_one_after_another(client, monkeypatch):
    monkeypatch.setattr("runtime.dynamo.segments._ENTRIES", 7)
    heated(client, 50)
    found = pages(client, "everybody", 9)
    assert [len(page["leads"]) for page in found] == [9, 9, 9, 9, 9, 5]
    assert {page["total"] for page in found} == {50}
    everybody = [lead for page in found for lead in page["leads"]]
    assert everybody == [{"rank": at + 1, "lead": f"lead-{at:03}"} for at in range(50)]


def test_a_segment_over_more_leads_than_one_call_can_look_at_comes_after_empty_pages(client):
    heated(client, 60)
    scan = client.shop.table.scan
    client.shop.table.scan = lambda **given: scan(**given, limit=25)  # type: ignore[method-assign]
    client.late = lambda: True
    found = pages(client, "hottest", 1)
    assert [page["leads"] for page in found[:2]] == [[], []]
    assert [lead["lead"] for page in found for lead in page["leads"]] == ["lead-006", "lead-013"]
    assert found[-1]["total"] == 2
    kept = [item for page, _ in scan() for item in page if item["pk"].startswith("G#")]
    assert kept
    assert all("ttl" in item for item in kept)


def test_all_pages_are_of_one_instant_whatever_comes_in_between(client):
    heated(client, 30)
    scan = client.shop.table.scan
    client.shop.table.scan = lambda **given: scan(**given, limit=5)  # type: ignore[method-assign]
    client.late = lambda: True
    first = client.get("/segments/hottest")
    client.shop.time = NOW + 30 * MINUTE
    client.shop([event(f"n{number}", f"lead-{number:03}", time="2026-03-01T00:20:00Z") for number in range(30)])
    client.late = lambda: False
    second = client.get("/segments/hottest", f"cursor={first['cursor']}")
    assert second["at"] == first["at"] == "2026-03-01T00:00:00Z"
    assert second["leads"] == [
        {"rank": 1, "lead": "lead-006", "score": 6},
        {"rank": 2, "lead": "lead-013", "score": 6},
    ]


def test_a_cursor_that_is_none_or_has_expired_is_told(client):
    heated(client, 5)
    cursor = client.get("/segments/everybody", "limit=2")["cursor"]
    assert client.problem("GET", "/segments/hottest", f"cursor={cursor}")[0] == 410
    for wrong in ("x", "W10", "bnVsbA", "é", quote(base64.b64encode(b'["x", -1]'))):
        assert client.problem("GET", "/segments/everybody", f"cursor={quote(wrong)}")[0] == 410
    client.shop.time = NOW + DAY
    assert client.problem("GET", "/segments/everybody", f"cursor={cursor}")[0] == 410


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many", "1e3", "٣"])
def test_a_limit_is_a_whole_number_in_its_range(client, limit):
    assert client.problem("GET", "/segments/everybody", f"limit={quote(limit)}")[0] == 400


def test_a_segment_that_the_model_does_not_have_is_told(client):
    assert client.problem("GET", "/segments/coldest")[0] == 404


# --- events -----------------------------------------------------------------------------------------------------------


def sent(client: Client, body: Any, query: str = "") -> list[dict[str, Any]]:
    answered = client("POST", "/events", query, body)
    assert answered["statusCode"] == 200, answered
    told: list[dict[str, Any]] = json.loads(answered["body"])["verdicts"]
    return told


def test_events_are_answered_with_a_verdict_each(client):
    told = sent(client, [event(1), event(1), {"a": 1}, 7, event(2)])
    assert [each["verdict"] for each in told] == ["accepted", "duplicate", "rejected", "rejected", "accepted"]
    assert sent(client, event(3)) == [{"verdict": "accepted"}]
    assert client.shop.scores() == {"ann": 30}
    assert client.shop.queue.messages == [], "the sender knows"


@pytest.mark.parametrize("body", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_a_body_that_is_nested_too_deeply_is_told(client, body):
    answered = client("POST", "/events", body=body)
    assert "too deeply" in answered["body"] or answered["statusCode"] == 400, answered


def test_a_body_that_is_no_base64_is_told(client):
    assert client.problem("POST", "/events", body="é", isBase64Encoded=True) == (400, "the body is no base64")


def test_a_body_may_be_base64(client):
    body = base64.b64encode(json.dumps(event(1)).encode()).decode()
    assert client("POST", "/events", "", body, isBase64Encoded=True)["statusCode"] == 200
    assert client.problem("POST", "/events", "", "?", isBase64Encoded=True)[0] == 400
    assert client.shop.scores() == {"ann": 10}


def test_a_payload_of_a_source_may_be_sent_and_what_it_refuses_is_kept(dynamodb):
    till = """
model shop { }
event order { amount: number }
score s { rule order { on order add amount } }
source till { lead "who" time "at" id "no" on "amount" give order { amount: "amount" } }
"""
    client = Client(dynamodb, till)
    sale = {"who": "ann", "at": "2026-02-28T10:00:00Z", "no": "7", "amount": 5}
    told = sent(client, [sale, {"who": "bob"}], "source=till")
    assert [each["verdict"] for each in told] == ["accepted", "rejected"]
    assert len(client.shop.queue.messages) == 1
    assert client.problem("POST", "/events", "source=nothing", sale)[0] == 400


def test_what_could_not_be_taken_is_told(client):
    whole = client.shop.table.put
    client.shop.table.put = lambda item, when=None: (_ for _ in ()).throw(OSError("down"))  # type: ignore[method-assign]
    assert client.problem("POST", "/events", "", [event(1)])[0] == 503
    client.shop.table.put = whole  # type: ignore[method-assign]
    assert sent(client, [event(1)]) == [{"verdict": "accepted"}]


def test_a_body_has_limits(client):
    assert client.problem("POST", "/events", "", [event(1)] * 1001)[0] == 413
    assert client.problem("POST", "/events", "", " " * 1_000_001)[0] == 413
    assert client.problem("POST", "/events", "", "")[0] == 400
    assert client.problem("POST", "/events", "", "[1,")[0] == 400


# --- the interface ----------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_told(client):
    assert client.problem("GET", "/")[0] == 404
    assert client.problem("GET", "/leads/")[0] == 404
    status, told = client.problem("PUT", "/leads/ann")
    assert (status, told) == (405, "what is there takes GET, DELETE")
    assert client.problem("GET", "/leads/%ff")[0] == 400


def test_the_document_is_valid_and_served(client):
    validate(document())
    assert client.get("/openapi.json") == json.loads(json.dumps(document()))


def test_the_page_about_the_interface_tells_every_route_and_parameter(root):
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    told = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert {f"{route.method} {route.path}" for route in ROUTES} <= told
    parameters = {each.name for route in ROUTES for each in route.parameters if each.place == "query"}
    assert {name for name in parameters if f"`{name}`" not in page and f"`{name}=" not in page} == set()


def test_every_route_is_answered_by_a_method_of_its_name():
    assert all(callable(getattr(Query, route.name)) for route in ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_points_kept_over_a_release_are_not_explained_wrongly(client):
    from runtime.chain import Chain
    from runtime.dynamo.model import Model

    tables = [(model_of(SHOP).table, -1), (model_of(SHOP.replace("add 10", "add 20")).table, NOW - DAY)]
    client.shop.released.now = Model(Chain.of(tables))
    client.shop([view(1, time="2026-02-20T10:00:00Z"), view(2, "bob")])
    assert client.problem("GET", "/leads/ann", "explain=true")[0] == 409
    assert client.get("/leads/bob", "explain=true")["scores"] == {"s": 20}
