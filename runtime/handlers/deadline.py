"""When to stop: what a time limit cuts off is lost, what is given back is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MARGIN_MS = 5_000


def time_left(context: Any) -> Callable[[], bool]:
    """Says, when asked, whether the time limit is near: five seconds off, or a quarter of what was left at first."""
    left: Callable[[], int] = context.get_remaining_time_in_millis
    margin = min(_MARGIN_MS, left() // 4)
    return lambda: left() <= margin
