"""The shortest ways to a line, and that none is shorter; what silence makes of who is there."""

from __future__ import annotations

from itertools import product

import pytest

from cli.replay import Replay
from compiler.compile import compile_text
from compiler.prove.ledger import Paths
from compiler.prove.reasons import open_way
from tests.proofs import START, proved, sheet

DAY = 86_400_000_000


def shortest(rules: str) -> list[tuple[int | None, int]]:
    """For a lead of any kind, and for one of whom nothing is known: how many events, and how many by proof."""
    return [(each.events, each.least) for each in sheet(proved(f"score s {{ {rules} }}")).paths]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("ready at 20 rule r { on visit add 5 }", [(4, 4)]),
        ("ready at 20 rule r { on visit add 5 } rule v { on signup add 12, once }", [(3, 3)]),
        ("ready at 20 rule r { on visit add 5, once per 7 days }", [(4, 4)]),
        ("ready at 24 rule r { on video add 8, once for each asset }", [(3, 3)]),
        ("ready at 20 rule r { on visit repeated 3 times in 1 day add 10 }", [(6, 6)]),
        ("ready at 20 rule r { on visit add 5 } rule p { when size > 9 add 12 }", [(2, 2), (4, 4)]),
        ("ready at 20 rule r { on visit add 5 } rule p { when size > 9 add 20 }", [(0, 0), (4, 4)]),
        ('ready at 20 rule r { on visit add 5 } rule q { on visit where page = "a" add 6 }', [(2, 2)]),
        ('ready at 20 rule r { on visit where page = "b" add 5 } rule q { on visit where page = "a" add 6 }', [(4, 4)]),
        ("ready at 20 group g { at most 10 points rule r { on visit add 5 } } rule q { on signup add 1 }", [(12, 12)]),
    ],
)
def test_no_less_will_do(rules: str, expected: list[tuple[int, int]]) -> None:
    assert shortest(rules) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("rule r { on visit add 5 } } trigger t { on signup add 30 to s }", (2, 2, "2 × signup (t); at once")),
        (
            'rule r { on visit add 5 } } trigger t { when s >= 10 and not has tag "x" tag "x" add 50 to s }',
            (2, 2, "2 × visit (r); at once"),
        ),
        (
            (
                "rule r { on visit add 5 } } stages a, b trigger t { on signup move to b }"
                " trigger u { on video when stage = b add 50 to s }"
            ),
            (2, 2, "video (u), signup (t); at once"),
        ),
        (
            (
                "rule r { on visit add 5 } } stages a, b trigger t { on signup move to b }"
                " trigger u { when stage = b for 10 days add 50 to s }"
            ),
            (1, 1, "signup (t); at once, then 10 days of silence"),
        ),
        (
            'rule r { on visit add 5 } rule p { when team = "x" add 45 } } trigger t { on signup set team = "x" }',
            (2, 2, "visit (r), signup (t); at once"),
        ),
        ("rule r { on visit add 5 } } trigger t { when s >= 30 subtract 10 from s }", (None, 10, "")),
        (
            (
                "rule r { on visit add 10 } } trigger t { on video where watched > 50% add 20 to s }"
                " trigger u { on back reset s to 5 }"
            ),
            (3, 3, "visit (r), 2 × video (t); at once"),
        ),
    ],
)
def test_what_triggers_do_is_taken_in(model: str, expected: tuple[int | None, int, str]) -> None:
    (paths,) = [each for each in sheet(proved(f"score s {{ ready at 50 {model}")).paths if each.goal == "s"]
    words = paths.paths[0].words if paths.paths else ""
    assert (paths.events, paths.least, words) == expected


def test_a_trigger_does_not_help_its_own_first_firing() -> None:
    found = sheet(proved("score s { rule r { on visit add 8 } } trigger t { when s >= 20 add 100 to s }"))
    (paths,) = found.paths
    assert (paths.goal, paths.events, paths.least) == ("t", 3, 3)


def test_the_quickest_way_comes_first_and_its_pauses_are_as_short_as_they_get() -> None:
    rules = "ready at 60 rule r { on visit add 20, once per 1 day } rule v { on signup add 25, once }"
    (paths,) = sheet(proved(f"score s {{ {rules} }}")).paths
    assert [each.words for each in paths.paths] == ["2 × visit (r), signup (v); in 1 day", "3 × visit (r); in 2 days"]


def test_a_long_way_is_told_though_no_handful_leads_there() -> None:
    rules = "ready at 30 range 0..40 rule r { on visit add 10 } rule b { on signup subtract 5 }"
    found = proved(f"score s {{ {rules} }} trigger t {{ when s >= 20 subtract 19 from s  once }}")
    (paths,) = [each for each in sheet(found).paths if each.goal == "s"]
    assert paths.events == 5
    assert paths.least < 5


def test_it_is_what_trying_all_histories_gives() -> None:
    text = (
        START
        + """score s {
      ready at 30
      rule a { on visit where seconds >= 10 add 9, at most 2 times }
      rule b { on video where watched > 50% add 11, once for each asset }
      rule c { on signup add 14, once }
    }"""
    )
    compiled = compile_text(text)
    assert compiled.table is not None
    events = [("visit", {"seconds": 10}), ("signup", {}), *[
        ("video", {"asset": asset, "watched": 90}) for asset in ("demo", "tour", "talk")
    ]]  # fmt: skip
    engine = Replay(compiled.table)

    def reached(history: tuple[tuple[str, dict[str, object]], ...]) -> bool:
        state = engine.begin()
        for type, data in history:
            engine.give(state, type, data, DAY)
        return engine.see(state, DAY).scores["s"] >= 30_000

    least = next(size for size in range(1, 6) if any(reached(each) for each in product(events, repeat=size)))
    (paths,) = sheet(proved(text)).paths
    assert (paths.events, paths.least) == (least, least)


def test_a_way_is_told_in_words() -> None:
    found: Paths = sheet(proved("score s { ready at 20 rule r { on visit add 8, at most 2 times per 1 day } }")).paths[
        0
    ]
    assert [each.words for each in found.paths] == ["3 × visit (r); in 1 day"]


def test_the_firing_of_a_trigger_has_ways_of_its_own() -> None:
    found = sheet(
        proved('score s { rule r { on visit add 8 } } trigger t { when s >= 20 and idle for 3 days tag "x" }')
    )
    (paths,) = found.paths
    assert (paths.goal, paths.events, paths.least) == ("t", 3, 3)
    assert paths.paths[0].words == "3 × visit (r); at once, then 3 days of silence"


def test_silence_is_told_from_the_line_and_from_the_top() -> None:
    found = sheet(
        proved(
            """score s { ready at 100 range 0..150 rule r { on visit add 50 }
            degrade { after 30 days without activity by 10% every 7 days not below 50% of ready } }"""
        )
    )
    low, high = found.falls
    assert low.steps[:3] == ((0, 100_000), (30 * DAY, 90_000), (37 * DAY, 81_000))
    assert low.steps[-1] == (72 * DAY, 50_000)
    assert high.steps[0] == (0, 150_000)
    assert next(after for after, points in high.steps if points < 100_000) == 51 * DAY


def test_of_whom_nothing_is_known_there_may_be_no_way() -> None:
    found = proved("score s { ready at 20 rule r { on visit add 5, at most 3 times } rule p { when size > 9 add 12 } }")
    known, blank = sheet(found).paths
    assert (known.events, known.least) == (2, 2)
    assert (blank.events, blank.never) == (None, 15_000)
    assert found.undecided == []


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (Paths("s", 2, 2), ""),
        (Paths("s", None, 0, never=7), ""),
        (Paths("s", 2, 1), "2 events found, less than 1 ruled out"),
        (Paths("s", 1, 0), "1 event found, fewer not ruled out"),
        (Paths("s", None, 1, tried=1), "none found of up to 1 event; it takes at least 1 event"),
        (Paths("s", None, 0, tried=8), "none found of up to 8 events; no number of events is ruled out"),
        (Paths("s", None, 0, tried=-1, why="the time is up"), "none found; the time is up"),
    ],
)
def test_what_is_open_of_a_way_is_told_in_numbers(paths: Paths, said: str) -> None:
    assert open_way(paths) == said


KEPT = "ready at 100 range 0..200 rule r { on visit add 50 } "


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        (KEPT + "degrade { after 30 days without activity by 10% every 7 days not below 50% of ready }", 72),
        (KEPT + "degrade { by 5 points every 7 days }", 147),
        (KEPT + "degrade { after 10 days without increase by 5 points every 7 days }", 150),
        (KEPT + "rule p { when size > 3 add 60 } degrade { by 5 points every 7 days }", 147),
        (KEPT + "expire after 90 days", 90),
        ("ready at 100 rule r { on visit add 50, at most 10 times } fade 50% every 30 days", 90),
        ("ready at 100 range 0..200 rule r { on visit add 50, at most 10 times } fade 50% every 30 days", 90),
    ],
)
def test_how_long_a_lead_stays_ready_in_silence_is_decided(rules: str, days: int) -> None:
    found = proved(f"score s {{ {rules} }}")
    stay = sheet(found).stay
    assert stay is not None
    assert (stay.longest, stay.shown) == (days * DAY, days * DAY)
    assert not [each for each in found.undecided if "stays ready" in each]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (
            KEPT + "rule p { when renewal in the next 9 days add 9 } degrade { by 5% every 7 days }",
            "may change in silence",
        ),
        (
            KEPT + "degrade { by 5% every 7 days } } trigger t { when s between 20 and 30 add 100 to s ",
            "t may give it points in silence",
        ),
    ],
)
def test_where_there_is_no_longest_time_it_is_said_why(rules: str, why: str) -> None:
    found = proved(f"score s {{ {rules} }}")
    stay = sheet(found).stay
    assert stay is not None
    assert stay.longest is None
    assert [why in each for each in found.undecided if "stays ready" in each] == [True]


@pytest.mark.parametrize("ageing", ["degrade { by 5% every 7 days }", "fade 5% every 7 days"])
def test_without_a_highest_there_is_no_longest_time(ageing: str) -> None:
    found = proved(f"score s {{ ready at 100 rule r {{ on visit add 50 }} {ageing} }}")
    stay = sheet(found).stay
    assert stay is not None
    assert (stay.longest, stay.endless, found.undecided) == (None, True, [])


@pytest.mark.parametrize(
    "rules",
    ["degrade { by 5% every 7 days not below 100 }", "rule b { on back add 60 } degrade { by 5% every 7 days }"],
)
def test_who_may_be_ready_for_ever_has_no_longest_time(rules: str) -> None:
    assert sheet(proved(f"score s {{ {KEPT} {rules} }}")).stay is None
