"""Whether two spellings of a declaration mean the same: proved, never guessed.

Conditions are the same if neither can hold without the other, which the prover decides over all events and leads that
the new model allows. A condition that turns with time is a reason to look, whatever it decides; so both must name the
same ones. What is not decided counts as different.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from compiler.program import Program
from compiler.prove.answer import Unsat
from compiler.prove.facts import computed_values, fields_in
from compiler.prove.prover import Prover
from compiler.terms import TIMED, TRUE, parts
from runtime.table import AccountScore, Branch, Limit, Match, OnRule, Segment, Tally, Term, Trigger, WhenRule

_SECONDS = 2.0
_BRANCHES = 12


class Sameness:
    """Asks about parts of two models in the vocabulary of `program`, which is the new one's."""

    def __init__(self, program: Program, seconds: float) -> None:
        self.program = program
        self.prover = Prover(program, seconds=seconds)
        self.computed = computed_values(program, program.triggers)

    # --- terms --------------------------------------------------------------------------------------------------------

    def conditions(self, one: Term | None, two: Term | None, event: str | None = None) -> bool:
        """Whether two conditions hold of the same leads and events."""
        left, right = one or TRUE, two or TRUE
        if left == right:
            return True
        if _turns([left]) != _turns([right]) or not known(self.program, [left, right], event):
            return False
        return self._never([left, ("not", right)], event) and self._never([right, ("not", left)], event)

    def values(self, one: Term | None, two: Term | None, event: str | None, where: Sequence[Term] = ()) -> bool:
        """Whether two values are the same, and missing at once, wherever some conditions hold."""
        if one == two:
            return True
        if one is None or two is None or not known(self.program, [one, two, *where], event):
            return False
        return _fields(one) == _fields(two) and self._never([*where, ("!=", one, two)], event)

    def _never(self, terms: list[Term], event: str | None) -> bool:
        """Whether terms never hold together; of attributes that only triggers set is known what they set."""
        given = [self.computed[name] for name in sorted(fields_in(terms, "attr")) if name in self.computed]
        return isinstance(self.prover.decide([*terms, *given], event, seconds=_SECONDS), Unsat)

    # --- declarations -------------------------------------------------------------------------------------------------

    def matches(self, one: Match | None, two: Match | None) -> bool:
        """Whether two matches fit the same events."""
        if one is None or two is None:
            return one is two
        return one.on == two.on and self.conditions(one.where, two.where, one.on)

    def on_rules(self, one: OnRule, two: OnRule) -> bool:
        """Whether two rules give the same points at the same events."""
        event = one.match.on
        if (one.repeated, one.best, one.group) != (two.repeated, two.best, two.group) or event != two.match.on:
            return False
        if limits_of(one.limits) != limits_of(two.limits) or one.points != two.points:
            return False
        if _turns([one.when]) != _turns([two.when]):
            return False
        if not self.matches(one.match, two.match) and not self._together(one, two):
            return False
        if not self.conditions(one.when, two.when, event) and not self._together(one, two):
            return False
        return self.values(one.value, two.value, event, _met(one))

    def _together(self, one: OnRule, two: OnRule) -> bool:
        """Whether `where` and `when` together say the same, wherever they say it; a rule that is `repeated` counts the
        events for which both hold."""
        left, right = _met(one), _met(two)
        if _turns(left) or _turns(right):
            return False
        joined = [("and", *terms) if len(terms) > 1 else terms[0] if terms else TRUE for terms in (left, right)]
        return self.conditions(joined[0], joined[1], one.match.on)

    def when_rules(self, one: WhenRule, two: WhenRule) -> bool:
        """Whether two rules give the same profile points to every lead."""
        if one.group != two.group or max(len(one.branches), len(two.branches)) > _BRANCHES:
            return False
        terms = [branch.when for rule in (one, two) for branch in rule.branches]
        if _turns(branch.when for branch in one.branches) != _turns(branch.when for branch in two.branches):
            return False
        if not known(self.program, terms, None):
            return False
        for guard, left in _regions(one):
            for other, right in _regions(two):
                if not self._equal([*guard, *other], left, right):
                    return False
        return True

    def _equal(self, where: list[Term], left: Branch, right: Branch) -> bool:
        if left.value is None and right.value is None:
            return (left.points or 0) == (right.points or 0) or self._never(where, None)
        one, two = (branch.value or ("lit", 0) for branch in (left, right))
        return self.values(one, two, None, where) or self._never(where, None)

    def tallies(self, one: Tally, two: Tally) -> bool:
        """Whether two tallies count the same."""
        return one.days == two.days and self.matches(one.match, two.match)

    def segments(self, one: Segment, two: Segment) -> bool:
        """Whether two segments hold the same leads in the same order."""
        rest = replace(one, where=None, label=None) == replace(two, where=None, label=None)
        return rest and self.conditions(one.where, two.where)

    def account_scores(self, one: AccountScore, two: AccountScore) -> bool:
        """Whether two scores of an account are the same."""
        rest = replace(one, where=None, label=None) == replace(two, where=None, label=None)
        return rest and self.conditions(one.where, two.where)

    def triggers(self, one: Trigger, two: Trigger) -> bool:
        """Whether two triggers fire at the same looks and do the same."""
        if limits_of(one.limits) != limits_of(two.limits) or not self.matches(one.match, two.match):
            return False
        acts = len(one.do) == len(two.do) and all(map(self._acts, one.do, two.do, [one.match] * len(one.do)))
        return acts and self.conditions(one.when, two.when)

    def _acts(self, one: Term, two: Term, match: Match | None) -> bool:
        if one == two:
            return True
        if one[0] != "set" or two[:2] != one[:2]:
            return False
        return self.values(one[2], two[2], None if match is None else match.on)

    def idle(self, rule: OnRule | WhenRule) -> bool:
        """Whether a rule never gives anything, whatever happens."""
        ways: list[tuple[list[Term], str | None]]
        if isinstance(rule, OnRule):
            ways = [([*_met(rule), *_gives(rule.value)], rule.match.on)]
        else:
            ways = [([*guard, *_gives(branch.value)], None) for guard, branch in _regions(rule) if branch.points != 0]
        if any(_turns(terms) for terms, _ in ways):
            return False
        return all(terms and known(self.program, terms, event) and self._never(terms, event) for terms, event in ways)


def known(program: Program, terms: Iterable[Term], event: str | None) -> bool:
    """Whether a program has all that terms name, at an event of this type or at none."""
    names = {
        "attr": program.attributes.keys(),
        "tally": program.tallies.keys(),
        "score": {each.name for each in program.scores},
        "ascore": program.account.scores.keys() if program.account is not None else set(),
        "prop": program.events[event].properties.keys() if event is not None else set(),
    }
    stages = {*program.stages.path, *program.stages.beside}
    for term in terms:
        for part in parts(term):
            if part[0] in names and part[1] not in names[part[0]]:
                return False
            if part[0] in ("stage", "stagefor") and stages.isdisjoint(part[1:]):
                return False
    return True


def limits_of(limits: Iterable[Limit]) -> frozenset[Limit]:
    """The limits without those that another one implies, and windows that say nothing."""
    given = set(limits)

    def implied(limit: Limit) -> bool:
        return any(
            other != limit
            and (other.per is None or (limit.per is not None and other.per >= limit.per))
            and (other.each is None or other.each == limit.each)
            and _most(other, times=limit.times is not None) <= _most(limit, times=limit.times is not None)
            for other in given
        )

    return frozenset(limit for limit in given if not implied(limit))


def _most(limit: Limit, *, times: bool) -> float:
    most = limit.times if times else limit.points
    return float("inf") if most is None else most


def _gives(value: Term | None) -> list[Term]:
    """That a value is there, and not 0."""
    return [] if value is None else [("!=", value, ("lit", 0))]


def _met(rule: OnRule) -> list[Term]:
    return [term for term in (rule.match.where, rule.when) if term is not None]


def _regions(rule: WhenRule) -> list[tuple[list[Term], Branch]]:
    """Where each branch counts, and where none does."""
    before: list[Term] = []
    found = []
    for branch in rule.branches:
        found.append(([branch.when, *before], branch))
        before.append(("not", branch.when))
    return [*found, (before, Branch(TRUE, points=0))]


def _turns(terms: Iterable[Term | None]) -> set[Term]:
    """The conditions in terms that turn with time."""
    return {part for term in terms if term is not None for part in parts(term) if part[0] in TIMED}


def _fields(term: Term) -> set[Term]:
    """What may be missing in a value."""
    return {part for part in parts(term) if part[0] in ("prop", "attr")}
