"""Doing without the collector of cycles for a while.

Tokens, trees and layouts hold no cycles, but they are made by the hundred thousand, and again and again Python looks
through all of them for what it could free: a third of the time for a large file.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """The collector is off inside, and on again behind if it was before."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
