"""Forgetting a lead: a mark in its place, and everything else of it removed.

First what is to be removed is written down, in items of the lead's own partition. Then the mark takes the place of the
lead item, on condition that nobody wrote it meanwhile; from that moment on the lead is gone, and events up to the mark
are refused. Last, what was written down is removed. An erase that dies before the mark has changed nothing; one that
dies after it is gone on with by the next: what was written down counts if the mark is at least as late. The mark holds
a version and a moment, and names nobody. A later event begins a new lead in its place.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import msgspec

from runtime.dynamo.client import Conflict, Item, Table
from runtime.dynamo.contention import Busy, again
from runtime.dynamo.history import History
from runtime.dynamo.keys import CLAIM, STATE, lead_key, short
from runtime.dynamo.rows import Row, read

TO_REMOVE = "X#"
"""Begins the sort keys of items that say what an erase is to remove."""
_AT_ONCE = 500
"""Items or claims in one note: what an erase that is cut off does over again at most."""
_ROUNDS = 10
"""How often a lead may come back while it is being erased."""


@dataclass(slots=True)
class Erased:
    """What an erase did: whether there was a lead, how many items of it and claims of its events it removed, and
    whether that was all, or must be gone on with."""

    found: bool = False
    items: int = 0
    claims: int = 0
    done: bool = True


class _Pair(msgspec.Struct, gc=False):
    source: str
    id: str


_pair = msgspec.json.Decoder(_Pair).decode


def erase(
    table: Table,
    id: str,
    now: int,
    *,
    late: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> Erased:
    """Forget the lead: its state, all its events, and the claims of these. `now` is microseconds; `late` says whether
    it is time to stop. Raises Busy if others write the lead all the time, and what the service raises; then, as for one
    that is not done, it is to be called again."""
    pk, erased = lead_key(id), Erased()
    for _ in range(_ROUNDS):
        if not _finish(table, pk, erased, late):
            erased.done = False
            return erased
        if not again(partial(_begin, table, id, now), pause, "lead"):
            return erased
        erased.found = True
    raise Busy("the lead came back again and again")


def _begin(table: Table, id: str, now: int) -> bool:
    """Mark what there is of a lead to be removed; whether there is anything. Raises Conflict, Gone."""
    row = read(table, lead_key(id))
    if row.id and row.id != id:
        raise ValueError("two leads have one key")
    items = [item["sk"] for item in table.query(row.pk) if item["sk"] != STATE]
    if row.id or items:
        _mark(table, row, items, now)
    return bool(row.id or items)


def _mark(table: Table, row: Row, items: Sequence[str], now: int) -> None:
    """Write down what is to be removed, and put the mark in the place of the lead. Raises Conflict, Gone."""
    gone = max(now, row.newest, -1 if row.gone is None else row.gone + 1)
    pairs = [_pair(line) for line in History(table, row).lines()]
    claims = {*row.refs, *(short(pair.source, pair.id) for pair in pairs)}
    for note in _notes(row.pk, gone, items, sorted(claims)):
        table.put(note)
    mark: Item = {"pk": row.pk, "sk": STATE, "v": row.version + 1, "gone": gone}
    table.put(mark, {"v": row.version} if row.version else {"pk": None})


def _notes(pk: str, gone: int, items: Sequence[str], claims: Sequence[str]) -> Iterable[Item]:
    token = secrets.token_hex(5)
    for at in range(0, max(len(items), len(claims)), _AT_ONCE):
        packed = b"".join([base64.urlsafe_b64decode(claim + "==") for claim in claims[at : at + _AT_ONCE]])
        yield {
            "pk": pk, "sk": f"{TO_REMOVE}{token}#{at // _AT_ONCE:06d}", "gone": gone,
            "items": items[at : at + _AT_ONCE], "claims": packed,
        }  # fmt: skip


def _finish(table: Table, pk: str, erased: Erased, late: Callable[[], bool]) -> bool:
    """Remove what erases have written down whose mark stands; forget what others wrote down. Whether that was all."""
    for note in list(table.query(pk, TO_REMOVE)):
        if late():
            return False
        standing = table.get(pk, STATE)
        if standing is not None and standing.get("gone", -1) >= note["gone"]:
            _remove(table, pk, note, erased)
        table.delete(pk, note["sk"])
    return True


def _remove(table: Table, pk: str, note: Item, erased: Erased) -> None:
    for sk in note["items"]:
        table.delete(pk, sk)
    erased.items += len(note["items"])
    for at in range(0, len(note["claims"]), 16):
        claim = base64.urlsafe_b64encode(note["claims"][at : at + 16]).decode().rstrip("=")
        with suppress(Conflict):  # it is another lead's, or gone
            table.delete("C#" + claim, CLAIM, {"lead": pk})
            erased.claims += 1
