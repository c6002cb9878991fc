"""What assets brought, held against SQL on the same events; and what stands out from noise."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.reports.assets import report
from insight.reports.handovers import terms_of
from insight.reports.periods import Calendar
from insight.reports.tables import ReportError
from insight.reports.touches import Wanted, properties_of, take
from insight.reports.trends import ALPHA, change_p, standing_out, trend, verdict
from runtime.times import DAY, read_moment
from tests.insight.recordings import line, model_of
from tests.reports.making import database, records, rows_of

MODEL = model_of("""
model assets { }
event visit { page: text required }
event mail passive { campaign: text }
event crm passive { status: one of "qualified", "accepted" required }
score s {
  group reading {
    at most 1000000 points
    rule any { on visit  add 1 }
    rule pricing { on visit where page = "/pricing"  add 5 }
  }
  rule mail { on mail where campaign = "spring"  add 2 }
  rule never { on visit where page = "/nowhere"  add 1 }
}
stages visitor, qualified, accepted also rejected
trigger up { on crm where status = "qualified"  when stage = visitor  move to qualified }
trigger yes { on crm where status = "accepted"  when stage = qualified  move to accepted }
""")
AT = read_moment("2026-05-20T12:00Z")
ZONE = "Europe/Berlin"
LOOKBACK = 30 * DAY


def histories(seed: int, leads: int = 60) -> list[bytes]:
    dice = random.Random(seed)
    lines = []
    for lead in range(leads):
        for _ in range(dice.randrange(1, 12)):
            t = read_moment("2026-01-10") + dice.randrange(125 * DAY)
            seconds = t // 1_000_000
            stamp = f"{Calendar('day').day(t).isoformat()}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}Z"
            kind, data = dice.choice([
                ("visit", {"page": dice.choice(["/", "/pricing", "/docs"])}),
                ("mail", {"campaign": dice.choice(["spring", "fair"])}),
                ("crm", {"status": dice.choice(["qualified", "accepted"])}),
            ])  # fmt: skip
            lines.append(line(len(lines), stamp, kind, f"lead-{lead}", **data))
    return lines


def made(lines, zone=ZONE, kind="month", at=AT, reviews=(), gathered=(), terms=True, **more):
    calendar = Calendar(kind, zone)
    wanted = Wanted(properties_of(MODEL.table), gathered, LOOKBACK, terms_of(MODEL.table) if terms else None)
    met = records(lines, MODEL, at, lambda lived: take(lived, wanted, calendar))
    return report(met, wanted, MODEL.table, calendar, read_moment("2026-01-10"), at, None, reviews, **more)


MET = """
WITH seen AS (
    SELECT *, strftime(timezone('Europe/Berlin', make_timestamptz(t)), '%Y-%m') AS month FROM events WHERE t <= $at
), met AS (
    SELECT lead, t, month, 'visit.page' AS kind, data->>'page' AS name FROM seen WHERE type = 'visit' UNION ALL
    SELECT lead, t, month, 'mail.campaign', data->>'campaign' FROM seen WHERE type = 'mail' UNION ALL
    SELECT lead, t, month, 'rule', 's.any' FROM seen WHERE type = 'visit' UNION ALL
    SELECT lead, t, month, 'group', 's.reading' FROM seen WHERE type = 'visit' UNION ALL
    SELECT lead, t, month, 'rule', 's.pricing' FROM seen WHERE data->>'page' = '/pricing' UNION ALL
    SELECT lead, t, month, 'rule', 's.mail' FROM seen WHERE data->>'campaign' = 'spring' UNION ALL
    SELECT lead, t, month, 'gathered', 'Spring' FROM seen WHERE data->>'campaign' = 'spring'
), first AS (
    SELECT lead, min(t) AS t FROM seen WHERE data->>'status' = 'qualified' GROUP BY lead
), taken AS (
    SELECT seen.lead, min(seen.t) AS t FROM seen JOIN first ON first.lead = seen.lead
    WHERE data->>'status' = 'accepted' AND (seen.t, seen.place) >
          (first.t, (SELECT min(place) FROM seen s WHERE s.lead = first.lead AND s.t = first.t
                     AND s.data->>'status' = 'qualified')) GROUP BY seen.lead
)
"""
COUNTS = {
    "firings": "SELECT kind, name, month, count(*) FROM met GROUP BY ALL",
    "leads": "SELECT kind, name, month, count(DISTINCT lead) FROM met GROUP BY ALL",
} | {
    measure: f"""SELECT kind, name, strftime(timezone('Europe/Berlin', make_timestamptz({own}.t)), '%Y-%m'),
                 count(DISTINCT met.lead) FROM {own} JOIN met ON met.lead = {own}.lead AND met.t <= {own}.t
                 AND met.t >= {own}.t - {LOOKBACK} GROUP BY ALL"""
    for measure, own in (("qualified", "first"), ("accepted", "taken"))
}


@pytest.mark.parametrize("seed", range(3))
def test_firings_leads_and_what_came_of_them_are_what_sql_counts(seed):
    lines = histories(seed)
    db = database(lines)
    found = made(lines, gathered=(("Spring", "mail.campaign spr*"),))
    for measure, sql in COUNTS.items():
        wanted = {tuple(key): count for *key, count in db.execute(MET + sql, {"at": AT}).fetchall()}
        got = {}
        for row in rows_of(found, measure):
            row = {"2026-01" if name == "baseline" else name.rstrip("*"): value for name, value in row.items()}
            months = [name for name in row if name.startswith("2026")]
            if row["kind"] != "trigger":
                got |= {(row["kind"], row["asset"], month): row[month] for month in months if row[month]}
        assert got == wanted, measure


def test_a_rule_that_never_fired_stands_in_the_table_with_nothing():
    row = next(row for row in rows_of(made(histories(1)), "firings") if row["asset"] == "s.never")
    assert {row[name] for name in row if name.startswith("2026") or name == "baseline"} == {0}


def test_columns_end_at_the_dates_of_reviews_where_these_are_named():
    reviews = [read_moment("2026-03-01"), read_moment("2026-04-15"), read_moment("2026-09-01")]
    names = [column.name for column in made(histories(1), reviews=reviews).tables[0].columns]
    assert names[2:4] == ["baseline", "to 2026-04-15"]
    with pytest.raises(ReportError, match="no review lies between"):
        made(histories(1), reviews=reviews[2:])


def test_a_baseline_that_is_no_period_shown_is_told():
    with pytest.raises(ReportError, match="the baseline `2025-01` is none of the periods shown"):
        report([], Wanted(frozenset()), MODEL.table, Calendar(), AT - 90 * DAY, AT, "2025-01")


def test_a_property_that_no_event_has_is_told_with_those_there_are():
    with pytest.raises(ReportError, match=r"`visit\.path` is no property") as raised:
        properties_of(MODEL.table, ["visit.path"])
    assert "visit.page" in str(raised.value.hint)


def test_without_stages_that_say_who_is_qualified_only_what_is_known_is_counted():
    found = made(histories(1), terms=False)
    assert [table.name for table in found.tables] == ["firings", "leads", "trends"]
    assert "does not say who is qualified" in found.remarks[-1]


# --- noise ------------------------------------------------------------------------------------------------------------


def test_equal_counts_of_periods_of_different_length_are_a_change():
    assert change_p(100, 100, 30, 30) == 1
    chance = change_p(100, 100, 31, 7)
    assert chance is not None
    assert chance < 1e-6
    assert change_p(0, 0, 30, 30) is None


def test_noise_seldom_stands_out_and_a_real_change_does():
    dice = random.Random(5)

    def count(mean: float) -> int:
        t, found = 0.0, 0
        while (t := t + dice.expovariate(mean)) < 1:
            found += 1
        return found

    alarms = 0
    for _ in range(20):
        chances = [change_p(count(30), count(30), 1, 1) for _ in range(40)]
        alarms += any(standing_out(chances))
    assert alarms <= 4
    clear = standing_out([change_p(count(30), count(30), 1, 1) for _ in range(40)] + [change_p(30, 90, 1, 1)])
    assert clear[-1]


def test_a_steady_rise_is_a_trend_and_a_jumble_is_none():
    rise = trend([1, 2, 4, 5, 7, 8, 9])
    jumble = trend([5, 1, 4, 2, 6, 3, 4])
    assert rise is not None
    assert jumble is not None
    assert verdict(rise[1], standing_out([rise[1], jumble[1]])[0], rise[0]) == "up"
    assert verdict(jumble[1], standing_out([rise[1], jumble[1]])[1], jumble[0]) == "noise"
    assert trend([1, 2, 3, 4]) is None
    assert trend([3, 3, 3, 3, 3]) == (0.0, 1.0)


@given(st.lists(st.none() | st.floats(0, 1), max_size=30))
@settings(max_examples=100, deadline=None)
def test_what_stands_out_is_always_the_smallest_chances(chances):
    clear = standing_out(chances)
    inside = [p for p, stands in zip(chances, clear, strict=True) if stands and p is not None]
    outside = [p for p, stands in zip(chances, clear, strict=True) if not stands and p is not None]
    assert all(p <= ALPHA for p in inside)
    assert not inside or not outside or max(inside) <= min(outside)
    known = [p for p in chances if p is not None]
    assert all(clear[at] for at, p in enumerate(chances) if p is not None and p <= ALPHA / max(len(known), 1))


def test_a_long_rise_is_told_over_quarters_and_years_where_there_are_enough():
    lines = []
    for month in range(66):
        year, number = 2018 + month // 12, month % 12 + 1
        for lead in range(2 + month // 3):
            stamp = f"{year}-{number:02d}-{lead % 27 + 1:02d}"
            lines.append(line(len(lines), stamp, "visit", f"lead-{lead}", page="/pricing"))
    at, begin = read_moment("2023-06-30T23:00Z"), read_moment("2018-01-01")
    wanted, calendar = Wanted(properties_of(MODEL.table)), Calendar("quarter")
    met = records(lines, MODEL, at, lambda lived: take(lived, wanted, calendar))
    found = report(met, wanted, MODEL.table, calendar, begin, at)
    rows = {(row["asset"], row["over"]): row for row in rows_of(found, "trends")}
    assert rows["/pricing", "quarter"]["against noise"] == "up"
    assert rows["/pricing", "quarter"]["periods"] == 21
    assert rows["/pricing", "year"]["periods"] == 5
    assert rows["/pricing", "quarter"]["slope per period"] == pytest.approx(1, rel=0.1)
