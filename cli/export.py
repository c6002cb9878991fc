"""`leadscore export`: all that is known of leads that are kept in the cloud."""

from __future__ import annotations

import sys

import click

from cli.erase import ids_of
from cli.problem import NO, Problem
from cli.stack import place, takes_place
from cli.visible import visible
from runtime import times


@click.command(
    "export",
    epilog="""\b
Examples:
  leadscore export --stack prod lead-10421 > lead-10421.json
  leadscore export --stack prod --from asked.txt > known.jsonl

Exit status: 1 also if one of the leads is not there.""",
)
@takes_place
@click.argument("leads", nargs=-1, metavar="[LEAD]...")
@click.option("--from", "file", metavar="F", help="A file with an id a line; - is standard input.")
def command(stack: str | None, table: str | None, bucket: str | None, leads: tuple[str, ...], file: str | None) -> int:
    """Print all that is known of leads, a JSON object a line.

    How the lead stands, its attributes, all events that are kept in the lines that were accepted, and what was
    published."""
    ids, missing = list(ids_of(leads, file)), 0
    with place(stack, table, bucket) as here:
        from runtime.dynamo.export import export
        from runtime.dynamo.leads import Leads

        live = here.releases.live()
        if live is None:
            raise Problem("nothing was ever released here", hint="`leadscore deploy MODEL` does", status=NO)
        kept = Leads(here.table, here.releases.model(live), times.now)
        for id in ids:
            told = export(kept, id, times.now())
            if told is None:
                missing += 1
                print(f"{visible(id)}: there is no such lead", file=sys.stderr)
            else:
                print(told)
    return NO if missing else 0
