"""How a lead goes on: by events, in their order or late, and by time; and what of that is published.

An event that comes after all that its lead has seen goes on from the state; an earlier one folds the lead anew from the
nearest state before it that was saved, with the lines kept since. Nothing here writes the lead: a row is made what it
is to be, and its caller writes it, on condition that nobody else did meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from runtime import publish
from runtime.chain import Emitted, Standing
from runtime.dynamo.client import Table
from runtime.dynamo.history import MANY, History
from runtime.dynamo.model import Model
from runtime.dynamo.retention import Retention
from runtime.dynamo.rows import PIECE, Row
from runtime.intake import Event
from runtime.lead import Lead


class Folding:
    """Folds rows of a table under one model. `now` is the clock (microseconds)."""

    def __init__(self, table: Table, model: Model, retention: Retention, now: Callable[[], int]) -> None:
        self.table = table
        self.model = model
        self.retention = retention
        self.now = now

    def go_on(self, row: Row, new: list[Event]) -> None:
        """Make `row` what it is with further events."""
        if len(row.refs) >= 2 * MANY:  # `compact` has not come by
            History(self.table, row).roll(self.model)
        if sum(map(len, row.tail)) > PIECE:
            History(self.table, row).move_tail(self.model)
        new.sort()
        lead, reach, newest = row.lead, self.seen(row), new[-1][0][0]
        standing = None if lead is None or _behind(lead, new[0]) else self.model.standing(lead, row.digest)
        anew = standing is None
        if standing is None:
            standing, told, after = self._anew(row, new)
        else:
            after, told = reach, self.model.chain.bring(standing, new, newest, still=True).emitted
        settled = self._settled(row)
        row.tail = [*row.tail, *[event[3] for event in new]]
        row.oldest = new[0][0][0] if row.oldest is None else min(row.oldest, new[0][0][0])
        row.newest = max(row.newest, newest)
        self._settle(row, standing, told, max(after, settled), max(reach, newest), anew=anew)
        self._schedule(row, later=False)

    def let_pass(self, row: Row, upto: int) -> tuple[bool, list[str]]:
        """Make `row` what it is at an instant, under this model and after what the retention asks for; whether there
        was anything to do, and the sort keys of the items to drop once it is written."""
        lead, was = row.lead, row.digest
        assert lead is not None
        after = reach = self.seen(row)
        told: list[Emitted] = []
        standing = self.model.standing(lead, was)
        anew = standing is None
        if standing is None:
            standing, told, after = self._anew(row, [])
        done = standing.lead.done
        told += self.model.chain.bring(standing, [], max(upto, lead.done)).emitted
        dropped = self._expire(row, upto)
        worked = anew or standing.lead.done != done or was != self.model.mark(standing) or bool(dropped)
        self._settle(row, standing, told, max(after, self._settled(row)), max(upto, reach), anew=anew)
        self._schedule(row, later=True)
        return worked, dropped

    def _expire(self, row: Row, now: int) -> list[str]:
        """Fold what the retention has outlived into the checkpoint; the items to drop after the write."""
        due = self.retention.due(row)
        if due is None or due > now:
            return []
        history = History(self.table, row)
        return history.condense(self.model, self.begin(history)[0], self.retention.before(row, now))

    # --- anew ---------------------------------------------------------------------------------------------------------

    def _anew(self, row: Row, new: list[Event]) -> tuple[Standing, list[Emitted], int]:
        """The lead folded from the nearest state before the new events, up to where it was; what it emits, and the
        instant after which that was."""
        history, chain = History(self.table, row), self.model.chain
        saved = history.saved(new[0][0][0]) if new else None
        near = None if saved is None else self.model.standing(saved.lead, saved.digest)
        standing, after = self.begin(history) if near is None else (near, self._reached(near))
        if near is not None:
            kept = history.since_saved(self.model, near.lead.key)
        else:
            kept = [] if row.lead is None else history.events(self.model, standing.lead.key)[0]
        found = {event[0]: event for event in [*kept, *new]}
        events = [found[key] for key in sorted(found)]
        told = chain.bring(standing, events, events[-1][0][0], still=True).emitted if events else []
        told += chain.bring(standing, [], self.model.began(row.digest), still=True).emitted
        done = -1 if row.lead is None else row.lead.done
        if done > standing.lead.done:
            told += chain.bring(standing, [], done).emitted
        return standing, told, after

    def begin(self, history: History) -> tuple[Standing, int]:
        """What comes before all lines that are kept, and the instant up to which it has seen everything."""
        checkpoint = history.checkpoint()
        if checkpoint is None:
            return self.model.chain.new(history.row.id), -1
        standing = self.model.taken_up(checkpoint.lead, checkpoint.digest)
        return standing, self._reached(standing)

    def seen(self, row: Row) -> int:
        """The instant up to which the kept state has seen everything, the look at its release included."""
        return max(_reach(row.lead), self.model.began(row.digest))

    def _reached(self, standing: Standing) -> int:
        return max(_reach(standing.lead), self.model.chain.links[standing.link].start)

    # --- what follows -------------------------------------------------------------------------------------------------

    def _settle(self, row: Row, standing: Standing, told: list[Emitted], after: int, upto: int, *, anew: bool) -> None:
        """The row takes the lead's new state, and what is to be published of its firings after one instant and up to
        another, all of them `anew` or those that the state goes on with."""
        looked, lead = row.looked, standing.lead
        row.lead, row.digest = lead, self.model.mark(standing)
        if lead.looked is not None:
            row.looked = lead.looked if looked is None else max(looked, lead.looked)
        row.out = []
        if told or row.ledger:
            emitted = [(firing, data) for firing, data in told if firing[2] > after or not anew]
            publish.settle(row.ledger, emitted, after, upto, looked)
            due = [(("lead", row.id), firing, entry) for firing, entry in row.ledger.items() if entry.due]
            row.out = list(publish.publications(self.model.name, due))
            for _, _, entry in due:
                publish.told(entry)
            settled = self._settled(row)
            row.ledger = {firing: entry for firing, entry in row.ledger.items() if firing[2] > settled}

    def _settled(self, row: Row) -> int:
        """The last instant at which no event can come any more, so that no publication up to then can change."""
        return row.newest - self.model.table.lateness - 1

    def _schedule(self, row: Row, *, later: bool) -> None:
        """Say when time is due to do something. Moving the index costs more than a visit in vain now and then, so it is
        moved to a later instant only by a sweep."""
        waits = [] if row.lead is None or row.lead.due is None else [row.lead.due]
        outlived = self.retention.due(row)
        if outlived is not None:
            waits.append(max(outlived, self.now()))
        due = min(waits, default=None)
        if later or (due is not None and (row.due is None or due < row.due)):
            row.due = due


def _reach(lead: Lead | None) -> int:
    """The instant up to which a state has seen everything."""
    return -1 if lead is None else max(lead.done, lead.key[0] if lead.key is not None else -1)


def _behind(lead: Lead, event: Event) -> bool:
    """Whether an event comes before what the state has seen."""
    return event[0][0] <= lead.done or (lead.key is not None and event[0] < lead.key)
