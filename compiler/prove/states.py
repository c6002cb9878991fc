"""The part of a lead that only triggers change, as one state: its stage, its tags, its computed attributes.

There are few of them, so they are told apart one by one: that whoever is in a stage has a tag, or that a trigger can
fire only once, follows from which state leads to which. An attribute that is set to something that is not written in
the rules may have any value then, or none. Where states get too many, only the stage is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.program import Program
from compiler.prove.facts import fields_in
from compiler.terms import parts as parts_of
from runtime.table import Term, Trigger

_ANY = "any"
_SET = "set"


@dataclass(frozen=True, slots=True)
class State:
    """`tags` and `fields` are None where only stages are told apart. `fields` are the computed attributes that may have
    a value, by name: ("set", value) or ("any", None)."""

    stage: str | None
    tags: frozenset[str] | None = frozenset()
    fields: frozenset[tuple[str, tuple[str, Any]]] | None = frozenset()

    @property
    def coarse(self) -> State:
        """The state as told apart by its stage only."""
        return State(self.stage, None, None)

    def after(self, trigger: Trigger) -> State:
        """The state that a firing leaves."""
        stage, tags, fields = self.stage, self.tags, self.fields
        known = None if fields is None else dict(fields)
        for act in trigger.do:
            match act[0]:
                case "move":
                    stage = act[1]
                case "tag" if tags is not None:
                    tags = tags | {act[1]}
                case "untag" if tags is not None:
                    tags = tags - {act[1]}
                case "set" if known is not None:
                    known[act[1]] = (_SET, act[2][1]) if act[2][0] == "lit" else (_ANY, None)
        return State(stage, tags, None if known is None else frozenset(known.items()))

    def facts(self, program: Program, terms: list[Term]) -> Iterator[Term]:
        """What the state says of all that terms look at."""
        if self.stage is not None and any(
            part[0] in ("stage", "stagefor") for term in terms for part in parts_of(term)
        ):
            yield ("stage", "=", self.stage)
        if self.tags is not None:
            for tag in sorted(fields_in(terms, "tag")):
                yield ("tag", tag) if tag in self.tags else ("not", ("tag", tag))
        if self.fields is not None:
            known = dict(self.fields)
            for name in sorted(fields_in(terms, "attr")):
                if program.attributes[name].computed:
                    kind, value = known.get(name, ("", None))
                    if kind == _SET:
                        yield ("=", ("attr", name), ("lit", value))
                    elif not kind:
                        yield ("missing", ("attr", name))

    @property
    def order(self) -> str:
        """Something to sort states by."""
        return repr((self.stage, sorted(self.tags or ()), sorted(map(repr, self.fields or ()))))
