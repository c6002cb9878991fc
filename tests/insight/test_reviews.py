"""What a review counts since the last one and over as long a stretch before, and what that is a reason for."""

from __future__ import annotations

import json
from math import comb, isclose

import pytest

from compiler.compile import compile_text
from insight.recorded import History
from insight.reports.handovers import terms_of
from insight.reports.life import life
from insight.reviews.extra import fisher, reasons
from insight.reviews.signs import Counts, Stretch, signs
from runtime.dynamo.model import Model
from runtime.times import DAY, read_instant, write_instant
from tests.insight.recordings import line

RULES = """model shop { }
event visit { path: text }
event crm passive { status: text  reason: text }
score s {
  ready at 20
  bands cold < 10, hot
  rule pricing { on visit where path = "/pricing"  add 5 }
  rule other   { on visit where path = "/other"  add 20 }
  rule big     { when seen >= 3  add 1 }
}
tally seen { on visit }
stages visitor, qualified, accepted also rejected
trigger q { when s >= ready and stage = visitor  move to qualified }
trigger a { on crm where status = "accepted"  move to accepted }
trigger r { on crm where status = "rejected"  move to rejected }
"""
START = read_instant("2026-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def model():
    table = compile_text(RULES).table
    assert table is not None
    return Model(table)


def counted(model, events, stretch, lead="l", terms=True):
    lines = [line(n, write_instant(t), kind, lead, **json.loads(data)) for n, (kind, t, data) in enumerate(events)]
    lived = life(History(lead, lines), model, stretch.at, scored=True)
    return signs(lived, stretch, terms_of(model.table) if terms else None)


def test_each_stretch_counts_what_falls_into_it(model):
    stretch = Stretch(START + 10 * DAY, START + 20 * DAY)
    events = [
        ("visit", START, '{"path":"/pricing"}'),
        ("visit", START + 1, '{"path":"/pricing"}'),
        ("visit", START + 10 * DAY, '{"path":"/other"}'),
        ("crm", START + 10 * DAY + 1, '{"status":"rejected","reason":"a student"}'),
        ("visit", START + 20 * DAY, '{"path":"/other"}'),
        ("visit", START + 20 * DAY + 1, '{"path":"/other"}'),
    ]
    before, now = counted(model, events, stretch)
    assert (before.events, now.events) == (2, 2)
    assert before.fired == {"s.pricing": 1, "s.other": 1, "trigger q": 1}
    assert now.fired == now.touched == {"s.other": 1, "trigger r": 1}
    assert (before.bands, now.bands) == ({("s", "hot"): 1}, {("s", "hot"): 1})
    assert (before.qualified, now.qualified) == (1, 0)
    assert (before.decided, now.decided, now.rejected) == (0, 1, 1)
    assert now.reasons == {"a student": 1}
    assert (before.oldest, now.newest) == (START + 1, START + 20 * DAY)


def test_a_lead_stands_in_no_band_before_its_first_event(model):
    stretch = Stretch(START + 10 * DAY, START + 20 * DAY)
    before, now = counted(model, [("visit", START + 15 * DAY, '{"path":"/pricing"}')], stretch)
    assert (before.bands, now.bands) == ({}, {("s", "cold"): 1})


def test_without_terms_nothing_is_handed_over(model):
    stretch = Stretch(START, START + DAY)
    _, now = counted(model, [("visit", START + 1, '{"path":"/other"}')], stretch, terms=False)
    assert (now.qualified, now.decided) == (0, 0)


def test_counts_add_up_in_any_order():
    one = Counts(events=2, oldest=5, newest=9, last={"a": 7}, qualified=1)
    two = Counts(events=1, oldest=3, newest=4, last={"a": 4, "b": 3})
    one.fired["a"], two.fired["a"] = 2, 1
    for first, second in ((one, two), (two, one)):
        total = Counts()
        total.add(first)
        total.add(second)
        assert (total.events, total.oldest, total.newest, total.qualified) == (3, 3, 9, 1)
        assert (total.last, total.fired) == ({"a": 7, "b": 3}, {"a": 3})


def told(before, now, table, minimum=20):
    return [(each.kind, *each.what) for each in reasons((before, now), table, minimum)]


def sales(accepted, rejected):
    found = Counts()
    found.fates.update({"accepted": accepted, "rejected": rejected})
    return found


@pytest.mark.parametrize(
    ("accepted", "rejected", "expected"),
    [(9, 11, [("rejected",)]), (10, 10, []), (9, 10, []), (0, 20, [("rejected",)])],
)
def test_more_than_half_rejected_is_a_reason_from_the_minimum_on(model, accepted, rejected, expected):
    assert told(sales(0, 0), sales(accepted, rejected), model.table) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((40, 10), (30, 20), [("falling",)]),
        ((40, 10), (38, 12), []),
        ((30, 20), (40, 10), []),
        ((15, 4), (30, 20), []),
        ((40, 10), (10, 9), []),
    ],
    ids=["it falls", "it may be chance", "it rises", "few before", "few since"],
)
def test_acceptance_falls_where_chance_would_hardly_do_it(model, before, now, expected):
    assert told(sales(*before), sales(*now), model.table) == expected


def test_the_chance_is_that_of_the_hypergeometric_distribution():
    by_hand = sum(comb(10, few) * comb(12, 9 - few) for few in range(3)) / comb(22, 9)
    assert isclose(fisher(2, 10, 7, 12), by_hand)
    assert fisher(0, 5, 0, 5) == 1
    assert isclose(fisher(5, 5, 5, 5), 1)


def fired(count, last, *, newest=100 * DAY, now=True):
    side = Counts(events=500, oldest=0 if not now else 50 * DAY, newest=newest if now else 50 * DAY)
    if count:
        side.fired["s.pricing"], side.last["s.pricing"] = count, last
    return side


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (fired(60, 49 * DAY, now=False), fired(0, 0), True),
        (fired(60, 49 * DAY, now=False), fired(2, 51 * DAY), True),
        (fired(19, 40 * DAY, now=False), fired(0, 0), False),
        (fired(60, 49 * DAY, now=False), fired(60, 91 * DAY), False),
        (fired(60, 49 * DAY, now=False), fired(60, 89 * DAY), True),
        (fired(0, 0, now=False), fired(0, 0), False),
    ],
    ids=["none since", "two since", "too few", "a short silence", "a long one", "it never did"],
)
def test_a_rule_stopped_if_its_silence_is_long_for_how_often_it_fired(model, before, now, expected):
    assert told(before, now, model.table) == ([("stopped", "s", "pricing")] if expected else [])


def test_a_trigger_stops_as_rules_do(model):
    before, now = fired(0, 0, now=False), fired(0, 0)
    before.fired["trigger q"], before.last["trigger q"] = 60, 49 * DAY
    assert told(before, now, model.table) == [("stopped", "q")]


def test_no_rule_has_stopped_where_no_events_come(model):
    assert told(fired(60, 49 * DAY, now=False), Counts(), model.table) == []


def test_a_band_that_had_leads_and_has_none_is_emptied(model):
    before, now = Counts(), Counts()
    before.bands.update({("s", "hot"): 20, ("s", "cold"): 19})
    assert told(before, now, model.table) == [("emptied", "s", "hot")]
    now.bands["s", "hot"] = 1
    assert told(before, now, model.table) == []
