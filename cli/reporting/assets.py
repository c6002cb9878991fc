"""`leadscore report assets`: what each page, mail, video, download, rule and program brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.looking_back.options import read_duration
from cli.problem import Problem
from cli.reporting.handed import Handing, split, takes_handing
from cli.reporting.options import Asked, takes_report
from runtime.times import DAY, read_moment

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.tables import Report
    from insight.reports.touches import Wanted
    from runtime.table import Table


def _read_reviews(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[int, ...]:
    try:
        return tuple(read_moment(each) for each in value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.command(
    "assets",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report assets model.score --events events.jsonl
  leadscore report assets model.score --events events.jsonl --asset page_view.path --baseline 2026-01
  leadscore report assets model.score --db state.db --review 2026-03-01 --review 2026-06-01
  leadscore report assets model.score --db state.db --gather "Pricing=page_view.path /pricing*" --by quarter""",
)
@click.option("--asset", multiple=True, metavar="EVENT.PROPERTY",
              help="What names assets; by itself every required text and every campaign.")  # fmt: skip
@click.option("--gather", multiple=True, metavar="NAME=PATTERN",
              help="A group of the assets whose kind and name fit; * is any run of letters.")  # fmt: skip
@click.option("--baseline", metavar="PERIOD", help="The period to compare with; by itself the first.")
@click.option("--review", multiple=True, callback=_read_reviews, metavar="T",
              help="The date of a review: columns end there instead of with periods.")  # fmt: skip
@click.option("--lookback", callback=read_duration, metavar="D",
              help="How long before it qualified a lead may have met an asset; by itself 90 days.")  # fmt: skip
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, metavar="N",
              help="So many assets of each kind that events name.")  # fmt: skip
@takes_handing
@takes_report
def command(
    asset: tuple[str, ...], gather: tuple[str, ...], baseline: str | None, review: tuple[int, ...],
    lookback: int | None, top: int, **given: Any,
) -> int:  # fmt: skip
    """What each asset brought in each period: firings, leads that met it, leads that qualified and were accepted after
    they had met it; the change against the period before, and the trend over quarters and years, told apart from
    noise."""
    from cli.reporting.work import carry_out
    from insight.reports.assets import report
    from insight.reports.periods import Calendar
    from insight.reports.touches import take

    handing, rest = split(given)
    asked = Asked(**rest)
    gathered = tuple(_gathered(each) for each in gather)

    def wanted(table: Table) -> Wanted:
        return _wanted(table, handing, asset, gathered, 90 * DAY if lookback is None else lookback)

    def make(made: Given) -> Report:
        return report(
            made.records, wanted(made.table), made.table, made.calendar, made.begin, made.at, baseline, review, top
        )

    found: list[tuple[Wanted, Calendar]] = []

    def check(table: Table) -> None:
        found.append((wanted(table), Calendar(asked.by, asked.zone)))

    return carry_out(asked, check, lambda lived: take(lived, *found[0]), make, asks=handing.asks)


def _gathered(text: str) -> tuple[str, str]:
    name, is_pair, pattern = text.partition("=")
    if not is_pair or not name or not pattern:
        raise Problem(f"--gather `{text}` is not understood", hint='write --gather "Pricing=page_view.path /pricing*"')
    return name, pattern


def _wanted(
    table: Table, handing: Handing, asset: tuple[str, ...], gathered: tuple[tuple[str, str], ...], lookback: int
) -> Wanted:
    from insight.reports.tables import ReportError
    from insight.reports.touches import Wanted, properties_of

    try:
        terms = handing.terms(table)
    except ReportError:
        if handing != Handing():  # something was said of it, and it is wrong
            raise
        terms = None
    return Wanted(properties_of(table, asset), gathered, lookback, terms)
