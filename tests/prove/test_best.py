"""The most and the least that rules give: by hand, and against all combinations of a small model."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from cli.judging import judge_of
from compiler.program import Program
from compiler.prove.answer import Best, Item, Witness
from compiler.prove.prover import Prover
from tests.prove.shop import at_event, program

PERCENT = [(">=", ("prop", "watched"), ("lit", 0)), ("<=", ("prop", "watched"), ("lit", 1))]


def prover(found: Program, seconds: float = 120) -> Prover:
    return Prover(found, seconds=seconds, judge=judge_of(found))


def asked(*rules: str) -> tuple[Prover, dict[tuple[str, str], Any]]:
    """A prover of rules of one score, and their points or values by (score, rule)."""
    found = program(
        "score s { range -500.. " + "\n".join(f"rule r{at} {{ {each} }}" for at, each in enumerate(rules)) + " }"
    )
    body = {each.name: each.body for each in found.scores}["s"]
    weights = {("s", each.name): each.points if each.value is None else each.value for each in body.on}
    return prover(found), weights


def ends(best: Best) -> tuple[int | None, int | None]:
    return best.bound, best.reached


def test_rules_that_exclude_each_other_are_not_summed() -> None:
    ask, weights = asked(
        'on visit where page = "a" add 10', 'on visit where page = "b" add 7',
        'on visit where page starts with "a" add 5',
        "on visit where n > 5 add 3", "on visit where n < 5 add 4", 'on visit where page = "a" subtract 2',
    )  # fmt: skip
    most = ask.best_sum("visit", weights)
    assert ends(most) == (17_000, 17_000)
    assert most.witness is not None
    assert most.witness.event(ask.program, "visit")["page"] == "a"
    assert ends(ask.best_sum("visit", weights, lowest=True)) == (0, 0)


def test_what_is_taken_counts_where_it_comes_with_what_is_given() -> None:
    ask, weights = asked('on visit where page starts with "a" add 10', 'on visit where page = "a" subtract 25')
    assert ends(ask.best_sum("visit", weights)) == (10_000, 10_000)
    assert ends(ask.best_sum("visit", weights, lowest=True)) == (-15_000, -15_000)


@pytest.mark.parametrize(
    ("value", "most", "least"),
    [
        ("30 * watched", 30_000, 0),
        ("min(30 * watched, 20)", 20_000, 0),
        ("10 - 30 * watched", 10_000, -20_000),
        ("pages * pages - 20", 80_000, -19_000),
        ("0.0125 * pages", 125, 12),
        ("max(pages, 5) * watched", 10_000, 0),
    ],
)
def test_a_value_is_taken_to_its_ends(value: str, most: int, least: int) -> None:
    ask, weights = asked(f"on visit where pages is present and watched is present add {value}")
    ((_, term),) = weights.items()
    assert ends(ask.reach(term, "visit", given=PERCENT)) == (most, most)
    assert ends(ask.reach(term, "visit", given=PERCENT, lowest=True)) == (least, least)


def test_a_missing_value_gives_nothing_and_so_may_be_the_best() -> None:
    ask, weights = asked("on visit add 0 - pages")
    assert ends(ask.best_sum("visit", weights)) == (0, 0)
    assert ends(ask.best_sum("visit", weights, lowest=True)) == (-10_000, -10_000)


def test_values_and_points_are_summed_and_groups_cut() -> None:
    ask, weights = asked(
        "on visit where pages > 3 add pages", "on visit where pages < 9 add 5", "on visit where pages > 3 add 4"
    )
    assert ends(ask.best_sum("visit", weights)) == (17_000, 17_000)
    groups = {("s", "r0"): "g", ("s", "r1"): "g"}
    best = ask.best_sum("visit", weights, groups=groups, caps={"g": 6_000})
    assert ends(best) == (10_000, 10_000)


def test_a_value_that_is_more_where_another_rule_gives_nothing_is_not_overlooked() -> None:
    ask, weights = asked(
        'on visit where page = "a" add 5', 'on visit where page = "b" add 10 - pages', 'on visit where page = "c" add 3'
    )
    assert ends(ask.best_sum("visit", weights)) == (9_000, 9_000)
    assert ends(ask.best_sum("visit", weights, lowest=True)) == (0, 0)
    ask, weights = asked('on visit where page = "a" subtract 5', 'on visit where page = "b" add 3 - pages')
    assert ends(ask.best_sum("visit", weights, lowest=True)) == (-7_000, -7_000)


def test_a_value_without_an_end_has_no_bound() -> None:
    found = program()
    best = prover(found).reach(("tally", "visits"))
    assert best.bound is None
    assert "no end" in best.why
    assert ends(prover(found).reach(("tally", "visits"), lowest=True)) == (0, 0)


def test_what_is_given_counts() -> None:
    ask, weights = asked('on visit where page = "a" add 10', 'on visit where page = "b" add 7')
    given = [("!=", ("prop", "page"), ("lit", "a"))]
    assert ends(ask.best_sum("visit", weights, given=given)) == (7_000, 7_000)
    impossible = ask.best_sum("visit", weights, given=[("missing", ("prop", "page")), *given])
    assert impossible.feasible is False
    assert impossible.witness is None


def test_the_ends_of_a_profile_know_branches_and_groups() -> None:
    found = program(
        """score fit { range -100..
          rule size { when employees > 500 add 30 else when employees > 50 add 10
                      else when employees is missing subtract 5 }
          rule tier { when tier = "a" add 20 }
          group where_from { at most 15 points
            rule nordic { when country in ["DK", "SE"] add 10 }
            rule danish { when country = "DK" add 10 }
            rule mail   { when email ends with ".dk" subtract 12 }
          }
          rule few { when visits < 3 subtract 40 }
        }"""
    )
    ask = prover(found)
    assert ends(ask.best_profile("fit")) == (65_000, 65_000)
    assert ends(ask.best_profile("fit", lowest=True)) == (-57_000, -57_000)
    assert ends(ask.best_profile("fit", given=[("missing", ("attr", "employees"))])) == (30_000, 30_000)


def test_no_time_is_no_bound_and_little_time_a_true_one() -> None:
    ask, weights = asked('on visit where page = "a" add 10')
    none = ask.best_sum("visit", weights, seconds=0)
    assert (none.bound, none.reached) == (None, None)
    assert "time limit" in none.why
    draw = random.Random(1)
    rules = [
        f"on visit where {draw.choice(['n', 'pages', 'watched * 100'])} {draw.choice('<>')} {draw.randint(1, 60)} "
        f"and {draw.choice(['employees', 'ratio'])} {draw.choice('<>')} n add {draw.randint(1, 9)}"
        for _ in range(60)
    ]
    ask, weights = asked(*rules)
    little = ask.best_sum("visit", weights, seconds=0.5)
    longer = ask.best_sum("visit", weights, seconds=6)
    assert little.bound is None or longer.reached is None or little.bound >= longer.reached
    assert longer.bound is not None
    assert longer.reached is not None
    assert longer.reached <= longer.bound


def test_sums_of_random_rules_are_those_of_all_combinations_of_values() -> None:
    values = {
        ("prop", "page"): [None, "", "a", "aa", "ab", "b", "c", "cab"],
        ("prop", "n"): [None, -1, 0, 1, 2, 3],
        ("prop", "part"): [None, "a", "b", "c"],
        ("prop", "flag"): [None, True, False],
    }
    conditions = ['page = "a"', 'page starts with "a"', 'page contains "b"', "n > 1", "n <= 1", "n < 0", 'part = "a"',
                  'part != "a"', "flag", "flag = false", "page is missing", "n + n = 2"]  # fmt: skip
    found, terms = at_event(*conditions)
    judge = judge_of(found)
    worlds = [
        Witness({("time",): 0, ("prop", "path"): "-", **dict(zip(values, each, strict=True))})
        for each in itertools.product(*values.values())
    ]
    truth = [[judge([term], world, "visit") for term in terms] for world in worlds]
    draw = random.Random(2)
    for _ in range(25):
        items, sums = [], [0] * len(worlds)
        for _ in range(8):
            chosen = draw.sample(range(len(terms)), draw.choice([1, 2, 2]))
            points = draw.randint(-9, 9) * 1000
            joint = draw.choice(["and", "or"])
            items.append(Item(((joint, *[terms[at] for at in chosen]),), points))
            which = all if joint == "and" else any
            sums = [total + points * which(row[at] for at in chosen) for total, row in zip(sums, truth, strict=True)]
        assert ends(prover(found).best(items, "visit")) == (max(sums), max(sums))
        assert ends(prover(found).best(items, "visit", lowest=True)) == (min(sums), min(sums))


def test_all_combinations_of_rules_come_up_once_with_an_event_that_has_them() -> None:
    ask, weights = asked(
        'on visit where page starts with "/a" add 1',
        'on visit where page = "/ab" add 1',
        'on visit where page = "/b" add 1',
    )
    regions = list(ask.regions("visit", list(weights)))
    names = sorted(sorted(rule for _, rule in each.rules) for each in regions)
    assert names == [[], ["r0"], ["r0", "r1"], ["r2"]]
    assert list(ask.regions("visit", list(weights), limit=2)) == regions[:2]


@pytest.mark.parametrize(
    ("value", "given", "most", "least"),
    [
        ("n", ["n < employees", "employees <= 10", "n > 0 - 20"], 10_000, -20_000),
        ("n - employees", ["n - employees < 7", "n + employees > 3", "employees = 2"], 7_000, -1_000),
        ("n * employees", ["n + employees = 10", "n >= 0", "employees >= 0"], 25_000, 0),
        ("0.001 * pages + n", ["n = 0.5"], 510, 501),
    ],
)
def test_a_value_whose_parts_depend_on_each_other_is_closed_in_on(
    value: str, given: list[str], most: int, least: int
) -> None:
    if "*" in value and len(given) > 1:
        pytest.importorskip("z3")
    found, terms = at_event(*given, f"{value} = 1 and pages is present")
    term = next(part for part in terms[-1][1:] if part[0] == "=")[1]
    ask = prover(found, 30)
    assert ends(ask.reach(term, "visit", given=terms[:-1])) == (most, most)
    assert ends(ask.reach(term, "visit", given=terms[:-1], lowest=True)) == (least, least)
