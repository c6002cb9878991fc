"""`leadscore report cost`: what qualified and accepted leads cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.looking_back.options import read_duration
from cli.model import read_bytes
from cli.problem import Problem
from cli.reporting.handed import split, takes_handing
from cli.reporting.options import Asked, takes_report

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.spend import Spend
    from insight.reports.tables import Report


@click.command(
    "cost",
    cls=EventsCommand,
    epilog="""\b
The spend file is CSV, its rows in any order:
  period,amount,currency,campaign
  2026-01,12000.00,EUR,spring fair
  2026-02-14,350.50,EUR,webinar

Examples:
  leadscore report cost model.score --events events.jsonl --spend spend.csv
  leadscore report cost model.score --events events.jsonl --spend spend.csv --lag "30 days" --window 1
  leadscore report cost model.score --db state.db --spend costs.csv --columns period=Month,amount=Cost""",
)
@click.option("--spend", type=click.Path(), required=True, metavar="F", help="What was spent, as CSV.")
@click.option("--columns", metavar="period=C,…", help="What the columns of that file are called.")
@click.option("--currency", metavar="CODE", help="Only the rows of that file in this currency.")
@click.option("--no-spend-is-zero", "zero", is_flag=True, help="A day that no row names costs nothing.")
@click.option("--lag", callback=read_duration, metavar="D", help="Take this lag instead of those measured.")
@click.option("--window", type=click.IntRange(1, 60), default=3, show_default=True, metavar="N",
              help="Periods that the lagged costs are averaged over.")  # fmt: skip
@takes_handing
@takes_report
def command(
    spend: str, columns: str | None, currency: str | None, zero: bool, lag: int | None, window: int, **given: Any
) -> int:
    """Cost per qualified and per accepted lead: the simple way, spend of the period over leads of the period, and the
    lagged way, spend one lag earlier over leads, as a moving average."""
    from cli.reporting.work import carry_out
    from insight.reports.cost import report
    from insight.reports.handovers import take

    handing, rest = split(given)
    money: list[Spend] = []

    def check(table: Any) -> None:
        handing.terms(table)
        money.append(_read(spend, columns, currency, zero=zero))

    def make(made: Given) -> Report:
        return report(made.records, money[0], made.calendar, made.begin, made.at, window, lag)

    return carry_out(
        Asked(**rest),
        check,
        lambda lived: take(lived, handing.terms(lived.plan.table)),
        make,
        asks=handing.asks,
        reads=[spend],
    )


def _read(path: str, columns: str | None, currency: str | None, *, zero: bool) -> Spend:
    from insight.reports.spend import NAMES, read_spend

    renamed: dict[str, str] = {}
    for pair in (columns or "").split(",") if columns else []:
        ours, is_pair, theirs = pair.partition("=")
        if not is_pair or ours.strip() not in NAMES:
            raise Problem(
                f"--columns `{pair}` is not understood", hint=f"write --columns {NAMES[0]}=Month,{NAMES[1]}=Cost"
            )
        renamed[ours.strip()] = theirs.strip()
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"{path} is not UTF-8") from None
    return read_spend(text, path, renamed, currency, zero=zero)
