"""Opens event files and feeds their lines to a run.

A file may be `-` (standard input) and may be compressed with gzip, which its first bytes tell; a byte order mark at its
beginning is skipped. All files are opened before the first is read, so a name that is wrong costs nothing.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from cli.problem import Problem, reason
from runtime.payloads import PayloadError

WORTH_A_BAR = 4 * 1024 * 1024
"""Bytes from which on reading takes long enough to be watched."""
_STRIDE = 2000
_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Source:
    """`raw` is the file as it lies on the disk, `lines` what is in it; `size` in bytes, None where nobody knows."""

    name: str
    raw: IO[bytes]
    lines: IO[bytes]
    size: int | None


@contextmanager
def opened(paths: Iterable[str]) -> Iterator[list[Source]]:
    """All event files, open until the end of the block. Raises Problem for the first that can't be opened."""
    with ExitStack() as stack:
        yield [_open(path, stack) for path in paths]


def feed(sources: list[Source], take: Callable[[Iterable[bytes]], None]) -> None:
    """Give the lines of each file to `take`, with a progress bar on a terminal. Raises Problem if one is unreadable."""
    with ExitStack() as stack:
        watch = _watch(sources, stack)
        for source in sources:
            try:
                take(source.lines if watch is None else _watched(source, watch))
            except (OSError, EOFError, zlib.error) as error:
                raise _unreadable(source.name, error) from None
            except PayloadError as error:
                raise Problem(f"{source.name} can't be read: {error}") from None


def _unreadable(name: str, error: Exception) -> Problem:
    why = reason(error) if isinstance(error, OSError) else "the compressed data ends too early or is damaged"
    return Problem(f"{name} can't be read: {why}")


def _open(path: str, stack: ExitStack) -> Source:
    name = "standard input" if path == "-" else path
    try:
        raw: IO[bytes] = sys.stdin.buffer
        if path != "-":
            raw = stack.enter_context(Path(path).open("rb"))  # noqa: SIM115 - the stack closes it
        size = _size(raw)
        peeked = _peek(raw)
        lines = raw
        if peeked.startswith(_GZIP):
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=raw))
            lines = cast("IO[bytes]", stack.enter_context(io.BufferedReader(cast("io.RawIOBase", unpacked))))
            peeked = _peek(lines)
        if peeked.startswith(_MARK):
            lines.read(len(_MARK))
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(name, error) from None
    return Source(name, raw, lines, size)


def _peek(file: IO[bytes]) -> bytes:
    peek = getattr(file, "peek", None)
    return peek(3)[:3] if peek is not None else b""


def _size(raw: IO[bytes]) -> int | None:
    try:
        found = os.fstat(raw.fileno())
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _watch(sources: list[Source], stack: ExitStack) -> Callable[[int], None] | None:
    """What to tell of bytes read, or None where nobody watches."""
    sizes = [source.size for source in sources]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    if not sys.stderr.isatty() or (total is not None and total < WORTH_A_BAR):
        return None
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading events"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task("reading events", total=total)
    return lambda count: bar.advance(task, count)


def _watched(source: Source, told: Callable[[int], None]) -> Iterator[bytes]:
    """The lines of a source, telling every so often how many bytes of the file they took."""
    packed = source.raw is not source.lines and source.size is not None
    before = count = 0
    for number, line in enumerate(source.lines, 1):
        count += len(line)
        yield line
        if number % _STRIDE == 0:
            if packed:
                count = source.raw.tell()
            told(count - before)
            before = count
