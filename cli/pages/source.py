"""Where things stand in the rule files, how they are written there, and the ids that they have on the page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from cli.pages import page
from compiler.compile import Compilation
from dsl import syntax
from runtime.times import write_date


def anchor(kind: str, *names: str) -> str:
    """The id of something on the page: no two things of a kind have the same names."""
    return "-".join([kind, *(re.sub(r"\s", "_", name) for name in names)])


def place(compilation: Compilation, node: syntax.Node) -> str:
    """``shared/lists.score:12``, as seen from the main file."""
    line = compilation.files[node.span.file].position(node.span.start)[0]
    return f"{near(compilation, node.span.file)}:{line}"


def near(compilation: Compilation, file: str) -> str:
    """A file's name as seen from the folder of the main file: the page is the same wherever it is written."""
    main = next(iter(compilation.files))
    return Path(os.path.relpath(file, os.path.dirname(main) or ".")).as_posix()  # noqa: PTH120 - "" is a folder here


def written(compilation: Compilation, node: syntax.Node) -> str:
    """A declaration as it stands in its file, from the margin."""
    text = compilation.files[node.span.file].text
    start = text.rfind("\n", 0, node.span.start) + 1
    margin = text[start : node.span.start]
    whole = text[start if not margin.strip() else node.span.start : node.span.end]
    return dedent(whole)


def notes(
    compilation: Compilation, given: Iterable[syntax.Note], about: str, target: str
) -> tuple[page.Note, ...]:  # fmt: skip
    """The notes of a declaration that is called `about` and stands at `target` on the page."""
    return tuple(
        page.Note(write_date(note.date.micros), note.text.value, about, target, place(compilation, note))
        for note in given
    )
