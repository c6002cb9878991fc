"""Coverage as text: a line for each file, then what no test saw, with its place and what is written there."""

from __future__ import annotations

from itertools import groupby

from cli.coverage.total import Coverage, Entry, FileCoverage, Part, part
from cli.coverage.wording import clipped, never, owner, percent
from cli.listing import print_table
from cli.visible import visible

COLUMNS: dict[str, tuple[str, ...]] = {
    "rules": ("rule", "branch", "tally"),
    "limits": ("times", "points", "best", "cap"),
    "ageing": ("degradation", "floor", "expiry", "fading", "fall"),
    "bands": ("band",),
    "triggers": ("trigger",),
    "conditions": ("where", "when", "repeated"),
}
"""What is counted together."""
_SOURCE = 60


def print_coverage(coverage: Coverage) -> None:
    """Write the report to standard output."""
    rows = [_row(file.name, list(file)) for file in coverage.files]
    if len(rows) > 1:
        rows.append(_row("in all", list(coverage)))
    if not rows:
        print("\ncoverage: there are no rules")
        return
    print("\ncoverage")
    kept = [at for at, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    columns = ["file", *COLUMNS, "seen", "of", "covered"]
    names = [columns[at] for at in kept]
    print_table(names, [[row[at] for at in kept] for row in rows], frozenset(names[1:]))
    missing = [(file, entry) for file in coverage.files for entry in file if entry.unseen]
    if missing:
        print("\nnot covered")
        _tell(missing)


def _row(name: str, entries: list[Entry]) -> list[str]:
    cells = [_fraction(part(each for each in entries if each.spot.part in parts)) for parts in COLUMNS.values()]
    whole = part(entries)
    return [name, *cells, f"{whole.seen:,}", f"{whole.of:,}", percent(whole.share)]


def _fraction(given: Part) -> str:
    return f"{given.seen:,}/{given.of:,}" if given.of else ""


def _tell(missing: list[tuple[FileCoverage, Entry]]) -> None:
    """A line for each declaration, and below it what was not seen of it, in the order of the file."""
    from rich.cells import cell_len

    rows = [(f"{visible(file.name)}:{entry.spot.line}", never(entry), entry.spot) for file, entry in missing]
    place = max(cell_len(where) for where, _, _ in rows)
    what = max(len(told) for _, told, _ in rows)
    for (_, of), group in groupby(rows, lambda row: (row[2].file, row[2].of)):
        print(visible(owner(of)))
        for where, told, spot in group:
            gap = " " * (place - cell_len(where))
            print(f"  {where}{gap}  {told:{what}}  {visible(clipped(spot.text, _SOURCE))}")
