"""Acceptance: of the leads that marketing handed over as qualified, how many did sales accept, and how soon.

The rate is accepted of accepted and rejected. Undecided handovers are outside of it and shown; so are those that
lapsed. A handover belongs to the cohort of the period in which the lead qualified, whenever it was decided, so a young
cohort's rate still moves.

Of a service level of D, a handover met it if it was decided within D, and missed it if it was decided later or waits
for longer than D already; one that waits for less is neither yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from insight.reports.figures import quartiles, share, survival_median, wilson
from insight.reports.handovers import Fate, Handled, Handover, Terms
from insight.reports.periods import Calendar, Period, place
from insight.reports.tables import Chart, Report, Series, Table, Value, columns

_MEASURES = (
    "handed over:count", "accepted:count", "rejected:count", "lapsed:count", "undecided:count", "acceptance:share",
    "at least:share", "at most:share", "time to decision, median:span",
)  # fmt: skip
NOBODY = "(none)"
"""Stands for a campaign or group that is not known."""


def report(
    handled: Sequence[Handled], terms: Terms, calendar: Calendar, begin: int, at: int, level: int | None = None
) -> Report:
    """The report as of `at`, of the handovers from the period of `begin` on; `level` is the service level, if one was
    agreed."""
    periods = calendar.through(begin, at)
    shown = [each for lead in handled for each in lead.handovers if each.at >= periods[0].start]
    cohorts = _cohorts(shown, periods, at, level)
    tables = [cohorts, _reasons(shown)]
    for name, first, title, of in _cuts(terms):
        tables.append(_by(_table(name, title, first, level), shown, of, at, level))
    tables += [_times(shown, at, level), _waiting(shown, at, level)]
    remarks = []
    beside = sum(each.beside is not None and each.beside >= periods[0].start for each in handled)
    if beside:
        were = "lead was" if beside == 1 else "leads were"
        remarks.append(f"{beside:,} {were} accepted without having been handed over, and in no number here")
    return Report("acceptance", "Marketing qualified to sales accepted", tables, _charts(shown, periods), remarks)


def _cuts(terms: Terms) -> list[tuple[str, str, str, Callable[[Handover], str | None]]]:
    """By what handovers are told apart: a table's name, its first column, its title, and what a handover belongs to."""

    def group(name: str) -> Callable[[Handover], str | None]:
        return lambda each: each.groups.get(name)

    return [
        ("rules", "rule", "By the rule that carried the lead over the line", lambda each: each.carried),
        ("campaigns", "campaign", "By the campaign that the lead responded to last", lambda each: each.campaign),
        *((f"by-{name}", name, f"By {name}, as it was at the handover", group(name)) for name in terms.groups),
    ]


def _measured(own: Sequence[Handover], at: int, level: int | None) -> list[Value]:
    counts = Counter(each.fate for each in own)
    accepted, rejected = counts[Fate.ACCEPTED], counts[Fate.REJECTED]
    decided = [each.waited(at) for each in own if each.fate in (Fate.ACCEPTED, Fate.REJECTED)]
    row: list[Value] = [
        len(own), accepted, rejected, counts[Fate.LAPSED], counts[Fate.UNDECIDED],
        share(accepted, accepted + rejected), *wilson(accepted, accepted + rejected), quartiles(decided)[1],
    ]  # fmt: skip
    if level is not None:
        met, missed = _service(own, at, level)
        row.append(share(met, met + missed))
    return row


def _service(own: Sequence[Handover], at: int, level: int) -> tuple[int, int]:
    """How many handovers met the service level, and how many missed it; those that lapsed count as neither."""
    met = sum(each.decided is not None and each.fate is not Fate.LAPSED and each.waited(at) <= level for each in own)
    late = sum(each.fate is not Fate.LAPSED and each.waited(at) > level for each in own)
    return met, late


def _table(name: str, title: str, first: str, level: int | None) -> Table:
    service = () if level is None else ("within the service level:share",)
    empty = "no lead was handed over in these periods"
    return Table(name, title, columns(first, *_MEASURES, *service), empty=empty)


def _cohorts(shown: Sequence[Handover], periods: Sequence[Period], at: int, level: int | None) -> Table:
    table = _table("acceptance", "Acceptance by cohort of qualification", "qualified in", level)
    own: list[list[Handover]] = [[] for _ in periods]
    for each in shown:
        where = place(periods, each.at)
        if where is not None:
            own[where].append(each)
    for period, handovers in zip(periods, own, strict=True):
        table.rows.append((period.name, *_measured(handovers, at, level)))
    if len(periods) > 1:
        table.rows.append(("all", *_measured(shown, at, level)))
    table.notes = [
        "acceptance: accepted of accepted and rejected, with an 80% interval (Wilson); undecided ones apart",
        "lapsed: went back by itself, or was handed over anew, before anybody decided",
    ]
    if periods[-1].partial:
        table.notes.append("* a period that is not over")
    return table


def _reasons(shown: Sequence[Handover]) -> Table:
    reasons = Counter(each.reason or "(none given)" for each in shown if each.fate is Fate.REJECTED)
    table = Table(
        "reasons", "Why sales rejected", columns("reason", "rejected:count", "of rejected:share"),
        empty="no handover was rejected",
    )  # fmt: skip
    for reason, count in sorted(reasons.items(), key=lambda each: (-each[1], each[0])):
        table.rows.append((reason, count, share(count, reasons.total())))
    return table


def _by(
    table: Table, shown: Sequence[Handover], of: Callable[[Handover], str | None], at: int, level: int | None
) -> Table:
    groups: dict[str, list[Handover]] = {}
    for each in shown:
        groups.setdefault(of(each) or NOBODY, []).append(each)
    for group, own in sorted(groups.items(), key=lambda each: (-len(each[1]), each[0])):
        table.rows.append((group, *_measured(own, at, level)))
    if table.name == "rules":
        table.notes = ["the rule that gave most points at the look at which the lead qualified; or the event, or time"]
    return table


def _times(shown: Sequence[Handover], at: int, level: int | None) -> Table:
    table = Table(
        "times",
        "Time to a decision",
        columns("decision", "handovers:count", "lower quartile:span", "median:span", "upper quartile:span",
                *(() if level is None else ("within the service level:share",))),
        notes=["waiting: what has passed so far; within the median of all, half of all are decided (Kaplan-Meier)"],
        empty="no lead was handed over in these periods",
    )  # fmt: skip
    if not shown:
        return table
    for fate in (Fate.ACCEPTED, Fate.REJECTED, Fate.UNDECIDED):
        own = [each for each in shown if each.fate is fate]
        service: tuple[Value, ...] = ()
        if level is not None:
            met, missed = _service(own, at, level)
            service = (share(met, met + missed),)
        name = "undecided, waiting" if fate is Fate.UNDECIDED else fate.value
        table.rows.append((name, len(own), *quartiles([each.waited(at) for each in own]), *service))
    judged = [each for each in shown if each.fate is not Fate.LAPSED]
    ended = [each.waited(at) for each in judged if each.decided is not None]
    going = [each.waited(at) for each in judged if each.decided is None]
    last: tuple[Value, ...] = ()
    if level is not None:
        met, missed = _service(judged, at, level)
        last = (share(met, met + missed),)
    table.rows.append(("all", len(judged), None, survival_median(ended, going), None, *last))
    return table


def _waiting(shown: Sequence[Handover], at: int, level: int | None) -> Table:
    """The leads that wait, the longest first; with a service level those that wait beyond it."""
    own = [each for each in shown if each.fate is Fate.UNDECIDED and (level is None or each.waited(at) > level)]
    beyond = () if level is None else ("beyond it by:span",)
    table = Table(
        "waiting",
        "Waiting for sales now" if level is None else "Waiting for sales beyond the service level now",
        columns("lead", "qualified at:time", "waits for:span", *beyond, "rule", "campaign"),
        empty="nobody",
    )
    for each in sorted(own, key=lambda each: (each.at, each.lead)):
        late = () if level is None else (each.waited(at) - level,)
        table.rows.append((each.lead, each.at, each.waited(at), *late, each.carried, each.campaign or ""))
    return table


def _charts(shown: Sequence[Handover], periods: Sequence[Period]) -> list[Chart]:
    if not shown:
        return []
    labels = [period.name for period in periods]
    counts = {fate: [0] * len(periods) for fate in Fate}
    for each in shown:
        where = place(periods, each.at)
        if where is not None:
            counts[each.fate][where] += 1
    stack = Chart(
        "Handovers by cohort, and what became of them", labels,
        [Series(fate.value, [float(count) for count in own]) for fate, own in counts.items()], "stack", "handovers",
    )  # fmt: skip
    yes, no = counts[Fate.ACCEPTED], counts[Fate.REJECTED]
    pairs = list(zip(yes, no, strict=True))
    bounds = [wilson(one, one + two) for one, two in pairs]
    rate = Series("acceptance", [share(one, one + two) for one, two in pairs],
                  [low for low, _ in bounds], [high for _, high in bounds])  # fmt: skip
    line = Chart("Acceptance of decided handovers, with an 80% interval", labels, [rate], "lines", share=True)
    return [stack, line] if len(periods) > 1 else [stack]
