"""What is found out about two models: changes, each with its class, and the histories that show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from compiler.program import Program
from compiler.prove.histories import History
from runtime.table import Table

Declared = tuple[str, ...]
"""A declaration: ("rule", name, score), ("event", name), …, as releases name them."""
Place = tuple[str, int]
"""A file and a line from 1."""
Places = Mapping[Declared, Place]

TEXT, READ, NOW, REFOLD = "text only", "read-time", "from now on", "refold"
CLASSES = (TEXT, READ, NOW, REFOLD)
"""What a change does to leads: nothing; what is told of them is another, and nothing that is kept; what comes in from
now on counts otherwise; what is kept is folded anew."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models: its `program`, written out (`opened`), and where its file declares what."""

    program: Program
    places: Places = field(default_factory=dict)


class Difference(Protocol):
    """A difference as releases know it."""

    @property
    def declared(self) -> Declared: ...
    @property
    def change(self) -> str: ...
    @property
    def effect(self) -> str: ...
    @property
    def why(self) -> str: ...


Classify = Callable[[Table, Table], list[Difference]]
"""How two tables differ, declaration by declaration, and what that does to what is kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a changed declaration says otherwise: the words of both files, None where one is silent. Of a
    list, what `came` and what `went`."""

    what: str
    old: str | None
    new: str | None
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """`how` is "added", "gone", "changed", "renamed", "moved", "rewritten" (it is proved to mean the same) or
    "relabelled". `kind` is
    one of `CLASSES`, `why` says why. `was` is the old name of what is renamed."""

    declared: Declared
    how: str
    kind: str
    why: str
    parts: tuple[Part, ...] = ()
    was: str | None = None
    old: Place | None = None
    new: Place | None = None

    @property
    def means(self) -> bool:
        """Whether it changes the meaning."""
        return self.kind != TEXT


@dataclass(frozen=True, slots=True)
class Witness:
    """A history on which the two models differ in `subject`: `test` passes under the model `passes` ("new", "old") and
    fails under the other. Where a test can't ask for the subject it only shows the lead ("both"), or is no test but the
    events of several leads, one a line ("events"). `events` are those beside what is told of the lead; `old` and `new`
    say what each model makes of it, None for one that does not know it or takes one of the events not at all. `alone`
    says that it is about one of several changes of a score, `follows` that it is about a trigger that is as it was, and
    looks at what changes."""

    subject: Declared
    test: str
    passes: str
    events: int
    old: str | None
    new: str | None
    history: History = ()
    time: int = 0
    alone: bool = False
    follows: bool = False


@dataclass(slots=True)
class Comparison:
    """All that was found. `open` are subjects without a witness, with how many histories were tried for each, and
    `longest` how many events they had at most. `aligned` is the new model in the words of the old one, and `names` what
    the new file calls what the old one calls otherwise."""

    changes: list[Change] = field(default_factory=list)
    aligned: Program | None = None
    names: Mapping[Declared, str] = field(default_factory=dict)
    witnesses: list[Witness] = field(default_factory=list)
    open: dict[Declared, int] = field(default_factory=dict)
    longest: int = 0

    @property
    def same(self) -> bool:
        """Whether the two are proved to mean the same."""
        return not any(change.means for change in self.changes)

    @property
    def kind(self) -> str:
        """The most that any change does."""
        return max((change.kind for change in self.changes), key=CLASSES.index, default=TEXT)
