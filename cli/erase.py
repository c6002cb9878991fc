"""`leadscore erase`: forget leads that are kept in the cloud."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from cli.findings import counted
from cli.problem import NO, Problem, reason
from cli.stack import place, takes_place
from cli.visible import visible
from runtime import times
from runtime.lines import write_json


@click.command(
    "erase",
    epilog="""\b
Examples:
  leadscore erase --stack prod lead-10421
  leadscore erase --table leads --from gone.txt --json

Exit status: 1 also if one of the leads is not there.""",
)
@takes_place
@click.argument("leads", nargs=-1, metavar="[LEAD]...")
@click.option("--from", "file", metavar="F", help="A file with an id a line; - is standard input.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(
    stack: str | None, table: str | None, bucket: str | None, leads: tuple[str, ...], file: str | None, as_json: bool
) -> int:
    """Forget leads for good: their states, all their events and the marks of these.

    What is left of each says only that events up to now are refused. Events that come later begin a new lead. A run
    that was stopped is gone on with by the next."""
    ids = list(ids_of(leads, file))
    missing = 0
    with place(stack, table, bucket, needs_bucket=False) as here:
        from runtime.dynamo.contention import Busy
        from runtime.dynamo.erase import erase

        for id in ids:
            try:
                erased = erase(here.table, id, times.now())
            except Busy:
                raise Problem(f"lead `{id}` is being written all the time", hint="run the same again") from None
            there = erased.found or erased.items > 0
            missing += not there
            if as_json:
                click.echo(write_json({"lead": id, "erased": there, "items": erased.items, "claims": erased.claims}))
            elif there:
                click.echo(f"{visible(id)}: erased, with {counted(erased.claims, 'event')}")
            else:
                click.echo(f"{visible(id)}: there is no such lead")
    return NO if missing else 0


def ids_of(leads: tuple[str, ...], file: str | None) -> Iterator[str]:
    """The ids that were named, each once. Raises Problem if there are none, or the file can't be read."""
    found = dict.fromkeys(leads)
    if file is not None:
        try:
            with click.open_file(file, encoding="utf-8", errors="strict") as lines:
                found |= dict.fromkeys(line.rstrip("\r\n") for line in lines if line.strip())
        except OSError as error:
            raise Problem(f"{file} can't be read: {reason(error)}") from None
        except UnicodeDecodeError:
            raise Problem(f"{file} is not UTF-8") from None
    if not found:
        raise Problem("no lead is named", hint="name leads, or a file of them with --from F")
    if "" in found:
        raise Problem("the id of a lead is not empty")
    sys.stdout.flush()
    return iter(found)
