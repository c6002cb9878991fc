"""The hooks for pre-commit say no where they should: each is run as pre-commit would, on the files that it would give.

`.ci/hooks` runs them with pre-commit itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

GIVEN = ROOT / ".pre-commit-hooks.yaml"
STARTER = ROOT / "cli" / "starter" / "dot-pre-commit-config.yaml"
BREAKS = {
    "leadscore-fmt": ("model.score", b"add 40, once", b"add  40, once"),
    "leadscore-check": ("lists/free_mail.txt", b"@gmail.com", b"\xff"),
    "leadscore-prove": ("model.score", b"always readiness <= 200", b"always readiness < 200"),
    "leadscore-test": ("model.score", b"let video_points = 20", b"let video_points = 21"),
}


def hooks(path: Path) -> list[dict[str, Any]]:
    """The hooks in a file of the two forms that pre-commit reads, of which a line holds one member."""
    found: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        member = re.fullmatch(r" *(- )?([a-z_]+): (.+)", line)
        if member is None or member[2] == "repo":
            continue
        if member[1]:
            found.append({})
        value = member[3]
        found[-1][member[2]] = json.loads(value) if value[0] in '["' or value in ("true", "false") else value
    return found


def command(hook: dict[str, Any], folder: Path) -> list[str]:
    """What pre-commit runs for all files of the folder."""
    inside = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    names = [name for name in inside if re.search(hook["files"], name)]
    assert names, "no file of the project wakes the hook"
    return [*hook["entry"].split(), *hook.get("args", []), *(names if hook.get("pass_filenames", True) else [])]


@pytest.mark.parametrize("hook", hooks(GIVEN), ids=lambda hook: hook["id"])
def test_a_hook_passes_what_is_in_order_and_refuses_what_is_not(hook, tmp_path):
    def run(*args: str) -> int:
        line = [sys.executable, "-m", "cli", *args]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
        return subprocess.run(line, cwd=tmp_path / "rules", env=env, capture_output=True, check=False).returncode

    (tmp_path / "rules").mkdir()
    assert run("init") == 0
    name, *args = command(hook, tmp_path / "rules")
    assert name == "leadscore"
    assert run(*args) == 0
    file, old, new = BREAKS[hook["id"]]
    broken = tmp_path / "rules" / file
    assert re.search(hook["files"], file), "the change wakes the hook"
    text = broken.read_bytes()
    assert old in text
    broken.write_bytes(text.replace(old, new))
    if hook["id"] == "leadscore-fmt":
        assert run(*args) == 0
        assert broken.read_bytes() == text, "pre-commit fails a hook that changes a file"
    else:
        assert run(*args) == 1


def test_the_starter_runs_the_same():
    lines = [
        [(hook["id"], hook["files"], " ".join([hook["entry"], *hook.get("args", [])])) for hook in hooks(path)]
        for path in (GIVEN, STARTER)
    ]
    assert lines[0] == lines[1]
    assert {hook["language"] for hook in hooks(GIVEN)} == {"python"}
