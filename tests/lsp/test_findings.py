"""What is said while somebody types."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import ROOT
from tests.editor import Editor, fresh

START = 'model m { }\nevent visit { path: text }\nscore s { rule r { on visit where path = "/"  add 1 } }\n'


def test_a_finding_comes_and_goes_as_one_types(editor: Editor) -> None:
    uri = editor.open(fresh(), START)
    assert editor.findings(uri) == []
    editor.change(uri, "vist", (2, 22), (2, 27))
    (found,) = editor.findings(uri)
    assert found["code"] == "E215"
    assert found["range"] == {"start": {"line": 2, "character": 22}, "end": {"line": 2, "character": 26}}
    assert found["severity"] == 1
    assert found["message"] == "there is no event `vist`\nhelp: did you mean `visit`?"
    editor.change(uri, "visit", (2, 22), (2, 26))
    assert editor.findings(uri) == []


def test_every_keystroke_of_a_burst_is_applied_in_order(editor: Editor) -> None:
    uri = editor.open(fresh(), "")
    for at, char in enumerate("model m { }"):
        editor.change(uri, char, (0, at))
    assert editor.findings(uri) == []
    editor.change(uri, "\nevent e { }\n")
    (found,) = editor.findings(uri)
    assert "model" in found["message"]


def test_positions_count_utf_16_units_whatever_the_editor_would_like(editor: Editor) -> None:
    assert editor.greeting["capabilities"]["positionEncoding"] == "utf-16"
    text = 'model m "😀" { }\r\n\tset s = ["😀😀"] vent\r\n'
    uri = editor.open(fresh(), text)
    (found,) = editor.findings(uri)
    assert found["range"]["start"] == {"line": 1, "character": 18}
    editor.change(uri, "let x = 1", (1, 18), (1, 22))
    assert editor.findings(uri) == []


def test_only_the_line_breaks_of_editors_break_lines(editor: Editor) -> None:
    text = 'model m "a\u2028b\x0bc\u0085" { }\rlet a = 1\r\nlet b = \n'
    uri = editor.open(fresh(), text)
    (found,) = editor.findings(uri)
    assert found["range"]["start"]["line"] >= 2


def test_an_import_is_read_from_what_is_typed_and_not_from_the_disk(at_home: Editor, tmp_path: Path) -> None:
    (tmp_path / "main.score").write_text('import "lists.score"\nmodel m { }\nlet b = a + 1\n')
    (tmp_path / "lists.score").write_text("let a = 1\n")
    main = at_home.open(tmp_path / "main.score")
    assert at_home.findings(main) == []
    lists = at_home.open(tmp_path / "lists.score")
    at_home.change(lists, "let other = 1\n")
    (found,) = at_home.until(main, 1)
    assert found["range"]["start"] == {"line": 2, "character": 8}


def test_a_part_is_checked_by_way_of_the_model_that_imports_it(at_home: Editor, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "main.score").write_text('import "../parts/scores.score"\nmodel m { }\nevent e { }\n')
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "scores.score").write_text("score s { rule r { on e  add 1 } }\n")
    part = at_home.open(tmp_path / "parts" / "scores.score")
    assert at_home.findings(part) == []
    at_home.change(part, "score s { rule r { on f  add 1 } }\n")
    (found,) = at_home.findings(part)
    assert found["code"] == "E215"


def test_a_folder_that_is_added_brings_its_models(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "far").mkdir()
    part = tmp_path / "a" / "b" / "part.score"
    part.write_text("score s { rule r { on e  add 1, once } }\n")
    (tmp_path / "far" / "main.score").write_text('import "../a/b/part.score"\nmodel m { }\nevent e { }\n')
    with Editor(ROOT) as elsewhere:
        uri = elsewhere.open(part)
        assert elsewhere.until(uri, 2)
        added = [{"uri": tmp_path.as_uri(), "name": "x"}]
        elsewhere.tell("workspace/didChangeWorkspaceFolders", event={"added": added, "removed": []})
        assert elsewhere.until(uri, 0) == []


def test_a_mistake_in_an_imported_file_is_told_of_that_file_and_taken_back(at_home: Editor, tmp_path: Path) -> None:
    (tmp_path / "main.score").write_text('import "lists.score"\nmodel m { }\n')
    (tmp_path / "lists.score").write_text("let a = \n")
    main = at_home.open(tmp_path / "main.score")
    assert at_home.findings(main) == []
    lists = (tmp_path / "lists.score").as_uri()
    assert len(at_home.until(lists, 1)) == 1
    (tmp_path / "lists.score").write_text("let a = 1\n")
    at_home.tell("workspace/didChangeWatchedFiles", changes=[{"uri": lists, "type": 2}])
    assert at_home.until(lists, 0) == []


def test_findings_of_a_file_that_was_closed_are_taken_back(editor: Editor) -> None:
    uri = editor.open(fresh(), "let a = \n")
    assert editor.findings(uri)
    editor.tell("textDocument/didClose", textDocument={"uri": uri})
    assert editor.until(uri, 0) == []


def test_a_second_place_comes_with_the_finding(editor: Editor) -> None:
    uri = editor.open(fresh(), "model m { }\nevent e { }\nevent e { }\n")
    (found,) = editor.findings(uri)
    (other,) = found["relatedInformation"]
    assert other["location"]["uri"] == uri
    assert other["location"]["range"]["start"] == {"line": 1, "character": 6}
