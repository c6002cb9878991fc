"""The search for a shortest history on which two models part.

Histories are tried in order of their number of events, each event at once or after a pause that either model knows,
and after each the two engines are asked, now and at every instant at which time alone does something (`_by_size`).
Where many equal events are needed, for a limit or a line far up, they are given in a row (`_in_rows`); what takes one
stage after another is left to the explorer of proofs (`_far_off`). What is found is cut down: no event can be left out,
no pause shortened (`compiler.prove.shrink`). A history counts for what the engines
made of it; that none is found proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, islice
from time import monotonic
from typing import Any

from compiler.diff.letters import Letter
from compiler.diff.pauses import pauses, timed
from compiler.diff.same import known
from compiler.diff.telling import Telling, Told
from compiler.diff.twin import Twin
from compiler.program import Program
from compiler.prove.engine import Refused, Sight
from compiler.prove.explore import Explorer, Wish
from compiler.prove.histories import DAY, History, acts
from compiler.prove.moves import Move, variants
from compiler.prove.shrink import shrink, squeezed
from compiler.prove.study import Study
from compiler.prove.track import Track

_PAUSES = 6
_LOOKS = 10
_BEFORE = (3, 1, 8, 2, 24)
"""So many events of another kind come before a row."""
_FAR = 400 * DAY
_VARIANTS = 3
_PROBED = frozenset({1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 64, 100})
_ASIDE = frozenset({2, 3, 5, 10, 24})
"""After so many events in a row silence is listened to, and one of each other kind is tried."""


@dataclass(frozen=True, slots=True)
class Found:
    """A history, the time at which the two part, and how."""

    history: History
    time: int
    told: Told


class Hunt:
    """One search: `study` is that of the model at home, whose engine is the `twin`."""

    def __init__(
        self,
        study: Study,
        twin: Twin,
        programs: tuple[Program, Program],
        telling: Telling,
        given: list[Letter],
        longest: int,
    ) -> None:
        self.study, self.twin, self.telling, self.longest = study, twin, telling, longest
        self.pauses = pauses(programs)
        self.waits = bool(self.pauses - {DAY}) or any(map(timed, programs))
        self.horizon = min(_FAR, max(self.pauses, default=0) * 4 + 2 * DAY)
        self.letters = [each for each in map(self._at_home, given) if each is not None]
        self.tried = 0
        self.end = 0.0

    def _at_home(self, letter: Letter) -> Letter | None:
        """A letter with what the model at home knows of its data; None if it does not know the event."""
        program, move = self.study.program, letter.move
        if move.event is not None and move.event not in program.events:
            return None
        fields = program.attributes if move.event is None else program.events[move.event].properties
        known = {each.spelling for each in fields.values() if not each.computed}
        told = {each.spelling for each in program.attributes.values() if not each.computed}
        data = {name: value for name, value in move.data.items() if name in known}
        lead = {name: value for name, value in move.lead.items() if name in told}
        return Letter(Move(move.event, data, lead, move.why, move.vary, move.per, move.times, move.rule),
                      letter.study, letter.direct)  # fmt: skip

    def run(self, seconds: float) -> Found | None:
        """What the search gets to in so many seconds."""
        begin = monotonic()
        self.end = begin + 0.25 * seconds
        found = self._by_size(coarse=False)
        if found is None:
            self.end = begin + 0.5 * seconds
            found = self._in_rows()
        if found is None:
            found = self._far_off(begin + 0.75 * seconds - monotonic())
        if found is None:
            self.end = begin + seconds
            found = self._by_size(coarse=True)
        if found is None:
            return None
        self.end = max(monotonic() + 0.5, begin + seconds)
        return self._short(*found)

    def _late(self) -> bool:
        return monotonic() > self.end

    # --- looking ------------------------------------------------------------------------------------------------------

    def _parts(self, track: Track, *, silent: bool) -> int | None:
        """The first time from now on at which the two part; with `silent` what time does is waited for."""
        if not track.history:
            return None
        self.tried += 1
        if self._told(track, track.now) is not None:
            return track.now
        if silent and self.waits:
            for sights in self.twin.later(track.state, track.now, track.now + self.horizon, _LOOKS):
                time = sights[0].time
                known = self.telling.differ(sights, self.twin.holding(track.state, time)) is not None
                if known and self._told(track, time) is not None:
                    return time
        return None

    def _told(self, track: Track, time: int) -> Told | None:
        return self.telling.differ(self.twin.both(track.state, time), self.twin.holding(track.state, time))

    # --- by size ------------------------------------------------------------------------------------------------------

    def _by_size(self, *, coarse: bool) -> tuple[Track, int] | None:
        """Histories with few events first. With `coarse`, those that look alike are gone on with once."""
        numbers = count()
        start = Track(self.study.program, self.twin)
        queue: list[tuple[int, int, int, Track, Any, int]] = [(0, 0, next(numbers), start, None, 0)]
        seen: set[Any] = set()
        choices = [move for letter in self.letters for move in islice(self._variants(letter), _VARIANTS)]
        while queue and not self._late():
            size, waited, _, before, move, pause = heappop(queue)
            track = self._after(before, move, pause)
            if track is None:
                continue
            key = self._kind(track) if coarse else _same(track)
            if key in seen:
                continue
            seen.add(key)
            time = self._parts(track, silent=True)
            if time is not None:
                return track, time
            if size >= self.longest:
                continue
            for following in choices:
                more = size + self._cost(track, following)
                for wait in (0, *self._near) if self._waits(track) else (0,):
                    heappush(queue, (more, waited + bool(wait), next(numbers), track, following, wait))
        return None

    @staticmethod
    def _cost(track: Track, move: Move) -> int:
        """Events are counted, and what is told of a lead that is known already."""
        return int(move.event is not None or bool(track.history))

    def _waits(self, track: Track) -> bool:
        """Whether a pause can mean anything: not before the first event, unless the lead has dates."""
        if acts(track.history):
            return True
        dated = {each.spelling for each in self.study.program.attributes.values() if each.type in ("date", "instant")}
        return bool(dated & track.attributes.keys())

    @property
    def _near(self) -> list[int]:
        return sorted(self.pauses)[:_PAUSES]

    def _after(self, track: Track, move: Move | None, pause: int) -> Track | None:
        """The lead after a move, so long after the last one; None if an event is refused."""
        if move is None:
            return track
        made = track.copy()
        made.now += pause
        try:
            made.take(move)
            if move.event is None and not made.history:
                made.give(None, move.data)
        except Refused:
            return None
        return made

    def _kind(self, track: Track) -> Any:
        if not track.history:
            return None
        return tuple(map(_seen, self.twin.both(track.state, track.now)))

    # --- far off ------------------------------------------------------------------------------------------------------

    def _far_off(self, seconds: float) -> tuple[Track, int] | None:
        """What a search through stages, tags and lines gets to (`compiler.prove.explore`)."""
        study = Study(self.study.program, self.study.prover, self.twin)
        study.prover.grant(seconds)
        wish = Wish("apart", self._there)
        lines = [
            trigger.when
            for program in self.telling.programs
            for trigger in program.triggers
            if trigger.when is not None and known(study.program, [trigger.when], None)
        ]
        Explorer(study, [wish], lines, extra=[letter.move for letter in self.letters]).run(seconds)
        return wish.found

    def _there(self, track: Track, sight: Sight) -> bool:
        if not track.history or acts(track.history) > self.longest:
            return False
        self.tried += 1
        return self._told(track, track.now) is not None

    # --- in rows ------------------------------------------------------------------------------------------------------

    def _in_rows(self) -> tuple[Track, int] | None:
        """One event after another of one kind, from each start and with each pause; then one of each other kind."""
        starts = [{}, *[letter.move.data for letter in self.letters if letter.move.event is None]]
        rows = [letter for letter in self.letters if letter.move.event is not None]
        for given in starts:
            for letter in rows:
                for pause in (0, *letter.move.per[:1], *sorted(self.pauses)[:2]):
                    found = self._row([], given, letter, pause)
                    if found is not None or self._late():
                        return found
        return self._together(starts, rows) or self._after_others(starts, rows)

    def _after_others(self, starts: list[Any], rows: list[Letter]) -> tuple[Track, int] | None:
        """Rows after some events of another kind, which bring the lead to where the row says something."""
        for number in _BEFORE:
            for first in rows:
                for letter in rows:
                    for given in starts[:2]:
                        for pause in (0, *sorted(self.pauses)[:2]):
                            found = self._row([*islice(self._endlessly(first), number)], given, letter, pause)
                            if found is not None or self._late():
                                return found
        return None

    def _row(self, first: list[Move], given: Any, letter: Letter, pause: int) -> tuple[Track, int] | None:
        track = Track(self.study.program, self.twin)
        before: Any = None
        still = 0
        try:
            track.tell(given)
            for move in first:
                track.take(move)
            for at, move in enumerate(islice(self._endlessly(letter), self.longest), 1):
                track.now += pause if at > 1 else 0
                track.take(move)
                time = self._parts(track, silent=at in _PROBED)
                if time is not None:
                    return track, time
                found = self._others(track) if at in _ASIDE and not first else None
                if found is not None:
                    return found
                kind = self._kind(track)
                still = still + 1 if kind == before else 0
                before = kind
                if still > max(4, 2 * letter.move.times) or self._late():
                    break
        except Refused:
            return None
        return None

    def _others(self, track: Track) -> tuple[Track, int] | None:
        """One more event, of any kind."""
        for letter in self.letters:
            for pause in (0, *self._near[:1]):
                made = self._after(track, letter.move, pause)
                if made is None or self._late():
                    continue
                time = self._parts(made, silent=False)
                if time is not None:
                    return made, time
        return None

    def _together(self, starts: list[Any], rows: list[Letter]) -> tuple[Track, int] | None:
        """All kinds one after another, each as often as it changes anything."""
        for given in starts:
            track = Track(self.study.program, self.twin)
            try:
                track.tell(given)
                for letter in rows:
                    before: Any = None
                    for move in islice(self._endlessly(letter), self.longest):
                        made = self._after(track, move, 0)
                        if made is None or self._late() or acts(made.history) > self.longest:
                            break
                        time = self._parts(made, silent=False)
                        if time is not None:
                            return made, time
                        kind = self._kind(made)
                        if kind == before:
                            break
                        track, before = made, kind
                if track.history:
                    time = self._parts(track, silent=True)
                    if time is not None:
                        return track, time
            except Refused:
                continue
        return None

    def _variants(self, letter: Letter) -> Iterator[Move]:
        if letter.study.prover.left() <= 0:
            return iter([letter.move])
        return variants(letter.study, letter.move)

    def _endlessly(self, letter: Letter) -> Iterator[Move]:
        """The move with one value after another; then, or where values don't count, for ever."""
        if letter.move.vary:
            yield from islice(self._variants(letter), self.longest)
        while True:
            yield letter.move

    # --- short --------------------------------------------------------------------------------------------------------

    def _short(self, track: Track, time: int) -> Found:
        """As few events and as little time as it takes."""
        wait = time - track.now
        at = [time]

        def parts_then(shorter: Track) -> bool:
            if self._late():
                return False
            for each in dict.fromkeys((at[0], shorter.now + wait, shorter.now)):
                if each >= shorter.now and self._told(shorter, each) is not None:
                    at[0] = each
                    return True
            return False

        history = shrink(self.study, track.history, parts_then)
        history, last = squeezed(
            self.study, history, at[0], self.pauses, lambda each: self._told(each, each.now) is not None
        )
        made = Track(self.study.program, self.twin)
        for each in history:
            made.now = each.time
            made.give(each.event, each.data)
        told = self._told(made, last)
        assert told is not None, "a history lost what it shows when it was cut"
        return Found(history, last, told)


def _same(track: Track) -> Any:
    return (track.now, tuple((each.time, each.event, repr(each.data)) for each in track.history))


def _seen(sight: Sight) -> Any:
    """What stands, in a form that can be compared."""
    fired = tuple(sorted((name, times) for name, times in sight.fired.items() if times))
    scores = tuple(sorted(sight.scores.items()))
    tallies = tuple(sorted(sight.tallies.items()))
    return scores, sight.stage, sight.tags, fired, tallies, repr(sorted(sight.fields.items()))
