"""The executable specification of coverage: the reference's lead, writing down what a test would see.

A side is named by what it is of, where that ends in the text, and which side it is: ``("where", 312, "true")``. All
members of a family write down the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tests.reference
from compiler.sites import single_conditions
from dsl import syntax as s
from tests.reference import Accepted, AtEvent, Lead, band_of, fold
from tests.reference_terms import Binding, Model, ScoreDef, value
from tests.reference_values import DAY

Side = tuple[str, int, str]


class Onlooker(Lead):
    """A lead that writes down the sides that are seen at it."""

    seen: set[Side]
    segments: list[s.Segment]

    def note(self, part: str, node: s.Node, side: str) -> None:
        self.seen.add((part, node.span.end, side))

    def ask(self, part: str, node: s.Expr | None, scope: object, bind: Binding = None) -> None:
        for each in single_conditions(node) if node is not None else ():
            self.note(part, each, "true" if value(each, scope, bind) else "false")

    # at an event

    def matches(self, on: s.On, event: Accepted, bind: Binding) -> bool:
        if event.kind != "lead" and self.model.events[event.kind].name.text == on.event.text:
            self.ask("where", on.where, AtEvent(self, event), bind)
        found = super().matches(on, event, bind)
        if found:
            for tally in self.model.tallies.values():
                if tally.on is on:
                    self.note("tally", tally.name, "counted")
            for trigger in self.model.triggers:
                if trigger.on is on:
                    self.ask("when", trigger.when, self)
        return found

    def called(self, each: ScoreDef, rule: s.Rule, event: Accepted) -> bool:
        found, on, when = super().called(each, rule, event), rule.on, rule.branches[0].when
        assert on is not None
        if Lead.matches(self, on, event, each.bind):
            self.ask("when", when, self, each.bind)
            if on.repeated is not None and (when is None or value(when, self, each.bind)):
                self.note("repeated", on.repeated, "reached" if found else "waited")
        return found

    def limited(self, each: ScoreDef, of: s.Rule | s.Group, points: int, event: Accepted) -> int:
        best = tuple(limit for limit in of.limits if isinstance(limit, s.Best))
        rest = self._alone(each, of, best, points, event)
        if rest != points:
            self.note("best", best[0], "cut")
        for limit in of.limits:
            if limit not in best and self._alone(each, of, (limit,), rest, event) != rest:
                times = isinstance(limit, s.TimesLimit)
                self.note("times" if times else "points", limit, "blocked" if times else "cut")
        return super().limited(each, of, points, event)

    def _alone(
        self, each: ScoreDef, of: s.Rule | s.Group, limits: tuple[s.Limit, ...], points: int, event: Accepted
    ) -> int:
        """What these limits alone would leave."""
        kind = type(of)
        fields = {name: getattr(of, name) for name in kind.__dataclass_fields__}
        return super().limited(each, kind(**fields | {"limits": limits}), points, event)

    def remember(self, each: ScoreDef, of: s.Rule | s.Group, points: int, event: Accepted) -> None:
        if points and isinstance(of, s.Rule):
            self.note("rule", of.name, "fired")
        super().remember(each, of, points, event)

    # looks

    def condition(self, trigger: s.Trigger) -> bool:
        if trigger.on is None:
            self.ask("when", trigger.when, self)
        return super().condition(trigger)

    def blocked(self, trigger: s.Trigger) -> bool:
        self.profiles()
        blocked = super().blocked(trigger)
        before = [firing.time for firing in self.fired if firing.trigger == trigger.name.text]
        for limit in trigger.limits:
            assert isinstance(limit, s.TimesLimit)
            since = -1 if limit.per is None else self.t - self.model.length(limit.per)
            if len([t for t in before if t > since]) >= self.model.const(limit.times):
                self.note("times", limit, "blocked")
        if not blocked:
            self.note("trigger", trigger.name, "fired")
        return blocked

    def look(self, triggers: list[s.Trigger], event: Accepted | None) -> None:
        super().look(triggers, event)
        self.stands()

    def stands(self) -> None:
        self.profiles()
        for key, each in self.model.scores.items():
            for member in each.decl.members:
                if isinstance(member, s.Bands):
                    name = band_of(self, key)
                    self.note("band", next(band for band in member.bands if band.name.text == name), "reached")
        for segment in self.segments:
            self.ask("where", segment.where, self)
        if self.model.account_field is not None and self.attributes.get(self.model.account_field) is not None:
            for score in self.model.account_scores.values():
                self.ask("where", score.where, self)

    def profiles(self) -> None:
        for each in self.model.scores.values():
            for item in each.items:
                rules = item.rules if isinstance(item, s.Group) else (item,)
                for rule in rules:
                    self.branches(rule, each.bind)
                if isinstance(item, s.Group) and item.rules[0].on is None:
                    for limit in item.limits:
                        assert isinstance(limit, s.PointsLimit)
                        if sum(self.profile(rule, each.bind) for rule in rules) > self.model.milli(limit.points):
                            self.note("cap", limit, "cut")

    def branches(self, rule: s.Rule, bind: Binding) -> None:
        for branch in rule.branches if rule.on is None else ():
            self.ask("when", branch.when, self, bind)
            if value(branch.when, self, bind):
                if value(branch.points, self, bind) is not None:
                    if len(rule.branches) == 1:
                        self.note("rule", rule.name, "fired")
                    else:
                        self.note("branch", branch, "taken")
                return

    # time

    def time_passes(self) -> bool:
        before, tallies = dict(self.left()), {name: self.tally(name) for name in self.counted}
        found = super().time_passes()
        for (key, day), points in dict(self.left()).items():
            if points != before.get((key, day), points):
                each = self.model.scores[key]
                expired = each.expire is not None and self.day - day >= each.expire // DAY
                kind = s.Expire if expired else s.Fade
                member = next(member for member in each.decl.members if isinstance(member, kind))
                self.note("expiry" if expired else "fading", member, "expired" if expired else "faded")
        for name, count in tallies.items():
            over = self.model.tallies[name].over
            if self.tally(name) < count:
                assert over is not None
                self.note("fall", over, "fell")
        return found

    def left(self) -> Iterator[tuple[tuple[str, int], int]]:
        for key, each in self.model.scores.items():
            if each.ages:
                for day, points in self.activity[key].days.items():
                    yield (key, day), self.aged(each, day, points)

    def step(self, each: ScoreDef, degrade: s.Degrade) -> None:
        before = self.activity[each.key].points
        super().step(each, degrade)
        if self.activity[each.key].points != before:
            self.note("degradation", degrade, "stepped")
            if degrade.floor is not None and self.score(each.key) <= each.floor:
                self.note("floor", degrade, "reached")


def sides_seen(model: Model, segments: list[s.Segment], lead: str, events: list[Accepted], until: int) -> set[Side]:
    """The sides seen in folding a lead, at all its looks and in the end."""
    sides: set[Side] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Onlooker, "seen", sides, raising=False)
        patch.setattr(Onlooker, "segments", segments, raising=False)
        patch.setattr(tests.reference, "Lead", Onlooker)
        state, _ = fold(model, lead, events, until)
        assert isinstance(state, Onlooker)
        state.stands()
    return sides
