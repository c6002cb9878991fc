"""Small parts of declarations as a rule file writes them: fields, limits, ageing, bands, amounts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from compiler.exact import Exact, amount, combine, written
from compiler.prove.histories import DAY
from compiler.spell import duration as longest_unit
from compiler.spell import literal
from runtime.table import Ageing, Band, Degrade, Event, Field, Limit


def event(given: Event) -> dict[str, str]:
    """Whether it is passive, its spelling, and each property."""
    found = {"passive": "passive"} if given.passive else {}
    return {
        **found,
        "spelling": f"as {literal(given.spelling)}",
        **{name: field(name, each) for name, each in given.properties.items()},
    }


def field(name: str, given: Field) -> str:
    """``rating: integer 1..10 required``"""
    text = {"one of": "one of " + ", ".join(map(literal, given.options))}.get(given.type, given.type)
    if given.low is not None or given.high is not None:
        text += " " + "..".join("" if end is None else written(end) for end in (given.low, given.high))
    text += " ignoring case" * given.fold + " required" * given.required + " computed" * given.computed
    return f"{name}: {text}" + (f" as {literal(given.spelling)}" if given.spelling != name else "")


def limits(given: Iterable[Limit]) -> str:
    """``at most 2 times per 7 days, at most 30 points``"""
    return ", ".join(limit(each) for each in given)


def limit(given: Limit) -> str:
    """``at most 2 times per 7 days for each asset``"""
    per = f" per {duration(given.per)}" if given.per is not None else ""
    if given.times is None:
        assert given.points is not None
        return f"at most {amount(given.points)} points{per}"
    each = f" for each {given.each}" if given.each is not None else ""
    return ("once" if given.times == 1 else f"at most {times(given.times)}") + per + each


def degrading(given: Degrade) -> str:
    """``degrade after 30 days without activity by 10% every 7 days not below 50``"""
    after = f"after {duration(given.after)} without {given.without} " if given.without is not None else ""
    step = percent(given.percent) if given.percent is not None else f"{amount(given.points or 0)} points"
    floor = f" not below {amount(given.floor)}" if given.floor is not None else ""
    return f"degrade {after}by {step} every {duration(given.every)}{floor}"


def ageing(given: Ageing) -> str:
    """``expire after 90 days``, ``fade 10% every 7 days``"""
    found = [f"expire after {counted(given.expire, 'day')}"] if given.expire is not None else []
    if given.fade is not None:
        first = " of the first value" if given.of_first else ""
        found.append(f"fade {percent(given.fade)}{first} every {counted(given.every or 1, 'day')}")
    return "  ".join(found)


def bands(given: Iterable[Band]) -> str:
    """``bands cold < 20, hot``"""
    told = [word(each.name) + (f" < {amount(each.below)}" if each.below is not None else "") for each in given]
    return f"bands {', '.join(told)}" if told else "no bands"


def percent(fraction: Exact) -> str:
    """``80%``"""
    return written(combine("*", Decimal(fraction), 100)) + "%"


def times(count: int) -> str:
    return counted(count, "time")


def counted(count: int, noun: str) -> str:
    """``7 days``"""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def duration(micros: int) -> str:
    """A duration as people count it, weeks in days."""
    return counted(micros // DAY, "day") if micros % DAY == 0 else longest_unit(micros)


def word(name: str) -> str:
    """A stage or a band, in quotes where it is no plain word."""
    return name if name.isidentifier() else literal(name)
