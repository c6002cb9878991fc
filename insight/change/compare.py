"""Every recorded lead under two models: what is different for it, and which change is to blame.

A lead is folded under both, and compared at the end of a period and over the period. Where it comes to a line under one
model only, it is folded again under each variant of the new model, in which one change is taken back: if the lead then
is where it was, that change is what moved it. So what a change is blamed for was found out by the engine, and changes
that only work together are each blamed, while of two that would each do it alone neither is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from insight.change.facts import Blame, Count, Facts, Line, Mover, Moves, Passer
from insight.recorded import History
from insight.timeline import Given, Timeline, timeline
from runtime.dynamo.model import Model
from runtime.table import Table
from runtime.times import DAY

_MONDAY = 3
"""1970-01-01 was a Thursday."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `old` and `new`, of which recorded events were read as models 0 and 1; from when (None: from the
    first event) until when, that included (microseconds); `variants` of the new model, and for how many leads of a
    shelf they are folded."""

    old: Model
    new: Model
    until: int
    since: int | None = None
    variants: tuple[tuple[int, Model], ...] = ()
    """Each with the number of its change."""
    most_crossed: int = 200

    @property
    def shared(self) -> list[str]:
        """The scores that both models have."""
        return sorted(self.old.table.scores.keys() & self.new.table.scores.keys())


def lines_of(old: Table, new: Table) -> tuple[list[Line], list[Line]]:
    """What leads may come to: the ready lines of scores that both have, and the triggers that either has."""
    ready = [
        ("ready", key)
        for key in sorted(old.scores.keys() & new.scores.keys())
        if old.scores[key].ready is not None and new.scores[key].ready is not None
    ]
    names = dict.fromkeys([trigger.name for trigger in (*new.triggers, *old.triggers)])
    return ready, [("trigger", name) for name in names]


def week_of(t: int) -> int:
    """The week of an instant, counted in Mondays."""
    return (t // DAY + _MONDAY) // 7


def first_day(week: int) -> int:
    """The Monday that a week begins with, as microseconds."""
    return (week * 7 - _MONDAY) * DAY


class Comparison:
    """Answers a question for shelves of leads."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.ready, self.triggers = lines_of(question.old.table, question.new.table)
        both = (question.old.table, question.new.table)
        self.banded = [key for key in question.shared if all(table.scores[key].bands for table in both)]
        self.staged = all(table.stages.path for table in both)

    def shelf(self, histories: Iterable[History], number: int = 0) -> Facts:
        """What is counted of the leads of shelf `number`."""
        facts = Facts()
        for line in self.ready:
            facts.at_end[line] = Count()
        for line in (*self.ready, *self.triggers):
            facts.ever[line] = Count()
        for history in histories:
            self._lead(facts, history, number)
        return facts

    def _lead(self, facts: Facts, history: History, number: int) -> None:
        question = self.question
        try:
            old = timeline(history, question.old, question.until, 0)
            new = timeline(history, question.new, question.until, 1)
        except ValueError:
            facts.unfit += 1
            return
        if old is None and new is None:
            return
        facts.both += old is not None and new is not None
        facts.only_old += new is None
        facts.only_new += old is None
        for side, told in enumerate((old, new)):
            if told is not None:
                facts.aside[side] += told.aside
                self._points(facts, side, told)
                self._weeks(facts, side, told)
        facts.events += max(len(told.events) for told in (old, new) if told is not None)
        if question.since is not None:
            starts = [told.known_from for told in (old, new) if told is not None and told.known_from is not None]
            facts.cut_short += any(start > question.since for start in starts)
        self._scores(facts, history.id, number, old, new)
        crossed = self._lines(facts, history.id, old, new)
        if crossed:
            facts.crossed += 1
            if facts.looked_into < question.most_crossed:
                facts.looked_into += 1
                self._blame(facts, history, crossed)

    # --- where a lead stands ------------------------------------------------------------------------------------------

    def _scores(self, facts: Facts, id: str, shelf: int, old: Timeline | None, new: Timeline | None) -> None:
        for key in self.question.shared:
            mover = Mover(key, id, _score(old, key), _score(new, key), shelf)
            facts.moves.setdefault(key, Moves()).note(mover)
        for key in self.banded:
            before, after = (None if told is None else told.end.band(key) for told in (old, new))
            facts.bands.setdefault(key, Counter())[before, after] += 1
        if self.staged:
            facts.stages[tuple([None if told is None else told.end.stage for told in (old, new)])] += 1  # type: ignore[index]

    def _lines(
        self, facts: Facts, id: str, old: Timeline | None, new: Timeline | None
    ) -> list[tuple[Line, bool, bool]]:
        """Note which lines the lead comes to; gives those that it comes to under one model only, with whether that is
        the new one, and whether it is at the end that counts."""
        crossed: list[tuple[Line, bool, bool]] = []
        for line in self.ready:
            passer = Passer(id, _score(old, line[1]), _score(new, line[1]))
            before, after = (_is_ready(told, line[1]) for told in (old, new))
            facts.at_end[line].note(passer, before, after)
            if before != after:
                crossed.append((line, after, True))
            facts.ever[line].note(passer, self._was_ready(old, line[1]), self._was_ready(new, line[1]))
        for line in self.triggers:
            before, after = (self._has_fired(told, line[1]) for told in (old, new))
            facts.ever[line].note(Passer(id), before, after)
            if before != after:
                crossed.append((line, after, False))
        return crossed

    def _was_ready(self, told: Timeline | None, key: str) -> bool:
        """Whether the score stood at its ready line or above at any instant of the period."""
        if told is None:
            return False
        since = self.question.since
        if since is not None and (told.known_from is None or told.known_from <= since):
            start = told.at(since)
            if start is not None and _stands(start.plan.table, key, start.score(key)):
                return True
        return any(
            _stands(moment.plan.table, key, moment.score(key))
            for moment in told.moments
            if since is None or moment.at > since
        )

    def _within(self, t: int) -> bool:
        return self.question.since is None or t > self.question.since

    def _has_fired(self, told: Timeline | None, trigger: str) -> bool:
        return told is not None and any(name == trigger and self._within(t) for name, t in told.fired)

    # --- what is added up ---------------------------------------------------------------------------------------------

    def _points(self, facts: Facts, side: int, told: Timeline) -> None:
        for origin, given in told.points.items():
            own = facts.points.get(origin)
            if own is None:
                own = facts.points[origin] = (Given(), Given())
            own[side].times += given.times
            own[side].points += given.points

    def _weeks(self, facts: Facts, side: int, told: Timeline) -> None:
        for name, t in told.fired:
            if self._within(t):
                facts.weeks.setdefault(name, (Counter(), Counter()))[side][week_of(t)] += 1

    # --- which change it was ------------------------------------------------------------------------------------------

    def _blame(self, facts: Facts, history: History, crossed: Sequence[tuple[Line, bool, bool]]) -> None:
        for number, model in self.question.variants:
            told = timeline(history, model, self.question.until, 1)
            for line, gained, at_end in crossed:
                stands = _is_ready(told, line[1]) if at_end else self._has_fired(told, line[1])
                if stands != gained:
                    blame = facts.blame.setdefault((line, number), Blame())
                    blame.gained += gained
                    blame.lost += not gained


def _score(told: Timeline | None, key: str) -> int | None:
    return None if told is None else told.end.score(key)


def _is_ready(told: Timeline | None, key: str) -> bool:
    return told is not None and _stands(told.end.plan.table, key, told.end.score(key))


def _stands(table: Table, key: str, shown: int | None) -> bool:
    ready = table.scores[key].ready if key in table.scores else None
    return shown is not None and ready is not None and shown >= ready
