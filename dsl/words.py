"""The words and marks of the language, and those of other languages that people write instead.

The grammar spells the same words; a test holds the two equal.
"""

from __future__ import annotations

_WORDS = (
    "account", "activity", "add", "after", "ago", "also", "always", "and", "as", "assert", "at", "average", "bands",
    "below", "best", "between", "boolean", "by", "case", "computed", "contains", "count", "date", "day", "days",
    "degrade", "each", "else", "emit", "emitted", "ends", "event", "every", "expect", "expire", "fade", "false",
    "fired", "first", "for", "from", "give", "group", "has", "held", "highest", "hour", "hours", "id", "idle", "ignore",
    "ignoring", "import", "in", "increase", "increased", "instant", "integer", "is", "last", "lateness", "lead",
    "least", "let", "like", "line", "list", "lost", "lowest", "matches", "max", "min", "minute", "minutes", "missing",
    "model", "more", "most", "move", "never", "next", "not", "note", "null", "number", "of", "on", "once", "one",
    "or", "outcome", "over", "owner", "passive", "per", "percent", "point", "points", "present", "range", "reachable",
    "ready", "repeated", "required", "reset", "review", "rule", "score", "segment", "set", "since", "source", "stable",
    "stages", "starts", "subtract", "sum", "tag", "tally", "test", "text", "than", "the", "then", "time", "times", "to",
    "top", "trigger", "true", "untag", "value", "week", "weeks", "when", "where", "with", "within", "without", "word",
    "worth",
)  # fmt: skip

KEYWORDS: dict[str, str] = {word: word.upper() for word in _WORDS}
"""Each keyword with the name of its terminal."""

WORD_TYPES = frozenset(KEYWORDS.values()) | {"NAME", "LABEL", "STEP"}
"""The terminals of words, which may all be names."""

END = "$END"
"""The terminal of the end of a file."""

MARKS: dict[str, str] = {
    "{": "LBRACE", "}": "RBRACE", "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB",
    ",": "COMMA", ":": "COLON", ".": "DOT", "..": "DOTS",
    "=": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE",
    "+": "PLUS", "-": "MINUS", "*": "STAR",
}  # fmt: skip
"""Each mark with the name of its terminal."""

MEANT: dict[str, str] = {
    "==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">=", "×": "*", "·": "*", "−": "-", "–": "-", "—": "-", "…": "..",
    "&&": "and", "||": "or", "!": "not", "，": ",", "：": ":", "（": "(", "）": ")", "｛": "{", "｝": "}",
}  # fmt: skip
"""Marks of other languages and keyboards, with what is written here."""

QUOTES: dict[str, str] = {"'": "'", "“": "”", "„": "“", "”": "”", "‘": "’", "«": "»", "「": "」", "＂": "＂"}
"""Quotes of other languages and keyboards that open a text, with those that close it."""

TOP_LEVEL = (
    "import", "model", "let", "set", "lead", "event", "score", "tally", "stages", "trigger", "account", "segment",
    "outcome", "source", "test", "assert",
)  # fmt: skip
"""The words that begin a declaration."""
