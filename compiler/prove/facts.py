"""What is known of every lead beside the conditions themselves, as terms that the prover is given.

Percents may be of any size in an event. Unless asked otherwise a proof takes them to lie within 0% and 100%, and says
so: else whatever pays by a percent would have no highest points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.program import Program
from compiler.terms import all_of, any_of
from compiler.terms import parts as parts_of
from runtime.table import Field, Term, Trigger


def percents(fields: Mapping[str, Field], operator: str, named: Iterable[str]) -> Iterator[Term]:
    """That the percents among the fields named lie within 0% and 100%, where they are there."""
    for name in sorted(set(named) & fields.keys()):
        field = fields[name]
        if field.type == "percent":
            within: Term = ("and", (">=", (operator, name), ("lit", 0)), ("<=", (operator, name), ("lit", 1)))
            yield within if field.required else ("or", ("missing", (operator, name)), within)


def fields_in(terms: Iterable[Term | None], operator: str) -> set[str]:
    """The names of the properties ("prop"), attributes ("attr"), tallies … that terms look at."""
    found: set[str] = set()
    for term in terms:
        if term is not None:
            found |= {part[1] for part in parts_of(term) if part[0] == operator}
    return found


def percents_in(program: Program, event: str | None, terms: Iterable[Term | None]) -> list[Term]:
    """That all percents that the terms look at lie within 0% and 100%."""
    given = list(terms)
    found = list(percents(program.attributes, "attr", fields_in(given, "attr")))
    if event is not None:
        found += percents(program.events[event].properties, "prop", fields_in(given, "prop"))
    return found


def computed_values(program: Program, triggers: Iterable[Trigger]) -> dict[str, Term]:
    """For each computed attribute that triggers set to literals only: the condition that it has one of these values or
    none. Attributes that nothing sets are missing."""
    settings: dict[str, list[Any] | None] = {name: [] for name, field in program.attributes.items() if field.computed}
    for trigger in triggers:
        for act in trigger.do:
            if act[0] != "set":
                continue
            known = settings.get(act[1])
            if act[2][0] == "lit" and known is not None:
                known.append(act[2][1])
            else:
                settings[act[1]] = None
    found = {}
    for name, values in settings.items():
        if values is not None:
            equal: list[Term] = [("=", ("attr", name), ("lit", value)) for value in values]
            found[name] = any_of([("missing", ("attr", name)), *equal])
    return found


def within(value: Term, low: Any, high: Any) -> Term:
    """The condition that a number lies between two ends, either of which may be None."""
    ends: list[Term] = []
    if low is not None:
        ends.append((">=", value, ("lit", low)))
    if high is not None:
        ends.append(("<=", value, ("lit", high)))
    return all_of(ends)
