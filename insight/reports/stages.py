"""The funnel: how many leads stand in each buying stage, how long they stay, and who goes on.

A lead enters the first stage with its first event; every move of a trigger leaves one stage and enters another, at that
very instant, so a stage may be passed in no time. A stay that goes on is never mixed with those that ended: its span is
shown apart, and goes into the Kaplan-Meier median as what it is, a lower bound.

Conversion is told by cohort: the leads that entered a stage for the first time within one period. Of these some have
since stood in a later stage of the main path (converted), some stand in the stage still (open), and the others have
left it another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from insight.reports.figures import quartiles, share, survival_median, wilson
from insight.reports.forecast import forecast
from insight.reports.paths import Path, Stay
from insight.reports.periods import Calendar, Period, place
from insight.reports.tables import Chart, Report, Series, Table, columns
from runtime.table import Stages

Fate = tuple[int | None, bool]
"""How long a lead of a cohort took to convert, None if it has not; and whether it is open."""


def report(paths: Sequence[Path], stages: Stages, calendar: Calendar, begin: int, at: int) -> Report:
    """The report as of `at`, for the periods from that of `begin` on."""
    periods = calendar.through(begin, at)
    flow = _flow(paths, stages, periods)
    cohorts, rates = _conversion(paths, stages, periods)
    coming, remarks = forecast(paths, stages, calendar.kind, at)
    return Report(
        "stages",
        "Buying stages",
        [_standing(paths, stages, periods[0].start, at), flow, cohorts, coming],
        [_chart_now(paths, stages), *rates],
        remarks,
    )


# --- where leads stand ------------------------------------------------------------------------------------------------


def _standing(paths: Sequence[Path], stages: Stages, since: int, at: int) -> Table:
    table = Table(
        "stages",
        "Where leads stand, and how long they stay",
        columns(
            "stage", "now:count", "entered:count", "left:count", "stay, lower quartile:span", "stay, median:span",
            "stay, upper quartile:span", "open so far, median:span", "median with open:span",
        ),
        notes=[
            "entered and left: since the first period shown; stays: those that ended since then",
            "median with open: by Kaplan-Meier, where a stay that goes on lasts at least as long as it has",
        ],
    )  # fmt: skip
    stays: dict[str, list[Stay]] = {stage: [] for stage in (*stages.path, *stages.beside)}
    for path in paths:
        for stay in path.stays:
            stays[stay[0]].append(stay)
    for stage, own in stays.items():
        ended = [end - start for _, start, end in own if end is not None and end >= since]
        going = [at - start for _, start, end in own if end is None]
        entered = sum(start >= since for _, start, _ in own)
        spans = (*quartiles(ended), quartiles(going)[1], survival_median(ended, going))
        table.rows.append((stage, len(going), entered, len(ended), *spans))
    return table


def _flow(paths: Sequence[Path], stages: Stages, periods: Sequence[Period]) -> Table:
    table = Table(
        "periods",
        "Entered, left and standing, by period",
        columns("period", "stage", "entered:count", "left:count", "at its end:count"),
        notes=["* a period that is not over" if periods[-1].partial else ""],
    )
    names = (*stages.path, *stages.beside)
    counts = {(at, name): [0, 0] for at in range(len(periods)) for name in names}
    before = dict.fromkeys(names, 0)
    for name, start, end in (stay for path in paths for stay in path.stays):
        for t, way in ((start, 0), (end, 1)):
            if t is None:
                continue
            at = place(periods, t)
            if at is not None:
                counts[at, name][way] += 1
            elif t < periods[0].start:
                before[name] += 1 - 2 * way
    for at, period in enumerate(periods):
        for name in names:
            entered, left = counts[at, name]
            before[name] += entered - left
            table.rows.append((period.name, name, entered, left, before[name]))
    table.notes = [note for note in table.notes if note]
    return table


def _chart_now(paths: Sequence[Path], stages: Stages) -> Chart:
    names = [*stages.path, *stages.beside]
    now = [float(sum(path.stays[-1][0] == name for path in paths)) for name in names]
    return Chart("Leads in each stage now", names, [Series("leads", [*now])], "rows", "leads")


# --- from stage to stage ----------------------------------------------------------------------------------------------


def _conversion(paths: Sequence[Path], stages: Stages, periods: Sequence[Period]) -> tuple[Table, list[Chart]]:
    table = Table(
        "conversion",
        "Conversion from stage to stage, by cohort",
        columns(
            "from", "to", "entered in", "entered:count", "converted:count", "left otherwise:count", "open:count",
            "so far:share", "of decided:share", "at least:share", "at most:share", "time to convert, median:span",
        ),
        notes=[
            ("a cohort is the leads that entered the stage for the first time in that period; converted: stood in a "
            "later stage of the path since"),
            "so far: converted of all; of decided: of those that are not open, with an 80% interval (Wilson)",
        ],
        empty="no lead entered a stage from which there is a way on",
    )  # fmt: skip
    series = []
    for stage, after in pairwise(stages.path):
        rates: list[float | None] = []
        fates = _fates(paths, stages, stage, periods)
        for period, own in zip(periods, fates, strict=True):
            row = _cohort(own)
            rates.append(row[4])
            if own:
                table.rows.append((stage, after, period.name, *row))
        series.append(Series(f"{stage} → {after}", rates))
    labels = [period.name for period in periods]
    chart = Chart("Converted so far, by cohort", labels, series, "lines", share=True)
    return table, [chart] if len(periods) > 1 else []


def _fates(paths: Sequence[Path], stages: Stages, stage: str, periods: Sequence[Period]) -> list[list[Fate]]:
    """What became of each lead of each cohort of a stage."""
    later = set(stages.path[stages.path.index(stage) + 1 :])
    found: list[list[Fate]] = [[] for _ in periods]
    for path in paths:
        order = next((at for at, stay in enumerate(path.stays) if stay[0] == stage), None)
        if order is None:
            continue
        entered = path.stays[order][1]
        at = place(periods, entered)
        if at is not None:
            reached = next((start for name, start, _ in path.stays[order:] if name in later), None)
            time = None if reached is None else reached - entered
            found[at].append((time, time is None and path.stays[-1][0] == stage))
    return found


def _cohort(fates: Sequence[Fate]) -> tuple[int | float | None, ...]:
    times = [time for time, _ in fates if time is not None]
    still = sum(open_ for _, open_ in fates)
    decided = len(fates) - still
    rate = (share(len(times), decided), *wilson(len(times), decided))
    return (
        len(fates),
        len(times),
        decided - len(times),
        still,
        share(len(times), len(fates)),
        *rate,
        quartiles(times)[1],
    )
