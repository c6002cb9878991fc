"""Whatever comes in, a source gives events that can be read, or says why not; and it raises nothing."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compile import compile_text
from compiler.load import LIBRARY
from runtime.intake import envelope
from runtime.mapping import NATIVE, Mapping, Unmapped
from runtime.table import Table

IMPORTS = "".join(f'import "leadscore/{path.stem}"\n' for path in sorted(LIBRARY.glob("*.score")))
MODEL = """model m { }
lead { email: text  company: account  points: integer  since: date }
event page_view { path: text  seconds: number  again: boolean  tags: list of text  at: instant }
"""
KEYS = [
    "type", "event", "event_name", "userId", "user_id", "uid", "timestamp", "time", "messageId", "id", "batch", "data",
    "properties", "traits", "detail", "detail-type", "contact", "key", "value", "hit", "mautic.page_on_hit", "e", "eid",
    "dtm", "event_id", "collector_tstamp", "event_timestamp", "event_params", "occurredAt", "objectId", "lead", "path",
    "subscriptionType", "seconds", "again", "tags", "points", "ue_px", "unstruct_event", "specversion",
]  # fmt: skip
TEXTS = [
    "page", "track", "identify", "page_view", "unstruct", "ue", "contact.propertyChange", "2026-03-02T10:00:00Z",
    "2026-03-02 10:00:00", "1772615550000", "lead", "u-1", "80%", "", "eyJhIjoxfQ", '{"data":{"data":{"a":1.50}}}',
    "é", "\u2028",
]  # fmt: skip
PLAIN = (
    st.none() | st.booleans() | st.sampled_from(TEXTS) | st.integers(-5, 5) | st.just(1772615550000)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=25,
)
RECORDS = st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=12)


@cache
def table() -> Table:
    compiled = compile_text(IMPORTS + MODEL)
    assert compiled.table is not None
    return compiled.table


@cache
def sources() -> list[str]:
    return [*sorted(table().sources), NATIVE]


@cache
def mapping_of(source: str) -> Mapping:
    return Mapping(table(), source)


def all_that_comes(source: str, payload: bytes) -> tuple[int, int]:
    """How many events and refusals a payload gives, each of which has been looked at, and those ignored."""
    mapping = mapping_of(source)
    before = mapping.ignored
    found = list(mapping.lines(payload))
    for each in found:
        if isinstance(each, Unmapped):
            assert each.reason
            assert each.original
        elif source != NATIVE:
            event = envelope(each)
            assert event["data"] is not None
            assert b"\n" not in each
    return len(found), mapping.ignored - before


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=3))
def test_every_record_is_mapped_refused_or_ignored(records: list[dict[str, object]]) -> None:
    payload = "\n".join(json.dumps(each) for each in records).encode()
    for source in sources():
        found, ignored = all_that_comes(source, payload)
        assert found + ignored > 0 or source in ("mautic", "segment", "hubspot_email", "snowplow_tp2")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:;\t\n\\0aé', max_size=60).map(str.encode))
def test_bytes_of_any_kind_are_told_about(payload: bytes) -> None:
    for source in ("csv", "snowplow", NATIVE):
        found, ignored = all_that_comes(source, payload)
        assert found or ignored or not payload.strip() or payload.strip()[:1] in (b"[", b"{", b"\xef")


@pytest.mark.parametrize("source", ["segment", "ga4", "snowplow", "csv"])
def test_the_same_payload_gives_the_same_lines(source: str) -> None:
    payload = json.dumps({name: TEXTS[at % len(TEXTS)] for at, name in enumerate(KEYS)}).encode()
    assert list(Mapping(table(), source).lines(payload)) == list(Mapping(table(), source).lines(payload))
