"""How the compiled functions are compiled: once for each machine, and kept on the disk.

numba looks at the file of a function to see whether what it kept is still good, and not at the files of the functions
that this one calls. So what it keeps goes into a folder that is named after the sources of them all.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

_HERE = Path(__file__).parent
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_njit: Any = numba.njit
_config: Any = numba.config

compiled: Callable[..., Any] = _njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)
"""Compiles what only compiled functions call."""


def entry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles what Python calls, and keeps it."""
    if not os.environ.get("NUMBA_CACHE_DIR"):
        _config.CACHE_DIR = str(_folder(function.__code__.co_filename))
    made: Callable[..., Any] = _njit(cache=True, **_OPTIONS)(function)
    return made


def _folder(source: str) -> Path:
    """Where the functions of a file are kept: for its source and those that it imports, this Python and this numba."""
    seen = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted(_sources(Path(source), set())):
        seen.update(path.read_bytes())
    return _kept() / f"numba-{seen.hexdigest()[:16]}"


def _sources(path: Path, found: set[Path]) -> set[Path]:
    if path not in found and path.exists():
        found.add(path)
        for name in re.findall(
            r"^from insight\.columns\.([a-z.]+) import", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            _sources(_HERE.parent / f"{name.replace('.', '/')}.py", found)
    return found


def _kept() -> Path:
    """The user's own folder for what can be made again; a temporary one where it can't be written to."""
    given = os.environ.get("XDG_CACHE_HOME")
    for folder in (Path(given) if given else Path("~/.cache").expanduser(), Path(tempfile.gettempdir())):
        place = folder / (f"leadscore-{os.getuid()}" if folder == Path(tempfile.gettempdir()) else "leadscore")
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place
    return Path(tempfile.mkdtemp(prefix="leadscore-"))
