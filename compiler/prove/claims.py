"""Assertions, decided: proved from what can be at all, refuted or reached by a history that the engine confirms.

For a proof the claim's opposite is put to the prover together with the bounds of all scores, stages and tags; if it
can't hold there, it holds nowhere. Else a history is looked for that shows it. What neither settles is unknown.

`never fired T without E`: a lead's history up to its first E is one of a model whose rules know no E. If T can't fire
in that model, the claim is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from compiler.assertions import Claim, FiresNever, HoldsAlways, HoldsNever, HoldsWithin, IsReachable
from compiler.prove.answer import Sat, Unknown
from compiler.prove.climb import Climb
from compiler.prove.engine import Refused, Sight
from compiler.prove.explore import Explorer, Wish
from compiler.prove.facts import fields_in
from compiler.prove.hidden import reached
from compiler.prove.histories import as_test
from compiler.prove.interval import Interval
from compiler.prove.ledger import State
from compiler.prove.moves import Move, needed, of_match
from compiler.prove.reach import Reach
from compiler.prove.reasons import nothing_found, shows_between
from compiler.prove.shrink import replayed, shrink
from compiler.prove.silence import YEARS
from compiler.prove.standing import Standing
from compiler.prove.study import NOW, Study
from compiler.prove.track import Track
from compiler.terms import TRUE, all_of
from compiler.terms import parts as parts_of
from runtime.table import Match, Term

_STEPS = 400
"""So many events of a history are looked at one by one."""
_SILENT = 2.0
_LOOKS = 600


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a claim; `test` is a test block that shows it."""

    state: State
    why: str = ""
    test: str | None = None


@dataclass
class Claims:
    """Decides claims about one model. `seeds` are histories that the search may go on from; `seconds` is what one claim
    may take for it."""

    study: Study
    reach: Reach
    seeds: list[Track] = field(default_factory=list)
    seconds: float = 5.0
    shown: list[Track] = field(default_factory=list)
    """The histories that were found, each with the moment at which it shows or refutes a claim as its `now`."""

    def decide(self, name: str, claim: Claim) -> Decided:
        """Decide one claim; `name` is what a test block is called after."""
        match claim:
            case HoldsAlways(condition=condition, text=text):
                shown = f"not ({_said(text, 'always')})"
                return self._never(name, ("not", condition), shown, None)
            case HoldsNever(condition=condition, text=text):
                return self._never(name, condition, _said(text, "never"), None)
            case HoldsWithin(condition=condition, micros=micros, text=text):
                words = text.split(" ", 3)
                return self._never(name, ("not", condition), f"not ({words[3]})", micros)
            case IsReachable(condition=condition, micros=micros, text=text):
                said = _said(text, "reachable")
                if micros is not None:
                    said = said.rpartition(" within ")[0]
                return self._reachable(name, condition, said, micros)
            case FiresNever(trigger=trigger, without=without):
                return self._fires(name, trigger, without)

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _scores(self, micros: int | None) -> dict[str, Interval]:
        return self.reach.looked if micros is None else self.reach.within(micros)

    def _never(self, name: str, wrong: Term, shown: str, micros: int | None) -> Decided:
        """Decide that a condition holds at no moment, or at none within so long of the first event."""
        scores = self._scores(micros)
        impossible = self._impossible([wrong], scores)
        if impossible is not None:
            return Decided("proved", impossible)
        found = self._search(lambda track, sight: self._holds(track, wrong), [wrong], micros)
        if found is None:
            return Decided("unknown", self._open([wrong], scores))
        return Decided("refuted", "", self._test(name, found, shown, lambda track: self._holds(track, wrong)))

    def _reachable(self, name: str, condition: Term, shown: str, micros: int | None) -> Decided:
        scores = self._scores(micros)
        impossible = self._impossible([condition], scores)
        if impossible is not None:
            return Decided("refuted", impossible)
        found = self._search(lambda track, sight: self._holds(track, condition), [condition], micros)
        if found is None:
            return Decided("unknown", self._open([condition], scores))
        return Decided("proved", "", self._test(name, found, shown, lambda track: self._holds(track, condition)))

    def _impossible(self, terms: list[Term], scores: dict[str, Interval]) -> str | None:
        """Why conditions hold at no moment, None if that is not known: of scores by themselves first, then of what they
        show in each state."""
        if self.reach.could(terms, scores=scores) is False:
            return self._why(terms, scores)
        standing = self.study.once(("standing",), lambda: Standing(self.reach, monotonic() + max(self.seconds, 1.0)))
        if standing.could(terms) is False:
            return "; ".join(each for each in (self._why(terms, scores), standing.why(terms)) if each)
        return None

    def _open(self, terms: list[Term], scores: dict[str, Interval]) -> str:
        """Why a claim is not decided, with what the prover did not know."""
        asked = self.study.prover.decide([*terms, *self.reach.given(terms, scores=scores)])
        extra = f"; {asked.why}" if isinstance(asked, Unknown) else ""
        return nothing_found(self.study, terms, scores) + extra

    def _why(self, terms: list[Term], scores: dict[str, Interval]) -> str:
        """What makes it impossible that conditions hold, as far as that can be said in few words."""
        known = shows_between(self.study, terms, scores)
        mentioned = {part[0] for term in terms for part in parts_of(term)}
        if mentioned & {"stage", "stagefor"} and None not in self.reach.stages:
            path = [*self.study.program.stages.path, *self.study.program.stages.beside]
            stages = ", ".join(stage for stage in path if stage in self.reach.stages)
            known = "; ".join([*([known] if known else []), f"a lead can be in {stages}"])
        return known

    def _holds(self, track: Track, condition: Term) -> bool:
        return bool(track.history) and self.study.engine.holds(track.state, condition, track.now)

    # --- firings ------------------------------------------------------------------------------------------------------

    def _fires(self, name: str, trigger: str, without: Match | None) -> Decided:
        reach = self.reach if without is None else reached(_without(self.study, without))
        if reach.firings[trigger] == 0:
            return Decided("proved", "" if without is None else f"before any such `{without.on}` it can't fire")

        def there(track: Track, sight: Sight) -> bool:
            return sight.fired.get(trigger, 0) > 0

        def allowed(track: Track, move: Move) -> bool:
            return without is None or not self._is(track, move, without)

        whens = [each.when for each in self.study.program.triggers if each.name == trigger and each.when is not None]
        found = self._search(there, whens, None, allowed)
        if found is None:
            return Decided("unknown", nothing_found(self.study, [], {}))
        return Decided(
            "refuted", "", self._test(name, found, f"fired {trigger}", lambda track: there(track, track.see()))
        )

    def _is(self, track: Track, move: Move, without: Match) -> bool:
        """Whether a move is the event without which a trigger must not fire, in the eyes of this lead."""
        if move.event != without.on:
            return False
        told = track.copy()
        told.tell(move.lead)
        return self.study.engine.fits(told.state, move.event, move.data, without.where or TRUE, track.now)

    # --- searching ----------------------------------------------------------------------------------------------------

    def _search(
        self,
        there: Callable[[Track, Sight], bool],
        lines: list[Term],
        micros: int | None,
        allowed: Callable[[Track, Move], bool] | None = None,
    ) -> Track | None:
        """A history that gets there, its `now` the moment at which it does."""
        wish = Wish("claim", there)
        seeds = [*self._climbed(lines, micros, allowed)] if micros is not None or allowed is not None else self.seeds
        if micros is None and allowed is None:
            seeds = [*seeds, *self._uncounted(lines)]
        wanted = self._attributes(lines)
        extra = [*[Move(None, each) for each in wanted], *self._exact(lines)]
        explorer = Explorer(self.study, [wish], lines, micros, seeds=seeds, extra=extra)
        if allowed is not None:
            explorer.allowed = allowed
        end = monotonic() + min(self.seconds, max(self.study.prover.left(), 0.5))
        wish.found = self._on_the_way(seeds, wanted, there, (monotonic() + end) / 2) if allowed is None else None
        explorer.run(end - monotonic())
        if wish.found is None and micros is None:
            wish.found = self._in_silence([*seeds, *explorer.kept], there)
        if wish.found is None:
            return None
        track, time = wish.found
        track = track.copy()
        track.now = time
        self.shown.append(track)
        return track

    def _attributes(self, lines: list[Term]) -> list[dict[str, Any]]:
        """The attributes with which a lead meets what conditions ask of them, where they ask for any."""
        answer = self.study.prover.decide([*lines, *self.study.given([*lines]), NOW])
        data = needed(self.study, answer.witness, lines) if isinstance(answer, Sat) else {}
        return [data] if data else []

    def _exact(self, lines: list[Term]) -> Iterator[Move]:
        """Events that give just as much as some score is compared with, of rules that give what an event says."""
        for term in lines:
            for part in parts_of(term):
                match part:
                    case ("=" | "!=" | "<" | "<=" | ">" | ">=", ("score", key), ("lit", line)):
                        for rule in self.study.scores[key].on:
                            if rule.value is not None:
                                gives: Term = ("=", rule.value, ("lit", line))
                                where = all_of([*self.study.match(rule), gives])
                                yield from of_match(self.study, (key, rule.name), rule.match.on, where)

    def _on_the_way(
        self,
        seeds: list[Track],
        wanted: list[dict[str, Any]],
        there: Callable[[Track, Sight], bool],
        end: float,
    ) -> tuple[Track, int] | None:
        """The first moment on the way of the histories known at which it is so, if need be with these attributes."""
        for seed in seeds:
            track = Track(self.study.program, self.study.engine)
            for each in seed.history[:_STEPS]:
                if monotonic() > end:
                    return None
                track.now = each.time
                track.give(each.event, each.data)
                for data in ({}, *wanted):
                    told = track.copy()
                    with suppress(Refused):
                        told.tell(data)
                    if there(told, told.see()):
                        return told, told.now
        return None

    def _in_silence(self, tracks: list[Track], there: Callable[[Track, Sight], bool]) -> tuple[Track, int] | None:
        """The first moment at which it is so if leads do nothing for years, after the histories known."""
        end = monotonic() + min(_SILENT, max(self.study.prover.left(), 0.5))
        for track in tracks:
            if monotonic() > end:
                return None
            for sight in self.study.engine.silence(track.state, track.now, track.now + YEARS, _LOOKS)[1:]:
                later = track.copy()
                later.now = sight.time
                if there(later, sight):
                    return later, sight.time
        return None

    def _climbed(
        self, terms: list[Term], micros: int | None, allowed: Callable[[Track, Move], bool] | None
    ) -> Iterator[Track]:
        """Histories, no longer than that, after which the scores that terms look at are high, or low."""
        scores = self.reach.scores if micros is None else self.reach.within(micros)
        nobody = Track(self.study.program, self.study.engine)
        for key in sorted(fields_in(terms, "score")):
            for lowest in (False, True):
                climb = Climb(self.study, key, scores[key], lowest, micros, most=100)
                climb.moves = [move for move in climb.moves if allowed is None or allowed(nobody, move)]
                climb.counting = [move for move in climb.counting if allowed is None or allowed(nobody, move)]
                climbed = climb.run()
                track = replayed(self.study, climbed.history)
                if track is not None and climbed.history:
                    track.now = climbed.time
                    yield track

    def _uncounted(self, terms: list[Term]) -> Iterator[Track]:
        """Histories to the heights of all scores in which a tally that terms look at has counted nothing."""
        for name in sorted(fields_in(terms, "tally")):
            event = self.study.program.tallies[name].match.on
            heights: list[Term] = [("score", key) for key in self.study.scores]
            yield from self._climbed(heights, None, lambda track, move, event=event: move.event != event)  # type: ignore[misc]

    def _test(self, name: str, found: Track, shown: str, holds: Callable[[Track], bool]) -> str:
        """The history as short as it gets, as a test whose last line holds."""
        waited = found.now > found.history[-1].time

        def shows(track: Track) -> bool:
            last = track.now
            track.now = found.now
            if waited and not self._looked(track, last, found.now):
                return False
            return holds(track)

        short = shrink(self.study, found.history, shows)
        return as_test(self.study.program, name, short, [(found.now, shown)])

    def _looked(self, track: Track, last: int, time: int) -> bool:
        """Whether time alone makes somebody look at the lead at this instant."""
        return any(sight.time == time for sight in self.study.engine.silence(track.state, last, time, 2_000)[1:])


def _said(text: str, word: str) -> str:
    return text.removeprefix(word).strip()


def _without(study: Study, without: Match) -> Study:
    """The same model, in which no rule, tally or trigger knows the event."""
    other: Term = ("not", without.where or TRUE)

    def barred(match: Match) -> Match:
        if match.on != without.on:
            return match
        return replace(match, where=all_of([*([match.where] if match.where is not None else []), other]))

    given = study.program
    program = replace(
        given,
        scores=tuple(
            replace(
                each,
                body=replace(each.body, on=tuple(replace(rule, match=barred(rule.match)) for rule in each.body.on)),
            )
            for each in given.scores
        ),
        tallies={name: replace(tally, match=barred(tally.match)) for name, tally in given.tallies.items()},
        triggers=tuple(
            replace(each, match=barred(each.match)) if each.match is not None else each for each in given.triggers
        ),
    )
    return study.of(program)
