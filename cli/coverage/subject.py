"""A model made ready to be watched: what is to be asked of it at an event, at a look, at a moment.

It is built of the program as it was checked, without index and optimised conditions, and of the sites in the source.
A condition is asked as a whole, which tells whether it holds, and by its single conditions, each of which is a site.
Sites are known here by their number; a side of site n is 2n or 2n + 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from compiler.compile import Compilation, run_passes
from compiler.emit import emit
from compiler.sites import Site, sites_of
from runtime.intake import kinds_of
from runtime.meet import Kind
from runtime.parts import RulePlan, TriggerPlan
from runtime.plan import Plan
from runtime.table import Limit, Match, Term
from runtime.terms import Test, Value
from runtime.timing import windows


@dataclass(slots=True, eq=False)
class Condition:
    """`holds` is the whole condition, None if there is none; `singles` are its sites with what each of them asks."""

    holds: Test | None = None
    singles: list[tuple[int, Test]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Limited:
    """The sites of limits by what the table has for them."""

    sites: dict[Limit, list[int]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class RuleSites:
    """An `on` rule of one score; the numbers are of sites, None where there is none."""

    plan: RulePlan
    where: Condition
    when: Condition
    fired: int
    repeated: int | None
    best: int | None
    limits: Limited
    group: Limited


@dataclass(slots=True, eq=False)
class BranchSites:
    """A branch of a `when` rule: it is taken if it is the first that holds and `value`, if any, is not missing."""

    when: Condition
    value: Value | None
    taken: int


@dataclass(slots=True, eq=False)
class TallySites:
    where: Condition
    counted: int


@dataclass(slots=True, eq=False)
class TriggerSites:
    plan: TriggerPlan
    where: Condition
    when: Condition
    fired: int
    limits: Limited


class Subject:
    """The prepared model. `rules` and `tallies` are by the name of their event, `profile` holds the branches of each
    `when` rule, `dated` of those that ask the clock, the rest is by the position of a score or tally in the plan."""

    def __init__(self, compilation: Compilation) -> None:
        assert compilation.program is not None
        assert compilation.context is not None
        self.table = emit(run_passes(compilation.program, ()))
        self.plan = Plan(self.table)
        self.kinds: dict[str, Kind] = kinds_of(self.plan)
        self.sites = sites_of(compilation.context)
        self._at: dict[tuple[str, ...], list[tuple[int, Site]]] = {}
        for number, site in enumerate(self.sites):
            self._at.setdefault(site.of, []).append((number, site))
        self.rules: dict[str, list[RuleSites]] = {}
        self.of_rule: dict[int, RuleSites] = {}
        self.profile: list[list[BranchSites]] = []
        self.dated: list[list[BranchSites]] = []
        self.caps: dict[tuple[int, int], list[int]] = {}
        self.steps: dict[int, int] = {}
        self.floors: dict[int, int] = {}
        self.expiries: dict[int, int] = {}
        self.fadings: dict[int, int] = {}
        self.bands: dict[int, list[tuple[int | None, int]]] = {}
        for at, key in enumerate(self.plan.keys):
            self._score(at, key)
        self._rules()
        self._tallies()
        self.triggers = [self._trigger(each) for each in self.plan.triggers]
        self.members = self._wheres("account score")
        self.segments = self._wheres("segment")

    # --- sites of a declaration -----------------------------------------------------------------------------------

    def _parts(self, of: tuple[str, ...], *parts: str, at: int | None = None) -> Iterable[tuple[int, Site]]:
        found = self._at.get(of, [])
        return [(number, site) for number, site in found if site.part in parts and at in (None, site.at)]

    def _one(self, of: tuple[str, ...], part: str, at: int | None = None) -> int | None:
        return next((number for number, _ in self._parts(of, part, at=at)), None)

    def _sure(self, of: tuple[str, ...], part: str, at: int | None = None) -> int:
        number = self._one(of, part, at)
        assert number is not None, (of, part)
        return number

    def _condition(
        self, term: Term | None, of: tuple[str, ...], part: str, member: str | None = None, at: int | None = None
    ) -> Condition:
        if term is None:
            return Condition()
        singles = [
            (number, self.plan.terms.test(own))
            for number, site in self._parts(of, part, at=at)
            for name, own in site.terms
            if name == member
        ]
        return Condition(self.plan.terms.test(term), singles)

    def _where(self, match: Match | None, of: tuple[str, ...], member: str | None = None) -> Condition:
        return Condition() if match is None else self._condition(match.where, of, "where", member)

    def _limits(self, of: tuple[str, ...]) -> Limited:
        found = Limited()
        for number, site in self._parts(of, "times", "points"):
            assert site.limit is not None
            found.sites.setdefault(site.limit, []).append(number)
        return found

    # --- scores ---------------------------------------------------------------------------------------------------

    def _score(self, at: int, key: str) -> None:
        score, (name, member) = self.table.scores[key], _parted(key)
        of = ("score", name)
        for kept, part in (
            (self.steps, "degradation"),
            (self.floors, "floor"),
            (self.expiries, "expiry"),
            (self.fadings, "fading"),
        ):
            number = self._one(of, part)
            if number is not None:
                kept[at] = number
        banded = {site.name: number for number, site in self._parts(of, "band")}
        if banded:
            self.bands[at] = [(band.below, banded[band.name]) for band in score.bands]
        for rule in score.when:
            named = ("rule", name, rule.name)
            branches = []
            for place, branch in enumerate(rule.branches):
                taken = self._sure(named, "rule") if len(rule.branches) == 1 else self._sure(named, "branch", place)
                value = None if branch.value is None else self.plan.terms.value(branch.value)
                when = self._condition(branch.when, named, "when", member, place)
                branches.append(BranchSites(when, value, taken))
            self.profile.append(branches)
            if any(windows(branch.when, self.table.tests) for branch in rule.branches):
                self.dated.append(branches)
        capped = [group for group, each in score.groups.items() if each.most is not None]
        for place, group in enumerate(capped):
            self.caps[at, place] = [number for number, _ in self._parts(("group", name, group), "cap")]

    def _rules(self) -> None:
        for event in self.plan.events.values():
            for _, payload in event.matches:
                if isinstance(payload, RulePlan):
                    sites = self._rule(payload)
                    self.rules.setdefault(event.name, []).append(sites)
                    self.of_rule[id(payload)] = sites

    def _rule(self, plan: RulePlan) -> RuleSites:
        key = self.plan.keys[plan.score]
        name, member = _parted(key)
        rule = next(each for each in self.table.scores[key].on if each.name == plan.name)
        of = ("rule", name, plan.name)
        return RuleSites(
            plan,
            self._where(rule.match, of, member),
            self._condition(rule.when, of, "when", member),
            self._sure(of, "rule"),
            self._one(of, "repeated"),
            self._one(of, "best"),
            self._limits(of),
            Limited() if rule.group is None else self._limits(("group", name, rule.group)),
        )

    # --- the rest -------------------------------------------------------------------------------------------------

    def _tallies(self) -> None:
        self.tallies: dict[str, list[TallySites]] = {}
        self.falls: dict[int, int] = {}
        for at, name in enumerate(self.plan.tally_names):
            of, match = ("tally", name), self.table.tallies[name].match
            sites = TallySites(self._where(match, of), self._sure(of, "tally"))
            self.tallies.setdefault(match.on, []).append(sites)
            fall = self._one(of, "fall")
            if fall is not None:
                self.falls[at] = fall

    def _trigger(self, plan: TriggerPlan) -> TriggerSites:
        of, trigger = ("trigger", plan.name), self.table.triggers[plan.at]
        return TriggerSites(
            plan,
            self._where(trigger.match, of),
            self._condition(trigger.when, of, "when"),
            self._sure(of, "trigger"),
            self._limits(of),
        )

    def _wheres(self, kind: str) -> list[Condition]:
        """The conditions on leads of the account's scores, or of segments."""
        given: Mapping[str, Term | None] = {name: each.where for name, each in self.table.segments.items()}
        if kind == "account score":
            account = self.table.account
            given = {} if account is None else {name: each.where for name, each in account.scores.items()}
        return [self._condition(term, (kind, name), "where") for name, term in given.items() if term is not None]


def _parted(key: str) -> tuple[str, str | None]:
    """The name of a score and, in a family, the member."""
    name, bracket, rest = key.partition("[")
    return name, rest[:-1] if bracket else None
