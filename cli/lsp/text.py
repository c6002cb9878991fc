"""The text of a file as an editor addresses it: by lines and UTF-16 code units, both from 0.

Rule files are read in code points, and so are all spans. The two differ only behind characters beyond U+FFFF, which
take two units; a text without any is the common case and costs nothing. A line ends at LF, CRLF or CR and nowhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

_LINE_BREAK = re.compile(r"\r\n?|\n")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

Place = tuple[int, int]
"""Line and UTF-16 unit, both from 0."""


class Text:
    """A text that does not change, and the places in it. `is_wide`: some of its characters take two units."""

    __slots__ = ("_starts", "is_wide", "text")

    def __init__(self, text: str) -> None:
        self.text = _SURROGATE.sub("\ufffd", text)
        self._starts: list[int] | None = None
        self.is_wide = _ASTRAL.search(self.text) is not None

    @property
    def starts(self) -> list[int]:
        """Where each line begins, in code points; at least one."""
        if self._starts is None:
            self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        return self._starts

    def line(self, number: int) -> str:
        """A line from 0 without its line break; empty beyond the last."""
        starts = self.starts
        if not 0 <= number < len(starts):
            return ""
        end = starts[number + 1] if number + 1 < len(starts) else len(self.text)
        return self.text[starts[number] : end].rstrip("\r\n")

    def place(self, offset: int) -> Place:
        """Where a code point stands; the end for what lies beyond it."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        return line, self.units(start, offset) if self.is_wide else offset - start

    def offset(self, line: int, unit: int) -> int:
        """The code point at a place: of a line that is too short its end, of a text that is too short its end, within a
        character of two units its beginning."""
        starts = self.starts
        if line >= len(starts):
            return len(self.text)
        start = starts[max(line, 0)]
        length = len(self.line(max(line, 0)))
        if not self.is_wide:
            return start + max(0, min(unit, length))
        left = unit
        for at in range(start, start + length):
            left -= 2 if self.text[at] > "\uffff" else 1
            if left < 0:
                return at
        return start + length

    def units(self, start: int, end: int) -> int:
        """The UTF-16 units between two code points."""
        if not self.is_wide:
            return end - start
        return end - start + len(_ASTRAL.findall(self.text, start, end))


@dataclass(frozen=True, slots=True)
class Change:
    """`size` code points in place of those from `start` to `end`."""

    start: int
    end: int
    size: int

    def forward(self, offset: int, stick: bool) -> int:
        """Where an offset of the text before lies in the text after; what was replaced, at the beginning of what came
        in its place, or with `stick` at its end."""
        if offset < self.start or (offset == self.start and not stick):
            return offset
        if offset >= self.end:
            return offset + self.size - (self.end - self.start)
        return self.start + (self.size if stick else 0)

    def backward(self, offset: int) -> int:
        """Where an offset of the text after lay in the text before."""
        if offset <= self.start:
            return offset
        if offset >= self.start + self.size:
            return offset - self.size + (self.end - self.start)
        return self.start

    def touches(self, start: int, end: int) -> bool:
        """Whether the characters from `start` to `end` of the text before are changed."""
        return self.start < end and start < self.end


def edited(text: Text, start: Place, end: Place, new: str) -> tuple[Text, Change]:
    """The text with `new` in place of what lies between two places."""
    new = _SURROGATE.sub("\ufffd", new)
    low, high = sorted((text.offset(*start), text.offset(*end)))
    return Text(text.text[:low] + new + text.text[high:]), Change(low, high, len(new))


def difference(before: Text, after: Text) -> Change:
    """One change that makes the one of the other: what is between their common beginning and end."""
    one, two = before.text, after.text
    low, high = ends(one, two)
    return Change(low, len(one) - high, len(two) - high - low)


def ends(one: str | list[int], two: str | list[int]) -> tuple[int, int]:
    """How much of two sequences is the same at the beginning, and how much of the rest at the end."""
    least = min(len(one), len(two))
    low = _common(least, lambda size: one[:size] == two[:size])
    return low, _common(least - low, lambda size: one[len(one) - size :] == two[len(two) - size :])


def _common(most: int, same: Callable[[int], bool]) -> int:
    """The largest size up to `most` at which two ends are the same, by halving."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if same(middle):
            low = middle
        else:
            high = middle - 1
    return low
