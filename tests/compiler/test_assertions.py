"""The assertions in rule files, as the checker hands them on."""

from __future__ import annotations

import pytest

from compiler.assertions import (
    CheckedAssertion,
    FiresNever,
    HoldsAlways,
    HoldsNever,
    HoldsWithin,
    IsReachable,
)
from compiler.compile import compile_text
from runtime.table import Match

PRELUDE = """model m { }
lead { country: text  company: account }
event e as "com.e" { p: text  n: number }
stages a, b
set free = ["x", "y"]
let pause = 2 days
score s { ready at 50  bands low < 10, high  rule r { on e  add 1 } }
trigger t { on e  emit "out" }
account { score people = count  trigger crowd { when people > 3  emit "crowd" } }
"""
DAY = 86_400_000_000


def claims(body: str) -> tuple[object, ...]:
    result = compile_text(f'{PRELUDE}assert "x" {{ {body} }}')
    assert [(each.code, each.message) for each in result.diagnostics] == []
    (assertion,) = result.assertions
    assert (assertion.name, assertion.file, assertion.line) == ("x", "model.score", 10)
    return assertion.claims


def test_conditions_are_those_of_a_trigger_in_their_canonical_form() -> None:
    found = claims("always s\n <= ready  never stage = b and s is low  reachable 5 < s")
    assert found == (
        HoldsAlways("always s <= ready", 10, condition=("<=", ("score", "s"), ("lit", 50))),
        HoldsNever(
            "never stage = b and s is low", 11,
            condition=("and", ("<", ("score", "s"), ("lit", 10)), ("stage", "=", "b")),
        ),
        IsReachable("reachable 5 < s", 11, condition=(">", ("score", "s"), ("lit", 5))),
    )  # fmt: skip


def test_durations_are_microseconds() -> None:
    first, second, third = claims("reachable s > 1 within 3 days  within pause country in free  within 1 day s = 0")
    assert first == IsReachable(
        "reachable s > 1 within 3 days", 10, condition=(">", ("score", "s"), ("lit", 1)), micros=3 * DAY
    )
    assert second == HoldsWithin(
        "within pause country in free", 10, condition=("in", ("attr", "country"), ("list", "x", "y")), micros=2 * DAY
    )
    assert isinstance(third, HoldsWithin)
    assert third.micros == DAY


def test_the_event_without_which_a_trigger_never_fires_is_a_match() -> None:
    assert claims("never fired t  never fired t without e  never fired t without e where p in free and n > 1") == (
        FiresNever("never fired t", 10, trigger="t"),
        FiresNever("never fired t without e", 10, trigger="t", without=Match("e")),
        FiresNever(
            "never fired t without e where p in free and n > 1", 10, trigger="t",
            without=Match("e", ("and", (">", ("prop", "n"), ("lit", 1)), ("in", ("prop", "p"), ("list", "x", "y")))),
        ),
    )  # fmt: skip


def test_an_assertion_changes_nothing_of_the_table() -> None:
    plain = compile_text(PRELUDE)
    with_it = compile_text(f'{PRELUDE}assert "x" {{ always s < 5 }}')
    assert plain.table is not None
    assert plain.table == with_it.table
    assert [type(each) for each in with_it.assertions] == [CheckedAssertion]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("always «level» > 5", "E214", "nothing here is named `level`"),
        ("never «n» > 5", "E226", "there is no event here that `n` could be a property of"),
        ("reachable stage = «c»", "E219", "there is no stage `c`"),
        ("within «free» s > 5", "E257", "a duration must stand here, and this is a list of texts"),
        ("never fired «tt»", "E221", "there is no trigger `tt`"),
        (
            "never fired «crowd» without e",
            "E326",
            "`crowd` is a trigger of accounts, and what has come before is asked of one lead",
        ),
        ("never fired t without «f»", "E215", "there is no event `f`"),
        ("never fired t without e where «s» > 5", "E224", "a rule can't look at the score `s`"),
        ("reachable «people» > 5 within 3 days", "E214", "nothing here is named `people`"),
        ("always people > 5 and «s» > 3", "E235", "`s` is a score of a lead, and here the account is looked at"),
    ],
)
def test_what_is_wrong_with_a_claim_is_an_error_of_the_file(body: str, code: str, message: str) -> None:
    text = f'{PRELUDE}assert "x" {{ {body} }}'
    start, end = text.index("«"), text.index("»") - 1
    result = compile_text(text.replace("«", "").replace("»", ""))
    found = [(each.code, each.message, each.span.start, each.span.end) for each in result.diagnostics]
    assert found == [(code, message, start, end)]
    assert result.assertions == ()


def test_two_assertions_of_one_name_are_an_error() -> None:
    result = compile_text(f'{PRELUDE}assert "x" {{ always s < 5 }} assert "x" {{ never s < 5 }}')
    assert [(each.code, each.message) for each in result.diagnostics] == [
        ("E210", "there are two assertions named `x`")
    ]


def test_a_claim_that_names_scores_of_accounts_is_about_accounts() -> None:
    over = (">", ("ascore", "people"), ("lit", 5))
    assert claims("never people > 5  always not people > 5  reachable people > 5  never fired crowd") == (
        HoldsNever("never people > 5", 10, condition=over, account=True),
        HoldsAlways("always not people > 5", 10, condition=("not", over), account=True),
        IsReachable("reachable people > 5", 10, condition=over, account=True),
        FiresNever("never fired crowd", 10, trigger="crowd"),
    )
