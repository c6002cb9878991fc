"""`leadscore test --watch`: runs again whenever a file changes that has a say in the tests.

Which files those are, the last run tells: rule files, imports, sets and tables that were read, also those that were
looked for and not there; in folders, rule files that come or go. They are looked at a few times a second by what the
system says of them, never by their content, and a run begins only when they have been left alone for a moment: an
editor that saves a file in three steps causes one run.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import click

from cli.findings import counted
from cli.problem import Problem
from cli.rule_files import rule_files

EVERY = 0.2
"""Seconds between two looks."""
CALM = 0.1
"""Seconds for which nothing must change before a run."""

Stamp: TypeAlias = tuple[int, int, int] | None


def watch_files(paths: Sequence[str], run: Callable[[Sequence[str], set[str]], int]) -> int:
    """Run, and again at each change, until Ctrl-C, which is how this ends and so no failure: 0. `run` gets the files
    and adds what it looked at to the set. Raises Problem if there is nothing to run to begin with."""
    found: Sequence[str] | Problem = rule_files(paths)
    inputs: set[str] = set()
    try:
        while True:
            before = stamps(inputs.union(() if isinstance(found, Problem) else found))
            inputs, began = set(), time.time_ns()
            _run(found, inputs, run)
            _wait(paths, found, inputs, before | _young(inputs, began))
            found = _files(paths)
            _clear()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 0


def _files(paths: Sequence[str]) -> Sequence[str] | Problem:
    try:
        return rule_files(paths)
    except Problem as problem:
        return problem


def _run(found: Sequence[str] | Problem, inputs: set[str], run: Callable[[Sequence[str], set[str]], int]) -> None:
    try:
        if isinstance(found, Problem):
            raise found
        run(found, inputs)
    except Problem as problem:
        click.echo(f"leadscore: {problem.message}", err=True)
        if problem.hint is not None:
            click.echo(f"  hint: {problem.hint}", err=True)
    sys.stdout.flush()
    told = time.strftime("%H:%M:%S")
    click.echo(f"{told}  waiting for a change to {counted(len(inputs), 'file')}; Ctrl-C ends this", err=True)


def _young(inputs: Iterable[str], began: int) -> dict[str, Stamp]:
    """Of files that changed since the run began, which may not have seen it: stamps that they no longer have."""
    now = time.time_ns()
    return {path: None for path, stamp in stamps(inputs).items() if stamp is not None and began <= stamp[0] <= now}


def _wait(
    paths: Sequence[str], found: Sequence[str] | Problem, inputs: Iterable[str], before: dict[str, Stamp]
) -> None:
    """Come back when a file has changed since `before`, or is there or not, and all have been left alone."""
    known = None if isinstance(found, Problem) else list(found)
    seen = stamps(inputs)
    seen |= {path: stamp for path, stamp in before.items() if path in seen}
    while stamps(seen) == seen and _known(paths) == known:
        time.sleep(EVERY)
    while True:
        seen, known = stamps(seen), _known(paths)
        time.sleep(CALM)
        if stamps(seen) == seen and _known(paths) == known:
            return


def _known(paths: Sequence[str]) -> list[str] | None:
    found = _files(paths)
    return None if isinstance(found, Problem) else list(found)


def stamps(paths: Iterable[str]) -> dict[str, Stamp]:
    """What the system says of files: time of change, size and identity; None of one that is not there."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - `path` may be no path at all
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _clear() -> None:
    """Begin with an empty screen, where there is a screen."""
    if sys.stdout.isatty():
        click.clear()
    else:
        print()
