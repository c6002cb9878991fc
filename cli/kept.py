"""Keeps what is written to a stream, as that stream would have got it: whoever asks is told that it is a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


class Kept(io.StringIO):
    """A text that passes for a stream; `terminal` is what it says of itself."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@contextmanager
def kept_output(*, plain: bool = False) -> Iterator[Kept]:
    """Keep standard output; `plain` without what a terminal would get."""
    with redirect_stdout(Kept(sys.stdout.isatty() and not plain)) as kept:
        yield kept


@contextmanager
def kept_complaints() -> Iterator[Kept]:
    """Keep standard error."""
    with redirect_stderr(Kept(sys.stderr.isatty())) as kept:
        yield kept
