"""Tables for reading: drawn by rich on a terminal, plain aligned columns where the output goes to a file or a pipe.

Plain columns are never cut and carry no colour; a long listing is printed plainly on a terminal too, where drawing
would take longer than folding. rich is imported when a table is printed: JSON lines start without it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from shutil import get_terminal_size

from cli.visible import visible

DRAWN = 1000
"""A listing up to this many rows is drawn on a terminal."""


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: frozenset[str] = frozenset(),
    *,
    paragraphs: bool = False,
) -> None:
    """Write rows under their column names to standard output; columns named in `right` hold numbers. With `paragraphs`,
    a terminal that is too narrow for the table gets a paragraph for each row instead. A cell is one line, whatever
    stands in it."""
    if not rows:
        return
    columns, right = [visible(name) for name in columns], frozenset(map(visible, right))
    rows = [[visible(cell) for cell in row] for row in rows]
    from rich.cells import cell_len

    widths = [max(cell_len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    if not sys.stdout.isatty() or len(rows) > DRAWN:
        _align(columns, rows, right, widths)
    elif paragraphs and sum(widths) + 3 * len(widths) > get_terminal_size().columns:
        _tell(columns, rows)
    else:
        _draw(columns, rows, right)


def _align(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str], widths: list[int]) -> None:
    from rich.cells import cell_len

    for row in (columns, *rows):
        cells = [
            " " * (width - cell_len(cell)) + cell if name in right else cell + " " * (width - cell_len(cell))
            for name, cell, width in zip(columns, row, widths, strict=True)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _tell(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Each row as its first cell and, indented, the others with their names; what is empty is left out."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for first, *others in rows:
        console.print(Text(first, style="bold"))
        line = Text()
        for name, cell in zip(columns[1:], others, strict=True):
            if not cell:
                continue
            pair = Text.assemble((name, "dim"), " ", cell)
            if not line:
                line = Text("  ") + pair
            elif line.cell_len + 3 + pair.cell_len <= console.width:
                line = line + Text("   ") + pair
            else:
                console.print(line, soft_wrap=True)
                line = Text("  ") + pair
        if line:
            console.print(line, soft_wrap=True)


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
