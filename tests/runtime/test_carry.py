"""States carried over from one table to another, by name, and leads folded along a chain of tables."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest

from compiler.compile import compile_text
from runtime import state
from runtime.carry import carry
from runtime.chain import Chain
from runtime.fold import Fold
from runtime.intake import Intake, Rejected
from runtime.lines import LeadLines
from runtime.plan import Plan
from runtime.table import meaning
from runtime.times import DAY, HOUR, read_instant, write_instant
from tests import models

HEAD = """model m { }
lead { country: text  size: number  company: account  score_of: number computed }
event visit { path: text  n: number }
event mail passive { path: text }
"""
START = read_instant("2026-03-02T00:00:00Z")


def table(text):
    compiled = compile_text(text if text.startswith("model") else HEAD + text)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def event(day, kind="visit", *, lead="L", **data):
    """A line; `day` counts from the release, which lies at 0, and may have a fraction."""
    t = START + int(day * 24) * HOUR
    given = {"specversion": "1.0", "id": f"{kind}{day}{data}", "source": "s", "type": kind, "subject": lead}
    return json.dumps(given | {"time": write_instant(t), "data": data}).encode()


def folded(chain, lines, until=None, tell=None):
    """The lead after its events, read and folded along the chain, as `leadscore score --json` shows it."""
    events = []
    for line in lines:
        try:
            events.append(chain.read(line)[1])
        except Rejected:
            continue
    until = max(event[0][0] for event in events) if until is None else until
    standing = chain.new("L")
    told = chain.bring(standing, sorted(events), until)
    if tell is not None:
        tell += [(*firing[:2], (firing[2] - START) / DAY) for firing, _ in told.emitted]
    return shown(chain, standing, until)


def shown(chain, standing, at):
    return json.loads(LeadLines(chain.links[standing.link].plan, at).write(standing.lead))


def released(old, new, lines, day=0.0, tell=None):
    """The lead on the day after two releases: `old`, and from the instant 0 on `new`."""
    return folded(Chain.of([(table(old), -1), (table(new), START)]), lines, START + int(day * DAY), tell)


# --- what goes over ---------------------------------------------------------------------------------------------------


def test_points_that_were_given_stand_and_new_ones_follow_the_new_table():
    old, new = "score s { rule r { on visit add 10 } }", "score s { rule r { on visit add 3 } }"
    assert released(old, new, [event(-2), event(-1), event(1)], 2)["scores"] == {"s": 23}


def test_profile_points_follow_the_new_table_at_once():
    old, new = 'score s { rule r { when country = "DK" add 10 } }', 'score s { rule r { when country = "DK" add 4 } }'
    assert released(old, new, [event(-1, "lead", country="DK")])["scores"] == {"s": 4}


def test_points_beyond_the_new_range_are_clamped():
    old, new = "score s { rule r { on visit add 50 } }", "score s { range 0..30  rule r { on visit add 5 } }"
    assert released(old, new, [event(-1)])["scores"] == {"s": 30}


def test_a_score_that_is_gone_and_comes_back_begins_at_nothing():
    one, two = "score s { rule r { on visit add 10 } }", "score x { rule r { on visit add 1 } }"
    chain = Chain.of([(table(one), -1), (table(two), START), (table(one), START + DAY)])
    assert folded(chain, [event(-1), event(0.5), event(2)])["scores"] == {"s": 10}


def test_a_limit_keeps_what_it_has_used():
    old = "score s { rule r { on visit add 10, at most 3 times } }"
    new = "score s { rule r { on visit add 1, at most 4 times } }"
    lines = [event(-3), event(-2), event(1), event(2), event(3)]
    assert released(old, new, lines, 4)["scores"] == {"s": 22}


def test_a_lower_points_limit_counts_as_used_up_and_takes_nothing_back():
    old = "score s { rule r { on visit add 10, at most 30 points per 10 days } }"
    new = "score s { rule r { on visit add 10, at most 15 points per 10 days } }"
    lines = [event(-3), event(-2), event(-1), event(1), event(7.5), event(8.5)]
    assert released(old, new, lines, 1)["scores"] == {"s": 30}
    assert released(old, new, lines, 7.5)["scores"] == {"s": 40}
    assert released(old, new, lines, 8.5)["scores"] == {"s": 45}


def test_a_lower_lifetime_points_limit_takes_nothing_back():
    old, new = (f"score s {{ rule r {{ on visit add 10, at most {most} points }} }}" for most in (30, 15))
    assert released(old, new, [event(-3), event(-2), event(1)], 2)["scores"] == {"s": 20}


def test_a_window_limit_goes_to_that_of_the_same_length_first():
    old = "score s { rule r { on visit add 1, at most 2 times per 2 days, at most 3 times per 30 days } }"
    new = "score s { rule r { on visit add 1, at most 3 times per 30 days } }"
    lines = [event(-20), event(-10), event(-5), event(1)]
    assert released(old, new, lines, 2)["scores"] == {"s": 3}


def test_a_limit_that_counts_otherwise_begins_anew():
    old = "score s { rule r { on visit add 1, at most 1 times } }"
    new = "score s { rule r { on visit add 1, at most 1 times for each path } }"
    assert released(old, new, [event(-1, path="/"), event(1, path="/")], 2)["scores"] == {"s": 2}


def test_a_limit_for_each_value_keeps_each_value():
    old = "score s { rule r { on visit add 1, at most 1 times per 5 days for each path } }"
    new = "score s { rule r { on visit add 7, at most 1 times per 5 days for each path } }"
    lines = [event(-1, path="/a"), event(1, path="/a"), event(1, path="/b")]
    assert released(old, new, lines, 2)["scores"] == {"s": 8}


def test_best_and_repeated_and_groups_go_on():
    old = """score b { rule r { on visit add n, best } }
    score m { rule r { on visit repeated 3 times in 9 days add 5 } }
    score g { group all { at most 25 points  rule r { on visit add 10 } } }"""
    new = old.replace("at most 25", "at most 28") + "score z { rule r { on visit add 1 } }"
    lines = [event(-2, n=5), event(-1, n=7), event(1, n=9)]
    assert released(old, new, lines, 2)["scores"] == {"b": 9, "m": 5, "g": 28, "z": 1}


def test_a_rule_on_another_event_is_another_rule():
    old = "score s { rule r { on visit add 10, once } }"
    new = "score s { rule r { on mail add 1, once } }"
    assert released(old, new, [event(-1), event(1, "mail")], 2)["scores"] == {"s": 11}


def test_steps_before_the_release_are_not_made_up_for():
    old = "score s { rule r { on visit add 100 } }"
    new = (
        "score s { rule r { on visit add 100 }  degrade { after 5 days without activity by 10 points every 10 days } }"
    )
    assert released(old, new, [event(-20)], 0)["scores"] == {"s": 100}
    assert released(old, new, [event(-20)], 5)["scores"] == {"s": 90}
    assert released(old, new, [event(-20)], 14)["scores"] == {"s": 90}


def test_points_that_age_from_now_on_are_of_the_day_of_the_release():
    old = "score s { rule r { on visit add 10 } }"
    new = "score s { expire after 5 days  rule r { on visit add 10 } }"
    assert released(old, new, [event(-20)], 4.9)["scores"] == {"s": 10}
    assert released(old, new, [event(-20)], 5)["scores"] == {"s": 0}


def test_points_too_old_for_a_shorter_expiry_are_gone_at_the_release():
    old, new = (f"score s {{ expire after {days} days  rule r {{ on visit add 10 }} }}" for days in (30, 5))
    lines = [event(-9), event(-3)]
    assert released(old, new, lines, -0.1)["scores"] == {"s": 20}
    assert released(old, new, lines, 0)["scores"] == {"s": 10}
    assert released(old, new, lines, 2)["scores"] == {"s": 0}


@pytest.mark.parametrize("kinds", [("", " of the first value"), (" of the first value", "")])
def test_what_is_left_of_a_day_fades_on_in_the_new_way(kinds):
    old, new = (f"score s {{ fade 50%{kind} every 4 days  rule r {{ on visit add 64 }} }}" for kind in kinds)
    assert released(old, new, [event(-4)], 0)["scores"] == {"s": 32}
    assert released(old, new, [event(-4)], 4)["scores"] == {"s": 16 if kinds[1] == "" else 0}


def test_points_stay_when_a_score_no_longer_ages():
    old = "score s { expire after 5 days  rule r { on visit add 10 } }"
    new = "score s { rule r { on visit add 10 } }"
    assert released(old, new, [event(-1)], 50)["scores"] == {"s": 10}


def test_tallies_go_over_as_far_as_both_know_their_days():
    old = "tally ever { on visit } tally week over 7 days { on visit } tally turns { on visit }\nscore s { }"
    new = (
        "tally ever { on visit } tally week over 3 days { on visit } tally turns over 2 days { on visit }\nscore s { }"
    )
    found = released(old, new, [event(-6), event(-1.5), event(-1)], 0)
    assert found["tallies"] == {"ever": 3, "week": 2, "turns": 0}
    assert released(old, new, [event(-6), event(-1.5), event(-1)], 1)["tallies"] == {"ever": 3, "week": 1, "turns": 0}


def test_attributes_stay_where_the_new_table_takes_their_values():
    old = """model m { } lead { a: text  b: number  c: text  d: number  e: text  gone: text }
    event visit { } score s { }"""
    new = """model m { } lead { a: one of "x", "y"  b: integer  c: number  d: number ..5  e: text  f: text }
    event visit { }
    score s {
      rule a { when a is present add 1 }  rule b { when b is present add 10 }  rule c { when c is present add 100 }
      rule d { when d is present add 1000 }  rule e { when e is present add 10000 }
    }"""
    given = [event(-2, "lead", a="x", b=3, c="t", d=7, e="t", gone="g"), event(-1)]
    assert released(old, new, given)["scores"] == {"s": 10011}
    given = [event(-2, "lead", a="z", b=3.5, c="t", d=2, e="t", gone="g"), event(-1)]
    assert released(old, new, given)["scores"] == {"s": 11000}


def test_a_stage_that_is_gone_becomes_the_first_at_the_release():
    old = "score s { }\nstages new, warm, hot\ntrigger t { on visit move to warm }"
    new = "score s { }\nstages start, hot"
    kept = "score s { }\nstages start, warm"
    assert released(old, new, [event(-1)], 1)["stage"] == "start"
    assert released(old, new, [event(-1)], 1)["entered"] == {"start": "2026-03-02T00:00:00Z"}
    assert released(old, kept, [event(-1)], 1)["stage"] == "warm"
    assert released(old, kept, [event(-1)], 1)["entered"] == {"warm": "2026-03-01T00:00:00Z"}


def test_tags_and_firings_of_triggers_of_the_same_name_stay():
    old = """score s { rule r { on visit add 10 } }
    trigger a { when s >= 5 tag "a" }  trigger b { on visit tag "b" }"""
    new = """score s { rule r { on visit add 10 } }
    trigger fresh { on mail tag "c" }  trigger b { on visit tag "b" }"""
    found = released(old, new, [event(-1), event(1), event(1.5, "mail")], 2)
    assert found["tags"] == ["a", "b", "c"]
    assert [each["trigger"] for each in found["fired"]] == ["b", "b", "fresh"]


# --- the look at the release ------------------------------------------------------------------------------------------


def test_a_trigger_that_held_does_not_fire_again_and_one_that_holds_now_fires_at_the_release():
    old = 'score s { rule r { on visit add 10 } }\ntrigger warm { when s >= 10 emit "warm" }'
    new = old + '\ntrigger hot { when s >= 5 emit "hot" }\ntrigger far { when s >= 30 emit "far" }'
    told = []
    released(old, new, [event(-1), event(2), event(3)], 4, told)
    assert told == [("warm", "warm", -1.0), ("hot", "hot", 0.0), ("far", "far", 3.0)]


def test_what_a_trigger_has_fired_counts_towards_its_limits():
    old = 'score s { }\ntrigger t { on visit emit "t"  at most 2 times per 10 days }'
    new = 'score s { }\ntrigger t { on visit emit "t"  at most 2 times per 20 days }'
    told = []
    released(old, new, [event(-2), event(-1), event(1), event(12), event(19.5)], 20, told)
    assert [t for _, _, t in told] == [-2, -1, 19.5]


def test_a_lead_that_has_nothing_before_the_release_begins_under_the_new_table():
    old, new = "score s { rule r { on visit add 10 } }", "score s { rule r { on visit add 3 } }\nstages one"
    found = released(old, new, [event(1)], 2)
    assert (found["scores"], found["entered"]) == ({"s": 3}, {"one": "2026-03-03T00:00:00Z"})


def test_an_event_at_the_instant_of_the_release_belongs_to_the_new_table():
    old, new = "score s { rule r { on visit add 10 } }", "score s { rule r { on visit add 3 } }"
    assert released(old, new, [event(0)], 0)["scores"] == {"s": 3}


def test_an_event_is_read_under_the_table_that_holds_at_its_time():
    old, new = "score s { rule r { on visit add 10 } }", "event call { }\nscore s { rule r { on call add 1 } }"
    chain = Chain.of([(table(old), -1), (table(new), START)])
    assert chain.read(event(1, "call"))[1][0][0] == START + DAY
    with pytest.raises(Rejected, match="unknown type"):
        chain.read(event(-1, "call"))


# --- a chain as a whole -----------------------------------------------------------------------------------------------


def test_the_hash_of_one_table_is_its_meaning_and_that_of_a_chain_tells_where_it_was_cut():
    one, two = table("score s { rule r { on visit add 1 } }"), table("score s { rule r { on visit add 2 } }")
    assert Chain.of([(one, -1)]).digest == meaning(one)
    assert Chain.of([(one, -1), (two, START)]).links[0].digest == meaning(one)
    digests = [Chain.of([(one, -1), (two, start)]).digest for start in (START, START + 1)]
    assert len({*digests, meaning(one), meaning(two)}) == 4


def test_a_state_of_before_the_release_goes_on_and_one_that_went_past_it_does_not():
    one, two = table("score s { rule r { on visit add 1 } }"), table("score s { rule r { on visit add 2 } }")
    before, after = Chain.of([(one, -1)]), Chain.of([(one, -1), (two, START)])
    for day, stands in ((-1, True), (0, False), (1, False)):
        standing = before.new("L")
        before.bring(standing, [before.read(event(day))[1]], START + 2 * DAY)
        assert (after.standing(standing.lead, before.digest) is not None) is stands
    assert after.standing(standing.lead, meaning(two)) is None


def _read(chain, lines):
    events = {}
    for line in lines:
        try:
            subject, event = chain.read(line)
        except Rejected:
            continue
        events.setdefault(subject, {})[event[0]] = event
    return [sorted(mine.values()) for mine in events.values()]


def _sampled(seed):
    """Two random models and a history of the first, as tables and lines; some of it the second does not take."""
    one, two = models.make(seed), models.make(seed + 100_000)
    lines = [line.encode() for run in one.runs for line in run.lines]
    return table(one.model), table(two.model), lines


@pytest.mark.parametrize("seed", range(40))
def test_a_state_carried_to_its_own_table_is_what_it_was(seed):
    one, _, lines = _sampled(seed)
    plan = Plan(one)
    for events in _read(Chain.of([(one, -1)]), lines):
        fold = Fold(plan)
        whole, cut = fold.new("L"), fold.new("L")
        end = events[-1][0][0] + 40 * DAY
        for event in events:
            fold.events(whole, [event], end)
            fold.events(cut, [event], end)
            cut = carry(plan, plan, cut, cut.done + 1)
            assert LeadLines(plan, event[0][0]).write(cut) == LeadLines(plan, event[0][0]).write(whole)
        fold.advance(whole, end)
        fold.advance(cut, end)
        assert LeadLines(plan, end).write(cut) == LeadLines(plan, end).write(whole)


@pytest.mark.parametrize("seed", range(40))
def test_a_lead_along_a_chain_is_the_same_however_often_it_is_looked_at(seed):
    one, two, lines = _sampled(seed)
    chance = random.Random(seed)
    for given in _read(Chain.of([(one, -1)]), lines):
        times = sorted({event[0][0] for event in given})
        cuts = sorted(chance.sample(times, min(2, len(times))))
        chain = Chain.of(
            [(one, -1), *((each, t + chance.randrange(2)) for each, t in zip((two, one), cuts, strict=False))]
        )
        events = [event for mine in _read(chain, [event[3] for event in given]) for event in mine]
        end = times[-1] + 40 * DAY
        whole, pieces = chain.new("L"), chain.new("L")
        told = chain.bring(whole, events, end).emitted
        again = []
        stops = sorted(chance.choices(range(times[0] - 1, end), k=4))
        for before, stop in pairwise([-1, *stops, end]):
            mine = [event for event in events if before < event[0][0] <= stop]
            again += chain.bring(pieces, mine, stop).emitted
            kept = state.decode("L", state.encode(pieces.lead))
            found = chain.standing(kept, chain.links[pieces.link].digest)
            assert found is not None
            pieces = found
        assert shown(chain, pieces, end) == shown(chain, whole, end)
        assert again == told


def test_a_line_under_a_clock_is_held_against_it():
    one, two = table("score s { rule r { on visit add 1 } }"), table("score s { rule r { on visit add 2 } }")
    chain = Chain.of([(one, -1), (two, START)])
    with pytest.raises(Rejected, match="later than now"):
        chain.read(event(3), Intake(chain.plan, START))
