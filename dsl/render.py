"""Diagnostics as people and programs read them: text with the line underlined, JSON, GitHub annotations, SARIF.

Lines and columns count from 1, columns in code points; an end is the column after the last character. Each function
takes the sources by the name that spans carry; a diagnostic about a file that is not among them has its place at 1:1.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from dsl.columns import TAB, columns
from dsl.diagnostics import Diagnostic, Fix, Severity
from dsl.source import Source
from dsl.syntax import Span

WIDEST = 160
"""Columns of a line that are shown; of a longer one, the part around the place."""
_PAINT = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "hint": "\x1b[1;36m", "edge": "\x1b[1;34m", "off": "\x1b[0m"}
_SARIF_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "note"}
_GITHUB_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "notice"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Place:
    """A span by lines and columns."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


def place_of(span: Span, sources: Mapping[str, Source]) -> Place:
    """Where a span lies."""
    source = sources.get(span.file)
    if source is None:
        return Place(span.file, 1, 1, 1, 1)
    return Place(span.file, *source.position(span.start), *source.position(max(span.end, span.start)))


# --- text -----------------------------------------------------------------------------------------------------------


def as_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], color: bool = False) -> str:
    """All of them for a terminal, a blank line after each; with `color`, painted with ANSI codes."""
    return "".join(_Text(sources, color).told(each) + "\n" for each in diagnostics)


def pointed_at(span: Span, sources: Mapping[str, Source], color: bool = False) -> str:
    """A place and the line it is in, underlined as in a diagnostic, for what a command finds by itself."""
    place = place_of(span, sources)
    lines = [f"--> {_visible(place.file)}:{place.line}:{place.column}"]
    if span.file in sources and sources[span.file].text:
        margin = len(str(place.line)) + 1
        lines += _Text(sources, color).underlined(sources[span.file], [_Mark(place, "", True)], margin, "error")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Mark:
    place: Place
    text: str
    primary: bool


class _Text:
    def __init__(self, sources: Mapping[str, Source], color: bool) -> None:
        self.sources = sources
        self.color = color

    def paint(self, paint: str, text: str) -> str:
        return f"{_PAINT[paint]}{text}{_PAINT['off']}" if self.color and text else text

    def told(self, diagnostic: Diagnostic) -> str:
        """One diagnostic: its sentence, the lines it points at, the evidence and the help."""
        marks = self.marks(diagnostic)
        margin = len(str(max(mark.place.line for mark in marks))) + 1
        edge = self.paint("edge", " " * margin + "|")
        head = self.paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
        lines = [f"{head}: {_visible(diagnostic.message)}"]
        for file in dict.fromkeys(mark.place.file for mark in marks):
            here = [mark for mark in marks if mark.place.file == file]
            arrow = "-->" if here[0].primary else ":::"
            place = here[0].place
            arrow = " " * (margin - 1) + self.paint("edge", arrow)
            lines.append(f"{arrow} {_visible(file)}:{place.line}:{place.column}")
            if file in self.sources and self.sources[file].text:
                lines += [edge, *self.underlined(self.sources[file], here, margin, diagnostic.severity), edge]
        bullet = self.paint("edge", " " * margin + "=")
        lines += [f"{bullet} {_visible(fact)}" for fact in diagnostic.evidence]
        if diagnostic.help is not None:
            lines.append(f"{bullet} help: {_visible(diagnostic.help)}")
        return "\n".join(lines) + "\n"

    def marks(self, diagnostic: Diagnostic) -> list[_Mark]:
        """What is underlined, the diagnostic's own place first; a label on that very place stands beside it."""
        beside = [label.text for label in diagnostic.labels if label.span == diagnostic.span]
        marks = [_Mark(place_of(diagnostic.span, self.sources), ", ".join(beside), True)]
        others = [label for label in diagnostic.labels if label.span != diagnostic.span]
        return marks + [_Mark(place_of(label.span, self.sources), label.text, False) for label in others]

    def underlined(self, source: Source, marks: list[_Mark], margin: int, severity: Severity) -> list[str]:
        """The lines of a file that have marks, each mark in a row of its own below its line."""
        rows: list[str] = []
        before: int | None = None
        for number in sorted({mark.place.line for mark in marks}):
            if before is not None and number > before + 1:
                rows.append(self.paint("edge", " " * (margin - 1) + "..."))
            before = number
            here = sorted((m for m in marks if m.place.line == number), key=lambda m: (m.place.column, not m.primary))
            shown, offset = _window(source.line(number), here[0].place.column)
            rows.append(f"{self.paint('edge', f'{number:>{margin - 1}} |')} {_plain(shown)}".rstrip())
            rows += [self.row(shown, offset, mark, margin, severity) for mark in here]
        return rows

    def row(self, shown: str, offset: int, mark: _Mark, margin: int, severity: Severity) -> str:
        start = min(max(mark.place.column - 1 - offset, 0), len(shown))
        end = mark.place.end_column - 1 - offset if mark.place.end_line == mark.place.line else len(shown.rstrip())
        width = max(columns(shown[start : max(end, start)]), 1)
        sign = ("^" if mark.primary else "-") * width
        drawn = self.paint(severity if mark.primary else "edge", f"{sign} {_visible(mark.text)}".rstrip())
        return f"{self.paint('edge', ' ' * margin + '|')} {' ' * columns(shown[:start])}{drawn}"


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and how many code points of the line stand before that part."""
    if len(line) <= WIDEST:
        return line, 0
    start = max(min(column - 1 - WIDEST // 4, len(line) - WIDEST), 0)
    return line[start : start + WIDEST], start


def _plain(line: str) -> str:
    """A line of a file with tabs as spaces, and each control character, which might steer the terminal, as a dot."""
    return "".join(" " * TAB if c == "\t" else "·" if unicodedata.category(c) in ("Cc", "Cf") else c for c in line)


def _visible(text: str) -> str:
    """A sentence with its control characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


# --- for programs ---------------------------------------------------------------------------------------------------


def as_json(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> str:
    """One JSON object a line: code, severity, message, the place, labels, evidence, help (null if there is none), and
    fixes, each a title with its edits: the place and the text that takes it."""
    return "".join(json.dumps(_json(each, sources), ensure_ascii=False) + "\n" for each in diagnostics)


def _json(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_json_place(place_of(diagnostic.span, sources)),
        "labels": [{**_json_place(place_of(each.span, sources)), "text": each.text} for each in diagnostic.labels],
        "evidence": list(diagnostic.evidence),
        "help": diagnostic.help,
        "fixes": [
            {
                "title": fix.title,
                "edits": [{**_json_place(place_of(e.span, sources)), "text": e.text} for e in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
    }


def _json_place(place: Place) -> dict[str, Any]:
    return {
        "file": place.file, "line": place.line, "column": place.column,
        "end_line": place.end_line, "end_column": place.end_column,
    }  # fmt: skip


def as_github(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> str:
    """Workflow commands of GitHub Actions, one a line, which show as annotations in a pull request."""
    return "".join(_github(each, place_of(each.span, sources)) + "\n" for each in diagnostics)


def _github(diagnostic: Diagnostic, place: Place) -> str:
    told = [diagnostic.message, *diagnostic.evidence]
    if diagnostic.help is not None:
        told.append(f"help: {diagnostic.help}")
    return annotation(_GITHUB_LEVEL[diagnostic.severity], place, f"leadscore {diagnostic.code}", "\n".join(told))


def annotation(level: str, place: Place, title: str, text: str) -> str:
    """A workflow command that shows a text at a place; `level` is "error", "warning" or "notice"."""
    properties: dict[str, object] = {"file": place.file, "line": place.line, "endLine": place.end_line}
    if place.line == place.end_line:  # GitHub takes columns within one line only
        properties |= {"col": place.column, "endColumn": place.end_column}
    properties |= {"title": title}
    written = ",".join(f"{key}={_escaped(str(value), property_=True)}" for key, value in properties.items())
    return f"::{level} {written}::{_escaped(text, property_=False)}"


def _escaped(text: str, property_: bool) -> str:
    """A text as GitHub wants it in a workflow command: line breaks and "%", in a property also ":" and ","."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_ else text


def as_sarif(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> str:
    """One SARIF 2.1.0 document, for code scanning."""
    found = list(diagnostics)
    codes = sorted({each.code for each in found})
    run = {
        "tool": {"driver": {"name": "leadscore", "rules": [{"id": code} for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif(each, codes.index(each.code), sources) for each in found],
    }
    document = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _sarif(diagnostic: Diagnostic, rule: int, sources: Mapping[str, Source]) -> dict[str, Any]:
    told = [diagnostic.message, *diagnostic.evidence]
    if diagnostic.help is not None:
        told.append(f"help: {diagnostic.help}")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _SARIF_LEVEL[diagnostic.severity],
        "message": {"text": "\n".join(told)},
        "locations": [{"physicalLocation": _physical(place_of(diagnostic.span, sources))}],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": i, "message": {"text": label.text}, "physicalLocation": _physical(place_of(label.span, sources))}
            for i, label in enumerate(diagnostic.labels)
        ]
    if diagnostic.fixes:
        result["fixes"] = [_sarif_fix(fix, sources) for fix in diagnostic.fixes]
    return result


def _sarif_fix(fix: Fix, sources: Mapping[str, Source]) -> dict[str, Any]:
    """A fix as SARIF has it: what goes and what comes, file by file."""
    files: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        region = _region(place_of(edit.span, sources))
        files.setdefault(edit.span.file, []).append({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    changes = [{"artifactLocation": {"uri": _uri(file)}, "replacements": each} for file, each in files.items()]
    return {"description": {"text": fix.title}, "artifactChanges": changes}


def _physical(place: Place) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(place.file)}, "region": _region(place)}


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column,
    }  # fmt: skip


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
