"""What is a change of the meaning, of what class, and what is text."""

from __future__ import annotations

import pytest

from compiler.compile import compile_text
from compiler.diff.changes import Side
from compiler.diff.compare import compare
from compiler.diff.opened import opened, program_of
from dsl.format import format_source
from dsl.source import Source
from runtime.needs import differences
from tests.diff.sides import compared, compiled, meant, told
from tests.models import make

MODEL = """
model shop "A shop" { }
lead { company: account  country: text  employees: integer 1..  asked: instant computed }
event visit { path: text required  seconds: integer }
event demo as "com.demo" { watched: percent required  asset: text }
let many = 3
set nordics = ["DK", "NO", "SE"]
score interest {
  range 0..200
  ready at 50
  bands cold < 20, hot
  rule visit { on visit  add 10, at most many times }
  rule long { on visit where seconds >= 5 and path starts with "/p"  add 5, once for each path }
  rule demo { on demo where watched >= 80%  add 10 * watched, best for each asset }
  group some { at most 20 points
    rule one { on visit where path = "/one"  add 7 }
    rule two { on visit where path = "/two"  add 8 }
  }
  rule nordic { when country in nordics  add 10  else when employees > 100  add 5 }
  degrade { after 30 days without activity  by 10% every 7 days }
}
score plain { rule demo { on demo  add 1 }  rule big { when employees > 500  add 5 } }
tally visits { on visit }
stages new, asked_for, won
trigger hot { when interest is hot and visits >= 2  move to asked_for  set asked = time  emit "lead.hot" }
trigger lost { on demo where asset = "no"  tag "lost" }
segment top { highest 10% by interest where stage < won }
account { score sum = sum of interest  trigger many { when sum >= 100  emit "acc" } }
"""


def changed(*swaps):
    """The model with some texts for others."""
    text = MODEL
    for was, now in swaps:
        assert was in text
        text = text.replace(was, now)
    return text


def test_the_same_model_has_no_change_at_all():
    found = compared(MODEL, MODEL)
    assert (found.changes, found.same) == ([], True)


def test_layout_and_comments_are_nothing():
    text = format_source(Source("m.score", "# says a lot\n" + MODEL)).text
    assert compared(MODEL, text).changes == []


@pytest.mark.parametrize("seed", range(12))
def test_a_model_and_its_table_are_the_same(seed):
    found = compile_text(make(seed).model)
    sides = Side(opened(found.program)), Side(program_of(found.table))
    found = compare(*sides, lambda one, two: [*differences(one, two)])
    assert {change.how for change in found.changes} <= {"rewritten"}  # conditions stand as rows in a table


@pytest.mark.parametrize(
    ("swaps", "name"),
    [
        ([("rule visit {", "rule came_by {")], "rule came_by interest: renamed, text only"),
        ([("group some", "group pages")], "group pages interest: renamed, text only"),
        ([('event visit {', 'event view as "visit" {'), ("on visit", "on view")], "event view: renamed, text only"),
        ([("seconds: integer", 'stay: integer as "seconds"'), ("seconds >=", "stay >=")],
         "property stay visit: renamed, text only"),
        ([("country: text", 'land: text as "country"'), ("country in", "land in")],
         "attribute land: renamed, text only"),
    ],
)  # fmt: skip
def test_a_name_that_only_the_file_knows_is_text(swaps, name):
    found = compared(MODEL, changed(*swaps))
    assert (told(found), found.same) == ([name], True)
    assert found.changes[0].was is not None


@pytest.mark.parametrize(
    ("swaps", "name"),
    [
        ([("tally visits", "tally views"), ("visits >=", "views >=")], "tally views"),
        ([("score plain", "score simple")], "score simple"),
        ([("trigger lost", "trigger gone")], "trigger gone"),
        ([("segment top", "segment best")], "segment best"),
    ],
)
def test_a_name_that_is_told_of_leads_is_more_than_text(swaps, name):
    [change] = compared(MODEL, changed(*swaps)).changes
    assert (" ".join(change.declared), change.how, change.means) == (name, "renamed", True)


def test_rules_may_stand_in_any_order_outside_of_groups():
    one, two = "  rule visit { on visit  add 10, at most many times }\n", "  rule demo { on demo where watched"
    text = MODEL.replace(one, "").replace(two, one + two)
    found = compared(MODEL, text)
    assert (told(found), found.same) == (["order of rules interest: moved, text only"], True)


def test_the_order_within_a_group_of_on_rules_counts():
    one = '    rule one { on visit where path = "/one"  add 7 }\n'
    two = '    rule two { on visit where path = "/two"  add 8 }\n'
    found = compared(MODEL, changed((one + two, two + one)))
    assert told(found) == ["order of rules interest: changed, refold"]


def test_the_order_of_triggers_counts():
    lines = [line for line in MODEL.splitlines(keepends=True) if line.startswith("trigger")]
    found = compared(MODEL, changed(("".join(lines), "".join(reversed(lines)))))
    assert told(found) == ["order of triggers: changed, refold"]


def test_the_order_of_account_triggers_counts_for_accounts():
    two = 'trigger many { when sum >= 100  emit "acc" }', 'trigger more { when sum >= 200  emit "more" }'
    old, new = (changed((two[0], "  ".join(each))) for each in (two, reversed(two)))
    assert told(compared(old, new)) == ["order of account triggers: changed, from now on"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("seconds >= 5 and", "not seconds < 5 and seconds is present and"),
        ("seconds >= 5 and", "seconds > 4 and"),
        ('path starts with "/p"', 'path matches "/p*"'),
        ("watched >= 80%", "not watched < 80%"),
        ("add 10 * watched", "add 7 * watched + 3 * watched"),
        ("when country in nordics  add 10  else when employees > 100  add 5",
         "when not country in nordics and employees > 100  add 5  else when country in nordics  add 10"),
        ("employees > 500  add 5", "employees >= 501  add 5  else when employees > 900  add 7"),
        ("visits >= 2", "visits > 1"),
        ("stage < won", "stage in [new, asked_for]"),
        ("at most many times", "at most many times, at most 9 times"),
    ],
)  # fmt: skip
def test_what_is_proved_to_mean_the_same_is_text(was, now):
    found = compared(MODEL, changed((was, now)))
    assert found.same
    assert {each.how for each in found.changes} <= {"rewritten"}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("seconds >= 5 and", "not seconds < 5 and"),
        ("seconds >= 5 and", "seconds > 5 and"),
        ('path starts with "/p"', 'path matches "/p?*"'),
        ("when country in nordics  add 10  else when employees > 100  add 5",
         "when employees > 100  add 5  else when country in nordics  add 10"),
        ("by 10%", "by 11%"),
        ("at most many times", "at most many times per 7 days"),
        ("best for each asset", "best"),
    ],
)  # fmt: skip
def test_what_is_nearly_the_same_is_a_change(was, now):
    assert not compared(MODEL, changed((was, now))).same


def test_a_rule_that_nothing_ever_fits_is_text():
    text = changed(
        (
            "  rule visit {",
            '  rule never { on visit where path = "/a" and path starts with "/b"  add 5 }\n  rule visit {',
        )
    )
    for pair in ((MODEL, text), (text, MODEL)):
        found = compared(*pair)
        assert found.same
        assert [change.why for change in found.changes] == ["it never gives anything"]


@pytest.mark.parametrize(
    ("swaps", "classes"),
    [
        ([('"A shop"', '"The shop"')], ["model: relabelled, text only"]),
        ([("ready at 50", "ready at 60")], ["ready interest: changed, read-time"]),
        ([("highest 10%", "highest 20%")], ["segment top: changed, read-time"]),
        ([("employees > 500  add 5", "employees > 500  add 6")], ["rule big plain: changed, read-time"]),
        ([('"A shop" { }', '"A shop" { lateness 30 days }')], ["lateness: changed, from now on"]),
        ([("let many", "event call { }\nlet many"), ("demo  add 1 }", "demo  add 1 }  rule call { on call  add 2 }")],
         ["event call: added, from now on", "rule call plain: added, from now on"]),
        ([("let many = 3", "let many = 4")], ["rule visit interest: changed, refold"]),
        ([("bands cold < 20", "bands cold < 30")],
         ["trigger hot: changed, refold", "bands interest: changed, read-time"]),
        ([('tag "lost"', 'tag "gone"')], ["trigger lost: changed, refold"]),
        ([("score sum = sum", "score sum = max")], ["account score sum: changed, read-time"]),
    ],
)  # fmt: skip
def test_each_change_has_the_class_that_releases_give_it(swaps, classes):
    assert told(compared(MODEL, changed(*swaps))) == classes


def test_a_change_says_what_was_and_what_is_with_both_places():
    text = "\n" + changed(("watched >= 80%", "watched >= 75%"))
    [change] = meant(compared(MODEL, text))
    [part] = change.parts
    assert (part.what, part.old, part.new) == ("where", "where watched >= 80%", "where watched >= 75%")
    assert [place[1] for place in (change.old, change.new)] == [14, 15]


def test_of_a_list_it_is_told_what_came_and_what_went():
    [change] = meant(compared(MODEL, changed(('"DK", "NO"', '"FI", "NO", "IS"'))))
    [part] = change.parts
    assert (part.came, part.went) == (('"FI"', '"IS"'), ('"DK"',))


def test_a_let_that_is_changed_is_a_change_where_it_counts():
    [change] = meant(compared(MODEL, changed(("let many = 3", "let many = 5"))))
    assert [(part.old, part.new) for part in change.parts] == [("at most 3 times", "at most 5 times")]


def test_lets_and_sets_of_another_name_are_found_in_two_files():
    from compiler.diff.constants import constants

    text = changed(("let many", "let lots"), ("at most many", "at most lots"), ("nordics", "northern"))
    found = [(each.declared, each.was) for each in constants(compiled(MODEL), compiled(text))]
    assert found == [(("let", "lots"), "many"), (("set", "northern"), "nordics")]
    assert compared(MODEL, text).same
