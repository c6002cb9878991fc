"""What an editor can do at a keystroke: mend a finding that has a sure fix, or all of them; lay the file out."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cli.lsp import findings
from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer, real_path
from cli.lsp.desk import Desk, range_in
from cli.visible import visible
from dsl.diagnostics import Diagnostic, Edit, Fix

FIX_ALL = "source.fixAll.leadscore"
LAYOUT = "source.format.leadscore"
KINDS: list[lsp.CodeActionKind | str] = [lsp.CodeActionKind.QuickFix, FIX_ALL, LAYOUT]


def actions(desk: Desk, buffer: Buffer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """What can be done in a range."""
    wanted = params.context.only
    found = findings.findings_of(desk, real_path(buffer.name))
    made: list[lsp.CodeAction] = []
    if _asks(wanted, lsp.CodeActionKind.QuickFix.value):
        made += _fixes(desk, buffer, found, params.range)
    if _asks(wanted, FIX_ALL):
        made += _all(desk, found)
    if _asks(wanted, LAYOUT) and not _is_broken(desk, buffer):
        made.append(lsp.CodeAction("Format this file", kind=LAYOUT, data={"uri": buffer.uri}))
    return made


def _is_broken(desk: Desk, buffer: Buffer) -> bool:
    """Whether the file could not be read to its end when it was looked at."""
    return any(desk.name_in(look, buffer) in look.broken for look in desk.looks_at(buffer))


def _asks(wanted: object, kind: str) -> bool:
    """Whether a kind of action is asked for: all are unless some are named, which stand for those below them too."""
    if not isinstance(wanted, list | tuple) or not wanted:
        return True
    names = [str(getattr(each, "value", each)) for each in wanted]
    return any(kind == name or kind.startswith(f"{name}.") or not name for name in names)


def _fixes(
    desk: Desk, buffer: Buffer, found: list[tuple[Analysis, Diagnostic]], place: lsp.Range
) -> Iterator[lsp.CodeAction]:
    low = buffer.text.offset(place.start.line, place.start.character)
    high = buffer.text.offset(place.end.line, place.end.character)
    for analysis, each in found:
        start, end = desk.near_now(analysis, each.span)
        if not each.fixes or start > high or end < low:
            continue
        (shown,) = findings.shown(desk, [(analysis, each)])
        for at, fix in enumerate(each.fixes):
            edit = _edit(desk, analysis, [fix])
            if edit is not None:
                title = visible(fix.title)
                yield lsp.CodeAction(
                    title[:1].upper() + title[1:],
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=[shown],
                    is_preferred=at == 0 and len(each.fixes) == 1,
                    edit=edit,
                )


def _all(desk: Desk, found: list[tuple[Analysis, Diagnostic]]) -> Iterator[lsp.CodeAction]:
    """All findings that have one way to be mended, as far as these don't get into each other's way."""
    chosen: list[Fix] = []
    spans: list[Edit] = []
    analysis = found[0][0] if found else None
    for look, each in found:
        if len(each.fixes) == 1 and look is analysis and not _overlaps(spans, each.fixes[0].edits):
            chosen.append(each.fixes[0])
            spans += each.fixes[0].edits
    edit = _edit(desk, analysis, chosen) if chosen and analysis is not None else None
    if edit is not None:
        yield lsp.CodeAction("Mend everything that has a sure fix", kind=FIX_ALL, edit=edit)


def _overlaps(taken: list[Edit], edits: tuple[Edit, ...]) -> bool:
    return any(
        one.span.file == two.span.file and one.span.start <= two.span.end and two.span.start <= one.span.end
        for one in taken
        for two in edits
    )


def _edit(desk: Desk, analysis: Analysis, fixes: list[Fix]) -> lsp.WorkspaceEdit | None:
    """The edits of some fixes; None if the text has been changed there since."""
    changes: dict[str, list[lsp.TextEdit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            now = desk.span_now(analysis, edit.span) if edit.span.file in analysis.compilation.files else None
            if now is None:
                return None
            where = range_in(desk.text_of(analysis, edit.span.file), *now)
            changes.setdefault(desk.uri(edit.span.file), []).append(lsp.TextEdit(where, edit.text))
    return lsp.WorkspaceEdit(changes=changes)
