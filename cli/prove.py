"""`leadscore prove`: what follows from the rules for every possible lead."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from cli.model import compilation_of, is_table, read_bytes, usable
from cli.problem import NO, Problem
from cli.rule_files import rule_files
from cli.visible import visible

if TYPE_CHECKING:
    from cli.proof_lines import Findings, Lines
    from cli.proofs import Pages
    from compiler.compile import Compilation
    from compiler.prove.ledger import Ledger
    from compiler.prove.proof import Wanted

_UNITS = {"minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000, "week": 604_800_000_000}
_DURATION = re.compile(r"\s*([0-9]{1,6})\s*(minute|hour|day|week)s?\s*")


@click.command(
    "prove",
    epilog="""\b
Examples:
  leadscore prove model.score
  leadscore prove model.score --within "1 day" --verbose
  leadscore prove models/ --filter readiness --time-limit 60
  leadscore prove model.score --strict --format github""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--time-limit", "seconds", type=click.FloatRange(min=0.1), default=20.0, show_default=True, metavar="S",
              help="Seconds for each model; what is open then is listed.")  # fmt: skip
@click.option("--within", metavar="D", help='How high scores get up to D after the first event, too: "1 day".')
@click.option("--filter", "wanted", metavar="TEXT", help="Only what has TEXT in its name, or fits it with * and ?.")
@click.option("--longest", type=click.IntRange(1, 20), default=8, show_default=True, metavar="N",
              help="Look for ways to a line of up to N events.")  # fmt: skip
@click.option("--any-percent", is_flag=True, help="Percents may be above 100% and below 0%, as events allow.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text",
              help="text (the default), or for programs: json (an object a line, everything), github, sarif (the "
              "findings and what was not proved).")  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Exit status 1 if an assertion is not decided, too.")
@click.option("-v", "--verbose", is_flag=True, help="All paths, with the histories that show them.")
def command(
    files: tuple[str, ...], seconds: float, within: str | None, wanted: str | None, longest: int, any_percent: bool,
    form: str, strict: bool, verbose: bool,
) -> int:  # fmt: skip
    """Say what follows from the rules for every lead there could be: decided, not sampled.

    How low and how high each score gets, the shortest ways to its line, what silence does, what nothing ever reaches,
    triggers that do not come to rest, and whether the assertions in the file hold. What is shown has been through the
    engine; what is not decided is listed. A file without a model is a part of those that import it: name it beside one
    of them. Exit status 1 if an assertion is refuted or a file has errors."""
    from cli.judging import judge_of
    from compiler.prove.proof import Wanted

    asked = Wanted(seconds, _duration(within), longest, not any_percent, chosen=_chooser(wanted), judging=judge_of)
    status, printer = 0, _printer(form, verbose=verbose)
    parts: dict[str, Compilation] = {}
    imported: set[str] = set()
    for path in rule_files(files):
        try:
            compilation = _compilation(path)
            if not _has_model(compilation):
                parts[path] = compilation
                continue
            imported |= {os.path.realpath(name) for name in compilation.files}
            ledger = _prove(usable(path, compilation), asked)
        except Problem as problem:
            status = max(status, _tell(problem))
            continue
        printer.show(path, ledger, compilation)
        status = max(status, _status(ledger, strict=strict))
    for path, part in parts.items():
        status = max(status, _without_model(path, part, alone=path in files and os.path.realpath(path) not in imported))
    printer.end()
    return status


def _tell(problem: Problem) -> int:
    """Write what is wrong; its status."""
    print(f"leadscore prove: {visible(problem.message)}", file=sys.stderr)
    return problem.status


def _without_model(path: str, part: Compilation, *, alone: bool) -> int:
    """What becomes of a file without a model: one that was named is wrong if it is `alone`, no part of a model that was
    named too; of a folder only what can't be read is told."""
    if alone or any(each.severity == "error" and each.code.startswith("E1") for each in part.diagnostics):
        try:
            usable(path, part)
        except Problem as problem:
            return _tell(problem)
    print(f"passed over, without a model: {visible(path)}", file=sys.stderr)
    return 0


def _printer(form: str, *, verbose: bool) -> Pages | Lines | Findings:
    if form == "text":
        from cli.proofs import Pages

        return Pages(verbose)
    from cli.proof_lines import Findings, Lines

    return Lines() if form == "json" else Findings(form)


def _duration(text: str | None) -> int | None:
    """Microseconds. Raises Problem."""
    if text is None:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise Problem(f"`{text}` is no duration", hint='write one as a rule file has it: --within "1 day"')
    return int(found[1]) * _UNITS[found[2]]


def _chooser(wanted: str | None) -> Callable[[str], bool]:
    if wanted is None:
        return lambda name: True
    from runtime.globs import glob

    text, fits = wanted.casefold(), glob(wanted.casefold())
    return lambda name: text in name.casefold() or fits(name.casefold())


def _compilation(path: str) -> Compilation:
    """What the compiler makes of a rule file. Raises Problem."""
    content = read_bytes(path)
    if is_table(path, content):
        raise Problem(f"{path} is a compiled table: name the rule file that it was made from")
    return compilation_of(path, content)


def _has_model(compilation: Compilation) -> bool:
    from dsl.syntax import Model

    return compilation.table is not None or any(isinstance(item, Model) for item in compilation.tree.items)


def _prove(compilation: Compilation, wanted: Wanted) -> Ledger:
    from cli.judging import judge_of
    from cli.replay import Replay
    from compiler.prove.proof import prove
    from compiler.prove.settle import settled

    assert compilation.table is not None  # as `usable` has made sure
    assert compilation.program is not None
    return prove(compilation, Replay(compilation.table), wanted, judge_of(settled(compilation.program)))


def _status(ledger: Ledger, *, strict: bool) -> int:
    states = {each.state for each in ledger.verdicts}
    return NO if "refuted" in states or (strict and "unknown" in states) else 0
