"""Makes a report: reads the events, folds every lead, takes from each what the report needs, and writes it.

Leads are folded by as many processes as they are worth, a shelf at a time; what comes back of a lead is the small
record that a report takes of it, and these are in the order of the leads' ids, however they were spread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.model import load_model
from cli.problem import Problem, reason
from cli.recorded import recording, report_rejects, say
from cli.reporting.forms import as_csv, as_json, print_text
from cli.reporting.options import Asked, unknown
from cli.writing import check_writable, write_lines
from insight.reports.life import Asks, Life, life
from insight.reports.periods import Calendar, PeriodError
from insight.reports.tables import Report, ReportError
from runtime.times import write_instant

if TYPE_CHECKING:
    from insight.recorded import Recording
    from runtime.dynamo.model import Model
    from runtime.table import Table

Taken = tuple[str, int, Any]
"""A lead, its first event, and what the report takes of it."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a report is made of: the records of all leads by their ids, the instant, the calendar, and the first instant
    that the periods must hold."""

    records: list[Any]
    at: int
    calendar: Calendar
    begin: int
    table: Table
    model: Model


def carry_out(
    asked: Asked,
    check: Callable[[Table], Any],
    take: Callable[[Life], Any],
    make: Callable[[Given], Report],
    *,
    asks: Callable[[Model], Asks] | None = None,
    scored: bool = False,
    reads: Sequence[str] = (),
) -> int:
    """Make a report and write it. `check` sees the model before any event is read; `take` makes the record of a lead,
    None to leave it out; `make` the report; `asks` says what is asked
    beside, `reads` which further files are read. Raises Problem."""
    from runtime.dynamo.model import Model

    asked.check(*reads)
    loaded = load_model(asked.model)
    try:
        calendar = Calendar(asked.by, asked.zone)
        check(loaded.table)
        with loaded.trusted():
            model = Model(loaded.table)
        with recording(asked.recorded, [model]) as found:
            say(report_rejects(found, ["model"]))
            at = _instant(asked, found)
            fold = _Folding(found, model, at, take, None if asks is None else asks(model), scored)
            records, first, unfit, cut = fold.carry_out(asked.jobs)
            events = found.fingerprint
            remarks = found.remarks
        given = Given(records, at, calendar, _begin(asked, first, at), loaded.table, model)
        report = make(given)
    except ReportError as error:
        raise Problem(str(error), hint=error.hint) from None
    except PeriodError as error:
        raise Problem(str(error)) from None
    report.facts = {
        "model": loaded.table.model, "at": write_instant(at), "zone": asked.zone, "by": asked.by,
        "events": f"{events.events:,}", "hash": events.hash[:12],
    }  # fmt: skip
    report.remarks += remarks
    if cut:
        report.remarks.append(
            f"{cut:,} leads begin with expired events: of these, only the last entry into each stage is known"
        )
    if unfit:
        report.remarks.append(f"{unfit:,} leads begin with expired events of another model and are left out")
    write(report, asked)
    return 0


def _instant(asked: Asked, found: Recording) -> int:
    at = asked.at if asked.at is not None else asked.now
    at = at if at is not None else found.newest
    if at is None:
        raise Problem("there is no event to report on", hint="lines that were rejected are counted above, if any were")
    return at


def _begin(asked: Asked, first: int | None, at: int) -> int:
    """The first instant to be shown. Raises Problem for an empty stretch."""
    if first is None:
        raise Problem(f"no lead has an event up to {write_instant(at)}", hint="name a later --at")
    if asked.since is not None and asked.since > at:
        raise Problem(f"the period is empty: --from is after {write_instant(at)}, which the report is as of")
    return first if asked.since is None else asked.since


@dataclass(frozen=True, slots=True)
class _Folding:
    found: Recording
    model: Model
    at: int
    take: Callable[[Life], Any]
    asks: Asks | None
    scored: bool

    def shelf(self, number: int) -> tuple[list[Taken], int, int]:
        """The leads of one shelf, how many could not be folded, and of how many events have expired."""
        records, unfit, cut = [], 0, 0
        for history in self.found.shelf(number):
            try:
                lived = life(history, self.model, self.at, asks=self.asks, scored=self.scored)
            except ValueError:
                unfit += 1
                continue
            if lived is not None:
                cut += lived.cut is not None
                records.append((lived.id, lived.first, self.take(lived)))
        return records, unfit, cut

    def carry_out(self, jobs: int | None) -> tuple[list[Any], int | None, int, int]:
        """The records of all leads by id, the time of the first event, and the two counts of all shelves."""
        from insight.crew import CrewError, over

        both: list[Taken] = []
        unfit = cut = 0
        try:
            for records, left, short in over(
                self.found.shelves, self.shelf, jobs=jobs, events=self.found.fingerprint.events
            ):
                both += records
                unfit += left
                cut += short
        except CrewError as error:
            raise Problem(str(error)) from None
        both.sort(key=lambda each: each[0])
        first = min((each[1] for each in both), default=None)
        return [each[2] for each in both if each[2] is not None], first, unfit, cut


# --- writing ----------------------------------------------------------------------------------------------------------


def write(report: Report, asked: Asked) -> None:
    """Write a report as was asked. Raises Problem."""
    names = [table.name for table in report.tables]
    if asked.table is not None and asked.table not in names:
        raise unknown("table", asked.table, names)
    if asked.plot is not None:
        from cli.reporting.draw import draw

        draw(report, asked.plot)
    if asked.folder is not None:
        _fill(report, Path(asked.folder))
        return
    if asked.form == "text" and asked.out is None:
        print_text(report, asked.table)
        return
    text = _text(report, asked)
    if asked.out is None:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        write_lines(asked.out, [text.rstrip("\n")] if asked.form != "csv" else [text[:-1]])
    others = [name for name in names if name != (asked.table or names[0])]
    if asked.form == "csv" and asked.table is None and others:
        say([f"this is the table {names[0]}; --table gives {', '.join(others)}, --folder DIR writes them all"])


def _text(report: Report, asked: Asked) -> str:
    if asked.form == "json":
        return as_json(report)
    if asked.form == "html":
        from cli.reporting.page import page

        return page(report)
    if asked.form == "csv":
        return as_csv(next(each for each in report.tables if asked.table in (None, each.name)))
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as out:
        print_text(report, asked.table)
    return out.getvalue()


def _fill(report: Report, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{folder} is no folder for tables: {reason(error)}") from None
    said: list[str] = []
    for table in report.tables:
        path = str(folder / f"{table.name}.csv")
        check_writable(path)
        write_lines(path, [as_csv(table)[:-1]])
        said.append(path)
    say([f"written: {', '.join(said)}"])
