"""The engine that the prover replays its witnesses with: the fold that scores leads, on one lead."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from compiler.prove.engine import AccountSight, Given, Refused, Sight
from runtime.accounts import AccountPlan, AccountState, Look, Looks
from runtime.fold import Fold
from runtime.intake import kinds_of
from runtime.lead import Key, Lead
from runtime.lines import scores_of, settle
from runtime.meet import check
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.plan import Plan
from runtime.table import Table, Term
from runtime.times import DAY, read_date
from runtime.values import BadValue

_LEAD = "test"
_END = read_date("2999-12-31") + DAY
_DEEP = ("caps", "contributions", "tally_days")
_FLAT = ("attrs", "a", "p", "raised", "tallies", "entered", "tags", "fired", "named")


class Replay:
    """An engine over one table (`compiler.prove.engine.Engine`)."""

    def __init__(self, table: Table) -> None:
        self.plan = Plan(table)
        self._kinds = kinds_of(self.plan)
        self._fold = Fold(self.plan)
        self._names = [trigger.name for trigger in self.plan.triggers]
        self._without: dict[str, Replay] = {}

    def without(self, trigger: str) -> Replay:
        known = self._without.get(trigger)
        if known is None:
            left = tuple(each for each in self.plan.table.triggers if each.name != trigger)
            known = self._without[trigger] = Replay(replace(self.plan.table, triggers=left))
        return known

    def begin(self) -> Lead:
        return self._fold.new(_LEAD)

    def copy(self, state: Lead) -> Lead:
        made = copy.copy(state)
        for name in _FLAT:
            setattr(made, name, getattr(state, name).copy())
        for name in _DEEP:
            setattr(made, name, _copied(getattr(state, name)))
        return made

    def give(self, state: Lead, type: str, data: Mapping[str, Any], time: int) -> None:
        last = state.key
        self._give(self._fold, state, type, data, time, int(last[2]) + 1 if last is not None else 0)

    def _give(self, fold: Fold, state: Lead, type: str, data: Mapping[str, Any], time: int, at: int) -> None:
        """Fold the event number `at` of a lead. Raises Refused."""
        kind = self._kinds[type]
        if not 0 <= time < _END:
            raise Refused("the time is not within the years 1970 to 2999")
        try:
            taken = check(kind, dict(data))
        except BadValue as bad:
            raise Refused(str(bad)) from None
        fold.event(state, (time, _LEAD, f"{at:09}"), kind.plan, taken)

    def see(self, state: Lead, time: int) -> Sight:
        return self._sight(self._moved(state, time), time)

    def _moved(self, state: Lead, time: int) -> Lead:
        lead = self.copy(state)
        self._fold.advance(lead, time)
        settle(self.plan, lead)
        return lead

    def _sight(self, lead: Lead, time: int) -> Sight:
        plan = self.plan
        return Sight(
            time,
            {key: shown(lead, time) for key, shown in zip(plan.keys, plan.shown, strict=True)},
            lead.stage,
            frozenset(lead.tags),
            Counter(self._names[at] for at, _ in lead.fired),
            dict(lead.attrs),
            dict(zip(plan.tally_names, lead.tallies, strict=True)),
        )

    def account(self, name: str, leads: Sequence[tuple[int, Sequence[Given]]], time: int) -> AccountSight:
        accounts, state, looks, members = AccountPlan(self.plan), AccountState(name, {}, set(), [], {}), [], []
        assert self.plan.account is not None
        for at, (count, history) in enumerate(leads):
            watcher = Looks(self.plan)
            lead = self._watched(watcher, history, time)
            looks += [each for copy in range(count) for each in _copied_looks(watcher.kept, f"lead-{at}-{copy}")]
            if lead.attrs.get(self.plan.account) == name:
                members += [(lead, scores_of(self.plan, lead, time))] * count
        accounts.go_on(state, {}, [each for each in looks if name in (each.before, each.after)])
        fired = Counter(accounts.triggers[at].name for at, _ in state.fired)
        return AccountSight(accounts.scores(members, time), fired, frozenset(state.tags))

    def _watched(self, watcher: Looks, history: Sequence[Given], time: int) -> Lead:
        """A lead after its events, at `time`; the watcher sees its looks."""
        fold, lead = Fold(self.plan, None, watcher), self.begin()
        for at, (when, type, data) in enumerate(history):
            self._give(fold, lead, type, data, when, at)
        fold.advance(lead, time)
        settle(self.plan, lead)
        return lead

    def holds(self, state: Lead, condition: Term, time: int) -> bool:
        return self.plan.terms.test(condition)(self._moved(state, time), {}, time)

    def fits(self, state: Lead, event: str, data: Mapping[str, Any], where: Term, time: int) -> bool:
        taken = check(self._kinds[self.plan.table.events[event].spelling], dict(data))
        return self.plan.terms.test(where)(state, taken, time)

    def silence(self, state: Lead, time: int, until: int, most: int) -> list[Sight]:
        lead = self._moved(state, time)
        watcher = _Times()
        fold = Fold(self.plan, None, watcher)
        found = [self._sight(lead, time)]
        while len(found) < most:
            due = watcher.first(fold, lead, until)
            if due is None:
                break
            settle(self.plan, lead)
            found.append(self._sight(lead, due))
        return found


class _Stop(Exception):
    """Enough has been seen."""


class Watching:
    """A watcher of the fold to whom nothing matters."""

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None:
        """Nothing to do."""

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        """Nothing to do."""

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None:
        """Nothing to do."""

    def step(self, lead: Lead, score: int, t: int, before: int) -> None:
        """Nothing to do."""

    def aged(self, lead: Lead, score: int, t: int, before: int) -> None:
        """Nothing to do."""

    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None:
        """Nothing to do."""

    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None:
        """Nothing to do."""

    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None:
        """Nothing to do."""

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        """Nothing to do."""


class _Times(Watching):
    """A watcher that lets time go on to the next look, and no further."""

    def first(self, fold: Fold, lead: Lead, until: int) -> int | None:
        """Advance the lead to the first instant up to `until` at which time does something; None if there is none."""
        try:
            fold.advance(lead, until)
        except _Stop as stop:
            return int(stop.args[0])
        return None

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        raise _Stop(t)


def _copied_looks(looks: Sequence[Look], id: str) -> Iterator[Look]:
    """The looks of a lead as those of another one that does the same."""
    for each in looks:
        t, kind, source, event = each.order
        order = (t, kind, source, f"{event}-{id}") if kind == 0 else (t, kind, id, "")
        yield replace(each, order=order, id=id)


def _copied(value: Any) -> Any:
    """Dictionaries and lists of plain values, copied all the way down."""
    if type(value) is dict:
        return {key: _copied(inner) for key, inner in value.items()}
    if type(value) is list:
        return [_copied(inner) for inner in value]
    return value
