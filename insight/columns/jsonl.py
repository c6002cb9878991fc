"""JSON lines as chunks: the bytes of event files, read by the compiled scanner.

Whatever can't be mapped into memory - standard input, compressed files - is first written to a temporary file, as lines
may be asked for again: to say why one was rejected, or whether two of one pair say the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from insight.columns.chunks import Chunk
from insight.columns.kernel.scanning import QUICK, SLOW, copied, hash_pairs, scan
from insight.columns.layout import FIRST_CODE
from insight.columns.reading import Judge
from runtime.intake import LONGEST
from runtime.values import read_fraction

CHUNK = 64 * 1024 * 1024
"""Bytes that are read at a time."""

_decode = msgspec.json.Decoder(float_hook=read_fraction).decode
_NO_TOKEN = object()


class JsonLines:
    """The lines of files of JSON lines, or `data`, the bytes of one. A byte order mark at the beginning of a file is
    skipped, and a line break at its end may be missing."""

    def __init__(self, data: NDArray[Any] | None = None, paths: Sequence[Path] = (), chunk: int = CHUNK) -> None:
        self.paths, self.step = list(paths), chunk
        self.files: list[NDArray[Any]] = [] if data is None else [data]
        self.files += [mapped(path) for path in self.paths]
        self._place()

    def _place(self) -> None:
        self.firsts = [0]
        for file in self.files:
            self.firsts.append(self.firsts[-1] + len(file) + 1)

    def __getstate__(self) -> tuple[list[Path], int]:
        return self.paths, self.step

    def __setstate__(self, state: tuple[list[Path], int]) -> None:
        """In another process: the files are mapped there anew."""
        self.paths, self.step = state
        self.files = [mapped(path) for path in self.paths]
        self._place()

    def size(self) -> int:
        """About how many lines there are."""
        return sum(len(file) for file in self.files) // 200

    def stretches(self) -> list[tuple[int, int, int]]:
        """(file, first byte, last byte), so many bytes at a time."""
        found = []
        for number, file in enumerate(self.files):
            at = 3 if bytes(file[:3]) == b"\xef\xbb\xbf" else 0
            while at < len(file):
                end = _end_of_line(file, min(at + self.step, len(file)))
                found.append((number, at, end))
                at = end
        return found

    def read(self, judge: Judge, stretch: tuple[int, int, int]) -> Chunk:
        number, at, end = stretch
        return read(judge, np.asarray(self.files[number][at:end]), self.firsts[number] + at)

    def fetch(self, number: int) -> bytes:
        """The line that begins at that place."""
        at = bisect_right(self.firsts, number) - 1
        file, number = self.files[at], number - self.firsts[at]
        return bytes(file[number : _end_of_line(file, number + 1)])


def mapped(path: Path) -> NDArray[Any]:
    """The bytes of a file, in memory as far as they are read."""
    if path.stat().st_size == 0:
        return np.empty(0, np.uint8)
    return np.memmap(path, dtype=np.uint8, mode="r")


def _end_of_line(data: NDArray[Any], at: int) -> int:
    """The first place from `at` on that is behind a line break."""
    while at < len(data):
        breaks = np.flatnonzero(np.asarray(data[at - 1 : at - 1 + 65536]) == 10)
        if len(breaks):
            return at + int(breaks[0])
        at += 65535
    return len(data)


def read(judge: Judge, buf: NDArray[Any], first: int) -> Chunk:
    """The lines in `buf`, which begins at place `first` of the whole."""
    program = judge.program
    columns = len(program.columns)
    count = int(np.count_nonzero(buf == 10)) + 1
    bounds, status = np.empty((count, 2), np.int64), np.empty(count, np.uint8)
    found, codes = np.zeros((count, 6), np.int64), np.zeros((max(columns, 1), count), np.int32)
    counts = np.full(columns + 3, FIRST_CODE, np.int64)
    counts[columns:] = 0
    names, starts = _names(list(program.columns))
    kinds, kind_starts = _names(judge.kinds)
    latest = judge.intake.latest
    entries = scan(buf, latest, names, starts, kinds, kind_starts, LONGEST, bounds, status, found, codes, counts)
    if len(buf) and buf[-1] == 10:
        count -= 1
        bounds, status, found, codes = bounds[:count], status[:count], found[:count], codes[:, :count]
    _spoil_what_is_no_utf8(buf, bounds, status)
    texts = _texts(buf, entries, columns)
    chunk = _chunk(program, buf, first, bounds, found, codes, texts)
    odd = _spoil_what_is_no_value(chunk, status)
    slow = status == SLOW
    usual = np.where(status == QUICK, chunk.kind, -1)
    slow |= judge.bad(usual, chunk.codes, chunk.dictionaries)
    slow |= odd
    rows = np.flatnonzero(slow)
    good = judge.again(chunk, rows, lambda row: buf[bounds[row, 0] : bounds[row, 1] + 1].tobytes())
    good &= (status == QUICK) | slow
    if not good.all():
        kept = chunk.rows(np.flatnonzero(good))
        kept.odd = chunk.odd
        return kept
    return chunk


def _names(texts: list[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Names one after the other as bytes, and where each starts."""
    given = [text.encode() for text in texts]
    starts = np.zeros(len(given) + 1, np.int64)
    np.cumsum([len(text) for text in given], out=starts[1:])
    return np.frombuffer(b"".join(given) or b"\0", dtype=np.uint8), starts


def _texts(buf: NDArray[Any], entries: NDArray[Any], columns: int) -> list[list[bytes]]:
    """The texts of all codes, by column, in the order of codes; then of leads, then of sources."""
    found: list[list[bytes]] = [[] for _ in range(columns + 2)]
    data = buf.tobytes()
    for column, start, end in entries[:, 1:4].tolist():
        found[column].append(data[start:end])
    return found


def _spoil_what_is_no_utf8(buf: NDArray[Any], bounds: NDArray[Any], status: NDArray[Any]) -> None:
    """Lines that are not UTF-8 are left to the slow way."""
    if not len(buf) or buf.max() < 0x80:
        return
    try:
        buf.tobytes().decode()
    except UnicodeDecodeError:
        for row in np.flatnonzero(status == QUICK).tolist():
            try:
                buf[bounds[row, 0] : bounds[row, 1]].tobytes().decode()
            except UnicodeDecodeError:
                status[row] = SLOW


def _chunk(
    program: Any, buf: NDArray[Any], first: int, bounds: NDArray[Any], found: NDArray[Any], codes: NDArray[Any],
    texts: list[list[bytes]],
) -> Chunk:  # fmt: skip
    columns = len(program.columns)
    starts, ids = copied(buf, found[:, 4], found[:, 5])
    leads, sources = texts[columns], texts[columns + 1]
    names, name_starts = _bytes_of(sources)
    source = found[:, 3].astype(np.int32)
    pair = hash_pairs(names, name_starts, source, ids, starts)
    dictionaries: list[list[Any]] = [[None] * FIRST_CODE + [_value(text) for text in each] for each in texts[:columns]]
    known: list[list[Any]] = [[None] * FIRST_CODE + each for each in texts[:columns]]
    return Chunk(
        [_name(text) for text in leads], found[:, 2].astype(np.int32), np.ascontiguousarray(found[:, 1]),
        np.ascontiguousarray(found[:, 0]), [_name(text) for text in sources], source, starts, ids, codes, dictionaries,
        known, bounds[:, 0] + first, pair,
    )  # fmt: skip


def _bytes_of(texts: list[bytes]) -> tuple[NDArray[Any], NDArray[Any]]:
    starts = np.zeros(max(len(texts), 1) + 1, np.int64)
    np.cumsum([len(text) for text in texts] or [0], out=starts[1:])
    return np.frombuffer(b"".join(texts) or b"\0", dtype=np.uint8), starts


def _name(text: bytes) -> str:
    return text.decode(errors="replace")


def _value(text: bytes) -> Any:
    """The value of a JSON text; `_NO_TOKEN` for what the fast decoder does not take."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError, ValueError, RecursionError, ArithmeticError):
        return _NO_TOKEN


def _spoil_what_is_no_value(chunk: Chunk, status: NDArray[Any]) -> NDArray[Any]:
    """By row, whether a value of it is none for the fast decoder: it is left to the slow way."""
    found = np.zeros(len(chunk), dtype=np.bool_)
    for column, values in enumerate(chunk.dictionaries):
        odd = [code for code, value in enumerate(values) if value is _NO_TOKEN]
        if odd:
            found |= np.isin(chunk.codes[column], odd) & (status == QUICK)
            for code in odd:
                values[code] = None
    return found
