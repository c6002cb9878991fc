"""What is known about a model on the day of its review: what git knows of it, and what recorded events say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli.problem import Problem
from cli.recorded import Recorded, recording, report_rejects, say
from cli.reporting.handed import Handing
from compiler.compile import Compilation
from insight.reports.handovers import Terms
from insight.reports.life import life
from insight.reports.tables import ReportError
from insight.reviews.extra import Reason, reasons
from insight.reviews.signs import Counts, Signs, Stretch, signs
from runtime.times import read_date, write_date

if TYPE_CHECKING:
    from cli.sheet.sheet import Sheet
    from insight.recorded import Recording
    from runtime.dynamo.model import Model


@dataclass(slots=True)
class Told:
    """What the events say: counts of the stretch before and of the one since, reasons for an extra review, and what a
    reader must know of them."""

    stretch: Stretch
    signs: Signs
    reasons: list[Reason]
    handed: bool
    remarks: list[str] = field(default_factory=list)


def begun(path: str, compilation: Compilation) -> int | None:
    """When a model was begun: the day of its first commit, or else of its oldest note; None if neither is known. Of a
    shallow clone, which lacks the first commit, only the notes count."""
    from cli.sheet.commits import git
    from cli.sheet.remarks import remarks

    folder, dates = Path(path).parent, []
    asked = ["--literal-pathspecs", "log", "--follow", "--format=%cs", "--", Path(path).name]
    with suppress(Problem):  # without git there are the notes
        if folder.is_dir() and (git(["rev-parse", "--is-shallow-repository"], folder) or "").strip() == "false":
            dates = (git(asked, folder) or "").split()
    dates = dates or [each.date for each in remarks(compilation)]
    return min(map(read_date, dates), default=None)


def history(path: str, since: int) -> tuple[Sheet | None, str | None]:
    """What changed in meaning since a day; or why that is not known."""
    from cli.sheet.commits import Commit, Past
    from cli.sheet.sheet import make
    from cli.sheet.walk import walk

    day = write_date(since)

    def enough(marks: Sequence[Commit | None]) -> bool:
        return marks[-1] is not None and marks[-1].date <= day

    try:
        past = Past(path)
        walked = walk(past, now=True, enough=enough)
    except Problem as problem:
        return None, problem.message
    if not walked.models:
        return None, "no version of it in git can be used"
    commits = [(at, walked.models[at].commit) for at in walked.marks]
    before = [at for at, commit in commits if commit is not None and commit.date <= day]
    chosen = before[-1:] + [at for at, commit in commits if commit is None or commit.date > day]
    return make(past, walked, chosen, past.tags([commit for _, commit in commits if commit is not None])[0]), None


def told(
    given: Recorded, model: Model, handing: Handing, since: int | None, at: int | None, pace: int, minimum: int
) -> Told:
    """What recorded events say since the last review, or over the last `pace` without any. Raises Problem."""
    remarks: list[str] = []
    terms = _terms(handing, model, remarks)
    with recording(given, [model]) as found:
        say(report_rejects(found, ["model"]))
        if found.newest is None:
            raise Problem(
                "there is no event to look at", hint="lines that were rejected are counted above, if any were"
            )
        until = at if at is not None else found.newest
        begin = since if since is not None and since < until else until - pace
        stretch = Stretch(begin, until)
        counts, unfit = _count(found, model, stretch, terms, handing)
        remarks += found.remarks
    if unfit:
        remarks.append(f"{unfit:,} leads begin with expired events of another model and are left out")
    if not counts[1].events:
        remarks.append("no event came since then, so nothing is said of rules that stopped")
    return Told(stretch, counts, reasons(counts, model.table, minimum), terms is not None, remarks)


def _terms(handing: Handing, model: Model, remarks: list[str]) -> Terms | None:
    """What counts as qualified, accepted and rejected; without it, if it was not asked for, a remark says so."""
    try:
        return handing.terms(model.table)
    except ReportError as error:
        if handing != Handing():
            raise Problem(str(error), hint=error.hint) from None
        remarks.append(f"nothing is said of acceptance: {error}" + (f" ({error.hint})" if error.hint else ""))
        return None


def _count(
    found: Recording, model: Model, stretch: Stretch, terms: Terms | None, handing: Handing
) -> tuple[Signs, int]:
    """The counts of all leads, and how many could not be folded. Raises Problem."""
    from insight.crew import CrewError, over

    asks = handing.asks(model)

    def shelf(number: int) -> tuple[Signs, int]:
        whole, unfit = (Counts(), Counts()), 0
        for kept in found.shelf(number):
            try:
                lived = life(kept, model, stretch.at, asks=asks, scored=True)
            except ValueError:
                unfit += 1
                continue
            if lived is not None:
                for side, counts in zip(whole, signs(lived, stretch, terms), strict=True):
                    side.add(counts)
        return whole, unfit

    total, left = (Counts(), Counts()), 0
    try:
        for counted, unfit in over(found.shelves, shelf, events=found.fingerprint.events):
            left += unfit
            for side, counts in zip(total, counted, strict=True):
                side.add(counts)
    except CrewError as error:
        raise Problem(str(error)) from None
    return total, left
