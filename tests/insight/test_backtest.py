"""Back-tests: what is measured is what stood strictly before, and the measures are those of others."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from insight.backtest import measures
from insight.backtest.costs import sweep
from insight.backtest.instants import DECIDED, MATCHED, YOUNG, Method, cases_of
from insight.backtest.outcomes import Columns, Decision, OutcomeError, Seen, read_outcomes
from insight.backtest.result import Result, TooLittle, measured
from insight.backtest.standing import Study, study
from runtime.times import DAY, HOUR
from tests.insight.recordings import model_of, recorded
from tests.insight.trials import MODEL, START, Event, lives, written

POINTS = {"click": 10, "price": 5, "webinar": 5}


def looked(events: list[Event], text: str = MODEL, method: Method = Method()) -> Study:  # noqa: B008 - frozen
    model = model_of(text)
    found = recorded(written(events), model)
    assert found.newest is not None
    return study(found, model, "interest", model.table.outcomes["won"], method, found.newest)


def result_of(events: list[Event], text: str = MODEL, method: Method = Method(), **more: float) -> Result:  # noqa: B008
    model = model_of(text)
    return measured(looked(events, text, method), model, model.table.outcomes["won"], "won", method, **more)


@pytest.fixture(scope="module")
def trials() -> list[Event]:
    return lives(400)


def naive(events: list[Event]) -> dict[str, tuple[float, bool]]:
    """Score before the outcome and whether it was won, by the rules as they are read."""
    found = {}
    for id in {lead for lead, *_ in events}:
        own = sorted((t, kind, data) for lead, t, kind, data in events if lead == id)
        ends = [(t, kind) for t, kind, _ in own if kind in ("order", "gave_up")]
        if not ends or ends[0][0] <= own[0][0]:
            continue
        before = [(kind, data) for t, kind, data in own if t < ends[0][0]]
        kinds = [kind for kind, _ in before]
        score = 10 * kinds.count("click") + min(5 * kinds.count("price"), 20) + 5 * min(kinds.count("webinar"), 2)
        score += 20 * any(data.get("employees", 0) > 100 for _, data in before)
        found[id] = (float(score), ends[0][1] == "order")
    return found


def test_the_scores_are_those_that_stood_before_the_outcome(trials: list[Event]) -> None:
    told = {each.case.id: (each.score / 1000, each.case.won) for each in looked(trials).standings}
    assert told == naive(trials) and len(told) > 300


def test_the_measures_are_those_of_a_database(trials: list[Event]) -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = [(id, score, won) for id, (score, won) in naive(trials).items()]
    with duckdb.connect() as db:
        db.execute("CREATE TABLE leads (id VARCHAR, score DOUBLE, won BOOLEAN)")
        db.executemany("INSERT INTO leads VALUES (?, ?, ?)", rows)
        (auc,) = db.execute(
            "SELECT avg(CASE WHEN a.score > b.score THEN 1.0 WHEN a.score = b.score THEN 0.5 ELSE 0 END) "
            "FROM leads a, leads b WHERE a.won AND NOT b.won"
        ).fetchone()
        bands = db.execute(
            "SELECT CASE WHEN score < 20 THEN 'cold' WHEN score < 50 THEN 'warm' ELSE 'hot' END AS band, count(*), "
            "count(*) FILTER (won) FROM leads GROUP BY band"
        ).fetchall()
        (line,) = db.execute("SELECT count(*) FILTER (won) / count(*) FROM leads WHERE score >= 50").fetchone()
    result = result_of(trials)
    assert result.auc.value == pytest.approx(auc, abs=1e-12)
    assert {(each.name, each.leads, each.won) for each in result.bands} == set(bands)
    assert result.at_line is not None and result.at_line.precision is not None
    assert result.at_line.precision.value == pytest.approx(line)


def ranked(leads: int, seed: int, levels: int) -> tuple[measures.Truth, measures.Floats]:
    dice = np.random.default_rng(seed)
    truth = dice.random(leads) < 0.4
    truth[:2] = True, False
    return truth, np.floor((dice.random(leads) + 0.3 * truth) * levels)


@given(st.integers(4, 60), st.integers(0, 10_000), st.integers(1, 12))
@settings(max_examples=40)
def test_areas_and_curves_are_those_of_the_library(leads: int, seed: int, levels: int) -> None:
    truth, score = ranked(leads, seed, levels)
    area = measures.auc(truth, score)
    assert area.value == pytest.approx(metrics.roc_auc_score(truth, score))
    assert area.value == pytest.approx(measures.area(truth, score))
    assert area.low <= area.value <= area.high
    assert measures.average(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))


def test_the_interval_of_an_area_is_that_of_delong() -> None:
    """The variance from the placements of each lead among those of the other kind, pair by pair."""
    truth, score = ranked(80, 3, 9)
    won, other = score[truth], score[~truth]
    beats = np.array([[(a > b) + 0.5 * (a == b) for b in other] for a in won])
    variance = beats.mean(axis=1).var(ddof=1) / len(won) + beats.mean(axis=0).var(ddof=1) / len(other)
    area = measures.auc(truth, score)
    width = 1.959964 * np.sqrt(variance) / (area.value * (1 - area.value))
    logit = np.log(area.value / (1 - area.value))
    assert (area.low, area.high) == pytest.approx([1 / (1 + np.exp(-(logit + each))) for each in (-width, width)])


def test_the_tenths_share_out_equal_scores_and_add_up(trials: list[Event]) -> None:
    result = result_of(trials)
    assert sum(each.won for each in result.tenths) == pytest.approx(result.won)
    assert [each.captured for each in result.tenths] == sorted(each.captured for each in result.tenths)
    truth, score = np.array([True, False] * 10), np.ones(20)
    _, tenths = measures.gains(truth, score)
    assert {round(each.won, 9) for each in tenths} == {1.0} and {round(each.lift, 9) for each in tenths} == {1.0}


def test_the_forecasts_and_their_error_are_as_defined(trials: list[Event]) -> None:
    truth, score = ranked(200, 5, 20)
    forecast = measures.forecasts(truth, score, 1)
    assert forecast is not None
    found = measures.calibration(truth, forecast)
    assert found.brier == pytest.approx(metrics.brier_score_loss(truth, forecast))
    assert sum(each.leads for each in found.bins) == 200
    assert found.skill == pytest.approx(1 - found.brier / (truth.mean() * (1 - truth.mean())))


# --- nothing at or after the outcome counts ---------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.data())
def test_what_happens_at_or_after_an_outcome_changes_nothing_of_it(data: st.DataObject) -> None:
    events = lives(25, data.draw(st.integers(0, 50)))
    ends = {lead: t for lead, t, kind, _ in events if kind in ("order", "gave_up")}
    more = data.draw(
        st.lists(st.tuples(st.sampled_from(sorted(ends)), st.integers(0, 50), st.sampled_from(list(POINTS))))
    )
    later: list[Event] = [(lead, ends[lead] + hours * HOUR, kind, {}) for lead, hours, kind in more]
    before = [(each.case, each.score, each.peak, each.rules) for each in looked(events).standings]
    after = [(each.case, each.score, each.peak, each.rules) for each in looked(events + later).standings]
    assert before == after


def test_neither_the_order_of_events_nor_of_leads_matters(trials: list[Event]) -> None:
    model = model_of(MODEL)
    lines = list(written(trials))
    random.Random(4).shuffle(lines)
    found = recorded(lines, model)
    assert found.newest is not None
    shuffled = study(found, model, "interest", model.table.outcomes["won"], Method(), found.newest)
    again = measured(shuffled, model, model.table.outcomes["won"], "won", Method())
    assert again == result_of(trials)


def test_a_seed_gives_the_same_and_another_one_another_draw() -> None:
    events = lives(200, 2, loses=False)
    text = MODEL.replace("  lost on gave_up\n", "")
    one = [each.case.at for each in looked(events, text, Method(seed=3)).standings]
    assert one == [each.case.at for each in looked(events, text, Method(seed=3)).standings]
    assert one != [each.case.at for each in looked(events, text, Method(seed=4)).standings]


# --- at which instants ------------------------------------------------------------------------------------------------


def seen(id: str, first: int, decision: Decision | None = None) -> Seen:
    return Seen(id, first * DAY, first * DAY, decision)


def test_leads_without_an_outcome_are_looked_at_at_the_age_of_winners() -> None:
    won = [seen(f"w{n}", n, Decision((n + 3 + n % 3) * DAY, won=True)) for n in range(10)]
    others = [seen(f"o{n}", n) for n in range(10)]
    young = [seen("y", 97), seen("z", 96, Decision(98 * DAY, won=True))]
    cases = cases_of([*young, *won, *others], Method(), 100 * DAY, loses=False)
    assert cases.way == MATCHED and cases.horizon == 5 * DAY
    assert cases.left == {YOUNG: 2}
    ages = {(each.at - each.first) // DAY for each in cases.cases if not each.won}
    assert ages <= {3, 4, 5} and len(cases.cases) == 20


def test_at_an_age_those_count_who_were_still_in_play() -> None:
    won = [seen(f"w{n}", n, Decision((n + 2 + n % 4) * DAY, won=True)) for n in range(12)]
    others = [seen(f"o{n}", n) for n in range(10)]
    cases = cases_of([*won, *others], Method(age=3 * DAY), 100 * DAY, loses=False)
    assert {each.at - each.first for each in cases.cases} == {3 * DAY + 1}
    assert sum(not each.won for each in cases.cases) == 10
    assert cases.left == {"decided before the age that is looked at": 6}


def test_lost_leads_are_looked_at_before_they_were_lost_and_open_ones_are_left_out() -> None:
    leads = [seen("a", 0, Decision(5 * DAY, won=True)), seen("b", 1, Decision(4 * DAY, won=False)), seen("c", 2)]
    cases = cases_of(leads, Method(), 100 * DAY, loses=True)
    assert cases.way == DECIDED and cases.left == {"neither won nor lost yet": 1}
    assert [(each.id, each.at, each.won) for each in cases.cases] == [("a", 5 * DAY, True), ("b", 4 * DAY, False)]
    gap = cases_of(leads, Method(gap=2 * DAY), 100 * DAY, loses=True)
    assert [each.at for each in gap.cases] == [3 * DAY, 2 * DAY]
    young = cases_of(leads, Method(age=3 * DAY), 100 * DAY, loses=True)
    assert [(each.id, each.at) for each in young.cases] == [("a", 3 * DAY + 1)]


def test_a_lead_that_is_decided_at_its_first_event_has_no_score_before() -> None:
    cases = cases_of([seen("a", 1, Decision(DAY, won=True))], Method(), 9 * DAY, loses=True)
    assert cases.cases == [] and sum(cases.left.values()) == 1


# --- leakage ----------------------------------------------------------------------------------------------------------


def leaky(kind: str, hours: float, leads: int = 30) -> list[Event]:
    events = lives(leads * 4, 7)
    ends = {lead: t for lead, t, what, _ in events if what == "order"}
    return events + [(lead, t - int(hours * HOUR), kind, {}) for lead, t in ends.items()]


@pytest.mark.parametrize(("hours", "how"), [(0, "at"), (-1, "at"), (0.01, "only")])
def test_what_comes_with_the_outcome_is_warned_of(hours: float, how: str) -> None:
    text = MODEL.replace("event gave_up", "event signed { }\nevent gave_up").replace(
        "  rule large", "  rule signed { on signed  add 50 }\n  rule large"
    )
    found = {leak.what: leak.how for leak in result_of(leaky("signed", hours), text).leaks}
    assert found == {("event", "signed"): how, ("rule", "interest", "signed"): how}


def test_a_rule_on_the_very_event_of_the_outcome_is_warned_of(trials: list[Event]) -> None:
    text = MODEL.replace("  rule large", "  rule bought { on order  add 50 }\n  rule large")
    found = [leak for leak in result_of(trials, text).leaks if leak.what[0] == "rule"]
    assert [(leak.what[-1], leak.how) for leak in found] == [("bought", "at")]
    assert result_of(trials, text).auc == result_of(trials).auc


def test_what_is_honest_is_not_warned_of(trials: list[Event]) -> None:
    assert result_of(trials).leaks == []


# --- costs ------------------------------------------------------------------------------------------------------------


def test_the_best_line_is_the_one_that_earns_most(trials: list[Event]) -> None:
    found = looked(trials).standings
    swept = sweep(found, 50.0, 40.0, None, 1)
    own = {each.case.id: each.case.worth or 0.0 for each in found}
    profits = {}
    for line in {each.peak for each in found}:
        called = [each for each in found if each.peak >= line]
        profits[line / 1000] = sum(own[each.case.id] for each in called if each.case.won) - 40 * len(called)
    assert swept.best is not None
    assert swept.best.profit == pytest.approx(max(profits.values()))
    assert profits[swept.best.line] == pytest.approx(max(profits.values()))


# --- outcome files ----------------------------------------------------------------------------------------------------


def test_an_outcome_file_says_who_was_won_and_lost() -> None:
    text = "case;closed;result\na;2026-03-01;Won\nb;2026-03-02T10:00Z;lost\nc;;open\na;2026-02-01;lost\n"
    told = read_outcomes(text.splitlines(), "f.csv", Columns("case", "closed", "result"))
    assert {id: each.won for id, each in told.decisions.items()} == {"a": False, "b": False}
    assert told.open == {"c"} and told.loses


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.csv has no column `lead`; its columns are none"),
        ("lead,when\na,2026-01-01\n", "f.csv has no column `time`; its columns are `lead`, `when`"),
        ("lead,time\n,2026-01-01\n", "line 2 of f.csv names no lead"),
        ("lead,time\na,\n", "line 2 of f.csv has an outcome without a time"),
        ("lead,time\na,soon\n", "line 2 of f.csv has an unreadable time `soon`"),
        ("lead,time,value\na,2026-01-01,deal\n", "which of the values `deal` in `value` count as won"),
        ("lead,time,worth\na,2026-01-01,much\n", "line 2 of f.csv has a worth that is no number: `much`"),
        ("lead,time,value\na,,open\n", "f.csv holds no outcome"),
    ],
)
def test_an_outcome_file_that_can_not_be_used_is_told_of(text: str, said: str) -> None:
    with pytest.raises(OutcomeError) as error:
        read_outcomes(text.splitlines(), "f.csv", Columns())
    assert said in str(error.value)


def test_one_kind_only_is_refused(trials: list[Event]) -> None:
    won = {lead for lead, _, kind, _ in trials if kind == "order"}
    with pytest.raises(TooLittle, match="reached `won`, so there is nobody to tell them from"):
        result_of([each for each in trials if each[0] in won])
    with pytest.raises(TooLittle, match="so there is nothing to foretell"):
        result_of([each for each in trials if each[0] not in won])
    with pytest.raises(TooLittle, match="none of 400 leads can be looked at: 400 first seen outside of the period"):
        result_of(trials, method=Method(since=START + 1000 * DAY))


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, trials: list[Event], monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.score").write_text(MODEL)
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(written(trials)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*argv: str) -> tuple[int, str, str]:
    from tests.cli.conftest import call

    found = call(*argv)
    return found.status, found.out, found.err


def test_the_command_says_the_same_in_every_format(folder: Path, trials: list[Event]) -> None:
    given = ("backtest", "model.score", "--events", "events.jsonl", "--now", "2027-01-01")
    status, out, err = called(*given)
    result = result_of(trials)
    assert (status, err) == (0, "")
    assert f"AUC of {result.auc.value:.3f}" in out and "Calibration" not in out
    assert json.loads(called(*given, "--format", "json")[1])["auc"]["value"] == pytest.approx(result.auc.value)
    marked = called(*given, "--format", "markdown")[1]
    assert marked.startswith("# Back-test of interest in shop") and "| hot | " in marked
    assert called(*given, "--format", "html", "-o", "page.html", "--call-cost", "10")[0] == 0
    page = (folder / "page.html").read_text()
    assert page.count("<svg") == 7
    assert not any(each in page for each in ("src=", 'href="http', "<script", "@import"))
    assert "Where to draw the line" in page


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (("--outcome", "wn"), 2, "there is no outcome `wn` in the model, and no such file; did you mean `won`?"),
        (("--score", "x"), 2, "the model has no score `x`"),
        (("--columns", "lead=a", "--outcome", "won"), 2, "--columns is about an outcome file"),
        (("--since", "2026-03-01", "--until", "2026-02-01"), 2, "the period is empty"),
        (("--since", "2030-01-01"), 1, "first seen outside of the period"),
        (("--deal-worth", "5"), 2, "--deal-worth needs the cost of a call"),
        (("--gap", "soon"), 2, "`soon` is not a duration"),
        (("--gap", "1 day", "--age", "1 day"), 2, "choose one"),
        (("-o", "x.txt"), 2, "-o takes a result as JSON, Markdown or HTML"),
        (("--outcome", "other.csv"), 1, "2 leads of the outcomes have no events"),
        (("--outcome", "late.csv"), 1, "1 outcomes lie after the end"),
    ],
)
def test_bad_input_is_one_clear_sentence(folder: Path, more: tuple[str, ...], status: int, said: str) -> None:
    (folder / "other.csv").write_text("lead,time\nx,2026-03-01\ny,2026-03-01\n")
    (folder / "late.csv").write_text("lead,time\nlead-0001,2026-12-01\n")
    found = called("backtest", "model.score", "--events", "events.jsonl", "--now", "2027-01-01", *more)
    assert found[0] == status and found[1] == ""
    assert said in found[2]


def test_a_model_without_an_outcome_asks_for_one(folder: Path) -> None:
    (folder / "model.score").write_text(MODEL[: MODEL.index("outcome won")])
    status, _, err = called("backtest", "model.score", "--events", "events.jsonl", "--now", "2027-01-01")
    assert status == 2 and "the model has no outcome" in err and "outcome won {" in err


def test_a_score_that_says_the_same_of_everybody_is_told_of(trials: list[Event]) -> None:
    start = MODEL.index("  rule click")
    text = MODEL[:start] + MODEL[MODEL.index("}\n\ntrigger call") :]
    result = result_of(trials, text)
    assert result.auc.value == 0.5 and any("tells nobody apart" in each for each in result.remarks)


def test_an_outcome_in_a_file_and_one_in_the_model_say_the_same(folder: Path, trials: list[Event]) -> None:
    from runtime.times import write_instant

    rows = [f"{lead},{write_instant(t)},{kind}" for lead, t, kind, _ in trials if kind in ("order", "gave_up")]
    (folder / "deals.csv").write_text("\n".join(["lead,time,value", *rows, ""]))
    given = ("backtest", "model.score", "--events", "events.jsonl", "--now", "2027-01-01", "--format", "json")
    one = json.loads(called(*given)[1])
    other = json.loads(called(*given, "--outcome", "deals.csv", "--won", "order")[1])
    assert [one[key] for key in ("auc", "bands", "triggers", "months")] == [
        other[key] for key in ("auc", "bands", "triggers", "months")
    ]


def test_every_pair_of_method_options_gives_a_result(trials: list[Event]) -> None:
    for gap, open_is_lost in product((0, DAY), (False, True)):
        method = replace(Method(), gap=gap, open_is_lost=open_is_lost)
        assert result_of(trials, method=method).leads > 100
