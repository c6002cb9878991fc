"""Publications out: onto an event bus, each lead's in its order, or into a queue if that is not to be.

A call takes up to ten entries. No two of them belong to one lead, since of a call some entries may fail and later ones
go through: the next of a lead goes when the one before it has gone. What fails for now is tried again, then its lead is
given up for this time. What can never go, or has been tried for too long, goes to a queue as it is. What is too large
for an entry goes without the scores, and says so: whoever wants them asks for the lead.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

SOURCE = "leadscore"
_MANY = 10
_MOST = 250_000
"""Bytes of one call: below what a bus takes in any region, envelope included."""
_LONGEST_TYPE = 128
"""Characters of a detail type; the publication has the whole name."""
_TRIES = 4
_PAUSE = 0.2
_FOR_GOOD = ("MalformedDetail", "InvalidArgument", "InvalidParameter", "ValidationException", "TooLarge")
_REMEMBERED = 10_000


@dataclass(slots=True)
class Parcel:
    """What one version of an item publishes. `whose` says which parcels must stay in their order; `patient` that it is
    not given up yet. `failed` is why it must come again."""

    whose: str
    lines: list[str]
    patient: bool = True
    failed: str | None = None


@dataclass(slots=True)
class Sent:
    """How many publications went out, and how many into the queue."""

    published: int = 0
    parked: int = 0


@dataclass(slots=True)
class Bus:
    """The bus of a name, and the URL of the queue for what can't go there. `events` and `sqs` give clients; `late` of
    `send` says whether it is time to stop."""

    name: str | None
    queue: str | None
    events: Any
    sqs: Any
    pause: Callable[[float], None] = time.sleep
    _gone: dict[str, None] = field(default_factory=dict)
    """Ids that have gone out lately: what comes again with a batch need not go again."""

    def send(self, parcels: Iterable[Parcel], late: Callable[[], bool], *, park: bool = True) -> Sent:
        """Send parcels; those that must come again are `failed`, and so are all that come after them in their order.
        Unless there is `park`, nothing goes into the queue."""
        sent, waiting = Sent(), _Waiting(parcels)
        in_vain = 0
        while heads := waiting.heads(self._known):
            if late():
                waiting.give_up("the time limit came near")
                break
            codes = self._put([head.entry for head in heads])
            vain = 0
            for head, code in zip(heads, codes, strict=True):
                if code is None:
                    self._remember(head.id)
                    sent.published += 1
                    waiting.done(head)
                elif code in _FOR_GOOD or not head.parcel.patient:
                    self._give_up(head, code, waiting, sent, park=park)
                else:
                    vain = max(vain, waiting.in_vain(head, code))
            in_vain = in_vain + 1 if vain and None not in codes else 0
            if in_vain >= _TRIES:  # it is the bus, not the entries
                waiting.give_up("the bus takes nothing")
            elif vain:
                self.pause(_PAUSE * 2**vain)
        return sent

    def _known(self, id: str) -> bool:
        return id in self._gone

    def _remember(self, id: str) -> None:
        self._gone[id] = None
        if len(self._gone) > _REMEMBERED:
            del self._gone[next(iter(self._gone))]

    def _put(self, entries: list[dict[str, str]]) -> list[str | None]:
        """One call; for each entry why it did not go, None if it did."""
        if self.name is None:
            return ["NoBus"] * len(entries)
        if len(entries) == 1 and _size(entries[0]) > _MOST:
            return ["TooLarge"]
        try:
            answer = self.events().put_events(Entries=[{**entry, "EventBusName": self.name} for entry in entries])
        except Exception as error:  # noqa: BLE001  # whatever it is, the entries must come again
            response = getattr(error, "response", None)
            code = response["Error"]["Code"] if isinstance(response, dict) else type(error).__name__
            # A call is refused as a whole for one bad entry: each is asked for itself then.
            if code in _FOR_GOOD and len(entries) > 1:
                return [found for entry in entries for found in self._put([entry])]
            return [code] * len(entries)
        return [each.get("ErrorCode") for each in answer["Entries"]]

    def _give_up(self, head: _Head, code: str, waiting: _Waiting, sent: Sent, *, park: bool) -> None:
        """Put a publication that does not go into the queue, if it is to `park` there."""
        if park and self.say(write_parked(head.line, code)):
            sent.parked += 1
            waiting.done(head)
        else:
            waiting.fail(head, code)

    def say(self, body: str) -> bool:
        """Put a message into the queue; whether that was done."""
        if self.queue is None:
            return False
        try:
            self.sqs().send_message(QueueUrl=self.queue, MessageBody=body)
        except Exception:  # noqa: BLE001  # what it was about comes again
            return False
        return True


class _Parked(msgspec.Struct):
    event: msgspec.Raw


def write_parked(line: str, reason: str) -> str:
    """A publication as a message of the queue."""
    return f'{{"reason":{json.dumps(reason)},"event":{line}}}'


def read_parked(body: str) -> str | None:
    """The publication in a message of the queue; None for one that holds something else, such as the place in the
    stream of a batch that was given up."""
    try:
        return bytes(msgspec.json.decode(body, type=_Parked).event).decode()
    except msgspec.MsgspecError:
        return None


@dataclass(slots=True)
class _Head:
    """The next publication of somebody."""

    parcel: Parcel
    line: str
    id: str
    entry: dict[str, str]


class _Waiting:
    """The publications that wait, by whose they are, in their order."""

    def __init__(self, parcels: Iterable[Parcel]) -> None:
        self._queues: dict[str, deque[tuple[Parcel, str]]] = {}
        self._tries: dict[str, int] = {}
        for parcel in parcels:
            if parcel.lines:
                self._queues.setdefault(parcel.whose, deque()).extend([(parcel, line) for line in parcel.lines])

    def heads(self, known: Callable[[str], bool]) -> list[_Head]:
        """The next ones that fit one call, at most one of each; those that are known to have gone are passed over."""
        found: list[_Head] = []
        size = 0
        for whose in list(self._queues):
            head = self._head(whose, known)
            if head is None:
                continue
            size += _size(head.entry)
            if found and (size > _MOST or len(found) == _MANY):
                break
            found.append(head)
        return found

    def _head(self, whose: str, known: Callable[[str], bool]) -> _Head | None:
        queue = self._queues[whose]
        while queue:
            parcel, line = queue[0]
            event = json.loads(line)
            if not known(event["id"]):
                return _Head(parcel, line, event["id"], _entry(event, line))
            queue.popleft()
        del self._queues[whose]
        return None

    def done(self, head: _Head) -> None:
        self._queues[head.parcel.whose].popleft()

    def in_vain(self, head: _Head, why: str) -> int:
        """How often somebody was tried in vain; given up at the last try."""
        whose = head.parcel.whose
        self._tries[whose] = self._tries.get(whose, 0) + 1
        if self._tries[whose] >= _TRIES:
            self.fail(head, why)
        return self._tries[whose]

    def fail(self, head: _Head, why: str) -> None:
        """Give somebody up: all that waits of theirs must come again."""
        for parcel, _ in self._queues.pop(head.parcel.whose):
            parcel.failed = why

    def give_up(self, why: str) -> None:
        for queue in self._queues.values():
            for parcel, _ in queue:
                parcel.failed = why
        self._queues.clear()


def _entry(event: dict[str, Any], line: str) -> dict[str, str]:
    entry = {"Source": SOURCE, "DetailType": event["type"][:_LONGEST_TYPE], "Detail": line}
    if _size(entry) > _MOST:
        data = {name: value for name, value in event["data"].items() if name != "scores"}
        entry["Detail"] = json.dumps({**event, "data": {**data, "cut": ["scores"]}}, ensure_ascii=False)
    return entry


def _size(entry: dict[str, str]) -> int:
    return sum(len(text.encode()) for text in entry.values())
