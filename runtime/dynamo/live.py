"""The live model as handlers hold it: looked up now and then, and changed without a new start.

At most every so many seconds the item that says what is live is read; only when it names another program are tables
fetched and made ready. What can't be loaded is told, and the handler goes on with what it has: a release that is broken
in the bucket must not stop events that the release before can score.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from runtime.dynamo.model import Model
from runtime.dynamo.program import first
from runtime.dynamo.releases import Canary, Release, Releases

EVERY = 30.0
"""Seconds between two looks at what is live."""


class NothingLive(LookupError):
    """No table was ever released here."""

    def __init__(self) -> None:
        super().__init__("no model is live: release one with `leadscore deploy`")


def _untold(error: Exception) -> None:
    """Nobody is to be told."""


class Live:
    """`failed` is told when a look or a load does not succeed while an earlier model serves on."""

    def __init__(
        self,
        releases: Releases,
        *,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
        failed: Callable[[Exception], None] = _untold,
    ) -> None:
        self.releases = releases
        self.every = every
        self.clock = clock
        self.failed = failed
        self._looked: float | None = None
        self._release: Release | None = None
        self._model: Model | None = None
        self._shadow: tuple[str, Model] | None = None

    def model(self) -> Model:
        """The model that is live; the same object for as long as it is. Raises NothingLive, or what the first look
        failed with."""
        self._look()
        assert self._model is not None
        return self._model

    @property
    def release(self) -> Release:
        """The release whose model serves. Raises like `model`."""
        self._look()
        assert self._release is not None
        return self._release

    def canary(self) -> tuple[Canary, Model] | None:
        """The table on trial beside the live one, with its model; None if there is none or it can't be loaded. It is
        folded from all events, or, to keep points, from the release on that it would be."""
        self._look()
        release = self._release
        canary = None if release is None else release.canary
        if release is None or canary is None:
            self._shadow = None
            return None
        key = f"{release.digest} {canary.hash} {canary.since}"
        if self._shadow is None or self._shadow[0] != key:
            try:
                self._shadow = (key, trial(self.releases, release, canary))
            except Exception as error:  # noqa: BLE001  # a trial must not disturb what is live
                self.failed(error)
                return None
        return canary, self._shadow[1]

    def _look(self) -> None:
        now = self.clock()
        if self._looked is not None and now - self._looked < self.every:
            return
        try:
            self._take(self.releases.live())
        except Exception as error:
            if self._model is None:
                raise
            self.failed(error)
        self._looked = now

    def _take(self, release: Release | None) -> None:
        if release is None:
            raise NothingLive
        if self._release is None or self._model is None or release.steps != self._release.steps:
            self._model = self.releases.model(release)
        self._release = release


def trial(releases: Releases, release: Release, canary: Canary) -> Model:
    """The model that a canary would be if it had been released when its trial began. Raises Missing, TooLong."""
    rules = releases.rules(canary.hash)
    if canary.keep:
        return releases.model(replace(release, steps=releases.following(release, rules, canary.since, keep=True).steps))
    return releases.model(replace(release, steps=first(rules).steps))
