"""The funnel, held against SQL on the same events."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.reports.forecast import NEEDED, _interval
from insight.reports.paths import Path, check_stages, take
from insight.reports.periods import Calendar
from insight.reports.stages import report
from insight.reports.tables import ReportError
from runtime.table import Stages
from runtime.times import DAY, read_moment
from tests.insight.recordings import line, model_of
from tests.reports.making import database, records, rows_of
from tests.test_real_data import data_of, mapping, table_of

STEPS = model_of("""
model steps { }
event step passive { to: text required }
stages a, b, c also out
trigger to_a { on step where to = "a"  move to a }
trigger to_b { on step where to = "b"  move to b }
trigger to_c { on step where to = "c"  move to c }
trigger to_out { on step where to = "out"  move to out }
""")
AT = read_moment("2026-06-15T12:00Z")
STAYS = """
WITH ordered AS (
    SELECT lead, t, data->>'to' AS "to", row_number() OVER w AS n FROM events
    WHERE t <= $at WINDOW w AS (PARTITION BY lead ORDER BY t, place)
), entries AS (
    SELECT lead, min(t) AS t, 'a' AS stage, 0 AS n FROM ordered GROUP BY lead UNION ALL
    SELECT lead, t, "to", n FROM ordered
), changed AS (
    SELECT *, lag(stage) OVER (PARTITION BY lead ORDER BY n) AS before FROM entries
), stays AS (
    SELECT lead, stage, t AS entered, n, lead(t) OVER (PARTITION BY lead ORDER BY n) AS gone
    FROM changed WHERE before IS DISTINCT FROM stage
)
"""


def histories(seed: int, leads: int = 60) -> list[bytes]:
    """Steps between stages, some at one instant."""
    dice = random.Random(seed)
    lines = []
    for lead in range(leads):
        t = read_moment("2026-01-01") + dice.randrange(150 * DAY)
        for _ in range(dice.randrange(1, 6)):
            t += dice.choice([0, dice.randrange(30 * DAY)])
            seconds = t // 1_000_000
            stamp = f"{Calendar('day').day(t).isoformat()}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}Z"
            lines.append(line(len(lines), stamp, "step", f"lead-{lead}", to=dice.choice(["a", "b", "b", "c", "out"])))
    return lines


def made(lines, kind="month", zone="UTC", at=AT, since=None):
    paths = records(lines, STEPS, at, take)
    begin = min(path.stays[0][1] for path in paths) if since is None else since
    return report(paths, STEPS.table.stages, Calendar(kind, zone), begin, at)


@pytest.mark.parametrize("seed", range(4))
def test_stays_and_their_quartiles_are_those_that_sql_counts(seed):
    lines = histories(seed)
    wanted = database(lines).execute(
        STAYS
        + """
        SELECT stage, count(*) FILTER (gone IS NULL), count(*), count(gone),
               quantile_cont(gone - entered, [0.25, 0.5, 0.75]) FILTER (gone IS NOT NULL),
               quantile_cont($at - entered, 0.5) FILTER (gone IS NULL)
        FROM stays GROUP BY stage ORDER BY stage
        """,
        {"at": AT},
    )
    expected = [
        (stage, now, entered, left, *([None] * 3 if spans is None else spans), going)
        for stage, now, entered, left, spans, going in wanted.fetchall()
    ]
    found = [tuple(row.values())[:-1] for row in rows_of(made(lines), "stages")]
    assert [row[:4] for row in sorted(found)] == [row[:4] for row in expected]
    for got, want in zip(sorted(found), expected, strict=True):
        assert [g is None for g in got[4:]] == [w is None for w in want[4:]]
        assert all(g is None or abs(g - w) <= 1 for g, w in zip(got[4:], want[4:], strict=True))


@pytest.mark.parametrize(("seed", "kind", "zone"), [(1, "month", "Europe/Berlin"), (2, "week", "America/New_York")])
def test_entered_left_and_standing_by_period_are_those_that_sql_counts_in_the_zone(seed, kind, zone):
    lines = histories(seed)
    db = database(lines)
    found = rows_of(made(lines, kind, zone), "periods")
    form = {"month": "%Y-%m", "week": "%G-W%V"}[kind]
    for column, what in (("entered", "entered"), ("left", "gone")):
        counts = db.execute(
            STAYS
            + f"""SELECT strftime(timezone('{zone}', make_timestamptz({what})), '{form}') AS period, stage, count(*)
                  FROM stays WHERE {what} IS NOT NULL GROUP BY ALL""",
            {"at": AT},
        ).fetchall()
        got = {(row["period"].rstrip("*"), row["stage"]): row[column] for row in found if row[column]}
        assert got == {(period, stage): count for period, stage, count in counts}
    last = [row for row in found if row["period"] == found[-1]["period"]]
    now = {row["stage"]: row["now"] for row in rows_of(made(lines), "stages")}
    assert {row["stage"]: row["at its end"] for row in last} == now


@pytest.mark.parametrize("seed", range(4))
def test_conversion_by_cohort_is_what_sql_counts(seed):
    lines = histories(seed)
    wanted = database(lines).execute(
        STAYS
        + """, first AS (
            SELECT lead, stage, min(entered) AS entered, min(n) AS n FROM stays WHERE stage IN ('a', 'b') GROUP BY ALL
        ), reached AS (
            SELECT first.lead, first.stage, first.entered, min(later.entered) AS reached,
                   (SELECT last.stage = first.stage FROM stays last WHERE last.lead = first.lead AND last.gone IS NULL)
                   AS still
            FROM first LEFT JOIN stays later ON later.lead = first.lead AND later.n > first.n
                 AND (later.stage = 'c' OR later.stage = 'b' AND first.stage = 'a')
            GROUP BY ALL
        )
        SELECT stage, strftime(make_timestamp(entered), '%Y-%m') AS cohort, count(*), count(reached),
               count(*) FILTER (reached IS NULL AND NOT still), count(*) FILTER (reached IS NULL AND still)
        FROM reached GROUP BY ALL ORDER BY ALL
        """,
        {"at": AT},
    )
    found = [
        (
            row["from"],
            row["entered in"].rstrip("*"),
            row["entered"],
            row["converted"],
            row["left otherwise"],
            row["open"],
        )
        for row in rows_of(made(lines), "conversion")
    ]
    assert found == wanted.fetchall()


def test_a_rate_is_of_those_that_are_decided_and_comes_with_one_of_all():
    lines = [line(1, "2026-01-02", "step", "ada", to="b"), line(2, "2026-01-02", "step", "ben", to="out")]
    lines += [line(3, "2026-01-02", "step", "cleo", to="a"), line(4, "2026-01-02", "step", "dan", to="a")]
    row = next(row for row in rows_of(made(lines), "conversion") if row["from"] == "a")
    assert (row["entered"], row["converted"], row["left otherwise"], row["open"]) == (4, 1, 1, 2)
    assert (row["so far"], row["of decided"]) == (0.25, 0.5)
    assert row["at least"] < 0.5 < row["at most"]


def test_a_stay_that_goes_on_makes_the_median_longer_not_shorter():
    lines = [line(1, "2026-01-01", "step", "ada", to="a"), line(2, "2026-01-03", "step", "ada", to="b")]
    lines += [line(3, "2026-01-01", "step", "ben", to="a"), line(4, "2026-02-10", "step", "ben", to="b")]
    lines += [line(5, "2026-01-01", "step", name, to="a") for name in ("cleo",)]
    row = next(row for row in rows_of(made(lines), "stages") if row["stage"] == "a")
    assert row["stay, median"] == 21 * DAY
    assert row["median with open"] == 40 * DAY


def test_what_comes_after_the_instant_changes_nothing():
    lines = histories(7)
    early = read_moment("2026-04-01")
    before = [each for each in lines if each.decode().split('"time": "')[1][:10] < "2026-04-01"]
    assert made(lines, at=early).tables == made(before, at=early).tables


def test_a_model_without_stages_has_no_funnel():
    with pytest.raises(ReportError, match="the model has no stages"):
        check_stages(Stages())


# --- the forecast -----------------------------------------------------------------------------------------------------


def steady(seed: int, rate: float = 6.0) -> list[Path]:
    """Leads that come at one rate and go on with one chance, for two years."""
    dice = random.Random(seed)
    end, t, paths = 730 * DAY, 0.0, []
    while (t := t + dice.expovariate(rate) * 7 * DAY) < end:
        start = int(t)
        gone = int(start + dice.expovariate(1) * 40 * DAY) if dice.random() < 0.5 else None
        stays = [("a", start, gone if gone is not None and gone < end else None)]
        if stays[0][2] is not None:
            stays.append(("b", stays[0][2], None))
        paths.append(Path(tuple(stays)))
    return paths


def until(path: Path, at: int) -> Path:
    """What is known of a lead at an instant."""
    ended = [(stage, start, end if end is not None and end <= at else None) for stage, start, end in path.stays]
    return Path(tuple(stay for stay in ended if stay[1] <= at))


def test_the_interval_of_a_forecast_holds_about_as_often_as_it_says():
    held = Counter()
    for seed in range(12):
        whole = steady(seed)
        at = 700 * DAY
        known = [until(path, at) for path in whole if path.stays[0][1] <= at]
        row = rows_of(report(known, Stages(("a", "b")), Calendar("month"), 0, at), "forecast")[0]
        came = sum(at < (path.entered("b") or 0) <= at + 30 * DAY for path in whole)
        held[row["at least"] <= came <= row["at most"]] += 1
        assert row["past forecasts"] > NEEDED
    assert held[True] >= 7


def test_a_forecast_without_enough_past_has_no_interval():
    lines = histories(1)
    row = rows_of(made(lines, "month", at=read_moment("2026-05-20")), "forecast")[0]
    assert row["expected"] is not None
    assert row["at least"] is None
    assert rows_of(made(lines, "year"), "forecast") == []


@given(st.floats(0, 1000), st.floats(0.5, 50), st.lists(st.floats(0, 10), max_size=30))
@settings(max_examples=100, deadline=None)
def test_an_interval_is_of_whole_leads_and_never_below_none(mean, spread, misses):
    low, high = _interval(mean, spread, misses)
    if low is not None:
        assert low >= 0
        assert low <= mean + 1
        assert high >= mean - 1


# --- real data --------------------------------------------------------------------------------------------------------


def test_real_applications_go_on_as_sql_says(shared):
    from runtime.dynamo.model import Model

    model = Model(table_of("loan.score"))
    lines = list(mapping.loan_applications(data_of(shared, "bpic2012")))
    leads = sorted({each.split(b'"subject": "')[1].split(b'"')[0] for each in lines})[::40]
    chosen = [each for each in lines if each.split(b'"subject": "')[1].split(b'"')[0] in set(leads)]
    at = read_moment("2012-02-01")
    paths = records(chosen, model, at, take)
    begin = min(path.stays[0][1] for path in paths)
    found = rows_of(report(paths, model.table.stages, Calendar("month", "Europe/Amsterdam"), begin, at), "conversion")
    wanted = database(chosen).execute(
        """
        WITH seen AS (
            SELECT *, CAST(split_part(place, chr(0), 2) AS BIGINT) AS n FROM events WHERE t <= $at
        ), marks AS (
            SELECT lead, min(t) AS first,
                   min((t, place)) FILTER (type IN ('qualified', 'worked', 'offer_sent', 'offer_back')) AS went,
                   min((t, place)) FILTER (type IN ('rejected', 'cancelled')) AS stopped,
                   bool_or(type = 'activated') AS won
            FROM seen GROUP BY lead
        )
        SELECT strftime(timezone('Europe/Amsterdam', make_timestamptz(first)), '%Y-%m') AS cohort, count(*),
               count(*) FILTER (won OR (went IS NOT NULL AND (stopped IS NULL OR went < stopped)))
        FROM marks GROUP BY ALL ORDER BY ALL
        """,
        {"at": at},
    )
    got = [
        (row["entered in"].rstrip("*"), row["entered"], row["converted"]) for row in found if row["from"] == "applied"
    ]
    assert got == wanted.fetchall()
    assert len(got) == 4
