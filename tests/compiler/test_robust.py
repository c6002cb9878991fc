"""Whatever stands in a file, it is a table or there are errors: the checker itself never fails."""

from __future__ import annotations

import random
import re

import pytest

from compiler.compile import compile_text
from dsl.diagnostics import has_errors
from tests.conftest import ROOT

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|\s+|.')
TEXTS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "golden").glob("*/model.score"))]
POOL = sorted({token for text in TEXTS for token in TOKEN.findall(text) if token.strip()})


def mutated(text: str, chance: random.Random) -> str:
    """The text with a few of its words taken out, exchanged, or replaced by words of other files."""
    tokens = TOKEN.findall(text)
    places = [at for at, token in enumerate(tokens) if token.strip()]
    for _ in range(chance.choice([1, 1, 2, 4])):
        one, two = chance.choice(places), chance.choice(places)
        match chance.randrange(3):
            case 0:
                tokens[one] = ""
            case 1:
                tokens[one] = chance.choice(POOL)
            case _:
                tokens[one], tokens[two] = tokens[two], tokens[one]
    return "".join(tokens)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: re.search(r"model (\w+)", text)[1])  # type: ignore[index]
def test_a_file_with_words_mixed_up_is_a_table_or_has_errors(text: str) -> None:
    chance = random.Random(7)
    for _ in range(25):
        result = compile_text(mutated(text, chance))
        assert (result.table is None) == has_errors(result.diagnostics)


def test_a_long_chain_of_lets_or_of_computed_scores_is_followed() -> None:
    lets = "\n".join(f"let a{at} = a{at + 1} + 1" for at in range(1500))
    scores = "\n".join(f"score s{at} = s{at + 1} + 1" for at in range(1500))
    text = f"model m {{ }}\nevent e {{ }}\n{lets}\nlet a1500 = 1\n{scores}\nscore s1500 {{ rule r {{ on e  add a0 }} }}"
    table = compile_text(text).table
    assert table is not None
    assert table.scores["s1500"].on[0].points == 1_501_000


def test_a_circle_of_many_scores_is_told_once() -> None:
    scores = "\n".join(f"score s{at} = s{(at + 1) % 300} + 1" for at in range(300))
    (found,) = compile_text(f"model m {{ }}\n{scores}").diagnostics
    assert (found.code, len(found.evidence)) == ("E282", 1)


@pytest.mark.parametrize("start", ["999999999999999", "0.000000000001", "-999999999999999.1", "99%"])
def test_a_constant_that_outgrows_all_bounds_is_told_once(start: str) -> None:
    lets = "\n".join(f"let a{at} = a{at - 1} * a{at - 1}" for at in range(1, 40))
    text = f"model m {{ }}\nevent e {{ }}\nlet a0 = {start}\n{lets}\nscore s {{ rule r {{ on e  add a39 }} }}"
    (found,) = compile_text(text).diagnostics
    assert (found.code, text[found.span.start : found.span.end].split(" * ")[0][:1]) == ("E260", "a")


def test_a_product_too_long_to_write_out_is_told_wherever_it_stands() -> None:
    product = " * ".join(["999999999999999"] * 70)
    for part in (f"when n > {product}  add 1", f"on e  add k * ({product})", f"on e  add 1, at most ({product}) times"):
        text = f"model m {{ }}\nlead {{ n: number }}\nevent e {{ k: number }}\nscore s {{ rule r {{ {part} }} }}"
        assert [each.code for each in compile_text(text).diagnostics] == ["E260"]


def test_a_constant_of_many_digits_is_exact() -> None:
    product = " * ".join(["999999999999999"] * 60)
    table = compile_text(f"model m {{ }}\nevent e {{ }}\nscore s {{ rule r {{ on e  add {product} }} }}").table
    assert table is not None
    assert table.scores["s"].on[0].points == 999_999_999_999_999**60 * 1000
