"""`leadscore report acceptance`: from marketing qualified to sales accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.looking_back.options import read_duration
from cli.reporting.handed import split, takes_handing
from cli.reporting.options import Asked, takes_report

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.tables import Report


@click.command(
    "acceptance",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report acceptance model.score --events events.jsonl
  leadscore report acceptance model.score --events events.jsonl --sla "1 day" --group country
  leadscore report acceptance model.score --db state.db --outcome accepted_by_sales
  leadscore report acceptance model.score --db state.db --format csv --table waiting""",
)
@takes_handing
@click.option("--sla", callback=read_duration, metavar="D", help="The service level agreed with sales, such as 2 days.")
@takes_report
def command(sla: int | None, **given: Any) -> int:
    """Marketing qualified to sales accepted, by cohort of qualification: accepted, rejected with reasons, undecided; by
    the rule that carried the lead over the line, by campaign, by attribute or segment; time to a decision, and who
    waits."""
    from cli.reporting.work import carry_out
    from insight.reports.acceptance import report
    from insight.reports.handovers import take

    handing, rest = split(given)

    def make(made: Given) -> Report:
        return report(made.records, handing.terms(made.table), made.calendar, made.begin, made.at, sla)

    return carry_out(
        Asked(**rest),
        handing.terms,
        lambda lived: take(lived, handing.terms(lived.plan.table)),
        make,
        asks=handing.asks,
    )
