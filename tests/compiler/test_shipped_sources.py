"""The sources that come with leadscore, on payloads made up for them and on examples beside the project."""

from __future__ import annotations

import base64
import json
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compiler.compile import compile_text
from compiler.load import LIBRARY
from runtime.mapping import Mapping, Unmapped
from runtime.run import Run
from runtime.table import Table

IMPORTS = "".join(f'import "leadscore/{path.stem}"\n' for path in sorted(LIBRARY.glob("*.score")))
AT = "2026-03-04T09:12:30Z"
MILLIS = 1772615550000


@cache
def table_of(more: str = "") -> Table:
    compiled = compile_text(IMPORTS + "model m { }\n" + more)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def given(source: str, payload: Any, more: str = "") -> list[Any]:
    """What a source gives: (id, type, lead, time, data) for each event, the reason of what is not mapped."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    found = []
    for line in Mapping(table_of(more), source).lines(data):
        if isinstance(line, Unmapped):
            found.append(line.reason)
        else:
            event = json.loads(line, parse_float=Decimal)
            found.append((event["id"], event["type"], event["subject"], event["time"], event["data"]))
    return found


# --- Segment ----------------------------------------------------------------------------------------------------------


def call(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "messageId": "m", "userId": "u", "timestamp": AT, **more}


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (
            call("page", properties={"url": "https://x.test/a?b"}, context={"campaign": {"name": "spring"}}),
            [("m", "page_view", "u", AT, {"url": "https://x.test/a?b", "path": "/a", "utm_campaign": "spring"})],
        ),
        (
            call("page", context={"page": {"path": "/c", "title": "C"}}),
            [("m", "page_view", "u", AT, {"path": "/c", "title": "C"})],
        ),
        (
            call("track", event="Plan Chosen", properties={"seats": 3, "price": 9.9}),
            [("m", "Plan Chosen", "u", AT, {"seats": 3, "price": Decimal("9.9")})],
        ),
        (
            call("identify", traits={"email": "a@b.test", "company": {"name": "Acme", "id": 1}, "role": None}),
            [("!m", "lead", "u", AT, {"email": "a@b.test", "company": "Acme", "role": None})],
        ),
        (call("identify", traits={"company": "Acme"}), [("!m", "lead", "u", AT, {"company": "Acme"})]),
        (call("identify", traits={"company": {"id": 1}}), [("!m", "lead", "u", AT, {})]),
        (
            call("group", groupId="g", traits={"employees": 50}),
            [("!m", "lead", "u", AT, {"employees": 50, "company": "g"})],
        ),
        (call("alias", previousId="p"), []),
        (call("screen", name="Home", userId=None, anonymousId="x"), [("m", "screen_view", "x", AT, {"name": "Home"})]),
        (call("track", properties={}), ["no type: `event` gives nothing"]),
        (call("strange"), ["no clause fits: the source `segment` says nothing of such a record"]),
        ({"batch": []}, []),
        (
            {"batch": [call("page", timestamp=None), call("track", userId=None, event="x")], "sentAt": AT},
            [("m", "page_view", "u", AT, {}), "no lead: `userId || anonymousId` gives nothing"],
        ),
    ],
)
def test_segment(payload: Any, wanted: list[Any]) -> None:
    assert given("segment", payload) == wanted


# --- HubSpot ----------------------------------------------------------------------------------------------------------


def hook(kind: str, **more: Any) -> dict[str, Any]:
    return {"subscriptionType": kind, "eventId": 5, "portalId": 3, "objectId": 7, "occurredAt": MILLIS, **more}


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (
            [hook("contact.propertyChange", propertyName="numemployees", propertyValue="180"), hook("deal.creation")],
            [("!3-7-5", "lead", "7", AT, {"numemployees": 180})],
        ),
        (
            [hook("contact.propertyChange", propertyName="numemployees", propertyValue="")],
            [("!3-7-5", "lead", "7", AT, {})],
        ),
        (hook("contact.creation", changeSource="FORM"),
         [("3-7-5", "contact_created", "7", AT, {"change_source": "FORM"})]),
        (hook("contact.merge"), ["no clause fits: the source `hubspot` says nothing of such a record"]),
        ({"unlike": "a hook"}, []),
    ],
)  # fmt: skip
def test_hubspot(payload: Any, wanted: list[Any]) -> None:
    assert given("hubspot", payload, 'lead { employees: integer as "numemployees" }') == wanted


def test_hubspot_email() -> None:
    base = {"id": "e", "created": MILLIS, "recipient": "Kari@X.test", "emailCampaignId": 2}
    click = {**base, "type": "CLICK", "url": "https://x.test/p?a=b"}
    payload = {"events": [click, {**base, "type": "SENT"}, {**base, "type": "OPEN", "filteredEvent": True}]}
    data = {"campaign": "2", "url": "https://x.test/p?a=b", "path": "/p"}
    found = given("hubspot_email", payload, "event email_click { campaign: text }")
    assert found == [("e", "email_click", "kari@x.test", AT, data)]


# --- Mautic -----------------------------------------------------------------------------------------------------------


def contact(**fields: Any) -> dict[str, Any]:
    core = {name: {"alias": name, "value": value, "normalizedValue": value} for name, value in fields.items()}
    return {"id": 9, "fields": {"core": core, "social": []}}


def test_mautic() -> None:
    payload = {
        "timestamp": AT,
        "mautic.page_on_hit": [
            {"hit": {"id": 1, "url": "https://x.test", "lead": contact(email="a@b.test")}, "timestamp": AT},
            {"hit": {"id": 2, "url": "https://x.test/b", "lead": {"id": 10}}, "timestamp": AT},
        ],
        "mautic.lead_post_save_update": [{"contact": contact(points="35", title=None), "timestamp": AT}],
        "mautic.lead_post_delete": [{"id": 9, "contact": contact(), "timestamp": AT}],
        "mautic.unheard_of": [{"contact": contact(), "timestamp": AT}],
    }
    found = given("mautic", payload, "lead { points: integer  title: text }")
    assert found[:3] == [
        ("!hit-1", "lead", "9", AT, {"email": "a@b.test"}),
        ("hit-1", "page_hit", "9", AT, {"url": "https://x.test", "path": "/"}),
        ("hit-2", "page_hit", "10", AT, {"url": "https://x.test/b", "path": "/b"}),
    ]
    assert found[3][1:] == ("lead", "9", AT, {"points": 35, "title": None})
    assert found[4:] == ["no clause fits: the source `mautic` says nothing of such a record"]


# --- Snowplow ---------------------------------------------------------------------------------------------------------


def enriched(**cells: str) -> bytes:
    """A row of the enriched stream."""
    columns = table_of().sources["snowplow"].columns
    assert len(columns) == 131
    row = {"event_id": "e", "collector_tstamp": "2026-03-04 09:12:30.000", "domain_userid": "d", **cells}
    return "\t".join(row.get(name, "") for name in columns).encode() + b"\n"


SELF = json.dumps({"schema": "iglu:a/unstruct/jsonschema/1-0-0", "data": {"schema": "s", "data": {"seats": 4.50}}})

TABLE = b"""event_id,event,event_name,collector_tstamp,user_id,unstruct_event_a_demo_1
e,unstruct,demo,2026-03-04 09:12:30,u,"[{""seats"":4}]"
"""


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (
            enriched(event="page_view", page_urlpath="/a", user_id="u", derived_tstamp="2026-03-04 09:12:31.5"),
            [("e", "page_view", "u", "2026-03-04T09:12:31.5Z", {"path": "/a"})],
        ),
        (enriched(event="struct", se_category="c", se_value="3.5"),
         [("e", "structured", "d", AT, {"category": "c", "value": "3.5"})]),
        (enriched(event="unstruct", event_name="demo", unstruct_event=SELF),
         [("e", "demo", "d", AT, {"seats": Decimal("4.5")})]),
        (enriched(event="page_ping"), []),
        (enriched(event="page_view")[:-1] + b"\textra",
         ["not a row of the columns: it has 132 cells, and there are 131 cells"]),
        (
            {"event": "unstruct", "event_name": "demo", "event_id": "e", "collector_tstamp": AT, "user_id": "u",
             "unstruct_event_com_acme_demo_1_0_0": {"seats": 4}},
            [("e", "demo", "u", AT, {"seats": 4})],
        ),
        (TABLE, [("e", "demo", "u", AT, {"seats": 4})]),
    ],
    ids=["page", "struct", "self-describing", "ping", "too many", "json", "table"],
)  # fmt: skip
def test_snowplow(payload: Any, wanted: list[Any]) -> None:
    assert given("snowplow", payload) == wanted


def test_snowplow_tracker_posts() -> None:
    demo = {"schema": "x", "data": {"schema": "iglu:com.acme/demo_requested/jsonschema/1-0-0", "data": {"seats": 40}}}
    packed = base64.urlsafe_b64encode(json.dumps(demo).encode()).decode().rstrip("=")
    base = {"eid": "e", "uid": "u", "dtm": str(MILLIS), "url": "https://x.test/p?utm_source=mail"}
    events = [{**base, "e": "ue", "ue_px": packed}, {**base, "e": "ue", "ue_pr": json.dumps(demo)},
              {**base, "e": "pv", "page": "P"}, {**base, "e": "pp"}]  # fmt: skip
    found = given("snowplow_tp2", {"schema": "iglu:…", "data": events})
    assert found[0] == found[1] == ("e", "demo_requested", "u", AT, {"seats": 40, "path": "/p"})
    assert found[2][4] == {
        "url": "https://x.test/p?utm_source=mail", "host": "x.test", "path": "/p", "title": "P", "utm_source": "mail",
    }  # fmt: skip
    assert len(found) == 3


# --- others -----------------------------------------------------------------------------------------------------------


def test_eventbridge() -> None:
    payload = {"id": "i", "source": "shop", "detail-type": "order", "time": AT, "detail": {"userId": 4, "total": 1.50}}
    assert given("eventbridge", payload) == [("i", "order", "4", AT, {"userId": 4, "total": Decimal("1.5")})]
    (line,) = Mapping(table_of(), "eventbridge").lines(json.dumps(payload).encode())
    assert isinstance(line, bytes)
    assert json.loads(line)["source"] == "shop"


def test_rdstation() -> None:
    payload = {
        "event_type": "WEBHOOK.CONVERTED", "event_identifier": "demo",
        "event_timestamp": "2026-03-04T06:12:30.000-03:00",
        "contact": {"uuid": "c", "email": "a@b.test", "company": {"name": "Acme"}, "tags": ["x"]},
    }  # fmt: skip
    attributes, event = given("rdstation", payload)
    assert attributes[1:] == ("lead", "c", AT, {"email": "a@b.test", "company": "Acme", "tags": ["x"]})
    assert event[1:] == ("conversion", "c", AT, {"identifier": "demo"})
    assert attributes[0] == f"!{event[0]}"


def test_ga4() -> None:
    payload = {
        "event_name": "purchase", "event_timestamp": str(MILLIS * 1000), "user_pseudo_id": "p", "user_id": None,
        "event_bundle_sequence_id": 7,
        "event_params": [
            {"key": "page_location", "value": {"string_value": "https://x.test/cart?a"}},
            {"key": "value", "value": {"string_value": None, "double_value": 12.5}},
            {"key": "items", "value": {"int_value": "3"}},
        ],
        "user_properties": [{"key": "plan", "value": {"string_value": "team"}}],
    }  # fmt: skip
    found = given("ga4", [payload, {**payload, "event_name": "session_start"}], "event purchase { items: integer }")
    id = f"p-{MILLIS * 1000}-purchase-7"
    data = {"page_location": "https://x.test/cart?a", "value": Decimal("12.5"), "items": 3, "path": "/cart"}
    assert found == [(f"!{id}", "lead", "p", AT, {"plan": "team"}), (id, "purchase", "p", AT, data)]


def test_csv() -> None:
    rows = (
        b"time,lead,type,country,path\n2026-03-04T09:12:30Z,u,lead,NO,\n2026-03-04 09:12:30,u,visit,,/a\n,u,visit,,/b\n"
    )
    found = given("csv", rows)
    assert found[0][1:4] == ("lead", "u", AT)
    assert found[0][4]["country"] == "NO"
    assert found[1][1:4] == ("visit", "u", AT)
    assert found[1][4]["path"] == "/a"
    assert found[2] == "no time: `time` gives nothing"


# --- examples beside the project --------------------------------------------------------------------------------------


def data_of(shared: Path, name: str) -> Path:
    folder = shared / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not beside the project")
    return folder


@pytest.mark.parametrize(
    ("file", "source", "types"),
    [
        ("cloudevents_batch.json", "cloudevents",
         ["com.example.lead.demo_requested.v1", "com.example.lead.page_viewed.v1"]),
        ("cloudevents_structured.json", "cloudevents", ["com.example.lead.demo_requested.v1"]),
        ("eventbridge.json", "eventbridge", ["lead.demo_requested"]),
        ("ga4_bigquery_export_row.json", "ga4", ["page_view"]),
        ("hubspot_email_event.json", "hubspot_email", ["email_open"]),
        ("hubspot_webhook_batch.json", "hubspot", ["lead", "contact_created", "contact_privacy_deleted"]),
        ("mautic_webhook.json", "mautic", ["lead", "page_hit", "lead", "points_change", "lead", "form_submit", "lead",
                                           "subscription_change"]),
        ("rdstation_webhook.json", "rdstation", ["lead", "conversion"]),
        ("segment_batch.json", "segment", ["lead", "Trial Started"]),
        ("segment_identify.json", "segment", ["lead"]),
        ("segment_page.json", "segment", ["page_view"]),
        ("segment_track.json", "segment", ["Demo Requested"]),
        ("snowplow_enriched_event_real.json", "snowplow", ["page_view"]),
        ("snowplow_tp2_post.json", "snowplow_tp2", ["page_view", "demo_requested", "structured"]),
    ],
)  # fmt: skip
def test_an_example_of_a_payload_is_mapped_in_full(shared: Path, file: str, source: str, types: list[str]) -> None:
    payload = (data_of(shared, "shapes") / file).read_bytes()
    assert [each[1] for each in given(source, payload)] == types


def test_a_month_of_a_real_site_is_mapped_in_full(shared: Path) -> None:
    payload = (data_of(shared, "snowplow") / "snowplow_web_events.csv").read_bytes()
    table = table_of(
        "event page_view { path: text }\nevent link_click { targetUrl: text }\ntally views { on page_view }"
    )
    mapping = Mapping(table, "snowplow")
    found = list(mapping.lines(payload))
    lines = [line for line in found if isinstance(line, bytes)]
    assert (len(lines), len(found) - len(lines), mapping.ignored) == (152, 0, 8)
    run = Run(table)
    run.take(lines)
    assert Counter(each.reason.partition(":")[0] for each in run.rejects).keys() <= {
        "unknown type", "other content under a known pair of source and id",
    }  # fmt: skip
    assert run.accepted > 50
