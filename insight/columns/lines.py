"""The lines of leads from what the compiled fold wrote: the bytes of `runtime.lines`, from rows of integers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from insight.columns.folds import Folded
from insight.columns.layout import FIRST_CODE, NOTHING, SCALE
from insight.columns.program import Program
from runtime.lines import band_of, quote, write_json, write_tags
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
        self._interned = {name: [value for _, value in known] for name, known in folded.binding.interned.items()}

    def shown(self, row: list[int]) -> list[int]:
        """All scores as shown, thousandths, in the order of the plan's keys."""
        return row[5 : self._tallies]

    def stage(self, row: list[int]) -> str | None:
        return None if row[2] < 0 else self.program.stages[row[2]]

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

    def fired(self, row: list[int]) -> list[tuple[int, int]]:
        return [(at, time) for at, time in self.folded.firings[row[3] : row[4]].tolist()]

    def write(self, lead: str, row: list[int]) -> str:
        """The line of ``leadscore score --json``."""
        program, plan = self.program, self.program.plan
        shown = self.shown(row)
        scores = ",".join(f"{quote(key)}:{write_points(points)}" for key, points in zip(plan.keys, shown, strict=True))
        bands = ",".join(
            f"{quote(score.key)}:{quote(band_of(score.bands, shown[score.at]))}" for score in plan.scores if score.bands
        )
        counts = row[self._tallies : self._stages]
        tallies = ",".join(f"{quote(name)}:{count}" for name, count in zip(plan.tally_names, counts, strict=True))
        entered = ",".join(f'{quote(stage)}:"{write_instant(time)}"' for stage, time in self.entered(row))
        fields = ",".join(
            f"{quote(name)}:{write_json(write_value(program.table.attributes[name], value))}"
            for name, value in self.fields_of(row)
        )
        fired = ",".join(
            f'{{"trigger":{quote(plan.triggers[at].name)},"at":"{write_instant(time)}"}}'
            for at, time in self.fired(row)
        )
        stage = self.stage(row)
        return (
            f'{{"lead":{quote(lead)},"at":"{write_instant(self.at)}","scores":{{{scores}}},"bands":{{{bands}}},'
            f'"tallies":{{{tallies}}},"stage":{"null" if stage is None else quote(stage)},"entered":{{{entered}}},'
            f'"tags":{write_tags(self.tags(row))},"fields":{{{fields}}},"fired":[{fired}]}}'
        )

    def __iter__(self) -> Iterator[tuple[str, list[int]]]:
        """The leads that stand, with their rows, in the order of ids."""
        leads = self.folded.leads
        for at in sorted(self.folded.stand.tolist(), key=leads.__getitem__):
            yield leads[at], self.folded.rows[at].tolist()
