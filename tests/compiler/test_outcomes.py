"""Outcomes stand in the table, and change nothing of what the model means."""

from __future__ import annotations

import pytest

from compiler.compile import compile_text
from dsl.format import format_source
from dsl.source import Source
from runtime.declared import declarations
from runtime.table import Ending, Outcome, dump, load, meaning

MODEL = """model m { }
lead { country: text ignoring case }
event visit { path: text }
event order passive { amount: number  note: text }
set nordics = ["DK", "NO", "SE"]
let large = 50 + 50
score s { rule r { on visit where path contains "a" or path contains "b"  add 1 } }
"""
OUTCOME = """outcome won "Bought" {
  on order where amount > large and country in nordics  worth 2 * amount
  on order where note contains "a" or note contains "b"
  lost on order where amount = 0
}
"""


def table_of(text: str):
    compiled = compile_text(text)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def test_an_outcome_stands_in_the_table_with_all_that_it_asks() -> None:
    table = table_of(MODEL + OUTCOME)
    country = ("in", ("fold", ("attr", "country")), ("list", "dk", "no", "se"))
    worth = ("*", ("lit", 2), ("prop", "amount"))
    note = [("contains", ("prop", "note"), ("list", text)) for text in "ab"]
    assert table.outcomes == {
        "won": Outcome(
            won=(
                Ending("order", ("and", (">", ("prop", "amount"), ("lit", 100)), country), worth),
                Ending("order", ("or", *note)),
            ),
            lost=(Ending("order", ("=", ("prop", "amount"), ("lit", 0))),),
            label="Bought",
        )
    }
    assert load(dump(table)) == table


def test_an_outcome_changes_no_meaning_and_nothing_that_the_scores_share() -> None:
    without, among = table_of(MODEL), table_of(MODEL + OUTCOME)
    assert meaning(without) == meaning(among)
    assert dump(without) != dump(among)
    assert (without.sets, without.tests, without.scores) == (among.sets, among.tests, among.scores)
    assert declarations(without) == declarations(among)


def test_outcomes_have_names_of_their_own() -> None:
    assert set(table_of(MODEL + "outcome s { on visit }\noutcome visit { on order }").outcomes) == {"s", "visit"}
    found = compile_text(MODEL + "outcome a { on visit }\noutcome a { on order }").diagnostics
    assert [each.code for each in found] == ["E210"]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("outcome a { on vist }", "E215"),
        ("outcome a { on visit where pth = 1 }", "E214"),
        ("outcome a { on visit where s > 5 }", "E224"),
        ("outcome a { on visit worth path }", "E254"),
        ("outcome a { }", "E370"),
        ("outcome a { on visit repeated 2 times in 3 days }", "E371"),
    ],
)
def test_a_mistake_in_an_outcome_is_told(outcome: str, code: str) -> None:
    assert [each.code for each in compile_text(MODEL + outcome).diagnostics] == [code]


def test_the_layout_of_an_outcome_puts_each_ending_on_a_line() -> None:
    def formatted(text: str) -> str | None:
        return format_source(Source("model.score", text)).text

    assert formatted("outcome a{on  b}") == "outcome a { on b }\n"
    assert formatted(OUTCOME) == OUTCOME
    squeezed = " ".join(OUTCOME.split())
    assert formatted(squeezed) == OUTCOME
