"""Poison: records that the model refuses, kept with their reasons until they are sent again.

A message of the poison queue is a JSON object: the reasons, where the record came from and when, its attributes, and
its body exactly as it came. A body that does not fit is packed, one that still does not fit lies in the bucket and the
message says where. So sending it again is the very delivery once more: what was taken in of it is a duplicate then.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runtime.dynamo.keys import short
from runtime.handlers.records import Record
from runtime.times import write_instant

MARK = "leadscore-poison"
"""The attribute by which a poison message is told from others."""
_MOST = 240_000
"""Bytes of one message, and of one batch of them: below what any queue takes."""
_MANY = 10
_REASONS = 20


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that was refused, with up to 20 of its reasons."""

    record: Record
    reasons: tuple[str, ...]
    at: int


class PoisonError(Exception):
    """Poison that could not be put away, or not be read."""


@dataclass(slots=True)
class PoisonQueue:
    """The queue behind a URL, and the bucket for what is too big for it. `sqs` and `s3` give clients."""

    url: str | None
    bucket: str | None
    sqs: Any
    s3: Any
    _unsent: list[int] = field(default_factory=list)

    def send(self, poison: Sequence[Poison]) -> list[bool]:
        """Put records away; for each whether that was done."""
        if self.url is None:
            return [False] * len(poison)
        done = [False] * len(poison)
        entries = []
        for at, each in enumerate(poison):
            try:
                entries.append((at, self._message(each)))
            except Exception:  # noqa: BLE001, S112  # it stays where it is, and comes again
                continue
        for batch in _batches(entries):
            for at in self._send(batch):
                done[at] = True
        return done

    def _send(self, batch: list[tuple[int, str]]) -> list[int]:
        """Send a batch; the places of what arrived."""
        kind = {MARK: {"DataType": "String", "StringValue": "1"}}
        entries = [{"Id": str(at), "MessageBody": body, "MessageAttributes": kind} for at, body in batch]
        try:
            answer = self.sqs().send_message_batch(QueueUrl=self.url, Entries=entries)
        except Exception:  # noqa: BLE001  # none of it is put away, all of it comes again
            return []
        return [int(each["Id"]) for each in answer.get("Successful", ())]

    def _message(self, poison: Poison) -> str:
        message = write(poison)
        if len(message) <= _MOST:
            return message
        body, bare = poison.record.body, replace(poison, record=replace(poison.record, body=b""))
        packed = write(bare, {"packed": base64.b64encode(zlib.compress(body, 9)).decode()})
        if len(packed) <= _MOST:
            return packed
        if self.bucket is None:
            raise PoisonError("it is too big for the queue, and there is no bucket")
        key = f"poison/{short(poison.record.origin, poison.record.id)}-{poison.at}"
        self.s3().put_object(Bucket=self.bucket, Key=key, Body=body)
        return write(bare, {"kept": {"bucket": self.bucket, "key": key}})


def _batches(entries: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    size = 0
    for at, body in entries:
        if batch and (len(batch) == _MANY or size + len(body) > _MOST):
            yield batch
            batch, size = [], 0
        batch.append((at, body))
        size += len(body)
    if batch:
        yield batch


def write(poison: Poison, body: dict[str, Any] | None = None) -> str:
    """A poison record as the text of a message; all of it is ASCII."""
    record = poison.record
    told = {
        "reasons": [reason[:1000] for reason in poison.reasons[:_REASONS]], "at": write_instant(poison.at),
        "origin": record.origin, "source": record.source, "group": record.group, "id": record.id,
        "attributes": record.attributes,
    }  # fmt: skip
    return json.dumps(told | (_text(record.body) if body is None else body), separators=(",", ":"))


def _text(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bytes": base64.b64encode(body).decode()}


@dataclass(frozen=True, slots=True)
class Kept:
    """A poison record as it was read again. `place` is the (bucket, key) of a body that lies in the bucket."""

    record: Record
    reasons: tuple[str, ...]
    at: str
    place: tuple[str, str] | None = None


def read(message: str) -> Kept:
    """What `write` wrote. Raises PoisonError."""
    try:
        told = json.loads(message)
        body, place = b"", None
        if "body" in told:
            body = told["body"].encode()
        elif "bytes" in told:
            body = base64.b64decode(told["bytes"])
        elif "packed" in told:
            body = zlib.decompress(base64.b64decode(told["packed"]))
        else:
            place = (told["kept"]["bucket"], told["kept"]["key"])
        record = Record(told["id"], body, told["origin"], told["source"], told["group"], told["attributes"])
        return Kept(record, tuple(told["reasons"]), told["at"], place)
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise PoisonError(f"no poison record: {type(error).__name__}") from None
