"""When models are looked at: a moment after the last keystroke, in a thread beside the one that answers.

Whoever can't do with an older look waits for the next one, which then begins at once. Once nothing has been typed for a
while, models are looked into more deeply, in a thread of its own: what that finds may come late, or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cli.lsp.analysis import Analysis, Parses, Snapshot, analyse
from cli.lsp.buffers import Buffer
from cli.lsp.deeper import Depth, deepen
from cli.lsp.desk import Desk

PAUSE = 0.15
"""Seconds without a keystroke after which a file is looked at."""
REST = 1.0
"""Seconds without a keystroke after which models are looked into."""
_PATIENCE = 30.0
"""Nobody waits longer for a look."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of it: `looked` of each look, with the files that it and the one before are about; `rested` when
    nothing was typed for a while; `deepened` when more was found out; `failed` of a mistake of ours."""

    looked: Callable[[set[str]], None]
    rested: Callable[[], None]
    deepened: Callable[[], None]
    failed: Callable[[BaseException], None]


class Watch:
    """Keeps `desk` up to date. All but the looks themselves happens in the loop's thread."""

    def __init__(self, desk: Desk, listener: Listener) -> None:
        self.desk = desk
        self._listener = listener
        self._parses = Parses()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="look")
        self._diver = ThreadPoolExecutor(max_workers=1, thread_name_prefix="look-into")
        self._dirty: dict[str, None] = {}
        self._shallow: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._dive: asyncio.Task[None] | None = None
        self._looking = False
        self._failures = 0
        self._waiting: list[asyncio.Future[None]] = []

    # --- looking ----------------------------------------------------------------------------------------------------

    def touch(self, roots: list[str], now: bool = False) -> None:
        """Look at some models before long, or as soon as the thread is free."""
        self._dirty.update(dict.fromkeys(roots))
        for timer in (self._timer, self._rest):
            if timer is not None:
                timer.cancel()
        self._timer = self._rest = None
        if self._dirty:
            self._timer = asyncio.get_running_loop().call_later(0 if now else PAUSE, self._start)

    def postpone(self) -> None:
        """Leave the machine to somebody who is waited for: what has not begun begins a little later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(2 * PAUSE, self._start)

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
            self._looking = True
            try:
                self._keep(real, await loop.run_in_executor(self._worker, analyse, real, snapshot, self._parses))
            except Exception as why:  # noqa: BLE001 - a mistake of ours must not end the server; it is told
                self._failures += 1
                self._listener.failed(why)
            self._looking = False
            self._wake()
        if self._timer is None:
            self._rest = loop.call_later(REST, self._start_dive)

    def _keep(self, real: str, look: Analysis) -> None:
        before = self.desk.looks.get(real)
        self.desk.take(real, look)
        self.desk.forget_dead()
        names = set(look.compilation.files) | (set() if before is None else set(before.compilation.files))
        self._listener.looked(names)
        if look.compilation.table is not None:
            self._shallow[real] = None

    # --- looking into -----------------------------------------------------------------------------------------------

    def _start_dive(self) -> None:
        self._rest = None
        self._listener.rested()
        if self._dive is None or self._dive.done():
            self._dive = asyncio.get_running_loop().create_task(self._deepen())

    async def _deepen(self) -> None:
        loop = asyncio.get_running_loop()
        while self._shallow and not self._dirty and self._timer is None:
            real = next(iter(self._shallow))
            del self._shallow[real]
            look = self.desk.looks.get(real)
            if look is None or look.compilation.table is None:
                continue
            try:
                depth: Depth = await loop.run_in_executor(self._diver, deepen, look)
            except Exception as why:  # noqa: BLE001 - as above
                self._listener.failed(why)
            else:
                self.desk.depths[real] = depth
                self._listener.deepened()

    # --- waiting ----------------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def known(self, buffer: Buffer) -> None:
        """Wait until the file has been looked at, whether or not it was changed since."""
        await self._until(buffer, lambda: bool(self.desk.looks_at(buffer)))

    async def fresh(self, buffer: Buffer) -> None:
        """Wait until the file as it is now has been looked at."""
        await self._until(buffer, lambda: self.desk.is_fresh(buffer))

    async def _until(self, buffer: Buffer, done: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        end, failures = loop.time() + _PATIENCE, self._failures
        while not done() and loop.time() < end and failures == self._failures:
            if self.desk.buffers.get(buffer.uri) is not buffer:
                return
            if not self._looking and not self._dirty:
                self.touch(self.desk.roots_of(buffer), now=True)
            elif self._timer is not None:
                self.touch([], now=True)
            waiting = loop.create_future()
            self._waiting.append(waiting)
            await asyncio.wait([waiting], timeout=max(end - loop.time(), 0))

    def close(self) -> None:
        for pool in (self._worker, self._diver):
            pool.shutdown(wait=False, cancel_futures=True)
