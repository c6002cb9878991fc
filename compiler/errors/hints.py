"""Wording: hints, which never keep a file from being used."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span


def not_of_missing(field: str, better: str, span: Span, word: Span, operator: Span) -> Diagnostic:
    """`better` is what follows the field; `word` is the `not` with the space after it, `operator` what stands between
    the field and what it is compared with."""
    start, end = Span(span.file, span.start, span.start), Span(span.file, span.end, span.end)
    fixes = (
        Fix(f"write `{field} {better} …`", (Edit(word, ""), Edit(operator, f" {better} "))),
        Fix(f"add `or {field} is missing`", (Edit(start, "("), Edit(end, f" or {field} is missing)"))),
    )
    return Diagnostic(
        "H901",
        "hint",
        f"this is true too where `{field}` is missing",
        span,
        help=f"to leave those out write `{field} {better} …`; to say that you mean them add `or {field} is missing`",
        fixes=fixes,
    )
