"""Several processes for work that several can do: recorded events shelf by shelf, or whatever else is handed out.

Processes are forked where the system can, so what they work on is there already and only results travel. Ctrl-C reaches
the first process alone, which ends the others; one that loses its parent ends by itself.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

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


def forks() -> bool:
    """Whether a process can begin as a copy of this one."""
    import multiprocessing

    return "fork" in multiprocessing.get_all_start_methods()


@contextmanager
def crew(jobs: int, begin: Callable[..., object] | None = None, *given: Any) -> Iterator[ProcessPoolExecutor]:
    """So many processes, each of which calls `begin(*given)` first. All that they were given is done at the end of the
    block; if it ends with an exception, what they still do is not wanted, and they are ended. Raises CrewError."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("fork" if forks() else None)
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, context, _begin, (begin, given))
    whole = False
    try:
        yield pool
        whole = True
    except BrokenProcessPool:  # told by whatever is asked of the pool next, be it a result or more work
        raise CrewError("a process was ended from outside; with --jobs 1 one process does all the work") from None
    finally:
        pool.shutdown(wait=whole, cancel_futures=True)
        if not whole:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C waiting, here and in processes that are begun meanwhile, until each has made up its mind about it. To
    be held while the first work is handed out, which is when processes begin."""
    _hold(True)
    try:
        yield
    finally:
        _hold(False)


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
    global _work
    count = min(jobs if jobs is not None else cores() if events >= WORTH else 1, shelves)
    if count <= 1 or not forks():
        for at in range(shelves):
            yield work(at)
            done(at + 1)
        return
    _work = work
    try:
        with crew(count) as pool:
            with interrupts_held():
                ahead = [pool.submit(_shelf, at) for at in range(shelves)]
            for at, each in enumerate(ahead):
                yield each.result()
                done(at + 1)
    finally:
        _work = None


def _shelf(at: int) -> Any:
    assert _work is not None
    return _work(at)


# --- in each process --------------------------------------------------------------------------------------------------


def _begin(begin: Callable[..., object] | None, given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _hold(False)
    threading.Thread(target=_follow, daemon=True).start()
    if begin is not None:
        begin(*given)


def _hold(held: bool) -> None:
    if hasattr(signal, "pthread_sigmask"):  # not everywhere
        signal.pthread_sigmask(signal.SIG_BLOCK if held else signal.SIG_UNBLOCK, {signal.SIGINT})


def _follow() -> None:
    """End this process with the one that started it, however that ends."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
