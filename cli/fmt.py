"""`leadscore fmt`: rule files in the one layout.

A file is written only if that changes it, and takes its name in one step; one with errors is left as it is.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff

import click

from cli.findings import counted, tell
from cli.model import is_table, read_bytes
from cli.problem import NO, Problem
from cli.rule_files import rule_files
from cli.writing import check_writable, write_lines

_STDIN = "<stdin>"


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a file holds and what it should hold."""

    name: str
    content: bytes
    text: str

    @property
    def changed(self) -> bool:
        return self.text.encode() != self.content

    def diff(self) -> str:
        """The change as a unified diff, as `patch` reads it."""
        before, after = _with_ends(self.content.decode()), _with_ends(self.text)
        lines = unified_diff(before, after, self.name, self.name)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def annotations(self) -> str:
        """A line for each place that would change, for a workflow of GitHub to show there."""
        from dsl.render import Place, annotation

        before, after = _with_ends(self.content.decode()), _with_ends(self.text)
        told = []
        for tag, start, stop, low, high in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            first = max(min(start, len(before) - 1), 0)
            last = max(stop - 1, first)
            width = len(before[last].rstrip("\n")) if before else 0
            wanted = "".join(after[low:high]).rstrip("\n")
            text = f"leadscore fmt writes\n{wanted}" if wanted.strip() else "leadscore fmt writes nothing here"
            place = Place(self.name, first + 1, 1, last + 1, width + 1)
            told.append(annotation("error", place, "leadscore fmt", text) + "\n")
        return "".join(told)


@click.command(
    "fmt",
    epilog="""\b
Examples:
  leadscore fmt model.score
  leadscore fmt models/
  leadscore fmt --check --diff models/
  leadscore fmt --check --format github models/
  leadscore fmt - < model.score""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing but the changes, to standard output.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github"]),
    default="text",
    help="How --check tells what would change: text (the default, the names of files), github (annotations).",
)
def command(files: tuple[str, ...], check: bool, diff: bool, form: str) -> int:
    """Format FILES in place: rule files, or folders with all the rule files below them.

    `-` formats standard input to standard output. Comments, single blank lines and the order of everything stay, and so
    does a block whose line is broken after the brace. The names of the files that change go to standard output. A file
    with errors is left alone: they are told, and the exit status is 1."""
    if form == "github" and not check:
        raise Problem("--format github goes with --check", hint="leadscore fmt --check --format github FILES")
    if "-" in files and len(files) > 1:
        raise Problem("standard input is formatted alone", hint="leave out `-`, or the other files")
    layouts: list[_Layout] = []
    status = 0
    for path in list(_named(files)):
        try:
            layout = _laid_out(path)
            if diff:
                sys.stdout.write(layout.diff())
            elif not check:
                _write(path, layout)
            if check and form == "github":
                sys.stdout.write(layout.annotations())
            elif layout.changed and not diff and (check or path != "-"):
                print(layout.name)
            layouts.append(layout)
        except Problem as problem:
            if problem.message:
                print(f"leadscore fmt: {problem.message}", file=sys.stderr)
            status = max(status, problem.status)
    changed = sum(layout.changed for layout in layouts)
    if layouts and files != ("-",):
        done = "would change" if check or diff else "formatted"
        print(f"{counted(changed, 'file')} {done}, {len(layouts) - changed:,} unchanged", file=sys.stderr)
    return max(status, NO) if check and changed else status


def _named(files: Iterable[str]) -> Iterator[str]:
    """The files to format, each once, whatever the paths to it. Raises Problem."""
    seen: set[str] = set()
    for path in ["-"] if "-" in files else rule_files(files):
        real = os.path.realpath(path)
        if real not in seen:
            seen.add(real)
            yield path


def _laid_out(path: str) -> _Layout:
    """Raises Problem: 2 if the file can't be read, 1 if it has errors, which have then been told."""
    from dsl.format import format_source
    from dsl.source import source_of

    name = _STDIN if path == "-" else path
    content = sys.stdin.buffer.read() if path == "-" else read_bytes(path)
    if is_table(name, content):
        raise Problem(f"{name} is a compiled table: format the rule file that it was made from")
    source = source_of(name, content)
    formatted = format_source(source)
    if formatted.text is None:
        tell([each for each in formatted.diagnostics if each.severity == "error"], {name: source})
        raise Problem(f"{name} has errors and was left as it is", status=NO)
    return _Layout(name, content, formatted.text)


def _write(path: str, layout: _Layout) -> None:
    if path == "-":
        sys.stdout.write(layout.text)
    elif layout.changed:
        check_writable(path)
        write_lines(path, _lines(layout.text))


def _lines(text: str) -> list[str]:
    """The lines of a formatted text without the line feeds, which write_lines puts back."""
    return text.removesuffix("\n").split("\n") if text else []


def _with_ends(text: str) -> list[str]:
    """The lines of a text, each with its line feed; no other character ends a line."""
    return [line for line in re.split(r"(?<=\n)", text) if line]
