"""Makes text of unknown origin fit to be read: ids, names and values come from events, and anything may stand in them.

Whatever a terminal would obey, or a reader would not see, is spelled as a rule file spells it: ``\\n``, ``\\u{1b}``.
Results as JSON have their own way to do so and do not pass here.
"""

from __future__ import annotations

_SPELLED = {"\n": r"\n", "\t": r"\t"}
_LETTERS = frozenset("\u200c\u200d\u3000")
"""The joiners of Persian and of emoji, and the blank of Japanese names: invisible, and part of the spelling."""


def visible(text: str) -> str:
    """A text of one line, without what a terminal would obey or what XML does not allow."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in _LETTERS else _spelled(each) for each in text)


def _spelled(char: str) -> str:
    return _SPELLED.get(char) or f"\\u{{{ord(char):x}}}"
