"""A history in the making: what has happened to a lead, and the engine's lead that it has happened to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.program import Program
from compiler.prove.engine import Engine, Sight, State
from compiler.prove.histories import START, Happening, History, type_of
from compiler.prove.moves import Move


@dataclass
class Track:
    """`now` is the time at which the next event happens; `attributes` what `lead` events have said."""

    program: Program
    engine: Engine
    now: int = START
    state: State = None
    history: History = ()
    attributes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state is None:
            self.state = self.engine.begin()

    def copy(self) -> Track:
        state = self.engine.copy(self.state)
        return Track(self.program, self.engine, self.now, state, self.history, dict(self.attributes))

    def give(self, event: str | None, data: Mapping[str, Any]) -> None:
        """An event happens now. Raises Refused."""
        self.engine.give(self.state, type_of(self.program, event), data, self.now)
        self.history = (*self.history, Happening(self.now, event, data))
        if event is None:
            self.attributes.update(data)

    def tell(self, wanted: Mapping[str, Any]) -> None:
        """Attributes become what is wanted, by a `lead` event if they are not so already."""
        changed = {name: value for name, value in wanted.items() if self.attributes.get(name) != value}
        if changed:
            self.give(None, changed)

    def take(self, move: Move) -> None:
        """The attributes that a move needs, then its event. Raises Refused."""
        self.tell(move.lead)
        if move.event is not None:
            self.give(move.event, move.data)
        elif move.data:
            self.tell(move.data)

    def see(self) -> Sight:
        return self.engine.see(self.state, self.now)
