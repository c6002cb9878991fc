"""The answer of a plan: what was counted, of what, and how the two models are called."""

from __future__ import annotations

from dataclasses import dataclass, field

from insight.change.facts import Facts, Mover
from insight.change.movers import Detail
from insight.change.variants import Change
from insight.recorded import Fingerprint
from runtime.table import Table


@dataclass(frozen=True, slots=True)
class Named:
    """One of the two models: how it was found, its compiled table and that table's hash."""

    name: str
    hash: str
    table: Table


@dataclass(frozen=True, slots=True)
class Answer:
    """`since` (None: from the first event) and `until` are microseconds; `generation` is the number of the release that
    was live where OLD is what is live. `details` explain the largest movers, the largest of each score first."""

    old: Named
    new: Named
    until: int
    since: int | None
    generation: int | None
    fingerprint: Fingerprint
    facts: Facts
    changes: tuple[Change, ...]
    details: tuple[Detail, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def leads(self) -> int:
        facts = self.facts
        return facts.both + facts.only_old + facts.only_new

    @property
    def moved(self) -> bool:
        """Whether anything is different for any lead."""
        facts = self.facts
        return bool(
            facts.only_old
            or facts.only_new
            or any(moves.up or moves.down for moves in facts.moves.values())
            or any(count.gained or count.lost for count in (*facts.at_end.values(), *facts.ever.values()))
            or any(one != two for flow in (*facts.bands.values(), facts.stages) for one, two in flow)
            or any(old != new for old, new in facts.weeks.values())
        )


def movers_to_tell(facts: Facts, most: int) -> list[Mover]:
    """The largest movers: of each score so many, the scores that moved most in all first."""
    keys = sorted(facts.moves, key=lambda key: (-sum(abs(mover.by) for mover in facts.moves[key].movers), key))
    return [mover for key in keys for mover in facts.moves[key].movers[:most]]
