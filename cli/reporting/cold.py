"""`leadscore report cold`: leads whose score has not risen for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.looking_back.options import read_duration
from cli.reporting.options import Asked, takes_report, unknown
from runtime.times import DAY

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.life import Life
    from insight.reports.tables import Report
    from runtime.table import Table


@click.command(
    "cold",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report cold model.score --events events.jsonl
  leadscore report cold model.score --events events.jsonl --for "60 days" --with email --with country
  leadscore report cold model.score --db state.db --segment open --format csv --out nurture.csv""",
)
@click.option("--for", "quiet", callback=read_duration, metavar="D", help="How long; by itself 30 days.")
@click.option("--score", multiple=True, metavar="KEY", help="The scores that may not have risen; by itself all.")
@click.option("--with", "with_", multiple=True, metavar="ATTRIBUTE",
              help="List these attributes, `all` for all; by itself email.")  # fmt: skip
@click.option("--segment", metavar="NAME", help="Only leads that meet the condition of this segment.")
@click.option("--asset", multiple=True, metavar="EVENT.PROPERTY",
              help="What names what they looked at; by itself every required text and every campaign.")  # fmt: skip
@takes_report
def command(
    quiet: int | None, score: tuple[str, ...], with_: tuple[str, ...], segment: str | None, asset: tuple[str, ...],
    **given: Any,
) -> int:  # fmt: skip
    """Leads whose scores have not risen for D, with what used to interest them, ready for a nurture list."""
    from cli.reporting.work import carry_out
    from insight.reports.cold import report, scores_asked, take
    from insight.reports.people import chosen
    from insight.reports.touches import properties_of

    def check(table: Table) -> None:
        scores_asked(table, score)
        chosen(table, with_, ("email",))
        properties_of(table, asset)
        if segment is not None and segment not in table.segments:
            raise unknown("segment", segment, list(table.segments))

    def one(lived: Life) -> Any:
        table = lived.plan.table
        where = None if segment is None else table.segments[segment].where
        inside = None if where is None else lived.plan.terms.test(where)
        names = chosen(table, with_, ("email",))
        return take(lived, scores_asked(table, score), properties_of(table, asset), names, inside)

    def make(made: Given) -> Report:
        names = chosen(made.table, with_, ("email",))
        scores = scores_asked(made.table, score)
        return report(made.records, made.table, scores, names, made.at, 30 * DAY if quiet is None else quiet)

    return carry_out(Asked(**given), check, one, make)
