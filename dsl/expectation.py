"""What was found where the parser got stuck, and what it would have taken, in words of the language.

The parser knows a set of terminals. People know keywords, and things such as "a name" or "an operator"; so terminals
that mean one thing to people are told as one, and those that only make a set longer are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dsl.words import END, KEYWORDS, MARKS, TOP_LEVEL, WORD_TYPES

MOST_WORDS = 8
"""Alternatives that are told one by one; of more, the first are."""

_SPELLED = {kind: f"`{word}`" for word, kind in (KEYWORDS | MARKS).items()} | {
    "NAME": "a name", "A_TEXT": "a text in quotes", "A_NUMBER": "a number", "A_PERCENT": "a percent",
    "A_DATE": "a date", "AN_INSTANT": "an instant", "LABEL": "a name with `:`",
    "STEP": "an event with its values in `{ }`",    END: "the end of the file",
}  # fmt: skip
_DECLARATION = frozenset(word.upper() for word in TOP_LEVEL)
_UNITS = frozenset({"MINUTE", "MINUTES", "HOUR", "HOURS", "DAY", "DAYS", "WEEK", "WEEKS"})
_TYPES = frozenset({"TEXT", "NUMBER", "INTEGER", "PERCENT", "BOOLEAN", "DATE", "INSTANT", "ONE", "LIST", "ACCOUNT"})
_OPERATORS = frozenset(
    {
        "AND",
        "OR",
        "EQ",
        "NE",
        "LT",
        "LE",
        "GT",
        "GE",
        "PLUS",
        "MINUS",
        "STAR",
        "BETWEEN",
        "IN",
        "NOT",
        "IS",
        "MORE",
        "STARTS",
        "ENDS",
        "CONTAINS",
        "MATCHES",
        "HAS",
    }
)
_PREFIXES = frozenset(
    {
        "IDLE",
        "HAS",
        "MIN",
        "MAX",
        "EVENT",
        "LEAD",
        "NOT",
        "THE",
        "FIRED",
        "EMITTED",
        "LINE",
        "TRUE",
        "FALSE",
        "LSQB",
        "MINUS",
        "A_PERCENT",
        "A_DATE",
        "AN_INSTANT",
    }
)
_SINGULARS = {"TIME": "TIMES", "POINT": "POINTS"}
_GROUPS: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (_DECLARATION, _DECLARATION | {END}, "a declaration (`event`, `score`, `trigger`, …)"),
    (frozenset({"NAME", "A_NUMBER", "A_TEXT", "LPAR", "NOT"}), _PREFIXES | {"NAME", "A_NUMBER", "A_TEXT", "LPAR"},
     "a condition or value (a name, a number, a text, `(`, …)"),
    (frozenset({"NAME", "A_NUMBER", "A_TEXT", "LPAR"}), _PREFIXES | {"NAME", "A_NUMBER", "A_TEXT", "LPAR"},
     "a value (a name, a number, a text, `(`, …)"),
    (frozenset({"NAME", "A_NUMBER", "A_PERCENT", "LPAR"}), _PREFIXES | {"NAME", "A_NUMBER", "LPAR"},
     "a number, a name or `(`"),
    (frozenset({"AND", "OR", "EQ", "PLUS"}), _OPERATORS, "an operator (`=`, `and`, `+`, …)"),
    (frozenset({"AND", "OR", "PLUS"}), _OPERATORS, "an operator (`and`, `+`, …)"),
    (frozenset({"AND", "OR"}), _OPERATORS, "`and`, `or`"),
    (frozenset({"EQ", "PLUS"}), _OPERATORS, "an operator (`=`, `+`, …)"),
    (_TYPES, _TYPES, "a type (`text`, `number`, `integer`, `percent`, `boolean`, `date`, `instant`, `one of`, …)"),
    (frozenset({"A_DATE", "AN_INSTANT"}), frozenset({"A_DATE", "AN_INSTANT", "LINE"}), "a date or an instant"),
    (_UNITS, _UNITS, "a unit of time (`minutes`, `hours`, `days`, `weeks`)"),
)  # fmt: skip
"""Where the first set is expected, the second is told in these words."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`spelled` is the text of the token as it stands in the file, None at its end, and `found` its terminal; `before`
    are the terminals of up to three tokens before it in the same piece; `first` says that the piece begins with it, and
    `noun` what the piece is."""

    spelled: str | None
    before: tuple[str, ...]
    found: str
    expected: frozenset[str]
    first: bool
    noun: str

    def last(self, back: int = 1) -> str:
        """The terminal `back` places before the one that was found."""
        return self.before[-back] if len(self.before) >= back else ""

    def told(self) -> str:
        """The expected things in words: ``a number, a name or `(` ``."""
        if self.first:
            return f"a {self.noun}"
        left = set(self.expected)
        words: list[str] = []
        if {"AND", "PLUS"} & left:
            left -= {"LSQB", "FOR"} | _UNITS
        for wanted, covered, phrase in _GROUPS:
            if wanted <= left:
                words.append(phrase)
                left -= covered
        if "NAME" in left:
            left -= _PREFIXES
        for singular, plural in _SINGULARS.items():
            if plural in left:
                left.discard(singular)
        words += sorted((_SPELLED[kind] for kind in left), key=lambda word: (word.startswith("`"), word))
        return _listed(words)

    def near(self) -> str | None:
        """A keyword that was expected and is spelled almost like what was found."""
        if self.spelled is None or self.found not in WORD_TYPES:
            return None
        words = [word for word, kind in KEYWORDS.items() if kind in self.expected]
        if "COLON" in self.expected or self.spelled in words:
            return None
        cutoff = 0.75 if len(self.spelled) > 3 else 0.6
        close = get_close_matches(self.spelled.lower(), words, n=1, cutoff=cutoff)
        return close[0] if close else None


def _listed(words: Iterable[Any]) -> str:
    """``a, b or c``, of many the first few."""
    told = list(words)
    if len(told) > MOST_WORDS:
        return ", ".join(told[:MOST_WORDS]) + ", …"
    return told[0] if len(told) == 1 else ", ".join(told[:-1]) + " or " + told[-1] if told else "nothing more"
