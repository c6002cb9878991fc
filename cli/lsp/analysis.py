"""One look at a model: compiled from what is typed, with the index of its names.

A look is made in a thread of its own from a snapshot of the open files, so that typing goes on meanwhile. What was
parsed before and has not changed since is not parsed again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from cli.lsp.buffers import Buffer, real_path, source_of_text
from compiler.compile import Compilation, compile_source
from compiler.declared import symbols_of
from compiler.load import Files
from compiler.symbols import Symbols
from dsl import syntax
from dsl.diagnostics import has_errors
from dsl.parse import Parsed, parse
from dsl.source import Source, read_source

_KEPT = 64
"""So many parsed files are kept."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of the model at `root` (the name of its main file). `revisions` are those of the open files at the
    time, by the names that spans use; `trees` is what each rule file says, `whole` and `broken` are the files that
    parse without an error, and those that don't."""

    root: str
    compilation: Compilation
    symbols: Symbols
    revisions: Mapping[str, int]
    trees: Mapping[str, syntax.File]
    whole: frozenset[str]
    broken: frozenset[str]


class Parses:
    """What was parsed last of each file."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, Parsed]] = OrderedDict()
        self._lock = Lock()

    def parse(self, source: Source) -> Parsed:
        with self._lock:
            text, kept = self._kept.get(source.name, ("", None))
            if kept is not None and text == source.text:
                self._kept.move_to_end(source.name)
                return kept
        parsed = parse(source)
        with self._lock:
            self._kept[source.name] = source.text, parsed
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return parsed


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The open files as they are at one moment, by real path: name, text and revision."""

    files: Mapping[str, tuple[str, str, int]]

    @staticmethod
    def of(buffers: list[Buffer]) -> Snapshot:
        return Snapshot({real_path(b.name): (b.name, b.text.text, b.revision) for b in buffers})


class _Typed(Files):
    """The disk, with open files in front of it."""

    def __init__(self, snapshot: Snapshot, parses: Parses) -> None:
        self.snapshot = snapshot
        self.parses = parses
        self.revisions: dict[str, int] = {}
        self.trees: dict[str, syntax.File] = {}
        self.whole: set[str] = set()
        self.broken: set[str] = set()

    def read(self, path: Path, shown: str) -> Source:
        found = self.snapshot.files.get(real_path(str(path)))
        if found is None:
            return read_source(path, shown)
        _, text, revision = found
        self.revisions[shown] = revision
        return source_of_text(shown, text)

    def parse(self, source: Source) -> Parsed:
        parsed = self.parses.parse(source)
        self.trees[source.name] = parsed.file
        (self.broken if has_errors(parsed.diagnostics) else self.whole).add(source.name)
        return parsed


def analyse(real: str, snapshot: Snapshot, parses: Parses) -> Analysis:
    """Look at the model whose main file lies at `real`; it is read from the disk if it is not open."""
    name = snapshot.files[real][0] if real in snapshot.files else real
    files = _Typed(snapshot, parses)
    compilation = compile_source(files.read(Path(name), name), Path(name).parent, files)
    assert compilation.context is not None
    symbols = symbols_of(compilation.context)
    whole, broken = frozenset(files.whole), frozenset(files.broken)
    return Analysis(name, compilation, symbols, files.revisions, files.trees, whole, broken)
