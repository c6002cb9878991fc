"""The index finds exactly the rules whose tests hold, whatever they test and whatever the value."""

from __future__ import annotations

import random
from decimal import Decimal

from compiler.compile import compile_text
from runtime.parts import RulePlan
from runtime.plan import Plan

WORDS = ["a", "ab", "abc", "Ab", "b", "bc", "straße", "STRASSE", "", "x y", "ab c"]
NUMBERS = ["-2", "0", "0.5", "1", "2", "3.25"]


def condition(dice: random.Random, depth: int = 0) -> str:
    kind = dice.randrange(9 if depth < 2 else 7)
    text, number = dice.choice(["t", "f"]), dice.choice(["n", "k"])
    word = lambda: '"%s"' % dice.choice(WORDS)  # noqa: E731
    match kind:
        case 0:
            return f"{text} = {word()}"
        case 1:
            return f"{number} {dice.choice(['<', '<=', '>', '>=', '=', '!='])} {dice.choice(NUMBERS)}"
        case 2:
            return f"{text} {dice.choice(['starts with', 'ends with', 'contains', 'has word'])} {word()}"
        case 3:
            return f"{text} {dice.choice(['in', 'not in'])} [{word()}, {word()}]"
        case 4:
            return f'{text} matches "{dice.choice(["a*", "*b*", "?b?", "*", "a?c", "*c"])}"'
        case 5:
            return f"{dice.choice([text, number])} is {dice.choice(['missing', 'present'])}"
        case 6:
            return dice.choice(["flag", "n < k", "n + 1 >= k", "t = f"])
        case 7:
            return f"not ({condition(dice, depth + 1)})"
    joint = dice.choice([" and ", " or "])
    return "(" + joint.join(condition(dice, depth + 1) for _ in range(dice.randrange(2, 4))) + ")"


def matched(plan: Plan, data) -> set[str]:
    found = set()
    for touched in plan.events["e"].find(data, {}).scores:
        for rule in touched.rules:
            assert isinstance(rule, RulePlan)
            if rule.rest is None or rule.rest(None, data, 0):
                found.add(rule.name)
    return found


def test_with_and_without_an_index_the_same_rules_match():
    dice = random.Random(11)
    seen = 0
    for _ in range(25):
        rules = "\n".join(
            f"rule r{at} {{ on e where {' and '.join(condition(dice) for _ in range(dice.randrange(1, 4)))}  add 1 }}"
            for at in range(40)
        )
        text = f"""model m "x" {{ }}
            event e {{ t: text  f: text ignoring case  n: number  k: number  flag: boolean }}
            score s {{ {rules} }}"""
        indexed, plain = compile_text(text).table, compile_text(text, passes=()).table
        assert indexed is not None and plain is not None
        assert any(rule.match.rows for rule in indexed.scores["s"].on)
        assert not any(rule.match.rows for rule in plain.scores["s"].on)
        one, other = Plan(indexed), Plan(plain)
        for _ in range(60):
            data = {
                "t": dice.choice([*WORDS, None]),
                "f": dice.choice([*WORDS, None]),
                "n": dice.choice([-2, 0, Decimal("0.5"), 1, 2, Decimal("3.25"), 7, None]),
                "k": dice.choice([0, 1, 2, None]),
                "flag": dice.choice([True, False, None]),
            }
            found = matched(one, data)
            assert found == matched(other, data), (text, data)
            seen += len(found)
    assert seen > 1000
