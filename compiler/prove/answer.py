"""What the prover says: yes with an example, no, or why it does not know.

A *variable* is something that a condition looks at, as a tuple: ``("prop", name)``, ``("attr", name)``,
``("tally", name)``, ``("score", key)``, ``("ascore", name)``, ``("stage",)``, ``("tag", text)`` (True or False),
``("time",)`` (now), and three durations: ``("idle",)`` since the last activity (missing: there was none),
``("quiet", key)`` since the last increase of a score, ``("since",)`` since the present stage was entered. Values are
those of the runtime: numbers exact, percents the fraction, dates, instants and durations whole microseconds, texts in
NFC, lists of text tuples, and None for what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from compiler.program import Program
from compiler.prove.written import fallback, written
from runtime.table import Field, Term

Var: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """An example. `values` has every variable that the question looks at, and ``("time",)``; the rest is free."""

    values: Mapping[Var, Any]

    def event(self, program: Program, event: str) -> dict[str, Any]:
        """The `data` of the event as the intake accepts it; required properties that don't matter are filled in."""
        found = self._data("prop", program.events[event].properties)
        for field in program.events[event].properties.values():
            if field.required and field.spelling not in found:
                found[field.spelling] = fallback(field)
        return found

    def lead(self, program: Program) -> dict[str, Any]:
        """The `data` of an event of the type `lead` that gives the attributes, without computed ones."""
        return self._data("attr", {name: each for name, each in program.attributes.items() if not each.computed})

    def _data(self, kind: str, fields: Mapping[str, Field]) -> dict[str, Any]:
        given = [(field, self.values.get((kind, name))) for name, field in fields.items()]
        return {field.spelling: written(field, value) for field, value in given if value is not None}


@dataclass(frozen=True, slots=True)
class Sat:
    """It can be so: here is how."""

    witness: Witness


@dataclass(frozen=True, slots=True)
class Unsat:
    """It can't be so, whatever the event and the lead."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither was decided; `why` is a part of a sentence for people."""

    why: str


Answer: TypeAlias = Sat | Unsat | Unknown

Judge: TypeAlias = Callable[[Sequence[Term], Witness, str | None], bool]
"""Whether all terms hold of an example, by the real engine; with the event at which they are asked, if any."""


@dataclass(frozen=True, slots=True)
class Item:
    """Points that are given where all conditions hold: thousandths, or a value in points that is rounded half-even to
    thousandths and gives none if it is missing. Items of one `group` are cut together."""

    when: tuple[Term, ...]
    points: int | Term
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """The highest (or lowest) sum of items. `bound` is proved, in thousandths: nothing gives more (less); None if no
    bound is known. `reached` is what `witness` gives; `exact` says that the two are one. `feasible` is False if what
    was given can't hold at all, None if that is not known. `why` says why it is not exact."""

    bound: int | None
    reached: int | None
    witness: Witness | None
    feasible: bool | None
    why: str = ""

    @property
    def exact(self) -> bool:
        return self.bound is not None and self.bound == self.reached


@dataclass(frozen=True, slots=True)
class Region:
    """A combination of rules, by (score, rule), that can match one event together while the others asked about do not,
    with such an event."""

    rules: frozenset[tuple[str, str]]
    witness: Witness
