"""What is offered, at places in files that are finished, broken, or just begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.editor import Editor, fresh, spot

BASE = """model m { }
lead { country: text  score_of: number computed  note_of: text computed }
event visit { path: text  kind: one of "new", "two words"  again: boolean }
event order passive { amount: number }
set countries = ["DK"]
let line_of = 10
let pause = 3 days
score fit { bands low < 5, "A+"  rule r { when country in countries  add 1 } }
score hot for item in ["x", "y z"] { ready at 10  rule s { on visit  add 1 } }
tally visits { on visit }
stages new, done, "not yet"
trigger finish { when hot[x] >= ready  move to done  tag "t"  emit "lead.done" }
account { score best = max of fit }
source web { time "at"  lead "who"  else give visit }
"""


@pytest.fixture(scope="module")
def uri(editor: Editor) -> str:
    opened = editor.open(fresh(), BASE)
    editor.findings(opened)
    return opened


def offered(editor: Editor, uri: str, tail: str, base: str = BASE) -> list[Any]:
    """What is offered at ``|`` in `tail`, which is written behind the base."""
    text = base + tail
    place = spot(text, "|")
    editor.change(uri, text.replace("|", "", 1))
    found: list[Any] = editor.at("textDocument/completion", uri, *place)
    return found


def labels(items: list[Any]) -> list[str]:
    return [item["label"] for item in items]


EVENTS = ["visit", "order"]
STAGES = ["new", "done", "not yet"]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("score x { rule r { on |", EVENTS),
        ("score x { rule r { on vis| add 1 } }", EVENTS),
        ("source x { on \"a\" give |", EVENTS),
        ("source x { time \"at\"  else give vis| }", EVENTS),
        ("source x { on \"a\" give visit { kind: \"k\"  |", ["path", "again"]),
        ("source x { on \"a\" give order { amount: \"n\" }  always set { |", ["country"]),
        ("source x like |", ["web"]),
        ("outcome x { on |", EVENTS),
        ("outcome x { lost on |", EVENTS),
        ("trigger t { move to |", STAGES),
        ("trigger t { when stage = |", STAGES),
        ("trigger t { when stage in [new, |", STAGES),
        ("trigger t { when stage not in [|", STAGES),
        ("trigger t { when country = \"a\" and stage = |", STAGES),
        ("trigger t { set |", ["score_of", "note_of"]),
        ("trigger t { reset |", ["fit", "hot"]),
        ("trigger t { add 5 to |", ["fit", "hot"]),
        ("segment s { highest 10% by |", ["fit", "hot"]),
        ("account { score y = top 2 of |", ["fit", "hot"]),
        ("trigger t { when fit is |", ["low", "A+", "at least", "missing", "present"]),
        ("trigger t { when fit is at least |", ["low", "A+"]),
        ("trigger t { when hot[|", ["x", "y z"]),
        ("trigger t { when hot[\"|", ["x", "y z"]),
        ("score x { rule r { on visit where event.|", ["path", "kind", "again"]),
        ("score x { rule r { on visit where lead.|", ["country", "score_of", "note_of"]),
        ("score x { rule r { on visit add 1, once for each |", ["path", "kind", "again"]),
        ("score x { rule r { on visit where kind = \"|", ["new", "two words"]),
        ("score x { rule r { on visit where kind in [\"new\", \"|", ["new", "two words"]),
        ('test "x" { at 2026-01-01 visit { kind: "|', ["new", "two words"]),
        ('test "x" { at 2026-01-01 visit { kind: "new"  again: |', ["true", "false"]),
        ('test "x" { lead { |', ["country"]),
        ('test "x" { at 2026-01-01 expect fired |', ["finish"]),
        ('test "x" { at 2026-01-01 expect emitted "|', ["lead.done"]),
        ('trigger t { untag "|', ["t"]),
        ("score x { fade 5% every 2 |", ["days", "hours", "minutes", "weeks"]),
        ("score x { fade 5% every 1 |", ["day", "hour", "minute", "week"]),
        ("score x { fade 5% |", ["every", "of the first value"]),
        ("score x { rule r { on visit add 1, at |", ["most"]),
        ("score x { rule r { on visit add 1, once per |", ["pause"]),
        ("score x { degrade { after 30 days without |", ["activity", "increase"]),
        ("trigger t { when idle for |", ["pause"]),
        ("trigger t { when fit not increased for |", ["pause"]),
        ('assert "x" { never fired finish without |', EVENTS),
        ("event |", []),
        ("# on |", []),
    ],
)  # fmt: skip
def test_at_a_place_exactly_this_is_offered(editor: Editor, uri: str, tail: str, expected: list[str]) -> None:
    found = labels(offered(editor, uri, tail))
    assert [each for each in found if each != "max" and each != "min"][: len(expected) or None] == expected


@pytest.mark.parametrize(
    ("tail", "there", "missing"),
    [
        ("|", {"score", "event", "test", "assert"}, {"rule", "when"}),
        ("score x { |", {"rule", "ready at", "expire after", "degrade"}, {"trigger", "when"}),
        ("score x { rule r { on visit where |", {"path", "country", "countries"}, {"fit", "visits", "stage"}),
        ("score x { rule r { when |", {"country", "visits"}, {"path", "fit", "stage", "idle"}),
        ("score x { rule r { on visit where path |", {"starts with", "has word", "in", "add"}, {"path", "score"}),
        ("trigger t { when |", {"country", "visits", "fit", "stage", "idle", "has"}, {"path"}),
        ("outcome x { on order where amount > 5 |", {"and", "lost on", "on", "or", "worth"}, {"add", "when"}),
        ("outcome x { on order worth |", {"amount", "country"}, {"path", "fit", "stage"}),
        ("outcome x { lost on visit where |", {"path", "country"}, {"amount", "fit", "stage"}),
        ("trigger t { on order set score_of = |", {"amount", "time", "fit"}, {"path"}),
        ("account { trigger t { when |", {"best", "has"}, {"country", "stage", "idle"}),
        ("score x = |", {"fit", "hot", "line_of"}, {"country", "visits"}),
        ("score g for w in [\"a\"] { rule r { on visit where path = |", {"w", "path"}, {"item"}),
        ('test "x" { at 2026-01-01 |', {"visit", "order", "lead", "after", "expect"}, {"rule"}),
        ('test "x" { at 2026-01-01 visit { path: "/"  |', {"kind", "again"}, {"path", "amount"}),
        ("tally t over |", {"pause"}, {"line_of"}),
        ("score x { rule r { on visit add 1, once per |", {"pause"}, {"path", "country", "line_of"}),
        ("trigger t { when idle for |", {"pause"}, {"fit", "country", "stage"}),
        ("event e { p: |", {"text", "percent", "one of", "list of text"}, {"path"}),
        ("event e { p: text |", {"required", "as"}, {"text"}),
        ("score x {\n  rule a { on visit where and and\n  rule b { on |", {"visit"}, {"path"}),
        ("score broken {{{ ]\ntrigger t { move to |", {"done"}, {"fit"}),
    ],
)  # fmt: skip
def test_at_a_place_this_is_offered_and_that_is_not(
    editor: Editor, uri: str, tail: str, there: set[str], missing: set[str]
) -> None:
    found = set(labels(offered(editor, uri, tail)))
    assert there <= found
    assert not missing & found


def test_an_item_replaces_the_word_before_the_cursor(editor: Editor, uri: str) -> None:
    items = offered(editor, uri, "# 😀\nscore x { rule r { on vi|")
    edit = items[0]["textEdit"]
    assert edit["newText"] == "visit"
    start, end = edit["range"]["start"], edit["range"]["end"]
    assert (end["character"] - start["character"], start["line"]) == (2, BASE.count("\n") + 1)


def test_names_that_are_no_words_are_written_in_quotes(editor: Editor, uri: str) -> None:
    texts = {item["label"]: item["textEdit"]["newText"] for item in offered(editor, uri, "trigger t { move to |")}
    assert texts["not yet"] == '"not yet"'
    assert texts["done"] == "done"
    options = offered(editor, uri, "score x { rule r { on visit where kind = |")
    assert options[0]["textEdit"]["newText"] == '"new"'


def test_a_step_of_a_test_comes_with_its_braces(editor: Editor, uri: str) -> None:
    items = offered(editor, uri, 'test "x" { at 2026-01-01 |')
    assert items[0]["textEdit"]["newText"] == "visit { $0 }"
    assert items[0]["insertTextFormat"] == 2


def test_an_editor_without_snippets_gets_none(root: Path) -> None:
    with Editor(root, capabilities={}) as plain:
        uri = plain.open(fresh(), BASE)
        items = offered(plain, uri, 'test "x" { at 2026-01-01 |')
        assert items[0]["textEdit"]["newText"] == "visit {  }"
        assert "insertTextFormat" not in items[0]


def test_files_are_offered_for_a_path(editor: Editor) -> None:
    uri = editor.open(ROOT / "examples" / "saas_trial" / "model.score", "")
    assert labels(offered(editor, uri, 'import "|', "")) == ["lists.score"]
    assert "leadscore/segment" in labels(offered(editor, uri, 'import "lead|', ""))
    assert "leadscore/hubspot" in labels(offered(editor, uri, 'import "leadscore/h|', ""))
    assert "b2b_products" in labels(offered(editor, uri, 'import "../|', ""))
    assert labels(offered(editor, uri, 'import "../b2b_products/shared/|', "")) == ["events.score", "lists.score"]


def test_the_columns_of_a_table_are_offered(at_home: Editor, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("company;points;stage\na;1;new\n", encoding="utf-8")
    uri = at_home.open(tmp_path / "model.score", BASE)
    head = 'test "of {company}" for each line of "cases.csv" { at 2026-01-01 '
    assert labels(offered(at_home, uri, head + "expect fit = line.|")) == ["company", "points", "stage"]
    assert "line" in labels(offered(at_home, uri, head + "expect fit = |"))
    assert labels(offered(at_home, uri, 'test "x" for each line of "|')) == ["cases.csv"]
    assert labels(offered(at_home, uri, 'test "x" for each line of "no.csv" { lead { country: line.|')) == []


def test_an_item_tells_more_when_it_is_chosen(editor: Editor, uri: str) -> None:
    item = next(each for each in offered(editor, uri, "trigger t { when |") if each["label"] == "country")
    told = editor.ask("completionItem/resolve", **item)
    assert "lead { country: text }" in told["documentation"]["value"]
    assert item["detail"] == "attribute: text"
