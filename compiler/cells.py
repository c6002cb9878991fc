"""Reading a cell of a table as the literal that is wanted where it is used.

A cell is written as a person writes into a spreadsheet: texts without quotes, a percent with or without its sign, a
list of texts with ``|`` between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from compiler.errors.phrases import guess
from compiler.exact import written
from dsl import syntax
from dsl.build_expressions import MICROS
from dsl.literals import Fault, read_date, read_instant, read_number, read_percent
from dsl.spelling import name_or_text, quoted
from dsl.syntax import Span

_NUMBER = re.compile(r"(-?)([0-9]+(?:\.[0-9]+)?)")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([a-z]+?)s?")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cell is read as: `kind` is that of a type (`dsl.syntax.TypeRef`), or "name", "duration" or "moment".
    `options` are all that it may be, `low` and `high` the range of a number; `noun` names one of the options."""

    kind: str
    options: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    noun: str = "value"

    def __str__(self) -> str:
        if self.noun != "value":
            return f"a {self.noun}"
        if self.options:
            return "one of its texts"
        words = _WORDS[self.kind][0]
        if self.low is None and self.high is None:
            return words
        low, high = ("" if end is None else written(end) for end in (self.low, self.high))
        return f"{words} in {low}..{high}"

    def advice(self, text: str) -> str | None:
        """What to write in place of `text`."""
        if self.options:
            return guess(text, self.options, f"{self.noun}s")
        meant = plainly(text) if self.kind in ("number", "integer") else []
        said = " or ".join(f"`{each}`" for each in meant if self.kind == "number" or "." not in each)
        general = _WORDS[self.kind][1]
        return re.sub("`.*`", said, general) if said and general else general


def plainly(text: str) -> list[str]:
    """The numbers that somebody may mean who writes commas, spaces or a currency: ``1.234,5`` is 1234.5, ``1,234`` is
    1234 or 1.234. Empty if it is no number however it is read."""
    bare = re.sub(r"[\s\u2019'_]|^[^\d+-]+|[^\d]+$", "", text)
    if not re.fullmatch(r"[+-]?\d[\d.,]*", bare):
        return []
    marks = [mark for mark in ".," if mark in bare]
    last = max(bare.rfind(mark) for mark in ".,")
    whole, part = (bare, "") if last < 0 else (bare[:last], bare[last + 1 :])
    thousands = re.sub(r"[.,]", "", bare)
    if len(marks) == 1 and (bare.count(marks[0]) > 1 or len(part) == 3):
        ways = [thousands] if bare.count(marks[0]) > 1 or marks == ["."] else [thousands, f"{whole}.{part}"]
    else:
        ways = [f"{re.sub(r'[.,]', '', whole)}.{part}" if part else thousands]
    return [each.removeprefix("+") for each in ways if each.removeprefix("+") != text]


def wanted_of(field: syntax.TypeRef) -> Wanted:
    """What a field of a type wants."""
    options = tuple(option.value for option in field.options)
    return Wanted("text" if field.kind == "account" else field.kind, options, field.low, field.high)


_WORDS: dict[str, tuple[str, str | None]] = {
    "text": ("a text", None),
    "name": ("a name", None),
    "one of": ("one of its texts", None),
    "number": ("a number", "write `2.5`, with a point and nothing between thousands"),
    "integer": ("a whole number", "write `2`, with nothing between thousands"),
    "percent": ("a percent", "write `80%` or `80`"),
    "boolean": ("true or false", "write `true` or `false`, or `yes` or `no`"),
    "date": ("a date", "write `2026-03-02`"),
    "instant": ("an instant", "write `2026-03-02T10:00Z`"),
    "moment": ("a date or an instant", "write `2026-03-02` or `2026-03-02T10:00Z`"),
    "duration": ("a duration", "write `3 days`"),
    "list of text": ("a list of texts", "write `a|b`"),
}


def read_cell(text: str, wanted: Wanted, span: Span) -> syntax.Expr | None:
    """The literal that a cell with the content `text` is, at `span`; None if it is none of the kind."""
    match wanted.kind:
        case "number" | "integer":
            return _number(text, wanted, span)
        case "percent":
            return _percent(text, span)
        case "boolean":
            flag = _FLAGS.get(text.lower())
            return None if flag is None else syntax.Flag(flag, span=span)
        case "date" | "instant" | "moment":
            return _moment(text, wanted.kind, span)
        case "duration":
            return _duration(text, span)
        case "list of text":
            parts = [part.strip() for part in text.split("|")]
            return syntax.ListOf(tuple(syntax.Text(part, span=span) for part in parts if part), span=span)
        case _:
            fits = not wanted.options or text in wanted.options
            return syntax.Text(text, span=span) if fits else None


def spelled(node: syntax.Expr, text: str, wanted: Wanted) -> str:
    """A cell as a rule file would say it; `text` is its content, `node` what it was read as."""
    match node:
        case syntax.Text():
            return name_or_text(text) if wanted.kind == "name" else quoted(text)
        case syntax.ListOf(items=items):
            return "[" + ", ".join(quoted(item.value) for item in items if isinstance(item, syntax.Text)) + "]"
        case syntax.Percent():
            return text if text.endswith("%") else f"{text}%"
        case syntax.Flag(value=flag):
            return "true" if flag else "false"
        case syntax.Instant(written=form):
            return form
        case _:
            return text


def _number(text: str, wanted: Wanted, span: Span) -> syntax.Number | None:
    found = _NUMBER.fullmatch(text)
    number = None if found is None else read_number(found[2])
    if found is None or number is None or isinstance(number, Fault):
        return None
    value = number.copy_negate() if found[1] and number else number
    if wanted.kind == "integer" and value != value.to_integral_value():
        return None
    below = wanted.low is not None and value < wanted.low
    above = wanted.high is not None and value > wanted.high
    return None if below or above else syntax.Number(value, span=span)


def _percent(text: str, span: Span) -> syntax.Percent | None:
    found = _NUMBER.fullmatch(text.removesuffix("%").rstrip())
    value = None if found is None else read_percent(found[2])
    if found is None or value is None or isinstance(value, Fault):
        return None
    return syntax.Percent(value.copy_negate() if found[1] and value else value, span=span)


def _moment(text: str, kind: str, span: Span) -> syntax.Date | syntax.Instant | None:
    day = read_date(text)
    if not isinstance(day, Fault):
        return syntax.Date(day, span=span)
    form = text.replace(" ", "T", 1)
    micros = None if kind == "date" else read_instant(form)
    return None if micros is None or isinstance(micros, Fault) else syntax.Instant(micros, form, span=span)


def _duration(text: str, span: Span) -> syntax.Duration | None:
    found = _DURATION.fullmatch(text)
    if found is None or found[2] not in MICROS:
        return None
    amount = Decimal(found[1])
    micros = amount * MICROS[found[2]]
    if micros <= 0 or micros != micros.to_integral_value():
        return None
    return syntax.Duration(int(micros), amount, found[2], span=span)


def named(names: Iterable[str], noun: str) -> Wanted:
    """One of the names of something: a `noun`."""
    return Wanted("name", tuple(names), noun=noun)
