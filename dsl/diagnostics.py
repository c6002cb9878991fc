"""What is said about a rule file: one finding, with the places that show it.

Findings are values. Every pass returns them and none raises for what a user wrote; `dsl.render` turns them into
text, JSON, annotations or SARIF. The wording itself is not here: `dsl.errors` and its sister in the compiler hold it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dsl.syntax import Span

Severity: TypeAlias = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to a finding, and what it shows there ("first declared here")."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` in place of the characters of `span`; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend a finding that is sure to be read well. `title` says what it does, in words like those of a
    help ("write `=`"); `edits` are made together, and none overlaps another."""

    title: str
    edits: tuple[Edit, ...]


def replaced(span: Span, text: str) -> Fix:
    """``write `text` `` in place of `span`."""
    return Fix(f"write `{text}`", (Edit(span, text),))


def removed(span: Span, what: str) -> Fix:
    """``leave out `what` ``"""
    return Fix(f"leave out `{what}`", (Edit(span, ""),))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `message` is the main sentence and `span` the characters it is about. `labels` point at other places, which may
    lie in other files; a label on `span` itself is what is written beside the underline. `evidence` are facts that
    show the finding (numbers, a witness), a line each. `help` says what to write instead and can be pasted. `fixes`
    are what an editor can do about it at a keystroke: each mends the finding by itself, the likeliest stands first.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    evidence: tuple[str, ...] = ()
    help: str | None = None
    fixes: tuple[Fix, ...] = ()


def error(
    code: str,
    message: str,
    span: Span,
    labels: tuple[Label, ...] = (),
    evidence: tuple[str, ...] = (),
    help: str | None = None,
    fixes: tuple[Fix, ...] = (),
) -> Diagnostic:
    """A finding that makes the file unusable."""
    return Diagnostic(code, "error", message, span, labels, evidence, help, fixes)


def warning(
    code: str,
    message: str,
    span: Span,
    labels: tuple[Label, ...] = (),
    evidence: tuple[str, ...] = (),
    help: str | None = None,
    fixes: tuple[Fix, ...] = (),
) -> Diagnostic:
    """A finding that lets the file be used: it says what happens instead of what was probably meant."""
    return Diagnostic(code, "warning", message, span, labels, evidence, help, fixes)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error; warnings and hints let a file pass."""
    return any(each.severity == "error" for each in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings in source order: by file, place, then code; equal ones once."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda each: (each.span.file, each.span.start, each.span.end, each.code))
