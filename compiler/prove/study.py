"""One model under proof: its parts, the prover and the engine, and what has been found out about single rules.

Everything else in this package asks here, so that each question is asked once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from compiler.exact import points
from compiler.program import Program
from compiler.prove.answer import Best, Sat, Unsat, Witness
from compiler.prove.engine import Engine
from compiler.prove.facts import computed_values, fields_in, percents_in
from compiler.prove.histories import START
from compiler.prove.prover import Prover
from compiler.prove.spans import Amount
from compiler.terms import TRUE, all_of
from runtime.table import OnRule, Score, Term

Found = TypeVar("Found")
NOW: Term = ("=", ("time",), ("lit", START))
"""Examples lie at the beginning of histories where they can."""
_MANY = 12
_VALUES = 40
"""So many values of a property under `for each` are told apart before it is taken to have no end of them."""


@dataclass(frozen=True, slots=True)
class Pay:
    """What one firing of an `on` rule gives, before limits, in thousandths: at most `most` (None: no end), at least
    `least`; `why` says why an end is not known, if it is not. A rule that never matches gives 0."""

    most: Amount
    least: Amount
    why: str = ""


@dataclass
class Study:
    """`percents` says that percents lie within 0% and 100%, `blank` that
    nothing is ever told of the lead."""

    program: Program
    prover: Prover
    engine: Engine
    percents: bool = True
    blank: bool = False
    scores: dict[str, Score] = field(init=False)
    whys: dict[str, None] = field(init=False, default_factory=dict)
    _pays: dict[tuple[str, str], Pay] = field(init=False, default_factory=dict)
    _values: dict[tuple[str, str, str], Amount] = field(init=False, default_factory=dict)
    _profiles: dict[tuple[str, bool], Best] = field(init=False, default_factory=dict)
    _tallies: dict[str, bool] = field(init=False, default_factory=dict)
    _kept: dict[Hashable, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.scores = {each.name: each.body for each in self.program.scores}
        self.computed = computed_values(self.program, self.program.triggers)
        if not self.blank:
            self._share()

    def _share(self) -> None:
        """Let the prover prepare for what will be asked of types of events with many rules."""
        matches: dict[str, list[Term]] = {}
        for score in self.scores.values():
            for rule in score.on:
                matches.setdefault(rule.match.on, []).extend(self.match(rule))
        for event, terms in matches.items():
            if len(terms) > _MANY:
                self.prover.share(event, [*terms, *self.given([*terms], event), NOW])

    def of(self, program: Program) -> Study:
        """Another model under the same limits, asked about by the same engine."""
        prover = Prover(program, seconds=self.prover.left(), judge=None, solver=self.prover.solver)
        return Study(program, prover, self.engine, self.percents, self.blank)

    def blanked(self) -> Study:
        """The same model for a lead of whom nothing is ever told."""
        found = Study(self.program, self.prover, self.engine, self.percents, blank=True)
        found.computed = self.computed
        return found

    # --- what is given ------------------------------------------------------------------------------------------------

    def given(self, terms: list[Term | None], event: str | None = None) -> list[Term]:
        """The facts that bear on terms: about percents, and about attributes that only triggers set."""
        found = percents_in(self.program, event, terms) if self.percents else []
        found += [self.computed[name] for name in sorted(fields_in(terms, "attr")) if name in self.computed]
        if self.blank:
            fields = self.program.attributes
            found += [
                ("missing", ("attr", name)) for name in sorted(fields_in(terms, "attr")) if not fields[name].computed
            ]
        return found + [
            ("=", ("tally", name), ("lit", 0)) for name in sorted(fields_in(terms, "tally")) if self._idle(name)
        ]

    def _idle(self, tally: str) -> bool:
        """Whether a tally never counts anything."""
        if tally not in self._tallies:
            match = self.program.tallies[tally].match
            terms = [] if match.where is None else [match.where]
            answer = self.prover.decide([*terms, *self.given([*terms], match.on)], match.on)
            self._tallies[tally] = isinstance(answer, Unsat)
        return self._tallies[tally]

    # --- rules --------------------------------------------------------------------------------------------------------

    @staticmethod
    def match(rule: OnRule) -> list[Term]:
        """The conditions of a match."""
        return [term for term in (rule.match.where, rule.when) if term is not None]

    def pay(self, key: str, rule: OnRule) -> Pay:
        """What one firing of a rule of the score `key` gives."""
        known = self._pays.get((key, rule.name))
        if known is None:
            known = self._pays[key, rule.name] = self._pay(rule)
        return known

    def _pay(self, rule: OnRule) -> Pay:
        match, event = self.match(rule), rule.match.on
        given = self.given([*match, rule.value], event)
        if match and isinstance(self.prover.decide([*match, *given], event), Unsat):
            return Pay(0, 0)
        if rule.points is not None:
            return Pay(max(rule.points, 0), min(rule.points, 0))
        assert rule.value is not None
        high = self.prover.reach(rule.value, event, given=[*match, *given])
        low = self.prover.reach(rule.value, event, given=[*match, *given], lowest=True)
        most = None if high.bound is None else max(high.bound, 0)
        least = None if low.bound is None else min(low.bound, 0)
        if rule.best is not None:
            least = 0
        if (most is None or least is None) and (high.why or low.why):
            self.whys[f"what `{rule.name}` gives: {high.why or low.why}"] = None
        return Pay(most, least, high.why or low.why)

    def values(self, key: str, rule: OnRule, name: str) -> Amount:
        """How many values of a property of its events a rule counts apart, the missing one among them."""
        known = (key, rule.name, name)
        if known not in self._values:
            self._values[known] = self._count(rule, name)
        return self._values[known]

    def _count(self, rule: OnRule, name: str) -> Amount:
        fields = self.program.events[rule.match.on].properties
        if name not in fields:
            return 1
        match, event, term = self.match(rule), rule.match.on, ("prop", name)
        given = self.given([*match], event)
        if name not in fields_in(match, "prop") and fields[name].type in ("text", "account", "number", "percent"):
            return None
        missing = 0
        if not fields[name].required:
            absent = self.prover.decide([*match, *given, ("missing", term)], event)
            missing = 0 if isinstance(absent, Unsat) else 1
        seen: list[Any] = []
        while len(seen) < _VALUES:
            asked: Term = ("nin", self._counted(event, name), ("list", *seen)) if seen else ("present", term)
            answer = self.prover.decide([*match, *given, asked], event)
            if isinstance(answer, Unsat):
                return len(seen) + missing
            if not isinstance(answer, Sat):
                return None
            seen.append(self.counted(event, name, answer.witness.values[term]))
        return None

    def _counted(self, event: str, name: str) -> Term:
        folded = self.program.events[event].properties[name].fold
        return ("fold", ("prop", name)) if folded else ("prop", name)

    def counted(self, event: str, name: str, value: Any) -> Any:
        """A value of a property as it is counted apart."""
        from compiler.terms import folded_text

        folded = self.program.events[event].properties[name].fold
        return folded_text(value) if folded and isinstance(value, str) else value

    def variant(self, rule: OnRule, name: str, seen: list[Any]) -> Witness | None:
        """A match of the rule whose property `name` has another value than those seen; None if none is found."""
        match, event = self.match(rule), rule.match.on
        given = self.given([*match], event)
        wanted: Term = ("present", ("prop", name))
        if seen:
            wanted = all_of([wanted, ("nin", self._counted(event, name), ("list", *seen))])
        answer = self.prover.decide([*match, *given, wanted], event)
        return answer.witness if isinstance(answer, Sat) else None

    def forget(self) -> None:
        """Ask about profiles and rules anew, as other attributes may be set now."""
        self._pays.clear()
        self._profiles.clear()
        self._values.clear()
        self._tallies.clear()
        self._kept.clear()

    def once(self, what: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` gives, found once for each `what`."""
        if what not in self._kept:
            self._kept[what] = find()
        found: Found = self._kept[what]
        return found

    @staticmethod
    def points(thousandths: int) -> Any:
        """Thousandths as points, in the form of a literal."""
        return points(thousandths)

    # --- profiles -----------------------------------------------------------------------------------------------------

    def profile(self, key: str, *, lowest: bool = False) -> Best:
        """The highest (or lowest) profile points of a score."""
        known = self._profiles.get((key, lowest))
        if known is None:
            score = self.scores[key]
            terms = [term for rule in score.when for each in rule.branches for term in (each.when, each.value)]
            given = self.given(terms)
            known = self._profiles[key, lowest] = self.prover.best_profile(key, given=given, lowest=lowest)
            if known.bound is None and known.why:
                self.whys[known.why] = None
        return known

    def could(self, terms: list[Term], event: str | None = None) -> bool | None:
        """Whether all terms can hold at once: None if that is not decided."""
        answer = self.prover.decide([*terms, *self.given([*terms], event)] or [TRUE], event)
        return True if isinstance(answer, Sat) else False if isinstance(answer, Unsat) else None


def named(scores: Mapping[str, Score], key: str) -> str:
    """A score as a rule file names it: ``interest["field service"]``."""
    name, bracket, value = key.partition("[")
    if not bracket:
        return key
    inner = value.removesuffix("]")
    return f"{name}[{inner}]" if inner.isidentifier() else f'{name}["{inner}"]'
