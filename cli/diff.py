"""`leadscore diff`: what the new model changes in meaning, and a history that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.models_of import Side, old_side, side
from cli.problem import NO, Problem
from cli.stack import place, takes_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from compiler.diff.changes import Comparison, Difference
    from compiler.diff.changes import Side as Compared
    from runtime.table import Table


@click.command(
    "diff",
    epilog="""\b
Examples:
  leadscore diff old.score new.score
  leadscore diff model.score
  leadscore diff main model.score --verbose
  leadscore diff HEAD~3:rules/model.score rules/model.score
  leadscore diff model.score --against v1.2 --format markdown
  leadscore diff model.score --stack prod --exit-code""",
)
@click.argument("models", nargs=-1, required=True, metavar="[OLD] NEW")
@click.option("--against", metavar="OLD", help="The old model, where it does not stand before the new one.")
@takes_place
@click.option("--time-limit", "seconds", type=click.FloatRange(min=0.1), default=20.0, show_default=True, metavar="S",
              help="Seconds for proofs and for the search for histories.")  # fmt: skip
@click.option("--longest", type=click.IntRange(1, 400), default=40, show_default=True, metavar="N",
              help="Look for histories of up to N events.")  # fmt: skip
@click.option("--no-witness", is_flag=True, help="Look for no histories.")
@click.option("--exit-code", is_flag=True, help="Exit with status 1 if the meaning changes.")
@click.option("--other-model", is_flag=True, help="Compare models of different names.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True,
              help="json: one object; markdown: for a pull request.")  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-v", "--verbose", is_flag=True, help="Every change of the text too, why each class, and a history for "
              "each of several changes of a score.")  # fmt: skip
def command(
    models: tuple[str, ...], against: str | None, stack: str | None, table: str | None, bucket: str | None,
    seconds: float, longest: int, no_witness: bool, exit_code: bool, other_model: bool, form: str, verbose: bool,
) -> int:  # fmt: skip
    """Say what NEW changes in meaning, declaration by declaration, and what that does to the leads.

    OLD and NEW are rule files, compiled tables, files of a git revision (REV:PATH), or `live`, the model that is live
    in a stack. OLD may be a revision alone, which means NEW's file there. Without OLD it is the live model if a stack
    is named, else the file at HEAD.

    For each score and trigger that changes, a shortest history on which the two differ is looked for, run through the
    engine, and printed as a test that NEW passes and OLD fails. Exit status 0; with --exit-code 1 if the meaning
    changes."""
    old, new = _sides(models, against, stack, table, bucket)
    if old.table.model != new.table.model and not other_model:
        raise Problem(
            f"the old model is `{old.table.model}`, the new one `{new.table.model}`",
            hint="--other-model compares them nevertheless",
        )
    compared = _compared(old), _compared(new)
    found = _compare(old, new, compared, seconds)
    if not no_witness and not found.same:
        _hunt(old, new, compared, found, seconds, longest, each=verbose or form == "json")
    _print(old, new, found, form, verbose=verbose)
    return NO if exit_code and not found.same else 0


def _sides(
    models: tuple[str, ...], against: str | None, stack: str | None, table: str | None, bucket: str | None
) -> tuple[Side, Side]:
    """OLD and NEW. Raises Problem."""
    if len(models) > 2 or (len(models) == 2 and against is not None):
        raise Problem("there are more than two models", hint="leadscore diff OLD NEW, or NEW --against OLD")
    said = models[0] if len(models) == 2 else against
    new = models[-1]
    if stack is None and table is None and bucket is None:
        return old_side(said, new), side(new, said)
    with place(stack, table, bucket) as here:
        if said is not None and "live" not in (said, new):
            raise Problem("a stack is named, and none of the models is the live one", hint="write `live` for it")
        return old_side(said, new, here), side(new, said, here)


def _compared(given: Side) -> Compared:
    from cli.declared_at import places_of
    from compiler.diff.changes import Side as Compared
    from compiler.diff.opened import opened, program_of

    if given.compilation is None:
        with given.model.trusted():
            return Compared(program_of(given.table))
    assert given.compilation.program is not None
    return Compared(opened(given.compilation.program), dict(places_of(given.compilation)))


def _compare(old: Side, new: Side, compared: tuple[Compared, Compared], seconds: float) -> Comparison:
    from compiler.diff.compare import compare
    from compiler.diff.constants import constants

    found = compare(*compared, classify(old), seconds / 4)
    if old.compilation is not None and new.compilation is not None:
        found.changes += constants(old.compilation, new.compilation)
    return found


def classify(old: Side) -> Callable[[Table, Table], list[Difference]]:
    """How tables differ from the old one, by what releases know of it."""
    from runtime.needs import differences

    known = frozenset[str]() if old.release is None else old.release.events

    def told(one: Table, two: Table) -> list[Any]:
        return differences(one, two, known)

    return told


def _hunt(
    old: Side, new: Side, compared: tuple[Compared, Compared], found: Comparison, seconds: float, longest: int,
    *, each: bool,
) -> None:  # fmt: skip
    """Look for histories that show the changes."""
    from cli.replay import Replay
    from compiler.diff.witnesses import witnesses

    tables = old.table, new.table
    witnesses(found, *compared, tables, Replay, seconds, longest, each=each)


def _print(old: Side, new: Side, found: Comparison, form: str, *, verbose: bool) -> None:
    if form == "text":
        from cli.diff_text import show

        show(old, new, found, verbose=verbose)
        return
    from cli.diff_forms import as_json, as_markdown

    if form == "json":
        print(as_json(old, new, found))
    else:
        print(as_markdown(old, new, found, verbose=verbose), end="")
