"""Leads under many writers: lines in, one conditional write for each lead out.

A delivery reads the lead, decides about each line in the order of the language, claims the pairs of those that are new,
folds, and writes the lead once on condition that nobody else did meanwhile; else it begins again. That one write is the
moment at which events count. Whatever dies before it has changed nothing that counts, whatever comes again after it
finds its events there. What triggers emitted is in the same write, and leaves the table by its stream.

An event that comes after all that its lead has seen goes on from the state; an earlier one folds the lead anew from its
kept lines. Time does its work in `sweep`, at the instants at which it is due.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from runtime import publish
from runtime.chain import Emitted, Standing
from runtime.dynamo.claims import Claim, Claims, content_of
from runtime.dynamo.client import Conflict, Table
from runtime.dynamo.history import MANY, History
from runtime.dynamo.keys import lead_key, short
from runtime.dynamo.model import RETENTION_MARGIN, Model
from runtime.dynamo.rows import PIECE, UNIT, Row, pack, read, write
from runtime.dynamo.sealing import new_key, seal
from runtime.intake import AHEAD, Event, Intake, Rejected
from runtime.lead import Lead
from runtime.store import Pair
from runtime.times import DAY, SECOND

OTHER_CONTENT = "other content under a known pair of source and id"
TOO_LATE = "too late: further behind the lead's newest event than the lateness allows"
ERASED = "the lead was erased after this event"
_ATTEMPTS = 40


class Busy(Exception):
    """Others wrote the lead again and again; the same may go through later."""


@dataclass(slots=True)
class Verdict:
    """What became of one line. `failed` says that nothing is known of it, and that it should come again."""

    kind: Literal["accepted", "duplicate", "rejected", "failed"]
    reason: str = ""
    error: Exception | None = None


_ACCEPTED, _DUPLICATE = Verdict("accepted"), Verdict("duplicate")


@dataclass(slots=True)
class Delivery:
    """The events of one lead in one call, each with its place in it, and what is known of them so far."""

    id: str
    row: Row
    known: _Known
    events: list[tuple[int, Event]] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    new: dict[Pair, tuple[bytes, Event]] = field(default_factory=dict)
    """The events that are new to the lead, with their content."""
    claimed: dict[Pair, int] = field(default_factory=dict)
    """The pairs that this call has claimed, with how often lines of the lead had moved until then."""
    moving: bytes | None = None
    """The tail of the lead, if it is to move into the next claim."""
    error: Exception | None = None


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
        self.table = table
        self.model = model
        self.now = now
        self.retention = max(retention, model.table.lateness)
        self.pause = pause
        self.claims = Claims(table)
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
                verdicts[at] = self._rejected(line, rejected)
                continue
            if id not in deliveries:
                deliveries[id] = Delivery(id, Row(lead_key(id)), _Known(self, Row("")))
            deliveries[id].events.append((at, event))
        for _, delivery in sorted(((at, each) for each in deliveries.values() for at, _ in each.events), key=_place):
            self._guarded(delivery, self._first_look)
        for delivery in deliveries.values():
            self._guarded(delivery, self._deliver)
            error = delivery.error
            if error is not None:
                delivery.verdicts = {at: Verdict("failed", str(error), error) for at, _ in delivery.events}
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
        if not delivery.verdicts:
            self._open(delivery)
        self._decide(delivery, *delivery.events[len(delivery.verdicts)])

    def _rejected(self, line: bytes, rejected: Rejected) -> Verdict:
        """A line that is rejected for itself, unless it says again what is known."""
        try:
            content = content_of(line)
        except (Rejected, ValueError):
            content = None
        if rejected.pair is not None and content is not None:
            try:
                claim = self.claims.get(*rejected.pair)
            except Exception as error:  # noqa: BLE001  # nothing was decided: the line must come again
                return Verdict("failed", str(error), error)
            if claim is not None and claim.content == content:
                return _DUPLICATE
        return Verdict("rejected", rejected.reason)

    def _deliver(self, delivery: Delivery) -> None:
        """Fold what is new and write the lead, over again while others do."""
        for attempt in range(_ATTEMPTS):
            try:
                if attempt:
                    self._open(delivery)
                    for at, event in delivery.events:
                        self._decide(delivery, at, event)
                if delivery.new:
                    self._go_on(delivery.row, [event for _, event in delivery.new.values()])
                    write(self.table, delivery.row)
            except (Conflict, LookupError):
                self.pause(random.random() * min(0.02 * 2**attempt, 1.0))  # noqa: S311  # spreads writers out
                continue
            self._give_back(delivery)
            return
        raise Busy(f"the lead was written by others {_ATTEMPTS} times in a row")

    def _open(self, delivery: Delivery) -> None:
        """Read the lead; nothing is decided about its events yet."""
        delivery.row = self._read(lead_key(delivery.id), delivery.id)
        delivery.known = _Known(self, delivery.row)
        delivery.verdicts, delivery.new = {}, {}
        delivery.moving = _overflowing(delivery.row, [event[3] for _, event in delivery.events])

    def _read(self, pk: str, id: str) -> Row:
        row = read(self.table, pk)
        if row.id and row.id != id:
            raise ValueError("two leads have one key")
        row.id = id
        return row

    # --- what becomes of a line ---------------------------------------------------------------------------------------

    def _decide(self, delivery: Delivery, at: int, event: Event) -> None:
        """The verdict on one event; the pair of one that is new is claimed."""
        row, known, pair = delivery.row, delivery.known, event[0][1:]
        try:
            content = content_of(event[3])
        except Rejected as rejected:  # it is nested as deeply as can just be read
            delivery.verdicts[at] = Verdict("rejected", rejected.reason)
            return
        if pair in delivery.new:
            verdict = _repeated(delivery.new[pair][0] == content)
        elif pair in known.tail:
            verdict = _repeated(content_of(known.tail[pair]) == content)
        elif row.gone is not None and event[0][0] <= row.gone:
            verdict = Verdict("rejected", ERASED)
        elif event[0][0] < row.newest - self.model.table.lateness:
            verdict = self._behind_time(known, event, content)
        elif self._unclaimed(row, event) and (line := known.line(pair)) is not None:
            verdict = _repeated(content_of(line) == content)
        else:
            verdict, ours = self._claim(delivery, event, content)
            if ours and delivery.moving is not None:
                row.refs.append(short(*pair))
                row.tail, row.moved, delivery.moving = [], row.moved + 1, None
        delivery.verdicts[at] = verdict
        if verdict is _ACCEPTED:
            delivery.new[pair] = (content, event)

    def _claim(self, delivery: Delivery, event: Event, content: bytes) -> tuple[Verdict, bool]:
        """The verdict on an event whose pair is not in the lead item, and whether its pair was claimed just now."""
        row, known, pair = delivery.row, delivery.known, event[0][1:]
        moved = delivery.claimed.get(pair)
        if moved is not None:
            return (_DUPLICATE if moved != known.moved and known.has(event) else _ACCEPTED), False
        claim = Claim(row.pk, content, row.version)
        expires = (max(self.now(), event[0][0]) + self._kept_at_most()) // SECOND
        carried = None
        if delivery.moving is not None:
            row.key = row.key or new_key()
            carried = seal(row.key, delivery.moving)
        standing = self.claims.put(*pair, claim, expires + RETENTION_MARGIN * DAY // SECOND, carried)
        if standing is None:
            delivery.claimed[pair] = known.moved
            return _ACCEPTED, True
        if (standing.lead, standing.content) != (row.pk, content):
            return Verdict("rejected", OTHER_CONTENT), False
        return (_DUPLICATE if standing.version != row.version and known.has(event) else _ACCEPTED), False

    def _unclaimed(self, row: Row, event: Event) -> bool:
        """Whether an event is so old that its claim may have ended, and its line be no longer in the lead item."""
        return row.moved > 0 and event[0][0] + self._kept_at_most() + RETENTION_MARGIN * DAY <= self.now() + SECOND

    def _kept_at_most(self) -> int:
        """How old lines become before they are folded into a checkpoint, if events go on to come."""
        return self.retention + self.retention // 8

    def _behind_time(self, known: _Known, event: Event, content: bytes) -> Verdict:
        """The verdict on an event that is too late, if it is not one that is known."""
        standing = self.claims.get(*event[0][1:])
        if standing is None:
            return Verdict("rejected", TOO_LATE)
        if (standing.lead, standing.content) != (known.row.pk, content):
            return Verdict("rejected", OTHER_CONTENT)
        return _DUPLICATE if known.has(event) else Verdict("rejected", TOO_LATE)

    def _give_back(self, delivery: Delivery) -> None:
        """Give back pairs that were claimed for events that came too late meanwhile, or whose lead was erased."""
        for at, event in delivery.events:
            pair = event[0][1:]
            reason = delivery.verdicts[at].reason
            if reason in (TOO_LATE, ERASED) and pair in delivery.claimed:
                self.claims.release(*pair)
            elif reason == ERASED:  # also what a delivery claimed that died before it saw that
                self.claims.forget(*pair, delivery.row.pk, content_of(event[3]))

    # --- folding ------------------------------------------------------------------------------------------------------

    def _go_on(self, row: Row, new: list[Event]) -> None:
        """Make `row` what it is with further events; to be written by the caller."""
        if len(row.refs) >= 2 * MANY:  # `compact` has not come by
            History(self.table, row).roll(self.model)
        if sum(map(len, row.tail)) > PIECE:
            History(self.table, row).move_tail(self.model)
        new.sort()
        lead, reach, newest = row.lead, self._seen(row), new[-1][0][0]
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

    def _anew(self, row: Row, new: list[Event]) -> tuple[Standing, list[Emitted], int]:
        """The lead folded from the nearest state before the new events, up to where it was; what it emits, and the
        instant after which that was."""
        history, chain = History(self.table, row), self.model.chain
        saved = history.saved(new[0][0][0]) if new else None
        near = None if saved is None else self.model.standing(saved.lead, saved.digest)
        standing, after = self._begin(history) if near is None else (near, self._reached(near))
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

    def _begin(self, history: History) -> tuple[Standing, int]:
        checkpoint = history.checkpoint()
        if checkpoint is None:
            return self.model.chain.new(history.row.id), -1
        standing = self.model.taken_up(checkpoint.lead, checkpoint.digest)
        return standing, self._reached(standing)

    def _seen(self, row: Row) -> int:
        """The instant up to which the kept state has seen everything, the look at its release included."""
        return max(_reach(row.lead), self.model.began(row.digest))

    def _reached(self, standing: Standing) -> int:
        return max(_reach(standing.lead), self.model.chain.links[standing.link].start)

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
        if row.oldest is not None and self._outlived(row):
            waits.append(max(row.oldest + self._kept_at_most(), self.now()))
        due = min(waits, default=None)
        if later or (due is not None and (row.due is None or due < row.due)):
            row.due = due

    def _outlived(self, row: Row) -> bool:
        """Whether the retention has work with a lead: lines that late events can't change any more, or lines that are
        in claims, which end. Without this a lead that nobody writes any more would be due for ever."""
        return bool(row.refs) or (row.oldest is not None and row.oldest < row.newest - self.model.table.lateness)

    def compact(self, pk: str) -> bool:
        """Roll up the claims that carry lines of a lead if there are many, so that no delivery has to; whether it did.
        Where somebody else writes the lead meanwhile it is left to the next time."""
        row = read(self.table, pk)
        if not row.id or len(row.refs) < MANY:
            return False
        row.out = []
        try:
            History(self.table, row).roll(self.model)
            write(self.table, row)
        except (Conflict, LookupError):
            return False
        return True

    # --- time ---------------------------------------------------------------------------------------------------------

    def sweep(self, pk: str, upto: int) -> bool:
        """Let time do its work on one lead up to an instant; whether there was any. Also what a new model or the
        retention asks for is done then."""
        for attempt in range(_ATTEMPTS):
            row = read(self.table, pk)
            if not row.id or row.lead is None:
                return False
            try:
                return self._sweep(row, upto)
            except (Conflict, LookupError):
                self.pause(random.random() * min(0.02 * 2**attempt, 1.0))  # noqa: S311  # as above
        raise Busy(f"the lead was written by others {_ATTEMPTS} times in a row")

    def _sweep(self, row: Row, upto: int) -> bool:
        lead, due, was = row.lead, row.due, row.digest
        assert lead is not None
        after = reach = self._seen(row)
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
        if worked or row.due != due:
            write(self.table, row)
            History(self.table, row).drop(dropped)
        return worked

    def _expire(self, row: Row, now: int) -> list[str]:
        """Fold what the retention has outlived into the checkpoint; the items to drop after the write."""
        if row.oldest is None or not self._outlived(row) or row.oldest + self._kept_at_most() > now:
            return []
        before = min(row.newest - self.model.table.lateness, now - self.retention)
        history = History(self.table, row)
        return history.condense(self.model, self._begin(history)[0], before)

    # --- looking ------------------------------------------------------------------------------------------------------

    def at(self, id: str, t: int) -> Lead | None:
        """The lead as it stands at an instant, or stood, under the model's `plan_at` it; None if it has no event up to
        then. Nothing is written. Raises LookupError for an instant before the oldest that is kept."""
        return self.stands(self._read(lead_key(id), id), t)

    def stands(self, row: Row, t: int) -> Lead | None:
        """As `at`, for a lead that was read, whose row is good for nothing afterwards."""
        if row.lead is None:
            return None
        chain = self.model.chain
        standing = self.model.standing(row.lead, row.digest) if self._seen(row) <= t else None
        if standing is not None:
            chain.bring(standing, [], t, tell=False)
            return standing.lead
        history = History(self.table, row)
        standing, after = self._begin(history)
        if after > t:
            raise LookupError("events before that instant have expired")
        chain.bring(standing, history.events(self.model, standing.lead.key)[0], t, tell=False)
        return standing.lead if standing.lead.first is not None else None

    def events_of(self, id: str) -> list[Event]:
        """All events that are kept of a lead, in their order."""
        row = self._read(lead_key(id), id)
        return History(self.table, row).events(self.model)[0]


class _Known:
    """Which pairs a lead has, asked only as far as needed."""

    def __init__(self, leads: Leads, row: Row) -> None:
        self._leads = leads
        self.row = row
        self.moved = row.moved
        self.tail = {_pair(leads.model, line): line for line in row.tail}
        self._all: dict[Pair, bytes] | None = None
        self._since: set[Pair] | None = None

    def has(self, event: Event) -> bool:
        """Whether the lead has the pair of an event whose content is that of its claim. One after the newest saved
        state came in after that."""
        history = History(self._leads.table, self.row)
        if history.saved_before(event[0][0]):
            if self._since is None:
                found = history.since_saved(self._leads.model, None)
                self._since = {each[0][1:] for each in found}
            return event[0][1:] in self._since
        return self.line(event[0][1:]) is not None

    def line(self, pair: Pair) -> bytes | None:
        """The line that the lead has under a pair."""
        if self._all is None:
            lines = History(self._leads.table, self.row).lines()
            self._all = {_pair(self._leads.model, line): line for line in lines}
        return self._all.get(pair)


def _pair(model: Model, line: bytes) -> Pair:
    try:
        return model.read(line)[1][0][1:]
    except Rejected as rejected:
        return rejected.pair or ("", "")


def _place(each: tuple[int, Delivery]) -> int:
    return each[0]


def _overflowing(row: Row, new: list[bytes]) -> bytes | None:
    """The tail as it is to move out, if the lead item would cost a further write unit with these lines in it, or if it
    holds so many that reading them takes long."""
    if not row.tail:
        return None
    lines = pack(row.tail)
    rest = row.size - len(lines)
    allowed = -(-(rest + _ROOM) // UNIT) * UNIT
    grown = rest + len(pack([*row.tail, *new])) + _SLACK
    return lines if (grown > allowed or len(row.tail) >= _LINES) and len(lines) <= PIECE else None


def _repeated(same: bool) -> Verdict:
    return _DUPLICATE if same else Verdict("rejected", OTHER_CONTENT)


def _reach(lead: Lead | None) -> int:
    """The instant up to which a state has seen everything."""
    return -1 if lead is None else max(lead.done, lead.key[0] if lead.key is not None else -1)


def _behind(lead: Lead, event: Event) -> bool:
    """Whether an event comes before what the state has seen."""
    return event[0][0] <= lead.done or (lead.key is not None and event[0] < lead.key)


_ROOM = 256
"""Bytes that the newest lines may take at least."""
_LINES = 32
"""Lines that ride in a lead item at most, give or take a batch."""
_SLACK = 24
"""Bytes by which a state may grow at an event."""
