"""What became of each lead: from an outcome that the model declares, or from a file.

A decision is the first thing that settles a lead: it was won, or it was lost and there is nothing left to wait for. A
declared outcome is asked of every event while the engine folds the lead, so its conditions see the properties and
attributes that rules would see there. Times are microseconds.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from insight.recorded import History
from runtime.dynamo.model import Model
from runtime.fold import Watcher
from runtime.lead import Key, Lead
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.plan import Plan
from runtime.state import decode, encode
from runtime.table import Ending, Outcome
from runtime.times import read_moment

WON = frozenset({"won", "true", "yes", "1"})
LOST = frozenset({"lost", "false", "no", "0"})
OPEN = frozenset({"", "open"})
"""What the values of an outcome file mean where nobody says otherwise; case does not matter."""
_SHOWN = 6


class OutcomeError(Exception):
    """Outcomes that can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A lead was won or lost at an instant; `worth` is what it brought, where that is known."""

    at: int
    won: bool
    worth: Decimal | int | None = None


Trace = tuple[tuple[str, ...], int]
"""What happened to a lead: ``("event", type)`` or ``("rule", score, name)``, and when."""


@dataclass(slots=True)
class Seen:
    """A lead from its `first` event to its `last` one up to the end, with what decided about it."""

    id: str
    first: int
    last: int
    decision: Decision | None
    traces: list[Trace] = field(default_factory=list)


# --- declared ---------------------------------------------------------------------------------------------------------

_Test = Callable[[Lead, Any, int], Any]


class Witness:
    """Sees a model's leads from beginning to end, and what decides about them; `outcome` is None where a file says."""

    def __init__(self, model: Model, outcome: Outcome | None, until: int) -> None:
        self.model, self.until = model, until
        self._endings: dict[str, list[tuple[bool, _Test | None, _Test | None]]] = {}
        for won, endings in ((True, outcome.won), (False, outcome.lost)) if outcome is not None else ():
            for ending in endings:
                self._endings.setdefault(ending.on, []).append(self._asked(won, ending))

    def _asked(self, won: bool, ending: Ending) -> tuple[bool, _Test | None, _Test | None]:
        terms = self.model.plan.terms
        where = None if ending.where is None else terms.test(ending.where)
        return won, where, None if ending.worth is None else terms.value(ending.worth)

    def see(self, history: History, number: int = 0) -> Seen | None:
        """The lead of a history; None if it has no event up to the end. Raises ValueError if it starts from a state
        that the model can't take up."""
        chain, start = self.model.chain, history.start
        if start is None:
            standing, after = chain.new(history.id), None
        else:
            standing = self.model.taken_up(decode(history.id, encode(start.lead)), start.mark)
            after = standing.lead.key
            if start.seen > self.until:
                return None
        events, _ = history.events(self.model, number, after)
        course = _Course(self._endings)
        chain.bring(standing, events, self.until, tell=False, watch=course.under)
        first = standing.lead.first
        if first is None:
            return None
        return Seen(
            history.id, first, course.last if course.last is not None else first, course.decision, course.traces
        )


class _Course:
    """The watcher of one lead: notes what happened, and the first event that decides."""

    def __init__(self, endings: Mapping[str, list[tuple[bool, _Test | None, _Test | None]]]) -> None:
        self._endings = endings
        self._plan: Plan | None = None
        self.decision: Decision | None = None
        self.traces: list[Trace] = []
        self.last: int | None = None

    def under(self, plan: Plan) -> Watcher:
        self._plan = plan
        return self

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None:
        t = self.last = key[0]
        self.traces.append((("event", kind.name), t))
        if self.decision is not None:
            return
        for won, where, worth in self._endings.get(kind.name, ()):
            if where is None or where(lead, data, t):
                self.decision = Decision(t, won, None if worth is None else worth(lead, data, t))
                return

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        if given:
            assert self._plan is not None
            self.traces.append((("rule", self._plan.keys[rule.score], rule.name), t))

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None: ...
    def step(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def aged(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None: ...
    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None: ...
    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None: ...
    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None: ...


# --- from a file ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of an outcome file are called, and which values count as won; None: those of `WON`."""

    lead: str = "lead"
    time: str = "time"
    value: str = "value"
    worth: str = "worth"
    won: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What an outcome file says: decisions by lead, and whether any of them was lost; `open` leads are named in it
    without a decision."""

    decisions: Mapping[str, Decision]
    open: frozenset[str]

    @property
    def loses(self) -> bool:
        return any(not each.won for each in self.decisions.values())


def read_outcomes(lines: Iterable[str], name: str, columns: Columns) -> Told:
    """The outcomes in the lines of a table with a header: CSV with commas, semicolons or tabs. Of several decisions of
    a lead the earliest counts; at one instant the winning one does. Raises OutcomeError."""
    given = list(lines)
    header = given[0] if given else ""
    mark = max(",;\t", key=header.count)
    rows = csv.DictReader(given, delimiter=mark)
    names = [each.strip() for each in rows.fieldnames or ()]
    rows.fieldnames = names
    for wanted in (columns.lead, columns.time):
        if wanted not in names:
            found = ", ".join(f"`{each}`" for each in names if each) or "none"
            raise OutcomeError(f"{name} has no column `{wanted}`; its columns are {found}")
    if columns.won is not None and columns.value not in names:
        raise OutcomeError(f"{name} has no column `{columns.value}`, so no value in it can count as won")
    decisions: dict[str, Decision] = {}
    undecided: set[str] = set()
    strange: dict[str, None] = {}
    try:
        for number, row in enumerate(rows, 2):
            lead = (row[columns.lead] or "").strip()
            if not lead:
                raise OutcomeError(f"line {number} of {name} names no lead")
            decided = _decision(row, number, name, columns, strange)
            if decided is None:
                undecided.add(lead)
                continue
            before = decisions.get(lead)
            if before is None or (decided.at, not decided.won) < (before.at, not before.won):
                decisions[lead] = decided
    except csv.Error as error:
        raise OutcomeError(f"{name} is no table: {error}") from None
    if strange:
        raise OutcomeError(_not_known(name, columns, list(strange)))
    if not decisions:
        raise OutcomeError(f"{name} holds no outcome")
    return Told(decisions, frozenset(undecided - decisions.keys()))


def _decision(
    row: Mapping[str, str | None], number: int, name: str, columns: Columns, strange: dict[str, None]
) -> Decision | None:
    value, time = (row.get(columns.value) or "").strip(), (row.get(columns.time) or "").strip()
    won = _is_won(value, columns) if columns.value in row else True
    if won is None:
        if value.casefold() not in OPEN:
            strange[value] = None
        return None
    if not time:
        raise OutcomeError(f"line {number} of {name} has an outcome without a time")
    try:
        at = read_moment(time.replace(" ", "T", 1))
    except ValueError as error:
        raise OutcomeError(f"line {number} of {name} has an unreadable time `{time}`: {error}") from None
    worth = (row.get(columns.worth) or "").strip()
    try:
        return Decision(at, won, Decimal(worth) if worth else None)
    except ArithmeticError:
        raise OutcomeError(f"line {number} of {name} has a worth that is no number: `{worth}`") from None


def _is_won(value: str, columns: Columns) -> bool | None:
    if columns.won is not None:
        return value in columns.won if value in columns.won or value.casefold() not in OPEN else None
    folded = value.casefold()
    return True if folded in WON else False if folded in LOST else None


def _not_known(name: str, columns: Columns, values: list[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    listed = ", ".join(f"`{each}`" for each in values[:_SHOWN]) + more
    return f"{name} does not say which of the values {listed} in `{columns.value}` count as won; name them with --won"
