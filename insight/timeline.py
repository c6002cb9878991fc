"""One lead under one model, from its first event on: what it scored when, and where its points came from.

The engine folds the lead, along the whole chain of tables where points were kept at a release, and a watcher notes what
stands after each look. A look is taken whenever a score can have changed, so the notes are a step function: the exact
score, band and stage at any instant, and just before it. The same watcher adds up what each rule gave, and what
triggers and time did to the points.

Points are thousandths, times microseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from insight.recorded import History
from runtime.dynamo.model import Model
from runtime.intake import Event
from runtime.lead import Key, Lead
from runtime.lines import band_of, scores_of, settle
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.plan import Plan
from runtime.profile import profile_points

Origin = tuple[str, str, str]
"""Where points come from: the score's key, a kind, and a name. Kinds are "rule", "group" (what a group of `when` rules
cuts off), "trigger", and, with an empty name, "time" (steps, fading, expiry), "before" (expired events) and "range"
(what lies beyond the ends of the range, or was not carried over)."""


@dataclass(slots=True)
class Given:
    """What an origin gave: how often, and how many points in all."""

    times: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """How the lead stands from an instant on, until the next moment. `scores` are in the order of `plan.keys`."""

    at: int
    plan: Plan
    scores: tuple[int, ...]
    stage: str | None

    def score(self, key: str) -> int | None:
        """The score as shown; None if the table of that time has no such score."""
        return self.scores[self.plan.keys.index(key)] if key in self.plan.table.scores else None

    def band(self, key: str) -> str | None:
        """The band that the score lies in; None without one."""
        shown = self.score(key)
        if shown is None or not self.plan.table.scores[key].bands:
            return None
        return band_of(self.plan.table.scores[key].bands, shown)


@dataclass(slots=True)
class Timeline:
    """`moments` rise in time, one for each instant at which anything changed; `fired` is every firing up to `until`,
    (trigger, time), as `score` lists them. `known_from` is the first instant that can be asked for, None if that is any
    instant: before it events have expired. `aside` counts kept events that the model does not take."""

    id: str
    plan: Plan
    lead: Lead
    until: int
    moments: list[Moment]
    points: dict[Origin, Given]
    events: list[Event]
    aside: int = 0
    known_from: int | None = None

    @property
    def fired(self) -> list[tuple[str, int]]:
        return [(self.plan.triggers[at].name, t) for at, t in self.lead.fired]

    @property
    def end(self) -> Moment:
        """How it stands at `until`."""
        return self.moments[-1]

    def at(self, t: int) -> Moment | None:
        """How the lead stands after everything that happens up to an instant, that included; None before its first
        event. Raises LookupError for an instant before `known_from`."""
        return self._moment(bisect_right(self.moments, t, key=_at), t)

    def before(self, t: int) -> Moment | None:
        """How it stood strictly before an instant, whatever happens at it. Otherwise as `at`."""
        return self._moment(bisect_left(self.moments, t, key=_at), t)

    def _moment(self, place: int, t: int) -> Moment | None:
        if self.known_from is not None and t < self.known_from:
            raise LookupError("events before that instant have expired")
        return self.moments[place - 1] if place else None


def _at(moment: Moment) -> int:
    return moment.at


def timeline(history: History, model: Model, until: int, number: int = 0) -> Timeline | None:
    """Fold a lead under model `number`, up to and including an instant; None if it has no event up to then. Raises
    ValueError if it starts from a state that the model can't take up."""
    chain = model.chain
    start = history.start
    if start is None:
        standing, after = chain.new(history.id), None
    else:
        standing = model.taken_up(_copy(start.lead), start.mark)
        after = standing.lead.key
        if start.seen > until:
            return None
    events, aside = history.events(model, number, after)
    course = Course()
    course.begin(chain.links[standing.link].plan, None if start is None else standing.lead)
    chain.bring(standing, events, until, tell=False, watch=course.under)
    lead, plan = standing.lead, chain.links[standing.link].plan
    if lead.first is None:
        return None
    known = None if start is None else start.seen
    course.finish(plan, lead, until, known)
    used = events[: bisect_right(events, until, key=lambda event: event[0][0])]
    return Timeline(history.id, plan, lead, until, course.moments, course.points, used, aside, known)


def _copy(lead: Lead) -> Lead:
    """A state is folded further in place, and a history may be read under several models."""
    from runtime.state import decode, encode

    return decode(lead.id, encode(lead))


@dataclass(slots=True)
class Course:
    """The watcher of a lead along all its tables."""

    moments: list[Moment] = field(default_factory=list)
    points: dict[Origin, Given] = field(default_factory=dict)
    plan: Plan | None = None
    _a: list[int] = field(default_factory=list)

    def begin(self, plan: Plan, lead: Lead | None) -> None:
        """Under which plan the lead begins, and with what, if it is not with nothing."""
        self.plan = plan
        self._a = [0] * len(plan.scores)
        if lead is None:
            return
        self._a = list(lead.a)
        for at, points in enumerate(lead.a):
            if points:
                self._give((plan.keys[at], "before", ""), points)

    def under(self, plan: Plan) -> Course:
        """Watch on under a plan; what is carried over to another one is looked at when it first changes."""
        if plan is not self.plan:
            self.plan = plan
            self._a = []
        return self

    def _give(self, origin: Origin, points: int) -> None:
        given = self.points.get(origin)
        if given is None:
            given = self.points[origin] = Given()
        given.times += 1
        given.points += points

    def _moved(self, lead: Lead, score: int) -> int:
        """By how much A has moved since it was last seen."""
        if not self._a:  # carried over: nothing of it has been seen here
            self._a = list(lead.a)
        moved, self._a[score] = lead.a[score] - self._a[score], lead.a[score]
        return moved

    # --- what the fold tells ------------------------------------------------------------------------------------------

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None: ...

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        if given:
            assert self.plan is not None
            self._give((self.plan.keys[rule.score], "rule", rule.name), given)

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None:
        if self._a:
            self._a[score] = lead.a[score]

    def step(self, lead: Lead, score: int, t: int, before: int) -> None:
        self._time(lead, score, before)

    def aged(self, lead: Lead, score: int, t: int, before: int) -> None:
        if lead.a[score] != before:
            self._time(lead, score, before)

    def _time(self, lead: Lead, score: int, before: int) -> None:
        assert self.plan is not None
        self._give((self.plan.keys[score], "time", ""), lead.a[score] - before)
        if self._a:
            self._a[score] = lead.a[score]

    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None: ...
    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None:
        if not self._a:
            self._a = list(lead.a)

    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None:
        assert self.plan is not None
        match action:
            case ("add", int(at), int(points)):
                self._moved(lead, at)
                self._give((self.plan.keys[at], "trigger", trigger.name), points)
            case ("reset", int(at), _):
                self._give((self.plan.keys[at], "trigger", trigger.name), self._moved(lead, at))

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        assert self.plan is not None
        self._note(self.plan, lead, t)

    def _note(self, plan: Plan, lead: Lead, t: int) -> None:
        scores = tuple(scores_of(plan, lead, t))
        last = self.moments[-1] if self.moments else None
        if last is not None and last.scores == scores and last.stage == lead.stage and last.plan is plan:
            return
        moment = Moment(t, plan, scores, lead.stage)
        if last is not None and last.at == t:
            self.moments[-1] = moment
        else:
            self.moments.append(moment)

    # --- the end ------------------------------------------------------------------------------------------------------

    def finish(self, plan: Plan, lead: Lead, until: int, known_from: int | None) -> None:
        """The lead stands at `until`: note that, its profile points, and what is left over at the ends of the range."""
        settle(plan, lead)
        if not self.moments:
            self._note(plan, lead, until if known_from is None else known_from)
        sums: dict[str, int] = {}
        for score in plan.scores:
            if score.profile is not None:
                self._profile(plan, lead, score.at, until)
        for (key, _, _), given in self.points.items():
            sums[key] = sums.get(key, 0) + given.points
        for score in plan.scores:
            if plan.table.scores[score.key].value is not None:
                continue
            rest = plan.shown[score.at](lead, until) - sums.get(score.key, 0)
            if rest:
                self._give((score.key, "range", ""), rest)

    def _profile(self, plan: Plan, lead: Lead, at: int, until: int) -> None:
        profile = plan.scores[at].profile
        assert profile is not None
        parts: list[tuple[str, int, int | None]] = []
        profile_points(plan.scores[at], lead, until, parts)
        for name, points, _ in parts:
            self._give((plan.keys[at], "rule", name), points)
        for group, most in enumerate(profile.most):
            wanted = sum(points for _, points, of in parts if of == group)
            if most is not None and wanted > most:
                self._give((plan.keys[at], "group", profile.groups[group]), most - wanted)


def moments_of(timelines: Sequence[Timeline | None], t: int) -> list[Moment | None]:
    """How a lead stands at an instant in each of its timelines."""
    return [None if each is None else each.at(t) for each in timelines]
