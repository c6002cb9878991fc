"""Wording: outcomes."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, error
from dsl.syntax import Span


def never_won(name: str, span: Span) -> Diagnostic:
    return error(
        "E370",
        f"the outcome `{name}` does not say when it is reached",
        span,
        help="write `on EVENT where …`; what ends the wait without it is `lost on EVENT where …`",
    )


def repeated_outcome(span: Span) -> Diagnostic:
    return error(
        "E371",
        "the first event that fits decides an outcome, so `repeated` has no meaning here",
        span,
        help="leave it out; to wait for several events, let a trigger `tag` the lead, and name what follows",
    )
