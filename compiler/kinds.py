"""The types of the language, and what each expression is known to be.

`Kind` is the type of a value; a `Typed` is a value with its term. A mistake gives `UNKNOWN`, which fits everywhere,
so that it is reported once and not again by whatever it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.table import Term


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is one of: number, percent, expression (the result of arithmetic), text, boolean, date, instant, duration,
    texts (a field that is a list), list (of literals, whose `items` are of one kind), stage, unknown.

    `options` are the texts of a ``one of``, `integral` says that only whole numbers occur."""

    name: str
    fold: bool = False
    options: tuple[str, ...] = ()
    integral: bool = False
    items: Kind | None = None

    def __str__(self) -> str:
        return _WORDS[self.name] if self.items is None else f"a list of {_PLURALS[self.items.name]}"


_WORDS = {
    "number": "a number",
    "percent": "a percent",
    "expression": "a number",
    "text": "a text",
    "boolean": "true or false",
    "date": "a date",
    "instant": "an instant",
    "duration": "a duration",
    "texts": "a list of texts",
    "list": "a list",
    "stage": "a stage",
    "unknown": "unknown",
}
_PLURALS = {
    "number": "numbers",
    "percent": "percents",
    "expression": "numbers",
    "text": "texts",
    "boolean": "booleans",
    "date": "dates",
    "instant": "instants",
    "unknown": "unknown values",
}

NUMBERS = frozenset({"number", "expression"})
NUMERIC = frozenset({"number", "expression", "percent"})
MOMENTS = frozenset({"date", "instant"})


@dataclass(frozen=True, slots=True)
class Typed:
    """A value: its term and kind. `literal` says that it was written out (or is a `let` of what is), `optional` that
    it is a field that may be missing, `field` names a field as the user may write it."""

    term: Term
    kind: Kind
    literal: bool = False
    optional: bool = False
    field: str | None = None


UNKNOWN = Typed(("lit", 0), Kind("unknown"))
NUMBER = Kind("number")
WHOLE = Kind("number", integral=True)
PERCENT = Kind("percent")
EXPRESSION = Kind("expression")
TEXT = Kind("text")
BOOLEAN = Kind("boolean")
DATE = Kind("date")
INSTANT = Kind("instant")
DURATION = Kind("duration")
STAGE = Kind("stage")


def comparable(left: Kind, right: Kind) -> bool:
    """Whether values of the two kinds may be compared with each other."""
    pair = {left.name, right.name}
    if "unknown" in pair:
        return True
    return any(pair <= group for group in (NUMBERS, {"percent", "expression"}, {"text"}, {"boolean"}, MOMENTS))
