"""Moves: the events that a search tries, one for each thing that a rule, a tally or a trigger waits for.

A move is made to measure: the prover is asked for an event at which a rule matches and the rules of its score pay the
most (or take the most). Where a limit counts values apart, a move can be made with one value after another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compiler.prove.answer import Best, Sat, Witness
from compiler.prove.engine import Refused
from compiler.prove.facts import fields_in
from compiler.prove.histories import START
from compiler.prove.study import NOW, Study
from compiler.prove.written import micros, written
from compiler.terms import parts as parts_of
from runtime.table import OnRule, Term

_ENDLESS = 10**30
_BESIDE = 40
"""Of more rules on one type of event it is not asked which of them pay best together."""
_FREE = ("text", "account", "number", "percent", "integer")


@dataclass(frozen=True, slots=True)
class Move:
    """An event by its declared name (None: attributes) with JSON data, and the attributes that it needs; `why` names
    what waits for it, as (score, rule) or ("tally", name) or ("trigger", name). `vary` are properties that a limit
    counts apart; `per` the windows of its limits; `times` how many it takes to fire once."""

    event: str | None
    data: Mapping[str, Any]
    lead: Mapping[str, Any] = field(default_factory=dict)
    why: tuple[str, str] = ("", "")
    vary: tuple[str, ...] = ()
    per: tuple[int, ...] = ()
    times: int = 1
    rule: OnRule | None = None

    @property
    def same(self) -> tuple[Any, ...]:
        """What two moves that do the same agree in."""
        return (self.event, tuple(sorted(map(repr, self.data.items()))), tuple(sorted(map(repr, self.lead.items()))))


def once(moves: list[Move]) -> list[Move]:
    """The moves, those that do the same once; windows and variants are those of all."""
    found: dict[tuple[Any, ...], Move] = {}
    for move in moves:
        known = found.get(move.same)
        if known is None:
            found[move.same] = move
        else:
            vary = tuple(dict.fromkeys(known.vary + move.vary))
            per = tuple(sorted(set(known.per + move.per)))
            found[move.same] = replace(known, vary=vary, per=per, times=max(known.times, move.times))
    return list(found.values())


def of_score(study: Study, key: str, *, lowest: bool = False) -> list[Move]:
    """For each rule of a score that can pay (or take) anything, the event at which that is most; what pays most first.
    When the time is up, the rules asked about so far."""
    return study.once(("moves", key, lowest), lambda: _of_score(study, key, lowest=lowest))


def _of_score(study: Study, key: str, *, lowest: bool) -> list[Move]:
    def worth(rule: OnRule) -> int:
        pay = study.pay(key, rule)
        amount = pay.least if lowest else pay.most
        return _ENDLESS if amount is None else abs(amount)

    found = [_most(study, key, event, lowest=lowest) for event in crowded(study, key)]
    for rule in sorted(study.scores[key].on, key=worth, reverse=True):
        if worth(rule) == 0 or study.prover.left() <= 0:
            continue
        witness = _best(study, key, rule, lowest=lowest)
        if witness is not None:
            found.append(_move(study, key, rule, witness))
    return [move for move in found if move is not None]


def crowded(study: Study, key: str) -> list[str]:
    """The types of events with so many rules that they are not told apart by which of them match."""
    counts = Counter(rule.match.on for rule in study.scores[key].on)
    return [event for event, count in counts.items() if count > _BESIDE]


def best_event(study: Study, key: str, event: str, *, lowest: bool = False) -> Best:
    """What one event of a type gives at most (or takes), before limits."""

    def find() -> Best:
        beside = [each for each in study.scores[key].on if each.match.on == event]
        terms: list[Term | None] = [each.value for each in beside]
        for each in beside:
            terms += study.match(each)
        weights = {(key, each.name): _worth(each) for each in beside}
        return study.prover.best_sum(event, weights, given=study.given(terms, event), lowest=lowest)

    return study.once(("best", key, event, lowest), find)


def ceiling(study: Study, key: str, event: str) -> int | None:
    """What one event of a type gives at most, whatever limits hold the rules back that take points; None: no bound."""

    def find() -> int | None:
        weights: dict[tuple[str, str], int | Term] = {}
        for rule in study.scores[key].on:
            pay = study.pay(key, rule)
            if rule.match.on != event or pay.most == 0:
                continue
            if pay.most is None:
                return None
            weights[key, rule.name] = _worth(rule) if pay.least == 0 else pay.most
        if not weights:
            return 0
        rules = [rule for rule in study.scores[key].on if (key, rule.name) in weights]
        terms = [term for rule in rules for term in [*study.match(rule), rule.value]]
        return study.prover.best_sum(event, weights, given=study.given(terms, event)).bound

    return study.once(("ceiling", key, event), find)


def _most(study: Study, key: str, event: str, *, lowest: bool) -> Move | None:
    witness = best_event(study, key, event, lowest=lowest).witness
    if witness is None:
        return None
    rules = [each for each in study.scores[key].on if each.match.on == event]
    terms = [term for rule in rules for term in study.match(rule)]
    return Move(event, witness.event(study.program, event), needed(study, witness, terms), ("", ""))


def _best(study: Study, key: str, rule: OnRule, *, lowest: bool) -> Witness | None:
    event, match = rule.match.on, study.match(rule)
    beside = [each for each in study.scores[key].on if each.match.on == event]
    weights = {(key, each.name): _worth(each) for each in beside}
    given = study.given([*match, *[each.value for each in beside]], event)
    if len(beside) <= _BESIDE:
        best = study.prover.best_sum(event, weights, given=[*match, *given, NOW], lowest=lowest)
        if best.witness is not None:
            return best.witness
    for extra in ([NOW], []):
        answer = study.prover.decide([*match, *given, *extra], event)
        if isinstance(answer, Sat):
            return answer.witness
    return None


def _worth(rule: OnRule) -> int | Term:
    if rule.points is not None:
        return rule.points
    assert rule.value is not None
    return rule.value


def _move(study: Study, key: str, rule: OnRule, witness: Witness) -> Move:
    program = study.program
    group = study.scores[key].groups[rule.group].limits if rule.group is not None else ()
    limits = (*rule.limits, *group)
    vary = [limit.each for limit in limits if limit.each is not None]
    if rule.best is not None and rule.best.each is not None:
        vary.append(rule.best.each)
    return Move(
        rule.match.on,
        witness.event(program, rule.match.on),
        needed(study, witness, study.match(rule), rule.value),
        (key, rule.name),
        tuple(dict.fromkeys(vary)),
        tuple(sorted({limit.per for limit in limits if limit.per is not None})),
        rule.repeated.times if rule.repeated is not None else 1,
        rule,
    )


def needed(study: Study, witness: Witness, terms: list[Term], value: Term | None = None) -> dict[str, Any]:
    """The attributes of a witness that the terms look at; those that must be missing are taken away."""
    looked = fields_in([*terms, value], "attr")
    fields = study.program.attributes
    found = {}
    for name in sorted(looked):
        if not fields[name].computed:
            value_ = witness.values.get(("attr", name))
            found[fields[name].spelling] = None if value_ is None else written(fields[name], value_)
    return found


def of_match(study: Study, why: tuple[str, str], event: str, where: Term | None) -> list[Move]:
    """An event at which a tally counts, or a trigger is asked."""
    terms = [] if where is None else [where]
    answer = study.prover.decide([*terms, *study.given([*terms], event), NOW], event)
    if not isinstance(answer, Sat):
        return []
    return [Move(event, answer.witness.event(study.program, event), needed(study, answer.witness, terms), why)]


def of_tallies(study: Study) -> list[Move]:
    """An event for each tally."""
    found = study.program.tallies.items()
    return [
        move for name, tally in found for move in of_match(study, ("tally", name), tally.match.on, tally.match.where)
    ]


def of_triggers(study: Study) -> list[Move]:
    """An event for each trigger that waits for one."""
    return [
        replace(move, per=tuple(sorted({limit.per for limit in trigger.limits if limit.per is not None})))
        for trigger in study.program.triggers
        if trigger.match is not None
        for move in of_match(study, ("trigger", trigger.name), trigger.match.on, trigger.match.where)
    ]


def variants(study: Study, move: Move) -> Iterator[Move]:
    """The move with one value after another of the properties that are counted apart, itself first."""
    yield move
    if not move.vary or move.rule is None or move.event is None:
        return
    fields = study.program.events[move.event].properties
    names = [name for name in move.vary if name in fields]
    matched = fields_in(study.match(move.rule), "prop")
    seen: dict[str, list[Any]] = {name: [] for name in names}
    for at in range(1, 10_000):
        data = dict(move.data)
        for name in names:
            known = fields[name]
            if name not in matched and known.type in _FREE and known.low is None and known.high is None:
                data[known.spelling] = str(at) if known.type in ("text", "account") else at
                continue
            if not seen[name] and move.data.get(known.spelling) is not None:
                seen[name].append(study.counted(move.event, name, _held(known.type, move.data[known.spelling])))
            witness = study.variant(move.rule, name, seen[name])
            if witness is None:
                continue
            value = witness.values[("prop", name)]
            seen[name].append(study.counted(move.event, name, value))
            data[known.spelling] = written(known, value)
        if data == dict(move.data):
            break
        yield replace(move, data=data)
    for name in names:
        if not fields[name].required and name not in matched and fields[name].spelling in move.data:
            yield replace(move, data={key: each for key, each in move.data.items() if key != fields[name].spelling})


def _held(kind: str, value: Any) -> Any:
    """A JSON value of a property as a literal has it, for the types that are told apart."""
    if kind in ("date", "instant"):
        return micros(value)
    return value / 100 if kind == "percent" else value


def profile_of(study: Study, key: str, *, lowest: bool = False) -> tuple[dict[str, Any], dict[str, int]]:
    """The attributes with which the profile of a score is highest (or lowest), and the tallies that go with them."""
    score = study.scores[key]
    if not score.when:
        return {}, {}
    terms = [term for rule in score.when for each in rule.branches for term in (each.when, each.value) if term]
    given = study.given([*terms])
    best = study.prover.best_profile(key, given=[*given, NOW], lowest=lowest)
    witness = best.witness or study.profile(key, lowest=lowest).witness
    if witness is None:
        return {}, {}
    counts = {var[1]: int(value) for var, value in witness.values.items() if var[0] == "tally" and value}
    data = {name: value for name, value in needed(study, witness, terms).items() if value is not None}
    return _plain(study, key, data, terms, counts), counts


def _plain(
    study: Study, key: str, data: dict[str, Any], terms: list[Term], counts: Mapping[str, int]
) -> dict[str, Any]:
    """The attributes, with numbers that stand in the rules where those do the same."""
    if counts:
        return data

    def shown(attributes: Mapping[str, Any]) -> int | None:
        state = study.engine.begin()
        try:
            study.engine.give(state, "lead", attributes, START)
        except Refused:
            return None
        return study.engine.see(state, START).scores[key]

    same = shown(data)
    for name, known in study.program.attributes.items():
        if known.type not in ("number", "integer") or known.spelling not in data:
            continue
        lines = [part[2][1] for term in terms for part in parts_of(term) if _compares(part, name)]
        for line in sorted(lines):
            for value in (line, line + 1):
                tried = data | {known.spelling: value}
                if abs(data[known.spelling]) > abs(value) and shown(tried) == same:
                    data = tried
                    break
    return data


def _compares(part: Term, name: str) -> bool:
    return len(part) == 3 and part[1] == ("attr", name) and type(part[2]) is tuple and part[2][0] == "lit"
