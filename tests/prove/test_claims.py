"""Assertions: proved, refuted with a history that passes as a test, or undecided and why."""

from __future__ import annotations

import pytest

from tests.proofs import proved, sheet, verdict

MODEL = """
event consent { given: boolean required }
score s {
  ready at 50
  range 0..200
  rule visit { on visit where page = "/pricing" add 20, at most 2 times per 1 day }
  rule video { on video where watched >= 80% add 15, once }
  rule size { when size >= 100 add 10 }
  degrade { after 7 days without activity by 10% every 7 days }
}
score few { rule r { on signup add 8, at most 12 times } }
stages new, hot, sql, gone also lost
trigger up { when s >= ready and stage < hot move to hot tag "hot" }
trigger call { on consent where given when s >= ready and stage = hot move to sql set team = "a" once }
trigger gone { when few >= 97 move to gone }
trigger quiet { when idle for 30 days tag "quiet" }
"""


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("always s <= 200", "proved"),
        ("always s < 200", "refuted"),
        ("always few <= 96", "proved"),
        ("always few < 96", "refuted"),
        ("never few = 97", "proved"),
        ("never few = 96", "refuted"),
        ("never few > 90 and s > 100", "refuted"),
        ("reachable few = 96", "proved"),
        ("reachable few > 96", "refuted"),
        ("reachable stage = sql", "proved"),
        ("reachable stage = gone", "refuted"),
        ("reachable stage = lost", "refuted"),
        ("never stage = gone", "proved"),
        ("never stage = sql and team is missing", "proved"),
        ("reachable stage = sql and s < 20", "proved"),
        ("reachable team = \"a\"", "proved"),
        ("reachable team = \"b\"", "refuted"),
        ("always team is missing or team = \"a\"", "proved"),
        ("never has tag \"cold\"", "proved"),
        ("never has tag \"quiet\"", "refuted"),
        ("within 1 day s <= 105", "proved"),
        ("within 1 day s <= 104", "refuted"),
        ("within 23 hours s <= 65", "proved"),
        ("within 23 hours s < 65", "refuted"),
        ("reachable s >= 105 within 1 day", "proved"),
        ("reachable s >= 105 within 23 hours", "refuted"),
        ("reachable has tag \"quiet\" within 29 days", "unknown"),
        ("reachable has tag \"quiet\" within 30 days", "proved"),
        ("never fired gone", "proved"),
        ("never fired up", "refuted"),
        ("never fired call without consent where given", "proved"),
        ("never fired call without consent where not given", "refuted"),
        ("never fired call without consent", "proved"),
        ("never fired up without consent", "refuted"),
        ("never fired up without visit", "proved"),
    ],
)  # fmt: skip
def test_a_claim_is_decided(claim: str, state: str) -> None:
    found = verdict(MODEL, claim)
    assert found.state == state, found
    if state == "refuted" and not claim.startswith("reachable"):
        assert found.test is not None
    if state == "unknown":
        assert found.why


def test_a_counterexample_is_a_test_with_the_opposite_of_the_claim() -> None:
    found = verdict("score s { rule r { on signup add 10 } }", "always s < 20")
    assert found.test is not None
    assert found.test.splitlines() == [
        'test "a: always s < 20" {',
        "  at 2026-01-05T00:00Z  signup {}  signup {}",
        "  expect not (s < 20)",
        "}",
    ]


def test_a_proof_says_with_what_numbers() -> None:
    found = verdict("score s { rule r { on signup add 10, once } }", "always s < 20")
    assert found.why == "s shows 0 to 10"


def test_why_nothing_gets_there_is_told() -> None:
    found = verdict(MODEL, "reachable stage = lost")
    assert found.why == "a lead can be in new, hot, sql"


def test_without_time_nothing_is_claimed() -> None:
    text = MODEL + 'assert "a" { always s <= 150 }'
    found = proved(text, seconds=0.001)
    assert [each.state for each in found.verdicts] in (["unknown"], ["refuted"])
    assert found.undecided


def test_a_history_is_found_that_takes_weeks_and_leaves_something_out() -> None:
    text = """event order { }
    tally orders { on order }
    score s { range 0..120 rule p { on visit add 3, at most 15 points per 7 days } rule o { on order add 90, once } }
    stages a, b
    trigger up { when s >= 80 and stage = a move to b }"""
    assert verdict(text, "never fired up without order").state == "refuted"
    assert verdict(text, "never stage = b and orders = 0").state == "refuted"


def test_whatever_names_and_values_there_are_a_history_can_be_pasted() -> None:
    found = proved(
        r"""model odd "Odd names" { }
        lead { at: text  lead: integer as "the lead"  when: boolean }
        event at as "com.at" {
          expect: text required as "x-expect"  after: date  amount: number 0.5..2.5 required  tags: list of text
          p: percent required  i: instant
        }
        score score for v in ["a b", "c"] {
          ready at 10
          rule rule {
            on at where expect = "{v} \"q\" \n" and tags contains "z" and after >= 2026-02-03
              and i > 2026-01-01T10:00:00.5Z and p > 50%
            add 3 * amount, once for each expect, at most 2 times
          }
          rule w { when lead >= 7 and when and at = "ü" add 7 }
        }
        stages "first one", "paying customer"
        trigger move { when score["a b"] >= ready move to "paying customer" tag "x y" }
        assert "odd \"name\"" { never stage = "paying customer"  never has tag "x y" }"""
    )
    assert [each.state for each in found.verdicts] == ["refuted", "refuted"]
    highest = sheet(found, "score[a b]").highest
    assert highest is not None
    assert highest.reached == 14_500


def test_a_trigger_of_which_nothing_is_known_is_listed() -> None:
    counts = "lead { n: integer computed } trigger first { on visit when n is missing set n = 0 }"
    found = proved(f'{counts} trigger next {{ on visit set n = n + 1 }} trigger odd {{ when n < 0 emit "odd" }}')
    assert [each for each in found.undecided if "odd" in each] == [
        "whether odd can fire: no history was found that fires it, and no proof that there is none"
    ]
    assert not any("first" in each or "next" in each for each in found.undecided)


def test_what_the_bounds_say_is_proved_though_the_time_is_used_up() -> None:
    text = 'score s { range 0..50 rule r { on visit add 5 } } assert "small" { always s <= 50 }'
    (verdict,) = proved(text, seconds=0.000001).verdicts
    assert verdict.state == "proved"


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("reachable s = 25", "proved"),
        ("reachable s = 15 within 1 day", "proved"),
        ("reachable s = 25 within 1 day", "refuted"),
        ("reachable s >= 55 and s < 60", "proved"),
        ("reachable s not increased for 30 days and s > 20", "proved"),
        ("reachable country = \"NO\"", "proved"),
        ("reachable country = \"NO\" and s = 30", "proved"),
        ("never country = \"NO\" and stage = b", "refuted"),
        ("reachable country = \"NO\" and country = \"DK\"", "refuted"),
    ],
)  # fmt: skip
def test_what_lies_on_the_way_to_a_height_is_found_with_what_is_asked_of_the_lead(claim: str, state: str) -> None:
    text = """score s { range 0..200 rule p { on visit add 5, at most 10 points per 1 day } }
    stages a, b
    trigger up { when s >= 40 move to b }"""
    found = verdict(text, claim)
    assert found.state == state, found
