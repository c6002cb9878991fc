"""A sheet as text: the versions, then a table with what changed in each; what stays as it was is not said again."""

from __future__ import annotations

from collections.abc import Iterator

from cli.findings import counted
from cli.listing import print_table
from cli.sheet.sheet import Note, Row, Sheet
from cli.visible import visible

_KINDS = {"rule": "", "score": "score"}


def show(sheet: Sheet) -> None:
    """Write it to standard output."""
    label = f" “{sheet.label}”" if sheet.label else ""
    print(visible(f"{sheet.file}: model {sheet.model}{label}, {counted(len(sheet.columns), 'version')}"))
    print()
    versions = [[each.title, each.commit, each.who, ", ".join(each.tags), each.subject] for each in sheet.columns]
    heads = ["version", "commit", "who", "tags", "what was written of it"]
    used = [at for at in range(len(heads)) if any(row[at] for row in versions)]
    print_table([heads[at] for at in used], [[row[at] for at in used] for row in versions])
    print()
    titles = [each.title for each in sheet.columns]
    print_table(["rule", "of", *titles], [_cells(row) for row in sheet.rows], paragraphs=True)
    notes = list(all_notes(sheet))
    if notes:
        print()
        print_table(
            ["note", "who", "of", "says"], [[each.date, each.who, of, each.text] for of, each in notes], paragraphs=True
        )


def _cells(row: Row) -> list[str]:
    found = []
    for place, cell in enumerate(row.cells):
        found.append(cell.whole if place == 0 or cell.changed else "")
    return [name_of(row), row.where, *found]


def name_of(row: Row) -> str:
    """``pricing``, ``trigger qualify``, and what it was called before."""
    kind = _KINDS.get(row.kind, row.kind)
    was = f" (was {', '.join(row.was)})" if row.was else ""
    more = f" and {row.others} more" if row.kind == "score" and row.others else ""
    return " ".join(each for each in (kind, row.name) if each) + more + was


def all_notes(sheet: Sheet) -> Iterator[tuple[str, Note]]:
    """The notes of everything, by date, with what they are about."""
    found = [("the model", note) for note in sheet.notes]
    for row in sheet.rows:
        of = f"{row.of}.{row.name}" if row.of else name_of(row)
        found += [(of, note) for note in row.notes]
    yield from sorted(found, key=lambda each: each[1].date)
