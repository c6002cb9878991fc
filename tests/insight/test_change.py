"""What is counted under two models is what two runs of `score` say, and what one change alone has done."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from insight.change.compare import Comparison, Question, first_day, week_of
from insight.change.facts import Facts
from insight.change.variants import changes
from runtime.dynamo.model import Model
from runtime.lines import LeadLines
from runtime.plan import Plan
from runtime.run import Run
from runtime.times import DAY, read_moment
from runtime.values import milli
from tests.insight.recordings import FAR, line, model_of, recorded
from tests.models import make


def counted(lines, old, new, until, *, variants=(), since=None, held=1 << 26):
    files = recorded(lines, old, new, held=held)
    comparison = Comparison(Question(old, new, until, since, tuple(variants)))
    facts = Facts()
    for at in range(files.shelves):
        facts.add(comparison.shelf(files.shelf(at)))
    facts.order()
    files.close()
    return facts


def scored(model, lines, until):
    """The lines of `score --json`, by lead."""
    run = Run(model.table, now=FAR)
    run.take(lines)
    outcome = run.finish(until)
    writer = LeadLines(run.plan, until)
    found = {}
    for lead in outcome.leads:
        told = json.loads(writer.write(lead), parse_float=Decimal)
        found[lead.id] = told | {"scores": {key: milli(points) for key, points in told["scores"].items()}}
    return found


def naive(old, new, lines, until, since):
    """What `Facts` hold, from the lines of two runs alone."""
    sides = [scored(each, lines, until) for each in (old, new)]
    tables = [old.table, new.table]
    ids = sorted(sides[0].keys() | sides[1].keys())
    shared = sorted(tables[0].scores.keys() & tables[1].scores.keys())
    told = {"both": sum(id in sides[0] and id in sides[1] for id in ids)}
    told["moves"] = {}
    for key in shared:
        values = [[side[id]["scores"][key] if id in side else None for side in sides] for id in ids]
        by = [(after or 0) - (before or 0) for before, after in values]
        told["moves"][key] = (sum(b > 0 for b in by), sum(b < 0 for b in by), sum(b == 0 for b in by), sum(by))
    told["bands"] = {
        key: Counter(tuple(side[id]["bands"][key] if id in side else None for side in sides) for id in ids)
        for key in shared
        if all(table.scores[key].bands for table in tables)
    }
    told["stages"] = Counter()
    if all(table.stages.path for table in tables):
        told["stages"] = Counter(tuple(side[id]["stage"] if id in side else None for side in sides) for id in ids)
    told["weeks"], told["ever"] = {}, {}
    for name in {trigger.name for table in tables for trigger in table.triggers}:
        fired = [
            {id: [read_moment(each["at"]) for each in side[id]["fired"] if each["trigger"] == name] for id in side}
            for side in sides
        ]
        within = [{id: [t for t in times if since is None or t > since] for id, times in f.items()} for f in fired]
        weeks = tuple(Counter(week_of(t) for times in side.values() for t in times) for side in within)
        if any(weeks):
            told["weeks"][name] = weeks
        have = [{id for id, times in side.items() if times} for side in within]
        told["ever"][name] = (sorted(have[1] - have[0]), sorted(have[0] - have[1]), len(have[0]), len(have[1]))
    told["ready"] = {}
    for key in shared:
        lines_ = [table.scores[key].ready for table in tables]
        if None not in lines_:
            have = [
                {id for id in side if side[id]["scores"][key] >= at} for side, at in zip(sides, lines_, strict=True)
            ]
            told["ready"][key] = (sorted(have[1] - have[0]), sorted(have[0] - have[1]), len(have[0]), len(have[1]))
    return told


def of_facts(facts):
    def count(each):
        gained, lost = (sorted(passer.lead for passer in side) for side in (each.gained, each.lost))
        return gained, lost, each.old, each.new

    return {
        "both": facts.both,
        "moves": {key: (each.up, each.down, each.same, each.sum) for key, each in facts.moves.items()},
        "bands": facts.bands,
        "stages": facts.stages,
        "weeks": facts.weeks,
        "ever": {name: count(each) for (kind, name), each in facts.ever.items() if kind == "trigger"},
        "ready": {name: count(each) for (_, name), each in facts.at_end.items()},
    }


def another(text):
    """A model that is nearly the same: points, lines and durations are others."""
    return text.replace("add 5", "add 9").replace("ready at 3", "ready at 2").replace("add ten", "add 7 * ten")


@pytest.mark.parametrize("seed", range(14))
def test_what_is_counted_is_what_two_runs_say(seed):
    sample = make(seed)
    old = model_of(sample.model)
    new = model_of(another(sample.model) if seed % 2 else make(seed + 1).model)
    lines = [each.encode("utf-8", "surrogatepass") for run in sample.runs for each in run.lines]
    run = Run(old.table, now=FAR)
    run.take(lines)
    newest = run.finish().at
    for until, since in ((newest, None), (newest - DAY, newest - 3 * DAY), (newest + 40 * DAY, newest)):
        want = naive(old, new, lines, until, since)
        found = of_facts(counted(lines, old, new, until, since=since, held=500 if seed % 3 else 1 << 26))
        if not found["moves"]:
            assert want["both"] == 0 or not want["moves"]
            found["moves"] = want["moves"]
            want["bands"] = {key: flow for key, flow in want["bands"].items() if flow}
        assert found == want


def test_a_week_begins_on_monday_in_utc():
    monday = read_moment("2026-03-02")
    assert first_day(week_of(monday)) == monday
    assert week_of(monday - 1) == week_of(monday) - 1
    assert week_of(monday + 7 * DAY - 1) == week_of(monday)


# --- variants ---------------------------------------------------------------------------------------------------------

OLD = """
model shop { }
lead { country: text }
event visit { path: text }
event call { minutes: integer }
score s {
  ready at 20
  rule visit { on visit  add 10, at most 3 times }
  rule gone { on call  add 1 }
  rule long { on call where minutes > 10  add 5 }
  rule nordic { when country in ["NO", "SE"]  add 5 }
}
"""
NEW = """
model shop { }
lead { country: text }
event visit { path: text }
event call { minutes: integer }
score s {
  ready at 25
  rule visit { on visit  add 15, at most 3 times }
  rule long { on call where minutes > 5  add 5 }
  rule nordic { when country in ["NO", "SE", "DK"]  add 5 }
  rule added { on visit where path = "/pricing"  add 20 }
}
"""


def one_by_one():
    old, new = model_of(OLD), model_of(NEW)
    return old, new, {each.declared: each for each in changes(old.table, new.table)}


def test_each_change_is_found_and_can_be_taken_back():
    _, _, found = one_by_one()
    assert {name: (each.change, each.undone is not None) for name, each in found.items()} == {
        ("ready", "s"): ("changed", True),
        ("rule", "added", "s"): ("added", True),
        ("rule", "gone", "s"): ("gone", True),
        ("rule", "long", "s"): ("changed", True),
        ("rule", "nordic", "s"): ("changed", True),
        ("rule", "visit", "s"): ("changed", True),
    }


@pytest.mark.parametrize("taken_back", range(6))
def test_a_variant_is_the_new_file_with_that_declaration_as_it_was(taken_back):
    _, _, found = one_by_one()
    edits = {
        ("ready", "s"): ("ready at 25", "ready at 20"),
        ("rule", "added", "s"): ('rule added { on visit where path = "/pricing"  add 20 }', ""),
        ("rule", "gone", "s"): ("rule long {", "rule gone { on call  add 1 } rule long {"),
        ("rule", "long", "s"): ("minutes > 5", "minutes > 10"),
        ("rule", "nordic", "s"): ('"SE", "DK"', '"SE"'),
        ("rule", "visit", "s"): ("add 15", "add 10"),
    }
    declared = sorted(edits)[taken_back]
    want = model_of(NEW.replace(*edits[declared]))
    lines = [
        line(1, "2026-03-01", "lead", "ada", country="DK"),
        line(2, "2026-03-02", "visit", "ada", path="/pricing"),
        line(3, "2026-03-03", "call", "ada", minutes=7),
        line(4, "2026-03-04", "visit", "ben", path="/"),
        line(5, "2026-03-05", "call", "ben", minutes=30),
    ]
    until = read_moment("2026-04-01")
    assert scored(Model(found[declared].undone), lines, until) == scored(want, lines, until)


def test_what_can_not_be_taken_back_by_itself_is_not_claimed():
    old = model_of(
        OLD.replace("minutes: integer", "minutes: integer  topic: text").replace("minutes > 10", 'topic = "x"')
    )
    new = model_of(NEW)
    found = {each.declared: each.undone for each in changes(old.table, new.table)}
    assert found["rule", "long", "s"] is None and found["event", "call"] is None
    assert found["rule", "visit", "s"] is not None


def test_a_change_is_blamed_for_the_leads_that_would_not_be_there_without_it():
    old, new, found = one_by_one()
    numbered = list(enumerate(found.values()))
    lines = [
        line(1, "2026-03-02", "visit", "gained", path="/pricing"),
        line(2, "2026-03-02", "visit", "kept", path="/"),
        line(3, "2026-03-03", "visit", "kept", path="/"),
        line(4, "2026-03-02", "visit", "lost", path="/"),
        *[line(10 + n, "2026-03-03", "call", "lost", minutes=1) for n in range(5)],
        line(20, "2026-03-04", "call", "lost", minutes=11),
        *[line(30 + n, "2026-03-03", "call", "lost for two reasons", minutes=1) for n in range(20)],
    ]
    variants = [(number, Model(each.undone)) for number, each in numbered if each.undone is not None]
    facts = counted(lines, old, new, read_moment("2026-04-01"), variants=variants)
    count = facts.at_end["ready", "s"]
    assert [each.lead for each in count.gained] == ["gained"]
    assert [each.lead for each in count.lost] == ["lost for two reasons", "lost"]
    names = {number: each.declared for number, each in numbered}
    assert {names[number]: (each.gained, each.lost) for (_, number), each in facts.blame.items()} == {
        ("rule", "added", "s"): (1, 0),
        ("rule", "gone", "s"): (0, 1),
        ("ready", "s"): (0, 1),
    }


@pytest.mark.parametrize("seed", range(0, 60, 5))
def test_variants_of_random_models_can_be_folded(seed):
    """Between random models nearly everything differs; what is offered as a variant must work."""
    first, second = make(seed), make(seed + 7)
    old, new = model_of(first.model), model_of(second.model)
    lines = [each.encode("utf-8", "surrogatepass") for run in second.runs for each in run.lines]
    for each in changes(old.table, new.table):
        if each.undone is not None:
            assert Plan(each.undone).keys
            scored(Model(each.undone), lines, read_moment("2024-03-01"))
