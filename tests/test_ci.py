"""What a new project and docs/ci.md give to build servers: one text in both places, and it does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.init import FILES
from cli.main import COMMANDS
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "ci.md"
STARTER = ROOT / "cli" / "starter"
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHARED = ["ci.sh", ".github/workflows/rules.yml", "requirements.txt", ".pre-commit-config.yaml"]


@pytest.mark.parametrize("name", SHARED)
def test_the_page_shows_what_a_new_project_has(name: str) -> None:
    shown = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    assert shown[name] == (STARTER / FILES[name]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SHARED, "README.md"])
def test_all_commands_that_are_run_are_there(name: str) -> None:
    text = (STARTER / FILES[name]).read_text(encoding="utf-8")
    called = set(re.findall(r"(?:^|step |run: |entry: )leadscore ([a-z]+)", text, re.MULTILINE))
    called |= set(re.findall(r"^step ([a-z]+)", text, re.MULTILINE))
    assert called <= set(COMMANDS)
    assert called or name == "requirements.txt"


@pytest.fixture
def script(tmp_path: Path):
    """Runs the script with the command on the path; gives its status and what it said."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "leadscore").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n', encoding="utf-8")
    (bin / "leadscore").chmod(0o755)
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"

    def run(*args: object, **more: str) -> tuple[int, str]:
        env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "GITHUB_ACTIONS": ""} | more
        command = ["sh", str(STARTER / "ci.sh"), *map(str, args)]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_example_passes_the_script(script, tmp_path: Path) -> None:
    status, said = script(ROOT / "examples" / "saas_trial", JUNIT="junit.xml", MIN="60%")
    assert status == 0, said
    assert "all in order" in said
    assert (tmp_path / "junit.xml").read_text(encoding="utf-8").count("<testcase ") == 5


def test_everything_that_is_wrong_is_told_in_one_run_and_annotated(script, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "one.score").write_text(
        "model one { }\nevent e { }\nscore s { rule r { on f  add 1 } }\n", encoding="utf-8"
    )
    (rules / "two.score").write_text(
        "model two { }\nevent e { }\nscore s {\n  range 0..9\n  rule r { on e  add 1, once }\n}\n"
        'test "two" { at 2026-01-05 e { } expect s = 2 }\nassert "two" { always s <= 0 }\n',
        encoding="utf-8",
    )
    status, said = script("rules", GITHUB_ACTIONS="true")
    assert status == 1
    assert said.splitlines()[-1] == "not in order: check fmt test prove"
    assert "::error file=rules/one.score,line=3," in said
    assert "::error file=rules/two.score,line=8," in said
    for title in ("leadscore E215", "leadscore fmt", "test two"):
        assert f",title={title}::" in said
