"""Formatting, as few changes as it takes: lines that stay are not touched, so that the cursor stays where it is."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

from lsprotocol import types as lsp

from cli.lsp.desk import range_in
from cli.lsp.text import Text

_MANY = 3_000
"""Of more lines only a common beginning and end is looked for."""


def edits(text: Text, new: str) -> list[lsp.TextEdit]:
    """What makes `new` of a text, by whole lines."""
    starts = [*text.starts, len(text.text)]
    before = [text.text[low:high] for low, high in pairwise(starts)]
    fresh = Text(new)
    ends = [*fresh.starts, len(new)]
    after = [new[low:high] for low, high in pairwise(ends)]
    made = []
    for low, high, first, last in _blocks(before, after):
        made.append(lsp.TextEdit(range_in(text, starts[low], starts[high]), "".join(after[first:last])))
    return made


def _blocks(before: list[str], after: list[str]) -> list[tuple[int, int, int, int]]:
    """Runs of lines that differ: from and to in both."""
    if len(before) + len(after) <= 2 * _MANY:
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        return [(low, high, first, last) for tag, low, high, first, last in matcher.get_opcodes() if tag != "equal"]
    low, high, last = 0, len(before), len(after)
    while low < min(high, last) and before[low] == after[low]:
        low += 1
    while high > low and last > low and before[high - 1] == after[last - 1]:
        high, last = high - 1, last - 1
    return [(low, high, low, last)] if low < max(high, last) else []
