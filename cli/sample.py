"""`leadscore sample`: make up an event file that a model understands."""

from __future__ import annotations

import sys

import click

from cli.inputs import read_time
from cli.model import load_model
from cli.problem import Problem
from cli.running import print_lines
from cli.writing import check_writable, write_lines
from insight.sample import Wanted, sample
from runtime.times import DAY, now, read_date, write_instant

FIRST = "2026-01-05"
"""The day a history begins with if nothing is said: always the same, so that the same command gives the same file."""


@click.command(
    "sample",
    epilog="""\b
Examples:
  leadscore sample model.score --leads 50 --days 90 --seed 7 -o events.jsonl
  leadscore sample model.score --leads 5 --days 30 --start 2026-06-01 | leadscore score model.score --events -
  leadscore sample table.json --leads 1000 --days 365 --seed 1 --disorder 5 -o messy.jsonl""",
)
@click.argument("model", type=click.Path())
@click.option(
    "--leads",
    type=click.IntRange(min=0, max=10_000_000),
    default=50,
    show_default=True,
    metavar="N",
    help="How many leads.",
)
@click.option(
    "--days",
    type=click.IntRange(min=1, max=36_500),
    default=90,
    show_default=True,
    metavar="D",
    help="How long the period is.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=(1 << 63) - 1),
    default=0,
    show_default=True,
    metavar="S",
    help="Another number, another history.",
)
@click.option("--start", callback=read_time, metavar="T", help=f"When it begins; {FIRST} if not given.")
@click.option(
    "--disorder",
    type=click.FloatRange(0, 100),
    default=0.0,
    metavar="P",
    help="Percent of the lines that come late or twice.",
)
@click.option("-o", "--output", type=click.Path(), default="-", metavar="F", help="`-` is standard output.")
def command(model: str, leads: int, days: int, seed: int, start: int | None, disorder: float, output: str) -> int:
    """Make up events for MODEL, a rule file or a compiled table: one CloudEvents object a line.

    The values are those that the rules of the model test for, and others that match nothing; leads are hot, lukewarm or
    cold. The same options give the same bytes, whatever the machine."""
    if output != "-":
        check_writable(output)
    start = read_date(FIRST) if start is None else start
    if start + days * DAY > read_date("2999-12-31"):
        raise Problem("the period ends after the year 2999", hint="choose an earlier --start or fewer --days")
    loaded = load_model(model)
    wanted = Wanted(leads=leads, days=days, seed=seed, start=start, disorder=disorder / 100)
    with loaded.trusted():
        lines = sample(loaded.table, wanted)
        if output == "-":
            print_lines(lines)
        else:
            write_lines(output, lines)
    if leads and start + days * DAY > now():
        end = write_instant(start + days * DAY)
        print(f"the period ends in the future: fold these events with --now {end}", file=sys.stderr)
    return 0
