"""Leads as somebody asks for them, now or at an instant of the past: nothing is written.

What the lead item says now is brought forward; the past is folded anew from the lines that are kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from runtime.dynamo.contention import again
from runtime.dynamo.folding import Folding
from runtime.dynamo.history import History
from runtime.dynamo.keys import lead_key
from runtime.dynamo.rows import Row, read
from runtime.intake import Event
from runtime.lead import Lead


class Looking:
    """Looks at the leads that `folding` folds."""

    def __init__(self, folding: Folding, pause: Callable[[float], None] = time.sleep) -> None:
        self.folding = folding
        self.pause = pause

    def at(self, id: str, t: int) -> Lead | None:
        """The lead as it stands at an instant, or stood, under the model's `plan_at` it; None if it has no event up to
        then. Raises LookupError for an instant before the oldest that is kept."""
        return again(lambda: self.stands(self.row(id), t), self.pause, "lead")

    def stands(self, row: Row, t: int) -> Lead | None:
        """As `at`, for a lead that was read, whose row is good for nothing afterwards. Raises Gone if others have
        written it meanwhile."""
        if row.lead is None:
            return None
        model = self.folding.model
        standing = model.standing(row.lead, row.digest) if self.folding.seen(row) <= t else None
        if standing is not None:
            model.chain.bring(standing, [], t, tell=False)
            return standing.lead
        history = History(self.folding.table, row)
        standing, after = self.folding.begin(history)
        if after > t:
            raise LookupError("events before that instant have expired")
        model.chain.bring(standing, history.events(model, standing.lead.key)[0], t, tell=False)
        return standing.lead if standing.lead.first is not None else None

    def events_of(self, id: str) -> list[Event]:
        """All events that are kept of a lead, in their order."""
        return again(partial(self._events, id), self.pause, "lead")

    def _events(self, id: str) -> list[Event]:
        return History(self.folding.table, self.row(id)).events(self.folding.model)[0]

    def row(self, id: str) -> Row:
        """The lead of an id as it is kept. Raises ValueError if another one has its key."""
        row = read(self.folding.table, lead_key(id))
        if row.id and row.id != id:
            raise ValueError("two leads have one key")
        row.id = id
        return row
