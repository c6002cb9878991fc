"""What a function is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.times import DAY, HOUR, MINUTE, SECOND


class SettingError(Exception):
    """A variable that is missing or can't be used; the text says which."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`grace` is how far the sweep stays behind the clock, `retention` how long accepted lines are kept
    (microseconds). `source` names the mapping of records that name none; `model` is a file or an S3 address to be used
    in place of the release that is live. What could not be published on `bus` for `patience` (microseconds) goes to
    `unpublished_queue`."""

    table: str
    bucket: str | None = None
    poison_queue: str | None = None
    source: str | None = None
    model: str | None = None
    bus: str | None = None
    unpublished_queue: str | None = None
    patience: int = 6 * HOUR
    grace: int = 60 * SECOND
    retention: int = 400 * DAY


def settings(env: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises SettingError."""
    given = os.environ if env is None else env
    table = given.get("LEADSCORE_TABLE")
    if not table:
        raise SettingError("LEADSCORE_TABLE is not set: it names the table of the leads")
    return Settings(
        table,
        given.get("LEADSCORE_BUCKET") or None,
        given.get("LEADSCORE_POISON_QUEUE") or None,
        given.get("LEADSCORE_SOURCE") or None,
        given.get("LEADSCORE_MODEL") or None,
        given.get("LEADSCORE_BUS") or None,
        given.get("LEADSCORE_UNPUBLISHED_QUEUE") or None,
        _whole(given, "LEADSCORE_PATIENCE_MINUTES", 360) * MINUTE,
        _whole(given, "LEADSCORE_GRACE", 60) * SECOND,
        _whole(given, "LEADSCORE_RETENTION_DAYS", 400) * DAY,
    )


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise SettingError(f"{name} is no whole number: {text[:40]}")
    return int(text)
