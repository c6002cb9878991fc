"""The entries of a lead's ledger: what happened, why, and what it changed of which score.

`runtime.explain` writes them, `runtime.statement` puts them into words. All points are thousandths, all times
microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from runtime.lead import Key
from runtime.limits import Points, Times


@dataclass(frozen=True, slots=True)
class Happening:
    """The event at which something happened; `data` holds checked values by declared name."""

    key: Key
    type: str
    data: dict[str, Any]


# --- why an entry stands in the ledger --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cut:
    """What cut a firing to `left`: the rule's `best` (no `limit`), a limit of its own, or one of its `group`."""

    left: int
    limit: Times | Points | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """The event itself, before anything follows from it."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An `on` rule matched and wanted so many points; `cuts` says what left it fewer, in order."""

    rule: str
    wanted: int
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Waited:
    """A `repeated` rule has so many unused matches within its window, and waits for `times`."""

    rule: str
    matches: int
    times: int
    within: int


@dataclass(frozen=True, slots=True)
class Held:
    """What lies beyond the range's end `end` does not count: in A for good, unless A ages (`activity`), else only as
    long as it lies there. `end` is None where points come back within the range."""

    activity: bool
    end: int | None


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile points of a `when` rule changed."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Capped:
    """A group of `when` rules gives at most `most`, and cuts more or less than before."""

    group: str
    most: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """A degradation step; `before` and `after` are the score shown."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Aged:
    """Points of earlier days faded or expired at a midnight: (day, before, after) of each."""

    days: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed score changed with its parts: (key, points)."""

    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Fell:
    """Days fell out of a tally: by how many it fell, and what is left."""

    tally: str
    by: int
    left: int


@dataclass(frozen=True, slots=True)
class Triggered:
    """A trigger fired, or would have but for the limits in `blocked`."""

    trigger: str
    blocked: tuple[Times, ...]


@dataclass(frozen=True, slots=True)
class Did:
    """An action of a trigger that fired: ("move", stage), ("set", field), ("add", points), … as in the table; `before`
    and `after` are the stage, the field's value or the score shown."""

    trigger: str
    action: tuple[Any, ...]
    before: Any
    after: Any


Why: TypeAlias = (
    Happened | Fired | Waited | Held | Profile | Capped | Stepped | Aged | Computed | Fell | Triggered | Did
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `event` is None for what time does; `score` None for what touches none; `points` is what
    the entry changes of the score, `balance` the score after it."""

    at: int
    event: Happening | None
    why: Why
    score: str | None = None
    points: int = 0
    balance: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """A score at the end: shown = profile + activity + beyond (what is held back of the two, negative at the upper
    end). For a computed score all of it is `activity`."""

    shown: int
    profile: int
    activity: int
    beyond: int
