"""Time's work: on a schedule, the leads that are due are brought up to a moment ago.

The index of due leads is the queue: a lead leaves it when its sweep is written, so one that was cut off, or died, is
gone on with by the next, and two at once only do some work twice, which the lead's version keeps harmless. The
earliest come first, over all shards; one that can't be brought on is put off, further each time it fails. The sweep
stays a little behind the clock, since an event that is on its way would otherwise find that time has already done what
it should have prevented.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from runtime.dynamo.client import Item
from runtime.dynamo.keys import LEAD, shards
from runtime.dynamo.postponing import postpone
from runtime.handlers import observed
from runtime.handlers.deadline import time_left
from runtime.handlers.world import World, world
from runtime.times import SECOND

STUCK = 5
"""How often in a row a lead fails before somebody must know: for a quarter of an hour then."""


@dataclass(slots=True)
class Swept:
    """`found` leads were due, of which time did something to `worked` and `failed` could not be brought on, `stuck` of
    these again and again; `lag` is by how many microseconds the earliest that is left was overdue, 0 if none is."""

    found: int = 0
    worked: int = 0
    failed: int = 0
    stuck: int = 0
    lag: int = 0


class Sweep:
    """Sweeps the leads of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def run(self, late: Callable[[], bool]) -> Swept:
        """Bring the leads that are due up to now, less the grace, until it is time to stop."""
        leads, swept = self.world.leads(), Swept()
        upto = self.world.now() - self.world.settings.grace
        for item in self._due(upto):
            if late():
                swept.lag = upto - item["due"]
                break
            swept.found += 1
            try:
                swept.worked += leads.sweep(item["pk"], upto)
            except Exception as error:  # noqa: BLE001  # the trouble of one lead is no trouble of others
                swept.failed += 1
                swept.stuck += self._put_off(item["pk"], error) >= STUCK
        self._tell(swept)
        return swept

    def _put_off(self, pk: str, error: Exception) -> int:
        """Put off a lead that failed; how often in a row it has."""
        told = {"lead": pk.removeprefix(LEAD), **observed.trouble(error)}
        try:
            failures = postpone(self.world.table, pk, self.world.now())
        except Exception as why:  # noqa: BLE001  # then it is due still, and comes again at the next sweep
            observed.log.warning("not put off", extra={"lead": told["lead"], **observed.trouble(why)})
            failures = 0
        observed.log.warning("not swept", extra=told | {"failures": failures})
        return failures

    def _due(self, upto: int) -> Iterator[Item]:
        """The keys of the leads that are due, the earliest first; pages are fetched as they are wanted."""
        found = [self.world.table.due(shard, upto) for shard in shards()]
        return (item for item in heapq.merge(*found, key=_when) if item["pk"].startswith(LEAD))

    def _tell(self, swept: Swept) -> None:
        observed.seconds("SweepLag", swept.lag / SECOND)
        observed.count("Swept", swept.found)
        observed.count("SweepFailed", swept.failed)
        observed.count("SweepStuck", swept.stuck)
        spent = self.world.spent()
        observed.count("ReadUnits", spent.reads)
        observed.count("WriteUnits", spent.writes)
        told = {"due": swept.found, "worked": swept.worked, "failed": swept.failed, "stuck": swept.stuck}
        observed.log.info("swept", extra={**told, "lag": swept.lag / SECOND})


def _when(item: Item) -> int:
    due: int = item["due"]
    return due


def answer(sweep: Sweep, context: Any) -> dict[str, Any]:
    """What an invocation is answered: how many leads were due, and by how many seconds the earliest left is overdue."""
    swept = sweep.run(time_left(context))
    return {"due": swept.found, "worked": swept.worked, "failed": swept.failed, "lag": swept.lag / SECOND}


@cache
def _sweep() -> Sweep:
    return Sweep(world())


@observed.guarded
def handler(event: Any, context: Any) -> Any:
    """The entry point; the event does not matter."""
    return answer(_sweep(), context)
