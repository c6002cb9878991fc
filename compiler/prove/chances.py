"""Which triggers can fire at all in a handful of events, so that only their points count for it.

A trigger can fire if its event is among the handful, and if what its condition asks for can be there: a score that the
handful brings that high, a stage, tag or field that another trigger which can fire makes so. It begins with none, and
goes on until no further one can fire; whatever is not understood of a condition counts as there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compiler.prove.effects import wanted
from compiler.prove.facts import computed_values, fields_in
from compiler.prove.spans import Amount
from compiler.prove.study import Study
from compiler.terms import FLIPPED, is_timed
from compiler.warnings.judging import compared
from runtime.table import Term, Trigger

High = Callable[[str, frozenset[str]], Amount]
"""The most that a score can show if just these triggers fire; None if there is no bound."""


@dataclass(frozen=True, slots=True)
class Chances:
    """`firings` bounds how often each trigger fires, over all histories; 0 leaves one out."""

    study: Study
    firings: Mapping[str, Amount]

    def able(self, happens: Callable[[str], bool], high: High) -> frozenset[str]:
        """The triggers that can fire; `happens` says which types of events are there."""
        found: frozenset[str] = frozenset()
        triggers = [
            each
            for each in self.study.program.triggers
            if self.firings.get(each.name, 1) != 0 and (each.match is None or happens(each.match.on))
        ]
        while True:
            known = [each for each in triggers if each.name in found]
            more = [each for each in triggers if each.name not in found and self._met(each, known, found, high)]
            if not more:
                return found
            found = found | {each.name for each in more}

    def _met(self, trigger: Trigger, known: list[Trigger], names: frozenset[str], high: High) -> bool:
        return all(self._can_hold(each, known, names, high) for each in wanted(trigger))

    def _can_hold(self, term: Term, known: list[Trigger], names: frozenset[str], high: High) -> bool:
        program = self.study.program
        match term:
            case (">" | ">=" | "=", ("score", key), ("lit", line)):
                most = high(key, names)
                return most is None or most >= line * 1000
            case (op, ("lit", line), ("score", key)) if FLIPPED.get(op) in (">", ">=", "="):
                most = high(key, names)
                return most is None or most >= line * 1000
            case ("stage", op, other):
                return any(compared(program.stages, stage, op, other) for stage in self._stages(known))
            case ("stagefor", stage, _):
                return stage in self._stages(known)
            case ("tag", tag):
                return any(("tag", tag) in each.do for each in known)
            case ("present", ("attr", name)) | ("is", ("attr", name)):
                return not program.attributes[name].computed or self._set(name, known)
            case ("=" | "ago" | "last" | "next", ("attr", name), *_):
                return not program.attributes[name].computed or self._set(name, known)
            case _:
                return True

    def _stages(self, known: list[Trigger]) -> set[str]:
        return {*self.study.program.stages.path[:1], *[act[1] for each in known for act in each.do if act[0] == "move"]}

    @staticmethod
    def _set(name: str, known: list[Trigger]) -> bool:
        return any(act[:2] == ("set", name) for each in known for act in each.do)

    # --- what they make of profiles and stages ------------------------------------------------------------------------

    def named(self, names: frozenset[str]) -> list[Trigger]:
        return [each for each in self.study.program.triggers if each.name in names]

    def profile(self, key: str, able: frozenset[str]) -> Amount:
        """The most profile points of a score, where only these triggers have set anything."""
        terms = self._profile_terms(key)
        fields = fields_in(terms, "attr")
        if not any(self.study.program.attributes[name].computed for name in fields):
            return self.study.profile(key).bound
        values = computed_values(self.study.program, self.named(able))
        given = [*self.study.given(terms), *[term for name, term in sorted(values.items()) if name in fields]]
        return self.study.prover.best_profile(key, given=given).bound

    def steady(self, key: str) -> bool:
        """Whether the profile points of a score depend on nothing but attributes that the lead has from the start."""
        terms = self._profile_terms(key)
        fields = self.study.program.attributes
        moving = fields_in(terms, "tally") or any(is_timed(term) for term in terms)
        return not moving and not any(fields[name].computed for name in fields_in(terms, "attr"))

    def _profile_terms(self, key: str) -> list[Term | None]:
        rules = self.study.scores[key].when
        return [term for rule in rules for each in rule.branches for term in (each.when, each.value)]

    def staying(self, trigger: Trigger, able: frozenset[str]) -> list[str] | None:
        """Of a trigger that waits for nothing but a time in a stage: the types of events at which leads are moved
        there, once for each trigger that does. It fires at most once for each of them. None: nothing of the sort."""
        if (
            trigger.when is None
            or trigger.when[0] != "stagefor"
            or trigger.when[1] in self.study.program.stages.path[:1]
        ):
            return None
        movers = [each for each in self.named(able) if ("move", trigger.when[1]) in each.do]
        return None if any(each.match is None for each in movers) else [each.match.on for each in movers if each.match]
