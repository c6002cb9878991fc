"""Batches that were given up, read from their streams again.

Lambda gives a batch of a stream up after so many attempts, and says in a queue where in the stream it was, not what was
in it. A stream keeps its records for a day or longer, so they can be had from there as long as that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_READS = 1_000
"""Reads of a shard after which it is taken to have nothing more to give."""


@dataclass(frozen=True, slots=True)
class Kinesis:
    """A record of a stream of Kinesis."""

    number: str
    key: str
    data: bytes


def of_table(streams: Any, told: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a batch of a table's stream by its `DDBStreamBatchInfo`, in the form of Lambda's events. Raises
    LookupError if they are gone."""
    place = {"StreamArn": told["streamArn"], "ShardId": told["shardId"]}
    first, last = told["startSequenceNumber"], told["endSequenceNumber"]
    try:
        answer = streams.get_shard_iterator(**place, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first)
    except streams.exceptions.TrimmedDataAccessException:
        raise LookupError("the stream has forgotten the batch") from None
    found: list[dict[str, Any]] = []
    at = answer.get("ShardIterator")
    while at is not None and not (found and int(found[-1]["dynamodb"]["SequenceNumber"]) >= int(last)):
        answer = streams.get_records(ShardIterator=at)
        found += answer["Records"]
        at = answer.get("NextShardIterator") if answer["Records"] or not found else None
    within = [each for each in found if int(first) <= int(each["dynamodb"]["SequenceNumber"]) <= int(last)]
    for each in within:
        each["dynamodb"]["ApproximateCreationDateTime"] = each["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    return within


def of_kinesis(kinesis: Any, told: dict[str, Any]) -> list[Kinesis]:
    """The records of a batch of Kinesis by its `KinesisBatchInfo`, as far as the stream still has them."""
    at_first = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": told["startSequenceNumber"]}
    try:
        found = _read(kinesis, told, at_first)
    except kinesis.exceptions.InvalidArgumentException:
        found = []
    return found or _read(kinesis, told, {"ShardIteratorType": "TRIM_HORIZON"})  # its beginning is forgotten


def _read(kinesis: Any, told: dict[str, Any], start: dict[str, Any]) -> list[Kinesis]:
    arn, first, last = told["streamArn"], int(told["startSequenceNumber"]), int(told["endSequenceNumber"])
    at = kinesis.get_shard_iterator(StreamARN=arn, ShardId=told["shardId"], **start).get("ShardIterator")
    found: list[Kinesis] = []
    for _ in range(_READS):
        if at is None:
            break
        answer = kinesis.get_records(StreamARN=arn, ShardIterator=at)
        records = [Kinesis(each["SequenceNumber"], each["PartitionKey"], each["Data"]) for each in answer["Records"]]
        found += [each for each in records if first <= int(each.number) <= last]
        if any(int(each.number) >= last for each in records) or (not records and not answer["MillisBehindLatest"]):
            break
        at = answer.get("NextShardIterator")
    return found
