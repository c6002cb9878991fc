"""Interest and promoters, held against SQL on the same events and against the engine's own scores."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.reports import interest, promoters
from insight.reports.life import life
from insight.reports.periods import Calendar
from insight.reports.tables import ReportError
from insight.timeline import timeline
from runtime.times import DAY, read_moment
from tests.insight.recordings import line, model_of, recorded
from tests.reports.making import database, records, rows_of

MODEL = model_of("""
model voices { }
lead { company: account }
event visit { product: text required }
event answer passive { stars: integer 0..10 required  note: number }
set products = ["saws", "drills"]
score wish for p in products {
  ready at 6
  rule seen { on visit where product = p  add 2 }
  fade 50% every 20 days
}
""")
AT = read_moment("2026-05-20T12:00Z")
SCORES = ("wish[saws]", "wish[drills]")


def histories(seed: int, leads: int = 50) -> list[bytes]:
    dice = random.Random(seed)
    lines = []
    for lead in range(leads):
        lines.append(line(len(lines), "2026-01-05", "lead", f"lead-{lead:02d}", company=f"firm-{lead % 7}"))
        for _ in range(dice.randrange(1, 9)):
            t = read_moment("2026-01-10") + dice.randrange(125 * DAY)
            seconds = t // 1_000_000
            stamp = f"{Calendar('day').day(t).isoformat()}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}Z"
            if dice.random() < 0.4:
                lines.append(line(len(lines), stamp, "answer", f"lead-{lead:02d}", stars=dice.randrange(11)))
            else:
                product = dice.choice(["saws", "saws", "drills", "nails"])
                lines.append(line(len(lines), stamp, "visit", f"lead-{lead:02d}", product=product))
    return lines


def interested(lines, zone="Europe/Berlin", at=AT):
    calendar, found = Calendar("month", zone), []
    files = recorded(lines, MODEL)
    for shelf in range(files.shelves):
        for history in files.shelf(shelf):
            lived = life(history, MODEL, at, scored=True)
            if lived is not None:
                found.append(interest.take(lived, SCORES, calendar))
    found.sort(key=lambda each: each.lead)
    return interest.report(found, MODEL.table, SCORES, calendar, read_moment("2026-01-05"), at, 5)


@pytest.mark.parametrize("seed", range(2))
def test_who_gained_in_which_month_is_what_sql_counts(seed):
    lines = histories(seed)
    wanted = database(lines).execute(
        """SELECT strftime(timezone('Europe/Berlin', make_timestamptz(t)), '%Y-%m'),
                  'wish[' || (data->>'product') || ']', count(DISTINCT lead)
           FROM events WHERE type = 'visit' AND data->>'product' != 'nails' AND t <= $at
           GROUP BY ALL""",
        {"at": AT},
    )
    rows = rows_of(interested(lines), "periods")
    got = {(row["period"].rstrip("*"), row["score"]): row["gained"] for row in rows if row["gained"]}
    assert got == {(month, score): count for month, score, count in wanted.fetchall()}


def test_where_scores_stand_at_the_end_of_a_month_is_what_their_timelines_say():
    lines = histories(3)
    files = recorded(lines, MODEL)
    calendar = Calendar("month", "Europe/Berlin")
    found = {
        row["period"].rstrip("*"): row for row in rows_of(interested(lines), "periods") if row["score"] == SCORES[0]
    }
    for period in calendar.through(read_moment("2026-01-05"), AT):
        end = min(period.end - 1, AT)
        told = [timeline(each, MODEL, end) for shelf in range(files.shelves) for each in files.shelf(shelf)]
        scores = [score for each in told if each is not None and (score := each.end.score(SCORES[0]))]
        row = found[period.label]
        assert (row["interested"], row["points"]) == (len(scores), sum(scores))
        assert row["ready"] == sum(score >= 6000 for score in scores)


def test_a_family_stands_for_its_members_and_an_unknown_score_is_told():
    assert set(interest.scores_asked(MODEL.table, ["wish"])) == set(SCORES)
    assert set(interest.scores_asked(MODEL.table, [])) == set(SCORES)
    with pytest.raises(ReportError, match="no score `hope`"):
        interest.scores_asked(MODEL.table, ["hope"])
    with pytest.raises(ReportError, match="no score with rules on events"):
        interest.scores_asked(model_of("model m { }").table, [])


# --- promoters --------------------------------------------------------------------------------------------------------


def heard(lines, at=AT, kind="month", least=1):
    survey = promoters.survey_of(MODEL.table, None, None)
    voices = records(lines, MODEL, at, lambda lived: promoters.take(lived, survey, 30 * DAY))
    return promoters.report(voices, survey, Calendar(kind), read_moment("2026-01-01"), at, 30 * DAY, least)


@pytest.mark.parametrize("seed", range(3))
def test_the_net_score_by_month_is_what_sql_counts(seed):
    lines = histories(seed)
    wanted = database(lines).execute(
        """
        WITH latest AS (
            SELECT lead, strftime(make_timestamp(t), '%Y-%m') AS month,
                   arg_max(CAST(data->>'stars' AS INT), (t, place)) AS stars
            FROM events WHERE type = 'answer' AND t <= $at GROUP BY ALL
        )
        SELECT month, count(*), count(*) FILTER (stars >= 9), count(*) FILTER (stars IN (7, 8)),
               count(*) FILTER (stars <= 6),
               100.0 * (count(*) FILTER (stars >= 9) - count(*) FILTER (stars <= 6)) / count(*)
        FROM latest GROUP BY month ORDER BY month
        """,
        {"at": AT},
    )
    names = ("period", "leads", "promoters", "passives", "detractors", "net score")
    rows = [row for row in rows_of(heard(lines), "said") if row["leads"] and row["period"] != "all"]
    for row, want in zip(rows, wanted.fetchall(), strict=True):
        assert (row["period"].rstrip("*"), *(row[name] for name in names[1:5])) == want[:5]
        assert row["net score"] == pytest.approx(want[5])
        assert -100 <= row["at least"] <= row["net score"] <= row["at most"] <= 100


def test_the_unhappiest_account_is_the_one_with_the_lowest_mean_of_latest_answers():
    lines = histories(1)
    wanted = database(lines).execute(
        """WITH latest AS (SELECT lead, arg_max(CAST(data->>'stars' AS INT), (t, place)) AS stars FROM events
                           WHERE type = 'answer' AND t <= $at GROUP BY lead),
           firms AS (SELECT lead, data->>'company' AS firm FROM events WHERE type = 'lead')
           SELECT firm, count(*), avg(stars), min(stars) FROM latest JOIN firms USING (lead) GROUP BY firm
           ORDER BY 3, 2 DESC, 1""",
        {"at": AT},
    )
    rows = rows_of(heard(lines), "unhappiest")
    assert [tuple(row.values()) for row in rows] == [
        (*each[:2], pytest.approx(each[2]), each[3]) for each in wanted.fetchall()
    ]


def test_what_is_inferred_says_nothing_of_answers_and_answers_nothing_of_it():
    lines = histories(2)
    quiet = [each for each in lines if b'"answer"' not in each]
    said = rows_of(heard([each for each in lines if b'"visit"' not in each]), "said")
    assert rows_of(heard(lines), "said") == said
    assert rows_of(heard(lines), "inferred") == rows_of(heard(quiet), "inferred")


@pytest.mark.parametrize(
    ("now", "before", "kind"),
    [(0, 0, None), (4, 2, "promoter"), (2, 0, "passive"), (0, 1, "detractor"), (2, 5, "detractor"), (3, 6, "passive")],
)
def test_what_activity_lets_one_infer(now, before, kind):
    assert promoters.infer(now, before) == kind


@given(st.lists(st.integers(0, 10), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_net_score_lies_in_its_interval_and_is_100_only_if_all_promote(answers):
    counts = Counter(promoters.kind_of(answer) for answer in answers)
    score, low, high = promoters.net(counts)
    assert score is not None
    assert low is not None
    assert high is not None
    assert -100 <= low <= score <= high <= 100
    assert (score == 100) == all(answer >= 9 for answer in answers)


def test_a_scale_must_be_said():
    plain = model_of("model m { }\nevent a { stars: integer }\nevent b { name: text }").table
    assert promoters.survey_of(plain, None, None) is None
    with pytest.raises(ReportError, match=r"`a\.stars` does not say which scale"):
        promoters.survey_of(plain, "a.stars", None)
    found = promoters.survey_of(plain, "a.stars", "1-10")
    assert found is not None
    assert found.scale == "1 to 10"
    with pytest.raises(ReportError, match=r"`b\.name` is no property of an event that holds numbers"):
        promoters.survey_of(plain, "b.name", None)
    twice = model_of("model m { }\nevent a { x: integer 0..10  y: integer 1..10 }").table
    with pytest.raises(ReportError, match="several properties"):
        promoters.survey_of(twice, None, None)
