"""The files that are open in the editor, and what was typed into them since they were last looked at.

What is known of a file was found out some keystrokes ago. So each buffer keeps its changes, and `Buffer.moved` carries
a place from the text that was looked at to the text there is now, or back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from cli.lsp.text import Change, Text
from dsl import errors
from dsl.source import MAX_BYTES, Source
from dsl.syntax import Span

_KEPT = 20_000
"""So many changes are kept."""


@dataclass(slots=True)
class Buffer:
    """An open file: `name` is what spans call it (its path, or the URI of what has none), `revision` counts changes."""

    uri: str
    name: str
    version: int | None
    text: Text
    revision: int = 0
    changes: list[Change] = field(default_factory=list)

    def change(self, text: Text, change: Change) -> None:
        self.text = text
        self.revision += 1
        self.changes.append(change)
        del self.changes[:-_KEPT]

    def since(self, revision: int) -> list[Change] | None:
        """The changes after a revision, None if they are not known any more."""
        count = self.revision - revision
        if count < 0 or count > len(self.changes):
            return None
        return self.changes[len(self.changes) - count :]

    def source(self) -> Source:
        return source_of_text(self.name, self.text.text)


def source_of_text(name: str, text: str) -> Source:
    """A source of what is typed. A byte order mark counts as a blank, so that offsets stay."""
    if len(text) > MAX_BYTES // 4 and len(text.encode()) > MAX_BYTES:
        return Source(name, "", (errors.file_too_large(name, MAX_BYTES),))
    if text.startswith("\ufeff"):
        text = " " + text[1:]
    nul = text.find("\0")
    problems = () if nul < 0 else (errors.nul_character(Span(name, nul, nul + 1)),)
    return Source(name, text, problems)


@lru_cache(maxsize=10_000)
def real_path(name: str) -> str:
    """The path of a file without links; to be forgotten (`cache_clear`) when files on the disk have changed."""
    return os.path.realpath(name)


class Buffers:
    """All open files, by URI and by the real path that they lie at."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Buffer] = {}
        self._by_path: dict[str, Buffer] = {}

    def __iter__(self) -> Iterator[Buffer]:
        return iter(list(self._by_uri.values()))

    def open(self, uri: str, version: int | None, text: str) -> Buffer:
        name = name_of(uri)
        buffer = Buffer(uri, name, version, Text(text))
        old = self._by_uri.get(uri)
        if old is not None:
            buffer.revision = old.revision + 1
        self._by_uri[uri] = buffer
        self._by_path[real_path(name)] = buffer
        return buffer

    def close(self, uri: str) -> Buffer | None:
        buffer = self._by_uri.pop(uri, None)
        if buffer is not None:
            self._by_path.pop(real_path(buffer.name), None)
        return buffer

    def get(self, uri: str) -> Buffer | None:
        return self._by_uri.get(uri)

    def at(self, path: Path | str) -> Buffer | None:
        """The buffer of the file at a path, however that is written."""
        return self._by_path.get(real_path(str(path)))


def name_of(uri: str) -> str:
    """The path that a `file:` URI names, with `/` or the system's own separators; any other URI as it is."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return uri
    path = unquote(parts.path)
    if os.name == "nt":
        path = path.lstrip("/") if not parts.netloc else f"//{parts.netloc}{path}"
    return os.path.normpath(path)


def uri_of(name: str) -> str:
    """The `file:` URI of a path; what is a URI already stays."""
    if not os.path.isabs(name):  # noqa: PTH117 - `name` may be a URI
        return name
    path = name.replace(os.sep, "/")
    return "file://" + ("" if path.startswith("/") else "/") + quote(path, safe="/:@!$&'()*+,;=~")
