"""Leads of one account of which two models make other account scores, or at which other account triggers fire.

A test has one lead, so these are shown by events. Leads are made of the events that bear on their scores, each as often
as a few times; then so many of one kind, or of two kinds, are put together, those with few events first, until the
engines part.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from time import monotonic
from typing import Any

from compiler.diff.changes import Declared, Witness
from compiler.diff.letters import letters
from compiler.diff.phrases import counted
from compiler.exact import amount
from compiler.program import Program
from compiler.prove.engine import AccountSight, Engine, Given, Refused
from compiler.prove.histories import START
from compiler.prove.study import Study
from compiler.prove.written import instant

NAME = "acme"
_TIMES = (0, 1, 2, 3, 5, 8)
_POOL = 40
Kind = tuple[Given, ...]
Leads = tuple[tuple[int, Kind], ...]


class Accounts:
    """`engines` fold under the old model and the new one; both take all events that are tried."""

    def __init__(
        self, programs: tuple[Program, Program], studies: tuple[Study, Study], engines: tuple[Engine, Engine]
    ) -> None:
        self.programs, self.studies, self.engines = programs, studies, engines
        fields = [{each.spelling for each in one.attributes.values() if each.type == "account"} for one in programs]
        self.attribute = min(fields[0] & fields[1], default=None)

    def witness(self, subject: Declared, names: tuple[str, str], seconds: float) -> tuple[Witness | None, int]:
        """What shows a change, by the names that the two files have for its subject, and how much was tried."""
        end, tried = monotonic() + seconds, 0
        if self.attribute is None:
            return None, 0
        for leads in self._together(self._pool()):
            if monotonic() > end:
                break
            tried += 1
            sights = self._both(leads)
            said = None if sights is None else _told(subject, names, sights)
            if said is not None:
                events = sum(number * sum(type != "lead" for _, type, _ in kind) for number, kind in leads)
                return Witness(subject, _lines(leads), "events", events, *said), tried
        return None, tried

    def _both(self, leads: Leads) -> tuple[AccountSight, AccountSight] | None:
        try:
            one, two = (engine.account(NAME, leads, START) for engine in self.engines)
        except (Refused, KeyError):
            return None
        return one, two

    def _pool(self) -> list[Kind]:
        """Kinds of leads: what is told of them, and one kind of event some times."""
        given = [letter.move for letter in letters(self.studies, ("account",))]
        starts: list[dict[str, Any]] = [{}, *[dict(move.data) for move in given if move.event is None]]
        found: dict[str, Kind] = {}
        for start in starts:
            told = {**{name: each for name, each in start.items() if each is not None}, self.attribute or "": NAME}
            for move in given:
                if move.event is None:
                    continue
                spelling = self._spelling(move.event)
                for number in _TIMES:
                    lead = {**told, **{name: each for name, each in move.lead.items() if each is not None}}
                    kind: Kind = ((START, "lead", lead), *[(START, spelling, move.data)] * number)
                    found.setdefault(repr(kind), kind)
        return sorted(found.values(), key=len)[:_POOL]

    def _spelling(self, event: str) -> str:
        return next(one.events[event].spelling for one in self.programs if event in one.events)

    @staticmethod
    def _together(pool: list[Kind]) -> Iterator[Leads]:
        """Leads side by side, few first."""
        for number in (1, 2, 3, 4):
            yield from (((number, kind),) for kind in pool)
        for more in (1, 2, 3):
            yield from (((1, one), (more, two)) for one, two in combinations(pool, 2))
        yield from (((1, one), (1, two), (1, three)) for one, two, three in islice(combinations(pool, 3), 2_000))


def _told(
    subject: Declared, names: tuple[str, str], sights: tuple[AccountSight, AccountSight]
) -> tuple[str | None, str | None] | None:
    """What the two say of a subject, if it is not the same."""
    name = subject[1]
    if subject[0] == "account score":
        shown = [sight.scores.get(each) for sight, each in zip(sights, names, strict=True)]
        if shown[0] == shown[1] or (None in shown and not any(shown)):
            return None
        one, two = (None if points is None else f"{name} = {amount(points)}" for points in shown)
        return one, two
    counts = [sight.fired.get(each, 0) for sight, each in zip(sights, names, strict=True)]
    if counts[0] == counts[1]:
        return None
    one, two = (f"{name} fires {counted(count, 'time')}" if count else f"{name} does not fire" for count in counts)
    return one, two


def _lines(leads: Leads) -> str:
    """The events as a file has them, one a line."""
    return "\n".join(json.dumps(each, ensure_ascii=False, default=float) for each in _events(leads))


def _events(leads: Iterable[tuple[int, Kind]]) -> Iterator[dict[str, Any]]:
    number = lead = 0
    for count, kind in leads:
        for _ in range(count):
            lead += 1
            for time, type, data in kind:
                number += 1
                yield {
                    "specversion": "1.0",
                    "source": "diff",
                    "id": str(number),
                    "type": type,
                    "subject": f"lead-{lead}",
                    "time": instant(time),
                    "data": dict(data),
                }
