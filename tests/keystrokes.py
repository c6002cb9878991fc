"""Edits of a rule file of the kinds that people make, most of which break it for a moment."""

from __future__ import annotations

import random
import re

PIECES = [
    " ", "\n", "\n\n", "#", "# x\n", '"', "{", "}", "(", ")", ",", "x", "not ", "and ", "1", "rule r { add 1 }", "\r\n",
    "note 2026-03-02 \"x\"", "trigger t { }", "once", 'test "x" { }', "😀", "score", "where x = 1 ", 'tag "x"',
    "event e { x: text }", "let l = 1", "ready at 5", " %", ".", ":", "lead", "else when x add 1",
]  # fmt: skip
WORD = re.compile(r"[\w.]+|\"[^\"]*\"")


def edited(draw: random.Random, text: str) -> str:
    """A text after one edit of the kinds that people make."""
    lines = text.splitlines(keepends=True)
    at = draw.randrange(len(lines))
    end = at + draw.randrange(1, 4)
    low = draw.randrange(len(text))
    match draw.randrange(6):
        case 0:
            return text[:low] + text[low + draw.choice([1, 1, 2, 5, 30, 200]) :]
        case 1:
            return "".join([*lines[:at], *lines[at:end], *lines[at:]])
        case 2:
            return "".join([*lines[:at], *lines[end:]])
        case 3:
            return text[:low] + draw.choice(PIECES) + text[low:]
        case _:
            words = list(WORD.finditer(text))
            gone, come = draw.choice(words), draw.choice(words)
            return text[: gone.start()] + come[0] + text[gone.end() :]
