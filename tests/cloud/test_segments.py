"""Segments read page by page over a table are those of the language, however few leads a call can look at."""

from __future__ import annotations

import json
import random

import pytest

from runtime.dynamo.segments import Entry, Segments
from runtime.segments import segment
from runtime.times import DAY, read_instant
from tests.cloud.leads import World

MODEL = """
model shop { }
event order { amount: number }
score s {
  rule order { on order add amount }
  degrade { after 2 days without activity by 20% every 1 day }
}
segment best   { highest 30% by s where s > 2 }
segment worst  { lowest 7 by s }
segment all    { where s >= 0 }
segment asleep { where idle for 3 days }
segment nobody { highest 5 by s where s > 1000 }
"""
NOW = read_instant("2026-03-01T00:00:00Z")
NAMES = ("best", "worst", "all", "asleep", "nobody")


@pytest.fixture(scope="module")
def world(dynamodb: str) -> World:
    chance, made = random.Random(5), World(dynamodb, MODEL)
    made.time = NOW
    lines = []
    for number in range(70):
        lead = chance.choice(("a", "B", "é", "\U0001f600", "lead-")) + str(chance.randrange(12))
        data = json.dumps({"amount": chance.randrange(9)})
        day = 20 + chance.randrange(8)
        lines.append(
            f'{{"specversion":"1.0","id":"{number}","source":"web","type":"order","subject":"{lead}",'
            f'"time":"2026-02-{day}T10:00:00Z","data":{data}}}'
        )
    assert {verdict.kind for verdict in made.take(lines)} == {"accepted"}
    return made


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("looked", "most", "late"), [(1000, 1000, False), (40, 3, True)])
@pytest.mark.parametrize("at", [NOW - 4 * DAY, NOW + 10 * DAY])
def test_the_pages_put_together_are_the_segment(world, monkeypatch, name, looked, most, late, at):
    monkeypatch.setattr("runtime.dynamo.segments._ENTRIES", 8)
    scan = world.table.scan
    monkeypatch.setattr(world.table, "scan", lambda **given: scan(**given, limit=looked))
    segments = Segments(world.table, world.leads, lambda: NOW)
    page = segments.begin(name, at, most, lambda: late)
    found: list[Entry] = list(page.entries)
    calls = 1
    while page.cursor is not None:
        page = segments.go_on(name, page.cursor, most, lambda: late)
        assert not page.entries or page.rank == len(found) + 1
        found += page.entries
        calls += 1
    expected = segment(world.model.plan, name, world.at(at), at)
    assert found == [(lead.id, points) for _, lead, points in expected]
    assert page.total == len(found)
    assert (calls > 2) is late
