"""How long lines are kept, told in one place.

Lines are kept for the retention at least. They are folded into a checkpoint when the oldest is an eighth older than
that, so that this is worth its while, and a claim stands for a month longer, so that no repeat is taken for new while
its line is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.dynamo.rows import Row
from runtime.times import DAY, SECOND

_MARGIN = 30 * DAY
"""How long claims outlive the lines that they are for."""


@dataclass(frozen=True, slots=True)
class Retention:
    """`kept` is how long accepted lines are kept, at least; `lateness` how far behind a lead's newest event others may
    come. Microseconds."""

    kept: int
    lateness: int

    @property
    def _most(self) -> int:
        """How old lines become before they are folded into a checkpoint, if events go on to come."""
        return self.kept + self.kept // 8

    def due(self, row: Row) -> int | None:
        """The instant from which on the retention has work with a lead: lines that late events can't change any more,
        or lines that are in claims, which end. None if it has none, or else a lead that nobody writes any more would be
        due for ever."""
        if row.oldest is None or not (row.refs or row.oldest < row.newest - self.lateness):
            return None
        return row.oldest + self._most

    def before(self, row: Row, now: int) -> int:
        """The instant before which events of a lead have expired."""
        return min(row.newest - self.lateness, now - self.kept)

    def claim_ends(self, happened: int, now: int) -> int:
        """The time to live of the claim of an event, in seconds since 1970."""
        return (max(now, happened) + self._most) // SECOND + _MARGIN // SECOND

    def claim_ended(self, happened: int, now: int) -> bool:
        """Whether an event is so old that its claim may have ended."""
        return happened + self._most + _MARGIN <= now + SECOND
