"""What the layout looks like: each rule of it, by an example."""

from __future__ import annotations

import re

import pytest

from dsl.format import format_source
from dsl.source import Source


def formatted(text: str) -> str:
    """A text in its layout, which formatting must not change again."""
    result = format_source(Source("model.score", text))
    assert result.text is not None, result.diagnostics
    assert format_source(Source("model.score", result.text)).text == result.text
    return result.text


def one(text: str) -> str:
    """A snippet of one line in its layout, less the line break."""
    done = formatted(text)
    assert done.endswith("\n")
    return done[:-1]


def test_a_claim_stands_on_a_line_of_its_own_and_a_single_one_beside_its_assertion() -> None:
    assert one('assert "x"{always a<5}') == 'assert "x" { always a < 5 }'
    assert (
        one('assert "x" { reachable a<5 within 3 days b<5 never fired  x without e where a=5 }')
        == """\
assert "x" {
  reachable a < 5
  within 3 days b < 5
  never fired x without e where a = 5
}"""
    )


def test_a_long_claim_is_broken_before_without_and_within() -> None:
    event = f"without {'e' * 60} where given and a = 1"
    assert one(f'assert "x" {{ never fired {"t" * 40} {event} }}') == (
        f'assert "x" {{\n  never fired {"t" * 40}\n    {event}\n}}'
    )
    assert one(f'assert "x" {{ reachable {"a" * 110} within 3 days }}') == (
        f'assert "x" {{\n  reachable {"a" * 110}\n    within 3 days\n}}'
    )


def test_the_head_of_a_test_for_each_line_stands_on_one_line() -> None:
    assert (
        one('test "x"\n for each line of "a.csv"{ at line . b e{ c:line [ "d e" ] } }')
        == """\
test "x" for each line of "a.csv" {
  at line.b  e { c: line["d e"] }
}"""
    )


SAMPLE = """\
# Lists are shared.
import "shared/lists.score"

model m "A model" {
  owner "Revenue operations"
  review { first after 60 days  then every 90 days }
  note 2026-03-02 "People who read pricing ask for a call."
}

let points = 25
set nordics = ["DK", "NO"]
set free    from "free.txt"

event page_view  { path: text required  pages: integer  campaign: text as "utm-campaign" }
event video_play as "com.acme.video.played" { asset: text required  watched: percent required }
event crm_status passive { status: one of "won", "lost" required  reason: text }

score readiness "Sales readiness" {
  ready at 100
  range -10..200
  bands cold < 20, warm < 80, hot

  rule pricing_page "Read the pricing page" {
    on page_view where path starts with "/pricing"
    add 10, at most 30 points per 7 days
    note 2026-03-02 "Raised from 5."
  }
  rule careers { on page_view where path starts with "/careers"  subtract 20, at most 2 times }
  rule nordic  { when country in nordics and not (-x > 2 * (y - 1))  add 10 }
  group web "All of the site" {
    at most 40 points per 7 days, once
    rule any_page { on page_view  when lead.country in nordics  add min(1, 2), best for each path }
  }
  degrade { after 30 days without activity  by 10% every 7 days  not below 50% of ready }
}

score interest for line in ["crm"] {
  fade 10% of the first value every 2 weeks
  rule read { on page_view where path starts with "/{line}"  add 5 }
}
score priority = 0.7 * readiness + 0.3 * interest["field service"] { bands low < 50, high }

tally visits over 7 days { on page_view }

stages subscriber, mql  also rejected

trigger qualify {
  when readiness >= ready and stage < mql
  move to mql
  at most 1 times per 90 days, once
}
trigger cold { when stage = mql for 3 days or idle for 2 weeks  tag "nurture"  emit "lead.cold" }

account {
  score hot "Hot leads" = count where readiness is at least hot
  trigger big { when hot >= 3  emit "big" }
}

segment hottest  { highest 10% by readiness where stage < mql }
segment win_back { where idle for 60 days }

test "a reader" {
  lead { country: "DK" }
  at 2026-01-05T10:00Z  page_view { path: "/pricing" }
  after 2 days          video_play { asset: "demo"  watched: 80% }
  page_view {}
  expect readiness = 55  # still
  after 37 days
  expect fired qualify 1 times
}
"""


def test_a_file_in_its_layout_stays_as_it_is() -> None:
    assert formatted(SAMPLE) == SAMPLE


def test_white_space_carries_no_meaning() -> None:
    assert formatted("\n".join(" ".join(line.split()) for line in SAMPLE.split("\n"))) == SAMPLE
    assert formatted(SAMPLE.replace("  ", "\t   ").replace("\n\n", "\n\n\n\t\n")) == SAMPLE


def test_nothing_stays_nothing() -> None:
    assert format_source(Source("x", " \n\n\t")).text == ""


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("event e{a:text,b:one of \"x\",\"y\",}", 'event e { a: text  b: one of "x", "y" }'),
        ("event e { a: integer 1 .. 5 b: number .. -2.50 c: integer 0.. required }",
         "event e { a: integer 1..5  b: number ..-2.50  c: integer 0.. required }"),
        ("model m{}", "model m {}"),
        ("let x=- 5", "let x = -5"),
        ("let x = - ( a+b )*c", "let x = -(a + b) * c"),
        ("let x = 80 %", "let x = 80%"),
        ("let x = [ ]", "let x = []"),
        ('let x = ["a" , "b" ,]', 'let x = ["a", "b"]'),
        ("let x = max ( a , b, )", "let x = max(a, b)"),
        ("segment s { where event . a = 1 and s [ x ] > 1 }", "segment s { where event.a = 1 and s[x] > 1 }"),
        ("segment s { where x < 2026-01-05t10:00z }", "segment s { where x < 2026-01-05T10:00Z }"),
        ("stages a,b also c", "stages a, b  also c"),
        ("trigger t { when a, emit \"x\", at most 1 time, }", 'trigger t { when a  emit "x"  at most 1 time }'),
        ("trigger t { when a once at most 2 times }", "trigger t { when a  once, at most 2 times }"),
        ("score s { rule r { on e add 1, once, } }", "score s {\n  rule r { on e  add 1, once }\n}"),
        ('test "t" { at 2026-01-01 }', 'test "t" {\n  at 2026-01-01\n}'),
    ],
)  # fmt: skip
def test_marks_and_spaces_have_one_form(given: str, wanted: str) -> None:
    assert one(given) == wanted


def test_a_comma_that_keeps_words_apart_stays() -> None:
    assert one('trigger t { when has, tag "x" }') == 'trigger t { when has,  tag "x" }'


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (r'"\u{61}\u{e9}"', '"aé"'),
        (r'"e\u{301}"', '"é"'),
        ('"a\tb"', r'"a\tb"'),
        (r'"\"\\\n"', r'"\"\\\n"'),
        ('"\x1b\u2028"', r'"\u{1b}\u{2028}"'),
        ('"a\u202eb"', r'"a\u{202e}b"'),
        (r'"a\u{00A0}b"', r'"a\u{a0}b"'),
        ('"a\u00a0b"', '"a\u00a0b"'),
        ("\"\U0001f469\u200d\U0001f4bb\"", "\"\U0001f469\u200d\U0001f4bb\""),
    ],
)  # fmt: skip
def test_a_text_is_escaped_where_it_must_be_or_where_it_could_not_be_seen(given: str, wanted: str) -> None:
    assert one(f"let x = {given}") == f"let x = {wanted}"


def test_a_name_comes_in_nfc() -> None:
    assert one("let e\u0301 = 1") == "let é = 1"


def test_a_block_that_fits_stays_on_its_line_unless_it_is_broken_after_the_brace() -> None:
    assert one("event e { a: text\n b: text }") == "event e { a: text  b: text }"
    assert one("event e {\n a: text b: text }") == "event e {\n  a: text\n  b: text\n}"


def test_a_block_of_120_columns_fits_and_one_of_121_does_not() -> None:
    fits = f'event e {{ a: one of "{"x" * 96}" }}'
    assert len(fits) == 120
    assert one(fits) == fits
    assert one(fits.replace("x", "xx", 1)).count("\n") == 2


def test_wide_characters_count_as_two_columns() -> None:
    assert one(f'event e {{ a: one of "{"広" * 48}" }}').count("\n") == 0
    assert one(f'event e {{ a: one of "{"広" * 49}" }}').count("\n") == 2
    assert formatted("event 広 {}\nevent abc {}\n") == "event 広  {}\nevent abc {}\n"


LONG_RULE = """\
score s {
  rule r {
    on page_view where path starts with "/pricing"
      and (campaign = "spring" or campaign = "summer" or campaign = "autumn" or campaign = "winter")
      and pages > 5
      repeated 3 times in 7 days
    add 10, at most 30 points per 7 days, once per 30 days for each campaign, at most 500 points per 9 days,
      best for each path
  }
}
"""


def test_repeated_stays_where_it_is_written() -> None:
    before = "score s {\n  rule r { on e where a repeated 3 times in 3 days  when b  add 5, once }\n}"
    behind = "score s {\n  rule r { on e where a  when b repeated 3 times in 3 days  add 5, once }\n}"
    assert one(before) == before
    assert one(behind) == behind
    long = f"when {'c' * 90} > 5\n      repeated 3 times in 3 days"
    assert one(behind.replace("when b repeated 3 times in 3 days", " ".join(long.split()))) == (
        f"score s {{\n  rule r {{\n    on e where a\n    {long}\n    add 5, once\n  }}\n}}"
    )


def test_a_long_condition_is_broken_before_and_and_or_and_limits_are_filled() -> None:
    assert formatted(" ".join(LONG_RULE.split())) == LONG_RULE


def test_or_is_broken_before_and() -> None:
    long = " or ".join(["a_long_enough_name = 1 and another_name = 2"] * 3)
    assert one(f"segment s {{ where {long} }}") == (
        "segment s {\n  where a_long_enough_name = 1 and another_name = 2\n"
        "    or a_long_enough_name = 1 and another_name = 2\n"
        "    or a_long_enough_name = 1 and another_name = 2\n}"
    )


def test_a_long_question_is_broken_before_where() -> None:
    asked = "a_long_enough_name = 1 and another_name = 2 and a_third_and_last_name = 3"
    assert one(f"segment s {{ highest 10% by a_score_with_a_long_name where {asked} }}") == (
        f"segment s {{\n  highest 10% by a_score_with_a_long_name\n    where {asked}\n}}"
    )


def test_a_long_sum_begins_on_a_line_of_its_own() -> None:
    names = [f"a_rather_long_name_{i}" for i in range(8)]
    first, *rest = one("let x = " + " + ".join(names)).split("\n")
    assert first == "let x ="
    assert [line.strip(" +") for line in rest] == names
    assert len({len(line) - len(line.lstrip()) for line in rest[1:]}) == 1


def test_a_long_list_is_filled_line_by_line() -> None:
    done = one("set s = [" + ", ".join(f'"entry {i}"' for i in range(40)) + "]").split("\n")
    assert (done[0], done[-1]) == ("set s = [", "]")
    assert all(100 < len(line) <= 120 for line in done[1:-2])


def test_branches_stand_one_a_line() -> None:
    assert one("score s { rule r { when a add 1 else when b subtract 2 } }") == (
        "score s {\n  rule r {\n    when a       add 1\n    else when b  subtract 2\n  }\n}"
    )


def test_a_text_longer_than_a_line_stays_whole() -> None:
    assert f'"{"x" * 5000}"' in one(f'trigger t {{ when a = "{"x" * 5000}" and b emit "x" }}')


# neighbours


def test_names_of_neighbours_on_one_line_are_padded() -> None:
    assert formatted("event a {}\nevent bcd passive {}\nevent ef {}\n") == (
        "event a   {}\nevent bcd passive {}\nevent ef  {}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "let a   = 1\nlet bcd = 2\n",
        'set a   = ["x"]\nset bcd from "f.txt"\n',
        "lead {\n  a:   text\n  bcd: number 0..\n}\n",
        'test "t" {\n  lead {\n    a:   1\n    bcd: ["x"]\n  }\n}\n',
        'account {\n  score a   = count\n  score bcd "B" = sum of x where y\n}\n',
    ],
)
def test_what_stands_below_one_another_is_padded(text: str) -> None:
    assert formatted(text) == text
    assert formatted(re.sub(r"(?<=\S) +", " ", text)) == text


def test_what_stands_side_by_side_is_not_padded() -> None:
    text = 'test "t" {\n  lead { a: 1  bcd: 2 }\n  lead { efg: 1  h: 2 }\n  e { a: 1 }\n  e { bcd: 1 }\n}\n'
    assert formatted(text) == text


def test_comments_behind_neighbouring_lines_stand_in_one_column_but_for_those_of_braces() -> None:
    text = """\
let a = 1   # one
let b = 22  # two
lead {  # three
  c: text           # four
  d: text required  # five
}  # six
let c = 1  # seven
"""
    assert formatted(text) == text
    assert formatted(re.sub(r" +#", " #", text)) == text


def test_comments_of_blocks_that_touch_each_other_stay_apart() -> None:
    text = """\
score s {  # of s
  rule a { on b  add 1 }
}  # end of s
score longer {  # of the other
  rule a { on b  add 1 }
}  # end of the other
"""
    assert formatted(text) == text


def test_a_comment_far_to_the_right_moves_no_other() -> None:
    text = f'let a = 1  # one\nlet b = "{"x" * 80}"  # two\n'
    assert formatted(text) == text


@pytest.mark.parametrize("between", ["\n\n", "\n# a remark\n", "\nlet x = 1\n", "\nevent f {\n  a: text\n}\n"])
def test_what_stands_between_ends_a_run_of_neighbours(between: str) -> None:
    text = f"event a {{}}{between}event bcd {{}}\n"
    assert formatted(text) == text


def test_a_run_is_not_padded_beyond_the_line() -> None:
    long = f'event a {{ b: one of "{"x" * 95}" }}\nevent long_name {{}}\n'
    assert formatted(long) == long


# blank lines and comments


def test_single_blank_lines_stay_and_more_become_one() -> None:
    assert formatted("\n\nlet a = 1\n\n\n\nlet b = 2\nlet c = 3\n\n") == "let a = 1\n\nlet b = 2\nlet c = 3\n"


def test_a_block_neither_begins_nor_ends_with_a_blank_line() -> None:
    assert one("lead {\n\n a: text\n\n b: text\n\n}") == "lead {\n  a: text\n\n  b: text\n}"


def test_comments_stay_where_they_belong() -> None:
    text = """\
# of the file

# before
lead {  # behind the brace
  # before the first
  a: text  # behind the first

  # before the second
  b: text
  # at the end of the block

  # and once more
}  # behind the block
set s = [
  # in a list
  "a",  # behind an entry
  "b", "c"
  # at its end
]
segment x {
  where a  # one reason
    # another one
    and b
}

test "t" {
  after 2 days  # wait
  e {}
}
# at the end of the file
"""
    assert formatted(text) == text


def test_a_comment_inside_of_a_line_goes_before_it_and_one_that_ended_a_line_behind_it() -> None:
    assert formatted("let # one\n# two\nx = # three\n 1\n") == "# one\n# two\nlet x = 1  # three\n"


def test_a_comment_at_a_comma_that_goes_stays() -> None:
    assert one("event e { a: text, # why\n b: text }") == "event e {\n  a: text  # why\n  b: text\n}"
    assert one('let x = ["a", # why\n]') == 'let x = [\n  "a"  # why\n]'


def test_a_comment_loses_the_white_space_behind_it_only() -> None:
    assert one("#  a\t\u2028b \t") == "#  a\t\u2028b"


def test_an_event_of_a_test_stands_on_the_line_of_its_time() -> None:
    assert one('test "t" { after 1 day\ne {}\nf {} }') == 'test "t" {\n  after 1 day  e {}\n  f {}\n}'
    assert one('test "t" { after 1 day\r\ne {} }').count("\n") == 2


def test_an_expectation_stands_on_the_line_of_its_time_if_it_was_written_so() -> None:
    text = 'test "t" {\n  at 2026-01-01  expect a = 1\n  after 2 days   expect a = 2\n  expect b = 1\n}'
    assert one(text) == text
    assert one(text.replace("days   expect", "days\n expect")) == text.replace("days   expect", "days\n  expect")


def test_a_blank_line_after_a_time_stays() -> None:
    apart = 'test "t" {\n  after 1 day\n\n  e {}\n}'
    assert one(apart) == apart


# line breaks


def test_line_breaks_stay_of_the_kind_of_the_first() -> None:
    assert format_source(Source("x", "let  a = 1\r\n\r\n\r\nlet b = 2\n")).text == "let a = 1\r\n\r\nlet b = 2\r\n"
    assert format_source(Source("x", "let  a = 1\n\r\nlet b = 2\r\n")).text == "let a = 1\n\nlet b = 2\n"
    assert format_source(Source("x", "let  a = 1\r\rlet b = 2")).text == "let a = 1\n\nlet b = 2\n"


# what can't be formatted


@pytest.mark.parametrize(
    "text", ["let", "score s { reddy at 5 }", 'let x = "', "score s { degrade { } }", "let x = 0 days"]
)
def test_a_broken_file_has_no_layout_but_diagnostics(text: str) -> None:
    result = format_source(Source("x", text))
    assert result.text is None
    assert result.diagnostics
