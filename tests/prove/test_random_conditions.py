"""The prover against the engine, on the conditions of random models.

What the prover says can hold comes with an example that the engine confirms; what it says can't is tried on many values
that might fit, and none may. LEADSCORE_CASES is the number of models (default 80), LEADSCORE_SEED the first seed.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.judging import judge_of
from compiler.prove import letters
from compiler.prove.answer import Item, Unsat, Witness
from compiler.prove.meaning import fits
from compiler.prove.prover import Prover
from compiler.prove.texts import bits_of, classes, some
from tests.prove.models import PIECES, Question, Values, conditions, holding, program_of, questions

CASES = int(os.environ.get("LEADSCORE_CASES", "80")) // 4
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
TRIES = 150


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
def test_what_the_prover_decides_of_random_conditions_is_so(seed: int) -> None:
    program = program_of(seed)
    judge = judge_of(program)
    prover = Prover(program, seconds=60, judge=judge)
    for number, question in enumerate(questions(program, seed)):
        answer = prover.decide(question.terms, question.event, seconds=5)
        if isinstance(answer, Unsat):
            assert holding(question, program, judge, seed + number, TRIES) is None, question


def test_nearly_all_of_random_conditions_are_decided_without_the_solver() -> None:
    count: Counter[str] = Counter()
    for seed in range(20):
        program = program_of(seed)
        prover = Prover(program, seconds=60, solver=False)
        count.update(type(prover.decide(each.terms, each.event)).__name__ for each in questions(program, seed))
    assert count["Sat"] > 100
    assert count["Unsat"] > 10
    assert count["Unknown"] * 50 <= count.total()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
def test_combinations_of_random_rules_are_those_that_events_have(seed: int) -> None:
    program = program_of(seed)
    judge = judge_of(program)
    for event in program.events:
        keys = [
            (each.name, rule.name)
            for each in program.scores
            for rule in each.body.on
            if rule.match.on == event and (rule.match.where or rule.when)
        ][:4]
        prover = Prover(program, seconds=30, judge=judge)
        regions = {region.rules for region in prover.regions(event, keys)}
        terms = {key: ("and", *prover.conditions(key)) for key in keys}
        values = Values(program, Question(tuple(terms.values()), event), seed)
        for _ in range(TRIES):
            witness = Witness(values.one())
            assert frozenset(key for key in keys if judge([terms[key]], witness, event)) in regions


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
def test_no_values_give_more_or_less_than_the_ends_that_are_proved(seed: int) -> None:
    program = program_of(seed)
    judge = judge_of(program)
    prover = Prover(program, seconds=60, judge=judge)
    draw = random.Random(seed)
    for event, terms in conditions(program).items():
        items = [Item((term,), draw.randint(-9, 9) * 1000, draw.choice([None, None, "g"])) for term in terms[:6]]
        caps = {"g": 5000}
        most = prover.best(items, event, caps=caps)
        least = prover.best(items, event, caps=caps, lowest=True)
        assert most.exact or "z3" in most.why
        assert least.exact or "z3" in least.why
        values = Values(program, Question(tuple(terms[:6]), event), seed)
        for _ in range(TRIES):
            total = worth(items, Witness(values.one()), judge, event, caps["g"])
            assert least.bound <= total <= most.bound
        for end in (most, least):
            assert end.witness is None or worth(items, end.witness, judge, event, caps["g"]) == end.reached


def worth(items, witness, judge, event, cap) -> int:
    """What the items give by the engine."""
    sums = {None: 0, "g": 0}
    for item in items:
        if judge(item.when, witness, event):
            sums[item.group] += item.points
    return sums[None] + min(cap, sums["g"])


# --- texts ------------------------------------------------------------------------------------------------------------

LITERALS = st.sampled_from(["", "a", "b", "ab", "aa", "/p", "x y", "cto", "\u00df", "B"])
PATTERNS = st.text(alphabet="ab*?", max_size=5)
TEXTS = st.one_of(
    st.tuples(
        st.sampled_from(["=", "starts", "ends", "contains", "word"]),
        st.lists(LITERALS, min_size=1, max_size=2).map(tuple),
    ),
    st.tuples(st.just("glob"), st.lists(PATTERNS, min_size=1, max_size=2).map(tuple)),
    st.tuples(st.sampled_from(["<", "<="]), LITERALS.map(lambda text: (text,))),
)


def passes(test, text: str) -> bool:
    op, wanted = test
    if op in ("<", "<="):
        return text < wanted[0] or (op == "<=" and text == wanted[0])
    return any(text == each if op == "=" else fits(op, text, each) for each in wanted)


def bits(tests, text: str) -> int:
    return sum(1 << at for at, test in enumerate(tests) if passes(test, text))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(TEXTS, min_size=1, max_size=4), st.lists(st.sampled_from([*PIECES, "b", "ab"]), max_size=5).map("".join)
)
def test_each_text_is_in_a_class_and_each_example_of_a_class_is_in_it(tests, text) -> None:
    found = classes(tests, folded=False)
    assert bits(tests, text) in found
    for own, words in found.items():
        assert [bits(tests, word) for word in words] == [own] * len(words)
        assert all(bits_of(letters.machines(tests), word) == own for word in words)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3), st.data())
def test_some_texts_are_wanted_ones_and_all_of_them_if_it_says_so(tests, data) -> None:
    found = classes(tests, folded=False)
    own = data.draw(st.sampled_from(sorted(found)))
    never = ((1 << len(tests)) - 1) & ~own
    words, whole = some(letters.machines(tests), lambda passed: passed == own, 3, False, never)
    assert words or not any(word.isascii() for word in found[own])
    assert len(set(words)) == len(words)
    assert [bits(tests, word) for word in words] == [own] * len(words)
    if whole:
        text = "".join(data.draw(st.lists(st.sampled_from([*PIECES, "b"]), max_size=4)))
        assert bits(tests, text) != own or text in words


def test_a_text_that_is_far_off_is_found_among_many_that_lead_nowhere() -> None:
    tests = [("word", ("/p",)), ("<", ("a",))]
    words, _ = some(letters.machines(tests), lambda passed: passed == 1, 3, False, 2)
    assert len(words) == 3
