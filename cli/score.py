"""`leadscore score`: fold events, print a line for each lead."""

from __future__ import annotations

import sys
from typing import Any

import click

from cli.findings import counted
from cli.inputs import EventsCommand, Inputs, takes_inputs
from cli.listing import print_table
from cli.model import Model, load_model
from cli.problem import Problem, did_you_mean
from cli.running import carry_out, print_lines
from runtime.lead import Lead
from runtime.lines import LeadLines, band_of, scores_of, settle
from runtime.plan import Plan
from runtime.run import Outcome, Run
from runtime.table import Table
from runtime.times import write_instant
from runtime.values import write_points


@click.command(
    "score",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore score model.score --events events.jsonl
  leadscore score model.score --events january.jsonl.gz february.jsonl --at 2026-03-01
  zcat events.jsonl.gz | leadscore score table.json --events - --json > leads.jsonl
  leadscore score model.score --events today.jsonl --db state.db --rejects bad.jsonl --outbox out.jsonl
  leadscore score model.score --db state.db --at 2026-03-01T00:00Z --by readiness --limit 20
  leadscore score model.score --events year.parquet --json > leads.jsonl
  leadscore score model.score --events year.jsonl --engine columns --output leads.parquet""",
)
@takes_inputs
@click.option("--by", metavar="SCORE", help="Sort by this score, highest first, instead of by lead.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Print the first N leads only.")
@click.option(
    "--engine",
    type=click.Choice(["events", "columns", "spark"]),
    help="Fold event by event, whole files by columns, or on Spark; Parquet and CSV are folded by columns.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes that fold by columns.")
@click.option("--output", "-o", type=click.Path(), metavar="F", help="Write the leads to this Parquet file instead.")
def command(
    by: str | None, limit: int | None, engine: str | None, workers: int | None, output: str | None, **given: Any
) -> int:
    """Fold the events with MODEL and print where each lead stands.

    MODEL is a rule file or a compiled table. Every lead with an accepted event up to T has a line, in order of its id.
    Rejected events are counted on standard error, and written to a file with --rejects."""
    inputs = Inputs(**given)
    inputs.check()
    model = load_model(inputs.model)
    table = model.table
    if by is not None and by not in table.scores:
        hint = f"the scores are {', '.join(sorted(table.scores))}" if table.scores else None
        raise Problem(f"the model has no score `{by}`{did_you_mean(by, list(table.scores))}", hint=hint)
    by_columns = inputs.source is None and of_columns(inputs.events)
    if engine in ("columns", "spark") or (engine is None and by_columns) or output is not None:
        from cli.whole_files import Wanted, fold_files

        return fold_files(inputs, model, Wanted(engine or "columns", workers, output, by, limit), show_with)
    if by_columns:
        raise Problem("Parquet and CSV are folded by columns", hint="leave --engine events out")
    return show_with(inputs, model, by, limit)


def show_with(inputs: Inputs, model: Model, by: str | None, limit: int | None) -> int:
    """Fold event by event, and show where the leads stand; gives the exit status."""
    table = model.table

    def show(run: Run, outcome: Outcome) -> None:
        leads = chosen(run.plan, outcome, by, limit)
        if inputs.json:
            print_lines(map(LeadLines(run.plan, outcome.at).write, leads))
        else:
            print_leads(table, run.plan, leads, outcome.at)
            print(footer(run, outcome), file=sys.stderr)

    return carry_out(inputs, model, show, keeps=True)


def of_columns(events: tuple[str, ...]) -> bool:
    """Whether a file is one that only columns are read from."""
    return any(name.lower().endswith((".parquet", ".csv")) for name in events)


def chosen(plan: Plan, outcome: Outcome, by: str | None, limit: int | None) -> list[Lead]:
    """The leads to print, in their order; equal scores stay in the order of ids."""
    leads = outcome.leads
    if by is not None:
        shown = plan.shown[plan.keys.index(by)]
        for lead in leads:
            settle(plan, lead)
        leads = sorted(leads, key=lambda lead: shown(lead, outcome.at), reverse=True)
    return leads if limit is None else leads[:limit]


def print_leads(table: Table, plan: Plan, leads: list[Lead], at: int) -> None:
    """The table for reading: scores with their bands, and of the rest what the model has."""
    names = [trigger.name for trigger in plan.triggers]
    tagged = any(lead.tags for lead in leads)
    columns = ["lead", *plan.keys]
    columns += ["stage"] * bool(table.stages.path) + ["tags"] * tagged + ["last fired"] * bool(names)
    rows = []
    for lead in leads:
        settle(plan, lead)
        row = [lead.id]
        for key, points in zip(plan.keys, scores_of(plan, lead, at), strict=True):
            bands = table.scores[key].bands
            row.append(write_points(points) + (f" {band_of(bands, points)}" if bands else ""))
        if table.stages.path:
            row.append(lead.stage or "")
        if tagged:
            row.append(", ".join(sorted(lead.tags)))
        if names:
            row.append(last_fired(names, lead.fired))
        rows.append(row)
    print_table(columns, rows, frozenset(key for key in plan.keys if not table.scores[key].bands), paragraphs=True)


def last_fired(names: list[str], fired: list[tuple[int, int]]) -> str:
    """``qualify 2026-01-09T10:00:00Z``, or nothing."""
    return f"{names[fired[-1][0]]} {write_instant(fired[-1][1])}" if fired else ""


def footer(run: Run, outcome: Outcome) -> str:
    """One line on what was taken in, and when it is."""
    taken = [f"{counted(run.accepted, 'new event')}"]
    taken += [counted(run.duplicates, "duplicate")] * bool(run.duplicates)
    taken += [f"{len(run.rejects):,} rejected"] * bool(run.rejects)
    when = f"at {write_instant(outcome.at)}: " if outcome.leads or outcome.at else ""
    return f"{when}{counted(len(outcome.leads), 'lead')}; {', '.join(taken)}"
