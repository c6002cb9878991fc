"""Sources that come with leadscore, in the function that takes events in: what they read from a file comes in by a
queue just so."""

from __future__ import annotations

import pytest

from runtime.handlers import poison
from tests.cloud.functions import Shop, failures, sqs

MODEL = """
import "leadscore/csv"
import "leadscore/segment"
model shop { }
lead { country: text }
event visit { path: text }
score s {
  rule visit { on visit where path = "/a"  add 10 }
  rule home  { when country = "NO"  add 5 }
}
"""
ROWS = """time,lead,type,country,path
2026-02-28T09:12:30Z,ann,lead,NO,
2026-02-28T09:12:31Z,ann,visit,,/a
2026-02-28T09:12:32Z,bob,visit,,/a
"""
TRACK = {
    "type": "track", "event": "visit", "messageId": "m-1", "userId": "ann", "timestamp": "2026-02-28T10:00:00.000Z",
    "properties": {"path": "/a"},
}  # fmt: skip


@pytest.fixture
def shop(dynamodb: str) -> Shop:
    return Shop(dynamodb, MODEL)


def test_rows_with_a_header_come_in_by_a_queue_and_count_once(shop):
    for _ in range(2):
        assert failures(shop(sqs(ROWS, attributes={"leadscore-source": "csv"}))) == []
        assert shop.scores() == {"ann": 15, "bob": 10}


def test_a_row_that_can_not_be_used_leaves_the_others_in_and_is_kept(shop):
    assert failures(shop(sqs(ROWS + ",eve,visit,,/a\n", attributes={"leadscore-source": "csv"}))) == []
    assert shop.scores() == {"ann": 15, "bob": 10}
    (kept,) = [poison.read(body) for body in shop.queue.messages]
    assert kept.reasons == ("no time: `time` gives nothing",)
    assert kept.record.body.decode().endswith(",eve,visit,,/a\n")


def test_a_call_of_segment_comes_in_by_a_queue(shop):
    assert failures(shop(sqs(TRACK, attributes={"leadscore-source": "segment"}))) == []
    assert shop.scores() == {"ann": 10}
