"""Which rule files a command means that takes files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.problem import Problem, reason

SUFFIX = ".score"


def rule_files(paths: Iterable[str]) -> list[str]:
    """The files named, and all `*.score` below the folders named, each once, a folder's in order of their paths.

    A file that is named in two ways is taken by the first. Folders whose name begins with a dot are passed over. Raises
    Problem if a folder can't be read or holds none; a file that can't be read is found out by who reads it."""
    found: dict[str, str] = {}
    for path in paths:
        inside = sorted(_below(path)) if os.path.isdir(path) else [path]  # noqa: PTH112 - `path` may be no path at all
        if not inside:
            raise Problem(f"there is no {SUFFIX} file in {path}")
        for each in inside:
            found.setdefault(os.path.abspath(each), each)  # noqa: PTH100 - `each` may be no path at all
    return list(found.values())


def _below(folder: str) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        raise Problem(f"{error.filename} can't be read: {reason(error)}") from None

    for at, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (str(Path(at, name)) for name in files if name.endswith(SUFFIX) and not name.startswith("."))
