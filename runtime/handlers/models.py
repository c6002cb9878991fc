"""Which model is live, as a function asks before it folds: the release that the table names, or a file.

A release is looked up at most once a minute, so a new one is taken up by every function within that time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from runtime import table as rules
from runtime.dynamo.client import Table
from runtime.dynamo.model import Model
from runtime.handlers import observed
from runtime.handlers.settings import SettingError, Settings

FRESH = 60.0
"""Seconds for which what was looked up is taken to be so."""


class Models(Protocol):
    """Gives the model that is live now; raises where there is none yet."""

    def model(self) -> Model: ...


class Filed:
    """The model in a file, or under an S3 address ``s3://BUCKET/KEY``, read again once it is no longer fresh."""

    def __init__(self, place: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.place = place
        self._clock = clock
        self._read = b""
        self._until = 0.0
        self._model: Model | None = None

    def model(self) -> Model:
        if self._model is None or self._clock() >= self._until:
            data = self._fetch()
            if self._model is None or data != self._read:
                self._model, self._read = Model(rules.load(data)), data
            self._until = self._clock() + FRESH
        return self._model

    def _fetch(self) -> bytes:
        if not self.place.startswith("s3://"):
            return Path(self.place).read_bytes()
        from runtime.handlers.clients import s3

        bucket, _, key = self.place.removeprefix("s3://").partition("/")
        body: bytes = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def models(settings: Settings, table: Table) -> Models:
    """What the settings ask for. Raises SettingError if they name neither a file nor the bucket of the releases."""
    if settings.model is not None:
        return Filed(settings.model)
    if settings.bucket is None:
        raise SettingError("LEADSCORE_BUCKET is not set: it names the bucket of the compiled tables")
    from runtime.dynamo.live import Live
    from runtime.dynamo.releases import Releases
    from runtime.handlers.bucket import S3Bucket
    from runtime.handlers.clients import s3

    return Live(Releases(table, S3Bucket(s3(), settings.bucket)), failed=_stale)


def _stale(error: Exception) -> None:
    observed.log.error("the live release can't be loaded; the one before it serves on", extra=observed.trouble(error))
