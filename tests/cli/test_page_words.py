"""Conditions, points and limits in plain English, as the page of a model has them."""

from __future__ import annotations

import pytest

from cli.pages.compose import compose
from cli.pages.vocabulary import set_names
from cli.pages.words import Words
from cli.pages.write import html
from compiler.compile import Compilation, compile_text
from tests.models import make

START = """model m { }
set few = ["DK", "Straße"]
set many = ["a", "b", "c", "d", "e", "f", "g"]
let half = 50%
lead { country: text ignoring case  size: integer  due: date  seen: instant  vip: boolean  langs: list of text
  share: percent  title: text  team: text computed  company: account }
event view { path: text required  pages: integer  watched: percent required  hot: boolean  country: text }
score s { ready at 60  bands low < 20, mid < 60, high  rule r { on view  add 1, once } }
score f for line in ["x", "two words"] {
  rule r { on view where path = "/{line}" and event.country = line  add 1, once }
}
tally views over 7 days { on view }
stages new, warm, won also lost
"""


def compiled(text: str) -> Compilation:
    compilation = compile_text(START + text)
    assert compilation.table is not None, compilation.diagnostics
    return compilation


WHEN = {
    "size >= 5": "the size is at least 5",
    "size != 5": "the size is known and not 5",
    "size between 2 and 5": "the size is from 2 to 5",
    "size > 2 and size < 5 and views >= 3": "the size is above 2, the size is below 5 and "
    "the count of views is at least 3",
    'country = "DK" or size > 1 and vip': "the country is “dk” or (the size is above 1 and the vip is true)",
    "country in few": "the country is in the list few (“dk” or “strasse”)",
    "title in many": "the title is in the list many (7 entries)",
    'title not in ["a", "b"]': "the title is known and not one of “a” or “b”",
    "title has word few": "the title has a word of the list few (“DK” or “Straße”)",
    'title ends with ["a", "b"]': "the title ends with “a” or “b”",
    'title matches "a*"': "the title fits the pattern “a*”",
    '"de" in langs': "the langs contains “de”",
    "size is missing": "the size is not known",
    "vip": "the vip is true",
    "not vip": "it is not so that the vip is true",
    "not (vip or size is present)": "it is not so that (the vip is true or the size is known)",
    "share >= half": "the share is at least 50%",
    "due = 2026-03-02": "the due is 2026-03-02",
    "seen < 2026-03-02T10:30Z": "the seen is before 2026-03-02 10:30 UTC",
    "due in the next 3 days": "the due comes within 3 days",
    "due in the last 3 days": "the due was within the last 3 days",
    "due more than 3 days ago": "the due is 3 days ago or more",
    "2 * size - (views + 1) > 0": "2 × the size − (the count of views + 1) is above 0",
    "views != 3": "the count of views is not 3",
}
STATE = {
    "s >= ready": "s is at least 60 (its ready line)",
    "s is mid": "s is “mid” (20 to below 60)",
    "s is at least mid": "s is at least 20 (“mid” or better)",
    "s is low": "s is below 20 (“low”)",
    "s >= 21": "s is at least 21",
    'f["two words"] > 1': "f (two words) is above 1",
    "stage < won": "the stage is before “won”",
    "stage = won for 2 days": "the stage has been “won” for 2 days",
    'has tag "x"': "the tag “x” is set",
    "idle for 30 days": "nothing has been done for 30 days",
    "s not increased for 12 hours": "s has not increased for 12 hours",
}
ON = {
    'path starts with "/a"': "at each “view” where the path starts with “/a”",
    'lead.country = "DK"': "at each “view” where the lead’s country is “dk”",
    "hot and watched >= 80%": "at each “view” where the hot is true and the watched share is at least 80%",
    'path != "/a"': "at each “view” where the path is not “/a”",
    'event.country != "a"': "at each “view” where the country is known and not “a”",
}
POINTS = {
    "add 10": "+10",
    "subtract 2.5": "−2.5",
    "add 30 * watched": "30 × the watched share",
    "add min(pages, 5)": "the pages, but at most 5",
    "add max(pages, size)": "the largest of the pages and the lead’s size",
    "subtract pages": "−the pages",
}
LIMITS = {
    "once": ("once",),
    "at most 2 times per 7 days": ("at most twice in any 7 days",),
    "at most 3 times for each path": ("at most 3 times for each path",),
    "at most 30 points per 12 hours": ("at most 30 points in any 12 hours",),
    "best for each path": ("only the best counts for each path",),
    "best, at most 9 points": ("only the best counts", "at most 9 points"),
}


@pytest.mark.parametrize(("condition", "said"), WHEN.items(), ids=WHEN)
def test_what_a_lead_is(condition, said):
    compilation = compiled(f"score t {{ rule r {{ when {condition}  add 1 }} }}")
    (rule,) = next(each for each in compilation.program.scores if each.name == "t").body.when
    assert Words(compilation.program, set_names(compilation)).clause(rule.branches[0].when) == said


@pytest.mark.parametrize(("condition", "said"), STATE.items(), ids=STATE)
def test_where_a_lead_stands(condition, said):
    (trigger,) = compose(compiled(f'trigger t {{ when {condition}  tag "x"  tag "y" }}'), 0).triggers
    assert trigger.when == f"as soon as {said}"


@pytest.mark.parametrize(("condition", "said"), ON.items(), ids=ON)
def test_what_a_lead_does(condition, said):
    score = compose(compiled(f"score t {{ rule r {{ on view where {condition}  add 1, once }} }}"), 0).scores[-1]
    assert score.blocks[0].rules[0].branches[0].when == said


@pytest.mark.parametrize(("points", "said"), POINTS.items(), ids=POINTS)
def test_what_it_gives(points, said):
    score = compose(compiled(f"score t {{ range -9..  rule r {{ on view  {points}, once }} }}"), 0).scores[-1]
    assert score.blocks[0].rules[0].branches[0].points == said


@pytest.mark.parametrize(("limits", "said"), LIMITS.items(), ids=LIMITS)
def test_how_often(limits, said):
    score = compose(compiled(f"score t {{ rule r {{ on view  add 1, {limits} }} }}"), 0).scores[-1]
    assert score.blocks[0].rules[0].limits == said


def test_a_family_is_told_with_its_variable():
    family = compose(compiled(""), 0).scores[1]
    assert (family.variable, family.each) == ("line", ("x", "two words"))
    assert (
        family.blocks[0].rules[0].branches[0].when
        == "at each “view” where the path is “/{line}” and the country is {line}"
    )


def test_rules_of_one_name_are_told_apart_by_their_score():
    text = """
        score t "Interest" { rule r { on view  add 1 }  rule alone { on view  add 1 }
          rule l "Looks" { on view  add 1 } }
        score u { rule l "Looks" { on view  add 1 } }"""
    (event,) = compose(compiled(text), 0).events
    called = [name for name, _ in event.used]
    assert called == ["s.r", "f.r", "t.r", "alone", "Looks (Interest)", "Looks (u)", "views"]


@pytest.mark.parametrize("seed", range(12))
def test_every_model_has_a_page(seed):
    compilation = compile_text(make(seed).model)
    assert compilation.table is not None
    page = compose(compilation, 0)
    assert html(page).rstrip().endswith("</html>")
    assert {score.name for score in page.scores} == {key.partition("[")[0] for key in compilation.table.scores}
