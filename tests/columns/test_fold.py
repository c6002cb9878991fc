"""The compiled fold gives the digits of the engine for single events: on random models, on those of the cases computed
by hand; and it does so itself where it should."""

# ruff: noqa: E501 - a feature is a rule file on one line
from __future__ import annotations

import os

import pytest

from compiler.compile import compile_text
from insight.columns.terms import Unsupported
from runtime.table import Table
from tests.columns.histories import by_columns, one_by_one
from tests.conformance import FOLDER, cases, option
from tests.models import make
from tests.models_vocabulary import START
from tests.reference_values import DAY

CASES = int(os.environ.get("LEADSCORE_CASES", "160"))
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
NOW = START + 400 * DAY


def table_of(model: str) -> Table:
    compiled = compile_text(model)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


@pytest.mark.parametrize("block", range(0, CASES, 40))
def test_random_models_give_the_same_digits(block: int) -> None:
    taken = leads = left = 0
    for seed in range(FIRST + block, FIRST + min(block + 40, CASES)):
        sample = make(seed)
        table = table_of(sample.model)
        lines = [line.encode() for run in sample.runs for line in run.lines]
        now, at = sample.runs[-1].now, sample.runs[-1].at
        wanted = one_by_one(table, lines, now, at)
        try:
            found, aside = by_columns(table, lines, now, at)
        except Unsupported:
            continue
        assert found == wanted, f"seed {seed}\n{sample.model}"
        taken, leads, left = taken + 1, leads + len(wanted.leads), left + aside
    assert taken >= 30, "the compiled fold takes most models"
    assert left <= leads // 5, "and most leads"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="there is no folder with the shared data beside the project")
def test_the_cases_computed_by_hand_are_folded_by_columns() -> None:
    aside = {}
    for case in cases():
        if len(case.runs) > 1:
            continue
        run = case.runs[0]
        table, lines = table_of(case.model), [line.encode() for line in run.lines]
        now, at = option(run.args, "--now"), option(run.args, "--at")
        now = NOW * 2 if now is None else now
        found, left = by_columns(table, lines, now, at)
        assert found == one_by_one(table, lines, now, at), case.name
        if left:
            aside[case.name] = left
    assert aside == {}


HEAD = """
model m { }
lead { country: text ignoring case  employees: integer  vip: boolean  trial: date  owner: text computed
       level: number computed  seen: instant computed }
event visit { path: text required  n: number  w: percent }
event mail passive { kind: one of "a", "b" required }
stages new, warm, hot also lost
tally views { on visit }
tally recent over 2 days { on visit where path starts with "/p" }
"""
FEATURES = {
    "points": 'score s { rule a { on visit where path = "/p/1"  add 5 }  rule b { on mail  subtract 2 } }',
    "a range": "score s { range -3..12  rule a { on visit add 5 }  rule b { on mail  subtract 7 } }",
    "times": "score s { rule a { on visit add 5, at most 3 times per 2 days }  rule b { on visit add 1, once } }",
    "points in a window": "score s { rule a { on visit add 7, at most 10 points per 2 days } }",
    "points for ever": "score s { rule a { on visit add 7.5, at most 20 points, at most 2 times per 1 day } }",
    "each": "score s { rule a { on visit add 3, once for each path }  rule b { on visit add 1, once per 1 day for each n } }",
    "best": "score s { rule a { on visit add 10 * w, best }  rule b { on visit add n, best for each path } }",
    "repeated": "score s { rule a { on visit repeated 3 times in 2 days add 4 } }",
    "groups": "score s { group g { at most 12 points per 1 day  rule a { on visit add 5 }  rule b { on visit add 4 } } }",
    "a value": "score s { rule a { on visit add 2 * n + 1 }  rule b { on visit add 0.333 * w } }",
    "a condition beside": 'score s { rule a { on visit when country = "dk" and views >= 2 add 5 } }',
    "profile": """score s { ready at 10  rule a { when country = "DK" add 5  else when employees > 10 add 2 }
        rule b { when views >= 3 add 4 }  group g { at most 3 points  rule c { when vip add 2 }  rule d { when recent > 1 add 2 } } }""",
    "steps without activity": """score s { ready at 20 range 0..60 rule a { on visit add 10 }
        degrade { after 1 day without activity by 10% every 12 hours not below 20% of ready } }""",
    "steps without increase": "score s { rule a { on visit add 10, once } degrade { after 1 day without increase by 3 points every 1 day } }",
    "steps from the first": "score s { rule a { on visit add 10 } rule p { when vip add 4 } degrade { by 33.3% every 6 hours not below 5 } }",
    "expiry": "score s { expire after 2 days rule a { on visit add 10 } rule b { on mail subtract 3 } }",
    "fading": "score s { fade 33.3% every 1 day expire after 4 days rule a { on visit add 10 } }",
    "fading by the first": "score s { fade 10% of the first value every 1 day rule a { on visit add 10 } }",
    "families": 'score s for v in ["1", "2"] { rule a { on visit where path = "/p/{v}" add 5 } }',
    "computed": """score s { rule a { on visit add 5 } } score t { rule a { on mail add 3 } }
        score k = max(0.7 * s + 0.0005 * t, s - t) { ready at 8 bands low < 4, high }""",
    "bands": 'score s { bands cold < 5, warm < 10, hot  rule a { on visit add 5 } } trigger t { when s is at least warm  tag "w" }',
    "a trigger on an event": 'score s { rule a { on visit add 5 } } trigger t { on visit where path = "/p/1" emit "e" tag "x" move to hot }',
    "edges": """score s { rule a { on visit add 5 } degrade { after 1 day without activity by 2 points every 1 day } }
        trigger up { when s >= 10 and stage < hot  move to warm  tag "up" } trigger down { when s < 10 and has tag "up" untag "up" }""",
    "waits": """score s { rule a { on visit add 5 } } trigger i { when idle for 2 days tag "idle" at most 2 times }
        trigger q { when s not increased for 36 hours  move to lost once per 3 days } trigger st { when stage = lost for 1 day move to new }""",
    "dates": """score s { rule a { when trial in the next 2 days add 5 } rule b { when trial more than 3 days ago add 1 }
        rule c { on visit add 1 } } trigger t { when trial in the last 1 day tag "ended" }""",
    "points by triggers": """score s { rule a { on visit add 5 } } score f { expire after 3 days rule a { on visit add 2 } }
        trigger t { on mail where kind = "a" add 3 to f  reset s to 7 } trigger u { when f >= 10 subtract 4 from f reset f to 3 }""",
    "fields by triggers": """score s { rule a { on visit add 5 } rule b { when owner = "x" add 1 } }
        trigger t { on visit set owner = path set seen = time set level = 0.5 * s }
        trigger u { when level >= 10 set owner = "x" set level = level + 1 } trigger v { on mail set owner = country }""",
}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_is_folded_by_columns_and_not_left_aside(feature: str) -> None:
    from tests.columns.lines import shaken

    table = table_of(HEAD + FEATURES[feature])
    for seed in range(3):
        lines = shaken(seed)
        found, left = by_columns(table, lines, NOW, None)
        assert found == one_by_one(table, lines, NOW, None)
        assert left == 0
        assert any('"s":' in line or '"s[1]":' in line for line in found.leads)
