"""The executable specification of sections 4 and 5: one lead, folded naively.

`fold` sorts the lead's events and walks through every instant at which anything might happen: every event, every
00:00Z, every step of a grid, every turn of a date, every duration reached. Nothing is remembered but what the
language speaks of, nothing is computed in advance, and what is asked is worked out anew each time.
Points are integers in thousandths, times integer microseconds.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dsl import syntax as s
from tests.reference_terms import TIME, Binding, Found, Model, ScoreDef, band_of, score_key, value
from tests.reference_values import DAY, fold_case, half_even

__all__ = ["Accepted", "Activity", "Emitted", "Firing", "Lead", "Scene", "Seen", "band_of", "fold"]


@dataclass(frozen=True)
class Accepted:
    """An accepted event: `kind` is its type in JSON, `values` its declared values by name."""

    time: int
    source: str
    id: str
    lead: str
    kind: str
    values: dict[str, Found] = field(compare=False)


@dataclass(frozen=True)
class Firing:
    trigger: str
    time: int


@dataclass(frozen=True)
class Emitted:
    """What is published of a firing: `ordinal` counts the trigger's firings at that time."""

    type: str
    trigger: str
    time: int
    ordinal: int
    scores: dict[str, int] = field(compare=False)
    stage: str | None = field(compare=False)


@dataclass
class Activity:
    """A of one score: `points`, or with fade or expiry `days` (contributions by UTC day); and what limits look at."""

    points: int = 0
    days: dict[int, int] = field(default_factory=dict)
    increased: int | None = None
    fired: dict[str, list[tuple[int, int, Any]]] = field(default_factory=dict)  # rule or group: (time, points, event)
    unused: dict[str, list[int]] = field(default_factory=dict)


class Scene:
    """Something that has triggers: takes the passes, and remembers what their conditions were."""

    model: Model
    t: int
    tags: set[str]
    stage: str | None = None

    def __init__(self) -> None:
        self.tags, self.fired, self.emitted = set(), list[Firing](), list[Emitted]()
        self.was: dict[str, tuple[bool, bool]] = {}

    def condition(self, trigger: s.Trigger) -> bool:
        return trigger.when is None or bool(value(trigger.when, self))

    def look(self, triggers: list[s.Trigger], event: Accepted | None) -> None:
        """One pass over the triggers in source order."""
        turns = {}
        for trigger in triggers:
            name = trigger.name.text
            holds = turns[name] = self.condition(trigger)
            if trigger.on is not None:
                calls = event is not None and self.matches(trigger.on, event, None) and holds
            else:
                calls = holds and not all(self.was.get(name, (False, False)))
            if calls and not self.blocked(trigger):
                self.fired.append(Firing(name, self.t))
                for action in trigger.actions:
                    self.act(trigger, action, event)
        self.was = {trigger.name.text: (turns[trigger.name.text], self.condition(trigger)) for trigger in triggers}

    def blocked(self, trigger: s.Trigger) -> bool:
        before = [firing.time for firing in self.fired if firing.trigger == trigger.name.text]
        return any(
            len([t for t in before if limit.per is None or t > self.t - self.model.length(limit.per)])
            >= self.model.const(limit.times)
            for limit in trigger.limits
            if isinstance(limit, s.TimesLimit)
        )

    def act(self, trigger: s.Trigger, action: s.Action, event: Accepted | None) -> None:
        match action:
            case s.SetTag():
                (self.tags.discard if action.remove else self.tags.add)(action.tag.value)
            case s.Emit():
                ordinal = self.fired.count(Firing(trigger.name.text, self.t))
                made = Emitted(action.name.value, trigger.name.text, self.t, ordinal, self.shown(), self.stage)
                if made not in self.emitted:
                    self.emitted.append(made)

    def matches(self, on: s.On, event: Accepted, bind: Binding) -> bool:
        raise NotImplementedError

    def shown(self) -> dict[str, int]:
        raise NotImplementedError


class Lead(Scene):
    """The state of one lead at `t`; `day` is the UTC day whose ages and tallies are seen."""

    def __init__(self, model: Model, lead: str, first: int) -> None:
        super().__init__()
        self.model, self.id, self.first, self.t, self.day = model, lead, first, first, first // DAY
        self.attributes: dict[str, Found] = {}
        self.named: set[str | None] = set()
        self.counted: dict[str, list[int]] = {name: [] for name in model.tallies}
        self.activity = {key: Activity() for key in model.scores}
        self.first_activity: int | None = None
        self.last_activity: int | None = None
        self.stage = model.path[0] if model.path else None
        self.entered = {self.stage: first} if self.stage is not None else {}

    # what a name means

    def name(self, name: str) -> Found:
        if name in self.model.fields:
            return self.attributes.get(name)
        if name in self.model.tallies:
            return Fraction(self.tally(name))
        if name in self.model.scores:
            return Fraction(self.score(name), 1000)
        return self.model.sets[name] if name in self.model.sets else value(self.model.lets[name], self)

    def field(self, scope: str, name: str) -> Found:
        return self.attributes.get(name)

    def field_of(self, scope: str, name: str) -> s.Field | None:
        return self.model.fields.get(name)

    def idle_since(self) -> int | None:
        return self.last_activity

    def increased_at(self, key: str) -> int:
        increased = self.activity[key].increased
        return self.first if increased is None else increased

    def entered_at(self, stage: str) -> int:
        return self.entered[stage]

    def tally(self, name: str) -> int:
        over = self.model.tallies[name].over
        since = 0 if over is None else self.day - self.model.length(over) // DAY + 1
        return len([t for t in self.counted[name] if t // DAY >= since])

    def picture(self) -> Lead:
        """A copy of what accounts see of a lead, which stays as it is now."""
        other = copy.copy(self)
        other.attributes, other.tags, other.entered = dict(self.attributes), set(self.tags), dict(self.entered)
        other.activity = {key: Activity(increased=each.increased) for key, each in self.activity.items()}
        return other

    # the score

    def a(self, each: ScoreDef) -> int:
        if not each.ages:
            return self.activity[each.key].points
        return each.clamp(sum(self.aged(each, day, points) for day, points in self.activity[each.key].days.items()))

    def aged(self, each: ScoreDef, day: int, first: int) -> int:
        age, left = self.day - day, abs(first)
        if each.expire is not None and age >= each.expire // DAY:
            return 0
        if each.fade is not None:
            part, whole = self.model.const(each.fade.amount).as_integer_ratio()
            for _ in range(age // (self.model.length(each.fade.every) // DAY)):
                left = max((left * whole - (abs(first) if each.fade.of_first else left) * part) // whole, 0)
                if left == 0:
                    break
        return left if first > 0 else -left

    def p(self, each: ScoreDef) -> int:
        total = 0
        for item in each.items:
            if isinstance(item, s.Rule):
                total += self.profile(item, each.bind)
            elif item.rules[0].on is None:
                most = [self.model.milli(limit.points) for limit in item.limits if isinstance(limit, s.PointsLimit)]
                total += min([sum(self.profile(rule, each.bind) for rule in item.rules), *most])
        return total

    def profile(self, rule: s.Rule, bind: Binding) -> int:
        for branch in rule.branches if rule.on is None else ():
            if value(branch.when, self, bind):
                found = value(branch.points, self, bind)
                return 0 if found is None else half_even(-found if branch.subtract else found)
        return 0

    def score(self, key: str) -> int:
        each = self.model.scores[key]
        if each.decl.value is not None:
            return half_even(value(each.decl.value, self, each.bind))
        return each.clamp(self.p(each) + self.a(each))

    def shown(self) -> dict[str, int]:
        return {key: self.score(key) for key in self.model.scores}

    def contribute(self, each: ScoreDef, points: int) -> None:
        activity = self.activity[each.key]
        activity.points = each.clamp(activity.points + points)
        activity.days[self.t // DAY] = activity.days.get(self.t // DAY, 0) + points

    # events

    def assign(self, values: dict[str, Found]) -> None:
        self.attributes.update(values)
        self.named.add(self.attributes.get(self.model.account_field or ""))

    def take(self, event: Accepted) -> None:
        if event.kind == "lead":
            self.assign(event.values)
        elif not self.model.events[event.kind].passive:
            self.last_activity = self.t
            self.first_activity = self.t if self.first_activity is None else self.first_activity
        for name, tally in self.model.tallies.items():
            if self.matches(tally.on, event, None):
                self.counted[name].append(self.t)
        for each in self.model.scores.values():
            given = [points for item in each.items for points in self.fire(each, item, event)]
            self.contribute(each, sum(given))
            if any(points > 0 for points in given):
                self.activity[each.key].increased = self.t

    def matches(self, on: s.On, event: Accepted, bind: Binding) -> bool:
        if event.kind == "lead" or self.model.events[event.kind].name.text != on.event.text:
            return False
        return on.where is None or bool(value(on.where, AtEvent(self, event), bind))

    def fire(self, each: ScoreDef, item: s.Rule | s.Group, event: Accepted) -> Iterator[int]:
        """The points of the firings of a rule, or of the rules of a group, at an event."""
        for rule in item.rules if isinstance(item, s.Group) else (item,):
            if rule.on is None or not self.called(each, rule, event):
                continue
            found = value(rule.branches[0].points, AtEvent(self, event), each.bind)
            if found is None:
                continue
            points = self.limited(each, rule, half_even(-found if rule.branches[0].subtract else found), event)
            if isinstance(item, s.Group) and points > 0:
                points = self.limited(each, item, points, event)
                self.remember(each, item, points, event)
            self.remember(each, rule, points, event)
            yield points

    def called(self, each: ScoreDef, rule: s.Rule, event: Accepted) -> bool:
        assert rule.on is not None
        when = rule.branches[0].when
        if not self.matches(rule.on, event, each.bind) or not (when is None or value(when, self, each.bind)):
            return False
        if rule.on.repeated is None:
            return True
        times, within = self.model.const(rule.on.repeated.times), self.model.length(rule.on.repeated.within)
        unused = self.activity[each.key].unused.setdefault(rule.name.text, [])
        unused.append(self.t)
        unused[:] = [t for t in unused if t > self.t - within]
        enough = len(unused) >= times
        if enough:
            unused.clear()
        return enough

    def limited(self, each: ScoreDef, of: s.Rule | s.Group, points: int, event: Accepted) -> int:
        """What the limits of a rule or group leave of the points."""
        before = self.activity[each.key].fired.get(_ledger(of), [])
        for limit in of.limits:
            if isinstance(limit, s.Best):
                points = max(points - sum(p for _, p, e in before if self.same(limit.each, e, event)), 0)
        sign, left = (-1 if points < 0 else 1), abs(points)
        for limit in of.limits:
            if isinstance(limit, s.Best):
                continue
            since = -1 if limit.per is None else self.t - self.model.length(limit.per)
            counted = [(p, e) for t, p, e in before if t > since]
            if isinstance(limit, s.PointsLimit):
                left = min(left, max(self.model.milli(limit.points) - sum(abs(p) for p, _ in counted), 0))
            elif len([e for _, e in counted if self.same(limit.each, e, event)]) >= self.model.const(limit.times):
                left = 0
        return sign * left

    def same(self, each: s.Name | None, one: Accepted, other: Accepted) -> bool:
        """Whether two events have one value for `for each`; a missing value is one too."""
        if each is None:
            return True
        found = []
        for event in (one, other):
            got = event.values.get(each.text)
            folds = [
                f for f in self.model.events[event.kind].fields if f.name.text == each.text and f.type.ignoring_case
            ]
            found.append(fold_case(got) if folds and got is not None else got)
        return bool(found[0] == found[1])

    def remember(self, each: ScoreDef, of: s.Rule | s.Group, points: int, event: Accepted) -> None:
        if points != 0:  # a firing of 0 points did not happen
            self.activity[each.key].fired.setdefault(_ledger(of), []).append((self.t, points, event))

    # actions

    def act(self, trigger: s.Trigger, action: s.Action, event: Accepted | None) -> None:
        super().act(trigger, action, event)
        match action:
            case s.MoveTo() if action.stage.text != self.stage:
                self.stage = action.stage.text
                self.entered[self.stage] = self.t
            case s.SetField():
                self.assign({action.field.text: self.worth(trigger, action.value, event)})
            case s.AddTo():
                points = self.model.milli(action.points) * (-1 if action.subtract else 1)
                self.contribute(self.model.scores[score_key(action.score)], points)
                if points > 0:
                    self.activity[score_key(action.score)].increased = self.t
            case s.Reset():
                each = self.model.scores[score_key(action.score)]
                self.activity[each.key].points, self.activity[each.key].days = 0, {}
                self.contribute(each, each.clamp(max(self.model.milli(action.points) - self.p(each), 0)))

    def worth(self, trigger: s.Trigger, expr: s.Expr, event: Accepted | None) -> Found:
        if expr == TIME:
            return self.t
        scope = self if trigger.on is None or event is None else AtEvent(self, event)
        found = value(expr, scope)
        compound = isinstance(expr, s.Arithmetic | s.Extreme | s.Negative) and found is not None
        return Fraction(half_even(found), 1000) if compound else found

    # time

    def time_passes(self) -> bool:
        """What time does at this instant, after the events of it; whether a look is taken then."""
        alarms = set(self.alarms())
        before = self.standing()
        self.day = self.t // DAY
        for each in self.model.scores.values():
            if each.degrade is not None and self.t in self.steps(each):
                self.step(each, each.degrade)
        return self.standing() != before or self.t in alarms

    def standing(self) -> list[int]:
        """The A of every score and every tally."""
        return [self.a(each) for each in self.model.scores.values()] + [self.tally(name) for name in self.counted]

    def steps(self, each: ScoreDef) -> list[int]:
        """The steps of a degrading score since the last such event, up to the next one from now on."""
        assert each.degrade is not None
        every, start = self.model.length(each.degrade.every), self.first_activity
        if each.degrade.without is not None:
            start = self.last_activity if each.degrade.without == "activity" else self.activity[each.key].increased
        if start is None:
            return []
        first = start + (every if each.degrade.after is None else self.model.length(each.degrade.after))
        return list(range(first, max(self.t, first) + every + 1, every))

    def step(self, each: ScoreDef, degrade: s.Degrade) -> None:
        activity, shown, profile = self.activity[each.key], self.score(each.key), self.p(each)
        if activity.points <= 0 or (each.floor is not None and shown <= each.floor):
            return
        amount = self.model.const(degrade.amount)
        drop = max(round(amount * shown), 1) if degrade.percent else half_even(amount)
        left = shown - drop if each.floor is None else max(shown - drop, each.floor)
        activity.points = max(left - profile, 0)

    def alarms(self) -> Iterator[int]:
        """The instants at which a date condition turns, or a duration written in a trigger is reached."""
        for node in self.model.watched:
            match node:
                case s.DateWindow():
                    date, length = value(node.operand, self), self.model.length(node.duration)
                    if date is not None:
                        turns = {"last": (0, length), "next": (-length, 0), "ago": (length,)}[node.which]
                        yield from (date + turn for turn in turns)
                case s.IdleFor() if self.last_activity is not None:
                    yield self.last_activity + self.model.length(node.duration)
                case s.NotIncreased():
                    yield self.increased_at(score_key(node.score)) + self.model.length(node.duration)
                case s.StageFor() if node.stage.text == self.stage:
                    yield self.entered[self.stage] + self.model.length(node.duration)

    def next_instant(self, events: list[Accepted]) -> int:
        candidates = [event.time for event in events] + [(self.t // DAY + 1) * DAY, *self.alarms()]
        for each in self.model.scores.values():
            candidates += self.steps(each) if each.degrade is not None else []
        return min(t for t in candidates if t > self.t)


class AtEvent:
    """The scope of `on … where` and of points: a bare name is a property of the event, else what the lead gives."""

    def __init__(self, lead: Lead, event: Accepted) -> None:
        self.model, self.lead, self.event, self.t = lead.model, lead, event, lead.t
        self.properties = {f.name.text: f for f in lead.model.events[event.kind].fields}

    def name(self, name: str) -> Found:
        return self.event.values.get(name) if name in self.properties else self.lead.name(name)

    def field(self, scope: str, name: str) -> Found:
        return self.event.values.get(name) if scope == "event" else self.lead.field(scope, name)

    def field_of(self, scope: str, name: str) -> s.Field | None:
        if scope == "event" or (scope == "" and name in self.properties):
            return self.properties[name]
        return self.lead.field_of(scope, name)

    def score(self, key: str) -> int:
        return self.lead.score(key)


def _ledger(of: s.Rule | s.Group) -> str:
    return ("group " if isinstance(of, s.Group) else "rule ") + of.name.text


@dataclass(frozen=True)
class Seen:
    """A look: at an event (`order` is 0 and its source and id), or after what time did; the lead as it left it."""

    time: int
    order: tuple[int, str, str]
    lead: Lead
    scores: dict[str, int]
    tallies: dict[str, int]


def fold(model: Model, lead: str, events: list[Accepted], until: int) -> tuple[Lead, list[Seen]]:
    """The lead at `until`, and every look taken on the way; it has at least one event up to then."""
    events = sorted(events, key=lambda e: (e.time, e.source, e.id))
    state, looks = Lead(model, lead, events[0].time), list[Seen]()

    def look(event: Accepted | None, order: tuple[int, str, str]) -> None:
        state.look(model.triggers, event)
        tallies = {name: state.tally(name) for name in model.tallies}
        looks.append(Seen(state.t, order, state.picture(), state.shown(), tallies))

    while state.t <= until:
        state.day = (state.t - 1) // DAY  # at 00:00Z events still see yesterday's ages and tallies
        for event in events:
            if event.time == state.t:
                state.take(event)
                look(event, (0, event.source, event.id))
        if state.time_passes():
            look(None, (1, lead, ""))
        state.t = state.next_instant(events)
    state.t = until
    return state, looks
