"""What may stand where: one snippet a case, with the code of its one finding and the characters it underlines."""

from __future__ import annotations

import pytest

from compiler.compile import compile_text
from compiler.spell import term

PRELUDE = """model m { }
lead { country: text  size: integer  vip: boolean  born: date  seen: instant  best: number computed
  topics: list of text  company: account }
event e { p: text  n: number  w: percent  f: boolean  s: one of "a", "b"  day: date  l: list of text
  country: text }
tally t over 7 days { on e }
stages new, old  also lost
let ten = 10
let part = 80%
let site = "x"
let week = 7 days
set words = ["a", "b"]
set numbers = [1, 2]
score base { ready at 5  bands low < 5, high  rule r { on e  add 1 } }
score twice = 2 * base
score fam for v in ["x", "y z"] { rule r { on e  add 1 } }
account { score total = sum of base }
"""


def where(condition: str) -> str:
    return f"score z {{ rule r {{ on e where {condition}  add 1 }} }}"


def rule_when(condition: str) -> str:
    return f"score z {{ rule r {{ when {condition}  add 1 }} }}"


def trigger_when(condition: str) -> str:
    return f'trigger z {{ when {condition}  emit "z" }}'


def on_trigger(actions: str) -> str:
    return f"trigger z {{ on e  {actions} }}"


def account_when(condition: str) -> str:
    return f'account {{ score total = sum of base  trigger z {{ when {condition}  emit "z" }} }}'


ACCEPTED = [
    where("p = site and n > ten and w >= part"),
    where("w * 100 > 80 and w > 0.5 + 0.3 and w >= min(0.1, 0.2)"),
    where("p in words and n in numbers and n in [ten, 3] and w in [10%, part] and s in words"),
    where("day = 2026-01-01 and day < 2026-01-01T00:00Z and born != day"),
    where('p < "b" and p between "a" and "b" and s starts with "a"'),
    where("f = true and f != vip"),
    where("l contains words and p in l and p in topics and p contains topics"),
    where("event.country = lead.country and lead.country is missing and lead.size > 1"),
    where("true and not false"),
    rule_when("t >= 2 and born in the last week and seen more than 36 hours ago and best > 1"),
    trigger_when(
        "base is low and base is at least high and base not increased for week and fam[x] not increased for 1 day"
    ),
    trigger_when(
        'stage = new and old > stage and stage in [new, "lost"] and stage = old for week and stage between new and old'
    ),
    trigger_when('has tag "x" and idle for week and vip and country in words'),
    trigger_when("0.8 * ready <= base and base between ready and 2 * ready"),
    on_trigger("set best = n + 1  set best = base  set best = best * 2  add 5 to fam[x]  reset base to -1"),
    'segment g { lowest 3 by fam["y z"] where base is high }',
]

REFUSED = [
    (where("w >= «ten»"), "E241"),
    (where("w = «n»"), "E241"),
    (where("w in «numbers»"), "E241"),
    (where("n > «part»"), "E242"),
    (where("«n in words»"), "E240"),
    (where('«day = "2026-01-01"»'), "E240"),
    (where("«l = p»"), "E240"),
    (where('s = «"c"»'), "E243"),
    (where('s in ["a", «"c"»]'), "E243"),
    (where("«n»"), "E244"),
    (where("«words»"), "E244"),
    (where("n > «(n > 1)»"), "E245"),
    (where('«f» contains "x"'), "E246"),
    (where('«l» starts with "x"'), "E246"),
    (where("p contains «numbers»"), "E247"),
    (where("p = «words»"), "E251"),
    (where("«words» in words"), "E251"),
    (where("p in «p»"), "E250"),
    (where("«f > true»"), "E255"),
    (where("«ten» is missing"), "E256"),
    (where('«country» = "x"'), "E223"),
    (where("«t» > 1"), "E225"),
    (where("«fam[x]» > 1"), "E224"),
    (where("«base» is high"), "E224"),
    (where("«idle for 1 day»"), "E224"),
    (where('«has tag "x"»'), "E224"),
    (where("«stage» = new"), "E224"),
    (where("«base not increased for 1 day»"), "E224"),
    (where("«born in the last 1 day»"), "E253"),
    (rule_when("«country» in the last 1 day"), "E252"),
    (rule_when("born in the last «ten»"), "E257"),
    (rule_when('«event.p» = "x"'), "E226"),
    (rule_when("«n» = 1"), "E226"),
    (rule_when("«fam» > 1"), "E224"),
    (trigger_when("«fam» > 1"), "E227"),
    (trigger_when("fam[«z»] > 1"), "E222"),
    (trigger_when("«base»[x] > 1"), "E228"),
    (trigger_when("base is «middle»"), "E220"),
    (trigger_when("«t» is high"), "E218"),
    (trigger_when("«stage»"), "E231"),
    (trigger_when("stage in «words»"), "E250"),
    (trigger_when("stage = «nwe»"), "E219"),
    (trigger_when("stage = «nwe» for 1 day"), "E219"),
    (trigger_when("base > «ready» + twice"), "E232"),
    (trigger_when("twice > «ready»"), "E233"),
    (trigger_when("«twice» not increased for 1 day"), "E294"),
    (trigger_when("born < «time»"), "E234"),
    (trigger_when('«p» = "x"'), "E226"),
    (on_trigger('set «country» = "x"'), "E301"),
    (on_trigger('set best = «"x"»'), "E302"),
    (on_trigger("set best = «80%»"), "E302"),
    (on_trigger("set best = «time»"), "E302"),
    (on_trigger("add 1 to «twice»"), "E306"),
    (on_trigger("add 1 to «fam»"), "E227"),
    (on_trigger("add «80%» to base"), "E254"),
    (on_trigger("move to «nwe»"), "E219"),
    ("score z = base + «t»", "E237"),
    ("score z = «total» + 1", "E214"),
    ("score «z» = z", "E282"),
    ("let z = y\nlet «y» = z", "E239"),
    ("let z = «[1]»", "E259"),
    ("let z = «country»", "E238"),
    ("set z = [1, «80%»]", "E248"),
    ("segment z { highest «200%» by base }", "E277"),
    ("segment z { highest 3 by «total» }", "E218"),
]


@pytest.mark.parametrize("body", ACCEPTED)
def test_it_may_stand_there(body: str) -> None:
    result = compile_text(PRELUDE + body)
    assert [(each.code, each.message) for each in result.diagnostics if each.severity != "warning"] == []


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=lambda value: value if len(value) == 4 else "")
def test_it_may_not_stand_there_and_nothing_else_is_said(body: str, code: str) -> None:
    text = PRELUDE + body
    start, end = text.index("«"), text.index("»") - 1
    result = compile_text(text.replace("«", "").replace("»", ""))
    found = [each for each in result.diagnostics if each.severity == "error"]
    assert [(each.code, each.span.start, each.span.end) for each in found] == [(code, start, end)]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('total > 1 and has tag "x" and total > ten', None),
        ("«base» > 1", "E235"),
        ('«country» = "x"', "E235"),
        ('«lead.country» = "x"', "E235"),
        ("«fam[x]» > 1", "E235"),
        ("«stage» = new", "E236"),
        ("«idle for 1 day»", "E236"),
        ("«total» is high", "E293"),
        ("total > «ready»", "E232"),
        ("«nope» > 1", "E214"),
    ],
)
def test_an_account_trigger_sees_the_scores_and_tags_of_the_account(condition: str, code: str | None) -> None:
    text = PRELUDE.replace("account { score total = sum of base }", account_when(condition))
    start, end = text.find("«"), text.find("»") - 1
    result = compile_text(text.replace("«", "").replace("»", ""))
    told = [each for each in result.diagnostics if each.severity != "warning"]
    assert [(each.code, each.span.start, each.span.end) for each in told] == (
        [] if code is None else [(code, start, end)]
    )


@pytest.mark.parametrize(
    ("condition", "hints"),
    [
        ('not country = "x"', 1),
        ("not country in words", 1),
        ("country not in words", 0),
        ("not (country in words and vip)", 0),
        ("not size > 3", 0),
        ('not country = "x" or country is missing', 0),
        ('country is present and (vip or not country = "x")', 0),
        ('not country = "x" or vip is missing', 1),
    ],
)
def test_a_negation_that_counts_the_missing_is_hinted_at(condition: str, hints: int) -> None:
    result = compile_text(PRELUDE + rule_when(condition))
    assert [each.code for each in result.diagnostics] == ["H901"] * hints
    assert result.table is not None


def test_a_required_property_gives_no_hint() -> None:
    text = 'model m { }\nevent e { p: text required }\nscore s { rule r { on e where not p = "x"  add 1 } }'
    assert compile_text(text).diagnostics == ()


def test_a_property_named_time_must_be_written_out_in_a_set() -> None:
    text = "model m { }\nlead { at: instant computed }\nevent e { time: instant }\n"
    (found,) = compile_text(text + "trigger t { on e  set at = time }").diagnostics
    assert (found.code, found.help) == (
        "E223",
        "write `event.time` for a property of `e`, or rename one of the two",
    )
    assert compile_text(text + "trigger t { on e  set at = event.time }").table is not None


def test_not_in_a_field_is_false_where_the_field_is_missing() -> None:
    table = compile_text(PRELUDE + where('"x" not in l'), passes=()).table
    assert table is not None
    assert table.scores["z"].on[0].match.where is not None
    assert term(table.scores["z"].on[0].match.where) == 'not event.l contains ["x"] and event.l is present'
