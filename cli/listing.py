"""Tables for reading: drawn by rich on a terminal, plain aligned columns where the output goes to a file or a pipe.

Plain columns are never cut and carry no colour; a long listing is printed plainly on a terminal too, where drawing
would take longer than folding.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

DRAWN = 1000
"""A listing up to this many rows is drawn on a terminal."""


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str] = frozenset()) -> None:
    """Write rows under their column names to standard output; columns named in `right` hold numbers."""
    if not rows:
        return
    if sys.stdout.isatty() and len(rows) <= DRAWN:
        _draw(columns, rows, right)
        return
    from rich.cells import cell_len

    widths = [max(cell_len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = [
            " " * (width - cell_len(cell)) + cell if name in right else cell + " " * (width - cell_len(cell))
            for name, cell, width in zip(columns, row, widths, strict=True)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        drawn.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console().print(drawn)
