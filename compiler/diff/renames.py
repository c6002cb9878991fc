"""What is the same under another name: found by its spelling in JSON, or by saying the same.

Events, their properties and attributes are known by the spelling in JSON, so the name in the file is free. Rules and
groups are known by what they do. Each is given the name that the old model has for it, so that whatever is compared
next speaks one language. Scores, tallies, triggers and segments are found in the same way; but their names are in what
is told of a lead, so another name is more than text there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from compiler.diff.same import Sameness
from compiler.program import Program, Scored, in_on_rule, in_program
from compiler.terms import rewrite
from runtime.table import Best, Ending, Limit, Match, OnRule, Score, Term, Trigger, WhenRule

Declared = tuple[str, ...]
_R = TypeVar("_R", OnRule, WhenRule)


@dataclass(frozen=True, slots=True)
class Rename:
    """`was` is the declaration in the old model, `now` what it is called in the new one; `told` says that the name is
    in what is told of leads, `more` that the name is not all that is another."""

    was: Declared
    now: str
    told: bool = False
    more: bool = False


def by_spelling(old: Program, new: Program) -> tuple[Program, list[Rename]]:
    """The new program with the names that the old one has for the same keys in JSON."""
    found: list[Rename] = []
    for was, now in _respelled(old.events, new.events):
        found.append(Rename(("event", was), now))
        new = _event(new, was, now)
    for event in sorted(old.events.keys() & new.events.keys()):
        for was, now in _respelled(old.events[event].properties, new.events[event].properties):
            found.append(Rename(("property", was, event), now))
            new = _property(new, event, was, now)
    for was, now in _respelled(old.attributes, new.attributes):
        found.append(Rename(("attribute", was), now, told=new.attributes[now].computed))
        new = _attribute(new, was, now)
    return new, found


def _respelled(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names that only one side has for a spelling that both have: (old, new)."""
    here = {each.spelling: name for name, each in new.items() if name not in old}
    for name, each in old.items():
        if name not in new and each.spelling in here:
            yield name, here[each.spelling]


def _event(program: Program, was: str, now: str) -> Program:
    def match(given: Match) -> Match:
        return replace(given, on=was) if given.on == now else given

    events = {was if name == now else name: each for name, each in program.events.items()}
    return _in_matches(replace(program, events=events), match)


def _in_matches(program: Program, change: Callable[[Match], Match]) -> Program:
    def score(given: Score) -> Score:
        return replace(given, on=tuple(replace(rule, match=change(rule.match)) for rule in given.on))

    def ending(given: Ending) -> Ending:
        return replace(given, on=change(Match(given.on)).on)

    return replace(
        program,
        scores=tuple(replace(each, body=score(each.body)) for each in program.scores),
        tallies={name: replace(each, match=change(each.match)) for name, each in program.tallies.items()},
        triggers=tuple(replace(each, match=each.match and change(each.match)) for each in program.triggers),
        outcomes={
            name: replace(each, won=tuple(map(ending, each.won)), lost=tuple(map(ending, each.lost)))
            for name, each in program.outcomes.items()
        },
    )


def _property(program: Program, event: str, was: str, now: str) -> Program:
    inner = _renaming("prop", was, now)

    def limit(given: Limit) -> Limit:
        return replace(given, each=was) if given.each == now else given

    def rule(given: OnRule) -> OnRule:
        if given.match.on != event:
            return given
        best = Best(was) if given.best is not None and given.best.each == now else given.best
        return replace(in_on_rule(given, inner), limits=tuple(map(limit, given.limits)), best=best)

    def match(given: Match) -> Match:
        return replace(given, where=given.where and inner(given.where)) if given.on == event else given

    def trigger(given: Trigger) -> Trigger:
        if given.match is None or given.match.on != event:
            return given
        do = tuple((*act[:2], inner(act[2])) if act[0] == "set" else act for act in given.do)
        return replace(given, match=match(given.match), do=do)

    known = program.events[event]
    properties = {was if name == now else name: each for name, each in known.properties.items()}
    return replace(
        program,
        events={**program.events, event: replace(known, properties=properties)},
        scores=tuple(
            replace(each, body=replace(each.body, on=tuple(map(rule, each.body.on)))) for each in program.scores
        ),
        tallies={name: replace(each, match=match(each.match)) for name, each in program.tallies.items()},
        triggers=tuple(map(trigger, program.triggers)),
    )


def _attribute(program: Program, was: str, now: str) -> Program:
    def trigger(given: Trigger) -> Trigger:
        return replace(given, do=tuple(("set", was, *act[2:]) if act[:2] == ("set", now) else act for act in given.do))

    program = in_program(program, _renaming("attr", was, now))
    account = program.account
    if account is not None and account.attribute == now:
        account = replace(account, attribute=was)
    return replace(
        program,
        attributes={was if name == now else name: each for name, each in program.attributes.items()},
        triggers=tuple(map(trigger, program.triggers)),
        account=account,
    )


def _renaming(operator: str, was: str, now: str) -> Callable[[Term], Term]:
    def inner(part: Term) -> Term:
        return (operator, was, *part[2:]) if part[:2] == (operator, now) else part

    return lambda term: rewrite(term, inner)


# --- rules ------------------------------------------------------------------------------------------------------------


def of_rules(old: Program, new: Program, same: Sameness) -> tuple[Program, list[Rename]]:
    """The new program with the old names of groups and rules that do the same."""
    before = {each.name: each.body for each in old.scores}
    scores: list[Scored] = []
    found: list[Rename] = []
    for each in new.scores:
        body = each.body
        if each.name in before:
            body, named = _rules(each.name, before[each.name], body, same)
            found += named
        scores.append(replace(each, body=body))
    return replace(new, scores=tuple(scores)), found


def _rules(key: str, old: Score, new: Score, same: Sameness) -> tuple[Score, list[Rename]]:
    found: list[Rename] = []
    for was, now in _twins(
        old.groups, new.groups, lambda one, two: replace(one, label=None) == replace(two, label=None)
    ):
        found.append(Rename(("group", was, key), now))
        new = _regrouped(new, was, now)
    on, when = {rule.name: rule for rule in new.on}, {rule.name: rule for rule in new.when}
    before, profile = {rule.name: rule for rule in old.on}, {rule.name: rule for rule in old.when}
    twins = [*_twins(before, on, same.on_rules), *_twins(profile, when, same.when_rules)]
    known = {name for pair in twins for name in pair}
    left, right = ({name: rule for name, rule in rules.items() if name not in known} for rules in (before, on))
    near = _alike(left, right, lambda rule: rule.match)
    names = {now: was for was, now in [*twins, *near]}
    found += [Rename(("rule", was, key), now, more=(was, now) in near) for now, was in names.items()]
    return replace(new, on=_renamed(new.on, names), when=_renamed(new.when, names)), found


def _twins(old: Mapping[str, Any], new: Mapping[str, Any], same: Callable[[Any, Any], bool]) -> list[tuple[str, str]]:
    """The names that only one side has, in pairs of what is the same; what is spelled the same comes first."""
    left = [name for name in old if name not in new]
    right = [name for name in new if name not in old]
    found = []
    for test in (_spelled_alike, same):
        for was in [*left]:
            for now in right:
                if test(old[was], new[now]):
                    found.append((was, now))
                    left.remove(was)
                    right.remove(now)
                    break
    return found


def _spelled_alike(one: Any, two: Any) -> bool:
    plain = [replace(each, label=None, **({"name": ""} if hasattr(each, "name") else {})) for each in (one, two)]
    return bool(plain[0] == plain[1])


def _regrouped(score: Score, was: str, now: str) -> Score:
    return replace(
        score,
        groups={was if name == now else name: each for name, each in score.groups.items()},
        on=tuple(replace(rule, group=was) if rule.group == now else rule for rule in score.on),
        when=tuple(replace(rule, group=was) if rule.group == now else rule for rule in score.when),
    )


def _renamed(rules: tuple[_R, ...], names: Mapping[str, str]) -> tuple[_R, ...]:
    return tuple(replace(rule, name=names[rule.name]) if rule.name in names else rule for rule in rules)


# --- what is told of leads --------------------------------------------------------------------------------------------


def told(old: Program, new: Program) -> tuple[Program, list[Rename]]:
    """The new program with the old names of scores, tallies, triggers and segments that are written alike."""
    found: list[Rename] = []
    for was, now in _alike(old.tallies, new.tallies, _unlabelled):
        found.append(Rename(("tally", was), now, told=True))
        new = _called(new, "tally", was, now)
    bodies = [{each.name: each.body for each in program.scores} for program in (old, new)]
    for was, now in _alike(bodies[0], bodies[1], _score_form):
        found.append(Rename(("score", was), now, told=True))
        new = _score_called(_called(new, "score", was, now), was, now)
    for was, now in _alike(old.segments, new.segments, _unlabelled):
        found.append(Rename(("segment", was), now, told=True))
        new = _called(new, "segment", was, now)
    triggers = [{each.name: each for each in program.triggers} for program in (old, new)]
    names = {now: was for was, now in _alike(triggers[0], triggers[1], lambda each: replace(each, label=None, name=""))}
    found += [Rename(("trigger", was), now, told=True) for now, was in names.items()]
    renamed = (replace(each, name=names[each.name]) if each.name in names else each for each in new.triggers)
    return replace(new, triggers=tuple(renamed)), found


def _unlabelled(given: Any) -> Any:
    return replace(given, label=None)


def _score_form(score: Score) -> Any:
    """What a score does, labels aside."""
    return replace(
        score,
        label=None,
        on=tuple(map(_unlabelled, score.on)),
        when=tuple(map(_unlabelled, score.when)),
        groups={name: _unlabelled(each) for name, each in score.groups.items()},
    )


def _alike(old: Mapping[str, Any], new: Mapping[str, Any], form: Callable[[Any], Any]) -> list[tuple[str, str]]:
    """Pairs of names, each of which one side alone has, for what is written alike; none where it is not clear which."""
    left = {name: form(each) for name, each in old.items() if name not in new}
    right = {name: form(each) for name, each in new.items() if name not in old}
    found = []
    for was, one in left.items():
        ways = [now for now, two in right.items() if two == one]
        if len(ways) == 1 and sum(other == one for other in left.values()) == 1:
            found.append((was, ways[0]))
    return found


def _called(program: Program, kind: str, was: str, now: str) -> Program:
    program = in_program(program, _renaming(kind, was, now))
    if kind == "tally":
        return replace(program, tallies={was if name == now else name: each for name, each in program.tallies.items()})
    if kind == "segment":
        found = {was if name == now else name: each for name, each in program.segments.items()}
        return replace(program, segments=found)
    return program


def _score_called(program: Program, was: str, now: str) -> Program:
    """The program with the old name of a score wherever terms don't stand."""

    def act(given: Term) -> Term:
        return (given[0], was, *given[2:]) if given[0] in ("add", "reset") and given[1] == now else given

    def trigger(given: Trigger) -> Trigger:
        return replace(given, do=tuple(map(act, given.do)))

    account = program.account
    if account is not None:
        parts = {name: replace(each, of=was) if each.of == now else each for name, each in account.scores.items()}
        account = replace(account, scores=parts)
    program = in_program(program, _renaming("quiet", was, now))
    return replace(
        program,
        scores=tuple(replace(each, name=was) if each.name == now else each for each in program.scores),
        triggers=tuple(map(trigger, program.triggers)),
        segments={name: replace(each, by=was) if each.by == now else each for name, each in program.segments.items()},
        account=account,
    )
