"""What the stream of the table tells: publications out, accounts kept, histories rolled up.

Each version of a lead or an account carries what it publishes, so the stream is the outbox: what is in it will go out,
at least once, each lead's in its order, with ids by which a consumer knows repeats. The answer names the first record
that must come again; whatever comes again with it does no harm. A record that fails for longer than is reasonable
would hold up all that come after: what it publishes goes to a queue as it is, and its accounts are named there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from runtime.dynamo.accounts import Accounts
from runtime.dynamo.changes import Change
from runtime.dynamo.client import Item, read_image
from runtime.dynamo.contention import Gone
from runtime.dynamo.history import MANY
from runtime.dynamo.keys import ACCOUNT, LEAD, STATE
from runtime.dynamo.rows import fetch, published
from runtime.handlers import observed
from runtime.handlers.bus import Bus, Parcel, Sent, read_parked
from runtime.handlers.deadline import time_left
from runtime.handlers.given_up import of_table
from runtime.handlers.trials import Trials
from runtime.handlers.world import World, world
from runtime.times import SECOND

NO_TIME = "the time limit came near"
_AT_ONCE = 25
"""Records that are taken together: what came before them is done when they begin."""
_REF = 16
"""Bytes by which a lead item names a claim."""


@dataclass(slots=True)
class Record:
    """A record of the stream. `failed` says why it must come again."""

    number: str
    pk: str
    at: float
    old: Item | None
    new: Item | None
    failed: str | None = None


@dataclass(slots=True)
class Done:
    """What became of a batch."""

    records: list[Record] = field(default_factory=list)
    sent: Sent = field(default_factory=Sent)
    given_up: int = 0
    compacted: int = 0


class Publish:
    """Takes records of the stream of a world."""

    def __init__(self, world: World, bus: Bus) -> None:
        self.world = world
        self.bus = bus
        self.trials = Trials(world)
        self._accounts: Accounts | None = None

    def take(self, given: Iterable[dict[str, Any]], late: Callable[[], bool]) -> Done:
        """Take records in their order; those that must come again are `failed`."""
        done = Done([record for each in given if (record := _record(each)) is not None])
        troubled: set[str] = set()
        for start in range(0, len(done.records), _AT_ONCE):
            some = done.records[start : start + _AT_ONCE]
            for record in some:
                if record.pk in troubled:
                    record.failed = "one before it failed"
            self._take([record for record in some if record.failed is None], done, late)
            troubled |= {record.pk for record in some if record.failed is not None}
        self._tell(done)
        return done

    def _take(self, records: list[Record], done: Done, late: Callable[[], bool]) -> None:
        """Take some of the records: what there is no time for has failed."""
        if not late():
            self._send(records, done, late)
        leads = [record for record in records if record.pk.startswith(LEAD)]
        if late():
            for record in records:
                record.failed = record.failed or NO_TIME
            return
        done.given_up += self._keep_accounts(leads)
        done.compacted += self._compact(leads)
        self.trials.take([(record.old, record.new) for record in leads], late)

    def mend(self, pk: str) -> None:
        """Keep the accounts of a lead as it is now, whatever they have missed. Raises what the table raises."""
        item = self.world.table.get(pk, STATE)
        if item is not None:
            for error in self.accounts().take([Change(pk, None, item)]).values():
                raise error

    # --- publications -------------------------------------------------------------------------------------------------

    def _send(self, records: list[Record], done: Done, late: Callable[[], bool]) -> None:
        """Send what the records publish; of a lead or an account nothing after what could not be read."""
        unread: dict[str, str] = {}
        parcels: list[tuple[Record, Parcel]] = []
        for record in records:
            try:
                if record.pk not in unread:
                    parcels.append((record, Parcel(record.pk, self._published(record), self._patient(record))))
            except Exception as error:  # noqa: BLE001  # it must come again
                unread[record.pk] = type(error).__name__
            record.failed = unread.get(record.pk)
        sent = self.bus.send([parcel for _, parcel in parcels], late)
        done.sent.published += sent.published
        done.sent.parked += sent.parked
        for record, parcel in parcels:
            record.failed = parcel.failed

    def _patient(self, record: Record) -> bool:
        return self.world.now() / SECOND - record.at < self.world.settings.patience / SECOND

    def _published(self, record: Record) -> list[str]:
        try:
            return [] if record.new is None else published(record.new, partial(fetch, self.world.table, record.pk))
        except Gone as error:  # they are kept for weeks, or went with a lead that was erased
            observed.log.error("publications are gone", extra=self._named(record) | observed.trouble(error))
            observed.count("PublicationsGone", 1)
            return []

    # --- accounts -----------------------------------------------------------------------------------------------------

    def accounts(self) -> Accounts:
        """The accounts under the model that is live."""
        leads = self.world.leads()
        if self._accounts is None or self._accounts.leads is not leads:
            self._accounts = Accounts(self.world.table, leads.model, leads, now=self.world.now)
        return self._accounts

    def _keep_accounts(self, leads: Sequence[Record]) -> int:
        """Keep the accounts of leads that changed; how many changes were given up."""
        if not leads:
            return 0
        try:
            failed = self.accounts().take([Change(record.pk, record.old, record.new) for record in leads])
        except Exception as error:  # noqa: BLE001  # no model, or a table out of reach: all of it comes again
            failed = dict.fromkeys(range(len(leads)), error)
        given_up = 0
        for at, trouble in failed.items():
            record = leads[at]
            told = self._named(record) | observed.trouble(trouble)
            if not self._patient(record) and self._give_up(record, trouble):
                observed.log.error("the accounts of a lead were not kept", extra=told)
                given_up += 1
                continue
            observed.log.warning("the accounts of a lead are not kept yet", extra=told)
            record.failed = record.failed or type(trouble).__name__
        return given_up

    def _give_up(self, record: Record, error: Exception) -> bool:
        """Say in the queue which lead's accounts were not kept, and at which version; whether that was done."""
        version = None if record.new is None else record.new["v"]
        told = {"reason": type(error).__name__, "accounts_of": record.pk, "version": version, "number": record.number}
        return self.bus.say(json.dumps(told))

    # --- histories ----------------------------------------------------------------------------------------------------

    def _compact(self, leads: Sequence[Record]) -> int:
        """Roll up the histories that have grown long; how many. What fails is tried at the lead's next change."""
        done = 0
        for pk, new in {record.pk: record.new for record in leads}.items():
            if new is not None and len(new.get("refs", b"")) >= MANY * _REF:
                try:
                    done += self.world.leads().compact(pk)
                except Exception as error:  # noqa: BLE001  # nothing depends on it
                    observed.log.warning("not rolled up", extra={"lead": pk} | observed.trouble(error))
        return done

    # --- telling ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _named(record: Record) -> dict[str, str]:
        return {"account" if record.pk.startswith(ACCOUNT) else "lead": record.pk[2:], "number": record.number}

    def _tell(self, done: Done) -> None:
        failed = [record for record in done.records if record.failed is not None]
        observed.count("Published", done.sent.published)
        observed.count("Unpublished", done.sent.parked + done.given_up)
        observed.count("PublishFailed", len(failed))
        if done.records:
            observed.seconds("PublishLag", max(self.world.now() / SECOND - min(each.at for each in done.records), 0))
        spent = self.world.spent()
        observed.count("ReadUnits", spent.reads)
        observed.count("WriteUnits", spent.writes)
        told: dict[str, Any] = {"records": len(done.records), "published": done.sent.published, "failed": len(failed)}
        if done.sent.parked:
            told["parked"] = done.sent.parked
        if failed:
            told["why"] = observed.counted(str(record.failed) for record in failed)
        observed.log.info("published", extra=told)


def _record(given: dict[str, Any]) -> Record | None:
    """A record of a new version of a lead or of an account; None for one of anything else. A lead that is put off keeps
    its version, which has been published."""
    told = given["dynamodb"]
    keys = read_image(told["Keys"])
    if keys["sk"] != STATE or not keys["pk"].startswith((LEAD, ACCOUNT)):
        return None
    old, new = (read_image(told[name]) if name in told else None for name in ("OldImage", "NewImage"))
    if old is not None and new is not None and old["v"] == new["v"]:
        return None
    return Record(told["SequenceNumber"], keys["pk"], float(told["ApproximateCreationDateTime"]), old, new)


# --- invocations ------------------------------------------------------------------------------------------------------


def answer(publish: Publish, event: Any, context: Any) -> dict[str, Any]:
    """What an invocation is answered: of a stream the first record that must come again, of the queue of what was not
    published the messages that must."""
    given = event["Records"]
    if given and given[0].get("eventSource") == "aws:sqs":
        return _again(publish, given, time_left(context))
    done = publish.take(given, time_left(context))
    first = next((record.number for record in done.records if record.failed is not None), None)
    return {"batchItemFailures": [] if first is None else [{"itemIdentifier": first}]}


def _again(publish: Publish, given: list[dict[str, Any]], late: Callable[[], bool]) -> dict[str, Any]:
    """What was put away, once more: publications are sent, accounts are kept as their leads are now, and batches that
    were given up are read from the stream again. What fails, or is none of these, stays in the queue."""
    failed: list[str] = []
    parcels: dict[str, Parcel] = {}
    for each in given:
        line = read_parked(each["body"])
        if line is not None:
            parcels[each["messageId"]] = Parcel(json.loads(line)["subject"], [line])
            continue
        try:
            done = not late() and _mended(publish, json.loads(each["body"]), late)
        except Exception as error:  # noqa: BLE001  # it stays in the queue
            observed.log.warning("not mended", extra=observed.trouble(error))
            done = False
        if not done:
            failed.append(each["messageId"])
    sent = publish.bus.send(parcels.values(), late, park=False)
    failed += [id for id, parcel in parcels.items() if parcel.failed is not None]
    observed.count("Published", sent.published)
    observed.log.info("published again", extra={"messages": len(given), "failed": len(failed)})
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def _mended(publish: Publish, told: dict[str, Any], late: Callable[[], bool]) -> bool:
    """Whether what a message tells of was done after all."""
    if "accounts_of" in told:
        publish.mend(told["accounts_of"])
        return True
    if "DDBStreamBatchInfo" not in told:
        return False
    from runtime.handlers.clients import streams

    records = of_table(streams(), told["DDBStreamBatchInfo"])
    return not any(record.failed for record in publish.take(records, late).records)


@cache
def _publish() -> Publish:
    from runtime.handlers.clients import events, sqs

    here = world()
    return Publish(here, Bus(here.settings.bus, here.settings.unpublished_queue, events, sqs))


@observed.guarded
def handler(event: Any, context: Any) -> Any:
    """The entry point."""
    return answer(_publish(), event, context)
