"""The old model with one of the changes: what that change alone does shows where this one parts from the old model."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from compiler.diff.changes import Declared
from compiler.diff.same import known
from compiler.program import Program
from runtime.table import OnRule, Score, Term, WhenRule

_R = TypeVar("_R", OnRule, WhenRule)


def hybrid(old: Program, new: Program, declared: Declared) -> Program | None:
    """The old program with a part of one score as the new one has it; None where it can't stand there."""
    key = declared[-1]
    bodies = [{each.name: each.body for each in program.scores} for program in (old, new)]
    if key not in bodies[0] or key not in bodies[1]:
        return None
    body = _body(bodies[0][key], bodies[1][key], declared)
    if body is None or not _stands(old, body):
        return None
    return replace(old, scores=tuple(replace(each, body=body) if each.name == key else each for each in old.scores))


def _body(old: Score, new: Score, declared: Declared) -> Score | None:
    match declared:
        case ("rule", name, _):
            return replace(old, on=_with(old.on, new.on, name), when=_with(old.when, new.when, name))
        case ("group", name, _) if name in old.groups and name in new.groups:
            return replace(old, groups={**old.groups, name: new.groups[name]})
        case ("score", _) if old.value is None and new.value is None:
            return replace(old, low=new.low, high=new.high, degrade=new.degrade, ageing=new.ageing)
        case ("ready", _):
            return replace(old, ready=new.ready)
        case ("bands", _):
            return replace(old, bands=new.bands)
    return None


def _with(old: tuple[_R, ...], new: tuple[_R, ...], name: str) -> tuple[_R, ...]:
    """The old rules with the new form of one, which may be there in one of the two only."""
    forms: list[_R] = [rule for rule in new if rule.name == name]
    kept: list[_R] = []
    for rule in old:
        kept += forms if rule.name == name else [rule]
    if all(rule.name != name for rule in old):
        kept += forms
    return tuple(kept)


def _stands(program: Program, body: Score) -> bool:
    """Whether a program knows all that a score names, and its rules the groups that they are in."""
    for rule in body.on:
        terms: list[Term | None] = [rule.match.where, rule.when, rule.value]
        if rule.match.on not in program.events or rule.group not in (None, *body.groups):
            return False
        if not known(program, [term for term in terms if term is not None], rule.match.on):
            return False
    for profile in body.when:
        terms = [term for branch in profile.branches for term in (branch.when, branch.value)]
        if profile.group not in (None, *body.groups):
            return False
        if not known(program, [term for term in terms if term is not None], None):
            return False
    return True
