"""What the prover asks of the real engine: to fold one lead, and to say what stands there.

The compiler must not know the runtime, so whoever starts a proof hands an engine in. Nothing that a proof shows as a
witness has not been through it: a history counts only for what the engine made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from runtime.table import Term

State: TypeAlias = Any
"""A lead in the engine's own form; only the engine looks into it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What stands at `time` (microseconds), as an `expect` there would see it: `scores` in thousandths by key, `fired`
    how often by trigger, `fields` the attributes that have a value."""

    time: int
    scores: Mapping[str, int]
    stage: str | None
    tags: frozenset[str]
    fired: Mapping[str, int]
    fields: Mapping[str, Any]
    tallies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AccountSight:
    """What stands of an account at a moment: `scores` in thousandths by name, `fired` how often by trigger."""

    scores: Mapping[str, int]
    fired: Mapping[str, int]
    tags: frozenset[str]


Given: TypeAlias = tuple[int, str, Mapping[str, Any]]
"""An event as the engine takes it: its time, its type and its data."""


class Refused(Exception):
    """An event that the model does not take; the text says why."""


class Engine(Protocol):
    """Folds histories of one lead. Times never go back."""

    def without(self, trigger: str) -> Engine:
        """An engine of the same model less a trigger; states can't be handed from one to the other."""
        ...

    def begin(self) -> State:
        """A lead without any event."""
        ...

    def copy(self, state: State) -> State:
        """A lead like this one that goes its own way."""
        ...

    def give(self, state: State, type: str, data: Mapping[str, Any], time: int) -> None:
        """Fold an event: its type and data as they come in JSON, "lead" carries attributes. Raises Refused."""
        ...

    def see(self, state: State, time: int) -> Sight:
        """What stands at `time`, not before the last event; the lead stays as it is."""
        ...

    def holds(self, state: State, condition: Term, time: int) -> bool:
        """Whether a condition of a trigger's kind is true at `time`; the lead stays as it is."""
        ...

    def fits(self, state: State, event: str, data: Mapping[str, Any], where: Term, time: int) -> bool:
        """Whether a condition of a rule's `where` holds of an event, by its declared name, that would come now."""
        ...

    def silence(self, state: State, time: int, until: int, most: int) -> list[Sight]:
        """What stands at `time` and after each thing that time alone does up to `until`, at most so many of them; the
        lead stays as it is."""
        ...

    def account(self, name: str, leads: Sequence[tuple[int, Sequence[Given]]], time: int) -> AccountSight:
        """What stands of an account at `time` after the events of some leads: so many alike, with these events each.
        Raises Refused."""
        ...
