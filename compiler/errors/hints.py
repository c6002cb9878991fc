"""Wording: hints, which never keep a file from being used."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span


def not_of_missing(field: str, better: str, span: Span, edits: tuple[Edit, ...]) -> Diagnostic:
    """`better` leaves the missing out, and `edits` bring it about."""
    start, end = Span(span.file, span.start, span.start), Span(span.file, span.end, span.end)
    fixes = (
        Fix(f"write `{better}`", edits),
        Fix(f"add `or {field} is missing`", (Edit(start, "("), Edit(end, f" or {field} is missing)"))),
    )
    return Diagnostic(
        "H901",
        "hint",
        f"this is true too where `{field}` is missing",
        span,
        help=f"to leave those out write `{better}`; to say that you mean them add `or {field} is missing`",
        fixes=fixes,
    )


def nothing_to_allow(code: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "H902",
        "hint",
        f"nothing here is warned of with `{code}`",
        span,
        help="an `allow` stands on the line of the warning, or above the declaration: remove it where it is not needed",
    )
