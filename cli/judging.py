"""Confirms examples of the prover by the engine: the same intake, the same terms, over a lead as the example has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from compiler.program import Program
from compiler.prove.answer import Judge, Witness
from runtime.profile import computed
from runtime.table import Field, Term
from runtime.terms import Shown, Terms, Test
from runtime.values import BadValue, check_of, milli

_KEPT = 5_000


class Stand:
    """Stands where the engine has a lead, or an account: what an example says of it, at the instant `t`. What it does
    not say is as at the first event of a lead."""

    def __init__(self, program: Program, values: Mapping[tuple[str, ...], Any], keys: list[str]) -> None:
        self.t = values["time",]
        stages = program.stages.path
        self.attrs = {var[1]: value for var, value in values.items() if var[0] == "attr"}
        self.tallies = [values.get(("tally", name), 0) for name in sorted(program.tallies)]
        self.stage = values.get(("stage",), stages[0] if stages else None)
        self.entered = {self.stage: self.t - values.get(("since",), 0)}
        self.tags = {var[1] for var, value in values.items() if var[0] == "tag" and value}
        idle = values.get(("idle",), 0)
        self.active = None if idle is None else self.t - idle
        self.first = self.t
        self.raised = [self.t - values.get(("quiet", key), 0) for key in keys]
        self.shown = {key: milli(values.get(("score", key), 0)) for key in keys}
        self.scores = {var[1]: milli(value) for var, value in values.items() if var[0] == "ascore"}


def judge_of(program: Program) -> Judge:
    """The judge for examples of a settled program."""
    keys = sorted(each.name for each in program.scores)
    terms = Terms(program.sets, program.tests, sorted(program.tallies), keys, program.stages)
    for each in program.scores:
        terms.shown[each.name] = (
            _given(each.name) if each.body.value is None else computed(terms.value(each.body.value))
        )

    @lru_cache(maxsize=_KEPT)
    def ready(term: Term) -> Test:
        return terms.test(term)

    def judge(asked: Sequence[Term], witness: Witness, event: str | None) -> bool:
        lead: Any = Stand(program, witness.values, keys)
        data: dict[str, Any] = {}
        if event is not None:
            read = taken_in(program.events[event].properties, witness.event(program, event))
            if read is None:
                return False
            data = read
        attrs = taken_in(program.attributes, witness.lead(program))
        if attrs is None or any(lead.attrs.get(name) != value for name, value in attrs.items()):
            return False
        return all(ready(term)(lead, data, lead.t) for term in asked)

    return judge


def _given(key: str) -> Shown:
    def shown(lead: Any, t: int) -> int:
        return int(lead.shown[key])

    return shown


def taken_in(fields: Mapping[str, Field], data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values that the engine reads from the data of an event; None if it would not take it in."""
    found: dict[str, Any] = {}
    for name, field in fields.items():
        given = data.get(field.spelling)
        if given is not None:
            try:
                found[name] = check_of(field)(given)
            except BadValue:
                return None
        elif field.required:
            return None
    return found
