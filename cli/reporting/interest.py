"""`leadscore report interest`: product interest scores side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.reporting.options import Asked, takes_report

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.periods import Calendar
    from insight.reports.tables import Report
    from runtime.table import Table


@click.command(
    "interest",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report interest model.score --events events.jsonl
  leadscore report interest model.score --events events.jsonl --score interest --by week
  leadscore report interest model.score --db state.db --plot interest.svg""",
)
@click.option("--score", multiple=True, metavar="KEY",
              help="A score, or a family for all its members; by itself all families.")  # fmt: skip
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, metavar="N",
              help="So many leads with their scores side by side.")  # fmt: skip
@takes_report
def command(score: tuple[str, ...], top: int, **given: Any) -> int:
    """Interest in each product, from the scores of a family: how many leads are interested and ready, how that went
    from period to period, and what is rising, told apart from noise."""
    from cli.reporting.work import carry_out
    from insight.reports.interest import report, scores_asked, take
    from insight.reports.periods import Calendar

    asked = Asked(**given)
    calendars: list[Calendar] = []

    def check(table: Table) -> None:
        scores_asked(table, score)
        calendars.append(Calendar(asked.by, asked.zone))

    def make(made: Given) -> Report:
        scores = scores_asked(made.table, score)
        return report(made.records, made.table, scores, made.calendar, made.begin, made.at, top)

    return carry_out(
        asked,
        check,
        lambda lived: take(lived, scores_asked(lived.plan.table, score), calendars[0]),
        make,
        scored=True,
    )
