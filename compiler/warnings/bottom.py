"""`subtract` in a score that ends at 0: from a lead that has nothing, nothing is taken.

Activity points are clamped at once, so a minus that comes first is forgotten. (Where points expire or fade each is
kept, and the sum is clamped anew.) What takes as much as the score can hold is meant to empty it, and a rule that asks
for a tally does not come first: both are let pass. So is what takes no more than other rules give at every such event.
A trigger at an event takes just so; one that asks for a score, a stage or a tag does not come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compiler.errors import paying
from compiler.terms import parts
from compiler.warnings.facts import Checked, OnFact, ScoreFacts, TriggerFact, pts
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span
from runtime.table import Match, Score

_STATE = frozenset({"score", "stage", "stagefor", "tag", "tally", "quiet"})


@dataclass(frozen=True, slots=True)
class Taking:
    """What takes points: a rule or a trigger. `points` is what it takes at one time, `most` what it can take by its
    limits for life or else at one time, both in thousandths; `beside` is what other rules give at every such event."""

    name: str
    span: Span
    points: int
    most: int
    beside: int = 0


def taken_from_nothing(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each score with such rules or triggers."""
    for score in model.scores:
        gives = any(fact.rule.points is None or fact.rule.points > 0 for fact in score.on)
        if score.body.low != 0 or score.body.ageing or not gives:
            continue
        found = [_by_rule(fact, score) for fact in score.on if _comes_first(fact, score.body)]
        found += [each for fact in model.triggers for each in _by_trigger(fact, score)]
        found = [each for each in found if each.beside < each.points]
        if found:
            yield _finding(score, found)


def _by_rule(fact: OnFact, score: ScoreFacts) -> Taking:
    points = -(fact.rule.points or 0)
    times = [limit.times for limit in fact.rule.limits if limit.times and limit.per is None and limit.each is None]
    beside = sum(other.rule.points or 0 for other in _beside(fact.rule.match, score.on))
    return Taking(fact.rule.name, fact.branch.points.span, points, points * min(times, default=1), beside)


def _by_trigger(fact: TriggerFact, score: ScoreFacts) -> Iterator[Taking]:
    """What a trigger takes at an event, whatever stands of the lead."""
    trigger = fact.trigger
    if trigger.match is None or (trigger.when is not None and any(part[0] in _STATE for part in parts(trigger.when))):
        return
    times = [limit.times for limit in trigger.limits if limit.times and limit.per is None and limit.each is None]
    for node, act in zip(fact.node.actions, trigger.do, strict=True):
        if act[:2] != ("add", score.node.name.text) or act[2] >= 0 or not isinstance(node, syntax.AddTo):
            continue
        if score.body.high is None or -act[2] < score.body.high:
            beside = sum(other.rule.points or 0 for other in _beside(trigger.match, score.on))
            yield Taking(trigger.name, node.points.span, -act[2], -act[2] * min(times, default=1), beside)


def _comes_first(fact: OnFact, score: Score) -> bool:
    points = fact.rule.points
    if points is None or points >= 0 or (score.high is not None and -points >= score.high):
        return False
    when = fact.rule.when
    return when is None or not any(part[0] == "tally" for part in parts(when))


def _beside(match: Match, rules: Iterable[OnFact]) -> Iterator[OnFact]:
    """The rules that give points at every event that a match takes: the clamp comes after all of them."""
    for fact in rules:
        rule = fact.rule
        free = rule.when is None and rule.repeated is None and rule.best is None and not any(fact.limits())
        wide = rule.match.where is None or rule.match.where == match.where
        if rule.match.on == match.on and free and wide and rule.points is not None and rule.points > 0:
            yield fact


def _finding(score: ScoreFacts, found: list[Taking]) -> Diagnostic:
    low = "-" + pts(max(each.most for each in found))
    first, *others = found
    bounds = score.members.get(syntax.Range)
    if isinstance(bounds, syntax.Range) and bounds.low is not None:
        edit = Edit(bounds.low.span, low)
    else:
        at = bounds.span.start + len("range") if bounds else score.node.members[0].span.start
        edit = Edit(Span(score.node.span.file, at, at), f" {low}" if bounds else f"range {low}..  ")
    return paying.subtract_from_nothing(
        first.name,
        _evidence(score, first),
        first.span,
        tuple(each.span for each in others),
        None if bounds is None else bounds.span,
        low,
        (Fix(f"write `range {low}..`", (edit,)),),
    )


def _evidence(score: ScoreFacts, taking: Taking) -> str:
    """What comes of it if something is added next: by an event at which nothing is taken."""
    for fact in score.on:
        points = fact.rule.points
        if points is not None and points > 0 and not any(limit for limit in fact.limits() if _is_used_up(limit)):
            names = f"`{taking.name}` and then `{fact.rule.name}`"
            return f"{names} come to {pts(points)}, and not to {pts(points + taking.beside - taking.points)}"
    return f"`{score.name}` ends at 0, and what such a lead does next counts in full"


def _is_used_up(limit: syntax.Limit) -> bool:
    """Whether a limit may be used up by the event at which something is taken."""
    return isinstance(limit, syntax.TimesLimit) and limit.once
