"""Records: what a source hands over in one piece, whichever source it is, and the lines that stand in it.

A body may be a CloudEvents object or a batch of them, an event of EventBridge whose detail is one, or the payload of
another system, which a mapping of the model reads. CloudEvents need no mapping, whatever a record names. The mapping of
others is named by the record's attribute ``leadscore-source``, by the detail type or source of an EventBridge event
where the model has a source of that name, by the settings, or is `eventbridge`, in this order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from runtime.handlers.world import World
from runtime.mapping import MappingError, Unmapped

ATTRIBUTE = "leadscore-source"
ENVELOPED = "eventbridge"
"""The source that takes an event of EventBridge as a whole."""


@dataclass(frozen=True, slots=True)
class Record:
    """`id` is what a partial failure names it by, `origin` where it came from, `group` what it is in order with;
    `attributes` are kept with it if it is poison."""

    id: str
    body: bytes
    origin: str
    source: str | None = None
    group: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


class _Head(msgspec.Struct, gc=False):
    """What tells one kind of JSON object from another."""

    specversion: Any = None
    detail_type: Any = msgspec.field(name="detail-type", default=None)
    source: Any = None
    detail: msgspec.Raw = msgspec.Raw()


class _Whose(msgspec.Struct, gc=False):
    subject: str = ""


_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What JSON that is none raises, also what is nested too deeply to be read."""
_head = msgspec.json.Decoder(_Head).decode
_whose = msgspec.json.Decoder(_Whose).decode
_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode


def of_sqs(record: dict[str, Any]) -> Record:
    """A message of a queue, as Lambda hands it over. Groups are an order in a FIFO queue only; in others they share
    its capacity out."""
    given, system = record.get("messageAttributes") or {}, record.get("attributes") or {}
    own = {name: _attribute(value) for name, value in given.items()}
    origin = record.get("eventSourceARN", "")
    group = system.get("MessageGroupId") if origin.endswith(".fifo") else None
    kept = {"message": own, "system": system, "messageId": record["messageId"]}
    body = record["body"].encode("utf-8", "surrogatepass")
    return Record(record["messageId"], body, origin, own.get(ATTRIBUTE), group, kept)


def _attribute(value: dict[str, Any]) -> str:
    text = value.get("stringValue")
    return text if text is not None else str(value.get("binaryValue", ""))


def of_kinesis(record: dict[str, Any]) -> Record:
    """A record of a stream, as Lambda hands it over."""
    given = record["kinesis"]
    attributes = {name: given.get(name) for name in ("partitionKey", "sequenceNumber", "approximateArrivalTimestamp")}
    body = base64.b64decode(given["data"])
    return Record(given["sequenceNumber"], body, record.get("eventSourceARN", ""), attributes={"system": attributes})


def of_json(value: Any, origin: str, source: str | None = None, id: str = "") -> Record:
    """Something that was handed over as JSON, not as text."""
    return Record(id, json.dumps(value, separators=(",", ":")).encode(), origin, source)


def subject_of(line: bytes) -> str:
    """The lead of a line; nothing if that can't be read."""
    try:
        return _whose(line).subject
    except _UNREADABLE:
        return ""


def lines_of(world: World, record: Record) -> list[bytes | Unmapped]:
    """The lines that stand in a record, and what of it gives none."""
    return list(_lines(world, record.body, record.source))


def _lines(world: World, body: bytes, named: str | None) -> Iterator[bytes | Unmapped]:
    parts = _batch(body)
    if parts is not None:
        yield from map(_one_line, parts)
        return
    head = _read_head(body)
    if head.specversion is not None:
        yield _one_line(body)
    elif head.detail_type is not None and bytes(head.detail):
        yield from _detail(world, body, head, named)
    else:
        yield from _mapped(world, body, named or world.settings.source)


def _batch(body: bytes) -> list[bytes] | None:
    """The objects of a CloudEvents batch; None if it is none."""
    if body.lstrip()[:1] != b"[":
        return None
    try:
        parts = [bytes(part) for part in _parts(body)]
    except _UNREADABLE:
        return None
    return parts if parts and any(_read_head(part).specversion is not None for part in parts) else None


def _read_head(body: bytes) -> _Head:
    try:
        return _head(body)
    except _UNREADABLE:
        return _Head()


def _one_line(body: bytes) -> bytes:
    return msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body


def _detail(world: World, body: bytes, head: _Head, named: str | None) -> Iterator[bytes | Unmapped]:
    detail = bytes(head.detail)
    sources = world.model().table.sources
    of_event = [each for each in (head.detail_type, head.source) if isinstance(each, str)]
    chosen = named or next((each for each in of_event if each in sources), None)
    chosen = chosen or world.settings.source
    if _batch(detail) is not None or _read_head(detail).specversion is not None:
        yield from _lines(world, detail, None)
    elif chosen is not None and chosen != ENVELOPED:
        yield from _mapped(world, detail, chosen)
    elif ENVELOPED in sources:
        yield from _mapped(world, body, ENVELOPED)
    else:
        yield Unmapped(
            "no source: the detail is no CloudEvents object, and nothing names the mapping that reads it", body
        )


def _mapped(world: World, body: bytes, source: str | None) -> Iterator[bytes | Unmapped]:
    if source is None:  # the intake says best what is wrong with it
        yield body
        return
    try:
        mapping = world.mapping(source)
    except MappingError as error:
        yield Unmapped(f"no source: {error}", body)
        return
    yield from mapping.lines(body)
