"""The ledger and the statement of a lead: they balance, and say what cut, aged, held and fired."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from compiler.compile import compile_text
from runtime.entry import Aged, Capped, Computed, Did, Fell, Fired, Held, Profile, Stepped, Triggered, Waited
from runtime.explain import Explanation, explain
from runtime.lines import scores_of, settle
from runtime.run import Run
from runtime.statement import Statement
from runtime.times import read_moment
from runtime.trace import trace
from tests.models import make

HEAD = """
model m { }
lead { country: text  employees: integer  starts: date  level: number computed }
event visit { n: number  page: text  share: percent }
event crm passive { status: text }
"""


@dataclass
class Told:
    """The explanation of lead `l`, and its parts that tests ask for."""

    explanation: Explanation
    places: dict

    def of(self, kind, score=None):
        return [
            entry
            for entry in self.explanation.entries
            if isinstance(entry.why, kind) and (score is None or entry.score == score)
        ]

    def rows(self, score="s"):
        return Statement(self.explanation, self.places).rows(score)

    def texts(self, score="s"):
        return [(row.time, row.what, " | ".join(row.why), row.points, row.balance) for row in self.rows(score)]

    def trace(self):
        return [json.loads(line) for line in trace(self.explanation, self.explanation.plan.keys, self.places)]


def tell(model: str, *events: tuple, at: str | None = None) -> Told:
    """Explain lead `l` under `model`; an event is (time, type, data)."""
    compiled = compile_text(HEAD + model)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    lines = [
        json.dumps(
            {"specversion": "1.0", "id": str(at), "source": "s", "type": type, "subject": "l"}
            | {"time": time if len(time) > 10 else f"{time}T10:00Z", "data": data}
        ).encode()
        for at, (time, type, data) in enumerate(events)
    ]
    run = Run(compiled.table)
    run.take(lines)
    assert not run.rejects, run.rejects
    outcome = run.finish(None if at is None else read_moment(at))
    explanation = explain(run.plan, "l", run.events_of("l"), outcome.at)
    assert explanation is not None
    balanced(explanation, run, outcome.leads[0])
    return Told(explanation, dict(compiled.places))


def balanced(explanation, run, lead):
    """The points of each score's entries add up to what the run shows, and so do its subtotals and its parts."""
    settle(run.plan, lead)
    shown = dict(zip(run.plan.keys, scores_of(run.plan, lead, explanation.at), strict=True))
    statement = Statement(explanation, {})
    for key, points in shown.items():
        entries = [entry for entry in explanation.entries if entry.score == key]
        total = explanation.totals[key]
        assert sum(entry.points for entry in entries) == points, key
        assert (entries[-1].balance if entries else 0) == points, key
        assert (total.shown, total.profile + total.activity + total.beyond) == (points, points), key
        assert sum(row.points or 0 for row in statement.rows(key)) == points, key
        if run.plan.table.scores[key].value is None:
            assert sum(subtotal.points for subtotal in statement.subtotals(key)) == points, key
    return shown


@pytest.mark.parametrize("first", range(0, 32, 8))
def test_the_entries_of_any_history_add_up_to_its_scores(first):
    moved = 0
    for seed in range(first, first + 8):
        sample = make(seed)
        compiled = compile_text(sample.model)
        assert compiled.table is not None
        run = Run(compiled.table, now=1 << 60)
        run.take(line.encode() for given in sample.runs for line in given.lines)
        outcome = run.finish(sample.runs[-1].at)
        for lead in outcome.leads:
            explanation = explain(run.plan, lead.id, run.events_of(lead.id), outcome.at)
            assert explanation is not None
            moved += any(balanced(explanation, run, lead).values())
            firings = [entry.at for entry in explanation.entries if isinstance(entry.why, Triggered)]
            blocked = sum(isinstance(entry.why, Triggered) and bool(entry.why.blocked) for entry in explanation.entries)
            assert len(firings) - blocked == len(lead.fired)
            for entry in explanation.entries:
                if isinstance(entry.why, Fired):
                    assert bool(entry.why.cuts) == (entry.points != entry.why.wanted)
                    assert not entry.why.cuts or entry.why.cuts[-1].left == entry.points
            assert [json.loads(line)["lead"] for line in trace(explanation, run.plan.keys, {})]
    assert moved


def test_a_points_limit_says_what_it_left():
    told = tell(
        "score s { rule v { on visit add 20, at most 30 points per 7 days } }",
        ("2024-01-01", "visit", {}), ("2024-01-02", "visit", {}), ("2024-01-03", "visit", {}),
    )  # fmt: skip
    assert told.texts() == [
        ("2024-01-01 10:00", "visit", "v", 20000, 20000),
        ("2024-01-02 10:00", "visit", "v | wanted +20: at most 30 points per 7 days leaves +10", 10000, 30000),
        ("2024-01-03 10:00", "visit", "v | wanted +20: at most 30 points per 7 days leaves nothing", 0, 30000),
    ]


def test_a_times_limit_says_that_it_blocked_and_for_which_property():
    told = tell(
        'score s { rule v "Reader" { on visit add 5, once for each page, at most 3 times per 12 hours } }',
        ("2024-01-01", "visit", {"page": "/a"}), ("2024-01-02", "visit", {"page": "/a", "n": 3}),
    )  # fmt: skip
    assert told.texts()[1] == (
        "2024-01-02 10:00", 'visit page "/a"', "v “Reader” | wanted +5: blocked by once for each page", 0, 5000
    )  # fmt: skip


def test_best_says_what_was_given_already():
    told = tell(
        "score s { rule v { on visit add 100 * share, best for each page } }",
        ("2024-01-01", "visit", {"share": 50}), ("2024-01-02", "visit", {"share": 80}),
        ("2024-01-03", "visit", {"share": 80}),
    )  # fmt: skip
    assert [row[1:4] for row in told.texts()] == [
        ("visit share 50%", "v", 50000),
        ("visit share 80%", "v | wanted +80: best: 50 given already leaves +30", 30000),
        ("visit share 80%", "v | wanted +80: best: as much given already leaves nothing", 0),
    ]


def test_a_group_is_named_where_it_cuts():
    told = tell(
        "score s { group web { at most 12 points per 2 days  rule a { on visit add 8 }  rule b { on visit add 7 } } }",
        ("2024-01-01", "visit", {}),
    )  # fmt: skip
    assert told.texts()[1][2:] == ("b | wanted +7: group web: at most 12 points per 2 days leaves +4", 4000, 12000)


def test_profile_points_say_which_rule_came_and_went():
    told = tell(
        'score s { rule dk { when country = "DK" add 10 }'
        " rule size { when employees > 100 add 9 else when employees > 10 add 4 } }",
        ("2024-01-01", "lead", {"country": "DK", "employees": 20}), ("2024-01-02", "lead", {"employees": 200}),
        ("2024-01-03", "lead", {"country": None}),
    )  # fmt: skip
    assert told.texts() == [
        ("2024-01-01 10:00", 'lead country "DK", employees 20', "dk: holds", 10000, 10000),
        ("", "", "size: holds", 4000, 14000),
        ("2024-01-02 10:00", "lead employees 200", "size: 9 instead of 4", 5000, 19000),
        ("2024-01-03 10:00", "lead country removed", "dk: no longer holds", -10000, 9000),
    ]


def test_a_group_of_profile_rules_shows_what_it_takes_off():
    told = tell(
        "score s { group firm { at most 12 points  rule a { when employees > 1 add 8 }"
        '  rule b { when country = "DK" add 7 } } }',
        ("2024-01-01", "lead", {"country": "DK", "employees": 20}), ("2024-01-02", "lead", {"country": "SE"}),
    )  # fmt: skip
    (cut, back) = told.of(Capped)
    assert (cut.why, cut.points, back.points) == (Capped("firm", 12000), -3000, 3000)
    assert told.texts()[2][2:] == ("group firm: at most 12 points together", -3000, 12000)


def test_a_date_and_a_tally_that_change_profile_points_are_told_apart():
    told = tell(
        "tally visits over 2 days { on visit }"
        " score s { rule soon { when starts in the next 3 days add 5 }  rule busy { when visits >= 2 add 3 } }",
        ("2024-01-01", "lead", {"starts": "2024-01-05"}), ("2024-01-01", "visit", {}), ("2024-01-01", "visit", {}),
        at="2024-01-06",
    )  # fmt: skip
    assert [row[:4] for row in told.texts()] == [
        ("2024-01-01 10:00", "visit", "busy: holds", 3000),
        ("2024-01-02 00:00", "time: a date is reached", "soon: holds", 5000),
        ("2024-01-03 00:00", "time: tally visits falls to 0", "busy: no longer holds", -3000),
        ("2024-01-05 00:00", "time: a date is reached", "soon: no longer holds", -5000),
    ]
    assert [(entry.why.by, entry.why.left) for entry in told.of(Fell)] == [(2, 0)]


def test_points_held_at_the_range_are_a_row_of_their_own():
    told = tell(
        'score s { range 0..12  rule up { on visit where n > 0 add 10 }  rule dk { when country = "DK" add 5 }'
        " rule down { on visit where n < 0 subtract 4 } }",
        ("2024-01-01", "visit", {"n": -1}), ("2024-01-02", "visit", {"n": 1}), ("2024-01-03", "visit", {"n": 1}),
        ("2024-01-04", "lead", {"country": "DK"}), ("2024-01-05", "visit", {"n": -1}),
    )  # fmt: skip
    assert [row[2:] for row in told.texts()] == [
        ("down", -4000, -4000), ("held at 0, where the range begins", 4000, 0),
        ("up", 10000, 10000),
        ("up", 10000, 20000), ("held at 12, where the range ends", -8000, 12000),
        ("dk: holds", 5000, 17000), ("with the profile points held at 12, where the range ends", -5000, 12000),
        ("down", -4000, 8000), ("with the profile points held at 12, where the range ends", 4000, 12000),
    ]  # fmt: skip
    assert [entry.why for entry in told.of(Held)] == [
        Held(True, 0), Held(True, 12000), Held(False, 12000), Held(False, 12000)
    ]  # fmt: skip


def test_degradation_steps_with_nothing_in_between_are_one_row():
    told = tell(
        "score s { ready at 100  rule v { on visit add 100 }"
        " degrade { after 30 days without activity by 10% every 7 days not below 50% of ready } }",
        ("2024-01-01", "visit", {}), at="2024-03-01",
    )  # fmt: skip
    assert [(entry.why.before, entry.why.after) for entry in told.of(Stepped)][:2] == [(100000, 90000), (90000, 81000)]
    (_, folded) = told.rows()
    assert (folded.time, folded.what, folded.points, folded.balance) == ("2024-01-31 10:00", "time", -40951, 59049)
    assert folded.why == ("5 degradation steps, −10% each,", "2024-01-31 to 2024-02-28: 100 → 59.049")
    assert folded.place.startswith("model.score:")


def test_ageing_names_the_days_whose_points_fade_and_expire():
    told = tell(
        "score s { fade 50% every 2 days  expire after 5 days  rule v { on visit add 8 } }",
        ("2024-01-01", "visit", {}), ("2024-01-02", "crm", {}), at="2024-01-03",
    )  # fmt: skip
    assert told.texts()[1] == ("2024-01-03 00:00", "time", "points of 2024-01-01 fade: 8 → 4", -4000, 4000)
    told = tell(
        "score s { expire after 5 days  rule v { on visit add 8 } }", ("2024-01-01", "visit", {}), at="2024-02-01"
    )
    assert told.texts()[1] == ("2024-01-06 00:00", "time", "points of 2024-01-01 expire: 8", -8000, 0)


def test_ageing_beyond_the_range_is_told_though_the_score_stays():
    told = tell(
        "score s { range 0..10  fade 10% every 1 day  rule v { on visit add 20 } }",
        ("2024-01-01", "visit", {}), at="2024-01-09",
    )  # fmt: skip
    aged = told.of(Aged)
    assert (aged[0].points, aged[0].why.days[0][1:]) == (0, (20000, 18000))
    assert aged[-1].points < 0


def test_a_computed_score_shows_its_formula_and_its_parts():
    told = tell(
        "score a { rule v { on visit add 10 } }  score b { rule v { on visit add 4 } }"
        " score s = 0.7 * a - (b - 1) * 2",
        ("2024-01-01", "visit", {}),
    )  # fmt: skip
    (entry,) = told.of(Computed)
    assert dict(entry.why.parts) == {"a": 10000, "b": 4000}
    assert told.texts()[0][2:] == ("0.7 × a (10) − (b (4) − 1) × 2", 1000, 1000)


def test_a_trigger_tells_what_it_did_and_what_blocked_it():
    told = tell(
        "stages new, mql  score s { rule v { on visit add 10 } }"
        ' trigger go { on visit when s >= 10  once  move to mql  set level = s  tag "x"  add 5 to s  emit "e" }'
        " trigger back { on crm reset s to 7 }",
        ("2024-01-01", "visit", {}), ("2024-01-02", "visit", {}), ("2024-01-03", "crm", {}),
    )  # fmt: skip
    assert [row[2:] for row in told.texts()] == [
        ("v", 10000, 10000),
        ('trigger go fires | stage new → mql, level = 10, tag "x", add 5, emit "e"', None, None),
        ("trigger go: add 5", 5000, 15000),
        ("v", 10000, 25000),
        ("trigger go does not fire: once", None, None),
        ("trigger back fires | reset to 7: 25 → 7", None, None),
        ("trigger back: reset to 7: 25 → 7", -18000, 7000),
    ]
    assert [entry.why.action[0] for entry in told.of(Did)] == ["move", "set", "tag", "add", "emit", "reset"]
    assert len(Statement(told.explanation, {}).firings()) == 3


def test_texts_are_told_as_a_rule_file_has_them():
    told = tell(
        'stages new, "a \\"b\\""  score s { rule v { on visit  add 1 } }'
        ' trigger go { on visit  move to "a \\"b\\""  tag "c \\\\ d"  emit "\\"e\\"" }',
        ("2024-01-01", "visit", {}),
    )  # fmt: skip
    (row,) = Statement(told.explanation, {}).firings()
    assert row.why == ("trigger go fires", 'stage new → "a \\"b\\"", tag "c \\\\ d", emit "\\"e\\""')


def test_a_rule_that_waits_for_more_matches_says_how_many_it_has():
    told = tell(
        "score s { rule v { on visit repeated 3 times in 2 days add 9 } }",
        ("2024-01-01", "visit", {}), ("2024-01-02", "visit", {}), ("2024-01-02", "visit", {}),
    )  # fmt: skip
    assert [row[2:4] for row in told.texts()] == [
        ("v | match 1 of 3 in 2 days", 0),
        ("v | match 2 of 3 in 2 days", 0),
        ("v", 9000),
    ]
    assert len(told.of(Waited)) == 2


def test_events_without_effect_are_counted_and_have_no_row():
    told = tell(
        'score s { rule v { on visit where page = "/" add 9 } }',
        ("2024-01-01", "visit", {"page": "/"}),
        ("2024-01-02", "visit", {}),
    )
    assert len(told.rows()) == 1
    assert Statement(told.explanation, {}).without_effect() == (2, 1)


def test_a_member_of_a_family_has_its_own_rules_and_places():
    told = tell(
        'score s for v in ["a", "b c"] {\n rule r { on visit where page = v add 3 }\n}',
        ("2024-01-01", "visit", {"page": "b c"}),
    )
    assert told.rows("s[a]") == []
    (row,) = told.rows("s[b c]")
    assert (row.points, row.place) == (3000, "model.score:7")


def test_the_trace_carries_exact_numbers_and_a_summary():
    told = tell(
        'score s { rule v { on visit add n, at most 2.5 points }  rule dk { when country = "DK" add 1 } }',
        ("2024-01-01", "visit", {"n": 1.0005}), ("2024-01-02", "visit", {"n": 3}),
        ("2024-01-02T11:00:00.5+01:00", "lead", {"country": "DK"}),
    )  # fmt: skip
    lines = told.trace()
    fired = [line for line in lines if line["kind"] == "fired"]
    assert (fired[0]["wanted"], fired[0]["points"], fired[0]["cuts"]) == (1, 1, [])
    assert (fired[1]["wanted"], fired[1]["points"], fired[1]["balance"]) == (3, 1.5, 2.5)
    assert fired[1]["cuts"] == [{"limit": "at most 2.5 points", "left": 1.5}]
    assert fired[1]["event"] == {"type": "visit", "source": "s", "id": "1"}
    assert fired[1]["place"] == "model.score:6"
    assert lines[-1] == {
        "lead": "l", "at": "2024-01-02T10:00:00.5Z", "kind": "summary", "score": "s",
        "shown": 3.5, "profile": 1, "activity": 2.5, "beyond": 0,
    }  # fmt: skip
    assert sum(line.get("points", 0) for line in lines if line.get("score") == "s") == 3.5


def test_a_lead_without_events_by_then_has_no_explanation():
    compiled = compile_text(HEAD + "score s { rule v { on visit add 1 } }")
    assert compiled.table is not None
    run = Run(compiled.table)
    assert explain(run.plan, "l", [], 1 << 60) is None


def test_profile_changes_are_kept_apart_from_what_a_trigger_sets():
    told = tell(
        "score s { rule v { on visit add 4 }  rule set { when level >= 4 add 6 } }"
        " trigger t { when s >= 4  set level = s }  trigger u { when s >= 10  set level = 0 }",
        ("2024-01-01", "visit", {}),
    )  # fmt: skip
    assert [entry.points for entry in told.of(Profile)] == [6000, -6000]
