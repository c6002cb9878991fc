"""`leadscore sample`: histories that a model accepts, believable ones, and the same ones everywhere."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cli.main import main
from compiler.compile import compile_file, compile_text
from insight.dice import Dice
from insight.sample import Wanted, sample
from runtime.run import Run
from runtime.table import Table, dump, load
from runtime.times import DAY, read_date, read_moment

ROOT = Path(__file__).resolve().parent.parent
START = read_date("2026-01-05")
EXAMPLES = [path for path in sorted((ROOT / "examples").glob("*/*.score")) if "\nmodel " in path.read_text("utf-8")]


@pytest.fixture(scope="module")
def trial() -> Table:
    table = compile_file(ROOT / "examples/saas_trial/model.score").table
    assert table is not None
    return table


def made(table: Table, leads: int = 40, days: int = 90, seed: int = 3, **more) -> list[str]:
    return list(sample(table, Wanted(leads=leads, days=days, seed=seed, start=START, **more)))


def folded(table: Table, lines: list[str]):
    run = Run(table, now=START + 100_000 * DAY)
    run.take(line.encode() for line in lines)
    return run, run.finish()


# --- it is accepted ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.parametrize("seed", [0, 1])
def test_a_model_accepts_all_that_is_made_for_it(path: Path, seed: int) -> None:
    table = compile_file(path).table
    assert table is not None
    run, outcome = folded(table, made(table, leads=25, days=60, seed=seed))
    assert run.rejects == []
    assert run.duplicates == 0
    assert len(outcome.leads) == 25


ODD = """
model odd { lateness 3000 days }
let mark = 12.5
lead {
  größe: number 0.25..0.75  since: date  seen: instant  sure: boolean  share: percent
  tags: list of text  plan: one of "a", "b"  vat as "vat-id": text
  of: account
}
event e1 as "com.acme.α" { n: number ..-3 required  m: integer -5.. as "m-m"  p: percent required  l: list of text }
event e2 passive { few: integer 999999999999998.. required  none: number ..-0.5 }
event e3 { }
score s {
  range -10..
  rule a { on e1 where n < -4.125 and m in [1, -2]  add 0.001 }
  rule b { on e1 where p between 20% and 120% and ("x" in l or l contains "y")  subtract 2 * n }
  rule c { on e1 where not (m != 7) or m >= mark  add 1 }
  rule d { when since in the last 3 days or seen in the next 2 hours  add 1 else when seen more than 3 weeks ago add 2 }
  rule f { when vat matches "D?*" and größe > 0.123456789012 and of starts with "Ä"  add 1 }
  rule g { when plan != "a" and sure and share >= 50%  add 1 }
}
""".replace('vat as "vat-id": text', 'vat: text as "vat-id"')


def test_odd_types_ranges_and_names_are_accepted_too() -> None:
    compilation = compile_text(ODD)
    assert compilation.table is not None, compilation.diagnostics
    lines = made(compilation.table, leads=60)
    run, _ = folded(compilation.table, lines)
    assert run.rejects == []
    assert {json.loads(line)["type"] for line in lines} == {"lead", "com.acme.α", "e2", "e3"}


@pytest.mark.parametrize("text", ["model m {}", "model m {} lead { a: text }", "model m {} event e passive {}"])
def test_a_model_with_next_to_nothing_in_it_is_no_reason_to_fail(text: str) -> None:
    table = compile_text(text).table
    assert table is not None
    run, _ = folded(table, made(table, leads=5))
    assert run.rejects == []


# --- it is the same everywhere ----------------------------------------------------------------------------------------

SIMPLE = """
model simple {}
lead { email: text  company: account  employees: integer 1.. }
event page_view { path: text required }
event mail_sent passive { campaign: text }
score s {
  rule a { on page_view where path starts with "/pricing"  add 10 }
  rule b { when employees >= 50  add 5 }
}
"""


def test_a_seed_gives_these_very_bytes_on_every_python() -> None:
    table = compile_text(SIMPLE).table
    assert table is not None
    text = "\n".join(made(table, leads=20, days=30, seed=11, disorder=0.1))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "4de12c382db99c55"


def test_a_rule_file_and_its_table_give_the_same_lines(trial: Table) -> None:
    assert made(trial) == made(load(dump(trial)))


def test_another_seed_gives_another_history(trial: Table) -> None:
    assert made(trial, seed=1) != made(trial, seed=2)


def test_more_leads_leave_those_that_were_there_as_they_are(trial: Table) -> None:
    few = made(trial, leads=10)
    known = {json.loads(line)["subject"] for line in few}
    assert few == [line for line in made(trial, leads=30) if json.loads(line)["subject"] in known]


def test_dice_use_nothing_of_random_that_may_change(monkeypatch) -> None:
    class Steady:
        """The part of `random.Random` that is promised to stay."""

        def __init__(self, seed: int, real=random.Random) -> None:
            self.random = real(seed).random

    monkeypatch.setattr(random, "Random", Steady)
    dice = Dice(1)
    assert dice.between(1, 6) == 1
    assert dice.pick("abcdef") == "f"
    assert dice.weighted([("rare", 1.0), ("often", 9.0)]) == "often"
    assert dice.skewed(10) == 1
    assert not dice.chance(0.1)


# --- it is believable -------------------------------------------------------------------------------------------------


def test_lines_are_in_the_order_of_time_within_the_period_with_ids_of_their_own(trial: Table) -> None:
    events = [json.loads(line) for line in made(trial, days=30)]
    times = [read_moment(event["time"]) for event in events]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] < START + 30 * DAY
    assert len({(event["source"], event["id"]) for event in events}) == len(events)
    assert all(event["time"].endswith("Z") for event in events)
    assert any("." in event["time"] for event in events)


def test_leads_are_cold_and_hot_and_most_rules_have_something_to_say(trial: Table) -> None:
    _, outcome = folded(trial, made(trial, leads=150, days=120))
    scores = [lead.a[0] for lead in outcome.leads]
    assert min(scores) < 0
    assert sum(score < 25_000 for score in scores) > 30
    assert sum(score >= 60_000 for score in scores) > 10
    fired = {trial.triggers[at].name for lead in outcome.leads for at, _ in lead.fired}
    assert {"trial_begins", "qualify", "accepted", "rejected", "waiting", "went_quiet"} <= fired


def test_some_values_are_those_that_rules_test_for_and_some_match_nothing(trial: Table) -> None:
    events = [json.loads(line) for line in made(trial, leads=150)]
    paths = [event["data"]["path"] for event in events if event["type"] == "page_view"]
    starts = ("/pricing", "/security", "/legal/dpa", "/careers")
    assert all(any(path.startswith(start) for path in paths) for start in starts)
    assert any(not path.startswith(starts) for path in paths)


def test_leads_share_accounts_and_attributes_change_and_go(trial: Table) -> None:
    events = [json.loads(line) for line in made(trial, leads=200)]
    given = [event for event in events if event["type"] == "lead"]
    first = {}
    for event in given:
        first.setdefault(event["subject"], event["data"].get("company"))
    shared = Counter(company for company in first.values() if company is not None)
    assert max(shared.values()) >= 3
    assert None in first.values()
    assert max(Counter(event["subject"] for event in given).values()) > 1
    assert any(value is None for event in given for value in event["data"].values())


def test_passive_events_are_the_rarer_ones(trial: Table) -> None:
    counts = Counter(json.loads(line)["type"] for line in made(trial, leads=100))
    passive = counts["mail_sent"] + counts["crm_status"]
    assert 0 < passive < sum(counts.values()) / 5


# --- disorder ---------------------------------------------------------------------------------------------------------


def test_disorder_brings_lines_late_and_twice_and_changes_no_score(trial: Table) -> None:
    tidy, messy = made(trial), made(trial, disorder=0.2)
    assert set(messy) == set(tidy)
    assert len(messy) > len(tidy)
    assert list(dict.fromkeys(messy)) != tidy
    run, outcome = folded(trial, messy)
    assert run.rejects == []
    assert run.duplicates == len(messy) - len(tidy)
    assert [lead.a for lead in outcome.leads] == [lead.a for lead in folded(trial, tidy)[1].leads]


# --- the command ------------------------------------------------------------------------------------------------------

MODEL = str(ROOT / "examples/saas_trial/model.score")


@pytest.mark.parametrize("days", ["1", "2", "400"])
@pytest.mark.parametrize("leads", ["0", "1", "3"])
def test_no_size_is_too_small(leads: str, days: str, capsys) -> None:
    assert main(["sample", MODEL, "--leads", leads, "--days", days, "--disorder", "100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({json.loads(line)["subject"] for line in lines}) == int(leads)


def test_the_file_is_what_standard_output_would_be(tmp_path: Path, capsys) -> None:
    file = tmp_path / "events.jsonl"
    assert main(["sample", MODEL, "--leads", "4", "--days", "9"]) == 0
    shown = capsys.readouterr().out
    assert main(["sample", MODEL, "--leads", "4", "--days", "9", "-o", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert file.read_text(encoding="utf-8") == shown


def test_a_start_is_a_date_or_an_instant(capsys) -> None:
    assert main(["sample", MODEL, "--leads", "5", "--days", "2", "--start", "1999-12-31T12:00+01:00"]) == 0
    times = [read_moment(json.loads(line)["time"]) for line in capsys.readouterr().out.splitlines()]
    assert read_moment("1999-12-31T11:00Z") <= times[0]
    assert times[-1] < read_moment("2000-01-02T11:00Z")


def test_a_period_that_ends_in_the_future_is_told_with_the_way_out(capsys) -> None:
    assert main(["sample", MODEL, "--leads", "1", "--days", "2", "--start", "2900-01-01"]) == 0
    assert "--now 2900-01-03T00:00:00Z" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--leads", "-1"], "leads"),
        (["--days", "0"], "days"),
        (["--seed", "x"], "seed"),
        (["--disorder", "101"], "disorder"),
        (["--start", "yesterday"], "yesterday"),
        (["--start", "2999-12-30", "--days", "9"], "2999"),
        (["-o", "no/such/folder/f"], "no folder"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_status_2(args: list[str], words: str, capsys) -> None:
    assert main(["sample", MODEL, *args]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_rule_file_with_errors_is_status_1_and_a_missing_one_2(tmp_path: Path, capsys) -> None:
    broken = tmp_path / "broken.score"
    broken.write_text("model m { owner }", encoding="utf-8")
    assert main(["sample", str(broken)]) == 1
    assert main(["sample", str(tmp_path / "none.score")]) == 2
    assert capsys.readouterr().out == ""


def test_help_shows_examples() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "sample", "--help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert "leadscore sample model.score --leads 50" in done.stdout
