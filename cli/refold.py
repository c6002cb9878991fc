"""`leadscore refold`: bring every lead under the live model, by the stack's state machine or here."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from cli.findings import counted
from cli.problem import NO, Problem
from cli.releasing import short
from cli.stack import Place, parameters_of, place, takes_place
from runtime import times
from runtime.times import DAY, SECOND

if TYPE_CHECKING:
    from runtime.dynamo.refold import Part
    from runtime.dynamo.releases import Release

_PAUSE = 5.0
_RETENTION = 400
_GRACE = 60 * SECOND
_ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


@click.command(
    "refold",
    epilog="""\b
Examples:
  leadscore refold --stack prod
  leadscore refold --stack prod --no-wait
  leadscore refold --table leads --bucket tables --local""",
)
@takes_place
@click.option("--local", is_flag=True, help="Do the work here, one part after another; begun work goes on.")
@click.option("--no-wait", is_flag=True, help="Start the state machine and don't watch it.")
@click.option(
    "--parts", type=click.IntRange(1, 1000), default=64, show_default=True, help="How many to cut leads into."
)
@click.option(
    "--retention-days",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --local: how long accepted events are kept; as the stack has it if not given, else 400.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    stack: str | None,
    table: str | None,
    bucket: str | None,
    local: bool,
    no_wait: bool,
    parts: int,
    retention_days: int | None,
    as_json: bool,
) -> int:
    """Bring every lead under the live model now. Without it leads follow when somebody looks at them.

    It may be stopped and started again at any time: it goes on where it was, and no lead is done twice. The exit
    status is 1 if leads are left that could not be folded."""
    if local and no_wait:
        raise Problem("--local works here: there is nothing to wait for")
    with place(stack, table, bucket) as here:
        live = here.releases.live()
        if live is None:
            raise Problem("nothing was ever released here", hint="`leadscore deploy MODEL` does", status=NO)
        if not local and "RefoldMachine" not in here.outputs:
            raise Problem("there is no state machine to do it", hint="--local does the work here")
        if local:
            done = _work(here, live, parts, _retention(here, retention_days) * DAY)
            return _tell(live, done, "done", as_json)
        return _machine(here, live, parts, no_wait=no_wait, as_json=as_json)


# --- here -------------------------------------------------------------------------------------------------------------


def _retention(here: Place, said: int | None) -> int:
    """For how many days the functions keep accepted events: this work must not let them expire earlier."""
    if said is not None:
        return said
    told = os.environ.get("LEADSCORE_RETENTION_DAYS")
    if here.where.stack is not None:
        told = parameters_of(here.where.stack).get("RetentionDays")
    return int(told) if told and told.isascii() and told.isdigit() else _RETENTION


def _work(here: Place, live: Release, parts: int, retention: int) -> list[Part]:
    from runtime.dynamo import refold
    from runtime.dynamo.leads import Leads

    leads = Leads(here.table, here.releases.model(live), times.now, retention=retention)
    planned = refold.plan(here.table, live.generation, parts)
    done = []
    for at, part in enumerate(planned):
        try:
            came = refold.step(here.table, leads, part, times.now() - _GRACE, lambda: True)
        except refold.Unfinished as unfinished:
            came = unfinished.part
        done.append(came)
        _show(done + planned[at + 1 :])
    return done


# --- by the state machine ---------------------------------------------------------------------------------------------


def _machine(here: Place, live: Release, parts: int, *, no_wait: bool, as_json: bool) -> int:
    from runtime.dynamo import refold
    from runtime.handlers.clients import client

    machine: Any = client("stepfunctions")
    arn = here.outputs["RefoldMachine"]
    execution = _running(machine, arn)
    if execution is None:
        execution = machine.start_execution(stateMachineArn=arn, input=json.dumps({"parts": parts}))["executionArn"]
    if no_wait:
        return _tell(live, refold.progress(here.table, live.generation), "started", as_json)
    while (status := machine.describe_execution(executionArn=execution)["status"]) not in _ENDED:
        _show(refold.progress(here.table, live.generation))
        time.sleep(_PAUSE)
    done = refold.progress(here.table, live.generation)
    return _tell(live, done, "done" if status == "SUCCEEDED" else status.lower().replace("_", " "), as_json)


def _running(machine: Any, arn: str) -> str | None:
    """The execution that is under way, if there is one."""
    found = machine.list_executions(stateMachineArn=arn, statusFilter="RUNNING", maxResults=1)["executions"]
    return found[0]["executionArn"] if found else None


# --- what is said -----------------------------------------------------------------------------------------------------


def _show(parts: Iterable[Part]) -> None:
    """Progress, on a terminal."""
    if sys.stderr.isatty():
        parts = list(parts)
        done, seen = sum(part.done for part in parts), sum(part.seen for part in parts)
        click.echo(f"\r{done} of {len(parts)} parts, {seen:,} leads", nl=False, err=True)


def _tell(live: Release, parts: list[Part], state: str, as_json: bool) -> int:
    told = summary(live.generation, live.hash, parts, state)
    if sys.stderr.isatty():
        click.echo("", err=True)
    if as_json:
        click.echo(json.dumps(told))
    else:
        click.echo(f"release {live.generation}, {short(live.hash)}: {in_words(told)}")
    whole = state == "started" or (state == "done" and all(part.done for part in parts))
    return NO if told["failed"] or not whole else 0


def summary(generation: int, hash: str, parts: list[Part], state: str) -> dict[str, Any]:
    """How far a refold has come."""
    return {
        "release": generation,
        "hash": hash,
        "state": state,
        "parts": len(parts),
        "done": sum(part.done for part in parts),
        "leads": sum(part.seen for part in parts),
        "folded": sum(part.folded for part in parts),
        "failed": sum(part.failed for part in parts),
    }


def in_words(told: dict[str, Any]) -> str:
    if told["state"] == "started" and not told["leads"]:
        return "started"
    failed = f", {told['failed']:,} could not be folded: run it again, and look at the logs" if told["failed"] else ""
    return (
        f"{told['state']}, {told['done']} of {counted(told['parts'], 'part')} through, "
        f"{counted(told['leads'], 'lead')} looked at, {told['folded']:,} folded{failed}"
    )
