"""The columns of a sheet: the versions that changed the meaning, found from the newest back until there are enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cli.sheet.commits import Commit, Past, Version
from cli.sheet.steps import Model, Step, model_of, step
from compiler.compile import compile_file


@dataclass(slots=True)
class Walked:
    """`models` from the oldest on and the steps between them, one less; `passed` are versions that can't be used, from
    the newest back. `more` says that there are older versions, which were not asked for."""

    models: list[Model] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    passed: list[Version] = field(default_factory=list)
    more: bool = False

    @property
    def marks(self) -> list[int]:
        """The models that mean something else than the one before them, the oldest one with them."""
        return [at for at in range(len(self.models)) if at == 0 or self.steps[at - 1].changes]


def walk(
    past: Past,
    *,
    now: bool,
    enough: Callable[[list[Commit | None]], bool],
    told: Callable[[int], None] = lambda _: None,
) -> Walked:
    """Go back until the versions that changed the meaning, newest first, are `enough`. With `now` the newest version is
    the file as it lies on the disk, if it differs. `told` is given the number of versions looked at."""
    found = Walked()
    marks: list[Commit | None] = []
    for count, version in enumerate(_versions(past, now=now), 1):
        told(count)
        model = model_of(version)
        if model is None:
            found.passed.append(version)
            continue
        if found.models:
            made = step(model, found.models[0])
            if made.changes:
                marks.append(found.models[0].commit)
                if enough(marks):
                    found.more = True
                    break
            found.steps.insert(0, made)
        found.models.insert(0, model)
    return found


def _versions(past: Past, *, now: bool) -> Iterator[Version]:
    """The file as it lies on the disk, unless it was committed so, and what each commit made of it."""
    held = Version(None, compile_file(past.file)) if now and os.path.lexists(past.file) else None
    for version in past.versions():
        if held is not None and _texts(held) != _texts(version):
            yield held
        held = None
        yield version


def _texts(version: Version) -> list[str]:
    """What stands in the files of a version, and in the sets that it reads."""
    if version.compilation is None:
        return []
    context = version.compilation.context
    sets = [] if context is None else [repr(context.set_values)]
    return [*(source.text for source in version.compilation.files.values()), *sets]
