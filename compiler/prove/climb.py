"""Bounds from below: a history that brings a score as high (or as low) as the search gets it.

The lead first gets the attributes of its best profile. Then each move is made as often as it pays; if windows hold it
back, it is made again and again, a window apart, so that the last time is the end: points that age are then as young as
they can be. More and more windows are tried, with more and more patience for moves that pay only later, until nothing
is gained or the proved bound is reached. Only what the engine shows counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.prove.engine import Refused, Sight
from compiler.prove.histories import DAY, START, History
from compiler.prove.interval import Interval
from compiler.prove.moves import Move, of_score, of_tallies, of_triggers, once, profile_of, variants
from compiler.prove.spans import Amount
from compiler.prove.study import Study
from compiler.prove.track import Track
from runtime.table import Term

_PATIENCE = 64
"""A move is given up after so many times the events that it takes to fire, if nothing was gained by then."""
_ROUNDS = (1, 2, 4, 13, 40, 100)


@dataclass(frozen=True, slots=True)
class Found:
    """What was reached, in thousandths, at `time`, by which history."""

    points: int
    time: int
    history: History


@dataclass
class Climb:
    """Climbs one score; `within` is how long after the first event the history may last (None: any time),
    `most` how many events it may have."""

    study: Study
    key: str
    interval: Interval
    lowest: bool = False
    within: int | None = None
    most: int = 600

    def __post_init__(self) -> None:
        self.side = -1 if self.lowest else 1
        end = self.interval.low if self.lowest else self.interval.high
        self.goal: Amount = None if end is None else self.side * end
        self.patience = 1
        self.attributes: dict[str, object] = {}
        self.tallies: dict[str, int] = {}
        self.moves = once(list(self._moves()))
        self.counting = [each for each in of_tallies(self.study) if each.why[1] in self.tallies]

    def _moves(self) -> Iterator[Move]:
        for key, side in reversed(_under(self.study, self.key, self.side)):
            yield from of_score(self.study, key, lowest=side < 0)
            attributes, tallies = profile_of(self.study, key, lowest=side < 0)
            self.attributes |= attributes
            self.tallies |= {name: max(count, self.tallies.get(name, 0)) for name, count in tallies.items()}
        if any(act[0] in ("add", "reset") for trigger in self.study.program.triggers for act in trigger.do):
            yield from of_triggers(self.study)

    # --- searching ----------------------------------------------------------------------------------------------------

    def run(self) -> Found:
        """The best that was found."""
        best: Found | None = None
        for rounds in _ROUNDS:
            self.patience = min(rounds * rounds, _PATIENCE)
            found = self._attempt(rounds)
            if best is None or self.side * found.points > self.side * best.points:
                best = found
            elif rounds > 2:
                break
            if self._there(best.points) or self.goal is None or self.study.prover.left() <= 0:
                break
        assert best is not None
        return best

    def _there(self, points: int) -> bool:
        return self.goal is not None and self.side * points >= self.goal

    def _attempt(self, rounds: int) -> Found:
        track = Track(self.study.program, self.study.engine)
        schedule = self._schedule(rounds)
        track.now = schedule[0][0] if schedule else START
        track.tell(self.attributes)
        best = self._here(track, None)
        for time, moves in schedule:
            track.now = time
            for move in moves:
                best = self._repeat(track, move, best)
                if self._there(best.points):
                    return best
            best = self._here(track, best)
        return best

    def _schedule(self, rounds: int) -> list[tuple[int, list[Move]]]:
        """When each move is made, in order of time: windows before the end, or only at the end."""
        end = START + (self._length() if rounds > 1 else 0)
        first = end - self.within if self.within is not None else None
        found: dict[int, list[Move]] = {}
        for move in self.moves:
            per = min(move.per, default=0)
            for back in range(rounds if per else 1):
                time = end - back * per
                if time < (START if first is None else max(first, START)):
                    break
                found.setdefault(time, []).append(move)
        found.setdefault(end, []).extend(self.counting)
        return sorted(found.items())

    def _length(self) -> int:
        longest = max([max(move.per) for move in self.moves if move.per], default=0)
        if self.within is not None:
            return self.within
        return max(longest, DAY) * 100 // DAY * DAY

    def _repeat(self, track: Track, move: Move, best: Found) -> Found:
        """Make the move as often as it pays, with other values where those are counted apart."""
        before = self.side * self._here(track, None).points
        trial = track.copy()
        misses = 0
        for each in self._copies(move):
            try:
                trial.take(each)
                trial.tell(self.attributes)
            except Refused:
                return best
            seen = trial.see()
            gained = self.side * seen.scores[self.key]
            if gained > before:
                before, misses = gained, 0
                self._adopt(track, trial)
                best = self._better(best, seen, trial)
                if self._there(best.points) or len(trial.history) > self.most:
                    return best
                continue
            misses += 1
            if self.study.prover.left() <= 0 or misses >= max(move.times, 2) * self.patience + (2 if move.vary else 0):
                break
        return best

    @staticmethod
    def _adopt(track: Track, trial: Track) -> None:
        kept = trial.copy()
        track.state, track.history, track.attributes = kept.state, kept.history, kept.attributes

    def _copies(self, move: Move) -> Iterator[Move]:
        """The move, each value a few times; without values, for as long as anybody asks."""
        if not move.vary:
            while True:
                yield move
        for each in variants(self.study, move):
            for _ in range(max(move.times, 2)):
                yield each

    def _here(self, track: Track, best: Found | None) -> Found:
        return self._better(best, track.see(), track)

    def _better(self, best: Found | None, seen: Sight, track: Track) -> Found:
        points = seen.scores[self.key]
        if best is not None and self.side * points <= self.side * best.points:
            return best
        return Found(points, track.now, track.history)


def _under(study: Study, key: str, side: int) -> list[tuple[str, int]]:
    """A score and those that it is computed from, each with the side on which it counts, as far as that is plain."""
    found = [(key, side)]
    value = study.scores[key].value
    if value is not None:
        for name, sign in _signs(value, side):
            found += _under(study, name, sign)
    return found


def _signs(term: Term, side: int) -> Iterator[tuple[str, int]]:
    match term:
        case ("score", key):
            yield key, side
        case ("-", left, right):
            yield from _signs(left, side)
            yield from _signs(right, -side)
        case ("*", ("lit", factor), other) | ("*", other, ("lit", factor)):
            yield from _signs(other, side if factor >= 0 else -side)
        case (_, *items):
            for item in items:
                if type(item) is tuple:
                    yield from _signs(item, side)
