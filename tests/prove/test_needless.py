"""What is found of conditions, each beside a near miss of which nothing is said."""

from __future__ import annotations

import re

import pytest

from compiler.compile import compile_text
from compiler.prove.findings import Findings, findings
from compiler.prove.prover import Prover
from compiler.prove.settle import settled
from tests.conftest import ROOT

PRELUDE = """model example { }
lead { country: text  employees: integer  size: integer 1..  tier: one of "a", "b"  trial: date  vip: boolean }
event visit { page: text  seconds: integer  shop: text required }
event order { amount: number }
stages new, known, customer also lost
"""
_SECTION = re.compile(
    r"## (P53\d): .+\n\nAvoid:\n\n```score\n(.*?)```\n\nPrefer:\n\n```score\n(.*?)```\n\nWhy: .+", re.DOTALL
)


def found(text: str, seconds: float = 120) -> Findings:
    compilation = compile_text(PRELUDE + text)
    assert compilation.program is not None, [each.message for each in compilation.diagnostics]
    assert compilation.context is not None
    return findings(compilation.context, Prover(settled(compilation.program), seconds=seconds))


def said(text: str) -> list[tuple[str, str]]:
    """The codes, each with what it underlines."""
    result = found(text)
    assert result.undecided == ()
    return [(each.code, (PRELUDE + text)[each.span.start : each.span.end]) for each in result.diagnostics]


def sections() -> list[tuple[str, str, str]]:
    parts = re.split(r"^(?=#+ )", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(each[1], each[2], each[3]) for each in map(_SECTION.match, parts) if each]


def test_each_code_has_a_function_and_a_section() -> None:
    wording = (ROOT / "compiler" / "errors" / "deciding.py").read_text(encoding="utf-8")
    assert re.findall(r'"(P53\d)"', wording) == [code for code, _, _ in sections()]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section[0])
def test_what_the_docs_avoid_is_found_and_what_they_prefer_is_not(section: tuple[str, str, str]) -> None:
    code, avoid, prefer = section
    assert [each for each, _ in said(avoid)] == [code]
    assert said(prefer) == []


def rule(where: str) -> str:
    return f"score s {{ rule r {{ on visit where {where}  add 1 }} }}"


def profile(*branches: str) -> str:
    return (
        "score s { rule r { " + " else ".join(f"when {each} add {at + 1}" for at, each in enumerate(branches)) + " } }"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rule('page = "a" and shop = "b"'), []),
        (rule('page = "a" and page = "b"'), [("P530", 'page = "a" and page = "b"')]),
        (rule("seconds > 3 and seconds < 5"), []),
        (rule("seconds > 3 and seconds < 4"), [("P530", "seconds > 3 and seconds < 4")]),
        (rule("not seconds > 3 and not seconds < 4"), []),  # missing
        (rule("seconds != 3 or seconds = 3"), []),  # missing
        (rule('shop != "x" or shop = "x"'), [("P531", 'shop != "x" or shop = "x"')]),
        (rule('page starts with "/a" or page = "/ab"'), [("P532", 'page = "/ab"')]),
        (rule('page starts with "/a" or page = "/b"'), []),
        (rule('not (page = "x" and page starts with "x")'), [("P532", 'page starts with "x"')]),
        (rule('page = "x" and not (page = "y" and seconds > 5)'), [("P532", 'not (page = "y" and seconds > 5)')]),
        (rule('page is present and page = "x"'), []),
        (rule("seconds > 5 and seconds > 5"), [("P532", "seconds > 5")]),
        (profile("size > 10", "size > 5", "size <= 5"), []),
        (profile("size > 5", "size > 10"), [("P533", "size > 10")]),
        (profile("size > 5", "size <= 5", "size is missing", "vip"), [("P533", "vip")]),
        (profile("size > 5", "size <= 5", "vip"), []),
        (profile('tier = "a"', 'tier != "a"', "tier is missing"), []),
        (profile("vip", "vip and not vip"), [("P530", "vip and not vip")]),
        (profile("size < 1"), [("P530", "size < 1")]),
        (profile('tier in ["a", "b"]'), []),
        ("segment g { where stage < customer and stage = lost }", [("P530", "stage < customer and stage = lost")]),
        ("tally t { on visit where seconds > 1 }", []),
        ("tally t { on visit where seconds > 1 and seconds < 0 }", [("P530", "seconds > 1 and seconds < 0")]),
        ("score s { rule r { on visit add 1 } } trigger t { when s > 5 and s < 5.0005  tag \"x\" }",
         [("P530", "s > 5 and s < 5.0005")]),
        ("score s { rule r { on visit where seconds > 5 when size > 5 and size < 5 add 1 } }",
         [("P530", "size > 5 and size < 5")]),
        ("score s for v in [\"a\", \"b\"] { rule r { on visit where page = v and page = \"a\" add 1 } }", []),
        ("score s for v in [\"a\", \"b\"] { rule r { on visit where page = v and page = \"c\" add 1 } }",
         [("P530", 'page = v and page = "c"')]),
    ],
)  # fmt: skip
def test_a_finding_stands_where_it_belongs_and_nothing_is_said_of_near_misses(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ('on visit where page starts with "/a" add 1', 'on visit where page matches "/a*" add 2', "P534"),
        ('on visit where page starts with "/a" add 1', 'on visit where page = "/ab" add 2', "P535"),
        ('on visit where page starts with "/a" add 1', 'on visit where page = "/ba" add 2', None),
        ('on visit where page starts with "/a" add 1', 'on visit where page = "/ab" subtract 2', None),
        ('on visit where page = "a" add 1', 'on visit where page = "a" and seconds > 5 add 2', "P535"),
        ('on visit where page = "a" add 1', 'on visit where seconds > 5 add 2', None),
        ('on visit where seconds > 5 add 1', 'on order where amount > 5 add 1', None),
        ('on visit add 1', 'on visit where seconds > 5 add 1', None),  # one that pays for all is meant so
        ('on visit add 1', 'on visit add 2, once', "P535"),
        ('on visit add 1', 'on order add 2, once', None),
        ('on visit add 1', 'on visit subtract 2', None),
        ("on visit where seconds between 0 and 60 add 1", "on visit where seconds between 60 and 90 add 2", "P536"),
        ("on visit where seconds between 0 and 59 add 1", "on visit where seconds between 60 and 90 add 2", None),
        ("when size between 5 and 50 add 1", "when size between 50 and 90 add 1", "P536"),
        ("when size < 50 add 1", "when size > 40 subtract 1", None),
        ('on visit where page contains "a" add 1', 'on visit where page contains "b" add 2', None),
        ("on visit where seconds < 60 add 1", 'on visit where seconds > 50 and page = "a" add 2', None),
        ("when size > 5 add 1", "when size > 50 and vip add 1", "P535"),
        ("when size > 5 add 1", "when not size <= 5 and size is present add 1", "P534"),
        ("when size + employees > 5 add 1", "when size + employees > 6 add 1", "P535"),
        ("when size > 5 add 1", "when size > 50 add 1 else when vip add 2", None),
    ],
)  # fmt: skip
def test_rules_that_pay_beside_each_other_are_told_with_an_example(first: str, second: str, code: str | None) -> None:
    result = found(f"score s {{ rule one {{ {first} }} rule two {{ {second} }} }}")
    assert [each.code for each in result.diagnostics] == ([] if code is None else [code])
    for each in result.diagnostics:
        assert "together" in each.evidence[0]
        assert re.match(r"(visit|lead) \{ ", each.evidence[1])


def test_what_is_left_out_for_want_of_time_is_listed() -> None:
    result = found(rule("seconds > 3 and seconds < 4"), seconds=0)
    assert result.diagnostics == ()
    assert result.undecided == ("whether the condition of `r` can hold: the time limit of 0 s is used up",)
    rules = " ".join(f"rule r{at} {{ on visit where seconds > {at}  add 1 }}" for at in range(5))
    assert found(f"score s {{ {rules} }}", seconds=0).undecided == (
        "whether the conditions of `r0`, `r1`, `r2` and 2 more can hold: the time limit of 0 s is used up",
        "which rules of `s` pay for the same: the time limit of 0 s is used up",
    )


def test_the_parts_that_exclude_each_other_are_marked() -> None:
    (each,) = found(rule('seconds > 60 and page = "x" and seconds < 10')).diagnostics
    text = PRELUDE + rule('seconds > 60 and page = "x" and seconds < 10')
    assert [text[label.span.start : label.span.end] for label in each.labels] == ["seconds > 60", "seconds < 10"]
