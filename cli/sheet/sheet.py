"""A sheet, ready to be written in any form: columns, rows of cells, notes, and what was passed over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cli.sheet.commits import Commit, Past
from cli.sheet.remarks import Remark, remarks
from cli.sheet.rows import Track, beside, tracks
from cli.sheet.steps import about, gives
from cli.sheet.walk import Walked
from compiler.diff.changes import Change, Declared

GONE = "gone"
_NOBODY = "not committed"


@dataclass(frozen=True, slots=True)
class Column:
    """`title` is no other column's: the date, or what tells it from others of that day. `date` is empty for what is not
    committed."""

    title: str
    date: str
    commit: str
    who: str
    subject: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is empty before the thing was there, and `GONE` after it; `looks` is what it looked at, where that is not
    what it looks at last."""

    text: str
    looks: str = ""
    changed: bool = False

    @property
    def whole(self) -> str:
        """``add 10, once (on visit where …)``"""
        if not self.looks:
            return self.text
        return f"{self.text} ({self.looks})" if self.text else self.looks


@dataclass(frozen=True, slots=True)
class Note:
    date: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """`of` is the score that a rule belongs to; `others` further scores of its family with the same cells."""

    kind: str
    name: str
    of: str
    label: str
    looks: str
    cells: tuple[Cell, ...]
    notes: tuple[Note, ...] = ()
    others: int = 0
    was: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The score, with those of its family."""
        return self.of + (f" and {self.others} more" if self.others else "")


@dataclass(slots=True)
class Sheet:
    """`passed` tells of commits that could not be used: (date, hash, who, why). `folded` says that older versions were
    left out, `remarks` what else a reader must know."""

    model: str
    label: str
    file: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    passed: tuple[tuple[str, str, str, str], ...] = ()
    folded: bool = False
    remarks: list[str] = field(default_factory=list)


def make(past: Past, walked: Walked, chosen: list[int], tags: Mapping[str, list[str]]) -> Sheet:
    """The sheet of some of the models that were walked, by their numbers."""
    newest = walked.models[-1]
    known = _notes(past, walked)
    rows = [_row(track, chosen, known) for track in tracks(walked.models, walked.steps)]
    rows = [row for row in rows if any(cell.text not in ("", GONE) for cell in row.cells)]
    rows += [_aside(declared, found, chosen) for declared, found in beside(walked.steps).items()]
    return Sheet(
        model=newest.program.model,
        label=newest.program.label or "",
        file=past.path,
        columns=tuple(_columns([walked.models[at].commit for at in chosen], tags)),
        rows=tuple(_gathered(rows)),
        notes=_told(known, ("model",), None),
        passed=tuple((*_head(each.commit), each.wrong or "") for each in walked.passed),
    )


def _head(commit: Commit | None) -> tuple[str, str, str]:
    return ("", _NOBODY, "") if commit is None else (commit.date, commit.short, ", ".join(commit.who))


def _columns(commits: list[Commit | None], tags: Mapping[str, list[str]]) -> Iterator[Column]:
    dates = [commit.date for commit in commits if commit is not None]
    for commit in commits:
        if commit is None:
            yield Column(_NOBODY, "", "", "", "")
            continue
        named = tuple(tags.get(commit.hash, ()))
        title = commit.date + (f" {named[-1]}" if named else "")
        if dates.count(commit.date) > 1 and not named:
            title += f" {commit.short}"
        yield Column(title, commit.date, commit.short, ", ".join(commit.who), commit.subject, named)


# --- rows -------------------------------------------------------------------------------------------------------------


def _row(track: Track, chosen: list[int], known: Mapping[int, list[tuple[Remark, str]]]) -> Row:
    kind, name, *rest = track.declared
    last = about(track.words[track.last])
    cells = []
    for place, at in enumerate(chosen):
        since = chosen[place - 1] if place else at
        changed = any(since < each <= at for each in track.changed)
        if at in track.words:
            then = about(track.words[at])
            cells.append(Cell(gives(track.words[at]) or then, then if then != last else "", changed))
        else:
            cells.append(Cell(GONE if any(each < at for each in track.names) else "", "", changed))
    was = dict.fromkeys(each[1] for each in track.names.values() if each[1] != name)
    return Row(
        kind, name, rest[0] if rest else "", track.labels[track.last] or "", last, tuple(cells),
        _told_of(track, known), was=tuple(was),
    )  # fmt: skip


def _aside(declared: Declared, found: Mapping[int, Change], chosen: list[int]) -> Row:
    """The row of what has one because it changed."""
    cells = []
    for place, at in enumerate(chosen):
        since = chosen[place - 1] if place else -1
        made = [found[each] for each in sorted(found) if since < each <= at and each]
        later = [found[each] for each in sorted(found) if each > at]
        earlier = [found[each] for each in sorted(found) if each <= at]
        text = _words(earlier[-1], new=True) if earlier else _words(later[0], new=False)
        cells.append(Cell(text, "", bool(made) and place > 0))
    kind, *names = declared
    return Row(kind, names[0] if names else "", names[1] if len(names) > 1 else "", "", "", tuple(cells))


def _words(change: Change, *, new: bool) -> str:
    """What a declaration was before a change, or is after it."""
    if change.how == ("gone" if new else "added"):
        return GONE if new else ""
    texts = [(part.new if new else part.old) or "" for part in change.parts]
    if new:
        texts += [f"+ {each}" for part in change.parts for each in part.came]
        texts += [f"- {each}" for part in change.parts for each in part.went]
    return ", ".join(text for text in texts if text) or (change.how if new else "")


def _gathered(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows that are the same in several scores of a family as one."""
    found: dict[object, list[Row]] = {}
    for row in rows:
        key = row.of if row.kind in ("rule", "group") else row.name if row.kind == "score" else ""
        family, bracket, _ = key.partition("[")
        cells = tuple((cell.text, not cell.looks, cell.changed) for cell in row.cells)
        name = row.name if row.kind != "score" else ""
        found.setdefault((row.kind, name, family, cells, row.notes) if bracket else id(row), []).append(row)
    for each in found.values():
        yield replace(each[0], others=len(each) - 1)


# --- notes ------------------------------------------------------------------------------------------------------------


def _notes(past: Past, walked: Walked) -> dict[int, list[tuple[Remark, str]]]:
    """The notes of each model, with who wrote them: whoever made the first version that has them."""
    found: dict[int, list[tuple[Remark, str]]] = {}
    seen: dict[tuple[str, str], str] = {}
    for at, model in enumerate(walked.models):
        assert model.version.compilation is not None
        found[at] = []
        for remark in remarks(model.version.compilation):
            key = remark.date, remark.text
            if key not in seen:
                commit = model.commit
                seen[key] = "" if commit is None else ", ".join(commit.who)
                if at == 0 and walked.more and commit is not None:
                    where = os.path.relpath(Path(remark.file.partition(":")[2]).resolve(), past.top)
                    seen[key] = past.author(commit, where, remark.written) or seen[key]
            found[at].append((remark, seen[key]))
    return found


def _told_of(track: Track, known: Mapping[int, list[tuple[Remark, str]]]) -> tuple[Note, ...]:
    found: dict[Note, None] = {}
    for at, declared in track.names.items():
        for note in _told({at: known[at]}, declared, at):
            found[note] = None
    return tuple(sorted(found, key=lambda note: note.date))


def _told(known: Mapping[int, list[tuple[Remark, str]]], declared: Declared, at: int | None) -> tuple[Note, ...]:
    """The notes of a declaration, oldest first."""
    root = tuple(part.partition("[")[0] if place else part for place, part in enumerate(declared))
    found: dict[Note, None] = {}
    for given in known.values():
        for remark, who in given:
            if remark.about in (declared, root):
                found[Note(remark.date, who, remark.text)] = None
    return tuple(sorted(found, key=lambda note: note.date))
