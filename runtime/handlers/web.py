"""Requests and answers of a function URL or an HTTP API (payload format 2.0), and what goes wrong as problem documents.

A function URL hands the path over as it was sent, an HTTP API has already decoded it: names in paths are decoded once
either way, by whose domain the request came through.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

MOST_BYTES = 1_000_000
"""Bytes of the largest body that is read."""
MOST_ANSWERED = 6_000_000
"""Bytes of the largest answer as a function hands it over, which Lambda bounds at 6 MB: a JSON text in which the body
is a string, so its quotes count twice, and what is not ASCII six times where the runtime client writes it so."""
JSON = "application/json"


class Problem(Exception):
    """A request that is not answered as wished; `title` is the same for all of its kind."""

    def __init__(self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is as it was sent if `encoded`; `query` holds each parameter's values."""

    method: str
    path: str
    encoded: bool
    query: dict[str, list[str]]
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """A parameter that may come once. Raises Problem."""
        found = self.query.get(name, [])
        if len(found) > 1:
            raise Problem(400, "Wrong parameter", f"`{name}` is given {len(found)} times")
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Answer:
    body: str
    status: int = 200
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def request_of(event: Mapping[str, Any]) -> Request:
    """The request in an invocation. Raises Problem."""
    context = event.get("requestContext") or {}
    path = event.get("rawPath") or "/"
    stage = context.get("stage")
    if stage not in (None, "$default") and path.startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :]
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True):
        query.setdefault(name, []).append(value)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    encoded = ".lambda-url." in (context.get("domainName") or "")
    return Request(
        (context.get("http") or {}).get("method", "GET").upper(), path, encoded, query, _body(event), headers
    )


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if len(text) > MOST_BYTES * (4 if event.get("isBase64Encoded") else 3) // 3:
        raise _too_large()
    try:
        body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
    except ValueError:
        raise Problem(400, "Unreadable body", "the body is no base64") from None
    if len(body) > MOST_BYTES:
        raise _too_large()
    return body


def _too_large() -> Problem:
    return Problem(413, "Too large", f"a body has at most {MOST_BYTES:,} bytes: send less at once")


def response(answer: Answer) -> dict[str, Any]:
    """An answer as the function gives it."""
    headers = {"content-type": answer.kind, "cache-control": "no-store", **answer.headers}
    given = {"statusCode": answer.status, "headers": headers, "body": answer.body}
    if len(json.dumps(given)) > MOST_ANSWERED:
        most = f"{MOST_ANSWERED:,} bytes as Lambda counts them"
        told = f"the answer has more than {most}: ask for less, or use the command line"
        return response(problem(Problem(413, "Too large", told)))
    return given


def problem(given: Problem) -> Answer:
    """A problem document (RFC 9457)."""
    told = {"type": "about:blank", "title": given.title, "status": given.status, "detail": given.detail}
    return Answer(json.dumps(told), given.status, "application/problem+json", given.headers)
