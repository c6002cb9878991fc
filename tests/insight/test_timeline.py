"""A timeline says what the engine says: at any instant, and of where points come from."""

from __future__ import annotations

import random

import pytest

from insight.timeline import timeline
from runtime.explain import explain
from runtime.lines import LeadLines, band_of, scores_of, settle
from runtime.run import Run
from runtime.statement import Statement
from runtime.times import read_moment
from tests.insight.recordings import FAR, line, model_of, recorded
from tests.models import make

MODEL = """
model shop { }
lead { country: text }
event visit { path: text }
event crm passive { status: text }
score s {
  ready at 20  bands cold < 10, hot
  rule visit { on visit  add 10, at most 3 times }
  rule nordic { when country = "NO"  add 5 }
  degrade { after 10 days without activity  by 50% every 10 days }
}
stages new, known
trigger known { when s >= ready and stage < known  move to known  emit "known" }
trigger back { on crm where status = "back"  reset s to 5 }
"""


def folded(lines, model, until):
    files = recorded(lines, model)
    found = {}
    for shelf in range(files.shelves):
        for history in files.shelf(shelf):
            found[history.id] = timeline(history, model, until)
    return {id: each for id, each in found.items() if each is not None}


def test_a_score_is_told_at_any_instant_and_just_before_it():
    lines = [
        line(1, "2026-03-01", "visit", path="/"),
        line(2, "2026-03-02", "visit", path="/"),
        line(3, "2026-03-03", "lead", country="NO"),
        line(4, "2026-04-01", "crm", status="back"),
    ]
    ada = folded(lines, model_of(MODEL), read_moment("2026-05-01"))["ada"]
    second = read_moment("2026-03-02T10:00Z")
    assert ada.at(read_moment("2026-03-01T09:59:59Z")) is None
    assert (ada.before(second).score("s"), ada.at(second).score("s")) == (10_000, 20_000)
    assert (ada.before(second).stage, ada.at(second).stage) == ("new", "known")
    assert (ada.before(second).band("s"), ada.at(second).band("s")) == ("hot", "hot")
    assert ada.at(read_moment("2026-03-12T10:00Z")).score("s") == 12_500
    assert ada.before(read_moment("2026-03-12T10:00Z")).score("s") == 25_000
    assert ada.at(read_moment("2026-04-01T10:00Z")).score("s") == 5_000
    assert ada.fired == [("known", second), ("back", read_moment("2026-04-01T10:00Z"))]
    given = {origin[1:]: (each.times, each.points) for origin, each in ada.points.items()}
    assert given[("rule", "visit")] == (2, 20_000) and given[("rule", "nordic")] == (1, 5_000)
    assert sum(points for _, points in given.values()) == ada.end.score("s") == 5_000
    with pytest.raises(KeyError):
        given[("before", "")]


@pytest.mark.parametrize("seed", range(16))
def test_a_timeline_of_a_random_lead_is_what_runs_and_statements_say(seed):
    sample = make(seed)
    model = model_of(sample.model)
    lines = [each.encode("utf-8", "surrogatepass") for run in sample.runs for each in run.lines]
    run = Run(model.table, now=FAR)
    run.take(lines)
    newest = run.finish().at
    chance = random.Random(seed)
    for until in (newest, newest - chance.randrange(10**13), newest + chance.randrange(10**13)):
        run = Run(model.table, now=FAR)
        run.take(lines)
        outcome = run.finish(until)
        found = folded(lines, model, until)
        assert sorted(found) == [lead.id for lead in outcome.leads]
        writer = LeadLines(run.plan, until)
        for lead in outcome.leads:
            told = found[lead.id]
            assert writer.write(told.lead) == writer.write(lead)
            explanation = explain(run.plan, lead.id, run.events_of(lead.id), until)
            for key in run.plan.keys:
                if run.plan.table.scores[key].value is None:
                    assert by_origin(told, key) == by_statement(explanation, key)


@pytest.mark.parametrize("seed", range(12))
def test_the_moments_of_a_random_lead_are_what_a_run_up_to_then_shows(seed):
    sample = make(seed)
    model = model_of(sample.model)
    lines = [each.encode("utf-8", "surrogatepass") for run in sample.runs for each in run.lines]
    run = Run(model.table, now=FAR)
    run.take(lines)
    newest = run.finish().at
    found = folded(lines, model, newest + 10**13)
    chance = random.Random(seed)
    events = sorted({key[0] for each in found.values() for key, _, _, _ in each.events})
    for t in [*chance.sample(events, min(4, len(events))), newest - chance.randrange(10**12), newest + 10**12]:
        run = Run(model.table, now=FAR)
        run.take(lines)
        outcome = run.finish(t)
        stand = {id: moment for id, each in found.items() if (moment := each.at(t)) is not None}
        assert sorted(stand) == [lead.id for lead in outcome.leads]
        for lead in outcome.leads:
            settle(run.plan, lead)
            moment = stand[lead.id]
            assert (list(moment.scores), moment.stage) == (scores_of(run.plan, lead, t), lead.stage)
            for key, score in run.plan.table.scores.items():
                if score.bands:
                    assert moment.band(key) == band_of(score.bands, moment.score(key))


def by_origin(told, key):
    """Points by what a statement calls it, without the ends of the range and what adds up to nothing."""
    names = {"rule": "{}", "group": "group {}", "trigger": "trigger {}", "time": "time"}
    return {
        names[kind].format(name): given.points
        for (own, kind, name), given in told.points.items()
        if own == key and kind in names and given.points
    }


def by_statement(explanation, key):
    found = {}
    for each in Statement(explanation, {}).subtotals(key):
        of = "time" if each.of in ("degradation", "fading and expiry") else each.of
        if of != "ends of the range":
            found[of] = found.get(of, 0) + each.points
    return {of: points for of, points in found.items() if points}
