"""`leadscore test`: run the tests that stand in rule files, and say what they cover."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import click

from cli.coverage.notices import github_notices
from cli.coverage.reports import CoverageReports
from cli.coverage.total import Coverage, Entry, saw
from cli.crew import run_suites
from cli.demand import judge, share
from cli.findings import counted
from cli.junit import Suite, write_junit
from cli.problem import NO, Problem
from cli.rule_files import rule_files
from cli.suite import News, Opened, Order, Ran
from cli.visible import visible
from cli.writing import write_lines


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of the command."""

    filter: str | None = None
    junit: str | None = None
    form: str = "text"
    verbose: bool = False
    fail_fast: bool = False
    jobs: int | None = None
    coverage: bool = False
    least: Fraction | None = None
    lcov: str | None = None
    html: str | None = None

    @property
    def as_json(self) -> bool:
        return self.form == "json"

    @property
    def github(self) -> bool:
        return self.form == "github"

    @property
    def covered(self) -> bool:
        return self.coverage or any(each is not None for each in (self.least, self.lcov, self.html))

    @property
    def order(self) -> Order:
        return Order(
            wanted=self.filter,
            as_json=self.as_json,
            verbose=self.verbose,
            cases=self.junit is not None,
            github=self.github,
            covered=self.covered,
            texts=self.html is not None,
        )


@dataclass(slots=True)
class Tally:
    """What has come of all files so far. `idle` are files without a model, `used` all files that a model brought,
    `inputs` all paths that were looked at."""

    results: list[str] = field(default_factory=list)
    suites: list[Suite] = field(default_factory=list)
    idle: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    inputs: set[str] = field(default_factory=set)
    coverage: Coverage = field(default_factory=Coverage)
    texts: dict[str, str] = field(default_factory=dict)
    left_out: int = 0
    broken: int = 0
    status: int = 0
    stopped: bool = False

    @property
    def usable(self) -> bool:
        """Whether any file could be used, or none had to be."""
        return not self.broken or self.broken < len(self.suites)


@click.command(
    "test",
    epilog="""\b
Examples:
  leadscore test model.score
  leadscore test models/ --filter "*pricing*"
  leadscore test models/ --junit report.xml
  leadscore test models/ --coverage --min 90%
  leadscore test model.score --coverage-html coverage.html
  leadscore test model.score --watch""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option(
    "--filter", metavar="TEXT", help="Only tests whose label or file name holds TEXT, or fits it with * and ?."
)
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first test that does not pass.")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Processes; without it as many as are of use.")
@click.option("--coverage", is_flag=True, help="Say what of the rules no test has seen.")
@click.option("--min", "least", callback=share, metavar="P%", help="Exit status 1 if less than P% is covered.")
@click.option("--coverage-lcov", "lcov", type=click.Path(), metavar="F", help="Write coverage in the form of lcov.")
@click.option(
    "--coverage-html", "html", type=click.Path(), metavar="F", help="Write coverage as a page, or to a folder."
)
@click.option("--junit", type=click.Path(), metavar="F", help="Write the outcomes as JUnit XML to this file, too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="text (the default); json: an object a line for each test, and one for coverage; github: text, with what does "
    "not hold or is not covered as annotations of a workflow.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each expectation, too.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes, until Ctrl-C.")
def command(files: tuple[str, ...], watch: bool, **given: Any) -> int:
    """Run the tests in rule files; of a folder, in all *.score files below it.

    Each test has a fresh lead, folded by the engine that scores leads, and a clock of its own, which `at` and `after`
    set. What fails is shown with what was expected, what was there, and the account statement of the scores up to that
    line. A file without a model is passed over: its tests run with the models that import it. Exit status 1 if a test
    fails, a file has errors, or less is covered than --min demands."""
    wishes = Wishes(**given)
    if watch:
        from cli.watch import watch_files

        return watch_files(files, lambda paths, inputs: run_files(paths, wishes, Tally(inputs=inputs)))
    return run_files(rule_files(files), wishes, Tally())


def run_files(paths: Sequence[str], wishes: Wishes, tally: Tally) -> int:
    """Run the tests of the files, print and write what comes of them; the exit status. Raises Problem."""
    reports = CoverageReports(wishes.lcov, wishes.html)
    reports.check(paths, {"--junit": wishes.junit})
    with closing(run_suites(paths, wishes.order, wishes.jobs)) as news:
        _take(news, wishes, tally)
    if wishes.junit is not None:
        write_lines(wishes.junit, [write_junit(tally.suites)])
    if wishes.filter is not None and tally.left_out and not tally.results:
        raise Problem(f"no label and no file name of {counted(tally.left_out, 'test')} fits `{wishes.filter}`")
    if not wishes.as_json:
        print(_summary(tally))
    _mention_idle(tally)
    if wishes.covered:
        reports.write(tally.coverage, tally.texts)
        if wishes.github:
            sys.stdout.writelines(f"{line}\n" for line in github_notices(tally.coverage))
        if wishes.as_json or tally.usable:
            tally.status = max(tally.status, judge(tally.coverage, wishes.least, wishes.coverage, wishes.as_json))
    return tally.status


def _take(news: Iterator[News], wishes: Wishes, tally: Tally) -> None:
    """Print what comes in and add it up; what failed is shown in full below the lines of its file."""
    details: list[str] = []
    entries: list[Entry] = []
    for each in news:
        if isinstance(each, Opened):
            _tell(details)
            entries = _open(each, wishes, tally)
        else:
            _run(each, tally, entries)
            if each.detail:
                details.append(each.detail)
        if wishes.fail_fast and tally.status:
            tally.stopped = True
            break
    _tell(details)


def _tell(details: list[str]) -> None:
    for each in details:
        print(f"\n{each}", end="")
    if details:
        print()
    details.clear()


def _open(opened: Opened, wishes: Wishes, tally: Tally) -> list[Entry]:
    """Go on with a file, or past it; its sites, where they are counted."""
    sys.stdout.write(opened.notes)
    sys.stderr.write(opened.said)
    sys.stderr.flush()
    tally.inputs |= opened.inputs
    tally.used |= set(opened.used)
    tally.left_out += opened.left_out
    tally.texts |= opened.texts
    if opened.idle is not None:
        tally.idle[opened.path] = opened.idle
        return []
    suite = Suite(opened.path)
    tally.suites.append(suite)
    if opened.trouble is not None:
        tally.status = max(tally.status, opened.status)
        tally.broken += 1
        suite.cases.append(opened.trouble)
    elif not wishes.as_json and (opened.tests or not opened.declared):
        print(visible(opened.path) + ("" if opened.tests else ": no tests"))
    return tally.coverage.add(opened.spots)


def _run(ran: Ran, tally: Tally, entries: list[Entry]) -> None:
    sys.stdout.write(ran.line)
    tally.results.append(ran.result)
    if ran.case is not None:
        tally.suites[-1].cases.append(ran.case)
    if ran.result != "passed":
        tally.status = max(tally.status, NO)
    saw(entries, ran.sides, ran.name)


# --- what is said in the end ------------------------------------------------------------------------------------------


def _summary(tally: Tally) -> str:
    """``27 tests in 8 files: 25 passed, 2 failed``."""
    results = tally.results
    found = [f"{results.count('passed'):,} passed"]
    found += [f"{results.count('failed'):,} failed"] * ("failed" in results)
    found += [counted(results.count("error"), "error")] * ("error" in results)
    found += [f"{tally.left_out:,} left out"] * bool(tally.left_out)
    found += [f"{counted(tally.broken, 'file')} can't be used"] * bool(tally.broken)
    found += ["stopped there"] * tally.stopped
    return f"{counted(len(results), 'test')} in {counted(len(tally.suites), 'file')}: {', '.join(found)}"


def _mention_idle(tally: Tally) -> None:
    """One word on the files that have no model; more of those with tests that ran nowhere."""
    used = {os.path.realpath(path) for path in tally.used}
    if tally.idle:
        print(f"passed over, without a model: {', '.join(tally.idle)}", file=sys.stderr)
    for path, tests in tally.idle.items():
        if tests and not tally.stopped and os.path.realpath(path) not in used:
            told = f"no model here imports {path}, so {counted(tests, 'test')} in it did not run"
            print(told, file=sys.stderr)
