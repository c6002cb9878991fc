"""The tests in rule files, as the checker hands them on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from compiler.compile import compile_text
from compiler.scenarios import Expected, ExpectedEmission, ExpectedFiring, Given

PRELUDE = """model m { }
lead { country: text as "land"  born: date  seen: instant  c: text computed }
event e as "com.e" { p: text as "P"  n: number -5..5  i: integer  w: percent  f: boolean  s: one of "a", "b"
  l: list of text  need: text required }
event plain { day: date  at: instant }
set free = ["x", "y"]
score s { rule r { on e  add 1 } }
trigger t { on e  emit "out" }
"""
DAY = 86_400_000_000
START = 1_767_571_200_000_000
"""2026-01-05T00:00Z"""


def steps(body: str) -> tuple[object, ...]:
    result = compile_text(f'{PRELUDE}test "x" {{ {body} }}')
    assert [each.message for each in result.diagnostics if each.code != "W432"] == []
    (test,) = result.tests
    assert (test.name, test.line) == ("x", 9)
    return test.steps


def test_values_are_given_as_they_come_in_json() -> None:
    (given,) = steps('at 2026-01-05  e { p: "a"  n: 1.5  i: 3.0  w: 33.3%  f: true  s: "b"  l: ["z", "a"]  need: "" }')
    data = {
        "P": "a",
        "n": Decimal("1.5"),
        "i": 3,
        "w": Decimal("33.3"),
        "f": True,
        "s": "b",
        "l": ["z", "a"],
        "need": "",
    }
    assert given == Given(START, "com.e", data)


def test_dates_and_instants_are_written_out() -> None:
    (given,) = steps("at 2026-01-05T00:00Z  plain { day: 2026-03-02  at: 2026-03-02T10:00:00.5+02:00 }")
    assert given == Given(START, "plain", {"day": "2026-03-02", "at": "2026-03-02T08:00:00.500000Z"})


def test_null_takes_a_value_away() -> None:
    (given,) = steps("at 2026-01-05  lead { country: null }")
    assert given == Given(START, "lead", {"land": None})


def test_a_lead_before_the_first_time_is_given_at_that_time() -> None:
    assert steps('lead { country: "DK" }  at 2026-01-05')[0] == Given(START, "lead", {"land": "DK"})


def test_times_add_up_from_step_to_step() -> None:
    found = steps("at 2026-01-05  plain { }  after 2 days  plain { }  after 12 hours  expect s = 0")
    assert [each.time for each in found] == [START, START + 2 * DAY, START + 2 * DAY + DAY // 2]


def test_expectations_keep_what_was_written() -> None:
    found = steps(
        "at 2026-01-05  expect s =\n 0  expect country in free  "
        'expect fired t 2 times  expect not fired t  expect emitted "out"'
    )
    assert found == (
        Expected(START, ("=", ("score", "s"), ("lit", 0)), "expect s = 0", 9),
        Expected(START, ("in", ("attr", "country"), ("list", "x", "y")), "expect country in free", 10),
        ExpectedFiring(START, "t", 2, False, "expect fired t 2 times", 10),
        ExpectedFiring(START, "t", None, True, "expect not fired t", 10),
        ExpectedEmission(START, "out", False, 'expect emitted "out"', 10),
    )


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ('at 2026-01-05  e { n: «6»  need: "" }', "E322", "`n` must be a number in -5..5"),
        ('at 2026-01-05  e { i: «2.5»  need: "" }', "E322", "`i` must be a whole number"),
        ('at 2026-01-05  e { w: «0.8»  need: "" }', "E322", "`w` must be a percent"),
        ('at 2026-01-05  e { f: «"true"»  need: "" }', "E322", "`f` must be true or false"),
        ('at 2026-01-05  e { s: «"c"»  need: "" }', "E322", "`s` must be one of `a`, `b`"),
        ('at 2026-01-05  e { l: «"a"»  need: "" }', "E322", "`l` must be a list of texts"),
        ('at 2026-01-05  e { l: «[1]»  need: "" }', "E322", "`l` must be a list of texts"),
        ('at 2026-01-05  e { p: «5»  need: "" }', "E322", "`p` must be a text"),
        ("at 2026-01-05  e { need: «null» }", "E322", "`need` must be there"),
        ("at 2026-01-05  «e» { }", "E323", "the event `e` needs `need`"),
        ('at 2026-01-05  e { need: "a"  «need»: "b" }', "E210", "there are two values named `need`"),
        ("at 2026-01-05  plain { day: «2026-01-05T10:00Z» }", "E322", "`day` must be a date"),
        ('at 2026-01-05  lead { «c»: "x" }', "E324", "`c` is computed and can't be given"),
        ('at 2026-01-05  lead { «contry»: "x" }', "E217", "the lead has no attribute `contry`"),
        ("«after 2 days»  expect s = 0", "E320", "the test has no time yet"),
        ("at 2026-01-05  expect fired «tt»", "E221", "there is no trigger `tt`"),
        ("at 2026-01-05  expect «n» = 1", "E226", "there is no event here that `n` could be a property of"),
    ],
)
def test_what_is_wrong_with_a_test_is_an_error_of_the_file(body: str, code: str, message: str) -> None:
    text = f'{PRELUDE}test "x" {{ {body} }}'
    start, end = text.index("«"), text.index("»") - 1
    result = compile_text(text.replace("«", "").replace("»", ""))
    found = [(each.code, each.message, each.span.start, each.span.end) for each in result.diagnostics]
    assert found == [(code, message, start, end)]
    assert result.table is None
