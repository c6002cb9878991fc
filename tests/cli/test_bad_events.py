"""Event input of any shape: a line that is no event is rejected with a reason and kept, and nothing else happens."""

from __future__ import annotations

import json

import pytest

GOOD = (
    b'{"specversion":"1.0","id":"good","source":"web","type":"page_view","subject":"l1",'
    b'"time":"2026-01-05T10:00:00Z","data":{"path":"/pricing"}}'
)
ENVELOPE = '"specversion":"1.0","id":"bad","source":"web","subject":"l1"'
VIEW = ENVELOPE + ',"time":"2026-01-05T10:00:00Z","type":"page_view"'
OPENED = ENVELOPE + ',"time":"2026-01-05T10:00:00Z","type":"opened"'


def timed(time):
    return f'{{{ENVELOPE},"type":"page_view","time":{time},"data":{{"path":"/"}}}}'


NOT_JSON = {
    "truncated": GOOD[:-20],
    "two objects on a line": GOOD + GOOD,
    "a trailing comma": GOOD[:-1] + b",}",
    "not UTF-8": GOOD.replace(b"/pricing", b"/pri\xe9cing"),
    "not UTF-8 at all": b"\xff\xfe{\x00}\x00",
    "NaN": f'{{{VIEW},"data":{{"path":"/","pages":NaN}}}}'.encode(),
    "an infinity": f'{{{VIEW},"data":{{"path":"/","pages":-Infinity}}}}'.encode(),
    "half a surrogate pair": GOOD.replace(b"/pricing", b"/\\ud800"),
    "half a surrogate pair in a key": GOOD.replace(b'"data":{', b'"data":{"\\udc00":1,'),
    "a control character in a text": GOOD.replace(b"/pricing", b"/\x01"),
    "nested too deeply": GOOD[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a huge line": GOOD.replace(b"/pricing", b"/" + b"x" * 5_000_000),
    "a NUL": b"\x00",
    "a leading zero": f'{{{VIEW},"data":{{"path":"/","pages":01}}}}'.encode(),
    "single quotes": b"{'specversion':'1.0'}",
}
NO_EVENT = {
    "an array": b"[" + GOOD + b"]",
    "a text": b'"page_view"',
    "a number": b"17",
    "null": b"null",
    "no specversion": GOOD.replace(b'"specversion":"1.0",', b""),
    "another specversion": GOOD.replace(b'"1.0"', b'"0.3"'),
    "specversion as a number": GOOD.replace(b'"1.0"', b"1.0"),
    "id as a number": GOOD.replace(b'"good"', b"17"),
    "id as a boolean": GOOD.replace(b'"good"', b"true"),
    "no id": GOOD.replace(b'"id":"good",', b""),
    "no source": GOOD.replace(b'"source":"web",', b""),
    "no type": GOOD.replace(b'"type":"page_view",', b""),
    "no subject": GOOD.replace(b'"subject":"l1",', b""),
    "subject null": GOOD.replace(b'"l1"', b"null"),
    "no time": GOOD.replace(b'"time":"2026-01-05T10:00:00Z",', b""),
    "time as a number": timed("1767607200").encode(),
    "data as a list": f'{{{VIEW},"data":["/"]}}'.encode(),
    "data as a text": f'{{{VIEW},"data":"/"}}'.encode(),
}
BAD_TIME = {
    text: timed(json.dumps(text)).encode()
    for text in [
        "2026-01-05T10:00:00", "2026-01-05", "2026-01-05 10:00:00Z", "2026-02-29T00:00:00Z", "2026-01-05T24:00:00Z",
        "2026-01-05T10:00:60Z", "2026-01-05T10Z", "2026-1-5T10:00:00Z", "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z",
        "2026-01-05T10:00:00+1:00", "2026-01-05T10:00:00 Z", "２０２６-01-05T10:00:00Z", "now", "2026-01-05T10:00:00.Z",
    ]
}  # fmt: skip
BAD_VALUE = {
    "a boolean for a text": f'{{{VIEW},"data":{{"path":true}}}}',
    "a number for a text": f'{{{VIEW},"data":{{"path":1}}}}',
    "a list for a text": f'{{{VIEW},"data":{{"path":["/"]}}}}',
    "a boolean for a number": f'{{{VIEW},"data":{{"path":"/","pages":true}}}}',
    "a text for a number": f'{{{VIEW},"data":{{"path":"/","pages":"3"}}}}',
    "a fraction for an integer": f'{{{VIEW},"data":{{"path":"/","pages":1.5}}}}',
    "a number above its range": f'{{{VIEW},"data":{{"path":"/","pages":11}}}}',
    "a number of too many digits": f'{{{VIEW},"data":{{"path":"/","pages":1e400}}}}',
    "a number with a huge exponent": f'{{{VIEW},"data":{{"path":"/","pages":1e999999999999}}}}',
    "a number of very many digits": f'{{{VIEW},"data":{{"path":"/","pages":{"9" * 10000}}}}}',
    "a text for a boolean": f'{{{OPENED},"data":{{"hot":"true"}}}}',
    "a number for a boolean": f'{{{OPENED},"data":{{"hot":1}}}}',
    "a day that is none": f'{{{OPENED},"data":{{"day":"2026-02-30"}}}}',
    "a missing required property": f'{{{VIEW},"data":{{}}}}',
    "a required property that is null": f'{{{VIEW},"data":{{"path":null}}}}',
    "no data where a property is required": f"{{{VIEW}}}",
}
CASES = [
    *[("not JSON", name, line) for name, line in NOT_JSON.items()],
    *[("not a CloudEvents", name, line) for name, line in NO_EVENT.items()],
    *[("unreadable time", name, line) for name, line in BAD_TIME.items()],
    *[("bad value", name, line.encode()) for name, line in BAD_VALUE.items()],
    ("unknown type", "an unknown type", GOOD.replace(b"page_view", b"visit")),
    ("later than now", "the far future", GOOD.replace(b"2026", b"2990")),
]


@pytest.mark.parametrize(("reason", "name", "line"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES])
def test_a_bad_line_is_rejected_with_its_reason_and_kept_and_the_good_one_counts(
    reason, name, line, leadscore, model, events, tmp_path
):
    rejects = tmp_path / "bad.jsonl"
    path = events.file(line, GOOD)
    result = leadscore("score", model, "--events", path, "--rejects", rejects, "--json")
    assert result.status == 0
    assert [(each["lead"], each["tallies"]) for each in result.lines] == [("l1", {"views": 1})]
    assert result.err.startswith(f"1 event rejected: 1 {reason}")
    assert len(result.err.splitlines()) == 1
    assert len(rejects.read_bytes().splitlines()) == 1
    [kept] = [json.loads(each, parse_int=str) for each in rejects.read_text(encoding="utf-8").split("\n") if each]
    assert kept["reason"].startswith(reason)
    text = line.decode(errors="replace")
    assert kept["event"] == (text if reason == "not JSON" else json.loads(text, parse_int=str))


def test_a_last_line_without_a_line_break_is_an_event_too(leadscore, model, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(GOOD)
    assert len(leadscore("score", model, "--events", path, "--json").lines) == 1


def test_of_two_members_of_one_name_the_last_counts(leadscore, model, events):
    path = events.file(GOOD.replace(b'"path":"/pricing"', b'"path":7,"path":"/crm"'))
    result = leadscore("score", model, "--events", path, "--json")
    assert (result.err, result.lines[0]["scores"]["interest[crm]"]) == ("", 1)


@pytest.mark.parametrize(
    "again",
    [
        GOOD.replace(b"10:00:00Z", b"11:00:00.000+01:00"),
        GOOD.replace(b'{"path":"/pricing"}', b' { "path" : "\\u002fpricing" } '),
        GOOD[:-1] + b',"datacontenttype":"application/json"}',
    ],
)
def test_the_same_content_in_other_words_is_a_duplicate(again, leadscore, model, events):
    path = events.file(GOOD, again)
    result = leadscore("score", model, "--events", path)
    assert result.err == "at 2026-01-05T10:00:00Z: 1 lead; 1 new event, 1 duplicate\n"


@pytest.mark.parametrize(
    "other",
    [
        GOOD.replace(b'"l1"', b'"l2"'),
        GOOD.replace(b"10:00:00Z", b"10:00:01Z"),
        GOOD.replace(b'"/pricing"', b'"/pricing","x":1'),
    ],
)
def test_other_content_under_a_known_pair_is_rejected_in_one_run_and_in_two(other, leadscore, model, events, tmp_path):
    db = tmp_path / "s.db"
    one = events.file(GOOD, other)
    assert "1 other content under a known pair" in leadscore("score", model, "--events", one).err
    first, second = events.file(GOOD, name="1.jsonl"), events.file(other, name="2.jsonl")
    leadscore("score", model, "--events", first, "--db", db)
    assert "1 other content under a known pair" in leadscore("score", model, "--events", second, "--db", db).err


def test_lateness_is_held_against_what_earlier_runs_took_in_only(leadscore, model, events, tmp_path):
    db = tmp_path / "s.db"
    new, edge, late = (events.view(f"2026-01-{time}") for time in ("15T10:00Z", "05T10:00Z", "05T09:59:59.999999Z"))
    together = events.file(late, edge, new)
    assert leadscore("score", model, "--events", together, "--json").err == ""
    leadscore("score", model, "--events", events.file(new, name="1.jsonl"), "--db", db)
    result = leadscore("score", model, "--events", events.file(late, edge, name="2.jsonl"), "--db", db, "--json")
    assert (result.status, result.lines[0]["tallies"]) == (0, {"views": 2})
    assert result.err.startswith("1 event rejected: 1 too late")
