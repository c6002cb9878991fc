"""The shortest histories to a goal, and the proof that none is shorter.

Handfuls of events (`handfuls`) are tried in order of their size; those whose bound falls short are passed over, and the
first that the engine confirms is a shortest one. Windows, ageing and what a limit blocks are left to the engine; a
handful that the bound allows and the engine does not is no proof either way, and then the least size that was not ruled
out is told beside the one found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations

from compiler.prove.answer import Sat
from compiler.prove.engine import Refused
from compiler.prove.handfuls import Goal, Handfuls, Kind
from compiler.prove.histories import DAY, START, History
from compiler.prove.moves import Move, needed, profile_of, variants
from compiler.prove.study import NOW, Study
from compiler.prove.track import Track
from compiler.terms import TIMED
from compiler.terms import parts as parts_of

_ALL = 1_000_000
_ORDERED = 5
"""Of more events no other orders are tried."""
_ORDERS = 24
_GAPS = 3


@dataclass
class Routes:
    """Tries handfuls of events on the way to a goal. The lead has its attributes from the start."""

    study: Study
    goal: Goal
    handfuls: Handfuls

    def __post_init__(self) -> None:
        self.gaps = (0, *sorted(waits(self.study))[:_GAPS]) if self.handfuls.moved else ()
        self.attributes = [{}] if self.study.blank else [*self._attributes()]

    def _attributes(self) -> Iterator[dict[str, object]]:
        """What the lead may be from the start: what gives the best profile, and with that what triggers that add look
        for."""
        best: dict[str, object] = {}
        for key in self.handfuls.keys:
            best |= profile_of(self.study, key)[0]
        yield best
        for trigger in {each.name: each for key in self.handfuls.keys for each in self.handfuls.adding(key)}.values():
            if trigger.match is None and trigger.when is not None:
                answer = self.study.prover.decide([trigger.when, *self.study.given([trigger.when]), NOW])
                if isinstance(answer, Sat):
                    yield best | needed(self.study, answer.witness, [trigger.when])

    def confirmed(self, handful: tuple[Kind, ...]) -> tuple[History, int] | None:
        """A history of these kinds of events after which the engine shows the goal, and when: all at once, or with
        windows between; where triggers act, in other orders too, and with what they wait for in between."""
        for attributes in self.attributes:
            for together in (_ALL, None, 1):
                found = self._tried(handful, attributes, together)
                if found is not None:
                    return found
        if self.handfuls.moved and len(handful) <= _ORDERED:
            for attributes in self.attributes:
                for order in islice(_orders(handful), _ORDERS):
                    for gap in self.gaps:
                        found = self._in_order(order, attributes, gap)
                        if found is not None or self.study.prover.left() <= 0:
                            return found
        return None

    def _in_order(self, order: tuple[Kind, ...], given: dict[str, object], gap: int) -> tuple[History, int] | None:
        """Try the events in this order, so far apart."""
        values = {kind: iter(self._events(kind, count)) for kind, count in Counter(order).items()}
        moves = [move for kind in order if (move := next(values[kind], None)) is not None]
        attributes = self._together(given, moves)
        if attributes is None or len(moves) < len(order) or not moves:
            return None
        track = Track(self.study.program, self.study.engine)
        try:
            track.tell(attributes)
            for at, move in enumerate(moves):
                track.now = START + at * gap
                track.give(move.event, move.data)
        except Refused:
            return None
        return self._reached(track)

    def _tried(
        self, handful: tuple[Kind, ...], given: dict[str, object], together: int | None
    ) -> tuple[History, int] | None:
        """Try a history in which so many events of a kind come at once, and the next a window later; None: as many as
        their rule lets fire in a window."""
        counts = Counter(handful)
        plan: list[tuple[int, Move]] = []
        for kind, count in counts.items():
            moves = self._events(kind, count)
            if len(moves) < count:
                return None
            per, size = max((_window(move) for move in moves), default=(0, 1))
            size = size if together is None else together
            plan += [(-per * ((count - 1 - at) // size), move) for at, move in enumerate(moves)]
        attributes = self._together(given, [move for _, move in plan])
        if attributes is None:
            return None
        if together != _ALL and all(back == 0 for back, _ in plan):
            return None
        begin = -min([back for back, _ in plan], default=0)
        begin = -(-begin // DAY) * DAY
        track = Track(self.study.program, self.study.engine)
        plan.sort(key=lambda each: each[0])
        try:
            track.now = START + begin + (plan[0][0] if plan else 0)
            if attributes or plan:
                track.tell(attributes)
            else:
                track.give(None, {})
            for back, move in plan:
                track.now = START + begin + back
                track.give(move.event, move.data)
        except Refused:
            return None
        return self._reached(track)

    def _together(self, given: dict[str, object], moves: list[Move]) -> dict[str, object] | None:
        """Attributes for all moves; None if one needs another value than the next."""
        needs: dict[str, object] = {}
        for move in moves:
            for name, value in move.lead.items():
                if needs.setdefault(name, value) != value:
                    return None
        return {name: value for name, value in {**given, **needs}.items() if value is not None}

    def _reached(self, track: Track) -> tuple[History, int] | None:
        """The history, and when the goal is reached: now, or by time alone."""
        if self.goal.there(track.see()):
            return track.history, track.now
        if not self.goal.patient:
            return None
        for sight in self.study.engine.silence(track.state, track.now, track.now + 400 * DAY, 60)[1:]:
            if self.goal.there(sight):
                return track.history, sight.time
        return None

    def _events(self, kind: Kind, count: int) -> list[Move]:
        """So many events of a kind: with other values where those are counted apart."""
        if not kind.moves:
            return []
        move = kind.moves[0]
        if move.vary:
            found = list(islice(variants(self.study, move), count))
            return found + [move] * (count - len(found))
        return [move] * count


def _orders(handful: tuple[Kind, ...]) -> Iterator[tuple[Kind, ...]]:
    """The orders of some events, each once, the one in which they are given last."""
    seen: set[tuple[Kind, ...]] = set()
    for order in permutations(reversed(handful)):
        if order not in seen:
            seen.add(order)
            yield order


def waits(study: Study) -> set[int]:
    """The durations that triggers wait for."""
    whens = [trigger.when for trigger in study.program.triggers if trigger.when is not None]
    return {part[-1] for when in whens for part in parts_of(when) if part[0] in TIMED}


def _window(move: Move) -> tuple[int, int]:
    """The shortest window of a move's limits, and how often its rule fires in one; (0, 1) if there is none."""
    if not move.per:
        return 0, 1
    per = move.per[0]
    given = [] if move.rule is None else [limit for limit in move.rule.limits if limit.per == per]
    points = None if move.rule is None else move.rule.points
    sizes = [limit.times for limit in given if limit.times is not None]
    sizes += [-(-limit.points // abs(points)) for limit in given if limit.points is not None and points]
    return per, min(sizes, default=1)
