"""A MODEL that can't be used: errors in a rule file are status 1, what is no model or can't be read is status 2."""

from __future__ import annotations

import json
import os
import threading

import pytest

from runtime.table import dump, load


@pytest.fixture
def table(leadscore, model, tmp_path):
    path = tmp_path / "table.json"
    assert leadscore("compile", model, "-o", path).status == 0
    return path


def refused(leadscore, path, history, status):
    """What each command says of a model that it refuses."""
    said = set()
    for argv in (["score", path], ["accounts", path], ["segment", path, "hottest"]):
        result = leadscore(*argv, "--events", history)
        assert (result.status, result.out) == (status, "")
        assert "Traceback" not in result.err
        said.add(result.err)
    assert len(said) == 1
    return said.pop()


def test_a_rule_file_with_errors_is_status_1_with_its_diagnostics(leadscore, history, tmp_path):
    path = tmp_path / "m.score"
    path.write_text("model m { }\nscore s { rule r { on nothing add 1 } }\n")
    said = refused(leadscore, path, history, 1)
    assert f"--> {path}:2:" in said
    assert f"leadscore: {path} can't be used: 1 error" in said


def test_a_missing_import_is_status_1_and_a_missing_model_is_status_2(leadscore, history, tmp_path):
    path = tmp_path / "m.score"
    path.write_text('import "none.score"\nmodel m { }\n')
    assert "none.score" in refused(leadscore, path, history, 1)
    gone = tmp_path / "gone.score"
    assert refused(leadscore, gone, history, 2) == f"leadscore: {gone} can't be read: no such file or directory\n"


@pytest.mark.parametrize("name", [".", "m\0.score", "x" * 300])
def test_what_is_no_file_is_status_2(name, leadscore, history, tmp_path):
    refused(leadscore, str(tmp_path / name), history, 2)


def test_a_file_without_a_model_is_status_1(leadscore, history, tmp_path):
    path = tmp_path / "part.score"
    path.write_text("")
    assert "has no `model`" in refused(leadscore, path, history, 1)


def test_events_in_place_of_the_model_are_told_so(leadscore, history):
    assert "is not a rule table" in refused(leadscore, history, history, 2)


def test_of_many_errors_the_first_ten_are_shown(leadscore, history, tmp_path):
    path = tmp_path / "m.score"
    path.write_text("model m { }\n" + "".join(f"score s{n} {{ rule r {{ on e{n} add 1 }} }}\n" for n in range(25)))
    said = refused(leadscore, path, history, 1)
    assert said.count("error[") == 10
    assert f"25 errors\n  hint: `leadscore check {path}` shows them all" in said
    assert leadscore("check", path).err.count("error[") == 25


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("10000", "90000", 1),
        lambda text: text.replace('"hash":"sha256:', '"hash":"sha256:0', 1),
        lambda text: text.replace('"hash"', '"hush"', 1),
        lambda text: text.replace("leadscore-table", "leadscore-cable"),
        lambda text: text.replace('"version":1', '"version":"1"'),
        lambda text: "{}",
        lambda text: "{",
        lambda text: "",
        lambda text: "[1]",
        lambda text: '{"a":' * 100_000,
        lambda text: '{"format":"leadscore-table","version":NaN}',
    ],
)
def test_a_damaged_or_foreign_table_is_status_2(damage, leadscore, table, history):
    table.write_text(damage(table.read_text(encoding="utf-8")), encoding="utf-8")
    said = refused(leadscore, table, history, 2)
    assert str(table) in said
    assert "compile" in said
    assert len(said.splitlines()) == 1


def test_a_table_that_is_not_utf8_is_status_2(leadscore, table, history):
    table.write_bytes(table.read_bytes().replace(b"demo", b"dem\xff"))
    assert "is not a rule table" in refused(leadscore, table, history, 2)


def test_a_table_of_a_newer_format_is_told_to_need_a_newer_leadscore(leadscore, table, history):
    table.write_text(table.read_text(encoding="utf-8").replace('"version":1', '"version":2'), encoding="utf-8")
    assert "update leadscore" in refused(leadscore, table, history, 2)


def test_a_table_is_known_by_its_content_whatever_it_is_called(leadscore, table, model, history, tmp_path):
    renamed = tmp_path / "demo.table"
    renamed.write_bytes(b" \n" + table.read_bytes())
    whole = leadscore("score", model, "--events", history, "--json").out
    assert leadscore("score", renamed, "--events", history, "--json").out == whole


def test_a_table_spelled_otherwise_is_the_same_table(leadscore, table, model, history):
    table.write_text(json.dumps(json.loads(table.read_text()), indent=2, ensure_ascii=True))
    assert load(table.read_bytes()) == load(dump(load(table.read_bytes())))
    whole = leadscore("score", model, "--events", history, "--json").out
    assert leadscore("score", table, "--events", history, "--json").out == whole


def test_a_rule_file_may_come_through_a_pipe(leadscore, model, history, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(model.read_bytes()))
    writer.start()
    whole = leadscore("score", model, "--events", history, "--json").out
    assert leadscore("score", pipe, "--events", history, "--json").out == whole
    writer.join(120)
