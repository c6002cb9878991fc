"""A search through what leads can do, by the real engine, for histories that get somewhere.

States are told apart by what rules look at: stage, tags, what has fired, computed attributes, and where each score lies
among the numbers that it is compared with. From each state every move is made, once and as often as it changes
anything, and time is let go by every duration of the model. A state is gone on from if it is of a new kind, or if a
score is higher or lower there than in any of its kind. It finds and does not prove: what it does not find may be.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from time import monotonic
from typing import Any

from compiler.prove.answer import Sat, Var
from compiler.prove.effects import wanted
from compiler.prove.engine import Refused, Sight
from compiler.prove.facts import fields_in
from compiler.prove.histories import DAY
from compiler.prove.moves import Move, needed, of_score, of_tallies, of_triggers, once, profile_of
from compiler.prove.study import NOW, Study
from compiler.prove.track import Track
from compiler.prove.written import written
from compiler.terms import TIMED, all_of
from compiler.terms import parts as parts_of
from runtime.table import Term

_REPEATS = 24
_LOOKS = 12
_FORGOTTEN = 8
_ASKED = 6
"""By so many conditions on attributes states are told apart."""
_DATED = frozenset({"last", "next", "ago"})
_STATE = frozenset({"score", "stage", "stagefor", "tag", "idle", "quiet", "tally", "time"})
Wanted = Callable[[Track, Sight], bool]


@dataclass
class Wish:
    """Something to be found: `found` is a history's track at the moment at which `there` said yes, with that time."""

    name: str
    there: Wanted
    found: tuple[Track, int] | None = None


@dataclass
class Explorer:
    """`wishes` are looked for together. `within` is how long after its first event a history may last (None: as long
    as it likes); `allowed` says which moves may be made where; `most` is how many steps are tried; `lines` are the
    terms whose comparisons of scores tell states apart, beside those of the model; `extra` moves are made too."""

    study: Study
    wishes: list[Wish]
    lines: Iterable[Term] = ()
    within: int | None = None
    allowed: Callable[[Track, Move], bool] = lambda track, move: True
    most: int = 20_000
    seeds: Iterable[Track] = ()
    extra: Iterable[Move] = ()
    kept: list[Track] = field(default_factory=list)
    fired: dict[Any, Track] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edges = self._edges()
        self.moves = once([*self._moves()])
        self.jumps = sorted(_durations(self.study) | {*_waits(self.lines)})
        self.asked = [*dict.fromkeys(self._asked())][:_ASKED]
        self.records: dict[Any, dict[str, tuple[int, int]]] = {}
        self.queue: list[tuple[int, int, Track]] = []
        self.count = self.steps = 0

    def run(self, seconds: float) -> None:
        """Search for so many seconds, or until every wish is found or nothing is left to try."""
        end = monotonic() + seconds
        first = Track(self.study.program, self.study.engine)
        for track in [first, *[each.copy() for each in self.seeds]]:
            if track.history:
                self._meet(track)
            heappush(self.queue, (len(track.history), self.count, track))
            self.count += 1
        while self.queue and not self._done():
            _, _, track = heappop(self.queue)
            for following in self._following(track):
                self.steps += 1
                if self.steps > self.most or monotonic() > end or self._done():
                    return
                self._consider(following)

    def _done(self) -> bool:
        return all(wish.found is not None for wish in self.wishes)

    def _consider(self, track: Track) -> None:
        sight = self._meet(track)
        if self._new(sight):
            self.kept.append(track)
            heappush(self.queue, (len(track.history), self.count, track))
            self.count += 1

    def _meet(self, track: Track) -> Sight:
        """See what stands after a history, and whether any wish is there."""
        sight = track.see()
        for wish in self.wishes:
            if wish.found is None and wish.there(track, sight):
                wish.found = (track, track.now)
        return sight

    def _note(self, track: Track, before: Sight, now: Sight) -> None:
        """Keep a history at whose last event triggers fired, for each set of them and kind of state they leave."""
        fired = frozenset(name for name, count in now.fired.items() if count > before.fired.get(name, 0))
        if fired:
            self.fired.setdefault((fired, self._kind(now)), track)

    # --- telling states apart -----------------------------------------------------------------------------------------

    def _edges(self) -> dict[str, list[int]]:
        found: dict[str, set[int]] = {key: set() for key in self.study.scores}
        for key, score in self.study.scores.items():
            found[key] |= {band.below for band in score.bands if band.below is not None}
            found[key] |= {score.ready} if score.ready is not None else set()
        terms = [trigger.when for trigger in self.study.program.triggers if trigger.when is not None]
        terms += [segment.where for segment in self.study.program.segments.values() if segment.where is not None]
        for term in [*terms, *self.lines]:
            for part in parts_of(term):
                match part:
                    case ("=" | "!=" | "<" | "<=" | ">" | ">=", ("score", key), ("lit", line)):
                        found[key] |= {int(line * 1000), int(line * 1000) + 1}
        return {key: sorted(edges) for key, edges in found.items()}

    def _kind(self, sight: Sight) -> Any:
        computed = {name: each.type for name, each in self.study.program.attributes.items() if each.computed}
        known: dict[Var, Any] = {("attr", name): value for name, value in sight.fields.items()} if self.asked else {}
        return (
            sight.stage,
            sight.tags,
            tuple(sorted(name for name, count in sight.fired.items() if count)),
            tuple(_told(kind, sight.fields.get(name)) for name, kind in computed.items()),
            tuple(bisect_right(self.edges[key], points) for key, points in sight.scores.items()),
            tuple(self.study.prover.meaning.holds(term, known) for term in self.asked),
        )

    def _asked(self) -> Iterator[Term]:
        """What triggers ask of attributes beside the rest: a lead that was told so is another one, though nothing has
        come of it yet. Of dates only whether they are there."""
        fields = self.study.program.attributes
        asked = [term for line in self.lines for term in (line[1:] if line[0] == "and" else (line,))]
        for trigger in self.study.program.triggers:
            asked += wanted(trigger) if len(wanted(trigger)) > 1 else ()
        for term in asked:
            names = fields_in([term], "attr")
            if not names or any(fields[name].computed for name in names):
                continue
            kinds = {part[0] for part in parts_of(term)}
            if not kinds & _STATE:
                yield all_of([("present", ("attr", name)) for name in sorted(names)]) if kinds & TIMED else term

    def _new(self, sight: Sight) -> bool:
        records = self.records.setdefault(self._kind(sight), {})
        new = not records
        for key, points in sight.scores.items():
            low, high = records.get(key, (points + 1, points - 1))
            if points < low or points > high:
                records[key] = (min(points, low), max(points, high))
                new = True
        return new

    # --- what can happen ----------------------------------------------------------------------------------------------

    def _moves(self) -> Iterator[Move]:
        study = self.study
        for key, score in study.scores.items():
            if score.value is None:
                yield from of_score(study, key)
                yield from of_score(study, key, lowest=True)
            for lowest in (False, True):
                data, _ = profile_of(study, key, lowest=lowest)
                if data:
                    yield Move(None, data)
        yield from self._forgetting()
        yield from of_tallies(study)
        yield from of_triggers(study)
        for trigger in study.program.triggers:
            if trigger.when is not None:
                answer = study.prover.decide([trigger.when, *study.given([trigger.when]), NOW])
                data = needed(study, answer.witness, [trigger.when]) if isinstance(answer, Sat) else {}
                if data:
                    yield Move(None, data)
        yield from self.extra
        yield Move(None, {})
        for name, event in study.program.events.items():
            if not event.properties:
                yield Move(name, {})

    def _forgetting(self) -> Iterator[Move]:
        """Attributes that profiles and triggers look at are taken away, one by one."""
        whens = [each.when for score in self.study.scores.values() for rule in score.when for each in rule.branches]
        whens += [trigger.when for trigger in self.study.program.triggers if trigger.when is not None]
        fields = self.study.program.attributes
        for name in sorted(fields_in([*whens, *self.lines], "attr"))[:_FORGOTTEN]:
            if not fields[name].computed:
                yield Move(None, {fields[name].spelling: None})

    def _following(self, track: Track) -> Iterator[Track]:
        first = track.see()
        for move in [*self.moves, *self._dates(track.now)]:
            yield from self._repeated(track, move, first)
        if track.history:
            for jump in self.jumps:
                yield from self._later(track, jump)

    def _dates(self, now: int) -> Iterator[Move]:
        """Dates that triggers wait for are told, today and tomorrow."""
        fields = self.study.program.attributes
        whens = [trigger.when for trigger in self.study.program.triggers if trigger.when is not None]
        named = {part[1][1] for when in whens for part in parts_of(when) if part[0] in _DATED and part[1][0] == "attr"}
        for name in sorted(named)[:_FORGOTTEN]:
            if not fields[name].computed:
                for day in (now // DAY, now // DAY + 1):
                    yield Move(None, {fields[name].spelling: written(fields[name], day * DAY)})

    def _repeated(self, track: Track, move: Move, first: Sight) -> Iterator[Track]:
        """The move once, and again for as long as it changes a score; `first` is what stands before it."""
        before: Sight | None = None
        here, last = track, first
        for at in range(_REPEATS):
            here = here.copy()
            if not self.allowed(here, move):
                return
            try:
                here.tell(move.lead)
                if move.event is None:
                    here.give(None, move.data)
                else:
                    here.give(move.event, move.data)
            except Refused:
                return
            yield here
            now = here.see()
            self._note(here, last, now)
            last = now
            if at + 1 >= move.times and before is not None and now.scores == before.scores:
                return
            before = now

    def _later(self, track: Track, jump: int) -> Iterator[Track]:
        """The same lead later: at what time does on the way, and at the end of the jump."""
        end = track.now + jump
        if self.within is not None:
            end = min(end, track.history[0].time + self.within)
        for sight in self.study.engine.silence(track.state, track.now, end, _LOOKS)[1:]:
            later = track.copy()
            later.now = sight.time
            for wish in self.wishes:
                if wish.found is None and wish.there(later, sight):
                    wish.found = (later, sight.time)
        if end > track.now:
            later = track.copy()
            later.now = end
            yield later


def _told(kind: str, value: Any) -> str:
    """What tells computed attributes apart: whether they are there, and a value of which there are few."""
    if value is None:
        return ""
    return repr(value) if kind in ("text", "account", "one of", "boolean") else "there"


def _durations(study: Study) -> set[int]:
    """The durations of a model: windows, waits, ageing."""
    program = study.program
    found = {DAY}
    for score in study.scores.values():
        for limits in [rule.limits for rule in score.on] + [group.limits for group in score.groups.values()]:
            found |= {limit.per for limit in limits if limit.per is not None}
        if score.degrade is not None:
            found |= {score.degrade.after, score.degrade.every, score.degrade.after + 20 * score.degrade.every}
        if score.ageing is not None:
            found |= {days * DAY for days in (score.ageing.expire, score.ageing.every) if days is not None}
    for tally in program.tallies.values():
        found |= {tally.days * DAY} if tally.days is not None else set()
    for trigger in program.triggers:
        found |= {limit.per for limit in trigger.limits if limit.per is not None}
        found |= {*_waits([] if trigger.when is None else [trigger.when])}
    return found - {0}


def _waits(terms: Iterable[Term]) -> Iterator[int]:
    """The durations that conditions wait for."""
    for term in terms:
        for part in parts_of(term):
            if part[0] in ("last", "next", "ago", "idle", "quiet", "stagefor"):
                yield part[-1]
