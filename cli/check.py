"""`leadscore check`: what is wrong with rule files, and what may be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from cli.findings import counted, tally, tell
from cli.model import compilation_of, read_bytes
from cli.problem import NO, UNUSABLE, Problem

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic
    from dsl.source import Source


@click.command(
    "check",
    epilog="""\b
Examples:
  leadscore check model.score
  leadscore check models/*.score
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
def command(files: tuple[str, ...], form: str) -> int:
    """Parse, check and analyse rule files, each with all that it imports.

    Exit status 1 if there is any error; warnings and hints alone leave it 0."""
    found: dict[Diagnostic, None] = {}
    sources: dict[str, Source] = {}
    status = 0
    for path in dict.fromkeys(files):
        try:
            compilation = compilation_of(path, read_bytes(path))
        except Problem as problem:
            print(f"leadscore check: {problem.message}", file=sys.stderr)
            status = max(status, problem.status)
            continue
        found.update(dict.fromkeys(compilation.diagnostics))
        sources.update(compilation.files)
    if any(each.severity == "error" for each in found):
        status = max(status, NO)
    _write(list(found), sources, form)
    if form == "text":
        read = f"{counted(len(set(files)), 'file')} checked"
        print(f"{read}: {tally(found) or 'all is well'}" if status < UNUSABLE else f"{read}, not all could be read")
    return status


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
