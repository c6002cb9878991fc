"""The ledger of a lead as an account statement: for each score, rows with time, what happened, why, points, balance.

A row is an entry, but for two things: a run of steps or of midnights at which points aged, with nothing in between, is
one row; and what a trigger did stands in the row of its firing, unless it gave points. A trigger stands in the
statement of the scores that it looks at or changes; all triggers stand in a list of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from runtime import wording
from runtime.entry import (
    Aged,
    Capped,
    Computed,
    Did,
    Entry,
    Fell,
    Fired,
    Happened,
    Held,
    Profile,
    Stepped,
    Triggered,
    Waited,
)
from runtime.explain import Explanation, fields_of
from runtime.occasion import Occasions
from runtime.plan import Plan
from runtime.reasons import action, drop, reason

Places = Mapping[tuple[str, ...], tuple[str, int]]
"""Where things stand in the rule files, as the compiler gives it: ("rule", score, rule) -> (file, line)."""


@dataclass(frozen=True, slots=True)
class Row:
    """`time` and `what` are empty where they are those of the row above; `points` is None where none are touched."""

    time: str
    what: str
    why: tuple[str, ...]
    place: str
    points: int | None
    balance: int | None


@dataclass(frozen=True, slots=True)
class Subtotal:
    """What one rule, or one thing that happens to points, gave in all, in so many entries with points."""

    of: str
    entries: int
    points: int


def place_of(places: Places, entry: Entry) -> str | None:
    """``model.score:31`` for what a declaration caused; None if it is not known or there is none."""
    match entry.why:
        case Fired(name) | Waited(name) | Profile(name):
            key: tuple[str, ...] = ("rule", str(entry.score), name)
        case Capped(name):
            key = ("group", str(entry.score), name)
        case Stepped():
            key = ("degrade", str(entry.score))
        case Aged():
            key = ("ageing", str(entry.score))
        case Computed() | Held():
            key = ("score", str(entry.score))
        case Triggered(name) | Did(name):
            key = ("trigger", name)
        case Fell(name):
            key = ("tally", name)
        case _:
            return None
    found = places.get(key)
    return None if found is None else f"{found[0]}:{found[1]}"


class Statement:
    """Puts an explanation into rows; `places` may be empty."""

    def __init__(self, explanation: Explanation, places: Places) -> None:
        self.explanation = explanation
        self.places = places
        self._plan = explanation.plan
        self._acts = _acts(explanation.entries)
        self._occasions = Occasions(explanation.plan, explanation.entries)

    def rows(self, key: str) -> list[Row]:
        """The rows of one score."""
        concerned = _concerned(self._plan, key)
        entries = [
            entry
            for entry in self.explanation.entries
            if entry.score == key or (isinstance(entry.why, Triggered) and entry.why.trigger in concerned)
        ]
        return self._rows(entries)

    def firings(self) -> list[Row]:
        """The rows of all triggers, those blocked included."""
        return self._rows([entry for entry in self.explanation.entries if isinstance(entry.why, Triggered)])

    def without_effect(self) -> tuple[int, int]:
        """How many events there were, and how many of them have no entry but their own."""
        follows = {entry.event.key for entry in self.explanation.entries if entry.event and not _bare(entry)}
        events = [entry.event.key for entry in self.explanation.entries if entry.event and _bare(entry)]
        return len(events), sum(key not in follows for key in events)

    def subtotals(self, key: str) -> list[Subtotal]:
        """What gave the score its points, in the order of first appearance; the sum is the score shown."""
        found: dict[str, list[int]] = {}
        for entry in self.explanation.entries:
            if entry.score == key and entry.points and not isinstance(entry.why, Computed):
                found.setdefault(_source(entry), []).append(entry.points)
        return [Subtotal(of, len(points), sum(points)) for of, points in found.items()]

    # --- rows -----------------------------------------------------------------------------------------------------

    def _rows(self, entries: list[Entry]) -> list[Row]:
        rows: list[Row] = []
        for _, group in groupby(entries, key=_moment):
            same = list(group)
            if isinstance(same[0].why, Stepped | Aged) and len(same) > 1 and same[0].at != same[-1].at:
                rows.append(self._folded(same))
                continue
            time, what = wording.moment(same[0].at), self._occasions.words(same)
            for entry in same:
                rows.append(self._row(entry, time, what))
                time = what = ""
        return rows

    def _row(self, entry: Entry, time: str, what: str) -> Row:
        why = reason(self._plan, entry)
        if isinstance(entry.why, Triggered):
            acts = [action(self._plan, did) for did in self._acts.get(id(entry), [])]
            why += [", ".join(acts)] if acts else []
        points, balance = (None, None) if entry.score is None else (entry.points, entry.balance)
        return Row(time, what, tuple(why), place_of(self.places, entry) or "", points, balance)

    def _folded(self, run: list[Entry]) -> Row:
        """Several steps, or midnights at which points aged, with nothing in between, in one row."""
        first, last = run[0], run[-1]
        points = sum(entry.points for entry in run)
        span = f"{wording.moment(first.at)[:10]} to {wording.moment(last.at)[:10]}"
        course = f"{wording.score(last.balance - points)} → {wording.score(last.balance)}"
        if isinstance(first.why, Stepped):
            assert first.score is not None
            each = drop(self._plan.scores[self._plan.keys.index(first.score)].degrade)
            why = (f"{len(run)} degradation steps, {each} each,", f"{span}: {course}")
        else:
            why = (f"points of {wording.count(_days(run), 'day')} age,", f"{span}: {course}")
        place = place_of(self.places, first) or ""
        return Row(wording.moment(first.at), "time", why, place, points, last.balance)


def _bare(entry: Entry) -> bool:
    return isinstance(entry.why, Happened)


def _moment(entry: Entry) -> Any:
    """Entries with one key stand together: those of one event or instant, and runs of steps or of ageing."""
    if isinstance(entry.why, Stepped | Aged):
        return type(entry.why).__name__
    return (entry.at, None if entry.event is None else entry.event.key)


def _days(run: Iterable[Entry]) -> int:
    return len({day for entry in run if isinstance(entry.why, Aged) for day, _, _ in entry.why.days})


def _acts(entries: Iterable[Entry]) -> dict[int, list[Did]]:
    """By the entry of a firing, what the trigger did."""
    found: dict[int, list[Did]] = {}
    current: list[Did] = []
    for entry in entries:
        if isinstance(entry.why, Triggered):
            current = found[id(entry)] = []
        elif isinstance(entry.why, Did):
            current.append(entry.why)
    return found


def _concerned(plan: Plan, key: str) -> set[str]:
    """The triggers that look at a score or change it."""
    tests = plan.table.tests
    found = set()
    for trigger in plan.table.triggers:
        seen = fields_of([trigger.when], tests, "score") | fields_of([trigger.when], tests, "quiet")
        if key in seen or any(act[0] in ("add", "reset") and act[1] == key for act in trigger.do):
            found.add(trigger.name)
    return found


def _source(entry: Entry) -> str:
    match entry.why:
        case Fired(rule) | Profile(rule):
            return rule
        case Capped(group):
            return f"group {group}"
        case Did(trigger):
            return f"trigger {trigger}"
        case Stepped():
            return "degradation"
        case Aged():
            return "fading and expiry"
        case _:
            return "ends of the range"
