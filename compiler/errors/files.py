"""Wording: files, imports, and what stands once."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess
from dsl.diagnostics import Diagnostic, Label, error
from dsl.syntax import Span


def import_unreadable(path: str, reason: str, span: Span, shipped: Iterable[str] = ()) -> Diagnostic:
    """`shipped` are the names that might have been meant, of what comes with leadscore."""
    meant = guess(path, shipped, "files that come with leadscore") if shipped else None
    return error(
        "E201",
        f"`{path}` can't be imported: {reason}",
        span,
        help=meant or "imports are relative to the file that they stand in",
    )


def set_unreadable(path: str, reason: str, span: Span) -> Diagnostic:
    return error(
        "E202",
        f"the set's file `{path}` can't be read: {reason}",
        span,
        help="the path is relative to the file that it stands in; the file has one entry a line",
    )


def no_model(span: Span) -> Diagnostic:
    return error(
        "E203",
        "the file has no `model`",
        span,
        help='add `model my_model "What it scores" { }`; a file without one can only be imported',
    )


def model_in_import(span: Span) -> Diagnostic:
    return error("E204", "a `model` stands in an imported file", span, help="move it to the main file")


def stands_twice(what: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E205",
        f"`{what}` stands here a second time",
        span,
        (Label(first, "first here"),),
        help="bring the two together, or remove one",
    )
