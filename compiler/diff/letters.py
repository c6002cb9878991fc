"""The events that a search for a difference tries: first those at which changed declarations part.

The prover is asked for an event at which the one form of a rule fits and the other does not, or both fit and give other
points, for attributes at which the profile is another, and for whatever makes a trigger's conditions part. Beside them
stand the moves that proofs make: the event at which each rule pays most, each tally counts, each trigger is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from compiler.diff.changes import Declared
from compiler.diff.near import near
from compiler.diff.same import known
from compiler.exact import points
from compiler.program import Program
from compiler.prove.answer import Sat
from compiler.prove.facts import fields_in
from compiler.prove.moves import Move, needed, of_score, of_tallies, of_triggers, once, profile_of
from compiler.prove.study import NOW, Study
from compiler.terms import TRUE, all_of
from runtime.table import AccountScore, Branch, Field, Match, OnRule, Term, Trigger, WhenRule

_SECONDS = 1.5
_LARGE, _HANDY = 1_000_000, 100
_EVENTS = 12
"""Of more types of event, only those without properties are tried for nothing but that they happen."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A move, and the study that can vary it. `direct` says that it was made for the very change."""

    move: Move
    study: Study
    direct: bool = False


def letters(studies: tuple[Study, Study], subject: Declared) -> list[Letter]:
    """What to try for a subject, what parts the two at once first."""
    direct = once([*_parting(studies, subject)])
    found = [Letter(move, studies[1], True) for move in [*direct, *_cased(studies, direct)]]
    for study in reversed(studies):
        found += [Letter(move, study) for move in once([*_moves(study, near(studies, subject))])]
    seen: set[Any] = set()
    kept = []
    for letter in [each for given in found for each in _tame(given)]:
        same = (letter.move.event, letter.move.same)
        if same not in seen:
            seen.add(same)
            kept.append(letter)
    return kept


def _tame(letter: Letter) -> Iterator[Letter]:
    """A letter, and before it the same with handier numbers where it has very long ones."""
    data, lead = _handy(letter.move.data), _handy(letter.move.lead)
    if (data, lead) != (letter.move.data, letter.move.lead):
        yield replace(letter, move=replace(letter.move, data=data, lead=lead))
    yield letter


def _handy(data: Mapping[str, Any]) -> dict[str, Any]:
    def handy(value: Any) -> Any:
        if type(value) not in (int, Decimal) or abs(value) <= _LARGE:
            return value
        return _HANDY if value > 0 else -_HANDY

    return {name: handy(value) for name, value in data.items()}


# --- the moves of proofs ----------------------------------------------------------------------------------------------


def _moves(study: Study, bearing: set[Term]) -> Iterator[Move]:
    """The moves of proofs, for what is near."""

    def counts(node: Term) -> bool:
        return not bearing or node in bearing

    for key, score in study.scores.items():
        if score.value is None and counts(("score", key)):
            yield from of_score(study, key)
            yield from of_score(study, key, lowest=True)
            for lowest in (False, True):
                data, _ = profile_of(study, key, lowest=lowest)
                if data:
                    yield Move(None, data)
    yield from (move for move in of_tallies(study) if counts(move.why))
    yield from (move for move in of_triggers(study) if counts(move.why))
    for trigger in study.program.triggers:
        if trigger.when is not None and counts(("trigger", trigger.name)):
            yield from _holding(study, [trigger.when])
    yield Move(None, {})
    events = study.program.events
    plain = [*events] if len(events) <= _EVENTS else [name for name, event in events.items() if not event.properties]
    for name in plain:
        yield Move(name, study.prover.nothing.event(study.program, name))


def _cased(studies: tuple[Study, Study], moves: list[Move]) -> Iterator[Move]:
    """Moves with texts in capitals, where one model ignores case and the other does not."""

    def folded(fields: list[Mapping[str, Field]]) -> set[str]:
        one, two = ({each.spelling for each in known.values() if each.fold} for known in fields)
        return one ^ two

    told = folded([study.program.attributes for study in studies])
    for move in moves:
        known = [study.program.events.get(move.event or "") for study in studies]
        given = told if move.event is None else folded([each.properties if each else {} for each in known])
        data, lead = _capitals(move.data, given), _capitals(move.lead, told)
        if (data, lead) != (move.data, move.lead):
            yield replace(move, data=data, lead=lead)


def _capitals(data: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value.upper() if name in names and isinstance(value, str) else value for name, value in data.items()}


# --- where two forms part ---------------------------------------------------------------------------------------------


def _parting(studies: tuple[Study, Study], subject: Declared) -> Iterator[Move]:
    old, new = studies
    whole = subject[0] not in ("score", "tally", "trigger", "segment")
    for key in [key for key in new.scores if key in old.scores and (whole or subject == ("score", key))]:
        one, two = old.scores[key], new.scores[key]
        before, after = {rule.name: rule for rule in one.on}, {rule.name: rule for rule in two.on}
        for name in [*after, *[name for name in before if name not in after]]:
            if before.get(name) != after.get(name):
                yield from _on(studies, before.get(name), after.get(name))
        profiles = {rule.name: rule for rule in one.when}, {rule.name: rule for rule in two.when}
        for name in [*profiles[1], *[name for name in profiles[0] if name not in profiles[1]]]:
            if profiles[0].get(name) != profiles[1].get(name):
                yield from _when(studies, profiles[0].get(name), profiles[1].get(name))
    for name in new.program.tallies:
        if (whole or subject == ("tally", name)) and name in old.program.tallies:
            matches = (each.program.tallies[name].match for each in studies)
            yield from _matching(studies, *matches)
    triggers = [{each.name: each for each in study.program.triggers} for study in studies]
    if subject[0] == "account":
        for name in sorted(_account_scores(new.program) & _account_scores(old.program)):
            yield from _conditions(studies, *(_account_score(study.program, name).where for study in studies))
    if subject[0] == "segment":
        yield from _conditions(studies, *(study.program.segments[subject[1]].where for study in studies))
    for name in [*triggers[1]] if whole else [subject[1]] if subject[0] == "trigger" else []:
        yield from _trigger(studies, triggers[0].get(name), triggers[1].get(name))


def _account_scores(program: Program) -> set[str]:
    return {*program.account.scores} if program.account is not None else set()


def _account_score(program: Program, name: str) -> AccountScore:
    assert program.account is not None
    return program.account.scores[name]


def _on(studies: tuple[Study, Study], one: OnRule | None, two: OnRule | None) -> Iterator[Move]:
    """Events at which two forms of a rule part; or at which the only one fits, and gives something."""
    for mine, other, study in ((two, one, studies[1]), (one, two, studies[0])):
        if mine is not None:
            for terms in _apart(mine, other):
                yield from _varied(_at(study, terms, mine.match.on), mine)


def _apart(mine: OnRule, other: OnRule | None) -> Iterator[list[Term]]:
    """What to ask for: that one form fits alone, that both give other points, and that it gives or takes at all."""
    terms = Study.match(mine)
    gives: list[list[Term]] = [[]]
    if mine.value is not None:
        gives = [[(">", mine.value, ("lit", 0))], [("<", mine.value, ("lit", 0))], []]
    if other is not None and other.match.on == mine.match.on:
        theirs = all_of(Study.match(other))
        if theirs != TRUE:
            yield from ([*terms, ("not", theirs), *extra] for extra in gives)
        if (mine.value, mine.points) != (other.value, other.points):
            yield [*terms, theirs, ("!=", _value(mine), _value(other))]
        terms = [*terms, theirs]
    yield from ([*terms, *extra] for extra in gives)


def _value(given: OnRule | Branch) -> Term:
    """What a rule or a branch gives, in points."""
    return given.value if given.value is not None else ("lit", points(given.points or 0))


def _varied(moves: Iterator[Move], rule: OnRule) -> Iterator[Move]:
    vary = [limit.each for limit in rule.limits if limit.each is not None]
    vary += [rule.best.each] if rule.best is not None and rule.best.each is not None else []
    per = tuple(sorted({limit.per for limit in rule.limits if limit.per is not None}))
    times = rule.repeated.times if rule.repeated is not None else 1
    for move in moves:
        yield replace(move, vary=tuple(dict.fromkeys(vary)), per=per, times=times, rule=rule)


def _when(studies: tuple[Study, Study], one: WhenRule | None, two: WhenRule | None) -> Iterator[Move]:
    """Attributes with which two forms of a profile rule part."""
    for mine, other, study in ((two, one, studies[1]), (one, two, studies[0])):
        if mine is None:
            continue
        before: list[Term] = []
        for branch in mine.branches:
            guard = [branch.when, *before]
            before.append(("not", branch.when))
            theirs: list[Term] = []
            for there in other.branches if other is not None else ():
                if (there.points, there.value) != (branch.points, branch.value):
                    yield from _holding(study, [*guard, there.when, *theirs, ("!=", _value(branch), _value(there))])
                theirs.append(("not", there.when))
            if branch.value is not None:
                yield from _holding(study, [*guard, *theirs, ("!=", branch.value, ("lit", 0))])
            yield from _holding(study, [*guard, *theirs])
            yield from _holding(study, guard)


def _matching(studies: tuple[Study, Study], one: Match | None, two: Match | None) -> Iterator[Move]:
    for mine, other, study in ((two, one, studies[1]), (one, two, studies[0])):
        if mine is None:
            continue
        terms = [] if mine.where is None else [mine.where]
        if other is not None and other.on == mine.on and other.where is not None:
            yield from _at(study, [*terms, ("not", other.where)], mine.on)
        yield from _at(study, terms, mine.on)


def _trigger(studies: tuple[Study, Study], one: Trigger | None, two: Trigger | None) -> Iterator[Move]:
    yield from _matching(studies, one.match if one is not None else None, two.match if two is not None else None)
    for mine, other, study in ((two, one, studies[1]), (one, two, studies[0])):
        if mine is not None and mine.when is not None:
            if other is not None and other.when is not None:
                yield from _holding(study, [mine.when, ("not", other.when)])
            yield from _holding(study, [mine.when])


def _conditions(studies: tuple[Study, Study], one: Term | None, two: Term | None) -> Iterator[Move]:
    """Attributes with which the one condition holds and the other does not."""
    for mine, other, study in ((two, one, studies[1]), (one, two, studies[0])):
        if mine is not None:
            yield from _holding(study, [mine] if other is None else [mine, ("not", other)])
            yield from _holding(study, [mine])


def _at(study: Study, terms: list[Term], event: str) -> Iterator[Move]:
    """An event for which terms hold."""
    if event not in study.program.events or not known(study.program, terms, event):
        return
    answer = study.prover.decide([*terms, *study.given([*terms], event), NOW], event, seconds=_SECONDS)
    if isinstance(answer, Sat):
        data = answer.witness.event(study.program, event)
        yield Move(event, data, needed(study, answer.witness, terms))


def _holding(study: Study, terms: list[Term]) -> Iterator[Move]:
    """Attributes with which terms hold."""
    if not known(study.program, terms, None) or not fields_in(terms, "attr"):
        return
    answer = study.prover.decide([*terms, *study.given([*terms]), NOW], seconds=_SECONDS)
    data = needed(study, answer.witness, terms) if isinstance(answer, Sat) else {}
    if data:
        yield Move(None, data)
