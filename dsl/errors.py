"""All wording about reading and syntax: one function for each thing to say, codes E101 to E1xx.

Lower case, no final full stop, the user's own text in backticks; `help` can be pasted or followed at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.diagnostics import Diagnostic, Label, error
from dsl.syntax import Span

if TYPE_CHECKING:
    from dsl.expectation import Expectation


def unreadable(name: str, reason: str) -> Diagnostic:
    return error("E101", f"`{name}` can't be read: {reason.lower()}", Span(name, 0, 0))


def not_utf8(span: Span, byte: int) -> Diagnostic:
    return error("E102", f"the file is not UTF-8: byte 0x{byte:02x} stands here", span,
                 help="save the file as UTF-8")


def nul_character(span: Span) -> Diagnostic:
    return error("E103", "the file holds a NUL character: this is no text file", span,
                 help="save the file as plain text in UTF-8")


def file_too_large(name: str, limit: int) -> Diagnostic:
    return error("E104", f"the file is larger than {limit // 2**20} MB", Span(name, 0, 0),
                 help="split it, and bring the parts together by `import`")


def bad_characters(span: Span, found: str) -> Diagnostic:
    return error("E105", f"`{found}` means nothing here", span)


def foreign_mark(span: Span, found: str, meant: str) -> Diagnostic:
    return error("E106", f"`{found}` is written `{meant}`", span, help=f"write `{meant}`")


def unfinished_text(span: Span) -> Diagnostic:
    return error("E107", "the text has no end: `\"` is missing on this line", span)


def bad_literal(span: Span, kind: str, spelling: str) -> Diagnostic:
    return error("E108", f"{kind}: `{spelling}`", span)


def too_deep(span: Span, limit: int) -> Diagnostic:
    return error("E109", f"more than {limit} brackets are open within one another", span)


def too_many(span: Span) -> Diagnostic:
    return error("E110", "too many mistakes: the rest of the file was not read", span)


def unexpected(span: Span, context: Expectation) -> Diagnostic:
    found = f"`{_short(context.spelled)}`" if context.spelled is not None else "the end of the file"
    expected = f"a {context.noun}" if context.first else context.told()
    return error("E120", f"found {found}, expected {expected}", span)


def never_closed(span: Span, name: str, end: Span) -> Diagnostic:
    return error("E121", f"`{{` of `{name}` is never closed", span, (Label(end, "`}` is missing before this"),))


def closes_nothing(span: Span) -> Diagnostic:
    return error("E122", "`}` closes nothing", span)


def _short(spelled: str | None) -> str:
    first = (spelled or "").splitlines()[0] if spelled else ""
    return first if len(first) <= 40 and first == spelled else first[:40] + "…"


def misuse(span: Span, message: str, help: str | None = None, labels: tuple[Label, ...] = ()) -> Diagnostic:
    return error("E130", message, span, labels, help=help)


def said_twice(span: Span, what: str, first: Span) -> Diagnostic:
    return misuse(span, f"`{what}` is said twice", labels=(Label(first, "first said here"),))


def bad_duration(span: Span, positive: bool) -> Diagnostic:
    return misuse(span, "a duration is a whole number of microseconds" if positive else "a duration is above zero")


def for_without_stage(span: Span) -> Diagnostic:
    return misuse(span, "`for` follows `stage = …` only")


def not_in_the_last(span: Span, which: str) -> Diagnostic:
    return misuse(span, f"there is no `not in the {which}`", f"write `not FIELD in the {which} …`")


def percent_or_points(span: Span, number: str) -> Diagnostic:
    return misuse(span, f"`by {number}` of what?", f"write `by {number}%` or `by {number} points`")


def degrade_without_by(span: Span) -> Diagnostic:
    return misuse(span, "`degrade` does not say by how much")


def trigger_without_cause(span: Span, name: str) -> Diagnostic:
    return misuse(span, f"trigger `{name}` says neither `on` nor `when`")


def case_of_no_text(span: Span, kind: str) -> Diagnostic:
    return misuse(span, f"only a text can ignore case, not a {kind}")
