"""`leadscore docs`: write a model as a page for people who don't read rule files."""

from __future__ import annotations

from pathlib import Path

import click

from cli.model import compiled, is_table, read_bytes
from cli.problem import Problem, reason
from cli.visible import visible
from cli.writing import check_writable, write_lines

_PAGE = "index.html"


@click.command(
    "docs",
    epilog="""\b
Examples:
  leadscore docs model.score -o site
  leadscore docs model.score -o site && open site/index.html""",
)
@click.argument("model", type=click.Path())
@click.option("-o", "--output", required=True, type=click.Path(), metavar="DIR", help="The folder to write to.")
@click.option("--time-limit", "seconds", type=click.FloatRange(min=0), default=20.0, show_default=True, metavar="S",
              help="Seconds to look for the shortest ways to the ready lines; with 0 they are left out.")  # fmt: skip
def command(model: str, output: str, seconds: float) -> int:
    """Write MODEL, a rule file, as a page for people who don't read rule files: DIR/index.html.

    All rules in sentences, what qualifies a lead and the shortest ways there, what time takes away with an example that
    the engine has computed, the notes, and the tests as examples. The page is one file that needs no network, and can
    be printed."""
    from cli.pages.write import check_writer

    check_writer()
    content = read_bytes(model)
    if is_table(model, content):
        raise Problem(f"{model} is a compiled table: name the rule file that it was made from")
    compilation = compiled(model, content)
    target = _target(output)

    from cli.pages.compose import compose
    from cli.pages.write import html

    write_lines(str(target), html(compose(compilation, seconds)).removesuffix("\n").split("\n"))
    print(visible(str(target)))
    return 0


def _target(output: str) -> Path:
    """The file to write, its folder made if it is missing. Raises Problem, also for a page that is not ours."""
    from cli.pages.write import MARK

    folder = Path(output)
    target = folder / _PAGE
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{output} is no folder and can't be made one: {reason(error)}") from None
    check_writable(str(target))
    if target.exists() and MARK.encode() not in read_bytes(str(target)):
        raise Problem(f"{target} is not a page of leadscore, and is left alone", hint="choose another folder with -o")
    return target
