"""Real event logs give the same digits in file order, shuffled, and in many runs on one database."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from compiler.compile import compile_file
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.sqlite import SQLite
from tests.real import mapping

HERE = Path(__file__).parent / "real"


def data_of(shared: Path, name: str) -> Path:
    folder = shared / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not beside the project")
    return folder


def table_of(name: str):
    compiled = compile_file(HERE / name)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def folded(table, lines, store=None) -> tuple[list[str], Run]:
    run = Run(table, store)
    run.take(lines)
    outcome = run.finish()
    if store is not None:
        run.save()
    writer = LeadLines(run.plan, outcome.at)
    return [writer.write(lead) for lead in outcome.leads], run


def shuffled(lines, seed):
    lines = list(lines)
    random.Random(seed).shuffle(lines)
    return lines


def in_runs(table, lines, count, path) -> list[str]:
    """The result of the last of `count` runs over one database: each takes its share and some of the one before."""
    found: list[str] = []
    size = -(-len(lines) // count)
    for at in range(count):
        part = shuffled(lines[max(at * size - 20, 0) : (at + 1) * size], at)
        store = SQLite(path)
        found, run = folded(table, part, store)
        assert run.rejects == []
        store.close()
    return found


@pytest.fixture(scope="module")
def loans(shared):
    """The lines of the loan applications, and what stands of them after one run in file order."""
    lines = list(mapping.loan_applications(data_of(shared, "bpic2012")))
    assert len(lines) > 100_000
    found, run = folded(table_of("loan.score"), lines)
    assert run.rejects == [] and run.accepted == len(lines)
    return lines, found


def test_loan_applications_fold_alike_in_any_order(loans, tmp_path):
    lines, found = loans
    table = table_of("loan.score")
    assert found == folded(table, shuffled(lines, 1))[0]
    assert found == in_runs(table, lines, 20, tmp_path / "state.db")


def test_loan_applications_fold_alike_in_shuffled_runs(loans, tmp_path):
    """Most leads are folded anew in most runs; a tenth of them is enough to see it."""
    table = table_of("loan.score")
    lines = [line for line in loans[0] if json.loads(line)["subject"].endswith("7")]
    found = folded(table, lines)[0]
    assert len(found) > 500
    assert found == in_runs(table, shuffled(lines, 2), 20, tmp_path / "state.db")


def test_loan_applications_end_where_the_log_says(shared, loans):
    folder, (_, found) = data_of(shared, "bpic2012"), loans
    stages = Counter(json.loads(line)["stage"] for line in found)
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        outcomes = Counter(row["outcome"] for row in csv.DictReader(file))
    assert stages["customer"] == outcomes["converted"]
    assert sum(stages.values()) == sum(outcomes.values())
    scores = [json.loads(line, parse_float=Decimal)["scores"]["progress"] for line in found]
    assert all(0 <= score <= 150 for score in scores) and len(set(scores)) > 100


def test_shop_sessions_fold_alike_in_any_order(shared, tmp_path):
    folder = data_of(shared, "otto")
    table = table_of("shop.score")
    lines = list(mapping.shop_sessions(folder))
    found, run = folded(table, lines)
    assert run.rejects == [] and len(found) == 20 and run.accepted == 862
    assert found == folded(table, shuffled(lines, 1))[0]
    assert found == in_runs(table, shuffled(lines, 2), 20, tmp_path / "state.db")


def test_web_events_keep_the_first_of_two_with_one_id(shared, tmp_path):
    folder = data_of(shared, "snowplow")
    table = table_of("site.score")
    lines = list(mapping.site_events(folder))
    found, run = folded(table, lines)
    ids = Counter(json.loads(line)["id"] for line in lines)
    nameless = sum(not json.loads(line)["subject"] for line in lines)
    assert max(ids.values()) > 1 and nameless == 1
    assert run.accepted == len(ids) - nameless
    assert run.accepted + run.duplicates + len(run.rejects) == len(lines)
    assert {each.reason.split(":")[0] for each in run.rejects} == {
        "other content under a known pair of source and id",
        "not a CloudEvents 1.0 object",
    }
    kept = [line for line in lines if line not in {each.line for each in run.rejects}]
    assert found == folded(table, shuffled(kept, 1))[0]
    assert found == in_runs(table, shuffled(kept, 2), 20, tmp_path / "state.db")
