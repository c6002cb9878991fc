"""`leadscore check`: what is wrong with rule files, and what may be."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from cli.findings import counted, tally, tell
from cli.model import compilation_of, is_table, read_bytes
from cli.problem import NO, UNUSABLE, Problem
from cli.rule_files import rule_files
from cli.visible import visible

if TYPE_CHECKING:
    from compiler.compile import Compilation
    from dsl.diagnostics import Diagnostic
    from dsl.source import Source

_SEVERITIES = ("error", "warning", "hint")


@click.command(
    "check",
    epilog="""\b
Examples:
  leadscore check model.score
  leadscore check models/
  leadscore check model.score --fail-on warning
  leadscore check model.score --format github
  leadscore check model.score --format sarif > leadscore.sarif""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="text (the default, to standard error), or for programs, to standard output: json (an object a line), github "
    "(annotations of a workflow), sarif (one document).",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "hint"]),
    default="error",
    help="What makes the exit status 1: an error (the default), a warning too, a hint too.",
)
def command(files: tuple[str, ...], form: str, fail_on: str) -> int:
    """Parse, check and analyse rule files, each with all that it imports; of a folder, all *.score files below it.

    A file without a model is a part of those that import it: name it beside one of them. In a folder, a part that no
    model there imports is passed over, but for what can't be read in it. Exit status 1 if there is any error; warnings
    and hints alone leave it 0, unless --fail-on says otherwise. A comment allows a warning that is meant, on its line
    or above the declaration: # leadscore: allow W405 and the reason."""
    compilations: dict[str, Compilation] = {}
    status = 0
    paths = rule_files(files)
    for path in paths:
        try:
            compilations[path] = _compilation(path)
        except Problem as problem:
            print(f"leadscore check: {problem.message}", file=sys.stderr)
            status = max(status, problem.status)
    found: dict[Diagnostic, None] = {}
    sources: dict[str, Source] = {}
    idle = []
    for path in without_parts(compilations):
        told = compilations[path].diagnostics
        if path not in files and not _has_model(compilations[path]):
            idle.append(path)
            told = tuple(each for each in told if each.code.startswith("E1"))
        found.update(dict.fromkeys(told))
        sources.update(compilations[path].files)
    severe = _SEVERITIES[: _SEVERITIES.index(fail_on) + 1]
    if any(each.severity in severe for each in found):
        status = max(status, NO)
    _write(list(found), sources, form)
    if any(each.program is not None and each.program.sources for each in compilations.values()):
        _mention_expressions()
    if idle:
        print(f"passed over, without a model: {', '.join(map(visible, idle))}", file=sys.stderr)
    if form == "text":
        read = f"{counted(len(paths), 'file')} checked"
        print(f"{read}: {tally(found) or 'all is well'}" if status < UNUSABLE else f"{read}, not all could be read")
    return status


def _mention_expressions() -> None:
    """What is not checked where the library that reads expressions is not installed."""
    from compiler.expressions import installed

    if not installed():
        told = "the expressions of sources are not checked: pip install 'leadscore[sources]'"
        print(f"leadscore check: {told}", file=sys.stderr)


def _compilation(path: str) -> Compilation:
    content = read_bytes(path)
    if is_table(path, content):
        raise Problem(f"{path} is a compiled table: check the rule file that it was made from")
    return compilation_of(path, content)


def without_parts(compilations: Mapping[str, Compilation]) -> list[str]:
    """The files to report on: all but parts that a model among them imports, and so reports on."""
    models = {path for path, compilation in compilations.items() if _has_model(compilation)}
    imported = {os.path.realpath(name) for path in models for name in compilations[path].files}
    return [path for path in compilations if path in models or os.path.realpath(path) not in imported]


def _has_model(compilation: Compilation) -> bool:
    from dsl.syntax import Model

    return any(isinstance(item, Model) for item in compilation.tree.items)


def _write(found: list[Diagnostic], sources: dict[str, Source], form: str) -> None:
    from dsl import render

    match form:
        case "json":
            sys.stdout.write(render.as_json(found, sources))
        case "github":
            sys.stdout.write(render.as_github(found, sources))
        case "sarif":
            sys.stdout.write(render.as_sarif(found, sources))
        case _:
            tell(found, sources)
