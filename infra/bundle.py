"""Packs the serverless bundle: the runtime alone, and the packages that requirements/runtime.txt locks.

    python -m infra.bundle build/lambda                          # for this machine and this Python
    python -m infra.bundle build/lambda --arch arm64 --python 3.13

The compiler, the parser and what they need stay out: a compiled table is all that the runtime reads. Sources are
compiled beforehand with hashes that are not checked again, because deployment tools set all file dates to one day and
would make dated ones useless; a cold start then spends its time on running the modules alone.
"""

from __future__ import annotations

import argparse
import compileall
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

Install: TypeAlias = Callable[[Path], None]


class BundleError(Exception):
    """The bundle can't be made; the text says why."""


def build(folder: Path, install: Install, python: str = HERE) -> Path:
    """Makes the bundle in `folder` and returns it. `install` puts the locked packages into a folder; `python` is the
    version that will run the bundle. An older bundle there is replaced; raises BundleError if the folder holds
    anything else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "runtime").is_dir() or not (folder / LOCK.name).is_file():
            raise BundleError(f"{folder} is no bundle and not empty: name a new folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "runtime", folder / "runtime", ignore=shutil.ignore_patterns("__pycache__", "*.py[co]"))
    shutil.copy(LOCK, folder / LOCK.name)
    install(folder)
    if python == HERE:
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        if not compileall.compile_dir(folder, quiet=1, force=True, invalidation_mode=unchecked):
            raise BundleError(f"a module in {folder} does not compile on Python {python}")
    return folder


def pip_arguments(folder: Path, arch: str | None, python: str) -> list[str]:
    """What pip is asked: exactly the locked files, for another machine or Python only as ready-made wheels."""
    arguments = ["install", "--quiet", "--disable-pip-version-check", "--no-compile", "--require-hashes", "--no-deps"]
    arguments += ["--target", str(folder), "-r", str(folder / LOCK.name)]
    if arch is None and python == HERE:
        return arguments
    arguments += ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
    if arch is not None:
        tags = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
        arguments += [f"--platform={tag}_{MACHINES[arch]}" for tag in tags]
    return arguments


def with_pip(arch: str | None, python: str) -> Install:
    """An `install` that asks pip; raises BundleError with what pip said if it fails."""

    def install(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", *pip_arguments(folder, arch, python)]
        run = subprocess.run(command, check=False, capture_output=True, text=True)
        if run.returncode:
            raise BundleError(f"pip can't install what {LOCK.name} locks:\n{run.stderr.strip()}")

    return install


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status: 0 done, 2 the bundle can't be made."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundle", description="Packs the runtime for a function.")
    parser.add_argument("folder", type=Path, help="where the bundle goes")
    parser.add_argument("--arch", choices=sorted(MACHINES), help="the function's machine (default: this one's)")
    parser.add_argument("--python", default=HERE, help="the function's Python (default: %(default)s, this one)")
    given = parser.parse_args(argv)
    try:
        folder = build(given.folder, with_pip(given.arch, given.python), given.python)
    except BundleError as error:
        print(error, file=sys.stderr)
        return 2
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
