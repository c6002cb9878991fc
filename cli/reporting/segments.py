"""`leadscore report segments`: every segment as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.reporting.options import Asked, takes_report

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.tables import Report
    from runtime.table import Table


@click.command(
    "segments",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report segments model.score --events events.jsonl --folder lists
  leadscore report segments model.score --events events.jsonl --segment call_list --with email --with country
  leadscore report segments model.score --db state.db --format csv --table segment-call_list""",
)
@click.option("--segment", multiple=True, metavar="NAME", help="Only these segments.")
@click.option("--with", "with_", multiple=True, metavar="ATTRIBUTE",
              help="List these attributes; by itself all.")  # fmt: skip
@takes_report
def command(segment: tuple[str, ...], with_: tuple[str, ...], **given: Any) -> int:
    """Every segment of the model as a list, in the order of its ranks, for the tool that runs the campaign; with
    --folder a file for each."""
    from cli.reporting.work import carry_out
    from insight.reports.lists import check_segments, report
    from insight.reports.people import chosen

    def check(table: Table) -> None:
        check_segments(table, segment)
        chosen(table, with_, tuple(table.attributes))

    def make(made: Given) -> Report:
        attributes = chosen(made.table, with_, tuple(made.table.attributes))
        return report(made.records, made.model.plan, check_segments(made.table, segment), attributes, made.at)

    return carry_out(Asked(**given), check, lambda lived: lived.lead, make)
