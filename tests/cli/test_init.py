"""`leadscore init`: a project that is in order from the first minute, or nothing at all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.init import FILES
from compiler.compile import compile_file


@pytest.fixture
def project(tmp_path, leadscore):
    assert leadscore("init", tmp_path / "scoring").status == 0
    return tmp_path / "scoring"


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_project_is_in_order(project, leadscore, monkeypatch):
    monkeypatch.chdir(project)
    assert written(project) == set(FILES)
    assert leadscore("check", ".").out == "2 files checked: all is well\n"
    assert leadscore("fmt", "--check", ".").status == 0
    assert leadscore("test", ".", "--coverage", "--min", "95%").status == 0
    proved = leadscore("prove", ".", "--format", "json")
    assert proved.status == 0
    assert compile_file("model.score").table.model == "scoring"


def test_its_events_are_all_taken_and_show_every_stage_of_a_lead(project, leadscore):
    given = leadscore("score", project / "model.score", "--events", project / "events.jsonl", "--strict", "--json")
    assert given.status == 0
    assert [(each["lead"], each["stage"], each["bands"]["readiness"]) for each in given.lines] == [
        ("jonas", "engaged", "warm"),
        ("kim", "visitor", "cold"),
        ("mira", "accepted", "hot"),
        ("山田", "engaged", "warm"),
    ]


def test_the_rules_pass_through_their_own_script(project):
    bin = project.parent / "bin"
    bin.mkdir()
    (bin / "leadscore").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n', encoding="utf-8")
    (bin / "leadscore").chmod(0o755)
    root = Path(__file__).resolve().parents[2]
    env = {
        **os.environ,
        "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root),
        "GITHUB_ACTIONS": "",
    }

    def run():
        return subprocess.run(
            [project / "ci.sh"], env=env, cwd=project.parent, capture_output=True, text=True, check=False
        )

    good = run()
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "all in order"), good
    model = project / "model.score"
    model.write_text(model.read_text(encoding="utf-8").replace("add 40, once", "add  41, once"), encoding="utf-8")
    bad = run()
    assert (bad.returncode, bad.stderr.splitlines()[-1]) == (1, "not in order: fmt test"), bad


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("b2b-saas", "b2b_saas"),
        ("Über uns", "Über_uns"),
        ("2026 rules", "model_2026_rules"),
        ("हिन्दी", "हिन्दी"),
        ("...", "my_model"),
        ("score", "score"),
    ],
)
def test_the_model_is_called_after_the_folder(folder, name, tmp_path, leadscore):
    result = leadscore("init", tmp_path / folder)
    assert result.out.startswith(f"the model {name}: "), result
    assert compile_file(tmp_path / folder / "model.score").table.model == name
    assert f"# {name}: " in (tmp_path / folder / "README.md").read_text(encoding="utf-8")


def test_a_name_may_be_given_and_must_be_one(tmp_path, leadscore):
    assert leadscore("init", tmp_path / "a", "--name", "Kunden").status == 0
    assert compile_file(tmp_path / "a" / "model.score").table.model == "Kunden"
    refused = leadscore("init", tmp_path / "b", "--name", "two words")
    assert refused.status == 2
    assert "can't be called `two words`" in refused.err
    assert refused.err.endswith(": `two_words`\n")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("path", [*FILES, "lists", ".github/workflows"])
def test_nothing_is_written_where_anything_is_in_the_way(path, tmp_path, leadscore):
    taken = tmp_path / path
    taken.parent.mkdir(parents=True, exist_ok=True)
    taken.write_text("mine", encoding="utf-8")
    before = written(tmp_path)
    result = leadscore("init", tmp_path)
    assert (result.status, result.out) == (2, "")
    assert f"in the way in {tmp_path}: {path}" in result.err
    assert written(tmp_path) == before
    assert taken.read_text(encoding="utf-8") == "mine"


def test_a_link_that_leads_nowhere_is_in_the_way_too(tmp_path, leadscore):
    (tmp_path / "model.score").symlink_to(tmp_path / "elsewhere")
    assert leadscore("init", tmp_path).status == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_is_no_folder_to_write_to(model, leadscore):
    result = leadscore("init", model)
    assert result.status == 2
    assert "is no folder" in result.err


def test_what_was_written_before_a_failure_is_taken_back(tmp_path, leadscore, monkeypatch):
    kept = Path.open

    def full(path, mode="r", *args, **more):
        if path.name == "ci.sh" and mode == "xb":
            raise OSError(28, "No space left on device", str(path))
        return kept(path, mode, *args, **more)

    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(Path, "open", full)
    for folder in ("here", "new/below"):
        result = leadscore("init", tmp_path / folder)
        assert result.status == 2
        assert "nothing was written" in result.err
        assert "no space left on device" in result.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["here", "mine.txt"]


def test_whoever_has_a_repository_around_it_is_told_what_to_move(tmp_path, leadscore):
    (tmp_path / ".git").mkdir()
    assert f"{tmp_path} is a repository" in leadscore("init", tmp_path / "scoring").out
    assert "is a repository" not in leadscore("init", tmp_path).out


def test_the_next_steps_can_be_pasted(tmp_path, leadscore, monkeypatch):
    monkeypatch.chdir(tmp_path)
    steps = re.findall(r"^  (.*)$", leadscore("init", "my rules").out, re.MULTILINE)
    assert steps[0] == "cd 'my rules'"
    monkeypatch.chdir(tmp_path / "my rules")
    for step in steps[1:]:
        if step.startswith("leadscore "):
            assert leadscore(*step.split()[1:]).status == 0, step
