"""The passes: what each does, what none may do, and that the same meaning gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from compiler.compile import ALL, NEEDED, blame, compile_text, run_passes
from compiler.passes.fold import folded_constants
from compiler.passes.index import ROWS, alternatives, indexed
from compiler.program import Program
from compiler.verify import BrokenProgram, verify
from runtime.table import Match, Table, Term, dump
from tests.conftest import ROOT

PRELUDE = """model m { }
lead { due: date  country: text  vip: boolean }
event e { p: text  n: number  q: text ignoring case }
"""
A: Term = ("=", ("prop", "p"), ("lit", "a"))
B: Term = ("=", ("prop", "n"), ("lit", 1))
SOON: Term = ("next", ("attr", "due"), 1000)


def table(body: str, passes: tuple[str, ...] = ALL) -> Table:
    result = compile_text(PRELUDE + body, passes=passes)
    assert result.table is not None, result.diagnostics
    return result.table


def program(name: str) -> Program:
    text = (ROOT / "tests" / "golden" / name / "model.score").read_text(encoding="utf-8")
    result = compile_text(text)
    assert result.program is not None
    return result.program


# --- folding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "result"),
    [
        (("+", ("lit", 1), ("*", ("lit", Decimal("0.1")), ("lit", 3))), ("lit", Decimal("1.3"))),
        (("*", ("lit", Decimal("0.5")), ("lit", 4)), ("lit", 2)),
        (("max", ("lit", 1), ("lit", Decimal("1.5"))), ("lit", Decimal("1.5"))),
        (("round", ("lit", Decimal("0.0005"))), ("lit", 0)),
        (("round", ("lit", Decimal("0.0015"))), ("lit", Decimal("0.002"))),
        (("<", ("lit", 1), ("lit", 2)), ("true",)),
        (("in", ("lit", "a"), ("list", "b", "c")), ("false",)),
        (("nin", ("lit", "a"), ("list", "b", "c")), ("true",)),
        (("and", A, ("true",)), A),
        (("and", A, ("false",)), ("false",)),
        (("or", A, ("false",), B), ("or", A, B)),
        (("or", A, ("true",)), ("true",)),
        (("not", ("not", A)), A),
        (("not", ("true",)), ("false",)),
    ],
)
def test_what_is_constant_is_worked_out(term: Term, result: Term) -> None:
    assert folded_constants(term) == result


def test_a_condition_that_turns_with_time_is_kept_where_it_decides_nothing() -> None:
    assert folded_constants(("and", A, ("false",), SOON)) == ("and", ("false",), SOON)
    assert folded_constants(("or", ("true",), ("idle", 5))) == ("or", ("true",), ("idle", 5))


# --- dead rules --------------------------------------------------------------------------------------------------


def test_rules_that_never_give_points_go() -> None:
    score = table(
        """score s {
          rule a { on e where false  add 1 }
          rule b { on e  add 0 }
          rule c { when vip  add 0 }
          rule d { when 1 > 2  add 1 }
          rule kept { on e  add 1 }
          group g { once  rule f { on e where false  add 1 } }
        }"""
    ).scores["s"]
    assert [rule.name for rule in score.on] == ["kept"]
    assert (score.when, score.groups) == ((), {})


def test_a_rule_with_a_date_condition_stays_because_its_turns_are_looks() -> None:
    score = table("score s { rule a { when false and due in the next 3 days  add 1 } }").scores["s"]
    assert [rule.name for rule in score.when] == ["a"]


def test_branches_after_one_that_always_holds_go() -> None:
    body = "score s { rule a { when true  add 1  else when vip  add 2 } }"
    assert len(table(body).scores["s"].when[0].branches) == 1
    timed = "score s { rule a { when true  add 1  else when due in the next 3 days  add 2 } }"
    assert len(table(timed).scores["s"].when[0].branches) == 2


def test_a_branch_of_no_points_stays_before_others_because_it_keeps_them_from_counting() -> None:
    body = 'score s { rule a { when vip  add 0  else when country = "DK"  add 2 } }'
    assert len(table(body).scores["s"].when[0].branches) == 2


# --- rows --------------------------------------------------------------------------------------------------------


def test_conditions_on_one_field_each_become_one_row() -> None:
    assert indexed(Match("e", ("and", A, B))) == Match("e", None, ((A, B),))


def test_alternatives_on_several_fields_become_rows() -> None:
    assert indexed(Match("e", ("or", A, B))).rows == ((A,), (B,))
    assert alternatives(("not", ("and", A, B))) == [(("not", A),), (("not", B),)]


def test_alternatives_on_one_field_stay_one_condition() -> None:
    either: Term = ("or", A, ("=", ("prop", "p"), ("lit", "b")))
    assert indexed(Match("e", either)).rows == ((either,),)


def test_a_condition_that_looks_at_two_fields_is_left_as_rest() -> None:
    both: Term = ("=", ("prop", "p"), ("prop", "q"))
    assert indexed(Match("e", ("and", A, both))) == Match("e", None, ((A,),), both)
    assert indexed(Match("e", both)) == Match("e", both)


def test_there_are_never_more_rows_than_promised() -> None:
    either: Term = ("or", A, B)
    others = [("or", ("=", ("prop", "p"), ("lit", x)), ("=", ("prop", "n"), ("lit", x))) for x in "bcdefg"]
    match = indexed(Match("e", ("and", either, *others)))
    assert match.rows is not None
    assert len(match.rows) == ROWS
    assert match.rest is not None
    assert len(match.rest) == 5


def test_a_trigger_keeps_its_condition_whole() -> None:
    (trigger,) = table('trigger t { on e where p = "a" and n = 1  emit "t" }').triggers
    assert trigger.match is not None
    assert trigger.match.rows is None


# --- sharing -----------------------------------------------------------------------------------------------------


def test_a_condition_that_two_rules_ask_is_kept_once() -> None:
    test = 'country contains "x" or vip'
    found = table(f"score s {{ rule a {{ when {test}  add 1 }}  rule b {{ when {test}  add 2 }} }}")
    assert len(found.tests) == 1
    assert {rule.branches[0].when for rule in found.scores["s"].when} == {("test", 0)}


def test_a_condition_on_dates_is_never_shared() -> None:
    test = "due in the next 3 days or vip"
    assert table(f"score s {{ rule a {{ when {test}  add 1 }}  rule b {{ when {test}  add 2 }} }}").tests == ()


def test_triggers_share_no_condition_because_each_may_change_what_the_next_one_sees() -> None:
    test = 'country contains "x" or vip'
    assert table(f'trigger a {{ when {test}  emit "a" }}  trigger b {{ when {test}  emit "b" }}').tests == ()


def test_a_long_list_is_a_set_and_a_short_one_is_not() -> None:
    long = ", ".join(f'"{x}"' for x in "abcdefghi")
    found = table(f'score s {{ rule a {{ on e where p in [{long}] or q in ["x", "y"]  add 1 }} }}')
    assert found.sets == (tuple("abcdefghi"),)


# --- the same meaning ----------------------------------------------------------------------------------------------

BANDED = "score s { ready at 8  bands a < 4, b  rule r { on e  add 1 } }\n"
SAME = {
    "order of declarations": ("tally a { on e } tally b { on e }", "tally b { on e } tally a { on e }"),
    "a let": (
        "let x = 2 * 5\nscore s { rule a { on e  add x } }",
        "score s { rule a { on e  add 10 } }",
    ),
    "a set": (
        'set x = ["b", "a"]\nscore s { rule a { on e where p in x  add 1 } }',
        'score s { rule a { on e where p in ["a", "b", "a"]  add 1 } }',
    ),
    "a list of one": (
        'score s { rule a { on e where p in ["a"] and q not in ["b"]  add 1 } }',
        'score s { rule a { on e where p = "a" and q != "B"  add 1 } }',
    ),
    "order of operands": (
        'score s { rule a { on e where p = "a" and (n = 1 or 2 < n)  add n * 2 + 1 } }',
        'score s { rule a { on e where (n > 2 or 1 = n) and "a" = p and p = "a"  add 1 + 2 * n } }',
    ),
    "between": (
        "score s { rule a { on e where n between 1 and 2  add 1 } }",
        "score s { rule a { on e where n <= 2 and n >= 1  add 1 } }",
    ),
    "defaults": (
        "score s { rule a { on e  add 1, once } }",
        "score s { range 0..  rule a { on e  add 1, at most 1 times } }",
    ),
    "order of limits": (
        "score s { rule a { on e  add 1, at most 2 points, once } }",
        "score s { rule a { on e  add 1, once, at most 2 points } }",
    ),
    "a family": (
        'score s for v in ["a"] { rule a { on e where p = "x{v}"  add 1 } }\nscore t = s[a]',
        'score s for w in ["a"] { rule a { on e where p = "xa"  add 1 } }\nscore t = s[a]',
    ),
    "case": (
        'score s { rule a { on e where q = "STRASSE"  add 1 } }',
        'score s { rule a { on e where q = "Straße"  add 1 } }',
    ),
    "layout and notes": (
        "score s { rule a { on e  add 1 } }",
        'score s {\n  rule a {\n    on e   # at each\n    add 1\n    note 2026-01-01 "Why."\n  }\n}',
    ),
    "bands and ready": (
        f'{BANDED}trigger t {{ when s is b and s >= ready  emit "t" }}',
        f'{BANDED}trigger t {{ when s >= 4 and s >= 8  emit "t" }}',
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_the_same_meaning_gives_the_same_bytes(pair: tuple[str, str]) -> None:
    one, two = (dump(table(body)) for body in pair)
    assert one == two


def test_the_order_of_rules_and_triggers_is_part_of_the_meaning() -> None:
    one = table('trigger a { on e  tag "x" } trigger b { on e  tag "y" }')
    two = table('trigger b { on e  tag "y" } trigger a { on e  tag "x" }')
    assert dump(one) != dump(two)


# --- verification --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "tests" / "golden").iterdir()))
def test_every_pass_leaves_a_program_that_holds_together(name: str) -> None:
    text = (ROOT / "tests" / "golden" / name / "model.score").read_text(encoding="utf-8")
    found = compile_text(text).program
    if found is None:
        assert (ROOT / "tests" / "golden" / name / "diagnostics.txt").stat().st_size > 0
    else:
        blame(found, ALL)


def test_the_pass_that_broke_a_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(given: Program) -> Program:
        return replace(given, attributes={})

    monkeypatch.setattr("compiler.compile.PASSES", {**dict.fromkeys(ALL, lambda given: given), "dead": breaking})
    with pytest.raises(BrokenProgram, match="the pass `dead` broke the program"):
        run_passes(program("audience"))


BROKEN: dict[str, Term] = {
    "an unknown operator": ("xor", A, B),
    "too few operands": ("=", ("prop", "p")),
    "a value as condition": ("prop", "p"),
    "a property of another event": ("present", ("prop", "nope")),
    "a set that is not there": ("in", ("prop", "p"), ("set", 7)),
    "a value as list": ("in", ("prop", "p"), ("lit", "a")),
    "a variable without a family": ("=", ("prop", "p"), ("var", "v")),
    "a whole number as a decimal": ("=", ("prop", "n"), ("lit", Decimal("2.0"))),
}


@pytest.mark.parametrize("term", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_term_is_found(term: Term) -> None:
    given = program("passes")
    broken = replace(given, tallies={"n_of": replace(given.tallies["n_of"], match=Match("e", term))})
    with pytest.raises(BrokenProgram):
        verify(broken, "test")


def test_a_pass_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no pass 'fast'"):
        run_passes(program("passes"), ["fast"])


def test_needed_passes_run_whatever_is_asked_for() -> None:
    assert {"expand", "arrange"} == NEEDED
    found = table('score s for v in ["a"] { rule r { on e where p = v  add 1 } }', passes=())
    assert list(found.scores) == ["s[a]"]


def test_booleans_and_numbers_share_no_list() -> None:
    found = table(
        "event f { a: boolean  b: boolean  x: number  y: number }\n"
        "score s { rule r { on f where a in [true, false] and x in [0, 1]  add 1 }\n"
        "  rule q { on f where b in [true, false] and y in [0, 1]  add 1 } }"
    )
    assert sorted(map(repr, found.sets)) == ["(0, 1)", "(False, True)"]
