"""Runs the tests of one rule file and renders what comes of them: as plain values, which travel between processes.

Whoever runs a file, this process or another, writes the same texts, and whoever prints them prints them in the order of
the files and of the tests in them. A file is compiled once in each process, however its tests are cut into batches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from cli.coverage.measure import sides_seen
from cli.coverage.spots import Spot, spots_of
from cli.coverage.subject import Subject
from cli.junit import Case
from cli.kept import kept_complaints, kept_output
from cli.model import compilation_of, is_table, read_bytes, usable
from cli.problem import Problem
from cli.trial import Outcome, run_tests
from cli.verdicts import detail, expected, github_errors, print_detail, print_line, write_outcome
from compiler.compile import Compilation, compile_source
from compiler.load import Files
from compiler.scenarios import CheckedTest
from dsl.render import as_github, as_text
from dsl.source import Source, read_source
from dsl.syntax import Model, Test
from runtime.globs import glob
from runtime.plan import Plan

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic
    from dsl.parse import Parsed


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of each file: the tests that `wanted` picks, as lines or as JSON, with `verbose` expectations,
    with cases for a report, with annotations for GitHub, with coverage, and with the text of files that it shows."""

    wanted: str | None = None
    as_json: bool = False
    verbose: bool = False
    cases: bool = False
    github: bool = False
    covered: bool = False
    texts: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was read: `tests` are to be run, `left_out` are not wanted. `trouble` says why it can't be used
    (`status` is then not 0), `idle` how many tests it has if it has no model. `said` is for standard error, `notes` are
    annotations, `used` are all rule files that the model brought, `inputs` all paths that were read or missed."""

    path: str
    tests: int = 0
    left_out: int = 0
    declared: int = 0
    status: int = 0
    trouble: Case | None = None
    said: str = ""
    notes: str = ""
    idle: int | None = None
    used: tuple[str, ...] = ()
    inputs: frozenset[str] = frozenset()
    spots: tuple[Spot, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """A test that was run. `line` and `detail` are for standard output, `detail` where it did not pass; `case` is for a
    report, `sides` are what it saw."""

    path: str
    name: str
    result: str
    line: str
    detail: str = ""
    case: Case | None = None
    sides: frozenset[int] = frozenset()


News: TypeAlias = Opened | Ran


class _Read(Files):
    """The disk, remembering what was asked of it."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def read(self, path: Path, shown: str) -> Source:
        self.paths.add(str(path))
        return super().read(path, shown)

    def parse(self, source: Source) -> Parsed:
        return super().parse(source)


@dataclass(slots=True)
class _Ready:
    """A file that can be used."""

    opened: Opened
    compilation: Compilation
    tests: list[CheckedTest]
    plan: Plan
    subject: Subject | None


class Bench:
    """Runs files under one order, and keeps what it compiled last."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._kept: dict[str, Opened | _Ready] = {}

    def __reduce__(self) -> tuple[type[Bench], tuple[Order]]:
        return Bench, (self.order,)

    def open(self, path: str) -> Opened:
        """Read and compile a file, if it is not the one that was opened last."""
        found = self._kept.get(path)
        if found is None:
            found = self._open(path)
            self._kept = {path: found}
        return found if isinstance(found, Opened) else found.opened

    def run(self, path: str, start: int = 0, stop: int | None = None) -> Iterator[Ran]:
        """Run the tests of a file that was opened, those from `start` up to `stop`."""
        ready = self._kept[path]
        if isinstance(ready, _Ready):
            for outcome in run_tests(ready.plan, ready.tests[start:stop]):
                yield self._ran(ready, outcome)

    # --- opening --------------------------------------------------------------------------------------------------

    def _open(self, path: str) -> Opened | _Ready:
        disk, compilation = _Read(), None
        with kept_complaints() as said:
            try:
                compilation = _compilation(path, disk)
                if not _has_model(compilation):
                    idle = sum(isinstance(item, Test) for item in compilation.tree.items)
                    return Opened(path, idle=idle, inputs=_inputs(path, disk))
                usable(path, compilation)
            except Problem as problem:
                print(f"leadscore test: {problem.message}", file=said)
                used = () if compilation is None else tuple(compilation.files)
                case = Case("the file can be used", 0, "error", problem.message, _told(problem, compilation))
                notes = as_github(_errors(compilation), compilation.files) if compilation and self.order.github else ""
                return Opened(
                    path, status=problem.status, trouble=case, said=said.getvalue(), notes=notes, used=used,
                    inputs=_inputs(path, disk),
                )  # fmt: skip
        return self._ready(path, compilation, disk)

    def _ready(self, path: str, compilation: Compilation, disk: _Read) -> _Ready:
        order = self.order
        chosen = chooser(order.wanted)
        tests = [test for test in compilation.tests if chosen(test.name, path) or chosen(test.name, test.file)]
        subject = Subject(compilation) if order.covered else None
        opened = Opened(
            path,
            tests=len(tests),
            left_out=len(compilation.tests) - len(tests),
            declared=len(compilation.tests),
            used=tuple(compilation.files),
            inputs=_inputs(path, disk),
            spots=() if subject is None else spots_of(subject, compilation.files),
            texts={name: source.text for name, source in compilation.files.items()} if order.texts else {},
        )
        assert compilation.table is not None  # as `usable` has made sure
        return _Ready(opened, compilation, tests, Plan(compilation.table), subject)

    # --- running --------------------------------------------------------------------------------------------------

    def _ran(self, ready: _Ready, outcome: Outcome) -> Ran:
        path, sources, places = ready.opened.path, ready.compilation.files, ready.compilation.places
        with kept_output() as line:
            if self.order.as_json:
                print(write_outcome(outcome, path, places))
            else:
                print_line(outcome, path, verbose=self.order.verbose)
        told = ""
        if outcome.result != "passed" and not self.order.as_json:
            with kept_output() as kept:
                print_detail(outcome, sources, places)
            told = kept.getvalue().rstrip("\n") + "\n"
            told += github_errors(outcome, sources) if self.order.github else ""
        sides = frozenset[int]() if ready.subject is None else sides_seen(ready.subject, outcome.test)
        case = _case(outcome, ready.compilation) if self.order.cases else None
        return Ran(path, outcome.test.name, outcome.result, line.getvalue(), told, case, sides)


def chooser(wanted: str | None) -> Callable[[str, str], bool]:
    """Whether a test is wanted, by its label and its file: a part of the label or of the file's name, or a pattern for
    the whole of either. With a slash in it, it is held against the path."""
    if wanted is None:
        return lambda label, file: True
    text, fits = wanted.casefold(), glob(wanted.casefold())
    by_path = "/" in wanted

    def chosen(label: str, file: str) -> bool:
        named = file if by_path else os.path.basename(file)  # noqa: PTH119 - a name, which may be that of no file
        return any(text in each or fits(each) for each in (label.casefold(), named.casefold()))

    return chosen


def _compilation(path: str, disk: _Read) -> Compilation:
    """The file compiled, with errors it may be. Raises Problem."""
    content = read_bytes(path)
    if is_table(path, content):
        raise Problem(f"{path} is a compiled table: name the rule file that it was made from")
    if Path(path).is_file():
        return compile_source(read_source(path, path), Path(path).parent, disk)
    return compilation_of(path, content)


def _has_model(compilation: Compilation) -> bool:
    """Whether a file has a model, or can't be read well enough to say so."""
    unreadable = any(each.severity == "error" and each.code.startswith("E1") for each in compilation.diagnostics)
    return unreadable or any(isinstance(item, Model) for item in compilation.tree.items)


def _inputs(path: str, disk: _Read) -> frozenset[str]:
    return frozenset(disk.paths | {path})


def _told(problem: Problem, compilation: Compilation | None) -> str:
    if compilation is None:
        return problem.message
    return as_text(_errors(compilation), compilation.files)


def _errors(compilation: Compilation) -> list[Diagnostic]:
    return [each for each in compilation.diagnostics if each.severity == "error"]


def _case(outcome: Outcome, compilation: Compilation) -> Case:
    message = told = ""
    if outcome.result != "passed":
        message = outcome.error or "expected " + "; ".join(map(expected, outcome.failures))
        told = detail(outcome, compilation.files, compilation.places)
    return Case(outcome.test.name, outcome.seconds, outcome.result, message, told)
