"""The one spelling of a token in a formatted file.

Names and texts come in Unicode form NFC, and a text has no more escapes than it needs: a quote, a backslash, what
would break the line or steer the terminal, and what can't be seen if it was written as an escape. So an invisible
character that somebody has made visible stays so, and the joiners of scripts that need them are left alone. Numbers
keep their digits.
"""

from __future__ import annotations

import re
import unicodedata

from dsl.literals import nfc
from dsl.tokens import Token

_CODE_POINT = re.compile(r"\\u\{([0-9A-Fa-f]+)\}")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that change the direction of what follows, so that a line reads as something else; and the byte order
mark."""


def spelled(token: Token, text: str) -> str:
    """How a token of the file `text` is written; the file must be without mistakes."""
    match token.word:
        case "A_TEXT":
            return _quoted(token.value, text[token.span.start : token.span.end])
        case "A_NUMBER":
            return text[token.span.start : token.span.end]
        case "A_PERCENT":
            return text[token.span.start : token.span.end].rstrip("%").rstrip() + "%"
        case "A_DATE" | "AN_INSTANT":
            return text[token.span.start : token.span.end].upper()
        case _:
            value: str = token.value
            return value


def quoted(value: str) -> str:
    """A text between quotes, with no more escapes than it needs."""
    return _quoted(value, "")


def name_or_text(name: str) -> str:
    """A stage, band or member as it is written: its name, in quotes where it is no plain word."""
    return name if name.isidentifier() and nfc(name) == name else quoted(name)


def _quoted(value: str, written: str) -> str:
    """A text between quotes; `written` is its spelling in the file, which says what was escaped."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    wanted = {nfc(chr(int(digits, 16))) for digits in _CODE_POINT.findall(written)}
    return '"' + "".join(_escaped(char, wanted) for char in value) + '"'


def _escaped(char: str, wanted: set[str]) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    steers = char in _STEERING or unicodedata.category(char) in ("Cc", "Zl", "Zp")
    return f"\\u{{{ord(char):x}}}" if steers or char in wanted else char
