"""Text tests that Python's `str` does not have: glob patterns and whole words.

A glob is cut at its stars. The first piece must begin the text, the last must end it, and those between are found
from left to right, each at its first place: taking the first place never loses a match, so no step is taken back and
the time is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable


def glob(pattern: str) -> Callable[[str], bool]:
    """A test of whole texts: ``*`` stands for any run of code points, ``?`` for one."""
    pieces = [re.compile(re.escape(piece).replace(r"\?", "."), re.DOTALL) for piece in pattern.split("*")]
    if len(pieces) == 1:
        whole = pieces[0].fullmatch
        return lambda text: whole(text) is not None
    head, tail = pieces[0].match, pieces[-1].fullmatch
    middle = [piece.search for piece in pieces[1:-1] if piece.pattern]
    room = len(pattern.rpartition("*")[2])

    def test(text: str) -> bool:
        found = head(text)
        for search in middle:
            if found is None:
                return False
            found = search(text, found.end())
        return found is not None and len(text) - room >= found.end() and tail(text, len(text) - room) is not None

    return test


def _touches(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"


def has_word(text: str, word: str) -> bool:
    """Whether `word` stands in `text` with no letter, mark or digit touching it."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (at and _touches(text[at - 1])) and not (end < len(text) and _touches(text[end])):
            return True
        at = text.find(word, at + 1) if at < len(text) else -1
    return False
