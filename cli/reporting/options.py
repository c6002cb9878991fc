"""What every report takes: the events, the instant, the periods, and where it is written.

`takes_report` gives a command the options, `Asked` holds what was said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeVar

import click

from cli.inputs import read_time
from cli.problem import Problem, did_you_mean
from cli.recorded import Recorded, takes_recorded
from cli.writing import check_outputs

_Command = TypeVar("_Command", bound=Callable[..., Any])
SPANS = ("day", "week", "month", "quarter", "half", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of a report; times in microseconds, None where not given."""

    model: str
    events: tuple[str, ...] = ()
    source: str | None = None
    db: str | None = None
    export: str | None = None
    now: int | None = None
    at: int | None = None
    by: str = "month"
    zone: str = "UTC"
    since: int | None = None
    jobs: int | None = None
    form: str = "text"
    table: str | None = None
    out: str | None = None
    folder: str | None = None
    plot: str | None = None

    @property
    def recorded(self) -> Recorded:
        return Recorded(events=self.events, source=self.source, db=self.db, export=self.export, now=self.now)

    def check(self, *more: str | None) -> None:
        """Raises Problem where options don't go together, or something can't be written; `more` are further files that
        are read."""
        self.recorded.check()
        if self.out is not None and self.folder is not None:
            raise Problem("--out writes one file, --folder a file for each table: choose one")
        if self.table is not None and (self.form in ("json", "html") or self.folder is not None):
            raise Problem("--table chooses one table of the text or the CSV; the other forms hold them all")
        if self.plot is not None and not self.plot.lower().endswith((".svg", ".png")):
            raise Problem(f"{self.plot} is neither an .svg nor a .png file")
        read = [self.model, *self.events, self.db, *more]
        check_outputs(read, {"--out": self.out, "--plot": self.plot})
        check_extra()


def check_extra() -> None:
    """Raises Problem where the packages that compute and draw are missing: to be called before the work."""
    if any(find_spec(name) is None for name in ("jinja2", "matplotlib", "numpy", "scipy")):
        raise Problem(
            "reports are computed by scipy and drawn by matplotlib, which are missing",
            hint="pip install 'leadscore[insight]'",
        )


def takes_report(command: _Command) -> _Command:
    """Give a command the argument MODEL and the options that all reports have."""
    file = click.Path()
    options = [
        click.argument("model", type=file, required=False),
        click.option("--at", callback=read_time, metavar="T",
                     help="As of this instant; by itself --now, or else the newest event's time."),
        click.option("--by", type=click.Choice(SPANS), default="month", show_default=True, help="The periods."),
        click.option("--zone", default="UTC", show_default=True, metavar="Z",
                     help="The time zone whose midnights begin them, such as Europe/Berlin."),
        click.option("--from", "since", callback=read_time, metavar="T",
                     help="Begin with the period of T; by itself that of the first event."),
        click.option("--jobs", type=click.IntRange(1), metavar="N", help="How many processes."),
        click.option("--format", "form", type=click.Choice(["text", "csv", "json", "html"]), default="text",
                     show_default=True, help="html: one page with charts that needs nothing beside itself."),
        click.option("--table", metavar="NAME", help="One table of the report only."),
        click.option("-o", "--out", type=file, metavar="F", help="Write to this file."),
        click.option("--folder", type=file, metavar="DIR", help="Write each table as a CSV file into this folder."),
        click.option("--plot", type=file, metavar="F", help="Draw the charts to this .svg or .png file."),
    ]  # fmt: skip
    command = takes_recorded(command)
    for option in reversed(options):
        command = option(command)
    return command


def unknown(noun: str, name: str, known: list[str]) -> Problem:
    """There is no such thing; these are there."""
    hint = f"its {noun}s are {', '.join(known)}" if known else None
    return Problem(f"there is no {noun} `{name}`{did_you_mean(name, known)}", hint=hint)
