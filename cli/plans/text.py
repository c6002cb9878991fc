"""A plan for reading on a terminal; the tables are those of `cli.plans.sections`."""

from __future__ import annotations

from cli.explain import print_rows
from cli.listing import print_table
from cli.plans.answer import Answer
from cli.plans.sections import heading, sections
from cli.visible import visible
from runtime.statement import Row

UNCHANGED = "nothing changes for any lead"
_NO_STATEMENT = "no statement: what gave its first points is not kept, or the model does not know it"


def print_plan(answer: Answer, *, whole: bool) -> None:
    """Write the plan to standard output; with `whole` everything that was found out."""
    for line in heading(answer):
        print(visible(line))
    if not answer.moved:
        print(f"\n{UNCHANGED}")
    else:
        for section in sections(answer, whole=whole):
            print(f"\n{visible(section.title)}")
            print_table(section.columns, section.rows, section.right)
            if section.note:
                print(visible(section.note))
        if whole:
            _print_statements(answer)
        else:
            print("\n--verbose shows all of it, --format html draws it")
    for remark in answer.remarks:
        print(f"\n{visible(remark)}" if remark is answer.remarks[0] else visible(remark))


def _print_statements(answer: Answer) -> None:
    for detail in answer.details:
        mover = detail.mover
        for name, rows in ((answer.old.name, detail.old), (answer.new.name, detail.new)):
            print(f"\n{visible(f'{mover.lead}, {mover.score} under {name}')}")
            _print_rows(rows, mover.score)


def _print_rows(rows: tuple[Row, ...] | None, key: str) -> None:
    if rows is None:
        print(_NO_STATEMENT)
    elif rows:
        print_rows(rows, key)
    else:
        print("nothing moved")
