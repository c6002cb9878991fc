"""Watches the fold of a test and notes which sides of which sites it saw.

Everything is asked where the language asks it, and nothing is passed over because another condition has decided
already: `where` at each event of its type; a rule's `when` at the events that match, with the event counted; an
`else when` where no branch before it holds; a trigger's conditions in its turn at each look, and again when the pass
has ended; what is true of a lead at a moment (profile points, bands, conditions of segments and of the account's
scores) at each look and wherever an expectation looks.
"""

from __future__ import annotations

import copy
from typing import Any

from cli.coverage.subject import Condition, Limited, RuleSites, Subject
from runtime.clock import remains
from runtime.lead import Key, Lead
from runtime.limits import Limits
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.profile import profile_points
from runtime.table import Limit
from runtime.times import DAY


class Observer:
    """The watcher of one lead. `seen` collects the numbers of sides: 2n is the first side of site n, 2n + 1 the
    second."""

    def __init__(self, subject: Subject, seen: set[int]) -> None:
        self.subject = subject
        self.seen = seen
        self._data: Any = {}
        self._event: str | None = None
        self._matched: list[RuleSites] = []
        self._turn = 0
        self._acted = False
        self._days: dict[int, dict[int, int]] = {}
        self._asked: tuple[dict[str, Any], list[int]] | None = None

    def fork(self) -> Observer:
        """A watcher for a copy of the lead, which sees for the same test."""
        other = copy.copy(self)
        other._days = dict(self._days)
        return other

    def _ask(self, condition: Condition, lead: Lead, data: Any, t: int) -> bool:
        """Whether a condition holds; each of its single conditions is seen true or false."""
        seen = self.seen
        for site, test in condition.singles:
            if 2 * site not in seen or 2 * site + 1 not in seen:
                seen.add(2 * site if test(lead, data, t) else 2 * site + 1)
        return condition.holds is None or condition.holds(lead, data, t)

    # --- at an event ----------------------------------------------------------------------------------------------

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None:
        self._data, self._event = data, kind.name
        if kind.lead:
            return
        t = key[0]
        for tally in self.subject.tallies.get(kind.name, ()):
            if self._ask(tally.where, lead, data, t):
                self.seen.add(2 * tally.counted)
        rules = self.subject.rules.get(kind.name, ())
        self._matched = [rule for rule in rules if self._ask(rule.where, lead, data, t)]

    def _after(self, lead: Lead, t: int) -> None:
        """Ask what lies beside the events of matching rules, once tallies have counted the event."""
        for rule in self._matched:
            if self._ask(rule.when, lead, {}, t) and rule.repeated is not None:
                assert rule.plan.repeated is not None
                waits = bool(lead.caps.get(rule.plan.repeated.at))
                self.seen.add(2 * rule.repeated + waits)
        self._matched = []

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        sites, data = self.subject.of_rule[id(rule)], self._data
        if given:
            self.seen.add(2 * sites.fired)
        points = wanted
        if rule.best is not None:
            points = max(points - rule.best.given(lead, data), 0)
            if points != wanted and sites.best is not None:
                self.seen.add(2 * sites.best)
        if points:
            self._limited(rule.limits, sites.limits, lead, t, points)
            points = rule.limits.cut(lead, t, data, points)
        if points > 0 and rule.group is not None:
            self._limited(rule.group, sites.group, lead, t, points)

    def _limited(self, limits: Limits, sites: Limited, lead: Lead, t: int, points: int) -> None:
        """Note each limit that leaves less than `points`, whichever comes first."""
        for times in limits.times:
            if not times.allows(lead, t, self._data):
                self._bites(sites, Limit(times=times.most, per=times.per, each=times.each))
        for limit in limits.points:
            if abs(points) > limit.left(lead, t):
                self._bites(sites, Limit(points=limit.most, per=limit.per))

    def _bites(self, sites: Limited, limit: Limit) -> None:
        self.seen.update(2 * site for site in sites.sites[limit])

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None:
        pass

    # --- what time does -------------------------------------------------------------------------------------------

    def step(self, lead: Lead, score: int, t: int, before: int) -> None:
        self.seen.add(2 * self.subject.steps[score])
        floor = self.subject.floors.get(score)
        if floor is not None:
            degrade = self.subject.plan.scores[score].degrade
            assert degrade is not None
            assert degrade.floor is not None
            if self.subject.plan.shown[score](lead, t) <= degrade.floor:
                self.seen.add(2 * floor)

    def aged(self, lead: Lead, score: int, t: int, before: int) -> None:
        old = self._days.get(score, {})
        new = self._days[score] = self._left(lead, score)
        ageing = self.subject.plan.scores[score].ageing
        assert ageing is not None
        for day, points in old.items():
            if new.get(day, 0) != points:
                expired = ageing.expire is not None and t // DAY - day >= ageing.expire
                self.seen.add(2 * (self.subject.expiries if expired else self.subject.fadings)[score])

    def _left(self, lead: Lead, score: int) -> dict[int, int]:
        """What is left of the points of each day."""
        ageing = self.subject.plan.scores[score].ageing
        assert ageing is not None
        return {day: remains(ageing, {day: left}) for day, left in lead.contributions.get(score, {}).items()}

    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None:
        self.seen.add(2 * self.subject.falls[tally])

    # --- looks ----------------------------------------------------------------------------------------------------

    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None:
        self._after(lead, t)
        self._profile(lead, t)
        self._turns(lead, t, trigger.at + 1)
        sites = self.subject.triggers[trigger.at]
        if blocked:
            self._limited(trigger.limits, sites.limits, lead, t, 0)
        else:
            self.seen.add(2 * sites.fired)
            self._acted = True

    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None:
        pass

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        self._after(lead, t)
        self._turns(lead, t, len(self.subject.triggers))
        if self._acted:
            for trigger in self.subject.triggers:
                if trigger.plan.on is None:
                    self._ask(trigger.when, lead, {}, t)
        self.stands(lead, t)
        for score in self.subject.plan.ageing:
            self._days[score.at] = self._left(lead, score.at)
        self._data, self._event, self._turn, self._acted = {}, None, 0, False

    def _turns(self, lead: Lead, t: int, end: int) -> None:
        """Ask the triggers up to the position `end` whose turn has not come yet at this look."""
        for trigger in self.subject.triggers[self._turn : end]:
            if trigger.plan.on is None or (
                trigger.plan.on == self._event and self._ask(trigger.where, lead, self._data, t)
            ):
                self._ask(trigger.when, lead, {}, t)
        self._turn = end

    def stands(self, lead: Lead, t: int) -> None:
        """Ask what is true of a lead at a moment."""
        self._profile(lead, t)
        for at, bands in self.subject.bands.items():
            points = self.subject.plan.shown[at](lead, t)
            self.seen.add(2 * next(site for below, site in bands if below is None or points < below))
        for segment in self.subject.segments:
            self._ask(segment, lead, {}, t)
        account = self.subject.plan.account
        if account is not None and lead.attrs.get(account) is not None:
            for member in self.subject.members:
                self._ask(member, lead, {}, t)

    def _profile(self, lead: Lead, t: int) -> None:
        """Ask the `when` rules; where attributes and tallies are as they were, only those that ask the clock."""
        same = self._asked is not None and self._asked[0] == lead.attrs and self._asked[1] == lead.tallies
        if not same:
            self._asked = (dict(lead.attrs), list(lead.tallies))
        for branches in self.subject.dated if same else self.subject.profile:
            for branch in branches:
                if self._ask(branch.when, lead, {}, t):
                    if branch.value is None or branch.value(lead, {}, t) is not None:
                        self.seen.add(2 * branch.taken)
                    break
        for (at, group), sites in self.subject.caps.items():
            self._capped(lead, t, at, group, sites)

    def _capped(self, lead: Lead, t: int, at: int, group: int, sites: list[int]) -> None:
        score = self.subject.plan.scores[at]
        assert score.profile is not None
        most = score.profile.most[group]
        parts: list[tuple[str, int, int | None]] = []
        profile_points(score, lead, t, parts)
        if most is not None and sum(points for _, points, of in parts if of == group) > most:
            self.seen.update(2 * site for site in sites)
