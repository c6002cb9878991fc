"""Made-up histories that a model understands: to try it on, to show it, to measure with.

Every lead has a temper (see `insight.tempers`), days of interest within the period, and visits on some of these days:
bursts of events in working hours, with silence between them. The values of an event are drawn for one of the rules on
its type, or for none (see `insight.vocabulary`, `insight.plausible`); an event that pays well is rarer than one that
pays little. Passive events happen apart from visits, attributes come with a `lead` event before the first one and
change now and then.

A history is a function of table, number of leads, days, seed and start: each lead has dice of its own, so more leads
leave those that were there as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from insight.dice import Dice
from insight.life import Happening, Life
from insight.world import World, dice_for
from runtime.lines import quote
from runtime.table import Table, dump, load
from runtime.times import DAY, write_instant
from runtime.values import write_number

_SHUFFLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`start` is in microseconds; `disorder` the part of lines that come late or twice, 0 to 1."""

    leads: int
    days: int
    seed: int = 0
    start: int
    disorder: float = 0.0


def sample(table: Table, wanted: Wanted) -> Iterator[str]:
    """The lines of an event file, ordered by time save for the disorder that is wanted.

    A rule file and its compiled table give the same lines, and so does every Python."""
    world = World(load(dump(table)), wanted.seed)
    end = wanted.start + wanted.days * DAY
    lines: list[tuple[int, str, int, str]] = []
    for number in range(1, wanted.leads + 1):
        lead = f"lead-{number:04d}"
        for at, each in enumerate(Life(world, number, wanted.start, end).happenings(), 1):
            lines.append((each.time, lead, at, _line(lead, at, each)))
    lines.sort()
    texts = [text for *_, text in lines]
    return iter(_disordered(texts, wanted.disorder, dice_for(wanted.seed, _SHUFFLE, 0)))


def _line(lead: str, number: int, each: Happening) -> str:
    return (
        f'{{"specversion":"1.0","id":"{lead}-{number}","source":"{each.source}","type":{quote(each.type)},'
        f'"subject":"{lead}","time":"{write_instant(each.time)}","data":{write_json(each.data)}}}'
    )


def _disordered(texts: list[str], part: float, dice: Dice) -> list[str]:
    """Some lines are moved back by up to a tenth of the file, some are given twice."""
    if part <= 0:
        return texts
    placed = [(at, text) for at, text in enumerate(texts)]
    for at, text in enumerate(texts):
        if dice.chance(part):
            later = at + 1 + dice.below(len(texts) // 10 + 2)
            if dice.chance(0.5):
                placed[at] = (later, text)
            else:
                placed.append((later, text))
    return [text for _, text in sorted(placed)]


def write_json(value: Any) -> str:
    """Compact JSON; numbers exactly, without an exponent."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, (int, Decimal)):
        return write_number(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{quote(key)}:{write_json(inner)}" for key, inner in value.items()) + "}"
    return "[" + ",".join(map(write_json, value)) + "]"
