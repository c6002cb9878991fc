"""`leadscore versions`: the releases there were."""

from __future__ import annotations

import click

from cli.listing import print_table
from cli.problem import NO, Problem
from cli.releasing import commit, moment, release_json, short
from cli.stack import place, takes_place
from runtime.lines import write_json


@click.command(
    "versions",
    epilog="""\b
Examples:
  leadscore versions --stack prod
  leadscore versions --stack prod --json""",
)
@takes_place
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(stack: str | None, table: str | None, bucket: str | None, limit: int, as_json: bool) -> int:
    """List the releases, the newest first: which table, since when, who, why, from which commit, what it needed."""
    with place(stack, table, bucket) as here:
        live = here.releases.live()
        if live is None:
            raise Problem("nothing was ever released here", hint="`leadscore deploy MODEL` does", status=NO)
        found = [release for release, _ in zip(here.releases.history(), range(limit), strict=False)]
    if as_json:
        for release in found:
            click.echo(write_json(release_json(release, live=release.generation == live.generation)))
        return 0
    rows = [
        [
            str(release.generation) + (" live" if release.generation == live.generation else ""),
            short(release.hash),
            moment(release.since),
            "points kept" if release.kept else _NEEDED[release.need],
            release.who,
            commit(release),
            release.why,
        ]
        for release in found
    ]
    print_table(["release", "table", "since", "leads", "who", "commit", "why"], rows, paragraphs=True)
    return 0


_NEEDED = {"NOTHING": "as they are", "NEW": "carried over", "ANEW": "folded anew"}
