"""What a function tells of itself: lines for operators and metrics, and never a word of what a lead is or does.

Ids of leads stand in logs as hashes, reasons as their kind. The text of an error may quote what it stumbled over, so an
error is told by its class, the service's code and the place in the source, unless it is about the set-up alone; also
one that ends the invocation, which Lambda would print with its text.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from runtime.dynamo.keys import short
from runtime.handlers.tracing import Handler, traced

log = Logger(service=None, log_uncaught_exceptions=False)
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or "leadscore")

_KINDS = (
    "not JSON", "not a CloudEvents", "unreadable time", "later than now", "unknown type", "bad value", "other content",
    "too late", "the lead was erased", "unreadable payload", "no records", "no record", "no clause", "no lead",
    "no time", "no type", "no text", "no properties", "no source", "not usable",
)  # fmt: skip

_HARMLESS = frozenset({"SettingError", "NothingLive", "NoReleases", "Missing"})
"""Errors whose texts are about the set-up, and quote no event."""


class HandlerError(Exception):
    """An invocation that failed; its text names nobody."""


def hashed(id: str) -> str:
    """What logs call a lead: the hash that its key is made of."""
    return short(id)


def kind(reason: str) -> str:
    """What a reason begins with, without what it quotes."""
    return next((each for each in _KINDS if reason.startswith(each)), "another reason")


def trouble(error: BaseException | None) -> dict[str, str]:
    """What may be said of an error: its class, the code that a service gave, and where it was raised."""
    if error is None:
        return {}
    told = {"error": type(error).__name__}
    if told["error"] in _HARMLESS:
        told["says"] = str(error)
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        told["code"] = str(response.get("Error", {}).get("Code", ""))
    frames = [frame for frame in extract_tb(error.__traceback__) if "runtime" in PurePath(frame.filename).parts]
    if frames:
        told["at"] = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
    return told


def count(name: str, value: float) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def seconds(name: str, value: float) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


def counted(kinds: Iterable[str]) -> dict[str, int]:
    """How often each kind comes."""
    found: dict[str, int] = {}
    for each in kinds:
        found[each] = found.get(each, 0) + 1
    return found


def guarded(handler: Handler) -> Handler:
    """A handler whose metrics are written however it ends, and whose errors quote nothing; traced if that is wanted."""

    @functools.wraps(handler)
    def wrapped(event: Any, context: Any) -> Any:
        log.set_correlation_id(getattr(context, "aws_request_id", None))
        try:
            return handler(event, context)
        except Exception as error:  # noqa: BLE001  # its text may hold personal data
            told = trouble(error)
            log.error("failed", extra=told)  # noqa: TRY400  # the traceback would quote its text
            raise HandlerError(" ".join(told.values())) from None
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    return traced(wrapped)
