"""Carries out a run for a command, in the order that loses nothing.

Rejects are written first: they are in the file before the events beside them are marked as seen. Then the run is saved
in one commit, what it publishes is written out, its results are printed, and only then is the store told that the
publications are out. Whoever stops the process anywhere in between gets the same publications, with the same ids, from
the next run.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli.events import feed, opened
from cli.findings import counted
from cli.inputs import Inputs
from cli.mapped import Mapped
from cli.model import Model
from cli.problem import NO, Problem
from cli.writing import write_lines
from runtime.arrivals import Reject
from runtime.intake import read_json
from runtime.lines import quote
from runtime.run import Outcome, Run
from runtime.sqlite import SQLite
from runtime.store import Memory, Store, StoreError

Show = Callable[[Run, Outcome], None]
"""Prints the results of a run."""
_TOGETHER = 500
"""Lines that are written at once."""


def carry_out(inputs: Inputs, model: Model, show: Show, *, keeps: bool) -> int:
    """Fold the inputs and show what stands; gives the exit status. With `keeps`, a database is written to even if there
    are no new events: the run may have looked at its leads at a later time. Raises Problem."""
    with model.trusted(), opened(inputs.events) as sources, opened_store(inputs.db) as store:
        run = Run(
            model.table,
            store if inputs.db is not None else None,
            now=inputs.now,
            refold=inputs.refold,
            publish=inputs.outbox is not None,
        )
        mapped = None if inputs.source is None else Mapped(model.table, inputs.source, run.rejects)
        feed(sources, run.take if mapped is None else lambda lines: run.take(mapped.events(lines)))
        outcome = run.finish(inputs.at)
        keeps = keeps or bool(inputs.events) or inputs.refold or inputs.outbox is not None
        if mapped is not None and mapped.ignored:
            print(f"{counted(mapped.ignored, 'record')} ignored, as the source `{inputs.source}` says", file=sys.stderr)
        _finish(inputs, run, outcome, show, keeps=keeps)
    return NO if inputs.strict and run.rejects else 0


@contextmanager
def opened_store(db: str | None) -> Iterator[Store]:
    """The database, or a store that lasts as long as the block. What it can't do becomes a Problem."""
    store: Store | None = None
    try:
        store = Memory() if db is None else SQLite(Path(db))
        yield store
    except StoreError as error:
        raise Problem(str(error)) from None
    finally:
        if store is not None:
            store.close()


def _finish(inputs: Inputs, run: Run, outcome: Outcome, show: Show, *, keeps: bool) -> None:
    if inputs.rejects is not None:
        write_lines(inputs.rejects, map(write_reject, run.rejects))
    if keeps and (inputs.db is not None or inputs.outbox is not None):
        run.save()
    due = run.due() if inputs.outbox is not None else []
    if inputs.outbox is not None:
        write_lines(inputs.outbox, run.publications(due))
    cut_off: BrokenPipeError | None = None
    try:
        show(run, outcome)
        sys.stdout.flush()
    except BrokenPipeError as error:
        cut_off = error
    report(inputs, run, outcome)
    if due:
        run.told(due)
    if cut_off is not None:
        raise cut_off


# --- what is said about a run ---------------------------------------------------------------------------------------


def report(inputs: Inputs, run: Run, outcome: Outcome) -> None:
    """Lines on standard error: what was rejected, what a new model left aside."""
    if outcome.set_aside:
        told = counted(outcome.set_aside, "event")
        print(f"{told} in the database left aside: this model does not take them", file=sys.stderr)
    report_rejects(inputs, run.rejects)


def report_rejects(inputs: Inputs, rejects: Sequence[Reject]) -> None:
    """A line on standard error on what was rejected, and where it is."""
    if rejects:
        counts = Counter(reject.reason.partition(":")[0] for reject in rejects)
        why = ", ".join(f"{count:,} {text}" for text, count in counts.most_common())
        kept = f"kept in {inputs.rejects}" if inputs.rejects is not None else "use --rejects F to keep them"
        print(f"{counted(len(rejects), 'event')} rejected: {why}; {kept}", file=sys.stderr)


def write_reject(reject: Reject) -> str:
    """The line of a rejected event: spliced in as it came if it was JSON, else as a text."""
    line = reject.line.strip()
    try:
        read_json(line)
        event = line.decode().replace("\r", " ")
    except ValueError:
        event = quote(line.decode(errors="replace"))
    return f'{{"reason":{quote(reject.reason)},"event":{event}}}'


def print_lines(lines: Iterator[str]) -> None:
    """Write result lines to standard output, many at a time."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) == _TOGETHER:
            sys.stdout.write("\n".join(held) + "\n")
            held.clear()
    if held:
        sys.stdout.write("\n".join(held) + "\n")
