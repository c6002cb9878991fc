"""OLD and NEW: a file, a compiled table, a revision in git, what is live."""

from __future__ import annotations

import subprocess

import pytest

from cli.models_of import old_side, side
from cli.problem import Problem
from compiler.compile import compile_file
from runtime.table import digest, dump

MODEL = 'import "shared/list.score"\nmodel shop { }\nevent visit { }\nscore s { rule visit { on visit  add 10 } }\n'
LIST = 'set names from "names.txt"\n'


def git(folder, *args):
    said = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com", *args]
    return subprocess.run(said, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """A repository with a model below its top, once committed and then changed."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    folder = tmp_path / "rules"
    (folder / "shared").mkdir(parents=True)
    (folder / "model.score").write_text(MODEL)
    (folder / "shared" / "list.score").write_text(LIST)
    (folder / "shared" / "names.txt").write_text("ada\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    (folder / "model.score").write_text(MODEL.replace("add 10", "add 7"))
    (folder / "shared" / "names.txt").write_text("ada\nben\n")
    monkeypatch.chdir(folder)
    return folder


def points(found):
    return found.table.scores["s"].on[0].points


def test_a_file_is_compiled_as_it_stands_and_a_table_is_read(rules):
    found = side("model.score")
    assert (found.name, points(found), found.places["rule", "s", "visit"][1]) == ("model.score", 7000, 4)
    (rules / "table.json").write_bytes(dump(found.table))
    table = side("table.json")
    assert (table.hash, table.compilation, table.file) == (found.hash, None, "table.json")


def test_the_old_side_is_the_same_file_at_head(rules):
    found = old_side(None, "model.score")
    assert (found.name, points(found)) == ("HEAD:model.score", 10000)
    (rules / "model.score").write_text(MODEL)
    (rules / "shared" / "names.txt").write_text("ada\n")
    assert found.hash == digest(compile_file("model.score").table)


def test_imports_and_lists_are_those_of_the_revision(rules):
    (rules / "shared" / "list.score").unlink()
    assert points(old_side(None, "model.score")) == 10000
    with pytest.raises(Problem) as problem:
        side("model.score")
    assert problem.value.status == 1


def test_what_a_revision_imports_and_does_not_have_is_an_error(rules, capsys):
    (rules / "more.score").write_text('import "later.score"\nmodel more { }\n')
    git(rules, "add", "more.score")
    git(rules, "commit", "-q", "-m", "two")
    (rules / "later.score").write_text("event later { }\n")
    assert side("more.score").table.events.keys() == {"later"}
    with pytest.raises(Problem, match=r"HEAD:more\.score can't be used: 1 error"):
        side("HEAD", "more.score")
    assert "it is not in HEAD" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["HEAD", "HEAD:model.score", "HEAD:rules/model.score"])
def test_a_revision_may_name_the_path_from_here_or_from_the_top(rules, said):
    assert points(side(said, "model.score")) == 10000


def test_a_table_of_a_revision_is_read(rules):
    (rules / "table.json").write_bytes(dump(side("model.score").table))
    git(rules, "add", "table.json")
    git(rules, "commit", "-q", "-m", "two")
    (rules / "table.json").unlink()
    assert points(side("HEAD:table.json")) == 7000


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("HEAD~7", "there is no revision `HEAD~7`"),
        ("mastr", "there is no revision `mastr`"),
        ("HEAD:nowhere.score", "nowhere.score is not in HEAD"),
        ("nowhere.score", "nowhere.score can't be read: no such file"),
        ("live", "`live` is what is live in a stack, and none was named"),
        ("--upload-pack=x:y", "`--upload-pack=x` is not the name of a revision"),
    ],
)
def test_what_is_not_there_is_said(rules, said, message):
    with pytest.raises(Problem) as problem:
        side(said, "model.score")
    assert problem.value.message.startswith(message)


def test_outside_of_git_there_is_nothing_to_compare_with(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.score").write_text("model m { }\n")
    with pytest.raises(Problem, match="is not in a git repository"):
        old_side(None, "model.score")


def test_standard_input_was_at_no_revision():
    with pytest.raises(Problem, match="standard input was at no revision"):
        old_side(None, "-")
