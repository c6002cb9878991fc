"""The routes of the HTTP interface, as data: what they are matched by, and what the OpenAPI document says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from runtime.handlers.web import MOST_BYTES, Problem, Request

MOST_EVENTS = 1_000
"""Events that one request may bring."""
MOST_ENTRIES = 1_000
"""Entries of a segment on one page."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    says: str
    schema: Schema
    place: str = "query"

    @property
    def required(self) -> bool:
        return self.place == "path"


@dataclass(frozen=True)
class Route:
    """`name` is that of the method that answers; `answers` gives for each status what it says and its schema."""

    method: str
    path: str
    name: str
    summary: str
    says: str
    parameters: Sequence[Parameter]
    answers: Mapping[int, tuple[str, Schema | None]]
    body: Mapping[str, Schema] | None = None

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """The path as it is sent, and as it is once decoded."""
        literal = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}")
        sent, decoded = (re.sub(r"{(\w+)}", rf"(?P<\1>{part})", literal) for part in ("[^/]+", ".+"))
        return re.compile(sent), re.compile(decoded, re.DOTALL)

    def match(self, request: Request) -> dict[str, str] | None:
        """The names in the path; None if it is another one. Raises Problem for a name that is no text."""
        found = self.patterns[not request.encoded].fullmatch(request.path)
        if found is None:
            return None
        if not request.encoded:
            return found.groupdict()
        try:
            return {name: unquote(value, errors="strict") for name, value in found.groupdict().items()}
        except UnicodeDecodeError:
            raise Problem(400, "Wrong path", "the path is no UTF-8") from None


def find(request: Request) -> tuple[Route, dict[str, str]]:
    """The route of a request, with the names in its path. Raises Problem."""
    allowed = []
    for route in ROUTES:
        found = route.match(request)
        if found is not None:
            if route.method == request.method:
                return route, found
            allowed.append(route.method)
    if allowed:
        methods = ", ".join(allowed)
        raise Problem(405, "Method not allowed", f"what is there takes {methods}", {"allow": methods})
    raise Problem(404, "Not found", "there is nothing under this path: see /openapi.json")


# --- what the document says -------------------------------------------------------------------------------------------


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Schema = {"type": "string", "minLength": 1}
INSTANT: Schema = {"type": "string", "examples": ["2026-03-02T10:00:00Z"]}
_ID = Parameter("id", "The lead.", TEXT, "path")
_AT = Parameter("at", "The instant to look at, or a date for its 00:00 UTC; now if it is missing.", INSTANT)
_NO_LEAD = ("There is no such lead, or it has no event up to then.", ref("Problem"))
_WRONG = ("The request can't be understood.", ref("Problem"))
_TWO_MODELS = ("The lead kept its points over a release: its scores have no one explanation.", ref("Problem"))
_EXPIRED = ("Too little is kept for that instant.", ref("Problem"))

ROUTES = (
    Route(
        "GET", "/leads/{id}/export", "export", "Export what is known of a lead",
        "How it stands, its attributes, all events that are kept and what was published.",
        [_ID], {200: ("All that is known.", ref("Export")), 404: _NO_LEAD},
    ),
    Route(
        "GET", "/leads/{id}", "lead", "How a lead stands, now or at another instant",
        "As the line of `leadscore score --json`; with `explain` also where every point comes from.",
        [
            _ID, _AT,
            Parameter("explain", "Whether to explain the scores.", {"type": "boolean", "default": False}),
            Parameter("score", "Explain this score only; may come again.", {"type": "array", "items": TEXT}),
        ],
        {200: ("How it stands.", ref("Lead")), 400: _WRONG, 404: _NO_LEAD, 409: _TWO_MODELS, 410: _EXPIRED},
    ),
    Route(
        "DELETE", "/leads/{id}", "erase", "Forget a lead",
        "Its state and all its events are removed; events up to now are refused from now on.",
        [_ID],
        {
            200: ("It is forgotten.", ref("Erased")), 404: ("There is no such lead.", ref("Problem")),
            503: ("It is gone, but not all of it is removed yet: send the request again.", ref("Problem")),
        },
    ),
    Route(
        "GET", "/accounts/{name}", "account", "How an account stands, now or at another instant",
        "As the line of `leadscore accounts --json`.",
        [Parameter("name", "The account.", TEXT, "path"), _AT],
        {
            200: ("How it stands.", ref("Account")), 400: _WRONG,
            404: ("No lead has named it up to then.", ref("Problem")), 410: _EXPIRED,
        },
    ),
    Route(
        "GET", "/segments/{name}", "segment", "The leads of a segment, page by page",
        "Every lead is looked at before the first of them comes: as long as that takes, pages are empty and have a"
        " cursor. All pages are of one instant.",
        [
            Parameter("name", "The segment.", TEXT, "path"), _AT,
            Parameter("cursor", "Where to go on: from the page before. `at` is that of the first page.", TEXT),
            Parameter(
                "limit", "Leads on a page.",
                {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES, "default": 100},
            ),
        ],
        {
            200: ("A page.", ref("SegmentPage")), 400: _WRONG,
            404: ("The model has no such segment.", ref("Problem")),
            410: ("The cursor is none or has expired, or too little is kept for that instant.", ref("Problem")),
        },
    ),
    Route(
        "POST", "/events", "events", "Send events",
        f"One CloudEvents object or a batch; with `source` a payload of that source. At most {MOST_EVENTS:,} events and"
        f" {MOST_BYTES:,} bytes. What is `failed` is to be sent again; what is `rejected` would be again.",
        [Parameter("source", "The mapping that reads the body.", TEXT)],
        {
            200: ("A verdict on each event, in their order.", ref("Verdicts")), 400: _WRONG,
            413: ("That is too much at once.", ref("Problem")),
            503: ("Nothing could be taken now: send it again.", ref("Problem")),
        },
        {
            "application/cloudevents+json": ref("Event"),
            "application/cloudevents-batch+json": {"type": "array", "items": ref("Event")},
            "application/json": {},
        },
    ),
    Route(
        "GET", "/openapi.json", "openapi", "This document", "The routes in the form of OpenAPI 3.1.", [],
        {200: ("The document.", {"type": "object"})},
    ),
)  # fmt: skip
