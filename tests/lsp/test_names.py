"""From a name to its declaration and back, and to another name, in all files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.compile import compile_file
from tests.conftest import ROOT
from tests.editor import Editor, Refused, fresh, spot
from tests.lsp_edits import applied

TEXT = """model m { }
lead { country: text  at: text  owner: text computed }
event visit { path: text  kind: one of "a", "b" }
score hot for line in ["x", "y z"] {
  ready at 10
  bands low < 5, high
  rule seen "of {line}" { on visit where path = "/{line}" and kind = "a"  add 1, once for each path }
}
stages new, done
trigger done { when hot[x] >= ready and hot["y z"] is high  move to done  tag "t"  emit "done"  set owner = "me" }
test "one" {
  lead { country: "DK" }
  at 2026-03-02  visit { path: "/x"  kind: "a" }
  expect stage = new and not fired_yet and not has tag "t"
  expect not fired done
}
lead { fired_yet: boolean }
source web { time "at"  lead "who"  else give visit { path: "p" } set { country: "c" } }
source shop like web { on "x" give "y" }
"""


@pytest.fixture(scope="module")
def uri(editor: Editor) -> str:
    opened = editor.open(fresh(), TEXT)
    assert editor.mistakes(opened) == []
    return opened


def text_at(range_: Any, text: str = TEXT) -> str:
    line = text.split("\n")[range_["start"]["line"]]
    assert range_["start"]["line"] == range_["end"]["line"]
    return line[range_["start"]["character"] : range_["end"]["character"]]


@pytest.mark.parametrize(
    ("mark", "back", "target"),
    [
        ("on visit", 3, "event visit"),
        ("path = ", 0, "path: text"),
        ('kind = "a"', 8, '"a", "b"'),
        ("give visit", 5, "event visit"),
        ('path: "p"', 0, "path: text"),
        ('country: "c"', 0, "country: text"),
        ("like web", 5, "web {"),
        ("hot[x]", 0, "hot for"),
        ("hot[x]", 4, '"x", "y z"'),
        ("ready and", 0, "ready at"),
        ("is high", 3, "high\n"),
        ("move to done", 8, "done\ntrigger"),
        ("{line}", 1, "line in"),
        ("stage = new", 8, "new, done"),
        ("fired done", 6, "done { when"),
        ("set owner", 4, "owner: text"),
        ('has tag "t"', 9, '"t"  emit'),
        ("fired_yet and", 2, "fired_yet: boolean"),
        ("each path", 5, "path: text"),
    ],
)
def test_a_name_leads_to_its_declaration(editor: Editor, uri: str, mark: str, back: int, target: str) -> None:
    (found,) = editor.at("textDocument/definition", uri, *spot(TEXT, mark, back))
    line, unit = spot(TEXT, target, len("event ") if target == "event visit" else 0)
    assert found["uri"] == uri
    assert found["range"]["start"] == {"line": line, "character": unit}


def test_all_places_of_a_name_are_found_with_or_without_the_declaration(editor: Editor, uri: str) -> None:
    place = spot(TEXT, "path: text")
    both = editor.at("textDocument/references", uri, *place, context={"includeDeclaration": True})
    uses = editor.at("textDocument/references", uri, *place, context={"includeDeclaration": False})
    assert [text_at(each["range"]) for each in both] == ["path"] * 5
    assert len(uses) == 4


def test_the_same_name_is_marked_where_it_is_written_and_read(editor: Editor, uri: str) -> None:
    found = editor.at("textDocument/documentHighlight", uri, *spot(TEXT, "done { when"))
    assert [(each["range"]["start"]["line"], each["kind"]) for each in found] == [(9, 3), (14, 2)]


def test_where_no_name_is_there_is_no_answer(editor: Editor, uri: str) -> None:
    place = spot(TEXT, "model")
    assert editor.at("textDocument/definition", uri, *place) == []
    assert editor.at("textDocument/hover", uri, *place) is None
    assert editor.at("textDocument/prepareRename", uri, *place) is None
    assert editor.at("textDocument/references", uri, *place, context={"includeDeclaration": True}) == []


# --- another name ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "new", "there", "gone"),
    [
        ("visit {", "look", 'event look as "visit" {', "on visit"),
        ("path: text", "url", 'url: text as "path"', "where path"),
        ("line in", "row", '"/{row}"', "{line}"),
        ("done\ntrigger", "all done", 'move to "all done"', "move to done"),
        ("high\n", "top", 'is "top"', "is high"),
        ('"t"  emit', "very hot", 'has tag "very hot"', '"t"'),
        ("done { when", "finish", "fired finish", "fired done"),
        ("hot for", "heat", 'heat["y z"]', "hot["),
        ("owner: text", "keeper", "set keeper =", "owner"),
    ],
)
def test_a_name_changes_everywhere_and_the_file_stays_right(
    editor: Editor, uri: str, mark: str, new: str, there: str, gone: str
) -> None:
    change = editor.at("textDocument/rename", uri, *spot(TEXT, mark), newName=new)
    after = applied(TEXT, change["changes"][uri])
    assert there in after
    assert gone not in after
    assert editor.mistakes(editor.open(fresh(), after)) == []


@pytest.mark.parametrize(
    ("mark", "new", "why"),
    [
        ("hot for", "at", "word of the language"),
        ("hot for", "a b", "is no name"),
        ("hot for", "7up", "is no name"),
        ("hot for", "country", "declared already"),
        ("path: text", "kind", "declared already"),
        ("path: text", "line", "word of the language"),
        ("country: text", "path", "two things"),
        ('"a", "b"', "c", "what events carry"),
        ('"x", "y z"', "c", "what events carry"),
        ("ready at", "set", "word of the language"),
        ("done { when", "", "is no name"),
        ("new, done", "done", "declared already"),
    ],
)
def test_a_name_that_would_change_what_is_said_is_refused(
    editor: Editor, uri: str, mark: str, new: str, why: str
) -> None:
    text = TEXT.replace("country: text", "country: text  zip: text") if new == "path" else TEXT
    target = uri
    if new == "path":
        text = text.replace('path = "/{line}"', 'path = "/{line}" and country = "DK"')
        target = editor.open(fresh(), text)
    with pytest.raises(Refused, match=why) as refused:
        editor.at("textDocument/rename", target, *spot(text, mark), newName=new)
    assert refused.value.code == -32803


def test_what_is_renamed_is_shown_before(editor: Editor, uri: str) -> None:
    found = editor.at("textDocument/prepareRename", uri, *spot(TEXT, "hot[x]", 1))
    assert text_at(found["range"]) == "hot"
    assert found["placeholder"] == "hot"


def test_nothing_is_renamed_while_a_part_of_the_model_is_hidden_by_mistakes(editor: Editor) -> None:
    text = TEXT + "score broken {\n"
    uri = editor.open(fresh(), text)
    with pytest.raises(Refused, match="mend them first"):
        editor.at("textDocument/rename", uri, *spot(text, "hot for"), newName="heat")


def test_a_table_of_cases_does_not_keep_names_from_changing(at_home: Editor, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("path,points\n/x,1\n", encoding="utf-8")
    text = """model m { }
event visit { path: text }
score s { rule r { on visit  add 1, once } }
test "of {path}" for each line of "cases.csv" {
  at 2026-03-02  visit { path: line.path }
  expect s = line.points
}
"""
    uri = at_home.open(tmp_path / "model.score", text)
    assert at_home.mistakes(uri) == []
    change = at_home.at("textDocument/rename", uri, *spot(text, "path: text"), newName="url")
    assert "visit { url: line.path }" in applied(text, change["changes"][uri])


@pytest.mark.parametrize(
    ("mark", "back", "column"),
    [("line.path", 2, 1), ("line.path", 7, 1), ('line["Points won"]', 8, 9), ("{path}", 1, 1)],
)
def test_a_column_leads_to_its_head_in_the_table(
    at_home: Editor, tmp_path: Path, mark: str, back: int, column: int
) -> None:
    (tmp_path / "cases.csv").write_text("sep=;\n path ;  Points won;\n/x;1\n", encoding="utf-8")
    text = """model m { }
event visit { path: text }
score s { rule r { on visit  add 1, once } }
test "of {path}" for each line of "cases.csv" {
  at 2026-03-02  visit { path: line.path }
  expect s = line["Points won"] and s = line.nothing
}
"""
    uri = at_home.open(tmp_path / "model.score", text)
    (found,) = at_home.at("textDocument/definition", uri, *spot(text, mark, back))
    assert Path(found["uri"]).name == "cases.csv"
    assert found["range"]["start"] == {"line": 1, "character": column}
    assert at_home.at("textDocument/definition", uri, *spot(text, "line.nothing", 6)) == []


def test_a_name_changes_in_all_models_that_share_its_declaration(at_home: Editor, tmp_path: Path) -> None:
    (tmp_path / "lists.score").write_text('# 😀\nset good = ["a"]\n', encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.score").write_text(
            f'import "lists.score"\nmodel {name} {{ }}\nevent e {{ p: text }}\n'
            "tally t { on e where p in good }  # 😀\n",
            encoding="utf-8",
        )
    lists = at_home.open(tmp_path / "lists.score")
    change = at_home.at("textDocument/rename", lists, 1, 5, newName="fine")
    assert {Path(uri).name: len(edits) for uri, edits in change["changes"].items()} == {
        "lists.score": 1, "one.score": 1, "two.score": 1,
    }  # fmt: skip
    for uri, edits in change["changes"].items():
        path = tmp_path / Path(uri).name
        path.write_text(applied(path.read_text(encoding="utf-8"), edits), encoding="utf-8")
    for name in ("one", "two"):
        assert compile_file(tmp_path / f"{name}.score").diagnostics == ()


def test_places_are_those_of_the_text_as_it_is_while_it_is_being_typed(editor: Editor) -> None:
    uri = editor.open(fresh(), TEXT)
    editor.findings(uri)
    editor.change(uri, "# 😀 a new line\n", (2, 0))
    editor.change(uri, "  x 😀 ", (4, 0))
    found = editor.at("textDocument/definition", uri, 10, TEXT.split("\n")[9].index("hot[x]"))
    assert found[0]["range"]["start"]["line"] == 4
    assert found[0]["range"]["start"]["character"] == len("  x 😀 ".encode("utf-16-le")) // 2 + 6


def test_within_a_declaration_that_is_broken_now_names_are_still_known(editor: Editor) -> None:
    uri = editor.open(fresh(), TEXT)
    editor.findings(uri)
    editor.change(uri, " and and", (6, TEXT.split("\n")[6].index("  add")))
    assert editor.findings(uri)
    found = editor.at("textDocument/definition", uri, *spot(TEXT, "path = "))
    assert found[0]["range"]["start"] == {"line": 2, "character": 14}
    assert "path: text" in editor.at("textDocument/hover", uri, *spot(TEXT, "path = "))["contents"]["value"]


def test_the_path_of_an_import_leads_to_the_file(editor: Editor) -> None:
    uri = editor.open(ROOT / "examples" / "saas_trial" / "model.score")
    (found,) = editor.at("textDocument/definition", uri, 0, 10)
    assert found["uri"].endswith("/examples/saas_trial/lists.score")
    (link,) = editor.of("textDocument/documentLink", uri)
    assert link["target"] == found["uri"]
    assert link["range"] == {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 19}}


def test_a_source_that_comes_with_leadscore_keeps_its_name_and_what_it_names(at_home: Editor, tmp_path: Path) -> None:
    text = """import "leadscore/segment"
model m { }
event page_view { path: text }
tally pages { on page_view where path = "/" }
source web like segment { ignore "type == 'screen'" }
"""
    uri = at_home.open(tmp_path / "model.score", text)
    assert at_home.mistakes(uri) == []
    with pytest.raises(Refused, match="comes with leadscore"):
        at_home.at("textDocument/rename", uri, *spot(text, "like segment", 5), newName="site")
    change = at_home.at("textDocument/rename", uri, *spot(text, "page_view {"), newName="visit")
    assert list(change["changes"]) == [uri]
    assert 'event visit as "page_view" {' in applied(text, change["changes"][uri])
    (link,) = at_home.of("textDocument/documentLink", uri)
    assert link["target"].endswith("/library/segment.score")
    (place,) = at_home.at("textDocument/definition", uri, *spot(text, "like segment", 5))
    assert place["uri"].endswith("/library/segment.score")
