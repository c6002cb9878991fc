"""The lines of results, as JSON text: exact numbers without trailing zeros, times in UTC, keys in order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from runtime.lead import Lead
from runtime.plan import Plan
from runtime.times import write_instant
from runtime.values import write_number, write_points, write_value

quote = json.encoder.encode_basestring


def write_json(value: Any) -> str:
    """JSON text of plain values, decimals exactly, text as it is."""
    match value:
        case None | True | False | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return write_number(value)
        case dict():
            return "{" + ",".join(f"{quote(key)}:{write_json(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(write_json, value)) + "]"
    raise TypeError(f"no JSON for {type(value).__name__}")


def settle(plan: Plan, lead: Lead) -> None:
    """Make profile points that the clock touches be taken anew: before a lead is looked at from outside."""
    for at in plan.dated:
        lead.p[at] = None


def scores_of(plan: Plan, lead: Lead, t: int) -> list[int]:
    """All scores as shown at t, in thousandths, in the order of `plan.keys`."""
    return [shown(lead, t) for shown in plan.shown]


def write_scores(plan: Plan, scores: Iterable[int]) -> str:
    return (
        "{"
        + ",".join(f"{quote(key)}:{write_points(points)}" for key, points in zip(plan.keys, scores, strict=True))
        + "}"
    )


def band_of(bands: Iterable[Any], points: int) -> str:
    """The name of the half-open band in which the points lie; the last one has no upper end."""
    name = ""
    for band in bands:
        name = band.name
        if band.below is None or points < band.below:
            break
    return name


def write_fired(names: list[str], fired: Iterable[tuple[int, int]]) -> str:
    return "[" + ",".join(f'{{"trigger":{quote(names[at])},"at":"{write_instant(t)}"}}' for at, t in fired) + "]"


def write_tags(tags: Iterable[str]) -> str:
    return "[" + ",".join(quote(tag) for tag in sorted(tags)) + "]"


class LeadLines:
    """Writes the line of a lead at the instant `at`."""

    def __init__(self, plan: Plan, at: int) -> None:
        self.plan = plan
        self.at = at
        self._time = write_instant(at)
        self._scores = [(f"{quote(key)}:", shown) for key, shown in zip(plan.keys, plan.shown, strict=True)]
        self._bands = [(f"{quote(score.key)}:", score) for score in plan.scores if score.bands]
        self._tallies = [f"{quote(name)}:" for name in plan.tally_names]
        self._stages = {name: quote(name) for name in (*plan.table.stages.path, *plan.table.stages.beside)}
        self._triggers = [f'{{"trigger":{quote(trigger.name)},"at":"' for trigger in plan.triggers]
        self._fields = [(name, kind) for name, kind in sorted(plan.attribute_fields.items()) if kind.computed]

    def write(self, lead: Lead) -> str:
        """The line of ``leadscore score --json``."""
        settle(self.plan, lead)
        at = self.at
        shown = [score(lead, at) for _, score in self._scores]
        scores = ",".join([name + write_points(points) for (name, _), points in zip(self._scores, shown, strict=True)])
        bands = ",".join([name + quote(band_of(score.bands, shown[score.at])) for name, score in self._bands])
        tallies = ",".join([name + str(count) for name, count in zip(self._tallies, lead.tallies, strict=True)])
        stages = self._stages
        entered = ",".join([f'{stages[stage]}:"{write_instant(t)}"' for stage, t in lead.entered.items()])
        fields = ",".join(
            [
                f"{quote(name)}:{write_json(write_value(kind, lead.attrs[name]))}"
                for name, kind in self._fields
                if name in lead.attrs
            ]
        )
        stage = "null" if lead.stage is None else stages[lead.stage]
        triggers = self._triggers
        fired = ",".join([f'{triggers[trigger]}{write_instant(t)}"}}' for trigger, t in lead.fired])
        return (
            f'{{"lead":{quote(lead.id)},"at":"{self._time}","scores":{{{scores}}},"bands":{{{bands}}},'
            f'"tallies":{{{tallies}}},"stage":{stage},"entered":{{{entered}}},"tags":{write_tags(lead.tags)},'
            f'"fields":{{{fields}}},"fired":[{fired}]}}'
        )
