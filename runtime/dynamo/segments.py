"""Segments over a whole table, page by page.

A segment ranks leads against each other, so before its first page every lead is looked at, as of one instant. What does
not fit into one call is kept in items that expire, and the cursor names them: pages are empty while leads are still
looked at, and then come in their order. A small table is looked at in one call, and if all fits into one page nothing
is kept.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from runtime.dynamo.client import Conflict, Item, Table
from runtime.dynamo.contention import Gone
from runtime.dynamo.keys import LEAD, STATE
from runtime.dynamo.leads import Leads
from runtime.dynamo.rows import fetch, pack, row_of, unpack
from runtime.lead import Lead
from runtime.lines import settle
from runtime.segments import how_many
from runtime.times import HOUR, SECOND

GATHERED = "G#"
"""Begins the keys of what is kept for a cursor."""
KEPT = HOUR
"""How long a cursor is good for (microseconds)."""
_WORK = "W"
_ENTRIES = 2_000
_BYTES = 250_000
"""The most entries, and bytes of their ids, in one item."""

Entry = tuple[str, int | None]
"""A lead's id, and its score in thousandths where the segment goes by one."""


class Expired(Exception):
    """A cursor that is no cursor, or not any more."""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of a segment as of `at`, the first of rank `rank`; `total` is how many there are, None while leads are
    still looked at; `cursor` is where to go on, None at the end."""

    at: int
    rank: int
    entries: tuple[Entry, ...]
    looked: int
    total: int | None
    cursor: str | None


class _Work(msgspec.Struct, array_like=True):
    """What is kept for a cursor: `start` is the key at which to go on looking; `items` hold entries in no order while
    it goes on, then in the segment's, as many in each as `counts` says."""

    name: str
    at: int
    model: bytes
    expires: int
    start: tuple[str, str] | None = None
    done: bool = False
    looked: int = 0
    items: list[str] = []
    counts: list[int] = []


class Segments:
    """The segments of a table under one model. `now` is the clock (microseconds)."""

    def __init__(self, table: Table, leads: Leads, now: Callable[[], int]) -> None:
        self.table = table
        self.leads = leads
        self.now = now

    def begin(self, name: str, at: int, most: int, late: Callable[[], bool]) -> Page:
        """The first page, of at most so many entries. Raises KeyError if the model has no such segment, LookupError for
        an instant of which too little is kept."""
        if name not in self.leads.model.plan_at(at).table.segments:
            raise KeyError(name)
        work = _Work(name, at, self.leads.model.digest, self.now() + KEPT)
        found, done = self._look(work, late)
        if done:
            entries = self._ranked(work, found)
            if len(entries) <= most:
                return Page(at, 1, tuple(entries), work.looked, len(entries), None)
            return self._keep(secrets.token_urlsafe(12), work, 0, entries, most)
        return self._keep(secrets.token_urlsafe(12), work, 0, found, most)

    def go_on(self, name: str, cursor: str, most: int, late: Callable[[], bool]) -> Page:
        """The page at a cursor. Raises Expired, and as `begin`."""
        token, offset = _read_cursor(cursor)
        item = self.table.get(GATHERED + token, _WORK)
        work = None if item is None else _work.decode(item["body"])
        if item is None or work is None or work.expires <= self.now() or work.name != name:
            raise Expired
        if work.done:
            return self._page(token, work, offset, most)
        if work.model != self.leads.model.digest:
            raise Expired
        old = list(work.items)
        found, done = self._look(work, late)
        if done:
            gathered = [entry for sk in old for entry in self._entries(token, sk)]
            found = self._ranked(work, gathered + found)
            work.items = []
        page = self._keep(token, work, item["v"], found, most)
        if done:
            for sk in old:
                self.table.delete(GATHERED + token, sk)
        return page

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self, work: _Work, late: Callable[[], bool]) -> tuple[list[Entry], bool]:
        """Look at leads until it is time to stop; those that meet the condition, and whether that was all."""
        plan = self.leads.model.plan_at(work.at)
        given = plan.table.segments[work.name]
        where = None if given.where is None else plan.terms.test(given.where)
        shown = None if given.by is None else plan.shown[plan.keys.index(given.by)]
        start: Item | None = None if work.start is None else {"pk": work.start[0], "sk": work.start[1]}
        found: list[Entry] = []
        for items, last in self.table.scan(start=start, sk=STATE):
            for lead in self._standing(items, work.at):
                work.looked += 1
                settle(plan, lead)
                if where is None or where(lead, {}, work.at):
                    found.append((lead.id, None if shown is None else shown(lead, work.at)))
            work.start = None if last is None else (last["pk"], last["sk"])
            work.done = last is None
            if late():
                break
        return found, work.done

    def _standing(self, items: Sequence[Item], at: int) -> Iterator[Lead]:
        for item in items:
            if not item["pk"].startswith(LEAD) or "id" not in item:
                continue
            try:
                lead = self.leads.stands(row_of(item, partial(fetch, self.table, item["pk"])), at)
            except Gone:
                lead = self.leads.at(item["id"], at)
            if lead is not None:
                yield lead

    def _ranked(self, work: _Work, found: list[Entry]) -> list[Entry]:
        given = self.leads.model.plan_at(work.at).table.segments[work.name]
        entries = sorted({id: (id, points) for id, points in found}.values())
        if given.by is None:
            return entries
        entries.sort(key=lambda entry: entry[1] or 0, reverse=given.pick == "highest")
        return entries[: how_many(given.count, given.percent, len(entries))]

    # --- keeping ------------------------------------------------------------------------------------------------------

    def _keep(self, token: str, work: _Work, version: int, entries: list[Entry], most: int) -> Page:
        """Keep what was found, and give the page that follows. Of two calls with one cursor the slower is told to come
        again."""
        kept = {"ttl": work.expires // SECOND}
        for chunk in _chunks(entries):
            sk = f"F#{secrets.token_hex(5)}"
            self.table.put({"pk": GATHERED + token, "sk": sk, "data": pack([_packed.encode(chunk)]), **kept})
            work.items.append(sk)
            if work.done:
                work.counts.append(len(chunk))
        item = {"pk": GATHERED + token, "sk": _WORK, "v": version + 1, "body": _packed.encode(work), **kept}
        try:
            self.table.put(item, {"v": version} if version else {"pk": None})
        except Conflict:
            return Page(work.at, 1, (), work.looked, None, _write_cursor(token, 0))
        return self._page(token, work, 0, most)

    def _page(self, token: str, work: _Work, offset: int, most: int) -> Page:
        if not work.done:
            return Page(work.at, 1, (), work.looked, None, _write_cursor(token, 0))
        entries: list[Entry] = []
        first, total = 0, sum(work.counts)
        for sk, count in zip(work.items, work.counts, strict=True):
            wanted = offset + len(entries)
            if first <= wanted < first + count and len(entries) < most:
                entries += self._entries(token, sk)[wanted - first :][: most - len(entries)]
            first += count
        end = offset + len(entries)
        cursor = _write_cursor(token, end) if end < total and entries else None
        return Page(work.at, offset + 1, tuple(entries), work.looked, total, cursor)

    def _entries(self, token: str, sk: str) -> list[Entry]:
        item = self.table.get(GATHERED + token, sk)
        if item is None:
            raise Expired
        return _unpacked.decode(unpack(item["data"])[0])


_packed = msgspec.msgpack.Encoder()
_unpacked = msgspec.msgpack.Decoder(list[Entry])
_work = msgspec.msgpack.Decoder(_Work)


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(entry[0].encode("utf-8", "surrogatepass"))
        if chunk and (len(chunk) == _ENTRIES or size + length > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += length
    if chunk:
        yield chunk


def _write_cursor(token: str, offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([token, offset]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, int]:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        token, offset = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise Expired from None
    if type(token) is not str or type(offset) is not int or offset < 0 or len(token) > 40:
        raise Expired
    return token, offset
