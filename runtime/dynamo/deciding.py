"""Which events of a delivery are new to their lead, in the order of the language.

A pair is looked for where it is cheapest first: in this delivery, in the lead item, among the claims, and only then in
all lines of the lead. The pair of an event that is new is claimed at once. A claim says nothing about folding, so one
that is the lead's already may be that of an event which never came in: then its event is new all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.dynamo.claims import Claim, Claims, content_of
from runtime.dynamo.client import Table
from runtime.dynamo.history import History
from runtime.dynamo.keys import short
from runtime.dynamo.model import Model
from runtime.dynamo.retention import Retention
from runtime.dynamo.rows import PIECE, UNIT, Row, pack, read
from runtime.dynamo.sealing import new_key, seal
from runtime.dynamo.verdicts import ACCEPTED, DUPLICATE, ERASED, OTHER_CONTENT, TOO_LATE, Verdict, failed, repeated
from runtime.intake import Event, Rejected, envelope
from runtime.store import Pair
from runtime.times import read_instant

_ROOM = 256
"""Bytes that the newest lines may take at least."""
_LINES = 32
"""Lines that ride in a lead item at most, give or take a batch."""
_SLACK = 24
"""Bytes by which a state may grow at an event."""


class Known:
    """Which pairs a lead has, asked only as far as needed."""

    def __init__(self, table: Table, model: Model, row: Row) -> None:
        self.row = row
        self.moved = row.moved
        self.tail = {_pair(model, line): line for line in row.tail}
        self._model = model
        self._table = table
        self._all: dict[Pair, bytes] | None = None
        self._since: set[Pair] | None = None

    def has(self, event: Event) -> bool:
        """Whether the lead has the pair of an event whose content is that of its claim. One after the newest saved
        state came in after that."""
        history = History(self._table, self.row)
        if history.saved_before(event[0][0]):
            if self._since is None:
                found = history.since_saved(self._model, None)
                self._since = {each[0][1:] for each in found}
            return event[0][1:] in self._since
        return self.line(event[0][1:]) is not None

    def line(self, pair: Pair) -> bytes | None:
        """The line that the lead has under a pair."""
        if self._all is None:
            self._all = {_pair(self._model, line): line for line in History(self._table, self.row).lines()}
        return self._all.get(pair)


def _pair(model: Model, line: bytes) -> Pair:
    try:
        return model.read(line)[1][0][1:]
    except Rejected as rejected:
        return rejected.pair or ("", "")


@dataclass(slots=True)
class Delivery:
    """The events of one lead in one call, each with its place in it, and what is known of them so far."""

    id: str
    row: Row
    known: Known
    events: list[tuple[int, Event]] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    new: dict[Pair, tuple[bytes, Event]] = field(default_factory=dict)
    """The events that are new to the lead, with their content."""
    claimed: dict[Pair, int] = field(default_factory=dict)
    """The pairs that this call has claimed, with how often lines of the lead had moved until then."""
    moving: bytes | None = None
    """The tail of the lead, if it is to move into the next claim."""
    overtaken: bool = False
    """Whether all is to be decided over again, since others have written the lead."""
    error: Exception | None = None

    def open(self, row: Row, known: Known) -> None:
        """Begin with the lead as it was read; nothing is decided about the events yet."""
        self.row, self.known = row, known
        self.verdicts, self.new = {}, {}
        self.moving = _overflowing(row, [event[3] for _, event in self.events])


class Deciding:
    """Decides about events of a table under one model. `now` is the clock (microseconds)."""

    def __init__(self, table: Table, model: Model, retention: Retention, now: Callable[[], int]) -> None:
        self.table = table
        self.model = model
        self.retention = retention
        self.now = now
        self.claims = Claims(table)

    def rejected(self, line: bytes, rejected: Rejected) -> Verdict:
        """The verdict on a line that is rejected for itself, unless it says again what is known."""
        try:
            content = content_of(line)
        except (Rejected, ValueError):
            content = None
        if rejected.pair is not None and content is not None:
            try:
                claim = self.claims.get(*rejected.pair)
                if claim is not None and claim.content == content and self._is_in(claim.lead, rejected.pair, line):
                    return DUPLICATE
            except Exception as error:  # noqa: BLE001  # nothing was decided: the line must come again
                return failed(error)
        return Verdict("rejected", rejected.reason)

    def _is_in(self, pk: str, pair: Pair, line: bytes) -> bool:
        """Whether a lead has taken a line in, which this model does not: its claim may be of a delivery that died."""
        row = read(self.table, pk)
        if History(self.table, row).folded_up_to() >= read_instant(envelope(line)["time"]):
            return True
        known = Known(self.table, self.model, row)
        return pair in known.tail or known.line(pair) is not None

    def decide(self, delivery: Delivery, at: int, event: Event) -> None:
        """Put the verdict on one event into its delivery; the pair of one that is new is claimed."""
        try:
            content = content_of(event[3])
        except Rejected as rejected:  # it is nested as deeply as can just be read
            delivery.verdicts[at] = Verdict("rejected", rejected.reason)
            return
        verdict = delivery.verdicts[at] = self._verdict(delivery, event, content)
        if verdict is ACCEPTED:
            delivery.new[event[0][1:]] = (content, event)

    def _verdict(self, delivery: Delivery, event: Event, content: bytes) -> Verdict:
        row, known, pair = delivery.row, delivery.known, event[0][1:]
        if pair in delivery.new:
            return repeated(delivery.new[pair][0] == content)
        if pair in known.tail:
            return repeated(content_of(known.tail[pair]) == content)
        if row.gone is not None and event[0][0] <= row.gone:
            return Verdict("rejected", ERASED)
        if event[0][0] < row.newest - self.model.table.lateness:
            return self._behind_time(known, event, content)
        if self._unclaimed(row, event) and (line := known.line(pair)) is not None:
            return repeated(content_of(line) == content)
        return self._claim(delivery, event, content)

    def _claim(self, delivery: Delivery, event: Event, content: bytes) -> Verdict:
        """The verdict on an event whose pair is not in the lead item. One that can be claimed takes lines along."""
        row, known, pair = delivery.row, delivery.known, event[0][1:]
        moved = delivery.claimed.get(pair)
        if moved is not None:
            return DUPLICATE if moved != known.moved and known.has(event) else ACCEPTED
        moving, key = delivery.moving, row.key or new_key()
        expires = self.retention.claim_ends(event[0][0], self.now())
        carried = None if moving is None else seal(key, moving)
        standing = self.claims.put(*pair, Claim(row.pk, content, row.version), expires, carried)
        if standing is not None:
            if (standing.lead, standing.content) != (row.pk, content):
                return Verdict("rejected", OTHER_CONTENT)
            return DUPLICATE if standing.version != row.version and known.has(event) else ACCEPTED
        delivery.claimed[pair] = known.moved
        if moving is not None:
            row.name(short(*pair), key)
            row.tail, delivery.moving = [], None
        return ACCEPTED

    def _unclaimed(self, row: Row, event: Event) -> bool:
        """Whether the claim of an event may have ended, and its line be no longer in the lead item."""
        return row.moved > 0 and self.retention.claim_ended(event[0][0], self.now())

    def _behind_time(self, known: Known, event: Event, content: bytes) -> Verdict:
        """The verdict on an event that is too late, if it is not one that is known."""
        standing = self.claims.get(*event[0][1:])
        if standing is None:
            return Verdict("rejected", TOO_LATE)
        if (standing.lead, standing.content) != (known.row.pk, content):
            return Verdict("rejected", OTHER_CONTENT)
        return DUPLICATE if known.has(event) else Verdict("rejected", TOO_LATE)

    def give_back(self, delivery: Delivery) -> None:
        """Give back pairs that were claimed for events that came too late meanwhile, or whose lead was erased."""
        for at, event in delivery.events:
            pair = event[0][1:]
            reason = delivery.verdicts[at].reason
            if reason in (TOO_LATE, ERASED) and pair in delivery.claimed:
                self.claims.release(*pair)
            elif reason == ERASED:  # also what a delivery claimed that died before it saw that
                self.claims.forget(*pair, delivery.row.pk, content_of(event[3]))


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
