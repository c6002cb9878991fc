"""When models are looked at: a moment after the last keystroke, in one thread beside the one that answers.

Whoever can't do with an older look waits for the next one, which then begins at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cli.lsp.analysis import Analysis, Parses, Snapshot, analyse
from cli.lsp.buffers import Buffer
from cli.lsp.desk import Desk

PAUSE = 0.15
"""Seconds without a keystroke after which a file is looked at."""
_PATIENCE = 30.0
"""Nobody waits longer for a look."""


class Watch:
    """Keeps `desk` up to date; `told` is called after each look with the files that the old and the new one are about.
    All of it but the look itself happens in the loop's thread."""

    def __init__(self, desk: Desk, told: Callable[[set[str]], None], failed: Callable[[BaseException], None]) -> None:
        self.desk = desk
        self._told = told
        self._failed = failed
        self._parses = Parses()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="look")
        self._dirty: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def touch(self, roots: list[str], now: bool = False) -> None:
        """Look at some models before long, or as soon as the thread is free."""
        self._dirty.update(dict.fromkeys(roots))
        if self._timer is not None:
            self._timer.cancel()
        if self._dirty:
            self._timer = asyncio.get_running_loop().call_later(0 if now else PAUSE, self._start)

    def _start(self) -> None:
        self._timer = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._dirty and self._timer is None:
            real = next(iter(self._dirty))
            del self._dirty[real]
            snapshot = Snapshot.of(list(self.desk.buffers))
            try:
                look = await loop.run_in_executor(self._worker, analyse, real, snapshot, self._parses)
            except Exception as why:  # noqa: BLE001 - a mistake of ours must not end the server; it is told
                self._failed(why)
            else:
                self._keep(real, look)
            self._wake()

    def _keep(self, real: str, look: Analysis) -> None:
        before = self.desk.looks.get(real)
        self.desk.take(real, look)
        self.desk.forget_dead()
        names = set(look.compilation.files) | (set() if before is None else set(before.compilation.files))
        self._told(names)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    # --- waiting ----------------------------------------------------------------------------------------------------

    async def known(self, buffer: Buffer) -> None:
        """Wait until the file has been looked at, whether or not it was changed since."""
        await self._until(buffer, lambda: bool(self.desk.looks_at(buffer)))

    async def fresh(self, buffer: Buffer) -> None:
        """Wait until the file as it is now has been looked at."""
        await self._until(buffer, lambda: self.desk.is_fresh(buffer))

    async def _until(self, buffer: Buffer, done: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        while not done() and loop.time() < end and self.desk.buffers.get(buffer.uri) is buffer:
            if not self._dirty and (self._task is None or self._task.done()):
                self.touch(self.desk.roots_of(buffer), now=True)
            elif self._timer is not None:
                self.touch([], now=True)
            waiting = loop.create_future()
            self._waiting.append(waiting)
            await asyncio.wait([waiting], timeout=end - loop.time())

    def close(self) -> None:
        self._worker.shutdown(wait=False, cancel_futures=True)
