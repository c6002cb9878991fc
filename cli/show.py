"""`leadscore show`: what the compiler makes of a file, stage by stage, as readable text."""

from __future__ import annotations

import sys

import click

from cli.model import compilation_of, compiled, is_table, load_table, read_bytes
from cli.problem import NO, Problem


@click.command(
    "show",
    epilog="""\b
Examples:
  leadscore show tree model.score
  leadscore show program model.score
  leadscore show table model.score
  leadscore show table table.json""",
)
@click.argument("what", type=click.Choice(["tree", "program", "table"]))
@click.argument("file", type=click.Path())
def command(what: str, file: str) -> int:
    """Show the tree, the program or the table of FILE.

    The tree is what was parsed, of this file alone; the program has all names resolved and all types checked; the table
    is what the runtime gets. A table may be shown from a rule file or from a compiled table."""
    from compiler import show

    content = read_bytes(file)
    if is_table(file, content):
        if what != "table":
            raise Problem(f"{file} is a compiled table, which has no {what}", hint=f"`leadscore show table {file}`")
        sys.stdout.write(show.table(load_table(file, content)))
        return 0
    if what == "tree":
        return _tree(file, content)
    compilation = compiled(file, content)
    assert compilation.program is not None
    assert compilation.table is not None
    sys.stdout.write(show.program(compilation.program) if what == "program" else show.table(compilation.table))
    return 0


def _tree(file: str, content: bytes) -> int:
    """The tree, also of a file with errors: what could be parsed."""
    from cli.findings import tell
    from compiler import show

    compilation = compilation_of(file, content)
    errors = [each for each in compilation.diagnostics if each.severity == "error" and each.code.startswith("E1")]
    tell(errors, compilation.files)
    sys.stdout.write(show.tree(compilation.tree))
    return NO if errors else 0
