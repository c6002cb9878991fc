"""Claims: which content a pair (source, id) stands for, over all leads.

A pair is claimed by the first delivery that takes an event of it in, by one conditional write; whoever comes later sees
what it stands for. A claim says nothing about folding: an event is in when its line is with its lead. So a delivery
that dies after its claim loses nothing, the next one finds the claim to be its own.

A claim may carry lines of its lead, which then need no write of their own (`runtime.dynamo.history`).
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from runtime.dynamo.client import Conflict, Item, Table
from runtime.dynamo.keys import CLAIM, claim_key
from runtime.intake import envelope
from runtime.times import read_instant
from runtime.values import EXACT, Unreadable, write_number

_LEVELS = 64
"""Levels of JSON that are written one within the other."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`lead` is the key of the lead that has the pair, `content` a hash of what it stands for, `version` that of the
    lead when it was claimed."""

    lead: str
    content: bytes
    version: int


def content_of(line: bytes) -> bytes:
    """A hash that two lines of one pair share if, and only if, they say the same: subject, type, time as an instant,
    data as JSON by value. Raises Rejected for what is no event, ValueError for an unreadable time."""
    given = envelope(line)
    what = [given["subject"], given["type"], read_instant(given["time"]), _canonical(given.get("data") or {})]
    return hashlib.sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode()).digest()[:16]


def _canonical(value: Any, levels: int = _LEVELS) -> Any:
    """JSON by value: every number is marked as one and written in one way. What lies deeper than so many levels is a
    text, since neither this nor its encoder may go as deep as JSON can."""
    match value:
        case dict() | list() if not levels:
            return {"": ["deep", _flat(value)]}
        case dict():
            return {name: _canonical(inner, levels - 1) for name, inner in value.items()}
        case list():
            return [_canonical(inner, levels - 1) for inner in value]
        case Unreadable():
            return {"": ["long", _exact(value)]}
        case bool() | None:
            return value
        case int() | Decimal():
            return {"": ["number", write_number(value)]}
        case str():
            return value
    raise TypeError(f"no JSON for {type(value).__name__}")


def _flat(value: Any) -> str:
    """JSON of any depth by value, as a text."""
    written: list[str] = []
    left: list[tuple[bool, Any]] = [(False, value)]
    while left:
        done, each = left.pop()
        if done:
            written.append(each)
        elif isinstance(each, dict):
            left.append((True, "}"))
            for name in sorted(each, reverse=True):
                left += [(False, each[name]), (True, json.dumps(name) + ":")]
            written.append("{")
        elif isinstance(each, list):
            left += [(True, "]"), *((False, inner) for inner in reversed(each))]
            written.append("[")
        else:
            written.append(json.dumps(_canonical(each)) + ",")
    return "".join(written)


def _exact(text: str) -> str:
    try:
        return str(Decimal(text).normalize(EXACT))
    except ArithmeticError:
        return text


class Claims:
    """The claims of a table. Times to live are seconds since 1970."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def get(self, source: str, id: str) -> Claim | None:
        item = self.table.get(claim_key(source, id), CLAIM)
        return None if item is None else _claim(item)

    def put(self, source: str, id: str, claim: Claim, expires: int, lines: bytes | None = None) -> Claim | None:
        """Claim a pair, with lines to carry. None if it is ours now, else the claim that stands."""
        item: Item = {
            "pk": claim_key(source, id), "sk": CLAIM, "lead": claim.lead, "content": claim.content,
            "v": claim.version, "ttl": expires, "lines": lines,
        }  # fmt: skip
        try:
            self.table.put(item, {"pk": None})
        except Conflict as conflict:
            if conflict.old is None:
                raise
            return _claim(conflict.old)
        return None

    def release(self, source: str, id: str) -> None:
        """Give a pair back whose event was not taken in after all."""
        self.table.delete(claim_key(source, id), CLAIM)

    def forget(self, source: str, id: str, lead: str, content: bytes) -> None:
        """Give a pair back if it is this lead's, with this content."""
        with suppress(Conflict):
            self.table.delete(claim_key(source, id), CLAIM, {"lead": lead, "content": content})


def _claim(item: Item) -> Claim:
    return Claim(item["lead"], item["content"], item["v"])
