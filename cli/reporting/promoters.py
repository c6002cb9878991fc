"""`leadscore report promoters`: a net promoter score from answers, and one inferred from activity, apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand
from cli.looking_back.options import read_duration
from cli.reporting.options import Asked, takes_report
from runtime.times import DAY

if TYPE_CHECKING:
    from cli.reporting.work import Given
    from insight.reports.tables import Report


@click.command(
    "promoters",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore report promoters model.score --events events.jsonl
  leadscore report promoters model.score --events events.jsonl --survey survey.rating --scale 1-10
  leadscore report promoters model.score --db state.db --by quarter --least 3""",
)
@click.option("--survey", metavar="EVENT.PROPERTY", help="Where answers stand; by itself the integer 0..10 or 1..10.")
@click.option("--scale", type=click.Choice(["0-10", "1-10"]), help="The scale, where the model does not say it.")
@click.option("--window", callback=read_duration, metavar="D", help="The span of activity; by itself 30 days.")
@click.option("--least", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="List accounts with so many leads that answered.")  # fmt: skip
@takes_report
def command(survey: str | None, scale: str | None, window: int | None, least: int, **given: Any) -> int:
    """A net promoter score from survey answers, the happiest and unhappiest accounts; and, apart and never mixed in,
    what activity lets one infer."""
    from cli.reporting.work import carry_out
    from insight.reports.promoters import report, survey_of, take

    span = 30 * DAY if window is None else max(window // DAY, 1) * DAY

    def make(made: Given) -> Report:
        asked = survey_of(made.table, survey, scale)
        return report(made.records, asked, made.calendar, made.begin, made.at, span, least)

    return carry_out(
        Asked(**given),
        lambda table: survey_of(table, survey, scale),
        lambda lived: take(lived, survey_of(lived.plan.table, survey, scale), span),
        make,
    )
