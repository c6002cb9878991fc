"""`leadscore compile`: a rule file as a table."""

from __future__ import annotations

import sys

import click

from cli.model import compiled, is_table, read_bytes
from cli.places import write_map
from cli.problem import Problem
from cli.writing import check_outputs, write_lines
from runtime.table import dump


@click.command(
    "compile",
    epilog="""\b
Examples:
  leadscore compile model.score -o table.json
  leadscore compile model.score -o table.json --map table.map.json
  leadscore compile model.score -o - | gzip > table.json.gz""",
)
@click.argument("file", type=click.Path())
@click.option("-o", "--output", type=click.Path(), default="-", metavar="TABLE.json", help="`-` is standard output.")
@click.option("--map", "places", type=click.Path(), metavar="F", help="Write where rules are declared to this file.")
def command(file: str, output: str, places: str | None) -> int:
    """Compile FILE, with all that it imports, to a table: canonical JSON for `leadscore score` and other runtimes.

    The same meaning gives the same bytes. Warnings are written to standard error and don't stop it."""
    content = read_bytes(file)
    if is_table(file, content):
        raise Problem(f"{file} is a compiled table already", hint="name the rule file")
    check_outputs([file], {"-o": output, "--map": places})
    compilation = compiled(file, content, warn=True)
    assert compilation.table is not None
    text = dump(compilation.table).decode().removesuffix("\n")
    if places is not None:
        write_lines(places, [write_map(compilation.table, compilation.places)])
    if output == "-":
        sys.stdout.write(text + "\n")
    else:
        write_lines(output, [text])
    return 0
