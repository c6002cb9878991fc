"""Shelves of recorded events, worked on by several processes; results come in the order of the shelves.

Processes are forked, so what they work on is there already and only results travel. Ctrl-C reaches the first process
alone, which ends the others; one that loses its parent ends by itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

_Result = TypeVar("_Result")
WORTH = 20_000
"""Events from which on further processes are worth their start."""
_work: Callable[[int], Any] | None = None


class CrewError(Exception):
    """A process was ended from outside; the text says so."""


def cores() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def over(
    shelves: int,
    work: Callable[[int], _Result],
    *,
    jobs: int | None = None,
    events: int = WORTH,
    done: Callable[[int], None] = lambda _: None,
) -> Iterator[_Result]:
    """What `work` makes of each shelf, in their order; `done` is told how many are. `jobs` is the number of processes;
    if it is None, as many as `events` are worth. Raises what `work` raises, and CrewError."""
    count = min(jobs if jobs is not None else cores() if events >= WORTH else 1, shelves)
    if count <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        for at in range(shelves):
            yield work(at)
            done(at + 1)
        return
    yield from _together(shelves, work, count, done)


def _together(
    shelves: int, work: Callable[[int], _Result], count: int, done: Callable[[int], None]
) -> Iterator[_Result]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    global _work
    _work = work
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("fork"), _begin)
    whole = False
    try:
        ahead = [pool.submit(_shelf, at) for at in range(shelves)]
        for at, each in enumerate(ahead):
            yield each.result()
            done(at + 1)
        whole = True
    except BrokenProcessPool:
        raise CrewError("a process was ended from outside; with --jobs 1 one process does all the work") from None
    finally:
        _work = None
        pool.shutdown(wait=whole, cancel_futures=True)
        if not whole:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _shelf(at: int) -> Any:
    assert _work is not None
    return _work(at)
