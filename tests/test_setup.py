"""What a fresh machine meets: the locks, the set-up, the Makefile, the packed distribution."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

LOCKS = ["bench", "dev", "lambda", "run", "runtime"]
APART = ["checkov", "emulator", "ministack", "sam", "spark"]
"""Locks of environments of their own: .ci/tools."""


def pins(root: Path, lock: str) -> dict[str, tuple[str, int]]:
    """Each package of a lock file with its version and its number of hashes."""
    text = (root / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = [(line, re.match(r"([a-z0-9-]+)==(\S+) ", line)) for line in lines]
    assert [line for line, pin in found if pin is None] == []
    return {pin[1]: (pin[2], line.count("--hash=sha256:")) for line, pin in found if pin}


@pytest.mark.parametrize("lock", [*LOCKS, *APART])
def test_each_package_of_a_lock_has_one_version_and_its_hashes(root: Path, lock: str) -> None:
    locked = pins(root, lock)
    assert locked
    assert [name for name, (_, hashes) in locked.items() if hashes < 1] == []


@pytest.mark.parametrize("lock", [*LOCKS, *APART])
def test_a_lock_names_no_address(root: Path, lock: str) -> None:
    text = (root / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert re.search(r"^-", text, re.MULTILINE) is None


def test_the_locks_agree_on_every_version(root: Path) -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, (version, _) in pins(root, lock).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_the_locks_hold_what_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = {
        "run": [*project["project"]["dependencies"], *project["build-system"]["requires"]],
        "dev": [
            *project["project"]["dependencies"],
            *project["build-system"]["requires"],
            *extras["aws"],
            *extras["plot"],
            *extras["docs"],
            *extras["lsp"],
            *extras["prove"],
            *extras["test"],
        ],
        "lambda": extras["aws"],
        "bench": [*project["project"]["dependencies"], *extras["bench"]],
    }
    for lock, ranges in asked.items():
        names = {re.split(r"[^A-Za-z0-9_.-]", wanted)[0].lower() for wanted in ranges}
        assert names - pins(root, lock).keys() == set(), lock


def test_the_runtime_needs_no_more_than_its_own_lock(root: Path) -> None:
    assert pins(root, "runtime").keys() == {"msgspec"}


def test_every_target_of_the_makefile_is_one_line(root: Path) -> None:
    lines = (root / "Makefile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("\t") or line.endswith("\\")] == []
    targets = {line.split(":")[0] for line in lines if re.match(r"[a-z]+:(?!=)", line)}
    assert targets >= {"demo", "test", "bench", "lock", "fmt", "clean"}


def test_an_older_python_is_told_what_is_needed(root: Path, tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(root / ".ci" / "setup", tmp_path / ".ci" / "setup")
    old = tmp_path / "bin"
    old.mkdir()
    for name in ("python3", "python"):
        (old / name).write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1 || exit 1\n', encoding="utf-8")
        (old / name).chmod(0o755)
    for tool in ("bash", "dirname", "rm", "sh", "env"):
        (old / tool).symlink_to(str(shutil.which(tool)))
    env = {"PATH": str(old), "HOME": str(tmp_path)}
    run = subprocess.run([tmp_path / ".ci" / "setup"], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "leadscore needs Python 3.11 or newer, and none was found: Python 3.9.1" in run.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"dsl/grammar.lark", "runtime/table.py", "cli/main.py", "compiler/compile.py"} <= set(names)
    assert "compiler/library/segment.score" in names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"dsl", "compiler", "runtime", "insight", "cli"}
    assert [name for name in names if name.endswith(".pyc")] == []


def test_the_wheel_starts_a_project_that_is_in_order(wheel: Path, tmp_path: Path) -> None:
    installed, project = tmp_path / "installed", tmp_path / "project"
    zipfile.ZipFile(wheel).extractall(installed)
    env = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}

    def run(*args: str) -> str:
        command = [sys.executable, "-m", "cli", *args]
        return subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True, text=True).stdout

    where = "import cli; print(cli.__path__[0])"
    found = subprocess.run([sys.executable, "-c", where], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert found.stdout.strip() == str(installed / "cli")
    run("init", str(project))
    assert run("check", str(project)) == "2 files checked: all is well\n"
    run("test", str(project))


def leadscore(*args: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("leadscore", path=str(Path(sys.executable).parent))
    assert command, "set-up installs the command beside the interpreter"
    return subprocess.run([command, *args], capture_output=True, text=True, check=False, env=dict(os.environ))


def test_the_command_ends_with_the_status_of_its_answer(tmp_path: Path) -> None:
    good = tmp_path / "good.score"
    good.write_text("model m { }\nevent ping { }\nscore s { rule r { on ping add 1, once } }\n", encoding="utf-8")
    bad = tmp_path / "bad.score"
    bad.write_text("model m { }\nscore s { rule r { on nothing add 1 } }\n", encoding="utf-8")
    assert leadscore("check", str(good)).returncode == 0
    assert leadscore("check", str(bad)).returncode == 1
    assert leadscore("check", str(tmp_path / "none.score")).returncode == 2
    assert leadscore("no-such-command").returncode == 2


def test_rewriting_golden_files_is_refused_in_ci(root: Path) -> None:
    pytest_run = [sys.executable, "-m", "pytest", "--rewrite-goldens", "--collect-only", "-q", "tests/test_setup.py"]
    run = subprocess.run(
        pytest_run, cwd=root, capture_output=True, text=True, check=False, env={**os.environ, "CI": "1"}
    )
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "golden files are never rewritten in CI" in run.stderr
