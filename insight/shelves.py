"""Records put aside by a hash of what they belong to, so that what belongs together can be read together.

Small amounts stay in memory; beyond `HELD` bytes in all, every shelf goes on in a file of a temporary folder that no
other user can read. A record is its length in four bytes, and then its bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

COUNT = 64
"""Shelves: a process holds one of them at a time."""
HELD = 64 * 1024 * 1024
"""Bytes that are kept in memory before they go to the disk."""
_LENGTH = 4


def shelf_of(text: str, count: int = COUNT) -> int:
    """The shelf on which what belongs to a text lies."""
    return crc32(text.encode("utf-8", "surrogatepass")) % count


class Shelves:
    """Shelves of records. To be filled by one process, and then read by any."""

    def __init__(self, count: int = COUNT, held: int = HELD) -> None:
        self.count = count
        self._most = held
        self._held = 0
        self._buffers = [bytearray() for _ in range(count)]
        self._folder: Path | None = None

    def put(self, at: int, record: bytes) -> None:
        buffer = self._buffers[at]
        buffer += len(record).to_bytes(_LENGTH, "big")
        buffer += record
        self._held += _LENGTH + len(record)
        if self._held > self._most:
            self._spill()

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="leadscore-"))
        for at, buffer in enumerate(self._buffers):
            if buffer:
                with self._file(at).open("ab") as file:
                    file.write(buffer)
                buffer.clear()
        self._held = 0

    def _file(self, at: int) -> Path:
        assert self._folder is not None
        return self._folder / f"{at:03d}"

    def records(self, at: int) -> Iterator[bytes]:
        """The records of a shelf, in the order in which they were put there."""
        if self._folder is not None and self._file(at).exists():
            with self._file(at).open("rb") as file:
                while length := file.read(_LENGTH):
                    yield file.read(int.from_bytes(length, "big"))
        buffer, place = self._buffers[at], 0
        while place < len(buffer):
            end = place + _LENGTH + int.from_bytes(buffer[place : place + _LENGTH], "big")
            yield bytes(buffer[place + _LENGTH : end])
            place = end

    def clear(self, at: int) -> None:
        """Forget a shelf that nobody will read again."""
        self._buffers[at].clear()
        if self._folder is not None:
            self._file(at).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything."""
        for buffer in self._buffers:
            buffer.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
