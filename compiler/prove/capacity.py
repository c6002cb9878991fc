"""Bounds from above: what a score can show at all, or within a stretch of time from the lead's first event.

Activity points are at most the sum of what each rule can give, since clamping to a range that holds 0 never adds any
(and to the other side likewise). What a rule can give follows from its limits: so many firings, or so many points, in
each of so many windows. Rules of a group are bounded together too. Points that age count with the share that is left of
them (`spans.weights`). A reset makes points out of nothing once, an `add` is a rule without a match. To this come the
profile points, and the range cuts the sum. All of it holds for every history; whether a history gets there, only a
witness can say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from compiler.prove.interval import Interval, computed
from compiler.prove.netting import netted
from compiler.prove.spans import LIFE, Amount, Stretch, least, times, total, weights
from compiler.prove.study import Study
from runtime.table import Limit, OnRule, Score, Trigger

Part = Callable[[Stretch], Amount]
"""What a rule, a group or a trigger can give in a stretch: thousandths of the side that is asked for, not negative."""


@dataclass
class Capacity:
    """`firings` bounds how often each trigger can fire in a life; those not named have no bound. With `looks`, what
    triggers see counts too: at an event at 00:00Z the points that the day brings to an end are still there."""

    study: Study
    firings: Mapping[str, Amount]
    looks: bool = False

    def shown(self, stretch: Stretch = LIFE) -> dict[str, Interval]:
        """What each score can show, in thousandths, at any moment of the stretch from the lead's first event."""
        found: dict[str, Interval] = {}
        waiting = [key for key, score in self.study.scores.items() if score.value is not None]
        for key, score in self.study.scores.items():
            if score.value is None:
                found[key] = self._of_rules(key, score, stretch)
        while waiting:
            for key in waiting:
                value = self.study.scores[key].value
                assert value is not None
                interval = computed(value, found)
                if interval is not None:
                    found[key] = interval
            waiting = [key for key in waiting if key not in found]
        return found

    def _of_rules(self, key: str, score: Score, stretch: Stretch) -> Interval:
        gain, loss = self.activity(key, 1, stretch), self.activity(key, -1, stretch)
        low, high = self.study.profile(key, lowest=True).bound, self.study.profile(key).bound
        if not score.when:
            low = high = 0
        most = total([high, gain])
        negative = total([loss, None if low is None else -low])
        fewest = None if negative is None else -negative
        return Interval(clamped(score, fewest, score.low), clamped(score, most, score.high))

    def activity(self, key: str, side: int, stretch: Stretch = LIFE) -> Amount:
        """By how much activity points can be above 0 (`side` 1), or below it (-1)."""
        score = self.study.scores[key]
        most = total([self.given(key, side, stretch), self.reset(key) if side > 0 else 0])
        end = score.high if side > 0 else None if score.low is None else -score.low
        return least([most, end])

    def given(self, key: str, side: int = 1, stretch: Stretch = LIFE) -> Amount:
        """The most that rules and triggers have given (or taken) of what still counts, whatever the range cuts off."""
        score = self.study.scores[key]
        if score.ageing is None:
            return self._netted(key, side, stretch)
        parts = [each for _, each in self.parts(key, side)]
        return total(self._aged(score, part, parts, stretch) for part in parts)

    def _netted(self, key: str, side: int, stretch: Stretch) -> Amount:
        """What all parts give together, less what the same events take for sure."""
        left = {named: part(stretch) for named, part in self.parts(key, side)}
        found: list[Amount] = []
        for names, most in self.netted(key, side, stretch):
            alone = total(left.pop(("rule", name)) for name in sorted(names))
            found.append(least([alone, most]))
        return total([*found, *left.values()])

    def netted(self, key: str, side: int, stretch: Stretch = LIFE) -> list[tuple[frozenset[str], Amount]]:
        """Rules that cost something wherever they pay, and the most that they give together."""
        return [*netted(self.study, key, side, lambda rule: self.often(key, rule, stretch))]

    def _aged(self, score: Score, part: Part, parts: list[Part], stretch: Stretch) -> Amount:
        given = part(stretch)
        if score.ageing is None:
            return given
        day = total(each(Stretch(86_400_000_000, closed=False)) for each in parts)
        found = weights(score.ageing, day, closed=self.looks)
        if found is None:
            return given
        left: Fraction | None = Fraction(0)
        for share, span in found:
            amount = part(span)
            if amount is None:
                left = None
                break
            left = left + share * amount if left is not None else None
        return least([given, None if left is None else int(left)])

    def reset(self, key: str) -> Amount:
        """The most that a reset makes activity points."""
        score = self.study.scores[key]
        low = self.study.profile(key, lowest=True).bound if score.when else 0
        most: Amount = 0
        for trigger in self.study.program.triggers:
            for act in trigger.do:
                if act[:2] == ("reset", key) and self.firings.get(trigger.name, 1) != 0:
                    if low is None:
                        return score.high
                    most = max(most or 0, act[2] - low)
        return most

    # --- parts --------------------------------------------------------------------------------------------------------

    def parts(self, key: str, side: int) -> Iterator[tuple[tuple[str, str], Part]]:
        """What gives points of one side to a score, by ("rule", name), ("group", name) or ("trigger", name)."""
        score = self.study.scores[key]
        grouped: dict[str, list[OnRule]] = {}
        for rule in score.on:
            if rule.group is not None and side > 0:
                grouped.setdefault(rule.group, []).append(rule)
            else:
                yield ("rule", rule.name), self._rule(key, rule, side)
        for name, rules in grouped.items():
            yield ("group", name), self._group(key, score.groups[name].limits, rules)
        for trigger in self.study.program.triggers:
            points = max([side * act[2] for act in trigger.do if act[:2] == ("add", key)], default=0)
            if points > 0:
                given = sum(max(side * act[2], 0) for act in trigger.do if act[:2] == ("add", key))
                yield ("trigger", trigger.name), self._trigger(trigger, given)

    def alone(self, key: str, rule: OnRule, side: int) -> Part:
        """What a rule can give by itself, under its own limits and those of its group."""
        if rule.group is None or side < 0:
            return self._rule(key, rule, side)
        return self._group(key, self.study.scores[key].groups[rule.group].limits, [rule])

    def _rule(self, key: str, rule: OnRule, side: int) -> Part:
        pay = self.study.pay(key, rule)
        one = pay.most if side > 0 else None if pay.least is None else -pay.least

        def part(stretch: Stretch) -> Amount:
            if one == 0:
                return 0
            found = [times(self.often(key, rule, stretch), one)]
            found += [_points(limit, stretch) for limit in rule.limits]
            if rule.best is not None:
                values = 1 if rule.best.each is None else self.study.values(key, rule, rule.best.each)
                found.append(times(values, one))
            return least(found)

        return part

    def often(self, key: str, rule: OnRule, stretch: Stretch) -> Amount:
        """How often a rule can fire in the stretch, by its limits."""
        return least(self._firings(key, rule, limit, stretch) for limit in rule.limits)

    def _firings(self, key: str, rule: OnRule, limit: Limit, stretch: Stretch) -> Amount:
        values = 1 if limit.each is None else self.study.values(key, rule, limit.each)
        return None if limit.times is None else times(times(limit.times, values), stretch.windows(limit.per))

    def _group(self, key: str, limits: tuple[Limit, ...], rules: list[OnRule]) -> Part:
        parts = [self._rule(key, rule, 1) for rule in rules]
        pays = [self.study.pay(key, rule).most for rule in rules]
        one = None if None in pays else max([each for each in pays if each is not None], default=0)

        def part(stretch: Stretch) -> Amount:
            found = [total(each(stretch) for each in parts)]
            for limit in limits:
                each = limit.each
                values = 1 if each is None else total(self.study.values(key, rule, each) for rule in rules)
                found.append(_points(limit, stretch))
                if limit.times is not None:
                    found.append(times(times(times(limit.times, values), stretch.windows(limit.per)), one))
            return least(found)

        return part

    def _trigger(self, trigger: Trigger, points: int) -> Part:
        life = self.firings.get(trigger.name)

        def part(stretch: Stretch) -> Amount:
            often = [times(limit.times, stretch.windows(limit.per)) for limit in trigger.limits]
            return times(least([life, *often]), points)

        return part


def _points(limit: Limit, stretch: Stretch) -> Amount:
    return None if limit.points is None else times(limit.points, stretch.windows(limit.per))


def clamped(score: Score, points: Amount, open_end: Amount) -> Amount:
    """The points moved into the range; where they have no end, the end of the range."""
    if points is None:
        return open_end
    if score.low is not None and points < score.low:
        return score.low
    if score.high is not None and points > score.high:
        return score.high
    return points
