"""The highest and the lowest of a score: the number, and that it is decided."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.prove.climb import Climb
from tests.proofs import proved, sheet

DAY = 86_400_000_000


def ends(rules: str, **wanted: object) -> tuple[object, object]:
    """Lowest and highest in points; "open" where there is no end, None where it is not decided."""
    found = sheet(proved(f"score s {{ {rules} }}", **wanted))  # type: ignore[arg-type]
    told = []
    for end in (found.lowest, found.highest if found.soon is None else found.soon):
        assert end is not None
        told.append("open" if end.endless else end.reached / 1000 if end.decided else None)
    return told[0], told[1]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rule r { on visit add 8, at most 12 times }", (0, 96)),
        ("rule r { on visit add 8, at most 90 points }", (0, 90)),
        ("rule r { on visit add 8, at most 12 times, at most 50 points }", (0, 50)),
        ("range 0..80 rule r { on visit add 8, at most 12 times }", (0, 80)),
        ("rule r { on visit add 8 }", (0, "open")),
        ("range -5..40 rule r { on visit add 8 } rule b { on back subtract 3 }", (-5, 40)),
        ("range .. 50 rule b { on back subtract 3, at most 2 times }", (-6, 0)),
        ("range .. 50 rule b { on back subtract 3 }", ("open", 0)),
        ("rule r { on video add 10, once for each asset }", (0, 30)),
        ('rule r { on video where asset != "talk" add 10, once for each asset }', (0, 20)),
        ('rule r { on visit where page in ["a", "b"] add 10, at most 2 times for each page }', (0, 40)),
        ("rule r { on video add 20 * watched, best }", (0, 20)),
        ("rule r { on video add 20 * watched, best for each asset }", (0, 60)),
        ("rule r { on visit repeated 3 times in 2 days add 5, at most 2 times }", (0, 10)),
        ("rule r { on visit where seconds >= 30 add 0.1 * seconds, at most 2 times }", (0, 120)),
        ('rule r { on visit where page = "a" and page = "b" add 5 }', (0, 0)),
        ("group g { at most 15 points rule a { on visit add 8, once } rule b { on signup add 9, once } }", (0, 15)),
        ("group g { at most 3 times rule a { on visit add 8 } rule b { on signup add 9 } }", (0, 27)),
        ("rule p { when size >= 10 add 20 else when size >= 1 add 30 }", (0, 30)),
        ('rule p { when country = "DK" add 20 } rule q { when country = "SE" add 15 }', (0, 20)),
        ('range -9..9 rule p { when country = "DK" subtract 2 }', (-2, 0)),
        (
            "group g { at most 25 points rule p { when size > 1 add 20 } rule q { when country is present add 10 } }",
            (0, 25),
        ),
    ],
)
def test_an_end_is_what_the_limits_say(rules: str, expected: tuple[object, object]) -> None:
    assert ends(rules) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rule r { on visit add 8, at most 2 times per 12 hours }", (0, 48)),
        ("rule r { on visit add 8, at most 2 times per 1 day }", (0, 32)),
        ("rule r { on visit add 8, at most 2 times per 36 hours }", (0, 16)),
        ("rule r { on visit add 8, at most 20 points per 1 day, at most 30 points }", (0, 30)),
    ],
)
def test_within_a_day_both_its_ends_count(rules: str, expected: tuple[object, object]) -> None:
    assert ends(rules, within=DAY) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("expire after 30 days rule r { on visit add 8, at most 1 times per 7 days }", (0, 40)),
        ("expire after 28 days rule r { on visit add 8, at most 1 times per 7 days }", (0, 32)),
        ("expire after 30 days rule r { on visit add 8, at most 3 times }", (0, 24)),
        ("expire after 30 days rule r { on visit add 8 }", (0, "open")),
        ("fade 50% of the first value every 7 days rule r { on visit add 8, at most 1 times per 7 days }", (0, 12)),
    ],
)
def test_points_that_age_add_up_only_while_they_last(rules: str, expected: tuple[object, object]) -> None:
    assert ends(rules) == expected


def test_where_bound_and_witness_do_not_meet_both_are_told() -> None:
    toll = "trigger t { when s >= 10 subtract 5 from s }"
    found = proved(f"score s {{ range 0..50 rule r {{ on visit add 8, at most 2 times }} }} {toll}")
    end = sheet(found).highest
    assert end is not None
    assert not end.decided
    assert (end.bound, end.reached) == (16_000, 11_000)
    assert any("highest s: 11 is reached, 16 is proved" in each for each in found.undecided)


@pytest.mark.parametrize(
    ("rules", "high", "low"),
    [
        ("rule r { on visit add 8, at most 2 times } rule t { on visit subtract 3 }", 10_000, -50_000),
        ("rule r { on visit subtract 8, at most 2 times } rule t { on visit add 3 }", 50_000, -10_000),
        (
            """rule r { on visit add 8, at most 2 times } rule q { on visit where seconds > 9 add 4, at most 3 times }
            rule t { on visit where seconds > 5 or page is missing subtract 3 }""",
            19_000,
            -50_000,
        ),
        (
            "rule r { on visit add 8, at most 2 times } rule t { on visit where seconds > 9 subtract 3 }",
            16_000,
            -50_000,
        ),
    ],
)
def test_what_an_event_takes_wherever_it_gives_is_taken_off(rules: str, high: int, low: int) -> None:
    found = sheet(proved(f"score s {{ range -50..50 {rules} }}"))
    assert found.highest is not None
    assert found.lowest is not None
    assert (found.highest.bound, found.highest.reached, found.lowest.reached) == (high, high, low)
    assert found.lowest.decided


def test_a_computed_score_is_as_high_as_its_parts_make_it() -> None:
    found = proved(
        """score a { range 0..50 rule r { on visit add 10 } }
        score b { rule p { when size >= 5 add 20 } }
        score s = 0.5 * a + b - 5 { ready at 40 }"""
    )
    end = sheet(found).highest
    assert end is not None
    assert end.decided
    assert end.reached == 40_000
    low = sheet(found).lowest
    assert low is not None
    assert low.decided
    assert low.reached == -5_000


def test_what_triggers_add_counts() -> None:
    found = proved("score s { rule r { on visit add 10, once } } trigger t { when s >= 10 add 5 to s once }")
    end = sheet(found).highest
    assert end is not None
    assert (end.decided, end.reached) == (True, 15_000)


def test_a_trigger_that_never_fires_adds_nothing() -> None:
    found = proved("score s { rule r { on visit add 10, once } } trigger t { when s >= 11 add 5 to s }")
    end = sheet(found).highest
    assert end is not None
    assert (end.decided, end.reached) == (True, 10_000)


def test_a_percent_lies_within_its_hundred_unless_asked_otherwise() -> None:
    text = "score s { rule r { on video add 10 * watched, once } }"
    found = proved(text)
    assert sheet(found).highest.reached == 10_000  # type: ignore[union-attr]
    assert found.assumed == ["percents lie within 0% and 100%: video.watched"]
    free = proved(text, percents=False)
    assert sheet(free).highest.reached > 10_000  # type: ignore[union-attr]
    assert free.assumed == []


@pytest.mark.parametrize(
    "rules",
    [
        "rule r { on visit add 8 } rule c { on visit subtract 8 }",
        "rule r { on visit add 8 } rule c { on visit subtract 10 }",
        "rule r { on visit when visits <= 3 add 8 }",
        "rule r { on visit add 8 } rule p { when visits > 0 add -8 * visits }",
        "rule r { on visit repeated 3 times in 1 day add 3 } rule c { on visit subtract 1 }",
        "rule r { on visit add 8, once per 3 days } degrade { after 2 days without increase by 100% every 1 day }",
        "rule r { on visit add 8 } } trigger back { on visit subtract 8 from s",
        "rule r { on visit add 8 } } trigger back { when s >= 50 reset s to 0",
    ],
)
def test_what_is_taken_back_again_and_again_is_not_said_to_have_no_end(rules: str) -> None:
    found = sheet(proved(f"tally visits {{ on visit }} score s {{ {rules} }}", seconds=2.0))
    assert found.highest is not None
    assert not found.highest.endless


@pytest.mark.parametrize(
    "rules",
    [
        'rule r { on visit where page = "a" add 8 } rule c { on visit where page = "b" subtract 8 }',
        "rule r { on visit add 8 } rule c { on visit subtract 8, at most 5 times }",
        "rule r { on visit add 8 } } trigger back { on back reset s to 0",
        "rule r { on visit add 8 } } trigger back { on visit subtract 8 from s once",
        "rule r { on visit add 8, once per 1 day } degrade { after 2 days without increase by 50% every 1 day }",
    ],
)
def test_what_is_taken_back_elsewhere_or_not_for_long_has_no_end(rules: str) -> None:
    found = sheet(proved(f"score s {{ {rules} }}", seconds=2.0))
    assert found.highest is not None
    assert found.highest.endless


def test_an_end_is_as_far_as_any_history_of_the_proof_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    def weak(*given: Any, most: int) -> Climb:
        return Climb(*given, most=1)

    monkeypatch.setattr("compiler.prove.ends.Climb", weak)
    monkeypatch.setattr("compiler.prove.proof._Proof._explore", lambda proof: None)
    rules = "score s { range -9..90 rule r { on visit add 8, at most 3 times } rule b { on back subtract 3 } }"
    without = proved(rules)
    assert "highest s: 16 is reached, 24 is proved" in "; ".join(without.undecided)
    found = proved(rules + '\nassert "x" { reachable s = 24  reachable s = -9 }')
    assert [each.state for each in found.verdicts] == ["proved", "proved"]
    for end, points in ((sheet(found).highest, 24_000), (sheet(found).lowest, -9_000)):
        assert end is not None
        assert (end.decided, end.reached, end.why) == (True, points, "")
    assert found.undecided == []
