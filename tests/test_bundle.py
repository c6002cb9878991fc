"""The serverless bundle starts and scores where neither the parser nor the compiler can be imported."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bundle


def from_here(folder: Path) -> None:
    """Puts the locked packages into the folder as they are installed here: the same files, without a registry."""
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", bundle.LOCK.read_text(encoding="utf-8"), re.MULTILINE):
        distribution = importlib.metadata.distribution(name)
        assert distribution.version == version, "the lock and the environment differ: run make setup"
        for file in distribution.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle.build(tmp_path_factory.mktemp("bundle") / "lambda", from_here)


def alone(packed: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with the bundle and the standard library as its whole world."""
    start = f"import sys; sys.path.insert(0, {str(packed)!r})\n"
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", start + program, *arguments]
    return subprocess.run(command, cwd=packed, capture_output=True, text=True, check=False)


def test_the_bundle_holds_the_runtime_and_its_locked_packages_only(packed: Path) -> None:
    assert {path.name for path in packed.iterdir() if ".dist-info" not in path.name} == {
        "msgspec",
        "runtime",
        "runtime.txt",
    }


@pytest.mark.parametrize("name", ["lark", "pydantic", "click", "rich", "dsl", "compiler", "cli"])
def test_the_bundle_knows_nothing_of_the_compiler(packed: Path, name: str) -> None:
    run = alone(packed, f"import {name}")
    assert f"No module named '{name}'" in run.stderr


def test_every_module_of_the_runtime_starts_in_the_bundle(packed: Path, root: Path) -> None:
    names = [
        ".".join(path.relative_to(root).with_suffix("").parts) for path in sorted((root / "runtime").rglob("*.py"))
    ]
    assert "runtime.table" in names
    run = alone(packed, "import importlib\nfor name in sys.argv[1:]: importlib.import_module(name)", *names)
    assert run.stderr == ""


def test_the_compiled_files_of_the_bundle_are_taken_without_a_look_at_their_dates(packed: Path) -> None:
    compiled = list((packed / "runtime").rglob("*.pyc"))
    assert compiled
    # The second word of a .pyc: bit 0 says that it goes by a hash, bit 1 that the hash is checked.
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {0b01}


def test_a_new_bundle_replaces_an_older_one(tmp_path: Path) -> None:
    folder = bundle.build(tmp_path / "lambda", lambda _: None)
    (folder / "runtime" / "gone.py").write_text("", encoding="utf-8")
    bundle.build(folder, lambda _: None)
    assert not (folder / "runtime" / "gone.py").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    assert bundle.main([str(tmp_path)]) == 2
    assert "is no bundle and not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_machine_gets_ready_made_wheels_only(tmp_path: Path) -> None:
    arguments = bundle.pip_arguments(tmp_path, "arm64", "3.13")
    assert {"--require-hashes", "--only-binary=:all:", "--python-version=3.13"} <= set(arguments)
    assert "--platform=manylinux2014_aarch64" in arguments


def test_a_package_that_pip_refuses_ends_the_build_with_what_pip_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "runtime.txt"
    lock.write_text("msgspec==0.22.0\n", encoding="utf-8")  # no hash
    monkeypatch.setattr(bundle, "LOCK", lock)
    with pytest.raises(bundle.BundleError, match="Hashes are required"):
        bundle.build(tmp_path / "lambda", bundle.with_pip(None, bundle.HERE))
