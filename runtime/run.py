"""A run: lines in, leads out.

A run takes lines in, folds every lead up to one instant T, and says what stands there and what is to be published. An
event that comes after all that its lead has seen is folded into the lead's state; an earlier one folds the lead anew
from all its events. What is written to the store is written at once, by `save`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from runtime import publish
from runtime.account_run import AccountRun
from runtime.accounts import AccountState, Look, Looks
from runtime.arrivals import Arrivals, Reject
from runtime.fold import Emission, Fold
from runtime.intake import Event, Intake, Met, Rejected
from runtime.lead import Lead
from runtime.lines import quote, write_scores
from runtime.plan import Plan
from runtime.publish import Entries, Entry, Firing, Subject
from runtime.store import Header, Memory, Pair, Row, Store, StoreError
from runtime.table import Table, meaning
from runtime.times import now as clock_now

FOREVER = 1 << 62


@dataclass(slots=True)
class Outcome:
    """What stands at `at` (microseconds): all leads with an event up to then, by id; the accounts' states by name,
    where the model has account triggers. `set_aside` counts kept events that a new model does not take."""

    at: int
    leads: list[Lead]
    accounts: dict[str, AccountState] = field(default_factory=dict)
    set_aside: int = 0


class Run:
    """One run of one model over a store. `now` is the clock that events are held against (microseconds)."""

    def __init__(
        self,
        table: Table,
        store: Store | None = None,
        *,
        now: int | None = None,
        refold: bool = False,
        publish: bool = False,
    ) -> None:
        self.plan = Plan(table)
        self.store: Store = Memory() if store is None else store
        self.digest = meaning(table)
        self.header = self.store.header()
        if self.header is not None and self.header.digest != self.digest and not refold:
            raise StoreError(
                f"the database was made with another model (`{self.header.model}`, or another version of it); run with "
                "--refold to fold everything anew under this one, or take another database"
            )
        self.refold = refold
        self.fresh = self.header is None
        self.asked = publish
        self.publishing = publish or store is not None
        intake = Intake(self.plan, clock_now() if now is None else now)
        newest = None if self.header is None else self.header.newest
        self.arrivals = Arrivals(intake, None if self.fresh else self.store, newest, table.lateness)
        self.set_aside = 0

    def take(self, lines: Iterable[bytes]) -> None:
        """Take lines in; blank ones are skipped. May be called again and again before `finish`."""
        with _without_collector():
            self.arrivals.take(lines)

    @property
    def accepted(self) -> int:
        """How many lines were taken in."""
        return self.arrivals.accepted

    @property
    def duplicates(self) -> int:
        """How many lines said again what was known."""
        return self.arrivals.duplicates

    @property
    def rejects(self) -> list[Reject]:
        """The lines that were not taken in."""
        return self.arrivals.rejects

    # --- folding ------------------------------------------------------------------------------------------------------

    def finish(self, at: int | None = None) -> Outcome:
        """Fold every lead up to `at`, or up to the newest accepted event of all runs."""
        if at is None:
            at = self.arrivals.newest if self.arrivals.newest is not None else 0
        self.at = at
        account = self.plan.table.account
        watched = account is not None and bool(account.triggers)
        with _without_collector():
            self._fold = Fold(self.plan)
            self._touched: list[Row] = []
            self._changed: list[tuple[Subject, Entries]] = []
            self._accounts = AccountRun(self.plan, self._account_states()) if watched else None
            leads = [lead for row in self._all_rows() if (lead := self._bring(row, at)) is not None]
            outcome = Outcome(at, leads, set_aside=self.set_aside)
            if self._accounts is not None:
                self._finish_accounts(self._accounts, outcome)
        return outcome

    def _all_rows(self) -> Iterator[Row]:
        """Every lead, kept or new, in the order of ids."""
        new = sorted(id for id in self.arrivals.taken if self.fresh or self.arrivals.rows.get(id) is None)
        if self.fresh:
            for id in new:
                yield Row(id, 0)
            return
        at = 0
        for row in self.store.every():
            while at < len(new) and new[at] < row.id:
                yield Row(new[at], 0)
                at += 1
            yield row
        for id in new[at:]:
            yield Row(id, 0)

    def _bring(self, row: Row, at: int) -> Lead | None:
        """Bring one lead to `at`; None if it has no event up to then."""
        events = self.arrivals.taken.get(row.id, [])
        events.sort()
        fold = self._fold
        out = fold.out = [] if self.publishing else None
        looks = fold.watcher = Looks(self.plan) if self._accounts is not None else None
        lead, looked = row.lead, row.looked
        anew = lead is None or self.refold or _behind(lead, events, at)
        after = -1
        was = None if not anew else [] if lead is None else lead.named
        if anew:
            lead = fold.new(row.id)
            events = sorted(self._history(row.id) + events)
        else:
            assert lead is not None
            if row.waiting:
                last = lead.key
                events = sorted([event for event in self._history(row.id) if last is None or event[:3] > last] + events)
            after = max(lead.done, lead.key[0] if lead.key is not None else -1)
            if self._accounts is not None:
                self._accounts.before(lead)
        changed = anew or bool(events) or (lead.due is not None and lead.due <= at)
        waiting = fold.met(lead, events, at)
        fold.advance(lead, at)
        if changed:
            self._note(row, lead, events, waiting, looked)
            if out is not None:
                self._publish(("lead", row.id), out, after, looked)
        if self._accounts is not None and looks is not None:
            self._accounts.after(lead, looks, was)
        return lead if lead.first is not None else None

    def _note(self, row: Row, lead: Lead, events: list[Met], waiting: bool, looked: int | None) -> None:
        row.lead = lead
        row.waiting = waiting
        if events:
            row.newest = max(row.newest, events[-1][0])
        if lead.looked is not None:
            row.looked = lead.looked if looked is None else max(looked, lead.looked)
        self._touched.append(row)

    def _history(self, id: str) -> list[Met]:
        """The events of a lead that earlier runs accepted."""
        events = []
        for line in self.store.history(id):
            try:
                events.append(self._anytime().meet(line)[1])
            except Rejected:
                self.set_aside += 1
        return events

    def events_of(self, id: str) -> list[Event]:
        """All accepted events of a lead, of this run and of earlier ones, in their order, with all that they say."""
        met = {event[:3]: event for event in [*self._history(id), *self.arrivals.taken.get(id, [])]}
        return [self._anytime().read(met[key][-1])[1] for key in sorted(met)]

    def _anytime(self) -> Intake:
        """The intake without a clock: what was accepted once is not held against another now."""
        if not hasattr(self, "_stored"):
            self._stored = Intake(self.plan, FOREVER)
        return self._stored

    # --- publications -------------------------------------------------------------------------------------------------

    def _publish(self, subject: Subject, out: list[Emission], after: int, looked: int | None) -> None:
        entries = {} if not out and after >= 0 and not self._went_back() else dict(self.store.entries(subject))
        if not out and not entries:
            return
        emitted = []
        for at, name, t, ordinal, scores, stage in out:
            trigger, shown = self.plan.triggers[at].name, write_scores(self.plan, scores)
            data = f'"trigger":{quote(trigger)},"scores":{shown},"stage":{"null" if stage is None else quote(stage)}'
            emitted.append(((trigger, name, t, ordinal), data))
        changed = publish.settle(entries, emitted, after, self.at, looked)
        if changed:
            self._changed.append((subject, changed))

    def _went_back(self) -> bool:
        """Whether the last run ended before one that came earlier: the ledger knows of firings past the states."""
        return self.header is not None and self.header.reach != self.header.upto

    def _finish_accounts(self, accounts: AccountRun, outcome: Outcome) -> None:
        if self._went_back():
            accounts.take_all_anew()
        for state, looked, after, out in accounts.finish(outcome.leads, self._looks_again):
            subject = ("account", state.name)
            entries = dict(self.store.entries(subject))
            changed = publish.settle(entries, accounts.emitted(out), after, outcome.at, looked)
            if changed:
                self._changed.append((subject, changed))
        outcome.accounts = accounts.states

    def _account_states(self) -> dict[str, AccountState]:
        states = self.store.accounts()
        if self.refold:
            return {name: AccountState(name, {}, set(), [], {}, reach=state.reach) for name, state in states.items()}
        return states

    def _looks_again(self, id: str) -> list[Look]:
        """All looks of a lead up to T, folded anew."""
        watcher = Looks(self.plan)
        fold = Fold(self.plan, None, watcher)
        lead = fold.new(id)
        fold.met(lead, sorted(self._history(id) + self.arrivals.taken.get(id, [])), self.at)
        fold.advance(lead, self.at)
        return watcher.kept

    # --- writing ------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what the run took in and made of it, and let it stand. After `finish`, once."""
        with _without_collector():
            self._save()

    def _save(self) -> None:
        lines: dict[str, list[tuple[Pair, bytes]]] = {
            id: [(event[1:3], event[5]) for event in events] for id, events in self.arrivals.taken.items()
        }
        old = self.header
        reach = self.at if old is None or old.reach is None else max(old.reach, self.at)
        header = Header(self.plan.table.model, self.digest, self.arrivals.newest, self.at, reach)
        self.store.write(header, self._touched, lines)
        for subject, changed in self._changed:
            self.store.write_entries(subject, changed)
        if self._accounts is not None:
            self.store.write_accounts(self._accounts.changed)
        if not self.asked:
            self.store.overlook()
        self.store.commit()

    def due(self) -> list[tuple[Subject, Firing, Entry]]:
        """What is to be published up to T; after `save`."""
        return self.store.due(self.at)

    def publications(self, due: list[tuple[Subject, Firing, Entry]]) -> Iterator[str]:
        """The due publications as CloudEvents, one JSON text each."""
        return publish.publications(self.plan.table.model, due)

    def told(self, due: list[tuple[Subject, Firing, Entry]]) -> None:
        """The world was told of what was due: let the store remember it."""
        changed: dict[Subject, dict[Firing, Entry]] = {}
        for subject, firing, entry in due:
            publish.told(entry)
            changed.setdefault(subject, {})[firing] = entry
        for subject, entries in changed.items():
            self.store.write_entries(subject, entries)
        self.store.commit()


def _behind(lead: Lead, events: list[Met], at: int) -> bool:
    """Whether the state can't be gone on with: it is past `at`, or an event comes before what it has seen."""
    if lead.done > at or (lead.key is not None and lead.key[0] > at):
        return True
    if not events or events[0][0] > at:
        return False
    first = events[0][:3]
    return (lead.key is not None and first < lead.key) or first[0] <= lead.done


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing made here is cyclic, and looking for cycles among millions of events takes longer than folding them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
