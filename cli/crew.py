"""Runs the tests of many files, or the many tests of one, in several processes; what comes out is in order.

A batch is some of a file's tests. The first batch of each file is handed out at once; it says how many more there are.
Whoever reads takes the batches in the order of the files and of their tests, so that the number of processes changes
nothing but the time.
"""

from __future__ import annotations

import stat
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from cli.problem import Problem
from cli.suite import Bench, News, Order
from insight.crew import CrewError, cores, crew, interrupts_held

BATCH = 200
"""So many tests are handed out together."""

_bench: Bench | None = None
"""That of a process of the crew."""


def run_suites(paths: Sequence[str], order: Order, jobs: int | None) -> Generator[News, None, None]:
    """Run the tests of all files: each file as it was opened, then its tests. `jobs` is the number of processes; if it
    is None, as many as are of use. What can be read only once is left to this process. Raises Problem."""
    bench = Bench(order)
    if not all(map(_regular, paths)):
        jobs = 1
    alone = len(paths) == 1 and jobs != 1
    batches = -(-bench.open(paths[0]).tests // BATCH) if alone else len(paths)
    count = min(batches, cores()) if jobs is None else min(jobs, max(batches, 1))
    if count > 1:
        yield from _together(paths, bench, count)
    else:
        for path in paths:
            yield bench.open(path)
            yield from bench.run(path)


def _regular(path: str) -> bool:
    try:
        return stat.S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return True  # it can't be read, as whoever opens it will say


def _together(paths: Sequence[str], bench: Bench, jobs: int) -> Iterator[News]:
    try:
        with crew(jobs, _begin, bench) as pool:
            with interrupts_held():
                first = [pool.submit(_batch, path, 0) for path in paths]
            for path, ahead in zip(paths, first, strict=True):
                news = ahead.result()
                yield from news
                rest = [pool.submit(_batch, path, start) for start in range(BATCH, _tests(news), BATCH)]
                for each in rest:
                    yield from each.result()
    except CrewError:
        raise Problem(
            "a process that ran tests was ended from outside", hint="with --jobs 1 all tests run in one process"
        ) from None


def _tests(news: list[News]) -> int:
    return getattr(news[0], "tests", 0)


def _begin(bench: Bench) -> None:
    global _bench
    _bench = bench


def _batch(path: str, start: int) -> list[News]:
    assert _bench is not None
    opened = _bench.open(path)
    ran = list(_bench.run(path, start, start + BATCH))
    return [opened, *ran] if start == 0 else list(ran)
