"""How many columns a text fills in a fixed-width font, so that lines in any script can be measured and aligned."""

from __future__ import annotations

import unicodedata

TAB = 4
"""Columns of a tab."""


def columns(text: str) -> int:
    """The columns that a text fills on a terminal: wide characters two, marks none, a tab `TAB`."""
    if text.isascii() and "\t" not in text:
        return len(text)
    return sum(map(_columns_of, text))


def _columns_of(char: str) -> int:
    if char == "\t":
        return TAB
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
