"""What was spent: a CSV file with a period, an amount, and, if there are, a currency and a campaign in each row.

    period,amount,currency,campaign
    2026-01,12000.00,EUR,spring fair
    2026-02-14,350.50,EUR,webinar

A period is a day (2026-02-14), a week (2026-W07), a month, a quarter (2026-Q1), a half (2026-H1) or a year. The amount
of a row is spread evenly over its days, so that it can be counted by other periods; amounts stay exact fractions until
they are shown. A day between the first and the last that no row names is a gap: nobody knows what was spent then.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from insight.reports.periods import Calendar
from insight.reports.tables import ReportError

NAMES = ("period", "amount", "currency", "campaign")
_FORMS = {
    "day": r"(\d{4})-(\d{2})-(\d{2})", "week": r"(\d{4})-W(\d{2})", "month": r"(\d{4})-(\d{2})",
    "quarter": r"(\d{4})-Q([1-4])", "half": r"(\d{4})-H([12])", "year": r"(\d{4})",
}  # fmt: skip
_SHOWN = 3


@dataclass(slots=True)
class Spend:
    """`days` holds what was spent on each day that a row names, by campaign; `currency` is None if none is said."""

    days: dict[date, dict[str | None, Fraction]] = field(default_factory=dict)
    currency: str | None = None
    zero: bool = False
    """Whether a day that no row names costs nothing."""

    def on(self, begin: date, end: date, campaign: str | None = None, *, of_all: bool = True) -> Fraction | None:
        """What was spent from a day up to, not including, another one; None where a day is not known."""
        total, day = Fraction(0), begin
        while day < end:
            given = self.days.get(day)
            if given is None:
                if not self.zero:
                    return None
            else:
                total += sum(given.values()) if of_all else given.get(campaign, Fraction(0))
            day += timedelta(days=1)
        return total

    @property
    def campaigns(self) -> set[str | None]:
        """Those that rows name; None among them if some rows name none."""
        return {name for given in self.days.values() for name in given}

    @property
    def gaps(self) -> list[tuple[date, date]]:
        """The stretches of days between the first and the last that no row names: first and last day of each."""
        found: list[tuple[date, date]] = []
        known = sorted(self.days)
        for one, two in pairwise(known):
            if two - one > timedelta(days=1):
                found.append((one + timedelta(days=1), two - timedelta(days=1)))
        return found


def read_spend(
    text: str, name: str, renamed: Mapping[str, str], currency: str | None = None, *, zero: bool = False
) -> Spend:
    """The rows of a file called `name`; `renamed` says what the columns are called in it, `currency` which rows count.
    Raises ReportError."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    places = _columns([each.strip() for each in reader.fieldnames or []], name, renamed)
    found = Spend(zero=zero)
    currencies: dict[str, int] = {}
    for row in reader:
        cells = {ours: (row.get(theirs) or "").strip() for ours, theirs in places.items()}
        if not any(cells.values()):
            continue
        where = f"{name}:{reader.line_num}"
        said = cells.get("currency", "")
        if said:
            currencies.setdefault(said, reader.line_num)
        if currency is not None and said not in ("", currency):
            continue
        _add(found, cells, where)
    if currency is None and len(currencies) > 1:
        listed = " and ".join(f"{each} (line {line})" for each, line in list(currencies.items())[:_SHOWN])
        raise ReportError(
            f"{name} mixes currencies: {listed}", "bring the amounts to one currency, or choose one with --currency"
        )
    if currency is not None and currencies and currency not in currencies:
        raise ReportError(f"{name} has no row in {currency}; there are {', '.join(sorted(currencies))}")
    if not found.days:
        raise ReportError(f"{name} has no rows of spend")
    found.currency = currency or next(iter(currencies), None)
    return found


def _columns(header: Sequence[str], name: str, renamed: Mapping[str, str]) -> dict[str, str]:
    """Which column of the file holds what."""
    if not header:
        raise ReportError(f"{name} is empty", "its first line names the columns: period,amount,currency,campaign")
    lowered = {each.casefold(): each for each in header}
    found: dict[str, str] = {}
    for ours in NAMES:
        theirs = renamed.get(ours, ours)
        if theirs.casefold() in lowered:
            found[ours] = lowered[theirs.casefold()]
        elif ours in renamed or ours in ("period", "amount"):
            raise ReportError(
                f"{name} has no column `{theirs}`: there are {', '.join(header)}",
                f"say what it is called with --columns {ours}=COLUMN",
            )
    others = [each for each in header if each not in found.values()]
    if others:
        raise ReportError(
            f"{name} has columns that nobody here knows: {', '.join(others)}",
            f"the columns are {', '.join(NAMES)}; name yours with --columns period=month,…, and leave others out",
        )
    return found


def _add(found: Spend, cells: Mapping[str, str], where: str) -> None:
    first, end = days_of(cells["period"], where)
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,6})?", cells["amount"]):
        raise ReportError(f"{where}: `{cells['amount']}` is no amount; write it like 1234.56")
    share = Fraction(cells["amount"]) / (end - first).days
    campaign = cells.get("campaign") or None
    day = first
    while day < end:
        given = found.days.setdefault(day, {})
        given[campaign] = given.get(campaign, Fraction(0)) + share
        day += timedelta(days=1)


def days_of(text: str, where: str) -> tuple[date, date]:
    """The first day of a period, and the first one after it. Raises ReportError."""
    for kind, form in _FORMS.items():
        parts = re.fullmatch(form, text)
        if parts is None:
            continue
        try:
            numbers = [int(each) for each in parts.groups()]
            match kind:
                case "day":
                    first = date(*numbers)
                case "week":
                    first = date.fromisocalendar(numbers[0], numbers[1], 1)
                case "year":
                    first = date(numbers[0], 1, 1)
                case _:
                    size = {"month": 1, "quarter": 3, "half": 6}[kind]
                    first = date(numbers[0], (numbers[1] - 1) * size + 1, 1)
            return first, Calendar(kind).after(first)
        except ValueError:
            break
    raise ReportError(f"{where}: `{text}` is no period; write 2026-03-02, 2026-W10, 2026-03, 2026-Q1, 2026-H1 or 2026")
