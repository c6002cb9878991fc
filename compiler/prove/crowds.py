"""Accounts, bounded from above: what their scores can show, and which of their triggers nothing can make fire.

An account has as many leads as come to it, each in any state that a lead can be in. So what one lead brings decides:
where it can be above 0, a sum has no end; the largest and the average lie within what one lead shows, or are 0 over no
leads. What scores of one account have to do with each other follows from which leads count for both: three that are hot
are worth three times the line at least. Under all that, a condition that can't hold is one that no account meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from compiler.exact import amount
from compiler.prove.answer import Unknown, Unsat
from compiler.prove.facts import fields_in, within
from compiler.prove.interval import Interval
from compiler.prove.reach import Reach
from compiler.prove.reasons import between
from compiler.prove.spans import Amount, times
from compiler.prove.study import Study
from compiler.terms import TRUE, all_of
from runtime.table import Account, AccountScore, Term, Trigger

ONE = 1000
"""What a lead adds to a count, in thousandths."""


@dataclass
class Crowd:
    """`ends` are those of what each account score shows, in thousandths, `shown` those of what its triggers see; `able`
    the account triggers that can fire as far as is known, `open` why that was not decided of some."""

    reach: Reach
    account: Account
    shown: dict[str, Interval] = field(init=False)
    ends: dict[str, Interval] = field(init=False)
    able: set[str] = field(init=False)
    open: dict[str, str] = field(init=False, default_factory=dict)
    _alone: dict[tuple[str, Term], Interval | None] = field(init=False, default_factory=dict)
    _inside: dict[tuple[Term, Term], bool] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.study: Study = self.reach.study
        self.ends = self._of_all(self.reach.scores)
        self.shown = self._of_all(self.reach.looked)
        self.able = self._able()

    def _of_all(self, scores: dict[str, Interval]) -> dict[str, Interval]:
        """What each score shows if leads show so much."""
        self._alone.clear()
        self._scores = scores
        return {name: self._shown(score) for name, score in self.account.scores.items()}

    # --- one lead -----------------------------------------------------------------------------------------------------

    def counted(self, score: AccountScore) -> Term:
        """The condition under which a lead counts for a score."""
        there: list[Term] = [] if self.account.attribute is None else [("present", ("attr", self.account.attribute))]
        return all_of([*there, *([] if score.where is None else [score.where])]) if there else score.where or TRUE

    def one(self, score: AccountScore) -> Interval | None:
        """What one lead brings to a score; None if no lead ever counts for it."""
        return self._of(score.of, self.counted(score))

    def _of(self, key: str | None, where: Term) -> Interval | None:
        """Between what ends a score of leads lies where a condition holds; None if that is nowhere. Without a score, a
        lead counts one."""
        asked = (key or "", where)
        if asked not in self._alone:
            if self.reach.could([where], scores=self._scores) is False:
                self._alone[asked] = None
            elif key is None:
                self._alone[asked] = Interval(ONE, ONE)
            else:
                self._alone[asked] = self._narrowed(key, where)
        return self._alone[asked]

    def _narrowed(self, key: str, where: Term) -> Interval | None:
        """The ends of a score in all states in which the condition can hold."""
        whole, value = self._scores[key], ("score", key)
        if key not in fields_in([where], "score"):
            return whole
        terms: list[Term] = [where, ("=", value, value)]
        ways = {tuple(state.facts(self.study.program, terms)) for state in self.reach.states}
        given = [where, *self.reach.given(terms, scores=self._scores)]
        found: list[Interval] = []
        for facts in sorted(ways, key=repr):
            known = [*given, *facts]
            high = self.study.prover.reach(value, given=known)
            low = self.study.prover.reach(value, given=known, lowest=True)
            if high.feasible is not False and low.feasible is not False:
                found.append(Interval(_inner(max, low.bound, whole.low), _inner(min, high.bound, whole.high)))
        if not found:
            return None
        lows, highs = [each.low for each in found], [each.high for each in found]
        low_ = None if None in lows else min(each for each in lows if each is not None)
        return Interval(low_, None if None in highs else max(each for each in highs if each is not None))

    # --- scores -------------------------------------------------------------------------------------------------------

    def _shown(self, score: AccountScore) -> Interval:
        one = self.one(score)
        if one is None:
            return Interval(0, 0)
        low, high = _with_none(one)
        if score.how in ("sum", "count"):
            return Interval(0 if low == 0 else None, 0 if high == 0 else None)
        if score.how == "top":
            many = score.top or 1
            return Interval(None if low is None else low * many, times(high, many))
        return Interval(low, high)

    def facts(self, names: set[str]) -> Iterator[Term]:
        """What is known of account scores, each by itself and beside others."""
        for name in sorted(names):
            interval = self.shown[name]
            low, high = (None if end is None else self.study.points(end) for end in (interval.low, interval.high))
            yield within(("ascore", name), low, high)
        for name in sorted(names):
            for other in sorted(names - {name}):
                yield from self._beside(name, other)

    def why(self, terms: list[Term]) -> Iterator[str]:
        """Why conditions can't hold, as far as that can be said in few words."""
        names = sorted(fields_in(terms, "ascore"))
        if names:
            yield "; ".join(between(name, self.shown[name]) for name in names)
        for name in names:
            for other in names:
                yield from self._each(name, other)
        given = {act[1] for each in self.account.triggers if each.name in self.able for act in each.do}
        for tag in sorted(fields_in(terms, "tag") - given):
            yield f"no trigger of accounts that can fire gives the tag `{tag}`"

    def _each(self, name: str, other: str) -> Iterator[str]:
        """What leads bring to one score that count for another."""
        mine, theirs = self.account.scores[name], self.account.scores[other]
        if mine.of is not None and theirs.of is None and name != other and self._within(theirs, mine):
            brings = self._of(mine.of, all_of([self.counted(mine), self.counted(theirs)]))
            if brings is not None and brings.low is not None and brings.low > 0:
                yield f"each lead that counts for {other} brings {name} at least {amount(brings.low)}"

    def _beside(self, name: str, other: str) -> Iterator[Term]:
        """What follows for one score from another."""
        mine, theirs = self.account.scores[name], self.account.scores[other]
        one, two = self.one(mine), self.one(theirs)
        if one is None or two is None:
            return
        here: Term = ("ascore", name)
        there: Term = ("ascore", other)
        inside = self._within(mine, theirs)
        if theirs.how == "count":
            yield from self._by_count(mine, theirs, here, there)
        elif mine.of == theirs.of and inside and two.low is not None and two.low >= 0:
            if (mine.how, theirs.how) in (("max", "sum"), ("max", "top"), ("top", "sum")):
                yield ("<=", here, there)
            elif mine.how == "top" and theirs.how == "max":
                yield ("<=", here, ("*", ("lit", mine.top or 1), there))
        if (mine.how, theirs.how, mine.of) == ("average", "max", theirs.of) and mine.where == theirs.where:
            yield ("<=", here, there)

    def _by_count(self, mine: AccountScore, theirs: AccountScore, here: Term, count: Term) -> Iterator[Term]:
        """What follows for a score from how many leads meet a condition."""
        one = self.one(mine)
        assert one is not None
        if self._within(mine, theirs):
            if mine.how == "count":
                yield ("<=", here, count)
                return
            yield ("or", (">=", count, ("lit", 1)), ("=", here, ("lit", 0)))
            if mine.how in ("sum", "top"):
                low, high = _with_none(one)
                if high is not None:
                    yield ("<=", here, ("*", ("lit", self.study.points(high)), count))
                if low is not None:
                    yield (">=", here, ("*", ("lit", self.study.points(low)), count))
        if mine.how in ("sum", "max") and self._within(theirs, mine):
            least = self._of(mine.of, all_of([self.counted(mine), self.counted(theirs)]))
            if least is None or least.low is None:
                return
            line: Term = ("lit", self.study.points(least.low))
            if mine.how == "max":
                yield ("or", ("<=", count, ("lit", 0)), (">=", here, line))
            elif one.low is not None and one.low >= 0:
                yield (">=", here, ("*", line, count))

    def _within(self, mine: AccountScore, theirs: AccountScore) -> bool:
        """Whether every lead that counts for one score counts for the other."""
        one, two = self.counted(mine), self.counted(theirs)
        if one == two:
            return True
        if (one, two) not in self._inside:
            self._inside[one, two] = self.reach.could([one, ("not", two)], scores=self.reach.looked) is False
        return self._inside[one, two]

    # --- triggers -----------------------------------------------------------------------------------------------------

    def _able(self) -> set[str]:
        """The triggers that can fire as far as is known: with no tag at first, then with those that they give."""
        found: set[str] = set()
        while True:
            tags = {
                act[1] for each in self.account.triggers if each.name in found for act in each.do if act[0] == "tag"
            }
            more = {each.name for each in self.account.triggers if each.name not in found and self._fires(each, tags)}
            if not more:
                return found
            found |= more

    def _fires(self, trigger: Trigger, tags: set[str]) -> bool:
        assert trigger.when is not None
        terms = [trigger.when, *self.facts(fields_in([trigger.when], "ascore"))]
        terms += [("not", ("tag", tag)) for tag in sorted(fields_in([trigger.when], "tag") - tags)]
        answer = self.study.prover.decide(terms)
        if isinstance(answer, Unknown):
            self.open[trigger.name] = answer.why
        return not isinstance(answer, Unsat)


def _inner(which: Callable[[list[int]], int], one: Amount, other: Amount) -> Amount:
    """The end that says more."""
    known = [each for each in (one, other) if each is not None]
    return which(known) if known else None


def _with_none(one: Interval) -> tuple[Amount, Amount]:
    """The ends of what a lead brings, or no lead, which is 0."""
    return None if one.low is None else min(one.low, 0), None if one.high is None else max(one.high, 0)
