"""Histories that show a change: they are short, and as tests they pass under one model and fail under the other."""

from __future__ import annotations

import pytest

from tests.cli.conftest import call
from tests.diff.sides import check, compared, pasted

HEAD = """
model m { }
lead { size: integer  born: date  country: text  owner: text computed }
event visit { path: text  n: integer }
event mail passive { }
event demo { watched: percent required }
"""
SECONDS = 6.0


def shown(old, new, *, longest=40):
    """The witnesses, by subject, after each has been pasted."""
    one, two = HEAD + old, HEAD + new
    found = compared(one, two, seconds=SECONDS, longest=longest)
    for witness in found.witnesses:
        check(one, two, witness)
    return {" ".join(each.subject): each for each in found.witnesses}, found


@pytest.mark.parametrize(
    ("old", "new", "events"),
    [
        ("on visit  add 10", "on visit  add 11", 1),
        ('on visit where path = "/a"  add 10', 'on visit where path in ["/a", "/b"]  add 10', 1),
        ("on visit where n >= 5  add 10", "on visit where n > 5  add 10", 1),
        ("on demo  add 10 * watched", "on demo  add min(10 * watched, 8)", 1),
        ("on visit  add 10, at most 3 times", "on visit  add 10, at most 4 times", 4),
        ("on visit  add 10, at most 25 points", "on visit  add 10, at most 35 points", 3),
        ("on visit  add 10, once per 7 days", "on visit  add 10, once per 14 days", 2),
        ("on visit  add 10, once for each path", "on visit  add 10, once", 2),
        ("on visit  add n, best", "on visit  add n, best for each path", 2),
        ("on visit repeated 3 times in 1 day  add 10", "on visit repeated 4 times in 1 day  add 10", 3),
        ("on visit  add 10 } rule more { on demo add 5", "on visit  add 10", 1),
        ("on visit  add 10", "on visit  add 10 } rule more { on visit where path is missing  subtract 5", 1),
        ("when size >= 50  add 10", "when size >= 60  add 10", 0),
        ('when country in ["DK"]  add 10', 'when country in ["DK", "SE"]  add 10', 0),
        ("when size >= 50  add 10", "when size >= 50  add 10  else when size > 20  add 3", 0),
        ("when born in the last 7 days  add 10", "when born in the last 8 days  add 10", 0),
    ],
)
def test_a_change_of_a_rule_is_shown_by_as_few_events_as_it_takes(old, new, events):
    witnesses, _ = shown(f"score s {{ rule r {{ {old} }} }}", f"score s {{ rule r {{ {new} }} }}")
    assert witnesses["score s"].events == events


@pytest.mark.parametrize(
    ("old", "new", "rules", "events"),
    [
        ("range 0..50", "range 0..60", "rule r { on visit  add 10 }", 6),
        ("range 0..", "range -5..", "rule r { on visit  subtract 10 }", 1),
        ("group g { at most 15 points", "group g { at most 18 points",
         "rule a { on visit  add 10 }  rule b { on demo  add 10 } }", 2),
    ],
)  # fmt: skip
def test_a_change_of_a_score_is_shown_by_as_few_events_as_it_takes(old, new, rules, events):
    witnesses, _ = shown(f"score s {{ {old} {rules} }}", f"score s {{ {new} {rules} }}")
    assert witnesses["score s"].events == events


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("degrade { after 30 days without activity  by 10% every 7 days }",
         "degrade { after 24 days without activity  by 10% every 7 days }"),
        ("degrade { after 30 days without activity  by 10% every 7 days }",
         "degrade { after 30 days without increase  by 10% every 7 days }"),
        ("degrade { after 30 days without activity  by 10% every 7 days }",
         "degrade { after 30 days without activity  by 10% every 14 days }"),
        ("degrade { after 30 days without activity  by 10% every 7 days }",
         "degrade { after 30 days without activity  by 10% every 7 days  not below 9 }"),
        ("expire after 90 days", "expire after 60 days"),
        ("fade 50% every 7 days", "fade 50% of the first value every 7 days"),
        ("", "fade 10% every 1 day"),
    ],
)  # fmt: skip
def test_what_time_does_otherwise_is_shown_by_waiting(old, new):
    rule = "rule r { on visit  add 10 }  rule take { on mail  add 1 }"
    witnesses, _ = shown(f"score s {{ {rule}  {old} }}", f"score s {{ {rule}  {new} }}")
    assert "after " in witnesses["score s"].test


STAGED = (
    "stages new, mql, sql\nscore s { range 0..100  ready at 30  bands cold < 20, hot  rule r { on visit  add 10 } }\n"
)


@pytest.mark.parametrize(
    ("old", "new", "events"),
    [
        ("trigger t { when s >= 30  emit \"x\" }", "trigger t { when s >= 40  emit \"x\" }", 3),
        ("trigger t { when s is hot  emit \"x\" }", "trigger t { when s is hot  emit \"y\" }", 2),
        ("trigger t { when s >= 30  move to mql }", "trigger t { when s >= 30  move to sql }", 3),
        ("trigger t { on visit  tag \"a\" }", "trigger t { on visit  tag \"b\" }", 1),
        ("trigger t { on visit  tag \"a\" }", "trigger t { on visit  tag \"a\"  once }", 2),
        ("trigger t { on visit  set owner = \"ada\" }", "trigger t { on visit  set owner = \"ben\" }", 1),
        ("trigger t { on visit  add 5 to s }", "trigger t { on visit  add 6 to s }", 1),
        ("trigger t { when idle for 30 days  tag \"cold\" }", "trigger t { when idle for 60 days  tag \"cold\" }", 1),
        ("trigger t { when s not increased for 30 days  tag \"cold\" }",
         "trigger t { when s not increased for 20 days  tag \"cold\" }", 0),
        ("trigger t { when born in the next 3 days  tag \"a\" }",
         "trigger t { when born in the next 5 days  tag \"a\" }", 0),
        ("trigger t { when s >= 30  emit \"x\" }", "", 3),
        ("", "trigger t { when s >= 30  emit \"x\" }", 3),
        ("trigger a { on visit  tag \"a\" }\ntrigger t { when has tag \"a\"  tag \"b\" }",
         "trigger a { on visit  tag \"a\" }\ntrigger t { when not has tag \"a\"  tag \"b\" }", 0),
    ],
)  # fmt: skip
def test_a_change_of_a_trigger_is_shown(old, new, events):
    witnesses, _ = shown(STAGED + old, STAGED + new)
    assert witnesses["trigger t"].events == events


@pytest.mark.parametrize(
    ("old", "new", "subject", "expects"),
    [
        ("bands cold < 20", "bands cold < 30", "score s", "expect s is cold"),
        ("ready at 30", "ready at 20", "score s", "expect s >= ready"),
    ],
)
def test_lines_and_bands_are_shown_where_a_score_stands_between_them(old, new, subject, expects):
    witnesses, _ = shown(STAGED, STAGED.replace(old, new))
    assert expects in witnesses[subject].test


def test_a_tally_is_shown_by_its_count():
    witnesses, _ = shown("tally t over 7 days { on visit }", "tally t over 3 days { on visit }")
    assert "expect t = 0" in witnesses["tally t"].test


def test_an_attribute_that_ignores_case_shows_in_what_looks_at_it():
    rules = 'score s { rule r { when country = "dk"  add 10 } }'
    old, new = HEAD + rules, HEAD.replace("country: text", "country: text ignoring case") + rules
    found = compared(old, new, seconds=SECONDS)
    assert [each.subject for each in found.witnesses] + [*found.open] != []
    for witness in found.witnesses:
        check(old, new, witness)


def test_the_names_of_the_new_file_stand_in_the_test():
    old = "score s { rule r { on visit where n >= 5  add 10 } }"
    head = HEAD.replace(
        "event visit { path: text  n: integer }", 'event view as "visit" { path: text  pages: integer as "n" }'
    )
    new = head + "score s { rule r { on view where pages >= 6  add 10 } }"
    found = compared(HEAD + old, new, seconds=SECONDS)
    [witness] = found.witnesses
    assert "view { pages: 5 }" in witness.test
    assert (witness.old, witness.new) == ("s = 10", "s = 0")
    check(HEAD + old, new, witness)


def test_a_type_of_event_that_only_the_new_model_knows_is_shown_by_it_alone():
    old = HEAD + "score s { rule r { on visit  add 10 } }"
    new = HEAD + "event call { }\nscore s { rule r { on visit  add 10 }  rule call { on call  add 5 } }"
    found = compared(old, new, seconds=SECONDS)
    [witness] = found.witnesses
    assert (witness.passes, pasted(new, witness.test), pasted(old, witness.test)) == ("new", "passed", "refused")


def test_where_no_history_is_found_nothing_is_claimed():
    old = "score s { range 0..5  bands cold < 20, hot  rule r { on visit  add 10 } }"
    witnesses, found = shown(old, old.replace("cold < 20", "cold < 30"), longest=7)
    assert (witnesses, [*found.open], found.longest, found.same) == ({}, [("score", "s")], 7, False)
    assert found.open["score", "s"] > 0


def test_a_segment_is_shown_by_a_lead_that_one_of_the_two_holds():
    rules = "score s { rule r { on visit  add 10 } }\nsegment g { where idle for 60 days and s >= 20 }"
    old, new = HEAD + rules, HEAD + rules.replace("60 days", "30 days")
    [witness] = compared(old, new, seconds=SECONDS).witnesses
    assert (witness.subject, witness.old, witness.new) == (("segment", "g"), "not in g", "in g")
    assert pasted(new, witness.test) == "passed"


@pytest.mark.parametrize(
    ("old", "new", "subject", "said"),
    [
        ("score a = sum of s", "score a = max of s", "account score a", ("a = 20", "a = 10")),
        ("score a = count where s >= 20", "score a = count where s >= 30", "account score a", ("a = 1", "a = 0")),
        ('score a = sum of s  trigger t { when a >= 40  emit "x" }',
         'score a = sum of s  trigger t { when a >= 30  emit "x" }', "account trigger t",
         ("t does not fire", "t fires 1 time")),
    ],
)  # fmt: skip
def test_what_changes_of_an_account_is_shown_by_events_that_the_command_takes(old, new, subject, said, tmp_path):
    head = "model m { }\nlead { company: account }\nevent visit { }\nscore s { rule r { on visit  add 10 } }\n"
    texts = [f"{head}account {{ {each} }}\n" for each in (old, new)]
    [witness] = compared(*texts, seconds=SECONDS).witnesses
    assert (" ".join(witness.subject), witness.old, witness.new) == (subject, *said)
    (tmp_path / "events.jsonl").write_text(witness.test + "\n")
    told = []
    for at, text in enumerate(texts):
        (tmp_path / f"{at}.score").write_text(text)
        args = ["accounts", tmp_path / f"{at}.score", "--events", tmp_path / "events.jsonl", "--json"]
        result = call(*args)
        assert result.status == 0, result.err
        told.append(result.lines[0])
    if "trigger" in subject:
        assert [len(each["fired"]) for each in told] == [0, 1]
    else:
        assert [f"a = {each['scores']['a']}" for each in told] == [*said]


def test_each_of_several_changes_of_a_score_is_shown_by_itself():
    degrade = "degrade { after 9 days without activity  by 10% every 7 days }"
    old = f"score s {{ rule r {{ on visit  add 10 }}  rule d {{ on demo  add 5 }}  {degrade} }}"
    new = old.replace("add 10", "add 12").replace("add 5", "add 6").replace("9 days", "8 days")
    found = compared(HEAD + old, HEAD + new, seconds=SECONDS, each=True)
    shown = {" ".join(each.subject): each for each in found.witnesses if each.alone}
    assert {*shown} == {"rule r s", "rule d s", "score s"}
    assert "demo" not in shown["rule r s"].test
    assert "visit" not in shown["rule d s"].test
    assert "after 8 days" in shown["score s"].test
    for witness in shown.values():
        check(HEAD + old, HEAD + new, witness)


def test_numbers_of_a_history_are_such_as_a_person_reads():
    witnesses, _ = shown("score s { rule r { on visit  add n } }", "score s { rule r { on visit  add 2 * n } }")
    assert "99999" not in witnesses["score s"].test


def test_a_trigger_that_is_as_it_was_is_shown_where_it_fires_otherwise():
    trigger = 'trigger t { when s >= 30  emit "x" }\ntrigger far { when has tag "a"  emit "y" }'
    old, new = STAGED + trigger, STAGED.replace("add 10", "add 15") + trigger
    found = compared(HEAD + old, HEAD + new, seconds=SECONDS, each=True)
    [witness] = [each for each in found.witnesses if each.follows]
    assert (witness.subject, witness.events, witness.old) == (("trigger", "t"), 2, "t does not fire")
    check(HEAD + old, HEAD + new, witness)
