"""Handovers and acceptance, held against SQL on the same events."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from insight.reports.acceptance import report
from insight.reports.handovers import Fate, take, terms_of
from insight.reports.life import Asks, life
from insight.reports.periods import Calendar
from insight.reports.tables import ReportError
from runtime.dynamo.model import Model
from runtime.times import DAY, read_moment
from tests.insight.recordings import line, model_of, recorded
from tests.reports.making import database, records, rows_of
from tests.reports.test_stages import AT, STAYS
from tests.test_real_data import data_of, mapping, table_of

STEPS = model_of("""
model steps { }
lead { country: text }
event step passive { to: text required  reason: text }
event click { campaign: text }
stages visitor, qualified, accepted, customer also recycled
trigger to_visitor { on step where to = "visitor"  move to visitor }
trigger to_qualified { on step where to = "qualified"  move to qualified }
trigger to_accepted { on step where to = "accepted"  move to accepted }
trigger to_customer { on step where to = "customer"  move to customer }
trigger to_recycled { on step where to = "recycled"  move to recycled }
""")
WAYS = ["visitor", "qualified", "qualified", "qualified", "accepted", "customer", "recycled"]
DECIDED = (
    STAYS.replace("'a' AS stage", "'visitor' AS stage").replace("FROM events", "FROM events_of_steps")
    + """, handed AS (
        SELECT stays.*, lag(stage) OVER (PARTITION BY lead ORDER BY n) AS before FROM stays
    ), fates AS (
        SELECT handed.lead, handed.entered, min((later.n, later.stage, later.entered)) AS fate
        FROM handed LEFT JOIN stays later ON later.lead = handed.lead AND later.n > handed.n
        WHERE handed.stage = 'qualified' AND coalesce(handed.before NOT IN ('accepted', 'customer'), TRUE)
        GROUP BY ALL
    )
    """
)


def histories(seed: int, leads: int = 80) -> list[bytes]:
    dice = random.Random(seed)
    lines = []
    for lead in range(leads):
        t = read_moment("2026-01-01") + dice.randrange(150 * DAY)
        for _ in range(dice.randrange(1, 7)):
            t += dice.randrange(1, 20 * DAY)
            seconds = t // 1_000_000
            stamp = f"{Calendar('day').day(t).isoformat()}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}Z"
            if dice.random() < 0.3:
                lines.append(line(len(lines), stamp, "click", f"lead-{lead}", campaign=dice.choice(["spring", "fair"])))
                continue
            to = dice.choice(WAYS)
            why = {"reason": dice.choice(["budget", "timing"])} if to == "recycled" and dice.random() < 0.7 else {}
            lines.append(line(len(lines), stamp, "step", f"lead-{lead}", to=to, **why))
    return lines


def handled(lines, at=AT, model=STEPS, terms=None):
    terms = terms or terms_of(model.table)
    return [each for each in records(lines, model, at, lambda lived: take(lived, terms)) if each is not None]


def made(lines, at=AT, level=None, terms=None, kind="month"):
    terms = terms or terms_of(STEPS.table)
    return report(handled(lines, at, STEPS, terms), terms, Calendar(kind), read_moment("2026-01-01"), at, level)


def asked(lines, sql, at=AT):
    db = database(lines)
    db.execute("CREATE VIEW events_of_steps AS SELECT * FROM events WHERE type = 'step'")
    return db.execute(sql, {"at": at}).fetchall()


@pytest.mark.parametrize("seed", range(4))
def test_cohorts_are_what_sql_counts(seed):
    lines = histories(seed)
    wanted = asked(
        lines,
        DECIDED
        + """SELECT strftime(make_timestamp(entered), '%Y-%m') AS cohort, count(*),
                    count(*) FILTER (fate[2] IN ('accepted', 'customer')),
                    count(*) FILTER (fate[2] IN ('visitor', 'recycled')), count(*) FILTER (fate[2] IS NULL),
                    round(quantile_cont(fate[3] - entered, 0.5))
             FROM fates GROUP BY ALL ORDER BY ALL""",
    )
    names = ("qualified in", "handed over", "accepted", "rejected", "undecided", "time to decision, median")
    rows = [row for row in rows_of(made(lines), "acceptance") if row["handed over"] and row["qualified in"] != "all"]
    found = [tuple(row[name] for name in names) for row in rows]
    assert [(each[0].rstrip("*"), *each[1:5]) for each in found] == [each[:5] for each in wanted]
    assert all(got[5] is None or abs(got[5] - want[5]) <= 1 for got, want in zip(found, wanted, strict=True))
    for row in rows:
        decided = row["accepted"] + row["rejected"]
        assert row["acceptance"] == (row["accepted"] / decided if decided else None)


@pytest.mark.parametrize("seed", range(2))
def test_reasons_campaigns_and_the_service_level_are_what_sql_counts(seed):
    lines = histories(seed)
    found = made(lines, level=5 * DAY)
    reasons = asked(
        lines,
        DECIDED
        + """SELECT coalesce(events.data->>'reason', '(none given)') AS reason, count(*) FROM fates
             JOIN events ON events.lead = fates.lead AND events.t = fate[3] AND events.type = 'step'
             WHERE fate[2] IN ('visitor', 'recycled') GROUP BY ALL ORDER BY ALL""",
    )
    assert sorted((row["reason"], row["rejected"]) for row in rows_of(found, "reasons")) == reasons
    campaigns = asked(
        lines,
        DECIDED
        + """SELECT coalesce((SELECT arg_max(data->>'campaign', (t, place)) FROM events
                              WHERE events.lead = fates.lead AND type = 'click' AND t <= entered), '(none)') AS name,
                    count(*) FROM fates GROUP BY ALL ORDER BY ALL""",
    )
    assert sorted((row["campaign"], row["handed over"]) for row in rows_of(found, "campaigns")) == campaigns
    service = asked(
        lines,
        DECIDED
        + f"""SELECT count(*) FILTER (fate IS NOT NULL AND fate[3] - entered <= {5 * DAY}),
                     count(*) FILTER (coalesce(fate[3], $at) - entered > {5 * DAY}) FROM fates""",
    )
    met, missed = service[0]
    row = rows_of(found, "acceptance")[-1]
    assert row["within the service level"] == met / (met + missed)
    late = asked(
        lines,
        DECIDED + f"SELECT lead, entered FROM fates WHERE fate[2] IS NULL AND $at - entered > {5 * DAY} ORDER BY 2, 1",
    )
    assert [(row["lead"], row["qualified at"]) for row in rows_of(found, "waiting")] == late


def fates(lines, model=STEPS, terms=None, at=AT):
    return [(each.fate, each.reason) for lead in handled(lines, at, model, terms) for each in lead.handovers]


def test_a_lead_that_is_handed_over_again_is_another_handover():
    steps = ["qualified", "recycled", "qualified", "accepted"]
    lines = [line(at, f"2026-01-0{at + 1}", "step", to=to, reason="budget") for at, to in enumerate(steps)]
    assert fates(lines) == [(Fate.REJECTED, "budget"), (Fate.ACCEPTED, None)]


def test_an_undecided_handover_is_in_no_rate():
    lines = [line(1, "2026-01-01", "step", "ada", to="qualified"), line(2, "2026-01-01", "step", "ben", to="qualified")]
    lines += [line(3, "2026-01-02", "step", "ben", to="accepted")]
    row = rows_of(made(lines), "acceptance")[-1]
    assert (row["handed over"], row["undecided"], row["acceptance"]) == (2, 1, 1.0)


def test_a_lead_that_sales_took_by_itself_is_said_and_not_counted():
    found = made([line(1, "2026-01-01", "step", "ada", to="accepted")])
    assert rows_of(found, "acceptance")[-1]["handed over"] == 0
    assert found.remarks == ["1 lead was accepted without having been handed over, and in no number here"]


SCORED = """
model scored { }
lead { title: text }
event visit { page: text }
event crm passive { status: text required  reason: text }
outcome taken { on crm where status = "yes"  lost on crm where status = "no" }
score s {
  ready at 20
  rule visit { on visit  add 5 }
  rule pricing { on visit where page = "pricing"  add 10 }
  rule boss { when title = "boss"  add 10 }
  fade 50% every 10 days
}
stages visitor, qualified, accepted also rejected
trigger up { when s >= ready and stage = visitor  move to qualified }
trigger down { when s < 10 and stage = qualified  move to visitor }
"""


def test_a_score_that_falls_back_lapses_a_handover_and_rejects_nothing():
    model = model_of(SCORED)
    lines = [line(1, "2026-01-01", "visit", page="pricing"), line(2, "2026-01-02", "visit", page="a")]
    assert fates(lines, model) == [(Fate.LAPSED, None)]


def test_handovers_are_told_apart_by_who_met_the_condition_of_a_segment_then():
    model = model_of(SCORED + 'segment bosses { where title = "boss" }')
    terms = replace(terms_of(model.table), groups=("bosses", "title"))
    lines = [line(1, "2026-01-01", "visit", "ada", page="pricing"), line(2, "2026-01-02", "lead", "ada", title="boss")]
    lines += [line(3, "2026-01-03", "lead", "ada", title="clerk")]
    lines += [line(at, "2026-01-04", "visit", "ben", page="pricing") for at in (4, 5)]
    asks, files = Asks.of(model.plan, None, ("bosses",)), recorded(lines, model)
    lives = [life(each, model, AT, asks=asks) for shelf in range(files.shelves) for each in files.shelf(shelf)]
    found = [handed for each in lives if each is not None and (handed := take(each, terms)) is not None]
    rows = rows_of(report(found, terms, Calendar(), read_moment("2026-01-01"), AT), "by-bosses")
    assert [(row["bosses"], row["handed over"]) for row in rows] == [("in it", 1), ("not in it", 1)]


def test_an_outcome_may_decide_where_no_stage_does():
    model = model_of(SCORED)
    terms = replace(terms_of(model.table), outcome=True)
    asks = Asks.of(model.plan, model.table.outcomes["taken"])
    lines = [line(1, "2026-01-01", "crm", status="yes"), line(2, "2026-01-02", "visit", page="pricing")]
    lines += [line(3, "2026-01-03", "visit", page="a"), line(4, "2026-01-04", "crm", status="no", reason="timing")]
    files = recorded(lines, model)
    lived = next(life(each, model, AT, asks=asks) for shelf in range(files.shelves) for each in files.shelf(shelf))
    assert lived is not None
    found = take(lived, terms)
    assert found is not None
    assert [(each.fate, each.reason, each.decided) for each in found.handovers] == [
        (Fate.REJECTED, "timing", read_moment("2026-01-04T10:00Z"))
    ]


@pytest.mark.parametrize(
    ("last", "carried"),
    [
        (line(9, "2026-01-02", "visit", page="pricing"), "s.pricing"),
        (line(9, "2026-01-02", "lead", title="boss"), "s.boss"),
    ],
)
def test_what_carried_a_lead_over_the_line_is_the_rule_that_gave_most(last, carried):
    model = model_of(SCORED)
    first = line(1, "2026-01-01", "visit", page="pricing")
    assert [each.carried for lead in handled([first, last], model=model) for each in lead.handovers] == [carried]


@pytest.mark.parametrize(
    ("text", "given", "says"),
    [
        ("", {}, "the model has no stages"),
        ("stages a, b", {}, "which stage is marketing qualified"),
        ("stages a, qualified", {}, "no stage comes after `qualified`"),
        ("stages a, b, c", {"qualified": "d"}, "--qualified `d` is no stage on the path"),
        ("stages a, b, c", {"qualified": "b", "accepted": "a"}, "`a` does not come after `b`"),
        ("stages a, b, c", {"qualified": "b", "rejected": ("x",)}, "--rejected `x` is no stage"),
    ],
)
def test_what_can_not_be_told_is_asked_for(text, given, says):
    with pytest.raises(ReportError, match=says):
        terms_of(model_of(f"model m {{ }}\n{text}").table, **given)


def test_real_applications_are_accepted_as_sql_says(shared):
    model = Model(table_of("loan.score"))
    lines = list(mapping.loan_applications(data_of(shared, "bpic2012")))
    leads = set(sorted({each.split(b'"subject": "')[1].split(b'"')[0] for each in lines})[::40])
    chosen = [each for each in lines if each.split(b'"subject": "')[1].split(b'"')[0] in leads]
    at = read_moment("2012-03-01")
    terms = terms_of(model.table)
    found = rows_of(
        report(handled(chosen, at, model, terms), terms, Calendar(), read_moment("2011-10-01"), at), "acceptance"
    )
    wanted = database(chosen).execute(
        """
        WITH steps AS (
            SELECT lead, t, type, row_number() OVER (PARTITION BY lead ORDER BY t, place) AS n FROM events
            WHERE t <= $at AND type NOT IN ('created', 'called') AND type != 'lead'
        ), handed AS (SELECT lead, t, n FROM steps WHERE n = 1 AND type = 'qualified'),
        fates AS (
            SELECT handed.lead, handed.t, arg_min(steps.type, steps.n) AS fate FROM handed LEFT JOIN steps
            ON steps.lead = handed.lead AND steps.n > handed.n AND steps.type != 'qualified' GROUP BY ALL
        )
        SELECT strftime(make_timestamp(t), '%Y-%m') AS cohort, count(*),
               count(*) FILTER (fate IN ('worked', 'offer_sent', 'offer_back', 'activated')),
               count(*) FILTER (fate IN ('rejected', 'cancelled'))
        FROM fates GROUP BY ALL ORDER BY ALL
        """,
        {"at": at},
    )
    names = ("qualified in", "handed over", "accepted", "rejected")
    got = [tuple(row[name] for name in names) for row in found if row["handed over"] and row["qualified in"] != "all"]
    assert [(each[0].rstrip("*"), *each[1:]) for each in got] == wanted.fetchall()
    assert len(got) == 5
