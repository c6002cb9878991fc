"""Which models a command compares: OLD and NEW, each a rule file, a compiled table, a git revision or what is live.

    model.score, table.json   a file
    HEAD, main, 5d3b8e2       the file of the other side, as it was at this revision in git
    main:rules/model.score    a file of the repository, as it was at this revision
    live                      what is live in the stack that was named

A file that is there is meant before a revision of that name. Without OLD it is what is live, if a stack is named, else
HEAD.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli.model import Model, Places, compiled, is_table, load_table, read_bytes, usable
from cli.problem import NO, Problem
from runtime.table import Table, digest

if TYPE_CHECKING:
    from cli.stack import Place
    from compiler.compile import Compilation
    from runtime.dynamo.releases import Release

LIVE = "live"
DEFAULT_REVISION = "HEAD"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two models: `name` is how it was found, for people. `compilation` is there for a rule file, `release` for
    what is live; `file` is the path that it lies at or lay at, None for what is live."""

    name: str
    table: Table
    places: Places = field(default_factory=dict)
    file: str | None = None
    compilation: Compilation | None = None
    release: Release | None = None

    @property
    def hash(self) -> str:
        """The hash of the compiled table, as releases carry it."""
        return digest(self.table)

    @property
    def model(self) -> Model:
        """As the commands that fold hold it."""
        return Model(self.table, self.places, None if self.compilation is not None else self.file or self.name)


def side(said: str, other: str | None = None, here: Place | None = None) -> Side:
    """The model that was said; `other` is what the other side is, for a revision without a path, `here` the stack that
    was named. Raises Problem: 1 for a rule file with errors, 2 for what can't be found or read."""
    if said == LIVE and not Path(said).exists():
        return live(here)
    if said == "-" or os.path.lexists(said):
        return _file(said)
    revision, colon, path = said.partition(":")
    if colon and revision and path:
        return at_revision(revision, path, from_top=True)
    if said.endswith((".score", ".json")) or other is None or not _may_be_revision(said):
        return _file(said)  # which says that it can't be read
    return at_revision(said, other)


def old_side(said: str | None, new: str, here: Place | None = None) -> Side:
    """OLD, or without it what is live in the stack, else the file NEW as it was at HEAD."""
    if said is not None:
        return side(said, new, here)
    if here is not None:
        return live(here)
    if new == LIVE or (":" in new and not os.path.lexists(new)):
        raise Problem("there is nothing to compare with", hint="name the other model with --against")
    return at_revision(DEFAULT_REVISION, new)


def live(here: Place | None) -> Side:
    """What is live. Raises Problem if no stack was named or nothing is live in it."""
    if here is None:
        raise Problem("`live` is what is live in a stack, and none was named", hint="name it with --stack NAME")
    release = here.releases.live()
    if release is None:
        raise Problem("nothing is live yet", hint="compare with a file or a revision", status=NO)
    table = here.releases.rules(release.hash)
    return Side(f"release {release.generation}, live", table, release=release)


def at_revision(name: str, path: str, *, from_top: bool = False) -> Side:
    """The file at a path as it was at a revision. With `from_top` the path may also begin at the top of the repository,
    as git writes it. Raises Problem."""
    from cli.revisions import Revision, compiled_at

    if path == "-":
        raise Problem("standard input was at no revision", hint="name a file, or the other model with --against")
    if name.startswith("-"):
        raise Problem(f"`{name}` is not the name of a revision")
    revision = Revision(name, _folder(path, from_top=from_top))
    found = path
    content = revision.read(Path(path))
    if content is None and from_top:
        found = os.path.relpath(revision.top / path)
        content = revision.read(Path(found))
    shown = f"{name}:{path}"
    if content is None:
        raise Problem(f"{path} is not in {name}", hint="name the other model with --against", status=NO)
    if is_table(path, content):
        return Side(shown, load_table(shown, content), file=path)
    compilation = usable(shown, compiled_at(revision, found, content))
    assert compilation.table is not None
    return Side(shown, compilation.table, compilation.places, found, compilation)


def _folder(path: str, *, from_top: bool) -> Path:
    """A folder that is there, to ask git from."""
    folder = Path(path).parent
    while not folder.is_dir():
        if from_top or folder == folder.parent:
            return Path()
        folder = folder.parent
    return folder


def _file(path: str) -> Side:
    content = read_bytes(path)
    if is_table(path, content):
        return Side(path, load_table(path, content), file=path)
    compilation = compiled(path, content)
    assert compilation.table is not None
    return Side(path, compilation.table, compilation.places, path, compilation)


def _may_be_revision(said: str) -> bool:
    return bool(said) and not said.startswith("-") and "\n" not in said
