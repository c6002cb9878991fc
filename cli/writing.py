"""Writes a result file so that it is there whole or not at all.

The bytes go to a temporary file in the same folder, reach the disk, and take the name in one step; a file that was
there before stays until then. What is no ordinary file (a pipe, a device) is written to directly.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from cli.problem import Problem, reason


def check_outputs(inputs: Iterable[str | None], outputs: Mapping[str, str | None]) -> None:
    """Raises Problem if an output can't be written, or would overwrite an input or another output; `outputs` are by the
    option that names them. To be called before work whose result would be lost."""
    for path in outputs.values():
        if path is not None and path != "-":
            check_writable(path)
    check_apart(inputs, outputs)


def check_apart(inputs: Iterable[str | None], outputs: Mapping[str, str | None]) -> None:
    """Raises Problem if an output would overwrite an input or another output, whether they are there yet or not."""
    taken = {os.path.realpath(path) for path in inputs if path is not None and path != "-"}
    for option, path in outputs.items():
        if path is None or path == "-":
            continue
        real = os.path.realpath(path)
        if real in taken and not _is_special(path):
            raise Problem(f"{option} {path} would overwrite a file that this command uses", hint="name another file")
        taken.add(real)


def check_writable(path: str) -> None:
    """Raises Problem if `path` can't be written."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise Problem(f"{path} is a folder, not a file")
    if not target.parent.is_dir():
        raise Problem(f"{path} can't be written: there is no folder {target.parent}")
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise Problem(f"{path} can't be written: permission denied")


def write_lines(path: str, lines: Iterable[str]) -> None:
    """Write lines, each ended by a line break, in UTF-8. Raises Problem."""
    try:
        if _is_special(path):
            with Path(path).open("wb") as file:
                file.writelines(_encoded(lines))
        else:
            _replace(Path(os.path.realpath(path)), lines)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Problem(f"{path} can't be written: {reason(error)}") from None


def _is_special(path: str) -> bool:
    try:
        return not stat.S_ISREG(Path(path).stat().st_mode)
    except FileNotFoundError:
        return False


def _replace(target: Path, lines: Iterable[str]) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.writelines(_encoded(lines))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself reach the disk, where the system can do so."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encoded(lines: Iterable[str]) -> Iterable[bytes]:
    for line in lines:
        yield line.encode() + b"\n"
