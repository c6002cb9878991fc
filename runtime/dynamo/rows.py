"""The lead item: what is read and written at every delivery, in as few bytes as it takes.

Below 1 KB an item costs one write unit, so the state is packed and the newest accepted lines ride in it compressed,
against a dictionary of what all events share. Pieces above the size of an item are parts under the same lead, named by
a token that is never used again, written before the item that names them: an item never points to what is not there,
and no two writers touch the same part.
"""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from runtime.dynamo.client import Item, Table, size
from runtime.dynamo.contention import Gone
from runtime.dynamo.keys import LEAD, PART, STATE, shard_of
from runtime.lead import Lead
from runtime.publish import Entries, Entry
from runtime.state import decode, encode
from runtime.times import DAY, SECOND, now

UNIT = 1024
"""Bytes that one write unit pays for."""
PIECE = 380_000
"""The largest piece that is put into one item."""
_TRIES = 5
_SHARED = (
    b'"data":{"plan":"path":"url":"campaign":"email":"company":"country":"title":"value":"name":"page":"/pricing"}}'
    b'{"specversion":"1.0","id":"","source":"","type":"lead","subject":"","time":"2026-01-01T00:00:00Z","data":{"'
)
"""What lines begin with, for the compression; a part of the format."""


_Body: TypeAlias = tuple[
    bytes, list[tuple[tuple[str, str, int, int], tuple[bool, bool, int, bool, str]]], list[bytes], list[str]
]
"""State, ledger of publications, newest lines, and what this version publishes: one text, since all of it repeats."""
_body = msgspec.msgpack.Decoder(_Body)
_published = msgspec.msgpack.Decoder(list[str])
_BESIDE = 100_000
"""Bytes of publications that an item carries beside its parts."""
_OUTLIVE = 30 * DAY
"""How long parts with publications are kept: longer than any stream or queue keeps word of them."""


def _squeeze(data: bytes) -> bytes:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _SHARED)
    return squeeze.compress(data) + squeeze.flush()


def _expand(data: bytes) -> bytes:
    return zlib.decompressobj(-15, _SHARED).decompress(data)


def pack(lines: list[bytes]) -> bytes:
    """Lines as one compressed text."""
    return _squeeze(msgspec.msgpack.encode(lines))


def unpack(data: bytes) -> list[bytes]:
    """The lines that `pack` was given."""
    return msgspec.msgpack.decode(_expand(data), type=list[bytes])


@dataclass(slots=True)
class Row:
    """A lead as it stands in the table. `version` is 0 for one that is not there; `digest` is of the model that made
    the state; `refs` name the claims that carry lines; `oldest` is the time of the oldest line that is kept, `newest`
    of the newest accepted event, `looked` the latest look; `due` is what the index says; `checkpoint` names the state
    that what expired was folded into; `gone` is the moment up to which the lead was erased. Times are microseconds."""

    pk: str
    id: str = ""
    version: int = 0
    digest: bytes = b""
    lead: Lead | None = None
    tail: list[bytes] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    key: bytes = b""
    """Opens the lines in the claims that `refs` name."""
    moved: int = 0
    """How often lines have left the tail."""
    checkpoint: str | None = None
    saved: list[str] = field(default_factory=list)
    """States to begin from where an event is late, oldest first, with the items of lines that came after each."""
    oldest: int | None = None
    newest: int = -1
    looked: int | None = None
    due: int | None = None
    ledger: Entries = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    gone: int | None = None
    parts: list[str] = field(default_factory=list)
    """The sort keys of the parts that this version is made of."""
    size: int = 0

    def name(self, ref: str, key: bytes) -> None:
        """Name a claim that carries lines under this key."""
        self.refs, self.key, self.moved = [*self.refs, ref], key, self.moved + 1

    def let_go(self) -> None:
        """Name no claims any more: what they carry is kept elsewhere, and can't be read there from now on."""
        self.refs, self.key, self.moved = [], b"", self.moved + 1


Fetch: TypeAlias = Callable[[list[str]], bytes]


def read(table: Table, pk: str) -> Row:
    """The lead under a key, whether it is there or not."""
    for tries_left in range(_TRIES, 0, -1):
        item = table.get(pk, STATE)
        try:
            return Row(pk) if item is None else row_of(item, lambda names: fetch(table, pk, names))
        except Gone:  # its parts went with this version
            if tries_left == 1:
                raise
    raise AssertionError


def row_of(item: Item, fetch: Fetch) -> Row:
    """The lead in an item; `fetch` brings the parts under their sort keys, put together."""
    row = Row(
        item["pk"], item.get("id", ""), item["v"], item.get("digest", b""), refs=_refs_in(item.get("refs", b"")),
        checkpoint=item.get("check"), saved=item.get("saved", []), oldest=item.get("oldest"), due=item.get("due"),
        gone=item.get("gone"), moved=item.get("moved", 0), key=item.get("key", b""), parts=item.get("parts", []),
        size=size(item),
    )  # fmt: skip
    body = fetch(row.parts) if row.parts else item.get("body")
    if body is not None:
        state, ledger, row.tail, row.out = _body.decode(_expand(body))
        row.ledger = {tuple(firing): Entry(*entry) for firing, entry in ledger}
        if state:
            row.lead = decode(row.id, state)
            row.newest = -1 if row.lead.key is None else row.lead.key[0]
            row.looked = row.lead.looked
    row.newest, row.looked = item.get("newest", row.newest), item.get("looked", row.looked)
    if row.parts:
        row.out = published(item, fetch)
    return row


def published(item: Item, fetch: Fetch) -> list[str]:
    """What this version of a lead or an account publishes: in the item, or in parts that outlive the version, so that
    whoever reads the stream finds it however late. Raises Gone if these have expired."""
    if "outs" in item:
        return _published.decode(_expand(fetch(item["outs"])))
    if "out" in item:
        return _published.decode(_expand(item["out"]))
    body = item.get("body")
    return [] if body is None or not item["pk"].startswith(LEAD) else _body.decode(_expand(body))[3]


def publishing(pk: str, out: list[str], now: int) -> tuple[Item, list[Item]]:
    """What an item says of what it publishes beside its body, and the parts that it names; `now` is microseconds."""
    if not out:
        return {}, []
    data = _squeeze(msgspec.msgpack.encode(out))
    if len(data) <= _BESIDE:
        return {"out": data}, []
    parts = [item | {"ttl": (now + _OUTLIVE) // SECOND} for item in pieces(pk, PART, data)]
    return {"outs": [part["sk"] for part in parts]}, parts


def write(table: Table, row: Row) -> None:
    """Write a lead that was read at `row.version` as its next version. Raises Conflict if another was quicker; then
    nothing is changed."""
    item, parts = item_of(row)
    for part in parts:
        table.put(part)
    table.put(item, {"v": row.version} if row.version else {"pk": None})
    drop(table, row.pk, row.parts)


def item_of(row: Row) -> tuple[Item, list[Item]]:
    """The item of a lead's next version, and the parts that it names."""
    lead = row.lead
    ledger = [
        (firing, (entry.standing, entry.published, entry.count, entry.late, entry.data))
        for firing, entry in row.ledger.items()
    ]
    state = b"" if lead is None else encode(lead)
    body = _squeeze(msgspec.msgpack.encode((state, ledger, row.tail, row.out)))
    item: Item = {
        "pk": row.pk, "sk": STATE, "id": row.id or None, "v": row.version + 1, "body": body, "check": row.checkpoint,
        "saved": row.saved or None,
        "digest": row.digest or None, "refs": _refs_out(row.refs) or None,
        "key": row.key if row.refs else None, "moved": row.moved or None,
        "oldest": row.oldest, "gone": row.gone,
    }  # fmt: skip
    if lead is None or lead.key is None or lead.key[0] != row.newest:
        item["newest"] = row.newest
    if lead is None or lead.looked != row.looked:
        item["looked"] = row.looked
    if row.due is not None:
        item |= {"due": row.due, "shard": shard_of(row.pk)}
    if size(item) <= PIECE:
        return item, []
    parts = pieces(row.pk, PART, _squeeze(msgspec.msgpack.encode((state, ledger, row.tail, []))))
    out, outs = publishing(row.pk, row.out, now())
    named = [] if lead is None else lead.named
    return item | {"body": None, "parts": [part["sk"] for part in parts], "named": named, **out}, [*parts, *outs]


def pieces(pk: str, prefix: str, data: bytes) -> list[Item]:
    """Bytes as items under one lead that are each within the limit, under a token that is never used again."""
    token = secrets.token_hex(5)
    cuts = range(0, len(data), PIECE)
    return [
        {"pk": pk, "sk": f"{prefix}{token}#{at:03d}", "of": len(cuts), "data": data[cut : cut + PIECE]}
        for at, cut in enumerate(cuts)
    ]


def fetch(table: Table, pk: str, names: list[str]) -> bytes:
    """What the pieces under these sort keys hold, put together. Raises Gone if one is missing."""
    found = {item["sk"]: item["data"] for item in table.get_all([(pk, name) for name in names])}
    if len(found) < len(names):
        raise Gone("a piece that the item names")
    return b"".join([found[name] for name in names])


def drop(table: Table, pk: str, names: list[str]) -> None:
    """Remove items of a lead that nothing names any more."""
    for name in names:
        table.delete(pk, name)


def _refs_in(data: bytes) -> list[str]:
    return [base64.urlsafe_b64encode(data[at : at + 16]).decode().rstrip("=") for at in range(0, len(data), 16)]


def _refs_out(refs: list[str]) -> bytes:
    return b"".join([base64.urlsafe_b64decode(ref + "==") for ref in refs])
