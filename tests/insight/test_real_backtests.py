"""Back-tests of real event logs say what those who read the log by hand find."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from compiler.compile import compile_file
from insight.backtest.instants import Method
from insight.backtest.outcomes import Columns, read_outcomes
from insight.backtest.result import measured
from insight.backtest.standing import study
from runtime.dynamo.model import Model
from runtime.table import dump, load
from runtime.times import read_instant
from tests.conftest import ROOT
from tests.insight.recordings import FAR, recorded
from tests.real import mapping


def data_of(shared: Path, name: str) -> Path:
    folder = shared / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not beside the project")
    return folder


def model_in(name: str) -> Model:
    table = compile_file(ROOT / "tests" / "real" / name).table
    assert table is not None
    return Model(load(dump(table)))


@pytest.fixture(scope="module")
def loans(shared):
    """A fifth of the applications: their lines, and what became of each as the data say."""
    folder = data_of(shared, "bpic2012")
    lines = [line for line in mapping.loan_applications(folder) if json.loads(line)["subject"][-1] in "37"]
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        ends = {row["case_id"]: row for row in csv.DictReader(file) if row["case_id"][-1] in "37"}
    return folder, lines, ends


def test_the_outcomes_of_the_rule_file_are_those_of_the_log(loans) -> None:
    folder, lines, ends = loans
    model = model_in("loan.score")
    found = recorded(lines, model, now=FAR)
    outcome = model.table.outcomes["won"]
    looked = study(found, model, "progress", outcome, Method(), found.newest)
    counted = Counter(row["outcome"] for row in ends.values())
    assert len(looked.standings) == sum(counted.values()) - counted["open"]
    assert sum(each.case.won for each in looked.standings) == counted["converted"]
    text = (folder / "cases.csv").read_text(encoding="utf-8").splitlines()
    told = read_outcomes(text, "cases.csv", Columns("case_id", "outcome_time", "outcome", won=frozenset({"converted"})))
    filed = study(found, model, "progress", told, Method(), found.newest)
    assert [(each.case.id, each.case.won) for each in filed.standings] == [
        (each.case.id, each.case.won) for each in looked.standings
    ]
    assert filed.strangers > 0


def test_nothing_of_the_outcome_is_in_the_score_and_it_still_tells_leads_apart(loans) -> None:
    """`offer_back` before the outcome is worth 30 points, and what happens at the outcome itself is worth none."""
    _, lines, _ = loans
    model = model_in("loan.score")
    found = recorded(lines, model, now=FAR)
    outcome = model.table.outcomes["won"]
    looked = study(found, model, "progress", outcome, Method(), found.newest)
    back: dict[str, list[str]] = {}
    for line in lines:
        event = json.loads(line)
        if event["type"] == "offer_back":
            back.setdefault(event["subject"], []).append(event["time"])
    for each in looked.standings:
        before = sum(read_instant(time) < each.case.at for time in back.get(each.case.id, []))
        assert (each.rules.get("back", (0, 0))[0] > 0) == (before > 0), each.case.id
    result = measured(looked, model, outcome, "won", Method())
    assert 0.9 < result.auc.low < result.auc.high < 0.97
    assert result.leaks == []


def test_a_handful_of_sessions_says_so(shared) -> None:
    """20 sessions of a shop, of which one in seven ends in an order: the interval says how little that is."""
    folder = data_of(shared, "otto")
    model = model_in("shop.score")
    found = recorded(list(mapping.shop_sessions(folder)), model, now=FAR)
    outcome = model.table.outcomes["bought"]
    looked = study(found, model, "interest", outcome, Method(), found.newest)
    result = measured(looked, model, outcome, "bought", Method())
    assert (result.leads, result.won) == (10, 3)
    assert any("mostly chance" in each for each in result.remarks)
    assert [(leak.what[-1], leak.how) for leak in result.leaks] == [("order", "own")]
    assert result.leads + sum(result.left.values()) == 20
    assert result.auc.high - result.auc.low > 0.1


def test_what_the_log_does_with_the_outcome_is_told(shared, tmp_path) -> None:
    """A_APPROVED, A_REGISTERED and O_ACCEPTED happen only where a loan is taken, with that or moments before."""
    folder = data_of(shared, "bpic2012")
    names = {"A_APPROVED": "approved", "A_REGISTERED": "registered", "O_ACCEPTED": "accepted"}
    text = (ROOT / "tests" / "real" / "loan.score").read_text(encoding="utf-8")
    for name in names.values():
        text = text.replace("event activated", f"event {name} {{}}\nevent activated", 1)
        text = text.replace("  rule created ", f"  rule {name} {{ on {name}  add 1 }}\n  rule created ", 1)
    (tmp_path / "loan.score").write_text(text, encoding="utf-8")
    table = compile_file(tmp_path / "loan.score").table
    assert table is not None
    model = Model(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping, "LOAN", mapping.LOAN | names)
        lines = [line for line in mapping.loan_applications(folder) if json.loads(line)["subject"].endswith("7")]
    found = recorded(lines, model, now=FAR)
    outcome = model.table.outcomes["won"]
    looked = study(found, model, "progress", outcome, Method(), found.newest)
    leaks = {leak.what[-1] for leak in measured(looked, model, outcome, "won", Method()).leaks}
    assert leaks == set(names.values())
