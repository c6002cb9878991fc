"""`leadscore report`: what the scores tell the business. A command for each report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cli.problem import did_you_mean


def _stages() -> click.Command:
    from cli.reporting.stages import command

    return command


def _acceptance() -> click.Command:
    from cli.reporting.acceptance import command

    return command


def _cost() -> click.Command:
    from cli.reporting.cost import command

    return command


def _assets() -> click.Command:
    from cli.reporting.assets import command

    return command


def _cold() -> click.Command:
    from cli.reporting.cold import command

    return command


def _segments() -> click.Command:
    from cli.reporting.segments import command

    return command


def _interest() -> click.Command:
    from cli.reporting.interest import command

    return command


def _promoters() -> click.Command:
    from cli.reporting.promoters import command

    return command


REPORTS: dict[str, tuple[str, Callable[[], click.Command]]] = {
    "stages": ("How many leads stand in each buying stage, how long, and who goes on.", _stages),
    "acceptance": ("From marketing qualified to sales accepted, and how soon.", _acceptance),
    "cost": ("What a qualified and an accepted lead cost, from a spend file.", _cost),
    "assets": ("What each page, mail, download, rule and program brought.", _assets),
    "cold": ("Leads whose score has not risen for a while, for a nurture list.", _cold),
    "segments": ("Every segment as a list, for the tool that runs the campaign.", _segments),
    "interest": ("Product interest scores side by side, and what is rising.", _interest),
    "promoters": ("A net promoter score from answers, and what activity says, apart.", _promoters),
}
"""By name, in the order of the list: what the report tells, and where it is."""


class _Reports(click.Group):
    """A group that imports a report when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(REPORTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = REPORTS.get(cmd_name)
        return found[1]() if found is not None else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in REPORTS and not args[0].startswith("-"):
            near = did_you_mean(args[0], REPORTS)
            raise click.UsageError(f"there is no report `{args[0]}`{near or '; there are ' + ', '.join(REPORTS)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        if not ctx._protected_args and not ctx.args:
            raise click.UsageError(f"which report? there are {', '.join(REPORTS)}", ctx)
        return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Reports"):
            formatter.write_dl([(name, text) for name, (text, _) in REPORTS.items()])


@click.command(
    "report",
    cls=_Reports,
    no_args_is_help=False,
    subcommand_metavar="NAME MODEL --events F…",
    epilog="""\b
Examples:
  leadscore report stages model.score --events events.jsonl
  leadscore report stages model.score --db state.db --by quarter --zone Europe/Berlin
  leadscore report stages model.score --events events.jsonl --format html --out stages.html
  leadscore report NAME --help""",
)
def command() -> None:
    """Report what the scores tell the business.

    Every report folds the events with MODEL and counts what the engine did. It is as of an instant, --at, and says the
    same whenever it is made again from the same events."""
