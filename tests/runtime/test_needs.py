"""What a release needs: said of pairs of tables, and held against what folding anew really gives."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest

from compiler.compile import compile_text
from runtime import state
from runtime.carry import carry
from runtime.fold import Fold
from runtime.intake import Intake, Rejected
from runtime.lines import LeadLines
from runtime.needs import Need, differences, moved, needed
from runtime.plan import Plan
from runtime.table import Event, dump
from runtime.times import DAY
from tests import models

HEAD = """model m "M" { }
lead { country: text  born: date }
event visit { path: text }
"""
RULES = 'score s { bands low < 10, high  rule r "R" { on visit add 10 }  rule n { when country = "DK" add 5 } }\n'
FIVE = 'trigger t { when s >= 5 emit "x" }'


def table(text):
    compiled = compile_text(text if text.startswith("model") else HEAD + text)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def need(old, new, known=frozenset()):
    return needed(differences(table(old), table(new), known))


@pytest.mark.parametrize(
    "new",
    [
        RULES.replace('"R"', '"Another label"'),
        RULES.replace("low < 10, high", "low < 20, middling < 30, high"),
        RULES.replace("add 5", "add 7"),
        RULES.replace('= "DK"', 'in ["DK", "NO"]'),
        RULES + "segment best { highest 10 by s }",
        HEAD.replace("{ }", "{ lateness 7 days }", 1) + RULES,
        RULES + "event call { }",
    ],
)
def test_what_is_asked_when_a_lead_is_read_needs_nothing(new):
    assert need(RULES, new) is Need.NOTHING


@pytest.mark.parametrize(
    "more",
    [
        "score k = 2 * s",
        "score t { rule r { when country = \"DK\" add 5 } }",
        "event call { }\nscore t { rule r { on call add 10, once } }",
        "event call { }\ntally calls { on call }",
        'event call { }\ntrigger t { on call when s >= 5 emit "x" }',
    ],
)  # fmt: skip
def test_what_no_kept_event_can_have_met_is_carried_over(more):
    assert need(RULES, RULES + more) is Need.NEW


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (RULES, RULES.replace("add 10", "add 20")),
        (RULES, RULES.replace("add 10", "add 10, once")),
        (RULES, RULES.replace("bands", "range 0..5  bands")),
        (RULES, RULES + FIVE),
        (RULES + FIVE, RULES),
        (RULES + FIVE, RULES.replace("add 5", "add 7") + FIVE),
        (RULES, RULES + "tally visits { on visit }"),
        (RULES, RULES + "score t { rule r { on visit add 1 } }"),
        (RULES, HEAD.replace("country: text", "country: text  size: number") + RULES),
        (RULES, HEAD.replace("path: text", "path: text required") + RULES),
        (RULES, HEAD.replace("visit {", "visit passive {") + RULES),
        (RULES, RULES.replace('when country = "DK"', "when born in the next 3 days")),
        (RULES + "event call { }", RULES),
        (RULES, HEAD.replace("model m", "model n") + RULES),
        (RULES, RULES.replace("rule n", 'rule z { on visit where path = "/" add 1 }  rule n')),
        (RULES + "stages a, b", RULES + "stages b, a"),
        (RULES + "stages a, b", RULES + "stages c, a, b"),
    ],
)  # fmt: skip
def test_what_concerns_kept_events_folds_every_lead_anew(old, new):
    assert need(old, new) is Need.ANEW


def test_a_stage_that_nobody_can_be_in_needs_nothing():
    assert need(RULES + "stages a, b", RULES + "stages a, c, b also d") is Need.NOTHING


def test_a_type_of_event_that_an_earlier_model_took_folds_every_lead_anew():
    assert need(RULES, RULES + "event call { }", frozenset({"call"})) is Need.ANEW


def test_a_bar_that_a_trigger_looks_at_is_more_than_a_band():
    bar = 'trigger t { when s is high emit "x" }'
    assert need(RULES + bar, RULES.replace("low < 10", "low < 20") + bar) is Need.ANEW


def test_each_difference_says_what_it_is_and_why():
    old, new = table(RULES), table(RULES.replace("add 10", "add 20") + "segment best { highest 10 by s }")
    found = [(each.what, each.change, each.need, each.why) for each in differences(old, new)]
    assert found == [
        ("rule `r` of score `s`", "changed", Need.ANEW, "it concerns events that are kept"),
        ("segment `best`", "added", Need.NOTHING, "it is asked when a lead is read"),
    ]


# --- held against folding anew ----------------------------------------------------------------------------------------


def _smaller(given, chance):
    """The table without a declaration or two, or with one said in another way; None if that is no table."""
    what = chance.choice(
        ["event", "score", "segment", "trigger", "tally", "stage", "rule", "bands", "points", "attribute"]
    )
    try:
        made = _without(given, what, chance)
    except IndexError:
        return None
    return made if _names_hold(made) else None


def _names_hold(made):
    """Whether all that is named in a table is there."""
    there = {
        "score": made.scores, "quiet": made.scores, "reset": made.scores, "add": made.scores, "tally": made.tallies,
        "attr": made.attributes, "set": made.attributes, "move": (*made.stages.path, *made.stages.beside),
    }  # fmt: skip
    ahead = [json.loads(dump(made))]
    while ahead:
        value = ahead.pop()
        ahead += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        match value:
            case [str(op), str(name), *_] if op in there and name not in there[op]:
                return False
            case ["stage", _, name] | ["stagefor", name, _] if name not in there["move"]:
                return False
    return True


def _without(given, what, chance):
    def drop(parts):
        gone = chance.choice(sorted(parts))
        return {name: part for name, part in parts.items() if name != gone}

    match what:
        case "event":
            gone = chance.choice(sorted(given.events))
            scores = {
                key: replace(score, on=tuple(rule for rule in score.on if rule.match.on != gone))
                for key, score in given.scores.items()
            }
            return replace(
                given,
                events={name: event for name, event in given.events.items() if name != gone},
                scores=scores,
                tallies={name: tally for name, tally in given.tallies.items() if tally.match.on != gone},
                triggers=tuple(each for each in given.triggers if each.match is None or each.match.on != gone),
            )
        case "score":
            return replace(given, scores=drop(given.scores), account=None, segments={})
        case "segment":
            return replace(given, segments=drop(given.segments))
        case "trigger":
            gone = chance.choice(given.triggers)
            return replace(given, triggers=tuple(each for each in given.triggers if each is not gone))
        case "tally":
            return replace(given, tallies=drop(given.tallies))
        case "stage":
            return replace(given, stages=replace(given.stages, path=given.stages.path[:-1]))
        case "attribute":
            return replace(given, attributes=drop(given.attributes))
    key = chance.choice(sorted(given.scores))
    score = given.scores[key]
    match what:
        case "rule":
            gone = chance.choice([*score.on, *score.when])
            score = replace(
                score,
                on=tuple(each for each in score.on if each is not gone),
                when=tuple(each for each in score.when if each is not gone),
            )
        case "bands":
            score = replace(score, bands=(), ready=None)
        case "points":
            rule = chance.choice(score.when)
            changed = replace(rule, branches=tuple(replace(each, points=3000, value=None) for each in rule.branches))
            score = replace(score, when=tuple(changed if each is rule else each for each in score.when))
    return replace(given, scores={**given.scores, key: score})


def _histories(given, lines):
    intake, found = Intake(Plan(given), 1 << 62), {}
    for line in lines:
        try:
            subject, event = intake.read(line)
        except Rejected:
            continue
        found.setdefault(subject, {})[event[0]] = line
    return [(max(mine)[0], [mine[key] for key in sorted(mine)]) for mine in found.values()]


def _fold(given, lines, until):
    plan = Plan(given)
    intake, fold = Intake(plan, 1 << 62), Fold(plan)
    events = [intake.read(line)[1] for line in lines]
    lead = fold.new("L")
    fold.events(lead, events, until)
    fold.advance(lead, until)
    return plan, lead


def _holds(old, new, lines, cut, end, *, as_it_is):
    """Whether the state under `old` at `cut`, kept or carried, is what `new` makes of the events, then and later."""
    before, lead = _fold(old, lines, cut)
    plan, anew = _fold(new, lines, cut)
    kept = state.decode("L", state.encode(lead)) if as_it_is else carry(before, plan, lead, lead.done + 1)
    assert LeadLines(plan, cut).write(kept) == LeadLines(plan, cut).write(anew)
    fold = Fold(plan)
    for each in (kept, anew):
        fold.advance(each, end)
    assert LeadLines(plan, end).write(kept) == LeadLines(plan, end).write(anew)


def test_a_state_that_serves_or_is_carried_over_is_what_folding_anew_gives():
    chance, counts = random.Random(7), Counter()
    for seed in range(160):
        sample = models.make(seed)
        whole = table(sample.model)
        smaller = _smaller(whole, chance)
        for old, new in () if smaller is None else ((smaller, whole), (whole, smaller)):
            found = differences(old, new)
            what = needed(found)
            counts[what] += 1
            if what is Need.ANEW:
                continue
            for last, lines in _histories(old, [line.encode() for run in sample.runs for line in run.lines]):
                cut = chance.randrange(last, last + 9 * DAY)
                _holds(old, new, lines, cut, cut + 40 * DAY, as_it_is=what is Need.NOTHING)
                assert moved(found) or what is Need.NOTHING
    assert min(counts[each] for each in Need) > 10


def test_a_new_type_of_event_is_one_that_no_table_spelled_so():
    old = table(RULES)
    renamed = replace(old, events={**old.events, "also": Event("visit", properties=old.events["visit"].properties)})
    assert needed(differences(old, renamed)) is Need.ANEW
