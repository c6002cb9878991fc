"""Reads a rule file and all that it imports.

Every file counts once, wherever it is imported from, so cycles are harmless. The items of an imported file stand where
its first import stands: that fixes the order of triggers.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from compiler.errors import files as errors
from compiler.report import Report
from dsl import syntax
from dsl.diagnostics import has_errors
from dsl.parse import Parsed, parse
from dsl.source import Source, read_source

_LINES = re.compile(r"\r\n|\n|\r")

LIBRARY = Path(__file__).with_name("library")
"""The rule files that come with leadscore, imported as ``leadscore/NAME``."""
OURS = "leadscore/"
"""What their names begin with."""
MAX_ENTRIES = 1_000_000
"""A set may have this many entries."""


class Files:
    """Where sources come from: the disk. An editor puts what is typed, and what it has parsed before, in its place."""

    def read(self, path: Path, shown: str) -> Source:
        """The file at `path` under the name that diagnostics show."""
        return read_source(path, shown)

    def parse(self, source: Source) -> Parsed:
        """What a rule file says."""
        return parse(source)


DISK = Files()


@dataclass(slots=True)
class Loaded:
    """`items` are those of all files in order, each with whether it stands in the main file; `folders` where the files
    lie, for the sets that are read from files by `disk`; `library` names the files that come with leadscore."""

    main: syntax.File
    files: dict[str, Source] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    items: list[tuple[syntax.Item, bool]] = field(default_factory=list)
    library: set[str] = field(default_factory=set)
    disk: Files = DISK


class _Loader:
    def __init__(self, loaded: Loaded, report: Report) -> None:
        self.loaded = loaded
        self.report = report
        self.seen: set[str] = set()

    def take(self, source: Source, folder: Path) -> None:
        """Parse one source and go through its items, imports among them; deep chains of imports need no recursion."""
        waiting = [iter(self.open(source, folder, main=True))]
        while waiting:
            item = next(waiting[-1], None)
            if item is None:
                waiting.pop()
            elif isinstance(item, syntax.Import):
                imported = self.follow(item)
                if imported is not None:
                    waiting.append(iter(self.open(*imported, main=False)))
            else:
                self.loaded.items.append((item, len(waiting) == 1))

    def open(self, source: Source, folder: Path, main: bool) -> tuple[syntax.Item, ...]:
        self.loaded.files[source.name] = source
        self.loaded.folders[source.name] = folder
        self.report.extend(source.problems)
        parsed = self.loaded.disk.parse(source)
        self.report.extend(each for each in parsed.diagnostics if each not in source.problems)
        if has_errors(source.problems) or has_errors(parsed.diagnostics):
            self.report.forgive(source)
        if main:
            self.loaded.main = parsed.file
        return parsed.file.items

    def follow(self, item: syntax.Import) -> tuple[Source, Path] | None:
        """The source that an import names, unless it was taken already or can't be read."""
        span = item.path.span
        folder = self.loaded.folders[span.file]
        path = folder / item.path.value
        ours = shipped(item.path.value)
        if ours is not None and not path.exists():
            path = ours
        identity = os.path.realpath(path)
        if identity in self.seen:
            return None
        self.seen.add(identity)
        shown = os.path.normpath(Path(span.file).parent / item.path.value) if path is not ours else str(path)
        source = self.loaded.disk.read(path, shown)
        if source.problems and not source.text:
            names = [OURS + file.stem for file in sorted(LIBRARY.glob("*.score"))]
            meant = names if item.path.value.startswith(OURS) else []
            self.report.add(errors.import_unreadable(item.path.value, _reason(source), span, meant))
            self.report.forgive_all()
            return None
        if path is ours:
            self.loaded.library.add(source.name)
        return source, path.parent


def shipped(path: str) -> Path | None:
    """The file that an import names, if it is one of those that come with leadscore."""
    name = path.removeprefix(OURS).removesuffix(".score")
    found = LIBRARY / f"{name}.score"
    return found if path.startswith(OURS) and name.isidentifier() and found.is_file() else None


def _reason(source: Source) -> str:
    return source.problems[0].message.rpartition(": ")[2]


def load(source: Source, folder: Path, identity: str | None, report: Report, disk: Files = DISK) -> Loaded:
    """Everything that the main file `source`, lying in `folder`, brings together. `identity` is its real path, if it
    has one. What can't be read is in the report."""
    loaded = Loaded(syntax.File(()), disk=disk)
    loader = _Loader(loaded, report)
    if identity is not None:
        loader.seen.add(identity)
    loader.take(source, folder)
    return loaded


def set_entries(item: syntax.SetOf, loaded: Loaded, report: Report) -> tuple[str, ...]:
    """The entries of a ``set … from "file"``: its lines, trimmed and in NFC, without empty lines and comments."""
    assert item.path is not None
    path = item.path
    source = loaded.disk.read(loaded.folders[path.span.file] / path.value, path.value)
    if source.problems:
        report.add(errors.set_unreadable(path.value, _reason(source), path.span))
        return ()
    lines = [unicodedata.normalize("NFC", line.strip()) for line in _LINES.split(source.text)]
    found = [line for line in lines if line and not line.startswith("#")]
    if len(found) > MAX_ENTRIES:
        report.add(errors.set_unreadable(path.value, f"it has more than {MAX_ENTRIES} entries", path.span))
        return ()
    return tuple(found)
