"""The accepted lines of a lead, wherever they are, and how they move to where they are kept.

A new line rides in the lead item. When that grows above a write unit, its lines move into the claim that the delivery
writes anyway, and the item names that claim: no write is added. Claims that carry lines are rolled up into items under
the lead, in the order of time, when there are enough of them; with that the lead gives up the key to what those claims
carry (`runtime.dynamo.sealing`). At each roll an earlier state is saved beside, so that an
event that is a little late needs to go back only there. At last, what is older than the retention is folded into a
checkpoint and removed. Lines are copied first and named or forgotten after, so one may be found twice, and never be
missed; nobody is misled by twice, since an event is known by its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from runtime.chain import Standing
from runtime.dynamo.client import Table
from runtime.dynamo.contention import Gone
from runtime.dynamo.keys import CHECKPOINT, CLAIM, LINES
from runtime.dynamo.model import Model
from runtime.dynamo.rows import Row, drop, fetch, pack, pieces, unpack
from runtime.dynamo.sealing import unseal
from runtime.intake import Event, Rejected
from runtime.lead import Key, Lead
from runtime.state import decode, encode
from runtime.times import read_instant

MANY = 10
"""Claims with lines after which they are rolled up: by `Leads.compact`, or at twice as many by a delivery. With more of
them, their names and those of saved states would take the lead item above a write unit before they go."""
_SAVED = 2
"""States that are kept to begin from: the older one serves events that are late by up to two rolls."""


@dataclass(slots=True)
class Checkpoint:
    """The state of a lead after all events that have expired, and the model that made it."""

    digest: bytes
    lead: Lead


class History:
    """What the table keeps of the events of one lead, as of one version of it."""

    def __init__(self, table: Table, row: Row) -> None:
        self.table = table
        self.row = row
        self._kept: list[str] = []
        """The sort keys of the items that hold lines."""

    def lines(self) -> list[bytes]:
        """All lines that are kept, in no order; some may be there twice. What an erase has still to remove is not
        among them."""
        self._kept = []
        found = list(self.row.tail)
        held: dict[str, list[tuple[str, bytes, int]]] = {}
        for item in self.table.query(self.row.pk, LINES):
            self._kept.append(item["sk"])
            held.setdefault(item["sk"].rpartition("#")[0], []).append((item["sk"], item["data"], item["of"]))
        for parts in held.values():
            if len(parts) == parts[0][2]:  # else its writer died before all of it was there, and nothing was forgotten
                found += unpack(b"".join([data for _, data, _ in sorted(parts)]))
        found += self.claimed()
        gone = self.row.gone
        return found if gone is None else [line for line in found if _happened(line) > gone]

    def claimed(self) -> list[bytes]:
        """The lines that claims carry. Raises Gone if one is not there."""
        items = self.table.get_all([("C#" + ref, CLAIM) for ref in self.row.refs])
        if len(items) < len(self.row.refs):
            raise Gone("a claim that the lead names")
        return [line for item in items for line in unpack(unseal(self.row.key, item["lines"]))]

    def events(self, model: Model, after: Key | None = None) -> tuple[list[Event], list[bytes]]:
        """All events after a place in their order, each once, and the lines that this model does not take."""
        return _events(model, self.lines(), after)

    def checkpoint(self) -> Checkpoint | None:
        name = self.row.checkpoint
        return None if name is None else self._load(name)

    def folded_up_to(self) -> int:
        """The instant up to which events have expired into the checkpoint; -1 if none have."""
        return -1 if self.row.checkpoint is None else _instant(self.row.checkpoint)

    def saved(self, before: int) -> Checkpoint | None:
        """The newest saved state that has seen nothing at or after an instant. Those that have are given up: with an
        event at that instant they are no longer what the lead was."""
        while self.row.saved:
            name = self.row.saved[-1].split("|")[0]
            if _instant(name) < before:
                return self._load(name)
            self.row.parts = [*self.row.parts, *_pieces_of(name)]
            self.row.saved = self.row.saved[:-1]
        return None

    def saved_before(self, t: int) -> bool:
        """Whether the newest saved state has seen nothing at or after an instant."""
        return bool(self.row.saved) and _instant(self.row.saved[-1].split("|")[0]) < t

    def since_saved(self, model: Model, after: Key | None) -> list[Event]:
        """The events that came in after the newest saved state, in their order."""
        found = [*self.row.tail, *self.claimed()]
        for name in self.row.saved[-1].split("|")[1:]:
            found += unpack(fetch(self.table, self.row.pk, _pieces_of(name)))
        return _events(model, found, after)[0]

    # --- moving lines -------------------------------------------------------------------------------------------------

    def roll(self, model: Model) -> None:
        """Copy the lines of claims to items of their own, the row names the claims no more, and save a state to begin
        from. To be written by the caller."""
        self._keep(model, self.claimed())
        self.row.let_go()
        if self.row.lead is not None and model.standing(self.row.lead, self.row.digest) is not None:
            self._save_back(model)

    def _save_back(self, model: Model) -> None:
        """Save the lead as it was half of the way back to what was saved last: an event that is a little late comes
        after that, as a rule, and one that comes before it gives it up."""
        standing, held = self._since(model)
        events = {event[0]: event for _, found in held for event in found}
        way = [events[key] for key in sorted(events)]
        way = way[: len(way) // 2]
        if not way:
            return
        model.chain.bring(standing, way, way[-1][0][0], still=True, tell=False)
        later = [name for name, found in held if name and found and found[-1][0] > way[-1][0]]
        self.row.saved = [*self.row.saved, "|".join([self._save(model.mark(standing), standing.lead), *later])]
        for old in self.row.saved[:-_SAVED]:
            self.row.parts = [*self.row.parts, *_pieces_of(old.split("|")[0])]
        self.row.saved = self.row.saved[-_SAVED:]

    def _since(self, model: Model) -> tuple[Standing, list[tuple[str, list[Event]]]]:
        """The newest saved state, or what comes before all lines, and the events after it, by the items that hold
        them; those of the lead item are without a name."""
        names = []
        if self.row.saved:
            name, *names = self.row.saved[-1].split("|")
            base: Checkpoint | None = self._load(name)
        else:
            base = self.checkpoint()
            held = {item["sk"].rpartition("#")[0]: item["of"] for item in self.table.query(self.row.pk, LINES)}
            names = [f"{of}:{prefix}" for prefix, of in held.items()]
        standing = model.chain.new(self.row.id) if base is None else model.taken_up(base.lead, base.digest)
        after, found = standing.lead.key, [("", _events(model, self.row.tail, standing.lead.key)[0])]
        for name in names:
            try:
                lines = unpack(fetch(self.table, self.row.pk, _pieces_of(name)))
            except Gone:
                if self.row.saved:
                    raise
                continue  # its writer died before all of it was there, and nothing was forgotten
            found.append((name, _events(model, lines, after)[0]))
        return standing, found

    def move_tail(self, model: Model) -> None:
        """Copy the lines of the lead item to an item of their own. To be written by the caller."""
        self._keep(model, self.row.tail)
        self.row.tail, self.row.moved = [], self.row.moved + 1

    def _keep(self, model: Model, lines: Iterable[bytes]) -> None:
        events = sorted(((_time(model, line), line) for line in lines), key=lambda each: each[0])
        if events:
            name = self._put(f"{LINES}{events[0][0]:020d}#", pack([line for _, line in events]))
            self.row.saved = [f"{saved}|{name}" for saved in self.row.saved]

    def condense(self, model: Model, standing: Standing, before: int) -> list[str]:
        """Fold the events before an instant into the lead of the checkpoint, and copy the others together. Gives the
        sort keys of the items that are to be dropped once the row is written."""
        events, aside = self.events(model, standing.lead.key)
        old = [event for event in events if event[0][0] < before]
        left = events[len(old) :]
        model.chain.bring(standing, old, before - 1, tell=False)
        dropped = list(self._kept)
        for name in (*([] if self.row.checkpoint is None else [self.row.checkpoint]), *self.row.saved):
            dropped += _pieces_of(name.split("|")[0])
        self.row.saved = []
        self._keep(model, [event[3] for event in left] + aside)
        self.row.checkpoint = self._save(model.mark(standing), standing.lead)
        self.row.let_go()
        self.row.tail = []
        self.row.oldest = left[0][0][0] if left else None
        return dropped

    def _save(self, mark: bytes, lead: Lead) -> str:
        """Put a state into items of their own; gives their name, which tells the last instant that it has seen."""
        seen = max(lead.done, -1 if lead.key is None else lead.key[0], 0)
        return self._put(f"{CHECKPOINT}{seen:020d}#", msgspec.msgpack.encode((mark, self.row.id, encode(lead))))

    def _load(self, name: str) -> Checkpoint:
        whole = fetch(self.table, self.row.pk, _pieces_of(name))
        mark, id, state = msgspec.msgpack.decode(whole, type=tuple[bytes, str, bytes])
        return Checkpoint(mark, decode(id, state))

    def _put(self, prefix: str, data: bytes) -> str:
        """Put bytes into items of their own; gives the name by which `_pieces_of` finds them."""
        items = pieces(self.row.pk, prefix, data)
        for item in items:
            self.table.put(item)
        return f"{len(items)}:{items[0]['sk'].rpartition('#')[0]}"

    def drop(self, names: list[str]) -> None:
        drop(self.table, self.row.pk, names)


def _events(model: Model, lines: Iterable[bytes], after: Key | None) -> tuple[list[Event], list[bytes]]:
    """The events of lines after a place in their order, each once, and the lines that the model does not take."""
    events, aside = {}, []
    for line in lines:
        try:
            event = model.read(line)[1]
        except Rejected:
            aside.append(line)
        else:
            if after is None or event[0] > after:
                events[event[0]] = event
    return [events[key] for key in sorted(events)], aside


def _pieces_of(name: str) -> list[str]:
    of, _, prefix = name.partition(":")
    return [f"{prefix}#{at:03d}" for at in range(int(of))]


def _instant(name: str) -> int:
    """The last instant that a saved state has seen, from its name."""
    return int(name.split("#")[1])


class _When(msgspec.Struct, gc=False):
    time: str


_when = msgspec.json.Decoder(_When).decode


def _happened(line: bytes) -> int:
    """When an accepted line happened, whatever the model."""
    return read_instant(_when(line).time)


def _time(model: Model, line: bytes) -> int:
    """When an accepted line happened; 0 for one that a newer model does not take."""
    try:
        return model.read(line)[1][0][0]
    except Rejected:
        return 0
