"""Draws icon.png: three bars that rise to a line, on a rounded square. ``python editors/vscode/draw_icon.py``

Every pixel is the mean of 16 points, so that edges are smooth; the file is written with nothing but zlib.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SIZE = 128
FINE = 4
GROUND, BAR, TOP, LINE = (31, 63, 95, 255), (138, 180, 220, 255), (255, 196, 61, 255), (255, 255, 255, 255)
NOTHING = (0, 0, 0, 0)
BARS = ((26, 78), (54, 58), (82, 34))
"""Left side and upper end of each; they are 20 wide and stand at 102."""


def colour(x: float, y: float) -> tuple[int, int, int, int]:
    """The colour of a point."""
    radius = 24
    near_x, near_y = min(max(x, radius), SIZE - radius), min(max(y, radius), SIZE - radius)
    if (x - near_x) ** 2 + (y - near_y) ** 2 > radius**2:
        return NOTHING
    for at, (left, upper) in enumerate(BARS):
        if left <= x < left + 20 and upper <= y < 102:
            return TOP if at == 2 else BAR
    return LINE if 44 <= y < 48 and 18 <= x < 110 and int((x - 18) / 8) % 2 == 0 else GROUND


def pixel(x: int, y: int) -> bytes:
    points = [colour(x + (a + 0.5) / FINE, y + (b + 0.5) / FINE) for a in range(FINE) for b in range(FINE)]
    alpha = sum(point[3] for point in points)
    if alpha == 0:
        return bytes(4)
    return bytes([*(sum(p[at] * p[3] for p in points) // alpha for at in range(3)), alpha // len(points)])


def rows() -> bytes:
    """All lines, each with the mark of no filter before it."""
    return b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIZE)) for y in range(SIZE))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def picture() -> bytes:
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    data = zlib.compress(rows(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


if __name__ == "__main__":
    Path(__file__).with_name("icon.png").write_bytes(picture())
