"""Small things in words, as a rule file writes them: durations, points, limits, values of fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from runtime.limits import Points, Times
from runtime.table import Field
from runtime.times import DAY, HOUR, MINUTE, write_date, write_instant
from runtime.values import quoted, shown, write_number, write_points, write_value

MINUS = "\u2212"


def duration(micros: int) -> str:
    """``7 days``, ``12 hours``, ``1 minute``: in the largest unit that goes in without a rest (weeks are days)."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if micros % unit == 0:
            return count(micros // unit, name)
    return f"{write_number(Decimal(micros) / 1_000_000)} seconds"


def count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def score(points: int) -> str:
    """Thousandths as a number in points: ``55``, ``−0.5``."""
    return write_points(points).replace("-", MINUS)


def change(points: int) -> str:
    """Thousandths with a sign: ``+10``, ``−20``, ``0``."""
    return ("+" if points > 0 else "") + score(points)


def limit(given: Times | Points) -> str:
    """``at most 2 times per 7 days for each asset``, ``at most 30 points``."""
    per = f" per {duration(given.per)}" if given.per is not None else ""
    if isinstance(given, Points):
        return f"at most {score(given.most)} points{per}"
    each = f" for each {given.each}" if given.each is not None else ""
    return ("once" if given.most == 1 else f"at most {given.most} times") + per + each


def percent(fraction: Any) -> str:
    return f"{write_number(write_value(Field('', 'percent'), fraction))}%"


def value(field: Field | None, held: Any) -> str:
    """A value of a field for a person: text in quotes and cut short, percents with their sign."""
    if held is None:
        return "removed"
    if field is None:
        return shown(held)
    if field.type == "percent":
        return percent(held)
    plain = write_value(field, held)
    if isinstance(plain, list):
        return "[" + ", ".join(map(shown, plain)) + "]"
    return str(plain) if field.type in ("date", "instant") else shown(plain)


def name(text: str) -> str:
    """A stage or band as a rule file writes it: in quotes where it is no plain word."""
    return text if text.isidentifier() else quoted(text)


def moment(t: int) -> str:
    """``2026-01-05 10:00``, with seconds and fractions only where there are any."""
    text = write_instant(t)[:-1].replace("T", " ")
    return text.removesuffix(":00") if len(text) == 19 else text


def day(number: int) -> str:
    """A UTC day by its number."""
    return write_date(number * DAY)
