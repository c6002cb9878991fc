"""`leadscore history`: the sheet of a model's rules over time, from git."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.model import is_table
from cli.problem import NO, Problem
from cli.visible import visible
from cli.writing import check_outputs, write_lines

if TYPE_CHECKING:
    from cli.sheet.commits import Commit, Past
    from cli.sheet.sheet import Sheet

LAST = 8
_FORMS = ("text", "csv", "xlsx", "html", "json")


@click.command(
    "history",
    epilog="""\b
Examples:
  leadscore history model.score
  leadscore history model.score --last 3
  leadscore history model.score --since 2026-01-01 -o history.xlsx
  leadscore history model.score --tags --all -o history.html
  leadscore history model.score --all --format csv > history.csv""",
)
@click.argument("model", type=click.Path())
@click.option(
    "--last", type=click.IntRange(min=1), metavar="N", help=f"The last N versions ({LAST} if nothing is said)."
)
@click.option("--since", metavar="DATE", help="Versions since that day, and the one in force before it.")
@click.option("--all", "whole", is_flag=True, help="All versions.")
@click.option("--tags", "tagged", is_flag=True, help="Only versions that a tag shows.")
@click.option(
    "--revision", metavar="REV", help="Look back from this commit, branch or tag, not from the file as it is."
)
@click.option("--format", "form", type=click.Choice(_FORMS), help="text, if the name of the output does not tell.")
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(), metavar="F", help="Write to this file: .csv, .xlsx, .html, …")
def command(
    model: str, last: int | None, since: str | None, whole: bool, tagged: bool, revision: str | None, form: str | None,
    output: str | None,
) -> int:  # fmt: skip
    """Write the history of MODEL, a rule file in git, as the sheet that teams keep by hand.

    A row for each rule, whatever it was called and wherever it stood; a column for each version that changed the
    meaning, not the text; in it points and limits; and the notes with their dates and who wrote them. Imports and sets
    count, and the file is followed when its name changes. A commit whose file has errors is told of."""
    if sum([last is not None, since is not None, whole]) > 1:
        raise Problem("--last, --since and --all each say how far back: choose one")
    form = _form(form, output)
    _check(model, form, output)
    sheet = _sheet(model, _Wanted(last, _day(since), whole=whole, tagged=tagged, revision=revision))
    _tell(sheet)
    _write(sheet, form, output)
    return 0


class _Wanted:
    """Which versions are asked for."""

    def __init__(self, last: int | None, since: str | None, *, whole: bool, tagged: bool, revision: str | None) -> None:
        self.since, self.whole, self.tagged, self.revision = since, whole, tagged, revision
        self.last = None if since is not None or whole else last or LAST

    def enough(self, marks: list[Commit | None]) -> bool:
        """Whether these versions, newest first, are all that is wanted."""
        if self.tagged or self.whole:
            return False
        if self.since is not None:
            return marks[-1] is not None and marks[-1].date < self.since
        return self.last is not None and len(marks) >= self.last

    def chosen(self, found: list[tuple[int, str]]) -> list[int]:
        """The numbers of the versions to be shown, of those that there are, with their dates, oldest first."""
        if self.last is not None:
            return [at for at, _ in found[-self.last :]]
        if self.since is not None:
            before = [at for at, date in found if date and date < self.since]
            return before[-1:] + [at for at, date in found if not date or date >= self.since]
        return [at for at, _ in found]


def _form(form: str | None, output: str | None) -> str:
    if form is not None:
        return form
    if output is None or output == "-":
        return "text"
    suffix = Path(output).suffix.lower().removeprefix(".")
    known = {"csv": "csv", "xlsx": "xlsx", "html": "html", "htm": "html", "json": "json", "txt": "text"}
    if suffix not in known:
        raise Problem(f"the name {output} does not tell in which form to write", hint="end it in .csv, .xlsx or .html")
    return known[suffix]


def _check(model: str, form: str, output: str | None) -> None:
    """Raises Problem before the work."""
    from cli.sheet.write import check_writer

    if form == "xlsx" and output in (None, "-"):
        raise Problem("a workbook is no text", hint="name a file with -o history.xlsx")
    check_writer(form)
    check_outputs([model], {"-o": output})
    path = Path(model)
    if path.is_dir():
        raise Problem(f"{model} is a folder: name the rule file")
    if path.is_file() and is_table(model, path.read_bytes()):
        raise Problem(f"{model} is a compiled table: name the rule file that it was made from")


def _day(text: str | None) -> str | None:
    from runtime.times import read_date, write_date

    try:
        return None if text is None else write_date(read_date(text))
    except ValueError as error:
        raise Problem(f"`{text}` is no day: {error}") from None


def _sheet(model: str, wanted: _Wanted) -> Sheet:
    from cli.sheet.commits import Past
    from cli.sheet.sheet import make
    from cli.sheet.walk import walk

    past = Past(model, wanted.revision or "HEAD")
    with _counting() as told:
        walked = walk(past, now=wanted.revision is None, enough=wanted.enough, told=told)
    if not walked.models:
        raise Problem(f"no version of {model} can be used; the newest: {walked.passed[0].wrong}", status=NO)
    marks = walked.marks
    commits = [walked.models[at].commit for at in marks]
    known = [commit for commit in commits if commit is not None]
    tags, aside = past.tags(known)
    if wanted.tagged:
        marks = [at for at, commit in zip(marks, commits, strict=True) if commit is not None and commit.hash in tags]
        if not marks:
            raise Problem("no tag shows a version of it", hint="leave out --tags", status=NO)
    dates = [(at, commit.date if (commit := walked.models[at].commit) is not None else "") for at in marks]
    chosen = wanted.chosen(dates)
    sheet = make(past, walked, chosen, tags)
    sheet.folded = walked.more or len(chosen) < len(marks)
    sheet.remarks = list(_remarks(past, wanted, aside))
    return sheet


def _remarks(past: Past, wanted: _Wanted, aside: list[str]) -> Iterator[str]:
    if past.shallow:
        yield "the clone is shallow: older commits are missing; `git fetch --unshallow` brings them"
    if wanted.tagged and aside:
        shown = ", ".join(aside[:5]) + (f" and {len(aside) - 5} more" if len(aside) > 5 else "")
        yield f"on another line of commits, so not shown: {shown}"


def _tell(sheet: Sheet) -> None:
    """What a reader must know of what is not in the sheet, to standard error."""
    for date, commit, who, why in sheet.passed:
        head = " ".join(each for each in (date, commit, f"({who})" if who else "") if each)
        print(visible(f"passed over: {head}: {why}"), file=sys.stderr)
    for remark in sheet.remarks:
        print(visible(remark), file=sys.stderr)
    if sheet.folded:
        print("older versions are left out: --all shows them", file=sys.stderr)


def _write(sheet: Sheet, form: str, output: str | None) -> None:
    from cli.sheet.write import as_text, write_workbook

    if output is None or output == "-":
        sys.stdout.write(as_text(sheet, form))
        return
    if form == "xlsx":
        write_workbook(sheet, output)
    else:
        write_lines(output, as_text(sheet, form).removesuffix("\n").split("\n"))
    print(visible(output))


@contextmanager
def _counting() -> Iterator[Callable[[int], None]]:
    """Tells on a terminal how many versions were looked at."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading the history") as status:
        yield lambda count: status.update(f"reading the history: version {count}")
