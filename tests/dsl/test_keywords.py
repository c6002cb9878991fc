"""No word is reserved: each keyword may name each kind of thing, and be used as that name."""

from __future__ import annotations

import pytest

from dsl.syntax import Ref
from dsl.words import KEYWORDS, MARKS
from tests.dsl.reading import one, read, tree

PLACES = """
model {w} {{ }}
let {w} = 5
set {w} = ["a"]
lead {{ {w}: text required: boolean }}
event {w} {{ {w}: text  a: integer {w}2: text }}
score {w} "label" for {w} in {w} {{
  ready at ({w})
  bands {w} < {w}, other
  rule {w} {{ on {w} where event.{w} = 5 and lead.{w} = 6 when {w} > 5 add {w}, once for each {w}, once per {w} }}
  group {w} {{ rule {w} {{ when {w} >= 5  add {w}  else when {w} > 3  add {w} * {w} + {w} }} }}
}}
tally {w} over {w} {{ on {w} where {w} in {w} }}
stages {w}, a, {w}  also b, {w}
trigger {w} {{ on {w} when {w} is {w}2 move to {w} set {w} = {w} add {w} to {w} reset {w} to {w} }}
trigger {w}2 {{ when {w}[{w}] > 5 and stage < {w} and {w} between {w} and {w}  emit "x" }}
account {{ score {w} = sum of {w} where {w} > {w}  trigger {w} {{ when {w} > 5  emit "a" }} }}
segment {w} {{ highest 10 by {w} where {w} = {w} }}
outcome {w} "label" {{ on {w} where {w} = {w} worth {w} lost on {w} where {w} in {w} on {w} }}
source {w} like {w} {{ on "a" give {w} {{ {w}: "a" }} give {w} set {{ {w}: "a" }} else give {w} with "a"
  always give {w} }}
test "{w}" {{ lead {{ {w}: 5 }} at 2026-01-01 {w} {{ {w}: "x"  {w}: 5 }} after {w} {w} {{ }} expect {w}2 fired {{ }} }}
test "{w}" for each line of "{w}.csv" {{ at line.{w} after line.{w} after {w} {w} {{ {w}: line.{w} }}
  expect {w} = line["{w}"] expect fired {w} line.{w} times }}
assert "{w}" {{ always {w} > 5 never {w} > {w} reachable {w} > 5 within {w} within {w} {w} > 5
  within {w} {w} > 5 never fired {w} without {w} where {w} = 5 never fired {w} reachable {w} > 5 within {w} }}
"""


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_a_keyword_names_everything(word: str) -> None:
    text = PLACES.format(w=word)
    if word in ("true", "false"):  # as values they stand for themselves
        text = PLACES.format(w="w").replace("event w ", f"event {word} ").replace(" w:", f" {word}:")
        text = text.replace("event.w ", f"event.{word} ").replace("rule w ", f"rule {word} ")
    found = [(each.message, text[each.span.start - 20 : each.span.end]) for each in read(text).diagnostics]
    assert found == []


@pytest.mark.parametrize("word", sorted(set(KEYWORDS) - {"true", "false"}))
def test_a_keyword_alone_in_a_condition_is_a_name(word: str) -> None:
    assert one(f"segment x {{ where {word} }}").where == Ref(word)
    assert one(f"let x = {word}").value == Ref(word)


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_a_test_gives_events_and_fires_triggers_of_any_name(word: str) -> None:
    (test,) = tree(f'test "a" {{ at 2026-01-01 {word} {{ }} expect a = b {word} {{ }} expect fired {word} }}')
    names = [step.event.text for step in test.steps if hasattr(step, "event")]
    assert names == ([word, word] if word != "lead" else [])
    assert test.steps[-1].trigger.text == word


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_an_assertion_is_about_triggers_and_events_of_any_name(word: str) -> None:
    claims = one(f'assert "a" {{ never fired {word} without {word} always a never fired {word} always b }}').claims
    assert [type(each).__name__ for each in claims] == ["NeverFired", "Always", "NeverFired", "Always"]
    assert claims[0].trigger.text == claims[0].without.event.text == claims[2].trigger.text == word


def test_where_a_construct_and_a_name_are_possible_the_construct_wins() -> None:
    text = 'segment x { where has tag "a" and idle for 5 days and min(a, b) and not a and b is present and not = has }'
    kinds = [type(each).__name__ for each in one(text).where.items]
    assert kinds == ["HasTag", "IdleFor", "Extreme", "Not", "Presence", "Compare"]


def test_keywords_are_told_from_literals_and_marks() -> None:
    terminals = set(KEYWORDS.values())
    assert not terminals & set(MARKS.values())
    assert not terminals & {"NAME", "LABEL", "STEP", "A_TEXT", "A_NUMBER", "A_PERCENT", "A_DATE", "AN_INSTANT"}
