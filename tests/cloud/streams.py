"""The stream of a table as a function gets it: records in the form of Lambda's events, in their order."""

from __future__ import annotations

import base64
from typing import Any

from runtime.dynamo.changes import Change
from runtime.dynamo.client import Table, read_image
from runtime.dynamo.keys import LEAD, STATE
from tests.cloud.leads import service

Record = dict[str, Any]


class Stream:
    """Reads on from where it was; `records` gives what has come since."""

    def __init__(self, table: Table) -> None:
        place = table.client.describe_table(TableName=table.name)["Table"]
        self.arn = place["LatestStreamArn"]
        self.client = service(table.client.meta.endpoint_url, "dynamodbstreams")
        self.iterators: dict[str, str] = {}

    def records(self) -> list[Record]:
        found = []
        for shard in self.client.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]:
            id = shard["ShardId"]
            if id not in self.iterators:
                self.iterators[id] = self.client.get_shard_iterator(
                    StreamArn=self.arn, ShardId=id, ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]
            while True:
                answer = self.client.get_records(ShardIterator=self.iterators[id])
                self.iterators[id] = answer.get("NextShardIterator", self.iterators[id])
                found += [self._as_lambda(record) for record in answer["Records"]]
                if not answer["Records"]:
                    break
        return [record for record in found if record["dynamodb"]["Keys"]["sk"]["S"] == STATE]

    def _as_lambda(self, record: Record) -> Record:
        told = record["dynamodb"]
        images = {name: plain(told[name]) for name in ("Keys", "OldImage", "NewImage") if name in told}
        return {
            "eventID": record["eventID"],
            "eventName": record["eventName"],
            "eventSource": "aws:dynamodb",
            "eventSourceARN": self.arn,
            "awsRegion": "eu-west-1",
            "dynamodb": {
                **images,
                "SequenceNumber": told["SequenceNumber"],
                "ApproximateCreationDateTime": told["ApproximateCreationDateTime"].timestamp(),
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }


def plain(image: dict[str, Any]) -> dict[str, Any]:
    """An image as JSON has it: bytes as base64 text."""
    return {
        name: {kind: base64.b64encode(value).decode() if kind == "B" else value for kind, value in given.items()}
        for name, given in image.items()
    }


def changes(records: list[Record]) -> list[Change]:
    """What the records say of leads."""
    return [
        Change(
            record["dynamodb"]["Keys"]["pk"]["S"],
            *[
                read_image(record["dynamodb"][name]) if name in record["dynamodb"] else None
                for name in ("OldImage", "NewImage")
            ],
        )
        for record in records
        if record["dynamodb"]["Keys"]["pk"]["S"].startswith(LEAD)
    ]
