"""The life of a lead under a model: every look at which anything happened to it, as the engine went through it.

A look is an event, or an instant at which time did something that a trigger saw. Each tells which rules gave points
at it, which triggers fired, and between which stages the lead moved. Points are thousandths, times microseconds.

What carried a lead to a stage is told by the look: the rule that gave most points at it; or, where no rule gave any,
the `when` rule with the most points that had come to hold; or else the event itself, or time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from insight.recorded import History
from runtime.dynamo.model import Model
from runtime.fold import Watcher
from runtime.lead import Key, Lead
from runtime.lines import scores_of, settle
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.plan import Plan
from runtime.profile import profile_points
from runtime.state import decode, encode
from runtime.table import Outcome
from runtime.terms import Test

TIME = "time"
"""What carried a lead where no event did."""


@dataclass(frozen=True, slots=True)
class Gift:
    """What a rule gave at a look."""

    score: str
    rule: str
    points: int

    @property
    def name(self) -> str:
        return f"{self.score}.{self.rule}"


@dataclass(frozen=True, slots=True)
class Move:
    """A lead went from a stage to another one. `heard` says that the trigger waits for an event, so that somebody
    decided it; else it followed from the scores or from time. `attributes` are the lead's at that look, `inside` the
    conditions that were asked for and held then."""

    at: int
    before: str
    after: str
    trigger: str
    heard: bool
    attributes: Mapping[str, Any]
    inside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked beside the fold: which events decide an outcome, as won or lost, and which conditions hold where a
    lead moves. Made once for a plan."""

    endings: Mapping[str, Sequence[tuple[bool, Test | None]]] = field(default_factory=dict)
    conditions: Mapping[str, Test] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, outcome: Outcome | None = None, segments: Sequence[str] = ()) -> Asks:
        """The outcome, and the conditions of segments of the model, without their ranks."""
        endings: dict[str, list[tuple[bool, Test | None]]] = {}
        for won, each in ((True, outcome.won), (False, outcome.lost)) if outcome is not None else ():
            for ending in each:
                where = None if ending.where is None else plan.terms.test(ending.where)
                endings.setdefault(ending.on, []).append((won, where))
        wheres = {name: plan.table.segments[name].where for name in segments}
        return cls(
            endings, {name: plan.terms.test(("true",) if where is None else where) for name, where in wheres.items()}
        )


@dataclass(slots=True)
class Look:
    """One look. `event` is its type, None where time did something; `scores` are those after it, and are there only
    where they were asked for; `held` are the `when` rules that came to hold, where the lead moved; `decides` says that
    the event wins (True) or loses the outcome that was asked for."""

    at: int
    event: str | None
    passive: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    gifts: list[Gift] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    held: list[Gift] = field(default_factory=list)
    scores: tuple[int, ...] = ()
    decides: bool | None = None

    @property
    def carried(self) -> str:
        """The name of what carried the lead to where it moved."""
        for gifts in (self.gifts, self.held):
            up = [each for each in gifts if each.points > 0]
            if up:
                return max(up, key=lambda each: each.points).name
        return TIME if self.event is None else f"event {self.event}"


@dataclass(slots=True)
class Life:
    """A lead from its first event up to `until`; `lead` is how the engine leaves it there, profile settled. `cut` is
    the instant before which events have expired, None if all are there; `began` tells what is known of the stages until
    then: each with when it was last entered, in that order."""

    id: str
    first: int
    until: int
    plan: Plan
    lead: Lead
    looks: list[Look]
    cut: int | None = None
    began: tuple[tuple[str, int], ...] = ()

    @property
    def moves(self) -> Iterable[Move]:
        return (move for look in self.looks for move in look.moves)

    def shown(self) -> dict[str, int]:
        """The scores at `until`, by key."""
        return dict(zip(self.plan.keys, scores_of(self.plan, self.lead, self.until), strict=True))


def life(history: History, model: Model, until: int, *, asks: Asks | None = None, scored: bool = False) -> Life | None:
    """Fold a lead up to and including an instant; None if it has no event up to then. With `scored`, each look tells
    the scores after it. Raises ValueError if it starts from a state that the model can't take up."""
    chain, start = model.chain, history.start
    if start is None:
        standing, after = chain.new(history.id), None
    else:
        standing = model.taken_up(decode(history.id, encode(start.lead)), start.mark)
        after = standing.lead.key
        if start.seen > until:
            return None
    began = () if start is None else tuple(sorted(standing.lead.entered.items(), key=lambda each: each[1]))
    events, _ = history.events(model, 0, after)
    course = _Course(scored, asks or Asks())
    chain.bring(standing, events, until, tell=False, watch=course.under)
    lead, plan = standing.lead, chain.links[standing.link].plan
    if lead.first is None:
        return None
    settle(plan, lead)
    cut = None if start is None else start.seen
    return Life(history.id, lead.first, until, plan, lead, course.looks, cut, began)


class _Course:
    """The watcher: writes looks down."""

    def __init__(self, scored: bool, asks: Asks) -> None:
        self.looks: list[Look] = []
        self._plan: Plan | None = None
        self._now: Look | None = None
        self._parts: dict[tuple[str, str], int] = {}
        self._scored = scored
        self._asks = asks

    def under(self, plan: Plan) -> Watcher:
        self._plan = plan
        return self

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None:
        assert self._plan is not None
        self._now = Look(key[0], kind.name, kind.passive or kind.lead, data)
        for won, where in self._asks.endings.get(kind.name, ()):
            if where is None or where(lead, data, key[0]):
                self._now.decides = won
                break
        if kind.lead or self._plan.tallies:
            self._parts = _parts(self._plan, lead, key[0])

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        if given and self._now is not None and self._plan is not None:
            self._now.gifts.append(Gift(self._plan.keys[rule.score], rule.name, given))

    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None:
        if blocked:
            return
        if self._now is None:
            assert self._plan is not None
            self._now = Look(t, None)
            self._parts = _parts(self._plan, lead, t - 1)
        self._now.fired.append(trigger.name)

    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None:
        if action[0] != "move" or before == action[1]:
            return
        assert self._now is not None
        assert self._plan is not None
        if not self._now.moves:
            held = _parts(self._plan, lead, t)
            grown = ((key, points - self._parts.get(key, 0)) for key, points in held.items())
            if self._now.event is None or self._now.event == "lead" or self._plan.tallies:
                self._now.held = [Gift(score, rule, by) for (score, rule), by in grown if by > 0]
        inside = frozenset(name for name, asked in self._asks.conditions.items() if asked(lead, {}, t))
        move = Move(t, before, action[1], trigger.name, trigger.on is not None, dict(lead.attrs), inside)
        self._now.moves.append(move)

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        now, self._now = self._now, None
        if self._scored:
            assert self._plan is not None
            now = now or Look(t, None)
            now.scores = tuple(scores_of(self._plan, lead, t))
        if now is not None:
            self.looks.append(now)

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None: ...
    def step(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def aged(self, lead: Lead, score: int, t: int, before: int) -> None: ...
    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None: ...


def _parts(plan: Plan, lead: Lead, t: int) -> dict[tuple[str, str], int]:
    """The points of the `when` rules that hold at an instant, by score and rule."""
    found: dict[tuple[str, str], int] = {}
    for score in plan.scores:
        if score.profile is not None:
            parts: list[tuple[str, int, int | None]] = []
            profile_points(score, lead, t, parts)
            found.update({(score.key, name): points for name, points, _ in parts})
    return found
