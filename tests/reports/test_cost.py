"""Cost per lead, held against SQL on the same events and the same spend."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.reports.cost import per, report, shown
from insight.reports.periods import Calendar
from insight.reports.spend import days_of, read_spend
from insight.reports.tables import ReportError
from runtime.times import DAY, read_moment
from tests.reports.making import rows_of
from tests.reports.test_acceptance import DECIDED, asked, handled, histories
from tests.reports.test_stages import AT

SPEND = """period,amount,currency,campaign
2025-Q4,9200,EUR,
2026-01,3100.31,EUR,spring
2026-02,2800,EUR,fair
2026-Q2,9100,EUR,spring
2026-03,3100,EUR,fair
"""


def made(lines, text=SPEND, lag=None, window=3, kind="month", **more):
    spend = read_spend(text, "spend.csv", {}, **more)
    return report(handled(lines), spend, Calendar(kind), read_moment("2026-01-01"), AT, window, lag)


@pytest.mark.parametrize("seed", range(3))
def test_simple_and_lagged_costs_are_what_sql_counts(seed):
    lines = histories(seed)
    found = made(lines)
    leads = asked(
        lines,
        DECIDED
        + """, qualified AS (SELECT lead, min(entered) AS t FROM fates GROUP BY lead),
        accepted AS (SELECT lead, min(entered) AS t FROM stays WHERE stage IN ('accepted', 'customer') GROUP BY lead),
        touched AS (SELECT lead, coalesce(min(t) FILTER (type = 'click'), min(t)) AS t FROM events WHERE t <= $at
                    GROUP BY lead),
        ways AS (SELECT 'accepted' AS way, * FROM accepted UNION ALL SELECT 'qualified', * FROM qualified)
        SELECT way, strftime(make_timestamp(ways.t), '%Y-%m') AS month, count(*),
               any_value((SELECT quantile_cont(greatest(b.t - touched.t, 0), 0.5) FROM ways b JOIN touched USING (lead)
                          WHERE b.way = ways.way))
        FROM ways GROUP BY ALL""",
    )
    counts = {(way, month): count for way, month, count, _ in leads}
    lags = {way: round(lag / DAY) for way, _, _, lag in leads}
    days = spend_by_day()
    rows = rows_of(found, "cost")
    for at, row in enumerate(rows):
        month = row["period"].rstrip("*")
        first, end = days_of(month, "")
        end = min(end, date(2026, 6, 16))
        spent = sum(days[day] for day in range(first.toordinal(), end.toordinal()))
        assert row["spend"] == shown(Fraction(spent))
        for way in ("qualified", "accepted"):
            assert row[way] == counts.get((way, month), 0)
            assert row[f"per {way}"] == per(Fraction(spent), row[way])
            if at >= 2:
                window = rows[at - 2 : at + 1]
                begin = days_of(window[0]["period"], "")[0].toordinal()
                amount = sum(days[day - lags[way]] for day in range(begin, end.toordinal()))
                assert row[f"per {way}, lagged"] == per(Fraction(amount), sum(each[way] for each in window))
            else:
                assert row[f"per {way}, lagged"] is None


def spend_by_day() -> dict[int, Fraction]:
    """What was spent on each day, by its ordinal, row by row."""
    days: dict[int, Fraction] = {}
    for text in SPEND.splitlines()[1:]:
        period, amount, *_ = text.split(",")
        first, end = days_of(period, "")
        for day in range(first.toordinal(), end.toordinal()):
            days[day] = Fraction(amount) / (end - first).days
    return days


def test_a_lag_that_is_given_replaces_those_that_were_measured():
    found = made(histories(1), lag=40 * DAY)
    assert [(row["used"], row["from"]) for row in rows_of(found, "lags")] == [(40 * DAY, "--lag")] * 2


def test_a_period_with_a_gap_has_no_cost_and_the_gap_is_named():
    text = "period,amount\n2026-01,100\n2026-03,300\n2026-Q2,900\n"
    found = made(histories(1), text)
    rows = {row["period"]: row for row in rows_of(found, "cost")}
    assert rows["2026-02"]["spend"] is None
    assert rows["2026-02"]["per qualified"] is None
    assert rows["2026-03"]["spend"] == 300
    assert any("no spend is given for 2026-02-01 to 2026-02-28" in remark for remark in found.remarks)
    zero = made(histories(1), text, zero=True)
    assert {row["period"]: row["spend"] for row in rows_of(zero, "cost")}["2026-02"] == 0


def test_a_campaign_that_no_row_names_has_no_cost_rather_than_none_at_all():
    text = "period,amount,campaign\n2026-H1,600,spring\n"
    rows = {row["campaign"]: row for row in rows_of(made(histories(2), text), "campaigns")}
    assert rows["fair"]["qualified"] > 0
    assert rows["fair"]["spend"] is None
    assert rows["fair"]["per qualified"] is None
    assert rows["spring"]["per qualified"] == per(Fraction(600) * 166 / 181, rows["spring"]["qualified"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "spend.csv is empty"),
        ("period,amount\n", "spend.csv has no rows of spend"),
        ("month,amount\n2026-01,1\n", "spend.csv has no column `period`: there are month, amount"),
        ("period,amount,budget\n2026-01,1,2\n", "spend.csv has columns that nobody here knows: budget"),
        (
            "period,amount,currency\n2026-01,1,EUR\n2026-02,1,USD\n",
            r"mixes currencies: EUR \(line 2\) and USD \(line 3\)",
        ),
        ("period,amount\n2026-13,1\n", "spend.csv:2: `2026-13` is no period"),
        ("period,amount\n2026-W60,1\n", "spend.csv:2: `2026-W60` is no period"),
        ('period,amount\n2026-01,"1.234,50"\n', "spend.csv:2: `1.234,50` is no amount"),
        ("period,amount\n2026-01,NaN\n", "`NaN` is no amount"),
        ("period,amount\n2026-01,\n", "`` is no amount"),
    ],
)
def test_a_bad_spend_file_is_told_in_one_sentence(text, says):
    with pytest.raises(ReportError, match=says):
        read_spend(text, "spend.csv", {})


def test_one_currency_of_several_may_be_chosen_and_columns_have_other_names():
    text = "Month;Cost;Currency\n2026-01;100;EUR\n2026-01;7;USD\n"
    found = read_spend(text, "f.csv", {"period": "Month", "amount": "cost", "currency": "Currency"}, "USD")
    assert found.on(*days_of("2026-01", "")) == 7
    assert found.currency == "USD"
    with pytest.raises(ReportError, match="no row in CHF; there are EUR, USD"):
        read_spend(text, "f.csv", {"period": "Month", "amount": "Cost"}, "CHF")


@given(
    st.lists(st.decimals(-1000, 100_000, places=2), min_size=1, max_size=12), st.sampled_from(["day", "week", "month"])
)
@settings(max_examples=60, deadline=None)
def test_spreading_amounts_over_days_loses_no_cent(amounts, kind):
    months = [f"2026-{at + 1:02d},{amount}" for at, amount in enumerate(amounts)]
    spend = read_spend("period,amount\n" + "\n".join(months), "f", {})
    calendar = Calendar(kind)
    whole = Fraction(0)
    for period in calendar.through(read_moment("2026-01-01"), calendar.midnight(max(spend.days))):
        begin = max(calendar.day(period.start), date(2026, 1, 1))
        end = min(calendar.day(period.end), date.fromordinal(max(spend.days).toordinal() + 1))
        part = spend.on(begin, end)
        assert part is not None
        whole += part
    assert shown(whole) == sum(amounts, Decimal(0))
