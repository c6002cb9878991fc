"""Names, literals and lists as they stand in a sentence."""

from __future__ import annotations

from typing import Any

from runtime import wording
from runtime.table import Field
from runtime.times import DAY, write_date
from runtime.values import write_number


def plain(name: str) -> str:
    """A name as words: ``page view``."""
    return name.replace("_", " ").strip() or name


def is_plural(name: str) -> bool:
    """Whether a name reads as several: ``employees``, ``people``; a guess, on which nothing but a verb rests."""
    return name.endswith("people") or (name[-1:] == "s" and name[-2:] not in ("ss", "us", "is"))


def is_share(name: str) -> bool:
    """Whether a name says by itself that it is a part of a whole."""
    return name.endswith(("share", "percent", "percentage", "rate", "ratio"))


def quoted(text: str) -> str:
    return f"“{text}”"


def literal(value: Any, kind: Field | None) -> str:
    """A literal, as a value of `kind`, if that is known."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if kind is not None and kind.type == "percent":
        return wording.percent(value)
    if kind is not None and kind.type == "date":
        return write_date(value)
    if kind is not None and kind.type == "instant":
        return write_date(value) if value % DAY == 0 else wording.moment(value) + " UTC"
    return write_number(value).replace("-", wording.MINUS)


def joined(items: list[str], word: str) -> str:
    """``a, b and c``"""
    return f"{', '.join(items[:-1])} {word} {items[-1]}" if len(items) > 1 else "".join(items)
