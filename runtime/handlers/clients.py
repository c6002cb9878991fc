"""The services beside DynamoDB, each asked for when it is first needed: a client takes a tenth of a second to make."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def client(service: str) -> Any:
    """The client of a service, in the account and region that the environment names."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=2, read_timeout=20)
    return boto3.client(service, config=config)


def sqs() -> Any:
    return client("sqs")


def s3() -> Any:
    return client("s3")


class Bucket:
    """Objects of one bucket by key (`runtime.dynamo.releases.Bucket`)."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, key: str) -> bytes | None:
        """What lies there; None if nothing does."""
        try:
            body: bytes = s3().get_object(Bucket=self.name, Key=key)["Body"].read()
        except s3().exceptions.NoSuchKey:
            return None
        return body

    def put(self, key: str, data: bytes) -> None:
        """Put something where nothing lies; what lies there already stays."""
        try:
            s3().put_object(Bucket=self.name, Key=key, Body=data, IfNoneMatch="*")
        except s3().exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code") != "PreconditionFailed":
                raise
