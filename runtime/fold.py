"""The fold: one lead, one event after another, and what time does in between.

At an event: attributes or activity, tallies, the rules that match, then a look, at which the triggers are taken in
source order. Between events the fold goes from instant to instant at which something happens: a tally falls, a score
takes a step or ages, a date condition turns, a duration that a trigger waits for is reached. `runtime.clock` says which
instant is next, from the state alone; nothing is done for the time between.

`Lead.done` is the last instant whose work is behind the lead. An event at t leaves it at t - 1, because what time does
at t comes after all events at t.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from runtime import clock, steps
from runtime.intake import Event, Met
from runtime.lead import Key, Lead
from runtime.parts import EventPlan, Found, RulePlan, ScorePlan, Touched, TriggerPlan
from runtime.plan import Plan
from runtime.times import DAY
from runtime.values import milli
from runtime.written import NEVER

Emission = tuple[int, str, int, int, tuple[int, ...], str | None]
"""(trigger, name, time, ordinal, all scores in thousandths, stage), as they were at the `emit`."""


class Watcher(Protocol):
    """Is told what the fold does, for explanations and accounts; all points are thousandths."""

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None: ...
    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None: ...
    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None: ...
    def step(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def aged(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None: ...
    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None: ...
    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None: ...
    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None: ...


class Fold:
    """Folds events into leads under one plan. `out` collects the emissions, if it is a list; `watcher` is told of
    everything, if there is one."""

    def __init__(self, plan: Plan, out: list[Emission] | None = None, watcher: Watcher | None = None) -> None:
        self.plan = plan
        self.out = out
        self.watcher = watcher
        self._path = plan.table.stages.path

    def new(self, id: str) -> Lead:
        return Lead(id, len(self.plan.scores), len(self.plan.tallies))

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any, found: Found | None = None) -> None:
        """Fold one event that comes after all that `lead` has seen. `data` holds checked values by declared name;
        `found` what is known to follow from them, if it is known."""
        t = key[0]
        due = lead.due
        if due is not None and due < t:
            self.advance(lead, t - 1)
        plan, watcher = self.plan, self.watcher
        if lead.first is None:
            self._begin(lead, t)
        account = None
        if watcher is not None:
            account = None if plan.account is None else lead.attrs.get(plan.account)
            watcher.event(lead, key, kind, data)
        for at in plan.dated:
            lead.p[at] = None
        if kind.lead:
            for name, value in data.items():
                self._set(lead, name, value)
        else:
            if not kind.passive:
                lead.active = t
                if lead.first_active is None:
                    self._wake(lead, t)
            self._match(lead, kind.find(data, lead.attrs) if found is None else found, t, data)
        lead.key = key
        lead.done = t - 1
        self._look(lead, t, kind.triggers, data, key, account)
        if not plan.timeless:
            wait = plan.wait
            if wait is None or kind.passive:
                self._await(lead)
            elif lead.due is None or t + wait < lead.due:
                lead.due = t + wait

    def events(self, lead: Lead, events: Iterable[Event], until: int) -> bool:
        """Fold events that come after all that `lead` has seen, in their order, up to and including `until`; whether
        any is left."""
        for key, kind, data, _ in events:
            if key[0] > until:
                return True
            self.event(lead, key, kind.plan, data)
        return False

    def met(self, lead: Lead, events: Iterable[Met], until: int) -> bool:
        """`events`, of what is already known of them. Nearly all events are of one sort: rules give fixed points, and
        no trigger fires. Where nobody watches these are folded here, and the others by `event`."""
        plan, held, edged, wait = self.plan, self.plan.held, self.plan.edged, self.plan.wait
        a, increased = lead.a, lead.raised
        plainly = self.watcher is None and not plan.dated
        last: tuple[int, str, str] | None = None
        left = False
        for t, source, id, found, data, _ in events:
            if t > until:
                left = True
                break
            if not (plainly and found.plainly):
                self.event(lead, (t, source, id), found.kind, data, found if found.met else None)
                last = None
                continue
            due = lead.due
            if due is not None and due < t:
                self.advance(lead, t - 1)
            lead.active = t
            if lead.first_active is None:
                self._wake(lead, t)
            for at, total, raised, gives, low, high in found.sums:
                for give in gives:
                    points = give(lead, t, data)
                    total += points
                    if points > 0:
                        raised = True
                if raised:
                    increased[at] = t
                if total:
                    total += a[at]
                    a[at] = low if total < low else high if total > high else total  # noqa: FURB136 - twice as fast
            lead.done = t - 1
            last = t, source, id
            true = held(lead, data, t)
            if true & ~lead.held:
                self._look(lead, t, edged, data, last, None)
            else:
                lead.looked = t
                lead.held = true
            if wait is not None:
                due = lead.due
                if due is None or t + wait < due:
                    lead.due = t + wait
            elif not plan.timeless:
                self._await(lead)
        if last is not None:
            lead.key = last
        return left

    def _await(self, lead: Lead) -> None:
        due = clock.bound(self.plan, lead)
        lead.due = due if due < NEVER else None

    def _wake(self, lead: Lead, t: int) -> None:
        lead.first_active = t
        if lead.first is None:
            self._begin(lead, t)

    def _begin(self, lead: Lead, t: int) -> None:
        lead.first = t
        if self._path:
            lead.stage = self._path[0]
            lead.entered[lead.stage] = t

    # --- points -------------------------------------------------------------------------------------------------------

    def _match(self, lead: Lead, found: Found, t: int, data: Any) -> None:
        """What follows from the rules and tallies that an event matches."""
        tallies, scores = found.apart()
        if tallies:
            self._count(lead, tallies, t, data)
        for touched in scores:
            self._score(lead, touched, t, data)

    def _count(self, lead: Lead, tallies: list[Any], t: int, data: Any) -> None:
        for tally in tallies:
            if tally.rest is None or tally.rest(lead, data, t):
                lead.tallies[tally.at] += 1
                if tally.days is not None:
                    days = lead.tally_days.setdefault(tally.at, {})
                    day = t // DAY
                    days[day] = days.get(day, 0) + 1
                for at in self.plan.profile_of_tally[tally.at]:
                    lead.p[at] = None

    def _score(self, lead: Lead, touched: Touched, t: int, data: Any) -> None:
        """The rules of one score that an event matches: their sum joins A, then A is clamped, once."""
        at, total, fired = touched.at, 0, False
        for rule in touched.rules:
            points = self._fire(lead, rule, t, data)
            if points:
                fired = True
                total += points
                if points > 0:
                    lead.raised[at] = t
        if fired:
            before = lead.a[at]
            self._join(lead, self.plan.scores[at], t, total)
            if self.watcher is not None:
                self.watcher.settled(lead, at, t, total, before)

    def _join(self, lead: Lead, score: ScorePlan, t: int, points: int) -> None:
        """Points join A at time t: as a contribution of the day where the score ages."""
        at = score.at
        if score.ageing is None:
            lead.a[at] = score.clamp(lead.a[at] + points)
        else:
            days = lead.contributions.setdefault(at, {})
            clock.contribute(score.ageing, days, t // DAY, points)
            lead.a[at] = score.clamp(clock.remains(score.ageing, days))

    def _fire(self, lead: Lead, rule: RulePlan, t: int, data: Any) -> int:
        """What a rule whose rows match gives at this event, after its limits and its group's; 0 if nothing happened."""
        if rule.rest is not None and not rule.rest(lead, data, t):
            return 0
        if rule.when is not None and not rule.when(lead, data, t):
            return 0
        if rule.repeated is not None and not rule.repeated.reached(lead, t):
            return 0
        points = rule.points
        if points is None:
            assert rule.value is not None
            value = rule.value(lead, data, t)
            points = 0 if value is None else milli(value)
        wanted = points
        if rule.best is not None:
            points = max(points - rule.best.given(lead, data), 0)
        if points:
            points = rule.limits.cut(lead, t, data, points)
            if points > 0 and rule.group is not None:
                points = rule.group.cut(lead, t, data, points)
        if self.watcher is not None and wanted:
            self.watcher.fired(lead, rule, t, wanted, points)
        if points:
            rule.limits.count(lead, t, data, points)
            if points > 0 and rule.group is not None:
                rule.group.count(lead, t, data, points)
            if rule.best is not None:
                rule.best.count(lead, data, points)
        return points

    def _set(self, lead: Lead, name: str, value: Any) -> None:
        """An attribute has a new value; None removes it."""
        if value is None:
            lead.attrs.pop(name, None)
        else:
            lead.attrs[name] = value
            if name == self.plan.account and value not in lead.named:
                lead.named.append(value)
        for at in self.plan.profile_of_attr.get(name, ()):
            lead.p[at] = None

    # --- looks and triggers -------------------------------------------------------------------------------------------

    def look(self, lead: Lead, t: int) -> None:
        """Look at a lead whose state came from elsewhere, before its first event or instant under this plan."""
        self._look(lead, t, self.plan.edged, {}, None, None)

    def _look(
        self, lead: Lead, t: int, triggers: list[TriggerPlan], data: Any, key: Key | None, account: str | None
    ) -> bool:
        """One pass over the triggers; whether any fired. A `when` trigger fires when its condition is true, and was
        false at the previous look or when that look's pass had ended. At most looks none of them does, and there is no
        other: `plan.held` asks all of them at once."""
        lead.looked = t
        plan = self.plan
        acted = False
        holding = plan.held(lead, data, t)
        true = holding if triggers is plan.edged else -1
        if true & ~lead.held:
            true = 0
            for trigger in triggers:
                if trigger.bit:
                    # (a trigger with a bit has a `when`; what held before anything was done is known)
                    if trigger.when(lead, data, t) if acted else holding & trigger.bit:  # type: ignore[misc]
                        true |= trigger.bit
                        if not lead.held & trigger.bit:
                            acted = self._trigger(lead, trigger, t, data) or acted
                elif (trigger.where is None or trigger.where(lead, data, t)) and (
                    trigger.when is None or trigger.when(lead, data, t)
                ):
                    acted = self._trigger(lead, trigger, t, data) or acted
            if acted and true:
                true &= plan.held(lead, data, t)
        lead.held = true
        if self.watcher is not None:
            self.watcher.looked(lead, t, key, account)
        return acted

    def _trigger(self, lead: Lead, trigger: TriggerPlan, t: int, data: Any) -> bool:
        """A trigger's condition says that it fires; a limit may block it. Whether it did."""
        allowed = trigger.limits.allow(lead, t, data)
        if self.watcher is not None:
            self.watcher.triggered(lead, trigger, t, not allowed)
        if not allowed:
            return False
        trigger.limits.count(lead, t, data, 0)
        ordinal = 0
        for at, time in reversed(lead.fired):
            if time != t:
                break
            ordinal += at == trigger.at
        lead.fired.append((trigger.at, t))
        emitted: set[str] = set()
        for action in trigger.do:
            before = None if self.watcher is None else self._standing(lead, action, t)
            self._act(lead, trigger, action, t, data)
            if action[0] == "emit" and action[1] not in emitted:
                emitted.add(action[1])
                if self.out is not None:
                    scores = tuple([shown(lead, t) for shown in self.plan.shown])
                    self.out.append((trigger.at, action[1], t, ordinal, scores, lead.stage))
            if self.watcher is not None:
                self.watcher.did(lead, trigger, t, action, before)
        return True

    def _act(self, lead: Lead, trigger: TriggerPlan, action: tuple[Any, ...], t: int, data: Any) -> None:
        match action:
            case ("move", stage):
                if lead.stage != stage:
                    lead.stage = stage
                    lead.entered[stage] = t
            case ("tag", text):
                lead.tags.add(text)
            case ("untag", text):
                lead.tags.discard(text)
            case ("set", name, value):
                self._set(lead, name, value(lead, data, t))
            case ("add", at, points):
                self._join(lead, self.plan.scores[at], t, points)
                if points > 0:
                    lead.raised[at] = t
            case ("reset", at, points):
                self._reset(lead, self.plan.scores[at], t, points)

    def _reset(self, lead: Lead, score: ScorePlan, t: int, points: int) -> None:
        profile = 0
        if score.profile is not None:
            self.plan.shown[score.at](lead, t)
            profile = lead.p[score.at] or 0
        a = score.clamp(max(points - profile, 0))
        lead.a[score.at] = a
        if score.ageing is not None:
            days = lead.contributions[score.at] = {}
            clock.contribute(score.ageing, days, t // DAY, a)

    def _standing(self, lead: Lead, action: tuple[Any, ...], t: int) -> Any:
        """What an action is about to change, as it stands."""
        match action:
            case ("move", _):
                return lead.stage
            case ("set", name, _):
                return lead.attrs.get(name)
            case ("add" | "reset", at, _):
                return self.plan.shown[at](lead, t)
        return None

    # --- time ---------------------------------------------------------------------------------------------------------

    def advance(self, lead: Lead, until: int) -> None:
        """Let time do its work at all instants up to and including `until`."""
        plan = self.plan
        if plan.timeless or lead.due is None or lead.due > until:
            return
        idle, calm = plan.idle, not (lead.fired and lead.fired[-1][1] == lead.looked)
        if idle is not None and self.watcher is None:
            while (due := idle(lead, until, calm)) < NEVER:
                calm = self._instant(lead, due)
            return
        gliding = self.watcher is None and bool(plan.steps)
        calm = calm and gliding
        while True:
            done = lead.done
            due = other = plan.other(lead, done) if not plan.midnights else clock.but_steps(plan, lead)
            for _, step in plan.steps:
                at = step(lead, done)
                if at < due:
                    due = at
            if due > until:
                break
            if calm and due < other:
                end = until if until < other else other - 1
                last, coming = steps.glide(plan.steps, lead, end)
                if last is not None:
                    lead.done = lead.looked = last
                    if coming > end == until:
                        due = min(coming, other)
                        break
                    continue
            calm = self._instant(lead, due) and gliding
        lead.due = due if due < NEVER else None

    def _instant(self, lead: Lead, t: int) -> bool:
        """What time does at one instant, and the look after it; whether there was one and no trigger fired at it."""
        plan, watcher = self.plan, self.watcher
        for at in plan.dated:
            lead.p[at] = None
        account = lead.attrs.get(plan.account) if plan.account is not None and watcher is not None else None
        midnight = t % DAY == 0
        changed = False
        if midnight:
            for tally in plan.falling:
                fallen = clock.fall(lead, tally, t // DAY)
                if fallen:
                    changed = True
                    for at in plan.profile_of_tally[tally.at]:
                        lead.p[at] = None
                    if watcher is not None:
                        watcher.fell(lead, tally.at, t, fallen)
        for score in plan.degrading:
            if steps.on_step(lead, score, t):
                before = lead.a[score.at]
                steps.step(lead, score, plan.shown[score.at], t)
                if lead.a[score.at] != before:
                    changed = True
                    if watcher is not None:
                        watcher.step(lead, score.at, t, before)
        if midnight:
            for score in plan.ageing:
                before = lead.a[score.at]
                clock.age(lead, score, t // DAY)
                if lead.a[score.at] != before:
                    changed = True
                if watcher is not None:
                    watcher.aged(lead, score.at, t, before)
        if changed or plan.noted(lead, t):
            lead.done = t
            return not self._look(lead, t, plan.edged, {}, None, account)
        lead.done = t
        return False
