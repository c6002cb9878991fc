"""The program: what a rule file says once names are resolved and types are checked.

It is as near to the rule table as it can be and uses the table's classes for everything that has its final form;
only families stand as they were written, one `Scored` with a variable for all their scores, until the pass `expand`
has made a score of each value. All passes are functions from a program to a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runtime.table import (
    Account,
    AccountScore,
    Branch,
    Event,
    Field,
    Match,
    OnRule,
    Outcome,
    Score,
    Segment,
    Source,
    Stages,
    Tally,
    Term,
    Trigger,
    WhenRule,
)

Change = Callable[[Term], Term]


@dataclass(frozen=True, slots=True)
class Family:
    """``for variable in values``"""

    variable: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A score, or all scores of a family: then `name` is the family's and terms hold ``var`` and ``template``."""

    name: str
    body: Score
    family: Family | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """The parts are those of `runtime.table.Table`; `scores` are in the order of declaration."""

    model: str
    lateness: int
    label: str | None = None
    attributes: Mapping[str, Field] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    sets: tuple[tuple[Any, ...], ...] = ()
    tests: tuple[Term, ...] = ()
    scores: tuple[Scored, ...] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    stages: Stages = field(default_factory=Stages)
    triggers: tuple[Trigger, ...] = ()
    account: Account | None = None
    segments: Mapping[str, Segment] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)


def _maybe(term: Term | None, change: Change) -> Term | None:
    return None if term is None else change(term)


def in_match(match: Match, change: Change) -> Match:
    """The match with `change` applied to each of its terms."""
    if match.rows is None and match.rest is None:
        where = _maybe(match.where, change)
        return match if where is match.where else replace(match, where=where)
    rows = match.rows and tuple(tuple(change(term) for term in row) for row in match.rows)
    return replace(match, where=_maybe(match.where, change), rows=rows, rest=_maybe(match.rest, change))


def in_on_rule(rule: OnRule, change: Change) -> OnRule:
    """The rule with `change` applied to each of its terms."""
    match, when, value = in_match(rule.match, change), _maybe(rule.when, change), _maybe(rule.value, change)
    if match is rule.match and when is rule.when and value is rule.value:
        return rule
    return replace(rule, match=match, when=when, value=value)


def _in_branch(branch: Branch, change: Change) -> Branch:
    return replace(branch, when=change(branch.when), value=_maybe(branch.value, change))


def in_when_rule(rule: WhenRule, change: Change) -> WhenRule:
    """The rule with `change` applied to each of its terms."""
    return replace(rule, branches=tuple(_in_branch(branch, change) for branch in rule.branches))


def in_score(score: Score, change: Change) -> Score:
    """The score with `change` applied to each of its terms."""
    return replace(
        score,
        on=tuple(in_on_rule(rule, change) for rule in score.on),
        when=tuple(in_when_rule(rule, change) for rule in score.when),
        value=_maybe(score.value, change),
    )


def _in_trigger(trigger: Trigger, change: Change) -> Trigger:
    do = tuple((*act[:2], change(act[2])) if act[0] == "set" else act for act in trigger.do)
    match = trigger.match and in_match(trigger.match, change)
    return replace(trigger, match=match, when=_maybe(trigger.when, change), do=do)


def _in_account_score(score: AccountScore, change: Change) -> AccountScore:
    return replace(score, where=_maybe(score.where, change))


def _in_account(account: Account, change: Change) -> Account:
    return replace(
        account,
        scores={name: _in_account_score(score, change) for name, score in account.scores.items()},
        triggers=tuple(_in_trigger(trigger, change) for trigger in account.triggers),
    )


def in_program(program: Program, change: Change) -> Program:
    """The program with `change` applied to each whole term in it; entries of `sets` and `tests` are left
    alone, and so are outcomes, which share nothing with the rest."""
    return replace(
        program,
        scores=tuple(replace(each, body=in_score(each.body, change)) for each in program.scores),
        tallies={name: replace(t, match=in_match(t.match, change)) for name, t in program.tallies.items()},
        triggers=tuple(_in_trigger(trigger, change) for trigger in program.triggers),
        account=program.account and _in_account(program.account, change),
        segments={name: replace(s, where=_maybe(s.where, change)) for name, s in program.segments.items()},
    )
