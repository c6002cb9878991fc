"""`leadscore compile` and `leadscore show`."""

from __future__ import annotations

import json

import pytest

from runtime.table import FORMAT, load


def test_a_table_is_one_line_of_canonical_json_that_the_runtime_loads(leadscore, model, tmp_path):
    target = tmp_path / "table.json"
    result = leadscore("compile", model, "-o", target)
    assert (result.status, result.out, result.err) == (0, "", "")
    content = target.read_bytes()
    assert (content.count(b"\n"), content[-1:]) == (1, b"\n")
    assert json.loads(content)["format"] == FORMAT
    assert load(content).model == "demo"
    assert leadscore("compile", model, "-o", "-").out.encode() == content == leadscore("compile", model).out.encode()


def test_the_same_meaning_gives_the_same_bytes(leadscore, model, tmp_path):
    before = leadscore("compile", model).out
    text = model.read_text(encoding="utf-8")
    model.write_text("# a comment\n" + text.replace("\n", "\n\n  ").replace("10 days", "240 hours"), encoding="utf-8")
    assert leadscore("compile", model).out == before


def test_a_file_with_errors_gives_no_table_and_leaves_the_old_one(leadscore, tmp_path):
    broken, target = tmp_path / "m.score", tmp_path / "table.json"
    broken.write_text("model m { }\nscore s { rule r { on e add 1 } }\n")
    target.write_text("old")
    result = leadscore("compile", broken, "-o", target)
    assert (result.status, result.out, target.read_text()) == (1, "", "old")
    assert f"leadscore: {broken} can't be used: 1 error" in result.err


def test_hints_are_told_and_stop_nothing(leadscore, tmp_path):
    path = tmp_path / "m.score"
    path.write_text('model m { }\nlead { c: text }\nscore s { rule r { when not c in ["DK"]  add 1 } }\n')
    result = leadscore("compile", path)
    assert (result.status, result.err.startswith("hint[")) == (0, True)
    assert load(result.out.encode()).model == "m"


@pytest.mark.parametrize("target", ["no/table.json", "."])
def test_a_target_that_cannot_be_written_is_status_2(target, leadscore, model, tmp_path):
    for option in ("-o", "--map"):
        result = leadscore("compile", model, option, tmp_path / target)
        assert (result.status, result.out) == (2, "")
        assert "leadscore: " in result.err


def test_the_source_of_a_table_is_never_a_table(leadscore, model, tmp_path):
    target = tmp_path / "table.json"
    leadscore("compile", model, "-o", target)
    result = leadscore("compile", target)
    assert (result.status, "is a compiled table already" in result.err) == (2, True)


def test_a_table_never_overwrites_its_source(leadscore, model, tmp_path):
    before = model.read_bytes()
    for option in ("-o", "--map"):
        assert leadscore("compile", model, option, model).status == 2
    assert leadscore("compile", model, "-o", tmp_path / "x", "--map", tmp_path / "x").status == 2
    assert model.read_bytes() == before


def test_the_map_says_where_everything_is_declared(leadscore, model, tmp_path):
    target, places = tmp_path / "table.json", tmp_path / "table.map.json"
    leadscore("compile", model, "-o", target, "--map", places)
    written = json.loads(places.read_bytes())
    assert (written["format"], written["table"]) == ("leadscore-map", json.loads(target.read_bytes())["hash"])
    found = {tuple(each["what"]): (each["file"], each["line"]) for each in written["places"]}
    lines = model.read_text(encoding="utf-8").split("\n")
    assert "rule pricing" in lines[found["rule", "readiness", "pricing"][1] - 1]
    assert "rule read" in lines[found["rule", "interest[field service]", "read"][1] - 1]
    assert "trigger engage" in lines[found["trigger", "engage"][1] - 1]
    assert {file for file, _ in found.values()} == {str(model)}


# --- show -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "first"), [("tree", "Model demo"), ("program", "program "), ("table", "table ")])
def test_show_writes_a_stage_as_text(what, first, leadscore, model):
    result = leadscore("show", what, model)
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(first)
    assert "pricing" in result.out


def test_show_gives_the_same_text_for_a_rule_file_and_its_table(leadscore, model, tmp_path):
    target = tmp_path / "table.json"
    leadscore("compile", model, "-o", target)
    assert leadscore("show", "table", target).out == leadscore("show", "table", model).out
    result = leadscore("show", "tree", target)
    assert (result.status, "which has no tree" in result.err) == (2, True)


def test_the_tree_of_a_broken_file_shows_what_could_be_read(leadscore, tmp_path):
    path = tmp_path / "m.score"
    path.write_text("model m { }\nscore { }\nevent e { }\n")
    result = leadscore("show", "tree", path)
    assert (result.status, result.out.splitlines()[0], "Event e" in result.out) == (1, "Model m", True)
    assert "error[E1" in result.err
    assert leadscore("show", "table", path).status == 1


def test_showing_what_cannot_be_read_is_status_2(leadscore, tmp_path):
    assert leadscore("show", "table", tmp_path / "none.score").status == 2
    assert leadscore("show", "trees", tmp_path / "none.score").status == 2
