"""For each score, trigger and tally that changes: a history that shows it, as a test.

The search is made in the words of the old model, which the comparison has brought the new one to; what it finds is
written for the model at home, in its own words, and folded once more by the engines of the two models as they are.
First the new model is at home, then, for what only the old one shows, the old one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from compiler.diff.accounts import Accounts
from compiler.diff.changes import Comparison, Declared, Side, Witness
from compiler.diff.hunt import Found, Hunt
from compiler.diff.hybrids import hybrid
from compiler.diff.letters import Letter, letters
from compiler.diff.near import near
from compiler.diff.opened import table_of
from compiler.diff.telling import Telling, Told
from compiler.diff.twin import Twin
from compiler.diff.written import as_test
from compiler.program import Program
from compiler.prove.engine import Engine, Refused, Sight
from compiler.prove.histories import Happening, History, acts
from compiler.prove.prover import Prover
from compiler.prove.study import Study
from runtime.table import Table

Engines = Callable[[Table], Engine]
_SHOWN = ("score", "trigger", "tally", "segment")
_OF_ACCOUNTS = ("account score", "account trigger")
_WHOLE = frozenset({"event", "attribute", "stage", "order of stages", "order of triggers"})
"""Changes of these show in whatever rests on them."""
_LEAST = 1.0
_FOLLOWING = 5.0
"""Seconds for triggers that are as they were."""


def witnesses(
    comparison: Comparison, old: Side, new: Side, tables: tuple[Table, Table], engines: Engines,
    seconds: float, longest: int, *, each: bool = False,
) -> None:  # fmt: skip
    """Look for histories, and add them to a comparison, with what is left open; with `each` also for every change of a
    score that has several, and for triggers that look at what changes, in half as much time again."""
    _Hunting(comparison, old, new, tables, engines, seconds, longest, each).run()


def _in_order(subjects: Iterable[Declared]) -> list[Declared]:
    """Subjects in the order in which they are looked at: what rests on others comes last, as do all scores of a family
    but the first, which show the same."""
    ranked: list[tuple[int, Declared]] = []
    families: set[str] = set()
    for subject in subjects:
        family, bracket, _ = subject[-1].partition("[")
        ranked.append((2 if subject[0] not in _SHOWN else 1 if bracket and family in families else 0, subject))
        families.add(family)
    return [subject for _, subject in sorted(ranked, key=lambda each: each[0])]


@dataclass
class _Hunting:
    comparison: Comparison
    old: Side
    new: Side
    tables: tuple[Table, Table]
    engines: Engines
    seconds: float
    longest: int
    each: bool = False

    def __post_init__(self) -> None:
        assert self.comparison.aligned is not None
        self.lines: frozenset[Declared] = frozenset()
        self.programs = self.old.program, self.comparison.aligned
        self.own = self.old.program, self.new.program
        self.pair = self.engines(table_of(self.programs[0])), self.engines(table_of(self.programs[1]))
        self.real = self.engines(self.tables[0]), self.engines(self.tables[1])
        types = [frozenset(each.spelling for each in program.events.values()) for program in self.programs]
        self.knows = types[0], types[1]

    def run(self) -> None:
        begin = monotonic()
        self.lines = self._only_lines()
        self.comparison.longest = self.longest
        subjects = _in_order(dict.fromkeys(self._subjects()))
        for at, subject in enumerate(subjects):
            left = max(self.seconds - (monotonic() - begin), _LEAST)
            found, tried = self._shown(subject, max(left / (len(subjects) - at), _LEAST))
            if found is not None:
                self.comparison.witnesses.append(found)
            else:
                self.comparison.open[self._named(subject)] = tried
        if self.each:
            self._parts(begin)
            self._followers({subject for subject in subjects if subject[0] in ("score", "tally")})

    def _followers(self, changed: set[Declared]) -> None:
        """Witnesses for triggers that are as they were, and look at what changes."""
        studies = self._studies(_FOLLOWING)
        old = {each.name: each for each in self.programs[0].triggers}
        same = [each.name for each in self.programs[1].triggers if old.get(each.name) == each]
        following = [name for name in same if near(studies, ("trigger", name)) & changed]
        end = monotonic() + _FOLLOWING
        for name in following:
            if monotonic() > end:
                return
            found, _ = self._shown(("trigger", name), max((end - monotonic()) / len(following), _LEAST))
            if found is not None:
                self.comparison.witnesses.append(replace(found, follows=True))

    def _parts(self, begin: float) -> None:
        """Witnesses for the single changes of scores that have several, as far as the time goes."""
        found = [(change, self._back_name(change.declared)) for change in self.comparison.changes if change.means]
        found = [(change, named) for change, named in found if named[0] in ("rule", "group", "score", "ready", "bands")]
        counts = Counter(named[-1] for _, named in found)
        several = [(change, named) for change, named in found if counts[named[-1]] > 1 and change.how != "renamed"]
        for at, (change, named) in enumerate(several):
            left = self.seconds * 1.5 - (monotonic() - begin)
            if left <= 0:
                return
            witness = self._alone(named, left / (len(several) - at))
            if witness is not None:
                self.comparison.witnesses.append(replace(witness, subject=change.declared, alone=True))

    def _back_name(self, declared: Declared) -> Declared:
        """A declaration as the old file calls it."""
        for was, now in self.comparison.names.items():
            if (was[0], now) == declared[:2] and len(was) == len(declared):
                return was
        return declared

    def _alone(self, declared: Declared, seconds: float) -> Witness | None:
        """A witness of one change of a score, at which the two models part, too."""
        mixed = hybrid(*self.programs, declared)
        if mixed is None:
            return None
        apart = copy(self)
        apart.programs, apart.pair = (self.programs[0], mixed), (self.pair[0], self.engines(table_of(mixed)))
        apart.knows = self.knows[0], self.knows[0]
        subject = ("score", declared[-1])
        apart.lines = frozenset({subject} if declared[0] in ("ready", "bands") else ())
        studies = apart._studies(seconds)
        found = apart._hunt(studies, subject, 1, True, letters(studies, subject)).run(seconds)
        if found is None:
            return None
        whole = copy(self)
        whole.lines = apart.lines
        return whole._witness(subject, 1, found)

    def _only_lines(self) -> frozenset[Declared]:
        """The scores of which nothing changes but their bands or lines."""
        named = [self._back_name(change.declared) for change in self.comparison.changes if change.means]
        rest = {each[-1] for each in named if each[0] in ("rule", "group", "score", "order of rules")}
        return frozenset(
            ("score", each[-1]) for each in named if each[0] in ("ready", "bands") and each[-1] not in rest
        )

    def _subjects(self) -> Iterator[Declared]:
        """What a history is looked for, by its old name."""
        back = {(each[0], now, *each[2:]): each for each, now in self.comparison.names.items()}
        for change in self.comparison.changes:
            if not change.means or change.how == "renamed":
                continue
            match change.declared:
                case ("rule" | "group", _, key) | ("ready" | "bands" | "order of rules", key):
                    subject: Declared = ("score", key)
                case ("segment", name) if not self._otherwise(back.get(("segment", name), ("segment", name))[1]):
                    continue
                case (kind, *_) if kind in (*_SHOWN, *_OF_ACCOUNTS) or (kind in _WHOLE and change.how == "changed"):
                    subject = change.declared
                case _:
                    continue
            yield back.get(subject, subject)

    def _otherwise(self, name: str) -> bool:
        """Whether a segment picks from other leads."""
        segments = [program.segments.get(name) for program in self.programs]
        return None not in segments and len({each.where for each in segments if each is not None}) > 1

    def _named(self, subject: Declared) -> Declared:
        """A subject as the new file calls it."""
        return (subject[0], self.comparison.names.get(subject, subject[-1])) if len(subject) == 2 else subject

    # --- one subject --------------------------------------------------------------------------------------------------

    def _shown(self, subject: Declared, seconds: float) -> tuple[Witness | None, int]:
        """A witness, and how many histories were tried: first such that both models take, in words of the new one."""
        tried, begin = 0, monotonic()
        studies = self._studies(seconds)
        if subject[0] in _OF_ACCOUNTS:
            accounts = Accounts(self.programs, studies, self.real)
            return accounts.witness(subject, (subject[1], subject[1]), seconds)
        given = letters(studies, subject)
        for share, home, strict in self._ways(subject):
            left = max(begin + share * seconds - monotonic(), 0.3)
            hunt = self._hunt(studies, subject, home, strict, given)
            found = hunt.run(left)
            tried += hunt.tried
            witness = None if found is None else self._witness(subject, home, found)
            if witness is not None:
                return witness, tried
        return None, tried

    def _ways(self, subject: Declared) -> list[tuple[float, int, bool]]:
        """Up to which share of the time which model is at home, and whether the other one must take all events."""
        one, two = self.programs
        if subject[0] in ("score", "tally") and subject[1] not in self._known(two):
            return [(1.0, 0, False)]
        if (one.events, one.attributes) != (two.events, two.attributes):
            return [(0.6, 1, True), (0.8, 1, False), (1.0, 0, False)]
        if subject[0] != "trigger":
            return [(1.0, 1, True)]
        gone = subject[1] not in {each.name for each in two.triggers}
        return [(0.4 if gone else 0.7, 1, True), (1.0, 0, True)]

    @staticmethod
    def _known(program: Program) -> set[str]:
        return {*program.tallies, *(each.name for each in program.scores)}

    def _studies(self, seconds: float) -> tuple[Study, Study]:
        one, two = (
            Study(program, Prover(program, seconds=seconds), engine)
            for program, engine in zip(self.programs, self.pair, strict=True)
        )
        return one, two

    def _hunt(
        self, studies: tuple[Study, Study], subject: Declared, home: int, strict: bool, given: list[Letter]
    ) -> Hunt:
        twin = Twin(self.pair, self.knows, home, strict)
        study = Study(self.programs[home], studies[home].prover, twin, blank=True)
        names = self.comparison.names if home else {}
        telling = Telling(self.programs, subject, home, names, self.own[home], lines=subject in self.lines)
        return Hunt(study, twin, self.programs, telling, given, self.longest)

    def _witness(self, subject: Declared, home: int, found: Found) -> Witness | None:
        """What was found, written for the model at home; None if the models as they are don't part there."""
        if any(each.event is not None and each.event not in self.programs[home].events for each in found.history):
            return None
        history = tuple(self._own(each, home) for each in found.history)
        names = self.comparison.names if home else {}
        telling = Telling(self.programs, subject, home, names, self.own[home], lines=subject in self.lines)
        told = found.told if subject[0] == "segment" else self._confirmed(history, found.time, home, telling)
        if told is None:
            return None
        old, new = told.said
        title = f"{'now' if home else 'before'}: {told.said[home]}".replace('"', "")
        test = as_test(self.own[home], title, history, found.time, told.expects)
        side = "both" if subject[0] == "segment" else "new" if home else "old"
        return Witness(self._named(subject), test, side, acts(history), old, new, history, found.time)

    def _own(self, each: Happening, home: int) -> Happening:
        """An event under the name that the file at home has for it."""
        if each.event is None:
            return each
        spelling = self.programs[home].events[each.event].spelling
        own = self.own[home].events
        return replace(each, event=next(name for name, known in own.items() if known.spelling == spelling))

    def _confirmed(self, history: History, time: int, home: int, telling: Telling) -> Told | None:
        """How the engines of the two models as they stand part there, if they do."""
        twin = Twin(self.real, self.knows, home, strict=False)
        state = twin.begin()
        try:
            for each in history:
                kind = "lead" if each.event is None else self.own[home].events[each.event].spelling
                twin.give(state, kind, each.data, each.time)
        except Refused:
            return None
        one, two = twin.both(state, time)
        return telling.differ((one, self._back(two)), twin.holding(state, time))

    def _back(self, sight: Sight) -> Sight:
        """What stands under the new model, by the names of the old one."""

        def names(kind: str) -> Mapping[str, str]:
            return {now: was[1] for was, now in self.comparison.names.items() if was[0] == kind and len(was) == 2}

        def told(given: Mapping[str, Any], back: Mapping[str, str]) -> dict[str, Any]:
            return {back.get(name, name): value for name, value in given.items()}

        return replace(
            sight,
            scores=told(sight.scores, names("score")),
            tallies=told(sight.tallies, names("tally")),
            fired=told(sight.fired, names("trigger")),
            fields=told(sight.fields, names("attribute")),
        )
