"""Says on standard error what the compiler found, as people read it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic, Severity
    from dsl.source import Source

_ORDER: tuple[Severity, ...] = ("error", "warning", "hint")


def tell(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> None:
    """Write findings as text, painted on a terminal that takes colours."""
    from dsl.render import as_text

    sys.stderr.write(as_text(diagnostics, sources, color=_colourful()))
    sys.stderr.flush()


def tally(diagnostics: Iterable[Diagnostic]) -> str:
    """``1 error, 2 warnings``; empty if there is nothing."""
    counts = Counter(each.severity for each in diagnostics)
    return ", ".join(counted(counts[severity], severity) for severity in _ORDER if counts[severity])


def counted(count: int, noun: str) -> str:
    """``1 error``, ``12,000 events``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _colourful() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
