"""Handfuls of events, and what each can bring a score to at most.

Each kind of event is a set of rules that one event can match together, as the prover lists them; of those only the ones
count that no other one includes. What a handful of events of given kinds can bring a score to is bounded by how often
each rule then matches: so many firings, cut by its limits for life. The lead has its attributes from the start, and
they stay as they are, so a reset and an addition are bounded too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from compiler.prove.answer import Region, Witness
from compiler.prove.capacity import Capacity
from compiler.prove.chances import Chances
from compiler.prove.elimination import Stuck
from compiler.prove.engine import Sight
from compiler.prove.facts import fields_in
from compiler.prove.histories import START
from compiler.prove.interval import Interval, computed
from compiler.prove.moves import Move, ceiling, needed, of_score, of_triggers
from compiler.prove.prover import OutOfTime
from compiler.prove.spans import LIFE, Amount, least, times, total
from compiler.prove.study import Study
from compiler.terms import parts as parts_of
from runtime.table import Trigger

_KINDS = 40
"""So many kinds of one type of event are told apart; of more, only what one such event gives at most is known."""
_NODES = 30_000
_STATE = frozenset({"score", "stage", "stagefor", "tag", "idle", "quiet", "tally"})

Rule = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """The rules that an event matches, by (score, rule), and such events; without events it only bounds.
    `triggers` are those that wait for such an event."""

    event: str
    rules: frozenset[Rule]
    moves: tuple[Move, ...]
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """`there` says of what stands after a history whether it is reached, which takes that scores show at least what
    `needs` says, in thousandths. `name` is for people; `patient`: it may take silence to get
    there; `first` is a trigger of which it is the first firing."""

    name: str
    needs: tuple[tuple[str, int], ...]
    there: Callable[[Sight], bool]
    patient: bool = False
    first: str | None = None


@dataclass
class Handfuls:
    """Handfuls of events on the way to one goal. `firings` bounds how often triggers fire; `acted` says whether any
    adds points, `moved` whether any does anything to a lead."""

    study: Study
    firings: Mapping[str, Amount]
    goal: Goal
    kinds: list[Kind] = field(init=False)
    nodes: int = 0

    def __post_init__(self) -> None:
        if self.goal.first is not None:
            self.firings = {**self.firings, self.goal.first: 0}
        self.chances = Chances(self.study, self.firings)
        self.capacity = Capacity(self.study, self.firings, looks=True)
        self.shown = self.capacity.shown()
        self.keys = sorted({under for key, _ in self.goal.needs for under in _under(self.study, key)})
        self.coarse: dict[tuple[str, str], Amount] = {}
        self.kinds = [kind for event in self.study.program.events for kind in self._kinds(event)]
        self.life = {(key, name): part(LIFE) for key in self.keys for name, part in self.capacity.parts(key, 1)}
        self.bases: dict[tuple[str, frozenset[str]], Amount] = {}
        self.known: dict[tuple[frozenset[tuple[Rule, int]], int], frozenset[str]] = {}
        acts = {act[0] for each in self.study.program.triggers for act in each.do}
        self.acted, self.moved = bool(acts & {"add", "reset", "set"}), bool(acts - {"emit"})

    # --- kinds --------------------------------------------------------------------------------------------------------

    def _kinds(self, event: str) -> Iterator[Kind]:
        rules = [
            (key, rule.name)
            for key in self.keys
            for rule in self.study.scores[key].on
            if rule.match.on == event and self.study.pay(key, rule).most != 0
        ]
        asked = [each for each in of_triggers(self.study) if each.event == event]
        for move in asked:
            trigger = next(each for each in self.study.program.triggers if each.name == move.why[1])
            if rules and (trigger.match is None or trigger.match.where is None):
                continue
            if any(act[0] != "emit" for act in trigger.do) or trigger.name == self.goal.first:
                matched = {key for key in rules if self._matches(event, key, move)}
                yield Kind(event, frozenset({("", event), *matched}), (move,), (trigger.name,))
        if not rules:
            return
        regions = None if len(rules) > _KINDS else self._regions(event, rules)
        moves = [move for key in self.keys for move in of_score(self.study, key) if move.event == event]
        here = frozenset({("", event)})
        if regions is None:
            self.coarse |= {(key, event): ceiling(self.study, key, event) for key in self.keys}
            yield Kind(event, here, tuple(moves))
            return
        for region in regions:
            if region.rules and not any(region.rules < other.rules for other in regions):
                mine = [move for move in moves if move.why in region.rules]
                yield Kind(event, region.rules | here, (*mine, self._move(event, region.rules, region.witness)))

    def _matches(self, event: str, key: Rule, move: Move) -> bool:
        """Whether an event may match a rule."""
        where = next(rule.match.where for rule in self.study.scores[key[0]].on if rule.name == key[1])
        engine = self.study.engine
        return where is None or engine.fits(engine.begin(), event, move.data, where, START)

    def _regions(self, event: str, rules: list[Rule]) -> list[Region] | None:
        """What events can match together; None if that is too much, or takes too long."""
        try:
            found = list(islice(self.study.prover.regions(event, rules), _KINDS + 1))
        except (OutOfTime, Stuck):
            return None
        return None if len(found) > _KINDS else found

    def _move(self, event: str, rules: frozenset[Rule], witness: Witness) -> Move:
        matched = [rule for key, name in sorted(rules) for rule in self.study.scores[key].on if rule.name == name]
        terms = [term for rule in matched for term in self.study.match(rule)]
        found = needed(self.study, witness, terms)
        vary = tuple(dict.fromkeys(limit.each for rule in matched for limit in rule.limits if limit.each))
        per = tuple(sorted({limit.per for rule in matched for limit in rule.limits if limit.per}))
        return Move(event, witness.event(self.study.program, event), found, ("", ""), vary, per, 1, matched[0])

    # --- the bound ----------------------------------------------------------------------------------------------------

    def able(self, matches: Counter[Rule], more: int = 0) -> frozenset[str]:
        """The triggers that can fire after so many matches, and `more` events of any kind."""
        if not self.acted:
            return frozenset()
        asked = frozenset(matches.items()), more
        known = self.known.get(asked)
        if known is None:

            def high(key: str, names: frozenset[str]) -> Amount:
                return self.bound(key, matches, more, names) if key in self.keys else self.shown[key].high

            known = self.chances.able(lambda event: bool(more or matches["", event]), high)
            self.known[asked] = known
        return known

    def _base(self, key: str, able: frozenset[str]) -> Amount:
        """What a score can show without any rule firing: its profile, and what triggers add."""
        if (key, able) not in self.bases:
            self.bases[key, able] = self._based(key, able)
        return self.bases[key, able]

    def _based(self, key: str, able: frozenset[str]) -> Amount:
        score = self.study.scores[key]
        if score.value is not None:
            return 0
        profile = self.chances.profile(key, able) if score.when else 0
        waiting = [each for each in self.adding(key) if each.match is None and each.name in able]
        added = [self._added(key, each) for each in waiting if self.chances.staying(each, able) is None]
        if not self.chances.steady(key):
            resets = any(act[:2] == ("reset", key) for each in self.chances.named(able) for act in each.do)
            return total([profile, *added, self.capacity.reset(key) if resets else 0])
        return total([None if profile is None else max([profile, *self._resets(key, None, able)]), *added])

    def _resets(self, key: str, event: str | None, able: frozenset[str]) -> list[int]:
        """What triggers reset a score to, at events of a type or (None) without waiting for any."""
        asked = [each for each in self.chances.named(able) if (each.match and each.match.on) == event]
        return [act[2] for each in asked for act in each.do if act[:2] == ("reset", key)]

    def _added(self, key: str, trigger: Trigger) -> Amount:
        """What a trigger adds that waits for no event. One that looks at nothing but attributes and dates becomes true
        as often as the clock makes it so, as the attributes stay as they are."""
        life = self.life[key, ("trigger", trigger.name)]
        looked = {part[0] for part in parts_of(trigger.when)} if trigger.when is not None else set()
        named = fields_in([trigger.when], "attr")
        if looked & _STATE or any(self.study.program.attributes[name].computed for name in named):
            return life
        assert trigger.when is not None
        turns = sum(part[0] in ("last", "next", "ago") for part in parts_of(trigger.when))
        plain = turns == 1 and not looked & {"or", "not"}
        points = sum(max(act[2], 0) for act in trigger.do if act[:2] == ("add", key))
        return least([life, points * (1 if plain else turns + 1)])

    def adding(self, key: str) -> list[Trigger]:
        """The triggers that add to a score."""
        return [each for each in self.study.program.triggers if (key, ("trigger", each.name)) in self.life]

    def bound(self, key: str, matches: Counter[Rule], more: int = 0, able: frozenset[str] | None = None) -> Amount:
        """The most that a score can show after so many matches of each rule, and `more` events of any kind, if only the
        triggers in `able` fire."""
        able = self.able(matches, more) if able is None else able
        score = self.study.scores[key]
        if score.value is not None:
            lows = {name: self.shown[name].low for name in _under(self.study, key)[1:]}
            known = {name: Interval(low, self.bound(name, matches, more, able)) for name, low in lows.items()}
            interval = computed(score.value, known)
            return None if interval is None else interval.high
        grouped: dict[str, list[Amount]] = {}
        base = self._base(key, able)
        if base is not None and self.chances.steady(key):
            events = [event for event in self.study.program.events if more or matches["", event]]
            base = max([base, *[points for event in events for points in self._resets(key, event, able)]])
        found: list[Amount] = [base]
        found += [times(matches["", event] + more, most) for (name, event), most in self.coarse.items() if name == key]
        for rule in score.on:
            if (key, rule.match.on) in self.coarse:
                continue
            often = matches[key, rule.name] + (more if self.study.pay(key, rule).most != 0 else 0)
            if rule.repeated is not None:
                often //= rule.repeated.times
            given = times(often, self.study.pay(key, rule).most)
            if rule.group is None:
                found.append(least([given, self.life[key, ("rule", rule.name)]]))
            else:
                grouped.setdefault(rule.group, []).append(given)
        found += [least([total(given), self.life[key, ("group", name)]]) for name, given in grouped.items()]
        for trigger in self.adding(key):
            asked = self.chances.staying(trigger, able) if trigger.match is None else [trigger.match.on]
            if asked is not None and trigger.name in able:
                points = sum(max(act[2], 0) for act in trigger.do if act[:2] == ("add", key))
                often = sum(matches["", event] for event in asked) + more * len(asked)
                found.append(least([often * points, self.life[key, ("trigger", trigger.name)]]))
        return least([total(found), score.high])

    def allowed(self, matches: Counter[Rule], more: int) -> bool:
        """Whether the bound lets the goal be reached."""
        for key, wanted in self.goal.needs:
            most = self.bound(key, matches, more)
            if most is not None and most < wanted:
                return False
        return True

    @property
    def exhausted(self) -> bool:
        """Whether not all combinations were looked at."""
        return self.nodes > _NODES

    def of(self, size: int) -> Iterator[tuple[Kind, ...]]:
        """All combinations of so many events that the bound allows, as far as the work allowed for goes."""

        self.nodes = 0

        def grow(chosen: tuple[Kind, ...], first: int, matches: Counter[Rule]) -> Iterator[tuple[Kind, ...]]:
            self.nodes += 1
            left = size - len(chosen)
            if self.nodes > _NODES or not self.allowed(matches, left):
                return
            if left == 0:
                yield chosen
                return
            for at in range(first, len(self.kinds)):
                kind = self.kinds[at]
                yield from grow((*chosen, kind), at, matches + Counter(kind.rules))

        yield from grow((), 0, Counter())


def _under(study: Study, key: str) -> list[str]:
    """A score and all that it is computed from."""
    value = study.scores[key].value
    found = [key]
    if value is not None:
        for name in sorted(fields_in([value], "score")):
            found += [each for each in _under(study, name) if each not in found]
    return found
