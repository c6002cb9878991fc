"""Whether two models say different things of a lead, and how a test says what one of them says.

Each subject of a change has its own way to look: a score at its points, then at its band and its line, a trigger at its
firings, then at what it does. What is said stands in the words of the model at home, in which the test is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.diff.changes import Declared
from compiler.diff.phrases import counted, word
from compiler.diff.words import Wording
from compiler.exact import amount
from compiler.program import Program
from compiler.prove.engine import Sight
from compiler.prove.study import named
from compiler.spell import literal
from runtime.table import Score, Term, Trigger

_TOO_LONG = 10**18
"""No number of the language has so many thousandths."""
Holds = Callable[[int, Term], bool]


@dataclass(frozen=True, slots=True)
class Told:
    """`expects` is what holds at home; `said` is what the old model says and what the new one says, None of what a
    model does not know."""

    expects: str
    said: tuple[str | None, str | None]


class Telling:
    """Looks at one `subject` in two programs that use the same names; `home` is 0 or 1, and `names` are those that the
    home file has for what is called otherwise here. With `lines` only the band and the line of a score count."""

    def __init__(
        self,
        programs: tuple[Program, Program],
        subject: Declared,
        home: int,
        names: Mapping[Declared, str],
        own: Program | None = None,
        *,
        lines: bool = False,
    ) -> None:
        self.lines = lines
        self.own = own or programs[home]
        self.programs, self.subject, self.home, self.names = programs, subject, home, names
        self.scores: list[Mapping[str, Score]] = [{each.name: each.body for each in one.scores} for one in programs]
        self.triggers = [{each.name: each for each in one.triggers} for one in programs]
        self.wording = Wording(programs[home])

    def differ(self, sights: tuple[Sight, Sight], holds: Holds) -> Told | None:
        """What the first difference in the subject is; None if there is none. `holds` tells whether a condition holds
        of the lead, under the old model (0) or the new one (1)."""
        if self.subject[0] == "segment":
            return self._segment(self.subject[1], holds)
        return next(self._all(sights), None)

    def _segment(self, name: str, holds: Holds) -> Told | None:
        """Whether a lead is among those that a segment picks from."""
        segments = [program.segments[name] for program in self.programs]
        within = [each.where is None or holds(side, each.where) for side, each in enumerate(segments)]
        where = self.own.segments[self.names.get(("segment", name), name)].where
        if within[0] == within[1] or where is None:
            return None
        text = Wording(self.own).term(where)
        said = [f"{'in' if each else 'not in'} {name}" for each in within]
        return Told(f"({text})" if within[self.home] else f"not ({text})", (said[0], said[1]))

    def _all(self, sights: tuple[Sight, Sight]) -> Iterator[Told]:
        match self.subject:
            case ("score", key):
                yield from self._score(sights, key)
            case ("tally", name):
                yield from self._tally(sights, name)
            case ("trigger", name):
                yield from self._trigger(sights, name)
            case _:
                yield from self._anything(sights)

    # --- each kind ----------------------------------------------------------------------------------------------------

    def _score(self, sights: tuple[Sight, Sight], key: str) -> Iterator[Told]:
        shown = [sight.scores.get(key) for sight in sights]
        here = shown[self.home]
        if here is None or abs(here) >= _TOO_LONG:
            return
        name = self._key(key)
        if not self.lines and shown[0] != shown[1] and (None not in shown or here != 0):
            said = [None if points is None else f"{name} = {amount(points)}" for points in shown]
            yield Told(f"{name} = {amount(here)}", (said[0], said[1]))
        if None in shown:
            return
        bodies = [scores[key] for scores in self.scores]
        found = [_band(body, points or 0) for body, points in zip(bodies, shown, strict=True)]
        if found[0] != found[1] and found[self.home] is not None:
            told = [None if band is None else f"{name} is {word(band)}" for band in found]
            yield Told(f"{name} is {word(found[self.home] or '')}", (told[0], told[1]))
        lines = [body.ready for body in bodies]
        if None not in lines:
            reached = [(points or 0) >= (line or 0) for points, line in zip(shown, lines, strict=True)]
            if reached[0] != reached[1]:
                told = [f"{name} {'is' if yes else 'is not'} ready" for yes in reached]
                yield Told(f"{name} {'>=' if reached[self.home] else '<'} ready", (told[0], told[1]))

    def _tally(self, sights: tuple[Sight, Sight], name: str) -> Iterator[Told]:
        counts = [sight.tallies.get(name) for sight in sights]
        here = counts[self.home]
        if here is None or counts[0] == counts[1] or (None in counts and not here):
            return
        known = self.names.get(("tally", name), name)
        said = [None if count is None else f"{known} = {count}" for count in counts]
        yield Told(f"{known} = {here}", (said[0], said[1]))

    def _trigger(self, sights: tuple[Sight, Sight], name: str) -> Iterator[Told]:
        if name in self.triggers[self.home]:
            yield from self._fired(sights, name)
        acts = self._acts(name)
        yield from self._emitted(sights, {act[1] for act in acts if act[0] == "emit"})
        if any(act[0] == "move" for act in acts):
            yield from self._stage(sights)
        yield from self._tags(sights, {act[1] for act in acts if act[0] in ("tag", "untag")})
        yield from self._fields(sights, {act[1] for act in acts if act[0] == "set"})
        for key in sorted({act[1] for act in acts if act[0] in ("add", "reset")}):
            yield from self._score(sights, key)

    def _acts(self, name: str) -> list[Term]:
        """What only one form of a trigger does, and no other trigger."""
        forms = [set(triggers[name].do) if name in triggers else set() for triggers in self.triggers]
        others = {
            act for triggers in self.triggers for each in triggers.values() if each.name != name for act in each.do
        }
        return sorted((forms[0] ^ forms[1]) - others, key=repr)

    def _fired(self, sights: tuple[Sight, Sight], name: str) -> Iterator[Told]:
        counts = [
            sight.fired.get(name, 0) if name in triggers else None
            for sight, triggers in zip(sights, self.triggers, strict=True)
        ]
        here, there = counts[self.home], counts[1 - self.home]
        if here is None or here == (there or 0):
            return
        known = self.names.get(("trigger", name), name)
        said = [None if count is None else _often(known, count) for count in counts]
        expects = (
            f"fired {known} {here} times" if here and there else f"fired {known}" if here else f"not fired {known}"
        )
        yield Told(expects, (said[0], said[1]))

    def _emitted(self, sights: tuple[Sight, Sight], names: set[str]) -> Iterator[Told]:
        sent = [_sent(sight, triggers) for sight, triggers in zip(sights, self.triggers, strict=True)]
        for name in sorted(names & self._named("emit")):
            yes = [name in each for each in sent]
            if yes[0] != yes[1]:
                told = [f"{literal(name)} {'is' if each else 'is not'} emitted" for each in yes]
                yield Told(f"{'' if yes[self.home] else 'not '}emitted {literal(name)}", (told[0], told[1]))

    def _named(self, *kinds: str) -> set[str]:
        """The names that the model at home knows, as its triggers emit or put them."""
        acts = [act for trigger in self.programs[self.home].triggers for act in trigger.do]
        return {act[1] for act in acts if act[0] in kinds}

    def _stage(self, sights: tuple[Sight, Sight]) -> Iterator[Told]:
        stages = [sight.stage for sight in sights]
        here = stages[self.home]
        if stages[0] != stages[1] and here is not None:
            said = [None if stage is None else f"stage = {word(stage)}" for stage in stages]
            yield Told(f"stage = {word(here)}", (said[0], said[1]))

    def _tags(self, sights: tuple[Sight, Sight], tags: set[str]) -> Iterator[Told]:
        for tag in sorted(tags & self._named("tag", "untag")):
            yes = [tag in sight.tags for sight in sights]
            if yes[0] != yes[1]:
                told = [f"{'has' if each else 'has not'} tag {literal(tag)}" for each in yes]
                yield Told(f"{'' if yes[self.home] else 'not '}has tag {literal(tag)}", (told[0], told[1]))

    def _fields(self, sights: tuple[Sight, Sight], names: set[str]) -> Iterator[Told]:
        for name in sorted(names):
            values = [sight.fields.get(name) for sight in sights]
            known = self.programs[self.home].attributes.get(name)
            if values[0] == values[1] or known is None or isinstance(values[self.home], tuple | list):
                continue
            shown = self.names.get(("attribute", name), name)
            said = [f"{shown} {self._value(name, value)}" for value in values]
            yield Told(said[self.home], (said[0], said[1]))

    def _value(self, name: str, value: Any) -> str:
        if value is None:
            return "is missing"
        if isinstance(value, tuple | list):
            return f"= {value}"
        return self.wording.term(("=", ("attr", name), ("lit", value))).removeprefix(f"{name} ").removeprefix("lead.")

    def _anything(self, sights: tuple[Sight, Sight]) -> Iterator[Told]:
        for key in [key for key in self.scores[0] if key in self.scores[1]]:
            yield from self._score(sights, key)
        for name in [name for name in self.triggers[0] if name in self.triggers[1]]:
            yield from self._trigger(sights, name)
        for name in [name for name in sights[0].tallies if name in sights[1].tallies]:
            yield from self._tally(sights, name)
        yield from self._stage(sights)

    def _key(self, key: str) -> str:
        """A score as the home file names it."""
        known = self.names.get(("score", key), key)
        return named({known: Score()}, known)


def _band(score: Score, points: int) -> str | None:
    for band in score.bands:
        if band.below is None or points < band.below:
            return band.name
    return None


def _often(name: str, count: int) -> str:
    return f"{name} fires" + ("" if count == 1 else f" {counted(count, 'time')}") if count else f"{name} does not fire"


def _sent(sight: Sight, triggers: Mapping[str, Trigger]) -> set[str]:
    """The names that were emitted."""
    fired = [name for name, count in sight.fired.items() if count]
    return {act[1] for name in fired for act in triggers[name].do if act[0] == "emit"}
