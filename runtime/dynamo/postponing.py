"""A lead that time can't be brought on for is put off, so that the others get their turn.

The index of due leads is a queue in the order of time, so a lead that always fails would stand at its head at each
sweep. It is moved behind instead, further each time. Nothing is lost by that: what time does to it happens at its exact
instants whenever it is brought on, and whoever writes the lead meanwhile, or asks for it, is not concerned. The item is
put back as it is, undecoded, since what is wrong may be in it; its version stays, since the lead has not changed.
"""

from __future__ import annotations

from runtime.dynamo.client import Table
from runtime.dynamo.keys import STATE
from runtime.times import MINUTE

_FIRST, _LONGEST = MINUTE, 30 * MINUTE


def postpone(table: Table, pk: str, now: int) -> int:
    """Put off a lead that could not be brought on; how often in a row that was, 0 if it is not due any more. Raises
    Conflict if somebody writes it meanwhile."""
    item = table.get(pk, STATE)
    if item is None or item.get("due", now + 1) > now:
        return 0
    failures: int = item.get("failed", 0) + 1
    wait = min(_FIRST << min(failures - 1, 10), _LONGEST)
    table.put({**item, "due": now + wait, "failed": failures}, {"v": item["v"]})
    return failures
