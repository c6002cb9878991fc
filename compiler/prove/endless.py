"""Scores without an end: why events of one kind lift a score (or sink it) as far as one likes.

That no bound was found proves nothing: what a rule gives, another one or a trigger may take back at the same event, or
a step of ageing before the next, and a tally may forbid the rule from some event on. So one kind of event is looked for
at which the rule pays, no rule of the score that goes on paying the other way matches, and nothing that counts events
has a say. Then each further one moves the score on by as much as the last. Where this can't be shown, nothing is
claimed.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.exact import amount
from compiler.prove.answer import Sat
from compiler.prove.capacity import Capacity
from compiler.prove.facts import fields_in
from compiler.prove.reach import Reach
from compiler.prove.spans import LIFE, Stretch
from compiler.prove.study import Study
from compiler.terms import all_of
from runtime.table import OnRule, Score, Term, Trigger


def endless(study: Study, reach: Reach, key: str, side: int, within: int | None) -> str:
    """Why a score has no end on one side (1: above, -1: below); empty if that is not proved."""
    score = study.scores[key]
    values = [branch.value for rule in score.when for branch in rule.branches]
    if fields_in(values, "tally") or _computed(study, values):
        return ""
    capacity = Capacity(study, reach.firings)
    for rule in score.on:
        why = _why(study, capacity, key, rule, side, within)
        if why and not _resisted(study, key, rule, side) and _alone(study, capacity, key, rule, side):
            return why
    return ""


def _why(study: Study, capacity: Capacity, key: str, rule: OnRule, side: int, within: int | None) -> str:
    """How a rule could go on for ever as far as its limits go."""
    pay = study.pay(key, rule)
    one = pay.most if side > 0 else None if pay.least is None else -pay.least
    if one == 0 or (one is None and pay.why):
        return ""
    part = capacity.alone(key, rule, side)
    if part(Stretch(0)) is None:
        if one is None:
            return f"`{rule.name}` {_verb(side)} whatever its event says"
        return f"each `{rule.match.on}` {_verb(side)} {amount(one)} more"
    passive = study.program.events[rule.match.on].passive
    if within is None and part(LIFE) is None and _kept(study.scores[key], rule, passive=passive):
        return f"`{rule.name}` goes on {'giving' if side > 0 else 'taking'}, window after window"
    return ""


def _computed(study: Study, terms: Iterable[Term | None]) -> bool:
    """Whether terms look at what triggers set."""
    return any(study.program.attributes[name].computed for name in fields_in(terms, "attr"))


def _verb(side: int) -> str:
    return "gives" if side > 0 else "takes"


def _kept(score: Score, rule: OnRule, *, passive: bool) -> bool:
    """Whether nothing that the rule gave is lost before its limits let it give again."""
    steps = score.degrade
    if score.ageing is not None:
        return False
    if steps is None:
        return True
    if steps.without != "increase":
        return steps.without == "activity" and not passive
    limits = [*rule.limits, *(() if rule.group is None else score.groups[rule.group].limits)]
    return rule.repeated is None and all((limit.per or 0) <= steps.after for limit in limits)


def _resisted(study: Study, key: str, rule: OnRule, side: int) -> bool:
    """Whether a trigger might hold the score back, again and again, at the events of the rule."""
    return any(
        _moves_back(trigger, key, side)
        and (trigger.match is None or trigger.match.on == rule.match.on)
        and not any(limit.times is not None and limit.per is None and limit.each is None for limit in trigger.limits)
        for trigger in study.program.triggers
    )


def _moves_back(trigger: Trigger, key: str, side: int) -> bool:
    return any(act[:2] == ("reset", key) or (act[:2] == ("add", key) and act[2] * side < 0) for act in trigger.do)


def _alone(study: Study, capacity: Capacity, key: str, rule: OnRule, side: int) -> bool:
    """Whether there is an event at which the rule pays, and no rule for good the other way."""
    against: list[Term] = []
    for other in study.scores[key].on:
        if other.match.on != rule.match.on or other.name == rule.name:
            continue
        if capacity.alone(key, other, -side)(LIFE) is None:
            against.append(all_of(study.match(other)))
    pay = study.pay(key, rule)
    open_end = (pay.most if side > 0 else pay.least) is None
    if against and (open_end or any(limit.each for limit in rule.limits) or rule.best is not None):
        return False
    terms: list[Term] = [*study.match(rule), *(("not", each) for each in against)]
    if rule.value is not None:
        terms.append((">", rule.value, ("lit", 0)) if side > 0 else ("<", rule.value, ("lit", 0)))
    if fields_in(terms, "tally") or _computed(study, terms):
        return False
    found = study.prover.decide([*terms, *study.given([*terms], rule.match.on)], rule.match.on)
    return isinstance(found, Sat)
