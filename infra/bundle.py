"""Packs the serverless bundle: the runtime alone, and the packages that requirements/lambda.txt locks.

    python -m infra.bundle build/lambda                          # for this machine and this Python
    python -m infra.bundle build/lambda --arch arm64 --python 3.13

The compiler, the parser and what they need stay out: a compiled table is all that the runtime reads. Sources are
compiled beforehand with hashes that are not checked again, because deployment tools set all file dates to one day and
would make dated ones useless; a cold start then spends its time on running the modules alone.

Beside the folder lies the same as an archive. The locks fix what is in it, and names are sorted, dates and rights set,
marks of the installation removed: two builds by the same Python are the same bytes, so that the hash of what runs tells
from which sources it was made.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "lambda.txt"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
SERVICES = {"dynamodb", "dynamodbstreams", "events", "s3", "sqs"}
"""The services that functions call: what botocore knows of all others is nine tenths of its size."""
TASK = "/var/task"
"""Where Lambda unpacks the bundle: what tracebacks name."""
_MARKS = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")
_COMPILE = """
import compileall, py_compile, sys
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
how = {"stripdir": sys.argv[1], "prependdir": sys.argv[2], "invalidation_mode": unchecked}
sys.exit(not compileall.compile_dir(sys.argv[1], quiet=1, force=True, **how))
"""

Install: TypeAlias = Callable[[Path], None]


class BundleError(Exception):
    """The bundle can't be made; the text says why."""


def build(folder: Path, install: Install, python: str = HERE) -> Path:
    """Makes the bundle in `folder`, and `folder`.zip; returns the folder. `install` puts the locked packages into a
    folder; `python` is the version that will run the bundle. An older bundle there is replaced; raises BundleError if
    the folder holds anything else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "runtime").is_dir() or not (folder / LOCK.name).is_file():
            raise BundleError(f"{folder} is no bundle and not empty: name a new folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "runtime", folder / "runtime", ignore=shutil.ignore_patterns("__pycache__", "*.py[co]"))
    shutil.copyfile(LOCK, folder / LOCK.name)
    install(folder)
    prune(folder)
    compile_all(folder, python)
    archive(folder, archive_of(folder))
    return folder


def prune(folder: Path) -> None:
    """Removes what no function reads: commands, marks of the installation, descriptions of services not called."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    for info in folder.glob("*.dist-info"):
        for name in _MARKS:
            (info / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "boto3" / "examples", ignore_errors=True)
    for package in ("boto3", "botocore"):
        for service in (folder / package / "data").glob("*/"):
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)


def compile_all(folder: Path, python: str) -> None:
    """Compiles each module in place, with the Python that will run it; where that is not installed, a cold start
    compiles what it needs. Raises BundleError if a module does not compile."""
    interpreter = interpreter_of(python)
    if interpreter is None:
        return
    command = [interpreter, "-c", _COMPILE, str(folder), TASK]
    # The order of sets is part of what is compiled: the same seed for every build.
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    run = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    if run.returncode:
        raise BundleError(
            f"a module in {folder} does not compile on Python {python}:\n{run.stdout}{run.stderr}".strip()
        )


def interpreter_of(python: str) -> str | None:
    """The command that runs this version of Python here, None if there is none."""
    if python == HERE:
        return sys.executable
    found = shutil.which(f"python{python}")
    if found is None or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode:
        return None
    return found


def archive_of(folder: Path) -> Path:
    """Where the archive of a bundle lies."""
    return folder.with_name(folder.name + ".zip")


def archive(folder: Path, path: Path) -> None:
    """Writes the files of a folder into a zip archive that depends on their names and contents alone."""
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in files:
            entry = zipfile.ZipInfo(name)  # dated 1980-01-01
            entry.create_system = 3  # Unix, whose rights follow
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, (folder / name).read_bytes(), compresslevel=9)


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
    parser.add_argument("folder", type=Path, help="where the bundle goes; the archive goes beside it")
    parser.add_argument("--arch", choices=sorted(MACHINES), help="the function's machine (default: this one's)")
    parser.add_argument("--python", default=HERE, help="the function's Python (default: %(default)s, this one)")
    given = parser.parse_args(argv)
    try:
        folder = build(given.folder, with_pip(given.arch, given.python), given.python)
    except BundleError as error:
        print(error, file=sys.stderr)
        return 2
    print(told(folder))
    return 0


def told(folder: Path) -> str:
    """The sizes of a bundle, and the hash by which it is known again."""
    packed = archive_of(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    return f"{packed}: {packed.stat().st_size / 1e6:.1f} MB, {size / 1e6:.1f} MB unpacked, sha256 {digest}"


if __name__ == "__main__":
    sys.exit(main())
