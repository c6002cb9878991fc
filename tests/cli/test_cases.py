"""`leadscore test` with a test for each line of a table."""

from __future__ import annotations

import json

import pytest

MODEL = """model m {}
event visit { path: text required }
score s { rule price { on visit where path = "/pricing"  add 10 } }
test "visit of {path}" for each line of "cases.csv" {
  at 2026-03-02  visit { path: line.path }
  expect s = line.points
}
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.score"
    path.write_text(MODEL, encoding="utf-8")

    def with_table(text: str):
        (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
        return path

    return with_table


def test_each_line_is_a_test_and_one_that_fails_shows_its_line(model, leadscore):
    result = leadscore("test", model("path,points\n/pricing,10\n/,5\n"))
    assert result.status == 1
    assert "  pass   visit of /pricing\n  FAIL   visit of /\n" in result.out
    assert "cases.csv:3:1\n3 | /,5\n  | ^^^\n" in result.out
    assert "expected  s = 5, at 2026-03-02T00:00:00Z\ngot       s = 0\n" in result.out
    assert "2 tests in 1 file: 1 passed, 1 failed" in result.out


def test_the_json_of_a_case_says_which_line_it_is(model, leadscore):
    path = model("path,points\n/pricing,10\n\n/,0\n")
    result = leadscore("test", path, "--json")
    told = [json.loads(line) for line in result.out.splitlines()]
    assert result.status == 0
    assert [(each["test"], each["line"], each["case"]) for each in told] == [
        ("visit of /pricing", 4, {"file": str(path.parent / "cases.csv"), "line": 2}),
        ("visit of /", 4, {"file": str(path.parent / "cases.csv"), "line": 4}),
    ]


def test_cases_are_chosen_by_their_names(model, leadscore):
    result = leadscore("test", model("path,points\n/pricing,10\n/,0\n"), "--filter", "visit of /p*")
    assert "1 test in 1 file: 1 passed, 1 left out" in result.out


def test_a_cell_that_can_not_be_read_is_told_where_it_stands(model, leadscore):
    path = model("path;points\n/pricing;ten\n")
    for command in ("test", "check"):
        result = leadscore(command, path)
        assert result.status == 1
        assert "error[E338]: `ten` is not a number" in result.err
        assert f"--> {path.parent / 'cases.csv'}:2:10" in result.err
    found = json.loads(leadscore("check", "--format", "json", path).out)
    assert (found["file"], found["line"], found["column"]) == (str(path.parent / "cases.csv"), 2, 10)
