"""Corners of the fold that random histories seldom reach."""

from __future__ import annotations

import json
from decimal import Decimal

from compiler.compile import compile_text
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.times import read_moment


def scores(model: str, events: list[tuple[str, str, dict[str, object]]], at: str) -> dict[str, object]:
    """The scores of the one lead at `at` after events given as (time, type, data)."""
    table = compile_text(model).table
    assert table is not None
    run = Run(table)
    for number, (time, kind, data) in enumerate(events):
        given = {"specversion": "1.0", "id": str(number), "source": "s", "type": kind, "subject": "L", "time": time}
        run.take([json.dumps(given | {"data": data}).encode()])
    assert run.rejects == []
    outcome = run.finish(read_moment(at))
    found: dict[str, object] = json.loads(LeadLines(run.plan, outcome.at).write(outcome.leads[0]), parse_float=Decimal)
    return found["scores"]  # type: ignore[return-value]


def test_a_reset_below_the_profile_points_leaves_no_negative_activity():
    model = """model m "x" { }
        lead { vip: boolean }
        event visit { }
        event crm { }
        score s { range -50..  rule p { when vip  add 30 }  rule v { on visit  add 10 } }
        trigger down { on crm  reset s to 5 }"""
    first = [("2024-01-01T00:00Z", "lead", {"vip": True}), ("2024-01-02T00:00Z", "visit", {})]
    assert scores(model, [*first, ("2024-01-03T00:00Z", "crm", {})], "2024-01-03") == {"s": 30}
    later = ("2024-01-04T00:00Z", "lead", {"vip": None})
    assert scores(model, [*first, ("2024-01-03T00:00Z", "crm", {}), later], "2024-01-04") == {"s": 0}


def test_a_score_at_its_floor_takes_no_step_even_if_more_lies_above_the_range():
    model = """model m "x" { }
        lead { vip: boolean }
        event visit { }
        score s {
          range 0..50
          rule p { when vip  add 40 }
          rule v { on visit  add 30 }
          degrade { after 1 day without activity  by 5 points every 1 day  not below 50 }
        }"""
    events = [
        ("2024-01-01T00:00Z", "lead", {"vip": True}),
        ("2024-01-01T00:00Z", "visit", {}),
        ("2024-01-09T00:00Z", "lead", {"vip": None}),
    ]
    assert scores(model, events, "2024-01-09T12:00Z") == {"s": 30}


def test_a_window_of_points_forgets_what_has_left_it_however_much_that_was():
    model = """model m "x" { }
        event visit { n: number }
        score s { rule v { on visit  add n, at most 10 points per 2 days } }"""
    times = ["2024-01-01T00:00Z", "2024-01-01T12:00Z", "2024-01-02T00:00Z", "2024-01-03T06:00Z", "2024-01-08T00:00Z"]
    events = [(time, "visit", {"n": n}) for time, n in zip(times, [4, 4, 4, 20, 20], strict=True)]
    assert scores(model, events[:3], "2024-01-02") == {"s": 10}
    assert scores(model, events[:4], "2024-01-04") == {"s": 14}
    assert scores(model, events, "2024-01-09") == {"s": 24}
