"""The life of a lead is the engine's own account of it: of random models and histories too."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise

import pytest

from cli.main import main
from insight.recorded import History, Start
from insight.reports.handovers import take as handed
from insight.reports.handovers import terms_of
from insight.reports.life import life
from insight.reports.paths import take
from insight.timeline import timeline
from runtime.run import Run
from runtime.times import read_moment
from tests.conftest import ROOT
from tests.insight.recordings import FAR, line, model_of, recorded
from tests.models import make

SAAS = ROOT / "examples" / "saas_trial"


@pytest.mark.parametrize("seed", range(12))
def test_the_life_of_a_random_lead_agrees_with_its_timeline(seed):
    sample = make(seed)
    model = model_of(sample.model)
    lines = [each.encode("utf-8", "surrogatepass") for run in sample.runs for each in run.lines]
    run = Run(model.table, now=FAR)
    run.take(lines)
    until = run.finish().at + 10**13
    files = recorded(lines, model)
    on_rules = {(key, rule.name) for key, score in model.table.scores.items() for rule in score.on}
    for shelf in range(files.shelves):
        for history in files.shelf(shelf):
            told, lived = timeline(history, model, until), life(history, model, until, scored=True)
            assert (told is None) == (lived is None)
            if told is None or lived is None:
                continue
            assert [(name, look.at) for look in lived.looks for name in look.fired] == told.fired
            gave: Counter[tuple[str, str]] = Counter()
            for gift in (gift for look in lived.looks for gift in look.gifts):
                gave[gift.score, gift.rule] += gift.points
            known = {(score, name): each.points for (score, kind, name), each in told.points.items() if kind == "rule"}
            assert {each: points for each, points in gave.items() if each in on_rules} == {
                each: points for each, points in known.items() if each in on_rules
            }
            for look in lived.looks:
                moment = told.at(look.at)
                last = [each for each in lived.looks if each.at == look.at][-1]
                assert moment is not None
                assert last.scores == moment.scores
            if model.table.stages.path:
                stays = take(lived).stays
                assert stays[-1][0] == told.lead.stage
                assert all(one[2] == two[1] for one, two in pairwise(stays))


CARRIED = """
model carried { }
lead { title: text  trial_ends: date }
event visit { page: text }
event crm passive { to: text required }
score s {
  ready at 20
  rule visit { on visit  add 5 }
  rule pricing { on visit where page = "pricing"  add 10 }
  rule boss { when title = "boss"  add 8 }
  rule ends { when trial_ends in the next 3 days  add 12 }
  rule often { when visits >= 3  add 6 }
}
tally visits { on visit }
stages visitor, qualified
trigger up { when s >= ready  move to qualified }
trigger given { on crm where to = "qualified"  move to qualified }
"""


def lives(lines, model):
    files = recorded(lines, model)
    found = [life(each, model, read_moment("2026-03-01")) for at in range(files.shelves) for each in files.shelf(at)]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    ("lines", "carried"),
    [
        ([line(1, "2026-01-01", "visit", page="a"), line(2, "2026-01-02", "visit", page="pricing")], "s.pricing"),
        ([line(1, "2026-01-01", "visit", page="pricing"), line(2, "2026-01-02", "lead", title="boss")], "s.boss"),
        (
            [line(1, "2026-01-01", "visit", page="pricing"), line(2, "2026-01-02", "lead", trial_ends="2026-01-20")],
            "s.ends",
        ),
        ([line(1, "2026-01-01", "crm", to="qualified")], "event crm"),
    ],
)
def test_what_carried_a_lead_is_what_happened_at_the_look(lines, carried):
    model = model_of(CARRIED)
    lived = lives(lines, model)[0]
    assert [look.carried for look in lived.looks if look.moves] == [carried]


def tables(capsys, *args: str) -> object:
    assert main(["report", *args, "--format", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    return whole["tables"], whole["remarks"], whole["hash"] if "--events" in args else None


@pytest.mark.parametrize("name", ["stages", "acceptance", "assets", "interest"])
def test_the_order_of_events_and_their_repeats_change_no_report(name, tmp_path, capsys):
    lines = (SAAS / "events.jsonl").read_text().splitlines()
    jumbled = lines + lines[::3]
    random.Random(1).shuffle(jumbled)
    (tmp_path / "jumbled.jsonl").write_text("\n".join(jumbled) + "\n")
    model = str(SAAS / "model.score")
    straight = tables(capsys, name, model, "--events", str(SAAS / "events.jsonl"))
    assert tables(capsys, name, model, "--events", str(tmp_path / "jumbled.jsonl")) == straight


def test_a_database_reports_what_its_events_do(tmp_path, capsys):
    model, events, db = str(SAAS / "model.score"), str(SAAS / "events.jsonl"), str(tmp_path / "s.db")
    assert main(["score", model, "--events", events, "--db", db]) == 0
    capsys.readouterr()
    of_files = tables(capsys, "acceptance", model, "--events", events)
    assert tables(capsys, "acceptance", model, "--db", db)[:2] == of_files[:2]


def test_a_lead_whose_early_events_have_expired_keeps_the_stages_that_it_had_entered():
    model = model_of(CARRIED.replace("visitor, qualified", "visitor, qualified, accepted also lost"))
    early = [line(1, "2026-01-01", "visit", page="a"), line(2, "2026-01-02", "crm", to="qualified")]
    whole = next(iter(lives(early, model)))
    start = Start(model.digest, whole.lead, read_moment("2026-01-05"))
    late = History("ada", [line(3, "2026-02-01", "visit", page="a")], None, start)
    lived = life(late, model, read_moment("2026-03-01"))
    assert lived is not None
    assert take(lived).stays == take(whole).stays
    assert take(lived).stays[0][:2] == ("visitor", read_moment("2026-01-01T10:00Z"))
    assert handed(lived, terms_of(model.table)) is None
    assert lived.cut == read_moment("2026-01-05")
