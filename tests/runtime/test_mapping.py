"""From payloads to CloudEvents lines, by a source of a model."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from compiler.compile import compile_text
from runtime.mapping import Mapping, MappingError, Unmapped
from runtime.run import Run
from runtime.table import Table, dump, load, meaning

MODEL = """model m { }
lead { company: account  plan: text as "Plan"  size: integer  score: number computed }
event visit { path: text  seconds: integer  ratio: percent  again: boolean  tags: list of text  utm: text as "utm-c" }
event order as "Order Placed" { amount: number }
"""


def table_of(source: str, model: str = MODEL) -> Table:
    compiled = compile_text(model + source)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def mapped(source: str, *payloads: Any) -> list[Any]:
    """What a source called `s` gives: events as objects, what is not mapped as its reason."""
    mapping = Mapping(table_of(source), "s")
    given = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in payloads]
    found = [line for payload in given for line in mapping.lines(payload)]
    return [each.reason if isinstance(each, Unmapped) else json.loads(each, parse_float=Decimal) for each in found]


HEAD = 'source s { id "id"  time "at"  lead "who" '
RECORD = {"id": "1", "at": "2026-03-02T10:00:00+01:00", "who": "l1", "kind": "view", "p": "/a"}


def test_a_record_gives_the_event_of_the_first_clause_that_fits() -> None:
    found = mapped(
        HEAD + 'on "kind == \'no\'" give order  on "kind" give visit { path: "p" }  on "p" give order }', RECORD
    )
    assert found == [
        {
            "specversion": "1.0", "id": "1", "source": "s", "type": "visit", "subject": "l1",
            "time": "2026-03-02T09:00:00Z", "data": {"path": "/a"},
        }
    ]  # fmt: skip


def test_names_become_their_spellings_in_json() -> None:
    found = mapped(HEAD + 'else give order { amount: "n" } give visit { utm: "c" } set { plan: "p" } }',
                   {**RECORD, "n": "12.50", "c": "x"})  # fmt: skip
    assert [(each["type"], each["data"]) for each in found] == [
        ("lead", {"Plan": "/a"}),
        ("Order Placed", {"amount": Decimal("12.5")}),
        ("visit", {"utm-c": "x"}),
    ]
    assert [each["id"] for each in found] == ["!1", "1", "1#2"]


def test_attributes_that_come_with_an_event_count_at_it() -> None:
    table = table_of(
        HEAD + 'else give visit set { size: "n" } }\n'
        "score big { rule r { on visit where lead.size > 10  add 5 } }"
    )  # fmt: skip
    run = Run(table, now=4_000_000_000_000_000)
    run.take(
        each for each in Mapping(table, "s").lines(json.dumps({**RECORD, "n": 20}).encode()) if type(each) is bytes
    )
    (lead,) = run.finish().leads
    assert [shown(lead, 2**60) for shown in run.plan.shown] == [5000]


@pytest.mark.parametrize(
    ("clauses", "wanted"),
    [
        ('ignore "kind == \'view\'"  else give visit', []),
        ('where "kind == \'click\'"  else give visit', []),
        ('on "kind == \'click\'" give visit', ["no clause fits: the source `s` says nothing of such a record"]),
        ('on "kind == \'click\'" give visit  else ignore', []),
        ('on "kind == \'click\'" give visit  else give order', ["Order Placed"]),
        ('always give visit  ignore "kind == \'click\'"', ["visit"]),
        ('on "kind" give order  always give visit', ["Order Placed", "visit"]),
        ('on "kind" give visit  always set { plan: "gone" }', ["visit"]),
        ('else set { plan: "gone" }', ["lead"]),
        ('else set { plan: "p" }  always set { plan: "kind"  size: "id" }', ["lead"]),
        ("else give \"kind\"", ["view"]),
        ("else give \"lookup(kind, {view: 'visit'})\"", ["visit"]),
        ('else give "gone"', ["no type: `gone` gives nothing"]),
        ("else give \"'lead'\"", ["no type: an event from another system can't be of the type `lead`"]),
        ('else give visit with "p"', ['no properties: `p` gives "/a", which is not an object']),
    ],
)  # fmt: skip
def test_clauses_say_what_becomes_of_a_record(clauses: str, wanted: list[str]) -> None:
    assert [each if isinstance(each, str) else each["type"] for each in mapped(HEAD + clauses + " }", RECORD)] == wanted


def test_what_is_ignored_is_counted() -> None:
    mapping = Mapping(table_of(HEAD + "where \"id != '2'\"  ignore \"id == '3'\"  else give visit }"), "s")
    records = [{**RECORD, "id": str(id)} for id in range(5)]
    assert len(list(mapping.lines(json.dumps(records).encode()))) == 3
    assert mapping.ignored == 2


def test_all_properties_at_once_keep_what_no_entry_replaces() -> None:
    given = {**RECORD, "props": {"path": "/x", "seconds": 3, "other": [1.50, None], "utm-c": "a"}}
    (event,) = mapped(HEAD + 'else give visit with "props" { path: "p"  seconds: "gone" } }', given)
    assert event["data"] == {"path": "/a", "other": [Decimal("1.5"), None], "utm-c": "a"}


def test_null_among_all_attributes_takes_one_away() -> None:
    (event,) = mapped(HEAD + 'else set with "traits" }', {**RECORD, "traits": {"Plan": None, "company": "acme"}})
    assert event["data"] == {"Plan": None, "company": "acme"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"seconds": "35"}, {"seconds": 35}),
        ({"seconds": " 35.0 "}, {"seconds": 35}),
        ({"seconds": ""}, {}),
        ({"seconds": "many"}, {"seconds": "many"}),
        ({"seconds": True}, {"seconds": True}),
        ({"ratio": "80%"}, {"ratio": 80}),
        ({"ratio": "12.5"}, {"ratio": Decimal("12.5")}),
        ({"again": "True"}, {"again": True}),
        ({"again": 0}, {"again": False}),
        ({"again": "maybe"}, {"again": "maybe"}),
        ({"again": ""}, {}),
        ({"path": 10421}, {"path": "10421"}),
        ({"path": 1.50}, {"path": "1.5"}),
        ({"path": False}, {"path": "false"}),
        ({"path": ""}, {"path": ""}),
        ({"tags": "a; b;"}, {"tags": ["a", "b"]}),
        ({"tags": [1, "b"]}, {"tags": ["1", "b"]}),
        ({"other": "35"}, {"other": "35"}),
    ],
)
def test_values_are_brought_to_the_types_of_the_model_where_nothing_is_lost(given: Any, wanted: Any) -> None:
    (event,) = mapped(HEAD + 'else give visit with "props" }', {**RECORD, "props": given})
    assert event["data"] == wanted


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"who": None}, "no lead: `who` gives nothing"),
        ({"who": ""}, "no lead: `who` gives nothing"),
        ({"who": {"id": 1}}, "no text: an object stands where an id, a lead, a source or a type must"),
        ({"who": True}, "no text: true stands where an id, a lead, a source or a type must"),
        ({"at": None}, "no time: `at` gives nothing"),
        ({"at": "soon"}, 'unreadable time: "soon" is not a time like 2026-03-02T10:00:00Z'),
    ],
)
def test_a_record_that_can_not_be_mapped_is_told_why(change: Any, reason: str) -> None:
    assert mapped(HEAD + "else give visit }", {**RECORD, **change}) == [reason]


def test_what_is_not_mapped_is_given_back_exactly() -> None:
    mapping = Mapping(table_of(HEAD + "else give visit }"), "s")
    record = '{"id":"1","n":[1.10,12345678901234567890123,1e400,"é"],"z":null}'
    (found,) = mapping.lines(record.encode())
    assert isinstance(found, Unmapped)
    assert found.original.decode() == record.replace("1.10", "1.1")


def test_numbers_name_leads_and_events_too() -> None:
    (event,) = mapped(HEAD + "else give visit }", {**RECORD, "id": 12345678901234567, "who": 10421})
    assert (event["id"], event["subject"]) == ("12345678901234567", "10421")


def test_a_record_without_an_id_is_known_again_by_its_content() -> None:
    first = b'{"at":"2026-03-02T10:00Z","who":"l1","n":1.0,"deep":{"a":1,"b":2}}'
    again = b'{ "deep": {"b": 2, "a": 1}, "n": 1, "who": "l1", "at": "2026-03-02T10:00Z" }'
    other = b'{"at":"2026-03-02T10:00Z","who":"l1","n":2,"deep":{"a":1,"b":2}}'
    ids = [each["id"] for each in mapped(HEAD + "else give visit }", first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 32


def test_records_lie_where_each_says() -> None:
    source = 'source s { each "not_null(batch, @)"  id "id"  time "at || whole().sent"  lead "who"  else give visit }'
    late = {"id": "2", "who": "l2"}
    found = mapped(source, {"batch": [RECORD, late], "sent": "2026-03-02T12:00Z"}, RECORD, {"batch": []})
    assert [(each["id"], each["time"]) for each in found] == [
        ("1", "2026-03-02T09:00:00Z"), ("2", "2026-03-02T12:00:00Z"), ("1", "2026-03-02T09:00:00Z"),
    ]  # fmt: skip


def test_a_payload_without_records_is_told() -> None:
    source = 'source s { each "data"  id "id"  time "at"  lead "who"  else give visit }'
    found = mapped(source, {"x": 1}, {"data": ["x", RECORD]})
    assert found[:2] == ["no records: `data` gives nothing", 'no record: "x" is not an object']
    assert found[2]["id"] == "1"


def test_rows_are_records_whatever_each_says() -> None:
    source = (
        'source s { each "batch"  time "at" in "UTC"  lead "field(\'Lead ID\')"  else give visit { seconds: "n" } }'
    )
    found = mapped(source, b"Lead ID;at;n\nl1;2026-03-02 10:00;3\n;2026-03-02 10:00;3\n")
    assert found[0]["data"] == {"seconds": 3}
    assert found[1] == "no lead: `field('Lead ID')` gives nothing"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"poison", "unreadable payload: it is no JSON, and no table: its only line has no columns"),
        (b"a,b", "unreadable payload: it is no JSON, and has no row beneath its columns"),
        (b"a,a\n1,2", "unreadable payload: two columns are called `a`"),
        (b'{"a":', "not JSON: Expecting value at line 1, column 6"),
        (b"\xff\xfe", "unreadable payload: the line with the columns is not UTF-8"),
        (b'{"a":' * 100_000, "not JSON: it is nested too deeply"),
    ],
)
def test_no_payload_is_dropped_in_silence(payload: bytes, reason: str) -> None:
    assert mapped(HEAD + "else give visit }", payload) == [reason]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", "not usable: it is nested more than 200 levels deep"),
        (
            json.dumps({**RECORD, "p": "[" * 900 + "]" * 900}).encode(),
            "not usable: what is in it is nested too deeply",
        ),
    ],
)
def test_a_record_nested_too_deeply_is_given_back(payload: bytes, reason: str) -> None:
    assert mapped(HEAD + 'else give visit { path: "from_json(p)" } }', payload) == [reason]


def test_cloudevents_need_no_source() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "web", "type": "visit", "subject": "l", "time": "x", "data": {}}
    mapping = Mapping(table_of(""), "cloudevents")
    for payload in (json.dumps(event), json.dumps([event]), json.dumps(event, indent=2)):
        assert [json.loads(each) for each in mapping.lines(payload.encode())] == [event]
    assert [each.reason for each in mapping.lines(b"[1]")] == ["no record: 1 is not an object"]


def test_a_source_that_there_is_not_is_told() -> None:
    with pytest.raises(MappingError, match="no source `t`"):
        Mapping(table_of(""), "t")


def test_the_origin_of_events_may_stand_in_the_record() -> None:
    source = 'source s { id "id"  source "site"  time "at"  lead "who"  else give visit }'
    assert [each["source"] for each in mapped(source, {**RECORD, "site": "shop"}, RECORD)] == ["shop", "s"]


def test_a_source_like_another_says_its_own_first() -> None:
    source = """
    source s like base { time "sent"  ignore "kind == 'view' && p == '/health'"  on "p == '/buy'" give order }
    source base { id "id"  time "at"  lead "who"  on "kind == 'view'" give visit { path: "p" }  else ignore }
    """
    given = {**RECORD, "sent": "2026-03-02T12:00Z"}
    found = mapped(source, given, {**given, "p": "/health"}, {**given, "p": "/buy"}, {**given, "kind": "x"})
    assert [(each["type"], each["time"]) for each in found] == [
        ("visit", "2026-03-02T12:00:00Z"), ("Order Placed", "2026-03-02T12:00:00Z"),
    ]  # fmt: skip


def test_sources_are_in_the_table_and_not_in_its_meaning() -> None:
    plain, with_source = table_of(""), table_of(HEAD + "else give visit }")
    assert b"sources" not in dump(plain)
    assert load(dump(with_source)) == with_source
    assert dump(plain) != dump(with_source)
    assert meaning(plain) == meaning(with_source)
