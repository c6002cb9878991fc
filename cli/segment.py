"""`leadscore segment`: fold events, print the leads of a segment."""

from __future__ import annotations

import sys
from typing import Any

import click

from cli.findings import counted
from cli.inputs import EventsCommand, Inputs, takes_inputs
from cli.listing import print_table
from cli.model import load_model
from cli.problem import Problem, did_you_mean
from cli.running import carry_out, print_lines
from cli.score import footer
from cli.visible import visible
from runtime.run import Outcome, Run
from runtime.segments import segment, write_segment
from runtime.values import write_points


@click.command(
    "segment",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore segment model.score hottest --events events.jsonl
  leadscore segment model.score hottest --db state.db --at 2026-03-01 --json""",
)
@takes_inputs
@click.argument("name", required=False)
def command(name: str, **given: Any) -> int:
    """Fold the events with MODEL and print the leads of the segment NAME, by rank.

    With --db and without --events the database is only read."""
    inputs = Inputs(**given)
    inputs.check()
    model = load_model(inputs.model)
    table = model.table
    if name not in table.segments:
        known = sorted(table.segments)
        hint = f"the segments are {', '.join(known)}" if known else "the model has no segments at all"
        raise Problem(f"{inputs.model} has no segment `{name}`{did_you_mean(name, known)}", hint=hint)

    def show(run: Run, outcome: Outcome) -> None:
        held = segment(run.plan, name, outcome.leads, outcome.at)
        if inputs.json:
            print_lines(write_segment(name, *each) for each in held)
            return
        by = table.segments[name].by
        rows = [
            [str(rank), lead.id, *([write_points(points)] if points is not None else [])] for rank, lead, points in held
        ]
        print_table(["rank", "lead", *([by] if by is not None else [])], rows, frozenset(["rank", by or ""]))
        print(f"{counted(len(rows), 'lead')} in {visible(name)}; {footer(run, outcome)}", file=sys.stderr)

    return carry_out(inputs, model, show, keeps=False)
