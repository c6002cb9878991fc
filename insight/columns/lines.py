"""The lines of leads from what the compiled fold wrote: the bytes of `runtime.lines`, from rows of integers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from insight.columns.folds import Folded
from insight.columns.layout import FIRST_CODE, NOTHING, SCALE
from insight.columns.program import Program
from runtime.lines import band_of, quote, write_json
from runtime.times import write_instant
from runtime.values import settle, write_points, write_value


class Rows:
    """Reads the rows of what was folded."""

    def __init__(self, program: Program, folded: Folded, at: int) -> None:
        self.program, self.folded, self.at = program, folded, at
        self.fields = sorted(name for name, field in program.table.attributes.items() if field.computed)
        scores, tallies = len(program.plan.scores), len(program.plan.tallies)
        self._tallies = 5 + scores
        self._stages = self._tallies + tallies
        self._tags = self._stages + 2 * len(program.stages)
        self._attributes = self._tags + len(program.tags)
        plan = program.plan
        self._time = write_instant(at)
        self._scores = [f"{quote(key)}:" for key in plan.keys]
        self._bands = [(f"{quote(score.key)}:", score) for score in plan.scores if score.bands]
        self._counts = [f"{quote(name)}:" for name in plan.tally_names]
        self._names = [quote(stage) for stage in program.stages]
        self._triggers = [f'{{"trigger":{quote(trigger.name)},"at":"' for trigger in plan.triggers]
        self._fired: list[tuple[int, int]] = [(at, time) for at, time in folded.firings.tolist()]
        self._interned = {name: [value for _, value in known] for name, known in folded.binding.interned.items()}

    def entered(self, row: list[int]) -> list[tuple[str, int]]:
        """The stages that were entered, in the order in which each was first, with the time it was last."""
        found = []
        for at, stage in enumerate(self.program.stages):
            time, order = row[self._stages + 2 * at], row[self._stages + 2 * at + 1]
            if time != NOTHING:
                found.append((order, stage, time))
        return [(stage, time) for _, stage, time in sorted(found)]

    def tags(self, row: list[int]) -> list[str]:
        return [tag for at, tag in enumerate(self.program.tags) if row[self._tags + at]]

    def fields_of(self, row: list[int]) -> list[tuple[str, Any]]:
        """The computed fields that have a value, by name."""
        found = []
        for name in self.fields:
            held = row[self._attributes + self.program.attributes.index(name)]
            if self.program.coder.direct(name):
                if held != NOTHING:
                    moment = self.program.table.attributes[name].type in ("date", "instant")
                    found.append((name, held if moment else settle(Decimal(held).scaleb(-SCALE).normalize())))
            elif held >= FIRST_CODE:
                found.append((name, self._interned[name][held - FIRST_CODE]))
        return found

    def write(self, lead: str, row: list[int]) -> str:
        """The line of ``leadscore score --json``."""
        shown = row[5 : self._tallies]
        scores = ",".join([f"{name}{write_points(points)}" for name, points in zip(self._scores, shown, strict=True)])
        bands = ",".join([f"{name}{quote(band_of(score.bands, shown[score.at]))}" for name, score in self._bands])
        counts = row[self._tallies : self._stages]
        tallies = ",".join([f"{name}{count}" for name, count in zip(self._counts, counts, strict=True)])
        entered = fired = fields = tags = ""
        if row[2] >= 0:
            entered = ",".join([f'{quote(stage)}:"{write_instant(time)}"' for stage, time in self.entered(row)])
        if row[3] < row[4]:
            fired = ",".join(
                [f'{self._triggers[at]}{write_instant(time)}"}}' for at, time in self._fired[row[3] : row[4]]]
            )
        if self.fields:
            fields = ",".join([self._field(name, value) for name, value in self.fields_of(row)])
        if self.program.tags:
            tags = ",".join([quote(tag) for tag in self.tags(row)])
        stage = "null" if row[2] < 0 else self._names[row[2]]
        return (
            f'{{"lead":{quote(lead)},"at":"{self._time}","scores":{{{scores}}},"bands":{{{bands}}},'
            f'"tallies":{{{tallies}}},"stage":{stage},"entered":{{{entered}}},'
            f'"tags":[{tags}],"fields":{{{fields}}},"fired":[{fired}]}}'
        )

    def _field(self, name: str, value: Any) -> str:
        return f"{quote(name)}:{write_json(write_value(self.program.table.attributes[name], value))}"

    def __iter__(self) -> Iterator[tuple[str, list[int]]]:
        """The leads that stand, with their rows, in the order of ids."""
        leads = self.folded.leads
        for at in sorted(self.folded.stand.tolist(), key=leads.__getitem__):
            yield leads[at], self.folded.rows[at].tolist()
