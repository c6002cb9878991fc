"""The notes that people gave in a rule file: to what, when, and who wrote them down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.compile import Compilation
from compiler.diff.changes import Declared
from dsl import syntax
from runtime.times import write_date


@dataclass(frozen=True, slots=True)
class Remark:
    """A note as a version has it; `about` is the declaration, for rules of a family with the family's name. `file` and
    `written` say where and how it stands there."""

    about: Declared
    date: str
    text: str
    file: str
    written: str


def remarks(compilation: Compilation) -> Iterator[Remark]:
    """All notes of a rule file without errors, in the order of the file."""
    assert compilation.context is not None
    names = compilation.context.names
    if names.model is not None:
        for setting in names.model.settings:
            if isinstance(setting, syntax.Note):
                yield _remark(compilation, ("model",), setting)
    for name, score in names.scores.items():
        for member in score.members:
            yield from _in_score(compilation, name, member)
    for kind, triggers in (("trigger", names.triggers), ("account trigger", names.account_triggers)):
        for name, trigger in triggers.items():
            yield from (_remark(compilation, (kind, name), note) for note in trigger.notes)


def _in_score(compilation: Compilation, score: str, member: syntax.ScoreMember) -> Iterator[Remark]:
    match member:
        case syntax.Note():
            yield _remark(compilation, ("score", score), member)
        case syntax.Rule(name=name, notes=notes):
            yield from (_remark(compilation, ("rule", name.text, score), note) for note in notes)
        case syntax.Group(name=name, notes=notes, rules=rules):
            yield from (_remark(compilation, ("group", name.text, score), note) for note in notes)
            for rule in rules:
                yield from _in_score(compilation, score, rule)
        case _:
            pass


def _remark(compilation: Compilation, about: Declared, note: syntax.Note) -> Remark:
    written = compilation.files[note.span.file].text[note.text.span.start : note.text.span.end]
    return Remark(about, write_date(note.date.micros), note.text.value, note.span.file, written)
