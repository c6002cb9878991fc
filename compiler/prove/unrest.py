"""Which triggers can keep each other from coming to rest, and which can be too late for what another one does: decided
from above, as the search for histories decides it from below.

A trigger fires at a look at which nothing has happened only if what another one did has just turned its condition true,
so there is an edge from that one to this one; where no edges are, or none that lead round, nothing of the sort can be.
In silence time turns conditions too, but what no trigger of a circle touches comes to an end by itself: dates pass,
points are gone or at the floor. So triggers go on for ever only in a circle of triggers all of which what they do not
touch allows at once, each of which is turned by what the one before it did, or by the time that then goes by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from compiler.prove.capacity import clamped
from compiler.prove.effects import Effects, Literal, literals, moved_by, wanted
from compiler.prove.facts import fields_in
from compiler.prove.interval import Interval
from compiler.prove.reach import Reach
from compiler.terms import TIMED, parts
from runtime.table import Stages, Term, Trigger

_PAIRS = 20_000
"""Of more pairs of triggers it is not asked which of them bear on each other."""
Circle = tuple[str, ...]


@dataclass
class Unrest:
    """Asks of triggers that can fire at all. `open` says that there were too many of them, or too little time."""

    reach: Reach
    open: bool = False
    _after: dict[tuple[str, str], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.study = self.reach.study
        self.effects = Effects(self.reach)
        self.all = [each for each in self.study.program.triggers if self.reach.sources[each.name]]
        self.waiting = [each for each in self.all if each.match is None]
        if len(self.all) * len(self.waiting) > _PAIRS:
            self.open = True
            self.all, self.waiting = [], []

    def why(self) -> str:
        """Why something is open."""
        if self.all or not self.study.program.triggers:
            return self.study.prover.why_time()
        return "there are too many to ask of each two whether they bear on each other"

    def sets_off(self, first: Trigger, second: Trigger) -> bool:
        """Whether what one trigger does can turn the condition of another true at that instant."""
        known = (first.name, second.name)
        if known not in self._after:
            self._after[known] = self._sets_off(first, second)
        return self._after[known]

    def _sets_off(self, first: Trigger, second: Trigger) -> bool:
        assert second.when is not None
        if not self.effects.turns(first, second.when):
            return False
        if self.study.prover.left() <= 0:
            self.open = True
            return True
        return self.effects.sets_off(first, second.when)

    # --- at looks -----------------------------------------------------------------------------------------------------

    def undoing(self) -> list[Circle]:
        """Triggers that can go on setting each other off at looks at which nothing has changed."""
        edges = {
            one.name: {other.name for other in self.waiting if other is not one and self.sets_off(one, other)}
            for one in self.waiting
        }
        return [circle for circle in circles(edges) if len(circle) > 1]

    def late(self) -> dict[str, list[str]]:
        """Triggers, each with those below it that can turn its condition true."""
        order = {each.name: at for at, each in enumerate(self.all)}
        found: dict[str, list[str]] = {}
        for trigger in self.waiting:
            below = [each for each in self.all if order[each.name] > order[trigger.name]]
            names = [each.name for each in below if self.sets_off(each, trigger)]
            if names:
                found[trigger.name] = names
        return found

    def taken_back(self) -> list[tuple[str, str]]:
        """Pairs of triggers of which the lower can take back in the same pass what the upper has done."""
        return [
            (first.name, second.name)
            for at, first in enumerate(self.all)
            for second in self.all[at + 1 :]
            if second.match is None
            and takes_back(self.study.program.stages, first, second)
            and self._at_once(first, second)
        ]

    def _at_once(self, first: Trigger, second: Trigger) -> bool:
        """Whether the upper one sets the lower one off; one that waits for an event, and adds points, only if a lead
        then stands where it stood before: else those points were what was missing."""
        if not self.sets_off(first, second):
            return False
        added = {act[1]: act[2] for act in first.do if act[0] == "add" and act[2] > 0}
        if first.match is None or not added or takes_back(self.study.program.stages, first, second, points=False):
            return True
        return any(self._in_vain(second, key, points) for key, points in added.items())

    def _in_vain(self, second: Trigger, key: str, points: int) -> bool:
        assert second.when is not None
        for act in second.do:
            if act[:2] == ("add", key) and act[2] <= -points:
                return True
            if act[:2] == ("reset", key):
                low, high = self.effects.reset(key, act[2])
                there = Interval(low, None if high is None else high + points)
                if self.effects.possible([second.when], {key: there}):
                    return True
        return False

    # --- in silence ---------------------------------------------------------------------------------------------------

    def endless(self) -> list[Circle]:
        """Triggers that can go on firing though nothing happens."""
        nodes = {each.name: each for each in self.waiting if not _ends(each)}
        found: list[Circle] = []
        waiting = [tuple(nodes)]
        while waiting:
            members = [nodes[name] for name in waiting.pop()]
            narrowed = circles(
                {one.name: {two.name for two in members if self._leads(one, two, members)} for one in members}
            )
            for circle in narrowed:
                if len(circle) == len(members):
                    found += [circle] if any(self._stirs(each) for each in members) else []
                else:
                    waiting.append(circle)
        return found

    def _leads(self, first: Trigger, second: Trigger, members: list[Trigger]) -> bool:
        """Whether one trigger of a circle can be followed by another: set off by it, or by time behind it."""
        assert second.when is not None
        at_once = first is not second and self.effects.turns(first, second.when)
        later = any(self._turned_by_time(first, each) for each in literals(second.when))
        if not (at_once or later):
            return False
        if self.study.prover.left() <= 0:
            self.open = True
            return True
        untouched = [
            each
            for each in {*wanted(first), *wanted(second)}
            if not any(self.effects.touches(other, each) for other in members)
        ]
        if untouched and not self.effects.possible(sorted(untouched, key=repr), self._in_the_end(members)):
            return False
        return (at_once and self.sets_off(first, second)) or (later and self._later(first, second, members))

    def _later(self, first: Trigger, second: Trigger, members: list[Trigger]) -> bool:
        """Whether the second can fire some time after the first, with no other trigger of the circle in between."""
        assert second.when is not None
        effects = self.effects
        others = [each for each in members if each is not first and each is not second]
        pushed = {key for each in members for key in effects.pushed(each)}
        timed = {act[1] for each in members for act in each.do if act[0] == "set"}

        def stays(term: Term) -> bool:
            kinds = {part[0] for part in parts(term)}
            moving = fields_in([term], "score") & pushed or fields_in([term], "attr") & timed
            return not moving and not kinds & {"stagefor", "quiet"}

        kept = [each for each in wanted(first) if stays(each) and not effects.touches(first, each)]
        kept = [each for each in kept if not any(effects.touches(other, each) for other in others)]
        known = self._in_the_end(members)
        if others:
            return effects.possible([*kept, second.when], known)
        if len(members) == 1:
            known |= self._afterwards(first, known)
        return effects.possible_behind(first, [*kept, effects.rewritten(first, second.when, at_once=False)], known)

    def _afterwards(self, trigger: Trigger, known: Mapping[str, Interval]) -> dict[str, Interval]:
        """Between what ends scores lie from a firing on, as long as only time acts on them; more is known of some."""
        found: dict[str, Interval] = {}
        for key, behind in self.effects.behind(trigger).items():
            score = self.study.scores[key]
            if score.ageing is not None:
                high = known[key].high if key in known else None
                found[key] = Interval(
                    known[key].low if key in known else None, high if self._rises(key) else behind.high
                )
                continue
            low = behind.low
            if score.degrade is not None and low is not None:
                floor = score.low if score.degrade.floor is None else score.degrade.floor
                low = None if floor is None else min(low, floor)
            found[key] = Interval(low, behind.high)
        return found

    def _in_the_end(self, members: list[Trigger]) -> dict[str, Interval]:
        """Between what ends scores whose points age lie at last, when all is gone but what some triggers bring."""
        found: dict[str, Interval] = {}
        for key, score in self.study.scores.items():
            if score.ageing is None or any(key in self.effects.pushed(each) for each in members if _sets(each)):
                continue
            acts = [act for each in members for act in each.do if act[0] in ("add", "reset") and act[1] == key]
            resets = any(act[0] == "reset" for act in acts)
            low = self.study.profile(key, lowest=True).bound if score.when else 0
            high = self.study.profile(key).bound if score.when else 0
            if resets or any(act[2] < 0 for act in acts):
                low = score.low
            if resets or any(act[2] > 0 for act in acts):
                high = score.high
            found[key] = Interval(clamped(score, low, score.low), clamped(score, high, score.high))
        return found

    def _stirs(self, trigger: Trigger) -> bool:
        """Whether something can happen in time because a trigger has fired, so that there is a look again."""
        asked = [each.when for each in self.all if each.when is not None]
        asked += [
            branch.when for score in self.study.scores.values() for rule in score.when for branch in rule.branches
        ]
        timed = {part[:2] for when in asked for part in parts(when) if part[0] in TIMED}
        for act in trigger.do:
            match act[0]:
                case "add" | "reset" if self._falls(act[1]) or ("quiet", act[1]) in timed:
                    return True
                case "set" if any((sign, ("attr", act[1])) in timed for sign in ("ago", "next", "last")):
                    return True
                case "move" if ("stagefor", act[1]) in timed:
                    return True
        return False

    def _turned_by_time(self, first: Trigger, literal: Literal) -> bool:
        """Whether what a trigger did can turn a part of a condition true as time goes by."""
        atom, positive = literal
        for act in first.do:
            match act[0], atom[0]:
                case "move", "stagefor" if atom[1] == act[1] and positive:
                    return True
                case "add", "quiet" if atom[1] == act[1] and positive and act[2] > 0:
                    return True
                case "set", "ago" | "next" | "last" if ("attr", act[1]) in parts(atom):
                    return True
        pushed = self.effects.pushed(first)
        if any(self.effects.clocked(first, key) for key in fields_in([atom], "score") & pushed):
            return True
        keys = {under for key in fields_in([atom], "score") & pushed for under in self.effects.under[key]}
        falls = any(self._falls(key) for key in keys) and moved_by(atom, positive, -1)
        return falls or (any(self._rises(key) for key in keys) and moved_by(atom, positive, 1))

    def _falls(self, key: str) -> bool:
        score = self.study.scores[key]
        return score.degrade is not None or score.ageing is not None

    def _rises(self, key: str) -> bool:
        """Whether points below 0 may age."""
        score = self.study.scores[key]
        if score.ageing is None:
            return False
        taken = any(act[0] in ("add", "reset") and act[1] == key and act[2] < 0 for each in self.all for act in each.do)
        return taken or any(self.study.pay(key, rule).least != 0 for rule in score.on)


def _sets(trigger: Trigger) -> bool:
    return any(act[0] == "set" for act in trigger.do)


def _ends(trigger: Trigger) -> bool:
    """Whether a limit stops a trigger for good."""
    return any(limit.times is not None and limit.per is None for limit in trigger.limits)


def takes_back(stages: Stages, first: Trigger, second: Trigger, *, points: bool = True) -> bool:
    """Whether a trigger does the opposite of what another one does: moves a lead back that it has moved, lifts its tag,
    or (with `points`) takes from a score that it has added to."""
    moves = [act[1] for act in first.do if act[0] == "move"]
    back = [act[1] for act in second.do if act[0] == "move"]
    if moves and back and _is_back(stages, moves[-1], back[-1]):
        return True
    tags = {act[1] for act in first.do if act[0] == "tag"}
    if tags & {act[1] for act in second.do if act[0] == "untag"}:
        return True
    added = {act[1] for act in first.do if act[0] == "add" and act[2] > 0}
    taken = {act[1] for act in second.do if act[0] == "reset" or (act[0] == "add" and act[2] < 0)}
    return points and bool(added & taken)


def _is_back(stages: Stages, there: str, back: str) -> bool:
    if back not in stages.path:
        return False
    return there not in stages.path or stages.path.index(back) < stages.path.index(there)


def circles(edges: Mapping[str, Iterable[str]]) -> Iterator[Circle]:
    """The sets of names that lead round to each other (the strong components, after Tarjan), in the order of `edges`;
    one name alone only if it leads to itself."""
    order = {name: at for at, name in enumerate(edges)}
    seen: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[Circle] = []

    def visit(name: str) -> None:
        seen[name] = low[name] = len(seen)
        stack.append(name)
        for other in edges[name]:
            if other not in seen:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == seen[name]:
            at = stack.index(name)
            circle = sorted(stack[at:], key=order.__getitem__)
            del stack[at:]
            if len(circle) > 1 or name in edges[name]:
                found.append(tuple(circle))

    for name in edges:
        if name not in seen:
            visit(name)
    yield from sorted(found, key=lambda circle: order[circle[0]])
