"""Two engines side by side, folding the same history of one lead under two models.

One of the two is at `home`: it must take every event, since the history becomes a test of its model. What the other one
refuses does not happen there, as it would not in the field; with `strict` such a history is not gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compiler.prove.engine import AccountSight, Engine, Given, Refused, Sight, State
from runtime.table import Term


@dataclass(slots=True)
class Twin:
    """An engine (`compiler.prove.engine.Engine`) whose leads are pairs. `knows` are the types of event that each of the
    two knows, the old model first; `home` is 0 or 1."""

    engines: tuple[Engine, Engine]
    knows: tuple[frozenset[str], frozenset[str]]
    home: int = 1
    strict: bool = True

    def without(self, trigger: str) -> Engine:
        return self.engines[self.home].without(trigger)

    def begin(self) -> State:
        return [engine.begin() for engine in self.engines]

    def copy(self, state: State) -> State:
        return [engine.copy(lead) for engine, lead in zip(self.engines, state, strict=True)]

    def give(self, state: State, type: str, data: Mapping[str, Any], time: int) -> None:
        """Raises Refused if the one at home refuses, or with `strict` the other; then the lead is of no use."""
        for side in (self.home, 1 - self.home):
            needed = self.strict or side == self.home
            if type != "lead" and type not in self.knows[side]:
                if needed:
                    raise Refused(f"there is no event {type}")
                continue
            try:
                self.engines[side].give(state[side], type, data, time)
            except Refused:
                if needed:
                    raise

    def see(self, state: State, time: int) -> Sight:
        return self.engines[self.home].see(state[self.home], time)

    def both(self, state: State, time: int) -> tuple[Sight, Sight]:
        """What stands under the old model and under the new one."""
        one, two = (engine.see(lead, time) for engine, lead in zip(self.engines, state, strict=True))
        return one, two

    def later(self, state: State, time: int, until: int, most: int) -> Iterator[tuple[Sight, Sight]]:
        """What stands under both models after each thing that time alone does to the lead under either of them, at most
        so many for each. In between nothing changes."""
        one, two = (engine.silence(lead, time, until, most) for engine, lead in zip(self.engines, state, strict=True))
        at = [0, 0]
        for moment in sorted({sight.time for sight in (*one, *two)} - {time}):
            for side, sights in enumerate((one, two)):
                while at[side] + 1 < len(sights) and sights[at[side] + 1].time <= moment:
                    at[side] += 1
            here = one[at[0]], two[at[1]]
            yield replace(here[0], time=moment), replace(here[1], time=moment)

    def holding(self, state: State, time: int) -> Callable[[int, Term], bool]:
        """Whether a condition holds of the lead at a time, under the old model (0) or the new one (1)."""
        return lambda side, condition: self.engines[side].holds(state[side], condition, time)

    def holds(self, state: State, condition: Term, time: int) -> bool:
        return self.engines[self.home].holds(state[self.home], condition, time)

    def fits(self, state: State, event: str, data: Mapping[str, Any], where: Term, time: int) -> bool:
        return self.engines[self.home].fits(state[self.home], event, data, where, time)

    def silence(self, state: State, time: int, until: int, most: int) -> list[Sight]:
        return self.engines[self.home].silence(state[self.home], time, until, most)

    def account(self, name: str, leads: Sequence[tuple[int, Sequence[Given]]], time: int) -> AccountSight:
        return self.engines[self.home].account(name, leads, time)
