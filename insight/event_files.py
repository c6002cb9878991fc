"""Event files as recorded events: what a first run of `score` under each model would take in, lead by lead.

A line is accepted by a model if it is a good event for it and its pair (source, id) was not accepted before; so two
things have to be brought together that lie anywhere in the files: lines of one pair, and lines of one lead. Lines are
read once, in their order, and put on shelves by their pair; then, shelf by shelf, repeats are dropped and what is left
is put on shelves by its lead. Nothing is held but one shelf at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from insight.recorded import Fingerprint, History, Tally
from insight.shelves import HELD, Shelves, shelf_of
from runtime.dynamo.model import Model
from runtime.intake import Intake, Rejected, same_content

_Record: TypeAlias = tuple[int, int, str, str, str, bytes]
"""Which models take the line, time, source, id, lead, line."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode
_kept = msgspec.msgpack.Decoder(tuple[int, str, bytes]).decode
_WHOLE = 1 << 128


class EventFiles:
    """Lines of event files under several models; `now` is the clock that they are held against (microseconds). First
    `take` all lines, then `finish`, then read."""

    def __init__(self, models: Sequence[Model], now: int, *, held: int = HELD) -> None:
        self.models = len(models)
        self._readers = [(model, Intake(model.plan, now)) for model in models]
        self._alike = [_same_intake(models, at) for at in range(self.models)]
        self._tallies = [Tally() for _ in models]
        self._pairs, self._leads = Shelves(held=held), Shelves(held=held)
        self._sum = self._events = 0
        self._last: int | None = None
        self._whys = [""] * self.models
        self.versions: list[tuple[str, str, str]] = []

    # --- reading ------------------------------------------------------------------------------------------------------

    def take(self, lines: Iterable[bytes], only: int | None = None) -> None:
        """Take lines in; blank ones are skipped. With `only`, they are for that model alone."""
        wanted = range(self.models) if only is None else (only,)
        put = self._pairs.put
        for line in lines:
            mask, seen = 0, None
            for at in wanted:
                like = self._alike[at] if only is None else at
                if like != at:
                    took = mask >> like & 1
                    mask |= took << at
                    if not took and line.strip():
                        self._note(at, self._whys[like])
                    continue
                found = self._read(at, line)
                if found is not None:
                    seen, mask = found, mask | 1 << at
            if seen is not None:
                t, source, id, lead = seen
                put(shelf_of(f"{source}\0{id}"), _encode((mask, t, source, id, lead, line)))

    def _read(self, at: int, line: bytes) -> tuple[int, str, str, str] | None:
        model, intake = self._readers[at]
        try:
            if len(model.chain.links) > 1:
                lead, ((t, source, id), _, _, _) = model.read(line, intake)
            else:
                lead, (t, source, id, _, _, _) = intake.meet(line)
        except Rejected as rejected:
            if line.strip():
                self._note(at, rejected.reason.partition(":")[0])
            return None
        return t, source, id, lead

    def _note(self, at: int, why: str) -> None:
        self._whys[at] = why
        self._tallies[at].rejects[why] += 1

    def reject(self, at: int, reason: str) -> None:
        """Note what could not even be made an event for a model."""
        self._note(at, reason.partition(":")[0])

    def finish(self) -> None:
        """Drop repeats, and bring together what belongs to one lead."""
        for at in range(self._pairs.count):
            self._settle(at)
            self._pairs.clear(at)
        self._pairs.close()

    def _settle(self, at: int) -> None:
        known: list[dict[tuple[str, str], bytes]] = [{} for _ in range(self.models)]
        found: dict[tuple[str, str, bytes], tuple[int, int, str]] = {}
        for record in self._pairs.records(at):
            mask, t, source, id, lead, line = _decode(record)
            kept = 0
            for number in range(self.models):
                if mask >> number & 1 and self._is_first(known[number], number, (source, id), line):
                    kept |= 1 << number
                    self._accept(number, t)
            if kept:  # models that map payloads differently may have read the same event apart
                before = found.get((source, id, line), (0, 0, ""))[0]
                found[source, id, line] = (before | kept, t, lead)
        for (_, _, line), (mask, t, lead) in found.items():
            self._keep(mask, t, lead, line)

    def _is_first(self, known: dict[tuple[str, str], bytes], number: int, pair: tuple[str, str], line: bytes) -> bool:
        first = known.setdefault(pair, line)
        if first is line:
            return True
        if same_content(first, line):
            self._tallies[number].duplicates += 1
        else:
            self._tallies[number].rejects["other content under a known pair of source and id"] += 1
        return False

    def _accept(self, number: int, t: int) -> None:
        tally = self._tallies[number]
        tally.accepted += 1
        if tally.newest is None or t > tally.newest:
            tally.newest = t

    def _keep(self, mask: int, t: int, lead: str, line: bytes) -> None:
        self._events += 1
        self._sum += int.from_bytes(hashlib.blake2b(line.strip(), digest_size=16).digest(), "big")
        self._last = t if self._last is None else max(self._last, t)
        self._leads.put(shelf_of(lead), _encode((mask, lead, line)))

    # --- what was read ------------------------------------------------------------------------------------------------

    @property
    def shelves(self) -> int:
        return self._leads.count

    def shelf(self, at: int) -> Iterator[History]:
        found: dict[str, History] = {}
        for record in self._leads.records(at):
            mask, lead, line = _kept(record)
            history = found.get(lead)
            if history is None:
                history = found[lead] = History(lead, [], [])
            assert history.accepted is not None
            history.lines.append(line)
            history.accepted.append(mask)
        for lead in sorted(found):
            yield found.pop(lead)

    @property
    def tallies(self) -> list[Tally]:
        return self._tallies

    @property
    def newest(self) -> int | None:
        return self._last

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self._events, self._last, f"{self._sum % _WHOLE:032x}", tuple(self.versions))

    @property
    def remarks(self) -> list[str]:
        return []

    def close(self) -> None:
        self._pairs.close()
        self._leads.close()


def _same_intake(models: Sequence[Model], at: int) -> int:
    """The first model that takes the very lines that model `at` takes: their vocabularies are one."""
    own = models[at].table
    for like in range(at):
        other = models[like].table
        single = len(models[like].chain.links) == len(models[at].chain.links) == 1
        if single and other.events == own.events and other.attributes == own.attributes:
            return like
    return at
