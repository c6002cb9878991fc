"""The OpenAPI document of the HTTP interface, made from its routes."""

from __future__ import annotations

from typing import Any

from runtime.handlers.routes import INSTANT, MOST_ENTRIES, MOST_EVENTS, ROUTES, TEXT, Route, ref

_NUMBERS = {"type": "object", "additionalProperties": {"type": "number"}}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_VERDICTS = ["accepted", "duplicate", "rejected", "failed"]


def _object(needed: dict[str, Any], more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": list(needed), "properties": {**needed, **(more or {})}}


_FIRED = {"type": "array", "items": _object({"trigger": TEXT, "at": INSTANT})}
_LEAD = {
    "lead": TEXT,
    "at": INSTANT,
    "scores": _NUMBERS,
    "bands": {"type": "object", "additionalProperties": {"type": "string"}},
    "tallies": {"type": "object", "additionalProperties": {"type": "integer"}},
    "stage": {"type": ["string", "null"]},
    "entered": {"type": "object", "additionalProperties": INSTANT},
    "tags": _TEXTS,
    "fields": {"type": "object"},
    "fired": _FIRED,
}
_ENTRY = _object({"lead": TEXT, "kind": TEXT}, {"at": INSTANT, "score": TEXT, "points": {"type": "number"}})
_EVENT = {
    "specversion": {"const": "1.0"},
    "id": TEXT,
    "source": TEXT,
    "type": TEXT,
    "subject": TEXT,
    "time": {"type": "string", "format": "date-time"},
}
SCHEMAS: dict[str, Any] = {
    "Event": _object(_EVENT, {"data": {"type": "object"}}),
    "Lead": _object(_LEAD, {"explanation": {"type": "array", "items": _ENTRY}}),
    "Account": _object(
        {"account": TEXT, "at": INSTANT, "leads": {"type": "integer"}, "scores": _NUMBERS, "tags": _TEXTS,
         "fired": _FIRED}
    ),
    "SegmentPage": _object(
        {
            "segment": TEXT,
            "at": INSTANT,
            "leads": {
                "type": "array",
                "maxItems": MOST_ENTRIES,
                "items": _object({"rank": {"type": "integer"}, "lead": TEXT}, {"score": {"type": "number"}}),
            },
            "looked_at": {"type": "integer", "description": "Leads that have been looked at so far."},
            "total": {"type": ["integer", "null"], "description": "Leads in the segment, once that is known."},
            "cursor": {"type": ["string", "null"], "description": "Where to go on; null on the last page."},
        }
    ),
    "Verdicts": _object(
        {
            "verdicts": {
                "type": "array",
                "maxItems": MOST_EVENTS,
                "items": _object({"verdict": {"enum": _VERDICTS}}, {"reason": {"type": "string"}}),
            }
        }
    ),
    "Erased": _object({"items": {"type": "integer"}, "claims": {"type": "integer"}}),
    "Export": _object(
        {"lead": TEXT, "at": INSTANT, "model": TEXT},
        {
            "standing": {"oneOf": [ref("Lead"), {"type": "null"}]},
            "attributes": {"type": "object"},
            "accounts": _TEXTS,
            "events": {"type": "array", "items": ref("Event")},
            "events_of_earlier_models": {"type": "array", "items": {"type": "object"}},
            "expired": _object({"events_up_to": INSTANT}),
            "erased": _object({"events_up_to": INSTANT}),
            "publications": {
                "type": "array",
                "items": _object({"type": TEXT, "trigger": TEXT, "time": INSTANT, "standing": {"type": "boolean"}}),
            },
        },
    ),
    "Problem": _object(
        {"type": {"type": "string"}, "title": TEXT, "status": {"type": "integer"}, "detail": {"type": "string"}}
    ),
}  # fmt: skip


def document() -> dict[str, Any]:
    """The document; the same for every model."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadscore",
            "version": "1",
            "description": "Where leads stand, and why. Requests are signed with IAM (Signature Version 4).",
        },
        "servers": [{"url": "/"}],
        "security": [{"iam": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "iam": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 for the service `lambda`, or `execute-api`.",
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": route.says,
        "parameters": [
            {"name": each.name, "in": each.place, "required": each.required, "description": each.says,
             "schema": each.schema}
            for each in route.parameters
        ],
        "responses": {
            **{str(status): _response(status, *told) for status, told in sorted(route.answers.items())},
            "default": _response(500, "Something went wrong.", ref("Problem")),
        },
    }  # fmt: skip
    if route.body is not None:
        content = {kind: {"schema": schema} for kind, schema in route.body.items()}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _response(status: int, says: str, schema: Any) -> dict[str, Any]:
    kind = "application/json" if status < 400 else "application/problem+json"
    return {"description": says, "content": {kind: {"schema": schema}}}
