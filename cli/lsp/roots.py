"""Which rule files are models, and which files are parts of which: a part is checked by way of the models it is in.

Imports are looked for in the text itself, without parsing: a file that is being typed is broken most of the time, and
must not fall out of its model for that. A file that no model imports is looked at by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.rule_files import SUFFIX

MOST_FILES = 2_000
"""So many rule files of a workspace are looked at; more are not searched for models."""
_PASSED_OVER = {"node_modules", "__pycache__", "build", "dist", "target"}
_IMPORT = re.compile(r'^[^\S\r\n]*import\s+"((?:[^"\\\r\n]|\\.)*)"', re.MULTILINE)
_MODEL = re.compile(r"^[^\S\r\n]*model\s+\w", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a file seems to say: whether it is a model, and the real paths that it imports."""

    model: bool
    imports: tuple[str, ...]


NOTHING = Sketch(False, ())


def sketch(text: str, path: str) -> Sketch:
    """The sketch of a text that lies at `path`."""
    folder = Path(path).parent
    imports = (os.path.realpath(folder / found) for found in _IMPORT.findall(text) if "\0" not in found)
    return Sketch(_MODEL.search(text) is not None, tuple(imports))


class Roots:
    """The rule files that are known, by real path."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read
        self._sketches: dict[str, Sketch] = {}
        self._near: set[str] = set()

    def search(self, folders: Iterable[str]) -> None:
        """Take in all rule files below some folders."""
        for folder in folders:
            for parent, inner, names in os.walk(folder):
                inner[:] = sorted(name for name in inner if not name.startswith(".") and name not in _PASSED_OVER)
                for name in sorted(names):
                    if name.endswith(SUFFIX) and not name.startswith("."):
                        self._add(str(Path(parent, name)))
                if len(self._sketches) >= MOST_FILES:
                    return

    def search_near(self, path: str) -> None:
        """Take in the rule files in the folder of a file and in the one above: its model is likely to be there."""
        folder = Path(path).parent
        for near in (str(folder), str(folder.parent)):
            if near in self._near or not os.path.isdir(near):  # noqa: PTH112 - a path as a text
                continue
            self._near.add(near)
            try:
                names = sorted(os.listdir(near))  # noqa: PTH208 - as above
            except OSError:
                continue
            for name in names[:MOST_FILES]:
                if name.endswith(SUFFIX):
                    self._add(str(Path(near, name)))

    def _add(self, path: str) -> None:
        real = os.path.realpath(path)
        if real not in self._sketches and len(self._sketches) < MOST_FILES:
            self.look(real)

    def look(self, real: str) -> bool:
        """Look at a file anew; whether its sketch has changed."""
        text = self._read(real)
        now = NOTHING if text is None else sketch(text, real)
        before = self._sketches.get(real)
        if text is None:
            self._sketches.pop(real, None)
        else:
            self._sketches[real] = now
        return before != now

    def of(self, real: str) -> list[str]:
        """The files that a file is checked through: itself if it is a model, and the models that it is a part of; if
        there are none, itself. Sorted, itself first."""
        above = self._above(real)
        models = sorted(path for path in above if self._sketches.get(path, NOTHING).model)
        if real in models:
            models.remove(real)
            models.insert(0, real)
        return models or [real]

    def _above(self, real: str) -> set[str]:
        """The file and all that import it, at any distance."""
        importers: dict[str, list[str]] = {}
        for path, each in self._sketches.items():
            for imported in each.imports:
                importers.setdefault(imported, []).append(path)
        found = {real}
        ahead = [real]
        while ahead:
            for path in importers.get(ahead.pop(), ()):
                if path not in found:
                    found.add(path)
                    ahead.append(path)
        return found
