"""The table on trial, looked at beside the stream: leads that changed are compared, off the path of their events.

A trial must not disturb what is live. What goes wrong in it is told, and the lead is compared at its next change; and
leads beyond the time that is left are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runtime.dynamo.client import Item
from runtime.dynamo.live import Live
from runtime.dynamo.trial import Trial, chosen, forget
from runtime.handlers import observed
from runtime.handlers.world import World


class Trials:
    """Compares leads of a world while a table is on trial there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._trial: Trial | None = None

    def take(self, changes: Iterable[tuple[Item | None, Item | None]], late: Callable[[], bool]) -> int:
        """Compare the leads of changes (item before, item after) that belong to the share; how many were."""
        try:
            trial = self._standing()
        except Exception as error:  # noqa: BLE001  # no model is live: others tell of that
            observed.log.warning("nothing is compared", extra=observed.trouble(error))
            return 0
        if trial is None:
            return 0
        canary, compared = trial.canary, 0
        for id, there in _latest(changes).items():
            if late() or not chosen(id, canary.share):
                continue
            try:
                if there:
                    compared += trial.look([id])
                else:
                    forget(self.world.table, canary, id)
            except Exception as error:  # noqa: BLE001  # it is compared at its next change
                observed.log.warning("not compared", extra={"lead": observed.hashed(id)} | observed.trouble(error))
        if compared:
            observed.count("Compared", compared)
        return compared

    def _standing(self) -> Trial | None:
        """The trial under way; the same one for as long as neither table changes."""
        models = self.world.models
        found = models.canary() if isinstance(models, Live) else None
        if found is None:
            self._trial = None
            return None
        leads = self.world.leads()
        if self._trial is None or self._trial.leads is not leads or self._trial.tried.model is not found[1]:
            self._trial = Trial(leads, *found)
        return self._trial


def _latest(changes: Iterable[tuple[Item | None, Item | None]]) -> dict[str, bool]:
    """The leads of changes by id, and whether they are still there after the last one."""
    found: dict[str, bool] = {}
    for old, new in changes:
        id = (new or {}).get("id") or (old or {}).get("id")
        if id is not None:
            found[id] = new is not None and "id" in new
    return found
