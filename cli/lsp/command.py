"""`leadscore lsp`: talks to an editor, over standard input and output."""

from __future__ import annotations

import importlib.util
import logging
import sys
from pathlib import Path

import click

from cli.problem import NO, Problem
from cli.writing import check_writable


@click.command(
    "lsp",
    epilog="""\b
Examples:
  leadscore lsp
  leadscore lsp --log leadscore.log

Editors start it by themselves: docs/editors.md shows how. Exit status: 1 if the editor left without a word.""",
)
@click.option("--log", type=click.Path(), metavar="F", help="Write what goes wrong in the server to this file.")
@click.option("--stdio", is_flag=True, hidden=True, help="What some editors add; it is the only way there is.")
def command(log: str | None, stdio: bool) -> int:
    """Serve an editor: findings as you type, completion, hover, renaming and the rest of the Language Server Protocol,
    over standard input and output."""
    if importlib.util.find_spec("pygls") is None:
        raise Problem("the language server needs pygls", hint="pip install 'leadscore[lsp]'")
    if sys.stdin is not None and sys.stdin.isatty():
        raise Problem("the language server talks to editors, not to people", hint="docs/editors.md shows how to set up")
    _log_to(log)
    from cli.lsp.server import serve

    return 0 if serve() else NO


def _log_to(file: str | None) -> None:
    """Standard output belongs to the editor, and so nothing but errors is said elsewhere."""
    if file is not None:
        check_writable(file)
    to_file = None if file is None else logging.FileHandler(Path(file), encoding="utf-8")
    handler = to_file or logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.ERROR if file is None else logging.WARNING, handlers=[handler])
