"""What happens when two write the same: the slower one begins again, after a while.

Writes are conditional on what was read, so being overtaken is no error, only work that has to be done over. Waits grow
and are random, so that those who met once do not meet again; who is overtaken all the time gives up, and comes again
with its source.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from runtime.dynamo.client import Conflict

ATTEMPTS = 40
_FIRST, _LONGEST = 0.02, 1.0
"""Seconds: the longest that the first wait may be, and any."""

T = TypeVar("T")


class Gone(LookupError):
    """What an item names is not there: somebody has written a newer version of the item meanwhile."""


class Busy(Exception):
    """Others wrote the same again and again; it may go through later."""


OVERTAKEN = (Conflict, Gone)
"""What tells that somebody else was quicker."""


def again(work: Callable[[], T], pause: Callable[[float], None], what: str, attempts: int = ATTEMPTS) -> T:
    """Do some work, over again while others are quicker, with waits between. Raises Busy after so many attempts, and
    whatever else the work raises at once."""
    for attempt in range(attempts):
        if attempt:
            pause(random.random() * min(_FIRST * 2.0 ** (attempt - 1), _LONGEST))  # noqa: S311  # spreads writers out
        try:
            return work()
        except OVERTAKEN:
            continue
    raise Busy(f"the {what} was written by others {attempts} times in a row")
