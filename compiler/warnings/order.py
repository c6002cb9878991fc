"""A trigger that sees what an earlier one did in the same pass.

Both fire `on` the same event, and whatever event the later one is met by meets the earlier one too. Then the later one
never sees how things were before: a time that the earlier wrote down, a tag it has given, a stage it has moved to. Of
stages only this is told: the later condition could not have held before the move, so one event moves a lead twice. To
go on with a value that has just been set is what the order is for, and is let pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.errors import moving
from compiler.terms import parts
from compiler.warnings.facts import Checked, TriggerFact, conjuncts
from compiler.warnings.judging import in_stage, judge
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span
from runtime.table import Stages, Term

_EARLIER = 200
"""Triggers on one event that are compared with each other, at most."""


def same_pass(model: Checked) -> Iterator[Diagnostic]:
    """At most one finding for each trigger."""
    earlier: dict[str, list[tuple[TriggerFact, frozenset[Term]]]] = {}
    for fact in model.triggers:
        if fact.trigger.match is None:
            continue
        before = earlier.setdefault(fact.trigger.match.on, [])
        where = conjuncts(fact.trigger.match.where)
        if fact.trigger.when is not None:
            met = (first for first, asked in before[-_EARLIER:] if asked <= where)
            found = next((told for first in met if (told := _sees(model, first, fact)) is not None), None)
            if found is not None:
                yield found
        if not fact.trigger.limits:
            before.append((fact, where))


def _sees(model: Checked, first: TriggerFact, second: TriggerFact) -> Diagnostic | None:
    for action, act in zip(first.node.actions, first.trigger.do, strict=True):
        told = _told(model.program.stages, act, first, second)
        if told is not None:
            names = second.node.name.text, first.node.name.text
            place = _place(second)
            return moving.sees_the_same_pass(*names, *told, place, action.span)
    return None


def _place(fact: TriggerFact) -> Span:
    assert fact.node.when is not None
    return fact.node.when.span


def _told(stages: Stages, act: Term, first: TriggerFact, second: TriggerFact) -> tuple[str, str] | None:
    """What the first does, and what comes of it for the second."""
    when = second.trigger.when
    assert when is not None
    match act:
        case ("set", field, ("time",) | ("lit", _)) if first.trigger.when is None and _asks_when(when, ("attr", field)):
            return f"has set `{field}`", f"`{field}` is never what it was before the event"
        case ("tag", tag) if first.trigger.when is None and _reads(when, ("tag", tag)):
            return f'has given the tag "{tag}"', "the tag is there at the first event already"
        case ("untag", tag) if first.trigger.when is None and _reads(when, ("tag", tag)):
            return f'has removed the tag "{tag}"', "the tag is always gone"
        case ("move", stage) if _moves_on(stages, stage, first, second):
            return f"has moved the lead to `{stage}`", "one event moves a lead two stages on"
        case _:
            return None


def _asks_when(term: Term, field: Term) -> bool:
    """Whether it is asked how long ago the field lies, or whether it is there: known, once it has just been set."""
    return any(each[0] in _PRESENT and each[1] == field for each in parts(term))


_PRESENT = frozenset({"last", "next", "ago", "present", "missing"})


def _reads(term: Term, part: Term) -> bool:
    return any(each == part for each in parts(term))


def _moves_on(stages: Stages, stage: str, first: TriggerFact, second: TriggerFact) -> bool:
    """Whether the second moves a lead on that the first has moved to `stage`, and could not before."""
    moves = [act[1] for act in second.trigger.do if act[0] == "move"]
    if not moves or moves[-1] == stage:
        return False
    if judge(second.trigger.when, in_stage(stages, stage, just_entered=True)) is False:
        return False
    if not _only_stages(second.trigger.when, first.trigger.when):
        return False
    before = [each for each in (*stages.path, *stages.beside) if each != stage]
    possible = [each for each in before if judge(first.trigger.when, in_stage(stages, each)) is not False]
    return bool(possible) and all(judge(second.trigger.when, in_stage(stages, each)) is False for each in possible)


def _only_stages(term: Term | None, met: Term | None) -> bool:
    """Whether nothing but the stage is asked, and what the first trigger has asked already."""
    return all(each[0] in ("stage", "not") or each in conjuncts(met) for each in conjuncts(term))
