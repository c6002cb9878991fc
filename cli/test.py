"""`leadscore test`: run the tests that stand in rule files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from cli.findings import counted
from cli.junit import Case, Suite, write_junit
from cli.model import compilation_of, is_table, read_bytes, usable
from cli.problem import NO, Problem
from cli.rule_files import rule_files
from cli.trial import Outcome, run_tests
from cli.verdicts import detail, expected, print_detail, print_line, write_outcome
from cli.visible import visible
from cli.writing import check_outputs, write_lines
from dsl.render import as_text
from dsl.syntax import Model, Test
from runtime.globs import glob
from runtime.plan import Plan

if TYPE_CHECKING:
    from compiler.compile import Compilation


@dataclass(slots=True)
class _Tally:
    """What has come of all files so far. `idle` are files without a model, `used` all files that a model brought; the
    cases of the suites are `detailed` if somebody wants to read them."""

    outcomes: list[Outcome] = field(default_factory=list)
    suites: list[Suite] = field(default_factory=list)
    idle: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    detailed: bool = False
    left_out: int = 0
    broken: int = 0
    status: int = 0


@click.command(
    "test",
    epilog="""\b
Examples:
  leadscore test model.score
  leadscore test models/ --filter "*pricing*"
  leadscore test models/ --junit report.xml
  leadscore test model.score --json""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--filter", "wanted", metavar="TEXT", help="Only tests whose label holds TEXT, or fits it with * and ?.")
@click.option("--junit", type=click.Path(), metavar="F", help="Write the outcomes as JUnit XML to this file, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each test.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each expectation, too.")
def command(files: tuple[str, ...], wanted: str | None, junit: str | None, as_json: bool, verbose: bool) -> int:
    """Run the tests in rule files; of a folder, in all *.score files below it.

    Each test has a fresh lead, folded by the engine that scores leads. What fails is shown with what was expected, what
    was there, and the account statement of the scores up to that line. A file without a model is passed over: its tests
    run with the models that import it. Exit status 1 if a test fails or a file has errors."""
    paths = rule_files(files)
    check_outputs(paths, {"--junit": junit})
    chosen = _chooser(wanted)
    tally = _Tally(detailed=junit is not None)
    for path in paths:
        _run_file(path, chosen, tally, as_json=as_json, verbose=verbose)
    if junit is not None:
        write_lines(junit, [write_junit(tally.suites)])
    if wanted is not None and tally.left_out and not tally.outcomes:
        raise Problem(f"no label of {counted(tally.left_out, 'test')} fits `{wanted}`")
    if not as_json:
        print(_summary(tally))
    _mention_idle(tally)
    return tally.status


def _chooser(wanted: str | None) -> Callable[[str], bool]:
    if wanted is None:
        return lambda label: True
    text, fits = wanted.casefold(), glob(wanted.casefold())
    return lambda label: text in label.casefold() or fits(label.casefold())


def _run_file(path: str, chosen: Callable[[str], bool], tally: _Tally, *, as_json: bool, verbose: bool) -> None:
    """Run the tests of one file, print what comes of them, and add it up."""
    compilation = None
    try:
        compilation = _compilation(path, tally)
        if compilation is None:
            return
        usable(path, compilation)
    except Problem as problem:
        _give_up(path, problem, compilation, tally)
        return
    tests = [test for test in compilation.tests if chosen(test.name)]
    tally.left_out += len(compilation.tests) - len(tests)
    suite = Suite(path)
    tally.suites.append(suite)
    if not as_json and (tests or not compilation.tests):
        print(visible(path) + ("" if tests else ": no tests"))
    assert compilation.table is not None  # as `usable` has made sure
    failed = []
    for outcome in run_tests(Plan(compilation.table), tests):
        tally.outcomes.append(outcome)
        if tally.detailed:
            suite.cases.append(_case(outcome, compilation))
        if as_json:
            print(write_outcome(outcome, path, compilation.places))
        else:
            print_line(outcome, path, verbose=verbose)
        if outcome.result != "passed":
            tally.status = max(tally.status, NO)
            failed.append(outcome)
    if not as_json:
        for outcome in failed:
            print()
            print_detail(outcome, compilation.files, compilation.places)


def _compilation(path: str, tally: _Tally) -> Compilation | None:
    """The file compiled, with errors it may be; None if it has no model, which is then remembered. Raises Problem."""
    content = read_bytes(path)
    if is_table(path, content):
        raise Problem(f"{path} is a compiled table: name the rule file that it was made from")
    compilation = compilation_of(path, content)
    unreadable = any(each.severity == "error" and each.code.startswith("E1") for each in compilation.diagnostics)
    if not unreadable and not any(isinstance(item, Model) for item in compilation.tree.items):
        tally.idle[path] = sum(isinstance(item, Test) for item in compilation.tree.items)
        return None
    tally.used |= set(compilation.files)
    return compilation


def _give_up(path: str, problem: Problem, compilation: Compilation | None, tally: _Tally) -> None:
    """Go on without a file that can't be used; the report has an error in its place."""
    print(f"leadscore test: {problem.message}", file=sys.stderr)
    tally.status = max(tally.status, problem.status)
    tally.broken += 1
    told = problem.message
    if compilation is not None:
        told = as_text([each for each in compilation.diagnostics if each.severity == "error"], compilation.files)
    tally.suites.append(Suite(path, [Case("the file can be used", 0, "error", problem.message, told)]))


# --- what is said about it --------------------------------------------------------------------------------------------


def _case(outcome: Outcome, compilation: Compilation) -> Case:
    message = told = ""
    if outcome.result != "passed":
        message = outcome.error or "expected " + "; ".join(map(expected, outcome.failures))
        told = detail(outcome, compilation.files, compilation.places)
    return Case(outcome.test.name, outcome.seconds, outcome.result, message, told)


def _summary(tally: _Tally) -> str:
    """``27 tests in 8 files: 25 passed, 2 failed``."""
    results = [outcome.result for outcome in tally.outcomes]
    found = [f"{results.count('passed'):,} passed"]
    found += [f"{results.count('failed'):,} failed"] * ("failed" in results)
    found += [counted(results.count("error"), "error")] * ("error" in results)
    found += [f"{tally.left_out:,} left out"] * bool(tally.left_out)
    found += [f"{counted(tally.broken, 'file')} can't be used"] * bool(tally.broken)
    return f"{counted(len(results), 'test')} in {counted(len(tally.suites), 'file')}: {', '.join(found)}"


def _mention_idle(tally: _Tally) -> None:
    """One word on the files that have no model; more of those with tests that ran nowhere."""
    used = {os.path.realpath(path) for path in tally.used}
    if tally.idle:
        print(f"passed over, without a model: {', '.join(tally.idle)}", file=sys.stderr)
    for path, tests in tally.idle.items():
        if tests and os.path.realpath(path) not in used:
            told = f"no model here imports {path}, so {counted(tests, 'test')} in it did not run"
            print(told, file=sys.stderr)
