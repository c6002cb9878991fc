"""`leadscore report stages`: the funnel."""

from __future__ import annotations

from typing import Any

import click

from cli.inputs import EventsCommand
from cli.reporting.options import Asked, takes_report


@click.command(
    "stages",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report stages model.score --events events.jsonl
  leadscore report stages model.score --events events.jsonl --at 2026-04-01 --by week
  leadscore report stages model.score --db state.db --format csv --table conversion""",
)
@takes_report
def command(**given: Any) -> int:
    """How many leads stand in each buying stage, how many entered and left, how long they stayed; conversion from stage
    to stage by cohort; and a forecast of how many enter each stage in the coming period."""
    from cli.reporting.work import carry_out
    from insight.reports.paths import check_stages, take
    from insight.reports.stages import report

    return carry_out(
        Asked(**given),
        lambda table: check_stages(table.stages),
        take,
        lambda made: report(made.records, made.table.stages, made.calendar, made.begin, made.at),
    )
