"""Leads under many writers: lines in, one conditional write for each lead out.

A delivery reads the lead, decides about each line (`runtime.dynamo.deciding`), folds what is new
(`runtime.dynamo.folding`), and writes the lead once on condition that nobody else did meanwhile; else it begins again.
That one write is the moment at which events count. Whatever dies before it has changed nothing that counts, whatever
comes again after it finds its events there. What triggers emitted is in the same write, and leaves the table by its
stream. Time does its work in `sweep`, at the instants at which it is due.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from runtime.dynamo.client import Table
from runtime.dynamo.contention import OVERTAKEN, again
from runtime.dynamo.deciding import Deciding, Delivery, Known
from runtime.dynamo.folding import Folding
from runtime.dynamo.history import MANY, History
from runtime.dynamo.keys import lead_key
from runtime.dynamo.looking import Looking
from runtime.dynamo.model import Model
from runtime.dynamo.retention import Retention
from runtime.dynamo.rows import Row, read, write
from runtime.dynamo.verdicts import Verdict, failed
from runtime.intake import AHEAD, Event, Intake, Rejected
from runtime.lead import Lead
from runtime.times import DAY

_SWEEP_ATTEMPTS = 8
"""A lead that others write all the time can wait: its events do what time would, and there is a next sweep."""


class Leads:
    """The leads of a table under one model. `now` is the clock (microseconds); `retention` is how long accepted lines
    are kept (microseconds), at least the lateness of the model."""

    def __init__(
        self,
        table: Table,
        model: Model,
        now: Callable[[], int],
        *,
        retention: int = 400 * DAY,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        lateness = model.table.lateness
        self.table = table
        self.model = model
        self.now = now
        self.pause = pause
        self.retention = Retention(max(retention, lateness), lateness)
        self.deciding = Deciding(table, model, self.retention, now)
        self.folding = Folding(table, model, self.retention, now)
        self.looking = Looking(self.folding, pause)
        self.intake = Intake(model.plan, 0)

    # --- lines in -----------------------------------------------------------------------------------------------------

    def take(self, lines: Sequence[bytes]) -> list[Verdict]:
        """Take lines in; a verdict for each, in their order. The trouble of one lead is no trouble of the others: it
        shows as `failed` in the verdicts of its lines."""
        self.intake.latest = self.now() + AHEAD
        verdicts: dict[int, Verdict] = {}
        deliveries: dict[str, Delivery] = {}
        for at, line in enumerate(lines):
            try:
                id, event = self.model.read(line, self.intake)
            except Rejected as rejected:
                verdicts[at] = self.deciding.rejected(line, rejected)
                continue
            if id not in deliveries:
                deliveries[id] = Delivery(id, Row(lead_key(id)), Known(self.table, self.model, Row("")))
            deliveries[id].events.append((at, event))
        for _, delivery in sorted(((at, each) for each in deliveries.values() for at, _ in each.events), key=_place):
            self._guarded(delivery, self._first_look)
        for delivery in deliveries.values():
            self._guarded(delivery, self._deliver)
            error = delivery.error
            if error is not None:
                delivery.verdicts = {at: failed(error) for at, _ in delivery.events}
            verdicts |= delivery.verdicts
        return [verdicts[at] for at in range(len(lines))]

    @staticmethod
    def _guarded(delivery: Delivery, work: Callable[[Delivery], None]) -> None:
        """Do some work on a delivery unless it has failed before."""
        if delivery.error is None:
            try:
                work(delivery)
            except Exception as error:  # noqa: BLE001  # whatever it is, the lines must come again
                delivery.error = error

    def _first_look(self, delivery: Delivery) -> None:
        """Decide about the next event of a delivery: pairs are claimed in the order of the lines, over all leads."""
        if delivery.overtaken:
            return
        try:
            if not delivery.verdicts:
                self._open(delivery)
            self.deciding.decide(delivery, *delivery.events[len(delivery.verdicts)])
        except OVERTAKEN:
            delivery.overtaken = True

    def _deliver(self, delivery: Delivery) -> None:
        """Fold what is new and write the lead, over again while others do."""
        again(partial(self._try, delivery), self.pause, "lead")
        self.deciding.give_back(delivery)

    def _try(self, delivery: Delivery) -> None:
        if delivery.overtaken:
            self._open(delivery)
            for at, event in delivery.events:
                self.deciding.decide(delivery, at, event)
        delivery.overtaken = True  # if anything from here on is in vain, all is decided over again
        if delivery.new:
            self.folding.go_on(delivery.row, [event for _, event in delivery.new.values()])
            write(self.table, delivery.row)

    def _open(self, delivery: Delivery) -> None:
        row = self.looking.row(delivery.id)
        delivery.open(row, Known(self.table, self.model, row))

    # --- time ---------------------------------------------------------------------------------------------------------

    def sweep(self, pk: str, upto: int) -> bool:
        """Let time do its work on one lead up to an instant; whether there was any. Also what a new model or the
        retention asks for is done then."""
        return again(partial(self._sweep, pk, upto), self.pause, "lead", _SWEEP_ATTEMPTS)

    def _sweep(self, pk: str, upto: int) -> bool:
        row = read(self.table, pk)
        if not row.id or row.lead is None:
            return False
        due = row.due
        worked, dropped = self.folding.let_pass(row, upto)
        if worked or row.due != due:
            write(self.table, row)
            History(self.table, row).drop(dropped)
        return worked

    def compact(self, pk: str) -> bool:
        """Roll up the claims that carry lines of a lead if there are many, so that no delivery has to; whether it did.
        Where somebody else writes the lead meanwhile it is left to the next time."""
        try:
            row = read(self.table, pk)
            if not row.id or len(row.refs) < MANY:
                return False
            row.out = []
            History(self.table, row).roll(self.model)
            write(self.table, row)
        except OVERTAKEN:
            return False
        return True

    # --- looking ------------------------------------------------------------------------------------------------------

    def at(self, id: str, t: int) -> Lead | None:
        """`Looking.at`."""
        return self.looking.at(id, t)

    def stands(self, row: Row, t: int) -> Lead | None:
        """`Looking.stands`."""
        return self.looking.stands(row, t)

    def events_of(self, id: str) -> list[Event]:
        """`Looking.events_of`."""
        return self.looking.events_of(id)


def _place(each: tuple[int, Delivery]) -> int:
    return each[0]
