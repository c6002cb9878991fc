"""`leadscore status`: what is live, how far leads have followed, and what an operator must know."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from cli.findings import counted
from cli.problem import NO, Problem
from cli.refold import in_words, summary
from cli.releasing import by, moment, percent, release_json, short
from cli.stack import Place, place, takes_place
from cli.visible import visible
from runtime import times
from runtime.lines import write_json
from runtime.times import SECOND
from runtime.values import settle, write_number, write_points

if TYPE_CHECKING:
    from runtime.dynamo.releases import Release
    from runtime.dynamo.trial import Counts

_PARTS, _PAGE = 16, 100
_QUEUES = {
    "PoisonQueueUrl": ("refused", "records that the model refuses"),
    "DeadLettersUrl": ("dead_letters", "records that could not be taken in"),
    "DeadLettersOrderedUrl": ("dead_letters_ordered", "records of the ordered queue that could not be taken in"),
    "UndeliveredUrl": ("undelivered", "messages that could not be handed on"),
    "UnpublishedUrl": ("unpublished", "batches that could not be published"),
}


@click.command(
    "status",
    epilog="""\b
Examples:
  leadscore status --stack prod
  leadscore status --stack prod --json""",
)
@takes_place
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(stack: str | None, table: str | None, bucket: str | None, as_json: bool) -> int:
    """Say what is live and since when, how many leads are under it, what is on trial, and what waits or failed."""
    with place(stack, table, bucket) as here:
        live = here.releases.live()
        if live is None:
            raise Problem("nothing was ever released here", hint="`leadscore deploy MODEL` does", status=NO)
        told = _look(here, live)
    if as_json:
        click.echo(write_json(told))
        return 0
    for line in _lines(live, told):
        click.echo(visible(line))
    return 0


def _look(here: Place, live: Release) -> dict[str, Any]:
    from runtime.dynamo import refold, trial

    told: dict[str, Any] = release_json(live, live=True)
    told["leads"] = _sample(here, live)
    parts = refold.progress(here.table, live.generation)
    state = "done" if all(part.done for part in parts) else "under way or stopped"
    told["refold"] = summary(live.generation, live.hash, parts, state) if parts else None
    told["overdue"] = _overdue(here)
    if live.canary is not None:
        told["canary"] |= _found(trial.counts(here.table, live.canary))
    told["queues"] = _asked(lambda: _queues(here))
    told["alarms"] = _asked(lambda: _alarms(here))
    return told


def _asked(ask: Callable[[], Any]) -> Any:
    """What a service answers; None where it can't be asked, for status tells the rest all the same."""
    try:
        return ask()
    except Exception as error:
        if not type(error).__module__.startswith("botocore"):
            raise
        return None


# --- leads ------------------------------------------------------------------------------------------------------------


def _sample(here: Place, live: Release) -> dict[str, Any]:
    """How many leads carry the mark of the live model, or one that serves it: of all of them, or of a sample."""
    from runtime.dynamo.keys import LEAD, STATE
    from runtime.dynamo.model import mark_of

    current = mark_of(live.digest)
    serving = {mark_of(each) for each in live.steps[-1].fits}
    found = {"looked_at": 0, "under_it": 0, "carried_over": 0, "older": 0}
    whole = True
    for part in random.sample(range(_PARTS), _PARTS):
        for page, last in here.table.scan(part=part, parts=_PARTS, limit=_PAGE, sk=STATE):
            for item in page:
                if item["pk"].startswith(LEAD) and "digest" in item:
                    mark = item["digest"]
                    found["looked_at"] += 1
                    kind = "under_it" if mark == current else "carried_over" if mark in serving else "older"
                    found[kind] += 1
            whole = whole and last is None
            break
    return {**found, "all": whole}


def _overdue(here: Place) -> dict[str, Any]:
    """How long the lead that is due for the longest waits, in seconds."""
    from runtime.dynamo.keys import shards

    now = times.now()
    dues = [item["due"] for shard in shards() for item in _first(here, shard, now)]
    return {"seconds": max(0, (now - min(dues)) // SECOND) if dues else 0, "any": bool(dues)}


def _first(here: Place, shard: str, now: int) -> list[dict[str, Any]]:
    for item in here.table.due(shard, now):
        return [item]
    return []


# --- what the stack has -----------------------------------------------------------------------------------------------


def _queues(here: Place) -> dict[str, int] | None:
    from runtime.handlers.clients import client

    found = {}
    for output, (name, _) in _QUEUES.items():
        if output in here.outputs:
            asked = client("sqs").get_queue_attributes(
                QueueUrl=here.outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
            )
            found[name] = int(asked["Attributes"]["ApproximateNumberOfMessages"])
    return found or None


def _alarms(here: Place) -> list[str] | None:
    from runtime.handlers.clients import client

    if here.where.stack is None:
        return None
    asked = client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{here.where.stack}-", StateValue="ALARM")
    return sorted(each["AlarmName"] for each in asked.get("MetricAlarms", ()))


def _found(counts: Counts) -> dict[str, Any]:
    return {
        "compared": counts.leads,
        "differing": counts.differing,
        "scores": {
            key: {
                "up": moved.up,
                "down": moved.down,
                "mean": _points(moved.total // counts.leads),
                "highest": _points(moved.highest),
                "lowest": _points(moved.lowest),
            }
            for key, moved in sorted(counts.scores.items())
        },
        "stages": [{"live": one, "trial": two, "leads": count} for (one, two), count in counts.stages.most_common()],
        "fired": {name: {"live": one, "trial": two} for name, (one, two) in sorted(counts.fired.items())},
    }


# --- in words ---------------------------------------------------------------------------------------------------------


def _lines(live: Release, told: dict[str, Any]) -> list[str]:
    who = by(live)
    lines = [
        f"live: model {live.model}, {short(live.hash)}, release {live.generation} of {moment(live.since)}"
        + (f", {who}" if who else "")
    ]
    if len(live.steps) > 1:
        steps = ", ".join(f"{short(step.hash)} from {moment(step.start)}" for step in live.steps[1:])
        lines.append(f"points kept: {short(live.steps[0].hash)} at first, {steps}")
    lines.append(_leads(told["leads"]))
    if told["refold"] is not None:
        lines.append(f"refold: {in_words(told['refold'])}")
    late = f"the oldest due look waits for {counted(told['overdue']['seconds'], 'second')}"
    lines.append(f"sweep: {late}" if told["overdue"]["any"] else "sweep: nothing is due")
    if live.canary is not None:
        lines += _trial(told["canary"], live)
    lines += _waiting(told)
    return lines


def _leads(leads: dict[str, Any]) -> str:
    of = "all" if leads["all"] else "a sample of"
    if not leads["looked_at"]:
        return "leads: none yet"
    carried = f", {leads['carried_over']:,} served as they are or carried over" if leads["carried_over"] else ""
    return (
        f"leads: of {of} {leads['looked_at']:,}, {leads['under_it']:,} are under it{carried}, "
        f"{leads['older']:,} follow when they are looked at"
    )


def _trial(canary: dict[str, Any], live: Release) -> list[str]:
    assert live.canary is not None
    share, since, who = percent(live.canary.share), moment(live.canary.since), by(live.canary)
    lines = [
        f"on trial: {short(live.canary.hash)} for {share} of the leads since {since}" + (f", {who}" if who else "")
    ]
    lines.append(f"  {counted(canary['compared'], 'lead')} compared, {canary['differing']:,} differ")
    for key, moved in canary["scores"].items():
        if moved["up"] or moved["down"]:
            lines.append(
                f"  {key}: {moved['up']:,} up (at most {_signed(moved['highest'])}), {moved['down']:,} down "
                f"(at most {_signed(moved['lowest'])}), {_signed(moved['mean'])} on average"
            )
    lines += [f"  stage {each['live']} -> {each['trial']}: {each['leads']:,}" for each in canary["stages"]]
    for name, count in canary["fired"].items():
        if count["live"] != count["trial"]:
            lines.append(f"  {name} fired {counted(count['trial'], 'time')} instead of {count['live']:,}")
    return lines


def _points(thousandths: int) -> Decimal | int:
    """Points as a number without trailing zeros."""
    return settle(Decimal(write_points(thousandths)))


def _signed(number: Any) -> str:
    return ("+" if number >= 0 else "") + write_number(number)


def _waiting(told: dict[str, Any]) -> list[str]:
    lines = []
    for name, what in _QUEUES.values():
        count = (told["queues"] or {}).get(name)
        if count:
            lines.append(f"{name.replace('_', ' ')}: {counted(count, 'message')} ({what})")
    if told["queues"] is not None and not lines:
        lines.append("queues: nothing was refused, nothing failed")
    if told["alarms"] is not None:
        lines.append("alarms: " + (", ".join(told["alarms"]) if told["alarms"] else "none"))
    return lines
