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


def events() -> Any:
    return client("events")


def streams() -> Any:
    return client("dynamodbstreams")
