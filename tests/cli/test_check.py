"""`leadscore check`: statuses, formats, several files."""

from __future__ import annotations

import json
import os

import pytest

BROKEN = 'model m { }\nevent e { a: integer }\nscore s { rule r { on f add 1 } }\nscore t { rule r { on e add "1" } }\n'
HINTED = 'model m { }\nlead { c: text }\nscore s { rule r { when not c in ["DK"]  add 1 } }\n'


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_file_without_mistakes_is_status_0(leadscore, model):
    result = leadscore("check", model)
    assert (result.status, result.out, result.err) == (0, "1 file checked: all is well\n", "")


def test_every_mistake_is_told_on_standard_error_with_its_place(leadscore, write):
    path = write("broken.score", BROKEN)
    result = leadscore("check", path)
    assert (result.status, result.out) == (1, "1 file checked: 2 errors\n")
    assert f"--> {path}:3:23" in result.err
    assert f"--> {path}:4:29" in result.err
    assert "\x1b" not in result.err, "no colours where nobody sees them"


def test_hints_alone_leave_the_status_0(leadscore, write):
    result = leadscore("check", write("hinted.score", HINTED))
    assert (result.status, result.out) == (0, "1 file checked: 1 hint\n")
    assert result.err.startswith("hint[")


def test_json_is_an_object_a_line_on_standard_output(leadscore, write):
    path = write("broken.score", BROKEN)
    result = leadscore("check", path, "--format", "json")
    assert (result.status, result.err) == (1, "")
    assert [(each["file"], each["line"], each["severity"]) for each in result.lines] == [
        (str(path), 3, "error"),
        (str(path), 4, "error"),
    ]


def test_json_may_be_asked_for_as_everywhere(leadscore, write):
    path = write("broken.score", BROKEN)
    assert leadscore("check", path, "--json").out == leadscore("check", path, "--format", "json").out != ""


def test_a_compiled_table_is_nothing_to_check(leadscore, model, tmp_path):
    leadscore("compile", model, "-o", tmp_path / "table.json")
    result = leadscore("check", tmp_path / "table.json")
    assert (result.status, "is a compiled table" in result.err) == (2, True)


def test_github_annotations_name_file_and_line(leadscore, write):
    path = write("broken.score", BROKEN)
    result = leadscore("check", path, "--format", "github")
    assert (result.status, result.err) == (1, "")
    assert all(line.startswith(f"::error file={path},line=") for line in result.out.splitlines())


def test_sarif_is_one_document_also_where_there_is_nothing_to_tell(leadscore, write, model):
    for path, results, status in ((write("broken.score", BROKEN), 2, 1), (model, 0, 0)):
        result = leadscore("check", path, "--format", "sarif")
        assert (result.status, result.err) == (status, "")
        document = json.loads(result.out)
        assert (document["version"], len(document["runs"][0]["results"])) == ("2.1.0", results)


def test_several_files_are_checked_each_for_itself_and_once(leadscore, write, model):
    broken, hinted = write("broken.score", BROKEN), write("hinted.score", HINTED)
    result = leadscore("check", model, broken, hinted, broken)
    assert (result.status, result.out) == (1, "3 files checked: 2 errors, 1 hint\n")


def test_a_file_that_cannot_be_read_is_status_2_and_the_others_are_checked(leadscore, write, tmp_path):
    broken = write("broken.score", BROKEN)
    result = leadscore("check", tmp_path / "none.score", broken)
    assert (result.status, result.out) == (2, "2 files checked, not all could be read\n")
    assert f"{tmp_path / 'none.score'} can't be read: no such file or directory" in result.err
    assert f"--> {broken}:3" in result.err


def test_a_missing_import_is_a_mistake_in_the_file(leadscore, write):
    result = leadscore("check", write("m.score", 'import "none.score"\nmodel m { }\n'))
    assert result.status == 1
    assert "none.score" in result.err


def test_imports_are_found_beside_the_importing_file(leadscore, write, monkeypatch, tmp_path):
    write("parts/lists.score", 'import "more.score"\nset nordics = ["DK"]\n')
    write("parts/more.score", 'import "lists.score"\nlet ten = 10\n')
    path = write("m.score", 'import "parts/lists.score"\nmodel m { }\nlead { c: text }\n'
                 "score s { rule r { when c in nordics  add ten } }\n")  # fmt: skip
    assert leadscore("check", path).status == 0
    monkeypatch.chdir(tmp_path / "parts")
    assert leadscore("check", "../m.score").status == 0


def test_a_part_is_checked_with_the_model_that_imports_it_and_refused_alone(leadscore, write):
    part = write("part.score", "let ten = 10\nlet ten = 11\n")
    path = write("m.score", 'import "part.score"\nmodel m { }\n')
    together = leadscore("check", part, path)
    assert (together.status, together.out) == (1, "2 files checked: 1 error\n")
    assert f"--> {part}:2" in together.err
    assert "has no `model`" in leadscore("check", part).err
    one, two = write("a.score", 'import "b.score"\n'), write("b.score", 'import "a.score"\n')
    assert leadscore("check", one, two).status == 1, "two parts that import each other are no model"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00m", b"model m { }\n# \xe9\n", b"model m { }\0"])
def test_what_is_no_text_is_an_error_in_the_file(content, leadscore, tmp_path):
    path = tmp_path / "m.score"
    path.write_bytes(content)
    result = leadscore("check", path)
    assert (result.status, "error[" in result.err) == (1, True)


def test_a_file_name_of_any_bytes_is_told_and_ends_nothing(leadscore, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.score")
    with open(path, "w") as file:  # noqa: PTH123 - a name that is no text
        file.write("modle m { }\n")
    assert leadscore("check", path).status == 1
    for form in ("json", "github", "sarif"):
        assert leadscore("check", path, "--format", form).status == 1


WARNED = "model m { }\nevent video { watched: percent required }\n"
WARNED += "score s { rule r { on video where watched > 50%  add 1 } }\n"


def test_warnings_leave_the_status_0_unless_asked_otherwise(leadscore, write):
    path = write("warned.score", WARNED)
    result = leadscore("check", path)
    assert (result.status, result.out) == (0, "1 file checked: 1 warning\n")
    assert "warning[W401]" in result.err
    assert leadscore("check", path, "--fail-on", "warning").status == 1
    assert leadscore("check", path, "--fail-on", "hint").status == 1
    hinted = write("hinted.score", HINTED)
    assert [leadscore("check", hinted, "--fail-on", each).status for each in ("warning", "hint")] == [0, 1]


def test_an_allowed_warning_is_not_told(leadscore, write):
    path = write("warned.score", WARNED.replace("add 1 } }", "add 1 } }  # leadscore: allow W401 meant"))
    assert leadscore("check", path, "--fail-on", "hint").out == "1 file checked: all is well\n"


def test_programs_are_told_warnings_with_their_fixes(leadscore, write):
    path = write("warned.score", WARNED)
    (told,) = map(json.loads, leadscore("check", path, "--format", "json").out.splitlines())
    assert (told["code"], told["severity"], told["line"]) == ("W401", "warning", 3)
    assert told["fixes"][0]["edits"][0]["text"] == ", once per 1 day"
    assert leadscore("check", path, "--format", "github").out.startswith("::warning file=")
    (run,) = json.loads(leadscore("check", path, "--format", "sarif").out)["runs"]
    assert [each["level"] for each in run["results"]] == ["warning"]


def test_a_folder_is_searched_and_its_parts_are_checked_with_the_models_that_import_them(leadscore, write, tmp_path):
    write("part.score", "set a = [1]\n")
    write("sub/one.score", 'import "../part.score"\nmodel m { }\n')
    write("sub/two.score", BROKEN)
    result = leadscore("check", tmp_path)
    assert (result.status, result.out) == (1, "3 files checked: 2 errors\n")
    assert result.err.count("--> ") == 2
    assert result.err.count(f"--> {tmp_path}/sub/two.score") == 2


def test_a_part_in_a_folder_that_nothing_imports_is_passed_over_but_for_what_cannot_be_read(
    leadscore, write, model, tmp_path
):
    part = write("part.score", "event e { }\ntally t { on elsewhere }\n")
    result = leadscore("check", tmp_path)
    assert (result.status, result.out) == (0, "2 files checked: all is well\n")
    assert result.err == f"passed over, without a model: {part}\n"
    write("part.score", "tally t { on }\n")
    assert leadscore("check", tmp_path).status == 1
    assert leadscore("check", part, tmp_path).err.count("error[") > 1, "a part that is named is not passed over"


def test_expressions_of_sources_that_nobody_can_read_are_told(leadscore, write, monkeypatch):
    path = write("m.score", 'model m { }\nevent e { }\nsource s { time "("  lead "b"  else give e }\n')
    assert "E350" in leadscore("check", path).err
    monkeypatch.setattr("compiler.expressions.installed", lambda: False)
    done = leadscore("check", path)
    assert done.status == 0
    assert "the expressions of sources are not checked: pip install 'leadscore[sources]'" in done.err
