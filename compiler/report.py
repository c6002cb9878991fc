"""Where the checker puts what it finds.

A mistake is reported once and never in what depends on it. `forgives` names whatever may have been declared in a part
of the sources that could not be read: that it is unknown is then no news.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dsl.diagnostics import Diagnostic
from dsl.source import Source

_DECLARING = re.compile(r"\b(?:let|set|event|score|tally|trigger|segment|outcome|source|for)\s+(\w+)|(\w+)\s*:")
_LISTING = re.compile(r"\b(?:stages|bands)\b([^{}]*)")
_EMITTING = re.compile(r'\bemit\s+"([^"]*)"')
_SIGNS = (
    ("model", re.compile(r"\bmodel\b")),
    ("stage", re.compile(r"\bstages\b")),
    ("account", re.compile(r":\s*account\b")),
    ("ready", re.compile(r"\bready\s+at\b")),
)
_WORD = re.compile(r"\w+")


class Report:
    """Collects diagnostics."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._forgiven: set[str] = set()
        self._all = False

    def add(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.found.extend(diagnostics)

    def forgive_all(self) -> None:
        """A whole file is missing: any name may have been declared there."""
        self._all = True

    def forgive(self, source: Source) -> None:
        """Parts of the source could not be read: what its text seems to declare may be used."""
        if not source.text.strip():
            self._forgiven.add("model")
        self._forgiven.update(name for name, sign in _SIGNS if sign.search(source.text))
        self._forgiven.update(_EMITTING.findall(source.text))
        for first, second in _DECLARING.findall(source.text):
            self._forgiven.add(first or second)
        for listing in _LISTING.findall(source.text):
            self._forgiven.update(_WORD.findall(listing))

    def forgives(self, name: str) -> bool:
        """Whether `name` may be declared in what could not be read; "model", "stage", "account" (an attribute of that
        type) and "ready" (a `ready at`) stand for the parts that are called so."""
        return self._all or name in self._forgiven
