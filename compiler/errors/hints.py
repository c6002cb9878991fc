"""Wording: hints, which never keep a file from being used."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic
from dsl.syntax import Span


def not_of_missing(field: str, better: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "H901",
        "hint",
        f"this is true too where `{field}` is missing",
        span,
        help=f"to leave those out write `{field} {better}`; to say that you mean them add `or {field} is missing`",
    )
