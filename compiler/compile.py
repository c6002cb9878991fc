"""Compiling: from a rule file to its table, with everything that is to be said about it.

Load, check, run the passes, verify, emit; if `verify` finds anything, the passes run again with it between them, so
that it names the one that broke something. The order of the passes is the tuple `ALL`; those in `NEEDED` run whatever
is asked for, the others make the table smaller and faster and never change a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler.assertions import CheckedAssertion, check_assertions
from compiler.check import check
from compiler.context import Context
from compiler.emit import emit
from compiler.load import DISK, Files, Loaded, load
from compiler.names import collect
from compiler.passes.arrange import arrange
from compiler.passes.dead import dead
from compiler.passes.expand import expand
from compiler.passes.fold import fold
from compiler.passes.index import index
from compiler.passes.share import share
from compiler.places import Places, places_of
from compiler.program import Program
from compiler.report import Report
from compiler.scenarios import CheckedTest, check_tests
from compiler.verify import BrokenProgram, verify
from compiler.warnings.checks import warned
from dsl import syntax
from dsl.collector import without_collector
from dsl.diagnostics import Diagnostic, has_errors, in_order
from dsl.source import Source, read_source
from dsl.syntax import Span
from runtime.table import Table

Pass = Callable[[Program], Program]

PASSES: Mapping[str, Pass] = {
    "expand": expand, "fold": fold, "dead": dead, "arrange": arrange, "index": index, "share": share,
}  # fmt: skip
ALL: tuple[str, ...] = tuple(PASSES)
NEEDED = frozenset({"expand", "arrange"})


@dataclass(frozen=True, slots=True)
class Compilation:
    """What came of a rule file. `table` is None if there is any error, `program` (as checked, before any pass) too.

    `tree` is the main file's, `files` all sources by the names that diagnostics use, `places` where each thing is
    declared: the file and its line, from 1. `context` is what the checker knew, for tools that look names up."""

    table: Table | None
    program: Program | None
    tree: syntax.File
    files: Mapping[str, Source]
    diagnostics: tuple[Diagnostic, ...]
    places: Places
    tests: tuple[CheckedTest, ...] = ()
    context: Context | None = None
    assertions: tuple[CheckedAssertion, ...] = ()


def compile_file(path: Path | str, passes: Iterable[str] = ALL) -> Compilation:
    """Compile the rule file at `path`; what is wrong with it, an unreadable file too, is in the diagnostics."""
    shown = str(path)
    return _compile(read_source(path, shown), Path(path).parent, os.path.realpath(shown), passes)


def compile_text(
    text: str, name: str = "model.score", passes: Iterable[str] = ALL, folder: Path | str | None = None
) -> Compilation:
    """Compile a rule file given as text. Imports are relative to `folder`, or else to the folder of `name`."""
    return _compile(Source(name, text), Path(folder) if folder is not None else Path(name).parent, None, passes)


def compile_source(
    source: Source, folder: Path, disk: Files, passes: Iterable[str] = NEEDED, path: str | None = None
) -> Compilation:
    """Compile a source whose name is its path, or that lies at `path`, with imports and sets as `disk` has them; by the
    passes that are needed, unless others are asked for: for those who look at it and don't run it."""
    return _compile(source, folder, os.path.realpath(path or source.name), passes, disk)


def run_passes(program: Program, passes: Iterable[str] = ALL) -> Program:
    """The program after the passes asked for and those that are needed, in the order of `ALL`."""
    asked = frozenset(passes) | NEEDED
    if not asked <= PASSES.keys():
        raise ValueError(f"there is no pass {min(asked - PASSES.keys())!r}; the passes are {', '.join(ALL)}")
    given = program
    for name, each in PASSES.items():
        if name in asked:
            program = each(program)
    try:
        verify(program, "the last")
    except BrokenProgram:
        blame(given, asked)
        raise
    return program


def blame(program: Program, passes: Iterable[str]) -> None:
    """Run the passes again with `verify` after each: raises BrokenProgram, naming the first one to break something."""
    verify(program, "check")
    for name, each in PASSES.items():
        if name in passes:
            program = each(program)
            verify(program, name)


@without_collector()
def _compile(
    source: Source, folder: Path, identity: str | None, passes: Iterable[str], disk: Files = DISK
) -> Compilation:
    report = Report()
    loaded: Loaded = load(source, folder, identity, report, disk)
    ctx = Context(collect(loaded.items, report), report, loaded)
    program = check(ctx, Span(source.name, 0, 0))
    tests = check_tests(ctx)
    assertions = check_assertions(ctx)
    diagnostics = tuple(in_order(report.found))
    if has_errors(diagnostics):
        return Compilation(None, None, loaded.main, loaded.files, diagnostics, {}, (), ctx)
    diagnostics = tuple(in_order(warned(ctx, program, tests, diagnostics)))
    table = emit(run_passes(program, passes))
    places = places_of(ctx)
    return Compilation(table, program, loaded.main, loaded.files, diagnostics, places, tests, ctx, assertions)
