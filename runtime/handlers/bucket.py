"""The bucket in which compiled tables lie, each under the hash of its content."""

from __future__ import annotations

import hashlib
from typing import Any

_ABSENT = {"NoSuchKey", "404", "NotFound"}
_THERE = {"PreconditionFailed", "412", "ConditionalRequestConflict"}


class S3Bucket:
    """One bucket behind a boto3 client; errors of the service are raised as botocore raises them, but for what is not
    there."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def get(self, key: str) -> bytes | None:
        try:
            body: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        except self.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return body

    def put(self, key: str, data: bytes) -> None:
        """Write what is not there yet. Something else under the key can only be damaged, and is written over."""
        kind = {"ContentType": "application/json"}
        try:
            self.client.put_object(Bucket=self.name, Key=key, Body=data, IfNoneMatch="*", **kind)
        except self.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _THERE:
                raise
            found = self.get(key) or b""
            if hashlib.sha256(found).digest() != hashlib.sha256(data).digest():
                self.client.put_object(Bucket=self.name, Key=key, Body=data, **kind)
