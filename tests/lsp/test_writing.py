"""What changes a file: layout, and the fixes of findings."""

from __future__ import annotations

from typing import Any

from dsl.format import format_source
from dsl.source import Source
from tests.editor import Editor, fresh
from tests.lsp_edits import applied

ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}}
OPTIONS = {"tabSize": 2, "insertSpaces": True}


def laid_out(editor: Editor, text: str) -> tuple[list[Any] | None, str]:
    uri = editor.open(fresh(), text)
    edits = editor.of("textDocument/formatting", uri, options=OPTIONS)
    return edits, applied(text, edits or [])


def test_a_file_is_laid_out_as_fmt_does_it_and_only_where_it_must_be(editor: Editor) -> None:
    text = "# 😀\nmodel m { }\n\n\n\nevent   e {   }\n\nscore s {\n  rule r { on e  add 1 }\n}\n"
    edits, after = laid_out(editor, text)
    assert after == format_source(Source("", text)).text
    assert edits is not None
    assert max(edit["range"]["end"]["line"] for edit in edits) <= 6


def test_line_breaks_stay_what_they_are(editor: Editor) -> None:
    _, after = laid_out(editor, "model m { }\r\nevent   e {   }")
    assert after == "model m {}\r\nevent e {}\r\n"


def test_a_file_in_its_layout_needs_no_edit_and_a_broken_one_gets_none(editor: Editor) -> None:
    assert laid_out(editor, "model m {}\n")[0] == []
    assert laid_out(editor, "model m {\n")[0] is None


def actions(editor: Editor, text: str, only: list[str] | None = None) -> list[Any]:
    uri = editor.open(fresh(), text)
    editor.findings(uri)
    context = {"diagnostics": []} | ({"only": only} if only else {})
    found: list[Any] = editor.of("textDocument/codeAction", uri, range=ALL, context=context)
    for each in found:
        each["uri"] = uri
    return found


def test_a_finding_with_a_sure_fix_is_mended(editor: Editor) -> None:
    text = 'model m { }\nevent visit { p: text }\nscore s { rule r { on vist where p == "😀" add 1 } }\n'
    found = actions(editor, text, ["quickfix"])
    assert [each["title"] for each in found] == ["Write `visit`", "Write `=`"]
    assert found[0]["diagnostics"][0]["code"] == "E215"
    assert found[0]["isPreferred"]
    assert "on visit where p ==" in applied(text, found[0]["edit"]["changes"][found[0]["uri"]])


def test_all_that_has_a_sure_fix_is_mended_at_once(editor: Editor) -> None:
    text = 'model m { }\nevent visit { p: text }\nscore s { rule r { on vist where p == "😀" add 1 } }\n'
    (found,) = actions(editor, text, ["source.fixAll"])
    after = applied(text, found["edit"]["changes"][found["uri"]])
    assert 'on visit where p = "😀"' in after
    assert editor.mistakes(editor.open(fresh(), after)) == []


def test_the_file_is_laid_out_by_an_action_that_is_worked_out_when_it_is_chosen(editor: Editor) -> None:
    text = "model   m { }\n"
    (found,) = actions(editor, text, ["source.format"])
    assert "edit" not in found
    uri = found.pop("uri")
    assert applied(text, editor.ask("codeAction/resolve", **found)["edit"]["changes"][uri]) == "model m {}\n"


def test_a_file_that_can_not_be_read_to_its_end_is_not_offered_to_be_laid_out(editor: Editor) -> None:
    assert actions(editor, "model   m {\n", ["source.format"]) == []
    assert actions(editor, "model   m { }\nlet x = y\n", ["source.format"]) != []


def test_a_fix_is_offered_where_the_finding_is_and_not_elsewhere(editor: Editor) -> None:
    text = "model m { }\nevent visit { }\nscore s { rule r { on vist  add 1 } }\n"
    uri = editor.open(fresh(), text)
    editor.findings(uri)
    first = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 5}}
    context = {"diagnostics": [], "only": ["quickfix"]}
    assert editor.of("textDocument/codeAction", uri, range=first, context=context) == []


def test_a_fix_is_not_offered_where_the_text_has_been_changed_since(editor: Editor) -> None:
    text = "model m { }\nevent visit { }\nscore s { rule r { on vist  add 1 } }\n"
    uri = editor.open(fresh(), text)
    editor.findings(uri)
    editor.change(uri, "xx", (2, 24))
    context = {"diagnostics": [], "only": ["quickfix"]}
    found = editor.of("textDocument/codeAction", uri, range=ALL, context=context)
    assert [each["title"] for each in found if "visit" in each["title"]] == []
