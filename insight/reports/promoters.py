"""Promoters: a net promoter score from survey answers; and, apart and never mixed in, what activity lets one infer.

**Said.** Of each lead the latest answer of a period counts. On either scale, 0 to 10 or 1 to 10, promoters answer 9 or
10, passives 7 or 8, and detractors less; the score is the share of promoters minus the share of detractors, from -100
to 100. Its interval is that of a difference of two shares of one sample, with one answer added to either side (an
adjusted Wald interval, which holds what it says with few answers too).

**Inferred.** Of each lead the days on which it did something are counted, in the last `window` days and in as many
before; answering is left out of it. It is inferred to be a promoter if there are more of them now, and at least
`REGULAR`; a detractor if it was active before and is so on less than half as many days now; else passive; and nothing
is inferred of a lead that did nothing in either. This knows nothing of what anybody thinks. How far it agrees with what
those leads said that did answer is shown beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from insight.reports.figures import LEVEL
from insight.reports.life import Life
from insight.reports.periods import Calendar, Period
from insight.reports.tables import Chart, Report, ReportError, Series, Table, Value, columns
from runtime.table import Table as Rules
from runtime.times import DAY

REGULAR = 3
"""Active days from which on a lead is there regularly."""
KINDS = ("promoter", "passive", "detractor")
SCALES = {"0-10": (0, 10), "1-10": (1, 10)}


@dataclass(frozen=True, slots=True)
class Survey:
    """The property that answers stand in, and the scale, from its lowest answer to its highest."""

    event: str
    field: str
    low: int
    high: int

    @property
    def scale(self) -> str:
        return f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Voice:
    """Of one lead: its answers (time, answer); how many lay off the scale; what its activity lets one infer; its
    account."""

    lead: str
    answers: tuple[tuple[int, int], ...]
    off: int
    inferred: str | None
    account: str | None


def survey_of(rules: Rules, asked: str | None, scale: str | None) -> Survey | None:
    """The survey: the property asked for as ``event.property``, or the only integer with bounds 0..10 or 1..10; None if
    there is none. `scale` is needed where the property has other bounds or none. Raises ReportError."""
    found = [
        (event, name, field)
        for event, kind in rules.events.items()
        for name, field in kind.properties.items()
        if field.type in ("integer", "number")
    ]
    if asked is None:
        bounded = [each for each in found if (each[2].low, each[2].high) in SCALES.values()]
        if not bounded:
            return None
        if len(bounded) > 1:
            names = ", ".join(f"{event}.{name}" for event, name, _ in bounded)
            raise ReportError("several properties may hold survey answers: name one with --survey", f"they are {names}")
        event, name, field = bounded[0]
    else:
        named = [each for each in found if f"{each[0]}.{each[1]}" == asked]
        if not named:
            names = ", ".join(f"{event}.{name}" for event, name, _ in found) or "none"
            raise ReportError(f"`{asked}` is no property of an event that holds numbers", f"those are {names}")
        event, name, field = named[0]
    bounds = SCALES.get(scale or "")
    if bounds is None:
        if (field.low, field.high) not in SCALES.values():
            raise ReportError(
                f"`{event}.{name}` does not say which scale its answers are on",
                f"say it with --scale 0-10 or --scale 1-10, or in the model: `{name}: integer 0..10`",
            )
        bounds = (0, 10) if field.low == 0 else (1, 10)
    return Survey(event, name, *bounds)


def take(lived: Life, survey: Survey | None, window: int) -> Voice:
    """What one lead said and did; `window` in microseconds."""
    answers: list[tuple[int, int]] = []
    off = 0
    days: tuple[set[int], set[int]] = (set(), set())
    for look in lived.looks:
        if survey is not None and look.event == survey.event:
            value = look.data.get(survey.field)
            if isinstance(value, int) and survey.low <= value <= survey.high:
                answers.append((look.at, value))
            elif value is not None:
                off += 1
        elif look.event is not None and not look.passive:
            ago = (lived.until - look.at) // window
            if ago < 2:
                days[ago].add(look.at // DAY)
    account = lived.plan.account
    named = None if account is None else lived.lead.attrs.get(account)
    return Voice(lived.id, tuple(answers), off, infer(len(days[0]), len(days[1])), named)


def infer(now: int, before: int) -> str | None:
    """What active days now and before let one infer."""
    if not now and not before:
        return None
    if now >= REGULAR and now > before:
        return "promoter"
    return "detractor" if before and 2 * now < before else "passive"


def kind_of(answer: int) -> str:
    return "promoter" if answer >= 9 else "passive" if answer >= 7 else "detractor"


def net(counts: Counter[str]) -> tuple[float | None, float | None, float | None]:
    """The score and its interval, from -100 to 100; None of nothing."""
    size = sum(counts[kind] for kind in KINDS)
    if not size:
        return None, None, None
    score = (counts["promoter"] - counts["detractor"]) / size
    up, down, whole = counts["promoter"] + 1, counts["detractor"] + 1, size + 2
    middle = (up - down) / whole
    spread = sqrt(max((up + down) / whole - middle**2, 0) / whole) * NormalDist().inv_cdf(0.5 + LEVEL / 2)
    low, high = min(middle - spread, score), max(middle + spread, score)
    return 100 * score, 100 * max(low, -1), 100 * min(high, 1)


# --- the report -------------------------------------------------------------------------------------------------------


def report(
    voices: Sequence[Voice], survey: Survey | None, calendar: Calendar, begin: int, at: int, window: int, least: int
) -> Report:
    """The report as of `at`; accounts are listed from `least` answers on."""
    periods = calendar.through(begin, at)
    tables, charts, remarks = [], [], []
    if survey is None:
        remarks.append("no event of the model holds survey answers, an integer 0..10 or 1..10: --survey EVENT.PROPERTY")
    else:
        said = _said(voices, survey, periods)
        tables += [said, _answers(voices, survey, periods[0].start), *_accounts(voices, periods[0].start, least)]
        charts = _charts(said, periods)
        off = sum(each.off for each in voices)
        if off:
            remarks.append(f"{off:,} answers lie off the scale of {survey.scale} and are left out")
    tables.append(_inferred(voices, window))
    if survey is not None:
        tables.append(_agreement(voices))
    return Report("promoters", "Promoters", tables, charts, remarks)


def _latest(voice: Voice, since: int, end: int) -> int | None:
    own = [answer for t, answer in voice.answers if since <= t < end]
    return own[-1] if own else None


def _row(counts: Counter[str]) -> tuple[Value, ...]:
    return (counts.total(), *(counts[kind] for kind in KINDS), *net(counts))


_COUNTED = ("promoters:count", "passives:count", "detractors:count", "net score:number", "at least:number",
            "at most:number")  # fmt: skip


def _said(voices: Sequence[Voice], survey: Survey, periods: Sequence[Period]) -> Table:
    table = Table(
        "said",
        f"Net promoter score from answers to {survey.event}.{survey.field}, on a scale of {survey.scale}",
        columns("period", "leads:count", *_COUNTED),
        notes=[f"the latest answer of each lead in the period; at least and at most: an interval of {LEVEL:.0%}"],
    )
    for period in periods:
        latest = (_latest(each, period.start, period.end) for each in voices)
        table.rows.append((period.name, *_row(Counter(kind_of(answer) for answer in latest if answer is not None))))
    if len(periods) > 1:
        latest = (_latest(each, periods[0].start, periods[-1].end) for each in voices)
        table.rows.append(("all", *_row(Counter(kind_of(answer) for answer in latest if answer is not None))))
    if periods[-1].partial:
        table.notes.append("* a period that is not over")
    return table


def _answers(voices: Sequence[Voice], survey: Survey, since: int) -> Table:
    counts = Counter(answer for each in voices for t, answer in each.answers if t >= since)
    table = Table("answers", "All answers", columns("answer:count", "means", "answers:count"))
    for answer in range(survey.high, survey.low - 1, -1):
        table.rows.append((answer, kind_of(answer), counts[answer]))
    return table


def _accounts(voices: Sequence[Voice], since: int, least: int) -> list[Table]:
    """The happiest and the unhappiest accounts, by the mean of the latest answers of their leads."""
    found: dict[str, list[int]] = {}
    for each in voices:
        own = [answer for t, answer in each.answers if t >= since]
        if own and each.account is not None:
            found.setdefault(each.account, []).append(own[-1])
    known = [(sum(own) / len(own), name, own) for name, own in found.items() if len(own) >= least]
    tables = []
    for name, title, order in (
        ("happiest", "Happiest accounts", sorted(known, key=lambda each: (-each[0], -len(each[2]), each[1]))),
        ("unhappiest", "Unhappiest accounts", sorted(known, key=lambda each: (each[0], -len(each[2]), each[1]))),
    ):
        table = Table(
            name, title, columns("account", "leads that answered:count", "mean answer:number", "lowest:count"),
            notes=["by the mean of the latest answers of the account's leads"], empty="no account has answers",
        )  # fmt: skip
        table.rows = [(account, len(own), mean, min(own)) for mean, account, own in order[:10]]
        tables.append(table)
    return tables


def _inferred(voices: Sequence[Voice], window: int) -> Table:
    days = window // DAY
    counts = Counter(each.inferred for each in voices if each.inferred is not None)
    table = Table(
        "inferred",
        "Inferred from activity alone: no answer of anybody is in it",
        columns("leads:count", *_COUNTED[:3], "net, inferred:number"),
        notes=[
            f"promoter: active on {REGULAR} days or more of the last {days}, and on more than in the {days} before",
            "detractor: active before, and on less than half as many days now; nothing is inferred of the inactive",
        ],
    )
    row = _row(Counter({kind: counts[kind] for kind in KINDS}))
    table.rows.append(row[:5])
    return table


def _agreement(voices: Sequence[Voice]) -> Table:
    pairs = Counter((kind_of(each.answers[-1][1]), each.inferred) for each in voices if each.answers)
    table = Table(
        "agreement", "What was inferred of the leads that answered",
        columns("said", *(f"inferred {kind}:count" for kind in KINDS), "nothing inferred:count"),
        notes=["if what leads said lies all over a row, activity says little of what they think"],
    )  # fmt: skip
    for kind in KINDS:
        table.rows.append((kind, *(pairs[kind, other] for other in KINDS), pairs[kind, None]))
    return table


def _charts(said: Table, periods: Sequence[Period]) -> list[Chart]:
    rows = said.rows[: len(periods)]
    if len(periods) < 2 or all(row[5] is None for row in rows):
        return []
    values: list[list[float | None]] = [
        [None if row[at] is None else float(str(row[at])) for row in rows] for at in (5, 6, 7)
    ]
    labels = [period.name for period in periods]
    return [Chart(f"Net promoter score, with an interval of {LEVEL:.0%}", labels,
                  [Series("net score", *values)], "lines", "from -100 to 100")]  # fmt: skip
