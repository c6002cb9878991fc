"""Findings of the compiler as an editor shows them: on the file that each is about, with the places it points at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import real_path
from cli.lsp.desk import Desk, range_in
from cli.visible import visible
from dsl.diagnostics import Diagnostic

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "hint": lsp.DiagnosticSeverity.Information,
}
MOST = 500
"""So many findings of one file are shown."""


def findings_of(desk: Desk, real: str) -> list[tuple[Analysis, Diagnostic]]:
    """What all looks say of the file at a real path, each thing once."""
    found: dict[Diagnostic, Analysis] = {}
    for analysis in desk.looks.values():
        for name in analysis.compilation.files:
            if real_path(name) == real:
                for each in of_file(analysis, name):
                    found.setdefault(each, analysis)
    return [(analysis, each) for each, analysis in found.items()][:MOST]


def of_file(analysis: Analysis, name: str) -> Iterator[Diagnostic]:
    return (each for each in analysis.compilation.diagnostics if each.span.file == name)


def shown(desk: Desk, found: Iterable[tuple[Analysis, Diagnostic]]) -> list[lsp.Diagnostic]:
    return [_shown(desk, analysis, each) for analysis, each in found]


def _shown(desk: Desk, analysis: Analysis, found: Diagnostic) -> lsp.Diagnostic:
    text = desk.text_of(analysis, found.span.file)
    return lsp.Diagnostic(
        range=range_in(text, *desk.near_now(analysis, found.span)),
        message=message_of(found),
        severity=_SEVERITIES[found.severity],
        code=found.code,
        source="leadscore",
        related_information=list(_related(desk, analysis, found)) or None,
    )


def message_of(found: Diagnostic) -> str:
    """The sentence, what is written beside the underline, the evidence, and what to write instead."""
    beside = [label.text for label in found.labels if label.span == found.span and label.text]
    lines = [found.message, *beside, *found.evidence]
    if found.help is not None:
        lines.append(f"help: {found.help}")
    return "\n".join(visible(line) for line in lines)


def _related(desk: Desk, analysis: Analysis, found: Diagnostic) -> Iterator[lsp.DiagnosticRelatedInformation]:
    for label in found.labels:
        if label.span == found.span or label.span.file not in analysis.compilation.files:
            continue
        text = desk.text_of(analysis, label.span.file)
        place = lsp.Location(desk.uri(label.span.file), range_in(text, *desk.near_now(analysis, label.span)))
        yield lsp.DiagnosticRelatedInformation(place, visible(label.text))
