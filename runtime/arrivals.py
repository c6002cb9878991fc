"""What arrives in one run, and what becomes of it: taken in, a duplicate, or rejected.

A line is read by the intake, which knows no other event. What needs others in view is decided here, in the order of the
language: an equal pair with equal content is a duplicate before any other test but the first two; other content under a
known pair is rejected, of two in one run the later; so is what comes too late for what earlier runs took in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runtime.intake import Intake, Met, Rejected, same_content
from runtime.store import Row, Store

_CHUNK = 10_000


@dataclass(slots=True)
class Reject:
    """A line that was not taken in, and why."""

    reason: str
    line: bytes


class Arrivals:
    """The lines of one run. `store` is None where no run came before; `newest` is the time of the newest event that
    earlier runs accepted; `lateness` is in microseconds."""

    def __init__(self, intake: Intake, store: Store | None, newest: int | None, lateness: int) -> None:
        self.intake = intake
        self.store = store
        self.newest = newest
        self.lateness = lateness
        self.accepted = self.duplicates = 0
        self.rejects: list[Reject] = []
        self.taken: dict[str, list[Met]] = {}
        """The accepted events by lead, as they came."""
        self.rows: dict[str, Row | None] = {}
        """The leads asked about, as earlier runs left them."""
        self._seen: dict[str, dict[str, bytes]] = {}

    def take(self, lines: Iterable[bytes]) -> None:
        """Take lines in; blank ones are skipped."""
        if self.store is None:
            self._take_first(lines)
            return
        chunk: list[bytes] = []
        for line in lines:
            chunk.append(line)
            if len(chunk) >= _CHUNK:
                self._take_chunk(self.store, chunk)
                chunk = []
        self._take_chunk(self.store, chunk)

    def _take_first(self, lines: Iterable[bytes]) -> None:
        """`_take` for each line where no run came before, so that no lead and no pair has to be fetched."""
        meet, taken, by_source, newest, accepted = self.intake.meet, self.taken, self._seen, self.newest, 0
        for line in lines:
            try:
                lead, event = meet(line)
            except Rejected as rejected:
                self._reject(line, rejected)
                continue
            t, source, id, _, _, _ = event
            seen = by_source.get(source)
            if seen is None:
                seen = by_source[source] = {}
            if id in seen:
                self._repeated(line, seen[id])
                continue
            seen[id] = line
            accepted += 1
            if newest is None or t > newest:
                newest = t
            if lead in taken:
                taken[lead].append(event)
            else:
                taken[lead] = [event]
        self.newest = newest
        self.accepted += accepted

    def _meet(self, line: bytes) -> tuple[str, Met] | Rejected:
        try:
            return self.intake.meet(line)
        except Rejected as rejected:
            return rejected

    def _take_chunk(self, store: Store, lines: list[bytes]) -> None:
        """Take lines in when earlier runs have taken others: their pairs and leads are fetched together."""
        pairs, ids, read = set(), set(), []
        for line in lines:
            found = self._meet(line)
            read.append((line, found))
            if not isinstance(found, Rejected):
                ids.add(found[0])
                pairs.add(found[1][1:3])
            elif found.pair is not None:
                pairs.add(found.pair)
        unseen = [pair for pair in pairs if pair[1] not in self._seen.get(pair[0], ())]
        for (source, id), line in store.known(unseen).items():
            self._seen.setdefault(source, {})[id] = line
        new = [id for id in ids if id not in self.rows]
        rows = store.rows(new)
        for id in new:
            self.rows[id] = rows.get(id)
        for line, found in read:
            if isinstance(found, Rejected):
                self._reject(line, found)
            else:
                self._take(line, *found)

    def _take(self, line: bytes, lead: str, event: Met) -> None:
        t, source, id = event[:3]
        seen = self._seen.get(source)
        if seen is None:
            seen = self._seen[source] = {}
        known = seen.get(id)
        if known is not None:
            self._repeated(line, known)
            return
        if self.rows and self._too_late(lead, t):
            self.rejects.append(
                Reject("too late: further behind the lead's newest event than the lateness allows", line)
            )
            return
        seen[id] = line
        self.accepted += 1
        if self.newest is None or t > self.newest:
            self.newest = t
        taken = self.taken.get(lead)
        if taken is None:
            self.taken[lead] = [event]
        else:
            taken.append(event)

    def _repeated(self, line: bytes, known: bytes) -> None:
        if same_content(known, line):
            self.duplicates += 1
        else:
            self.rejects.append(Reject("other content under a known pair of source and id", line))

    def _too_late(self, lead: str, t: int) -> bool:
        row = self.rows.get(lead)
        return row is not None and t < row.newest - self.lateness

    def _reject(self, line: bytes, rejected: Rejected) -> None:
        if not line.strip():
            return
        if rejected.pair is not None:
            source, id = rejected.pair
            known = self._seen.get(source, {}).get(id)
            if known is not None and same_content(known, line):
                self.duplicates += 1
                return
        self.rejects.append(Reject(rejected.reason, line))
