"""`subtract` in a score that ends at 0: from a lead that has nothing, nothing is taken.

Activity points are clamped at once, so a minus that comes first is forgotten. (Where points expire or fade each is
kept, and the sum is clamped anew.) What takes as much as the score can hold is meant to empty it, and a rule that asks
for a tally does not come first: both are let pass. So is what takes no more than other rules give at every such event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.errors import paying
from compiler.terms import parts
from compiler.warnings.facts import Checked, OnFact, ScoreFacts, pts
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span
from runtime.table import Score


def taken_from_nothing(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each score with such rules."""
    for score in model.scores:
        if (
            score.body.low != 0
            or score.body.ageing
            or not any(fact.rule.points is None or fact.rule.points > 0 for fact in score.on)
        ):
            continue
        found = [fact for fact in score.on if _comes_first(fact, score.body) and not _is_covered(fact, score.on)]
        if found:
            yield _finding(score, found)


def _comes_first(fact: OnFact, score: Score) -> bool:
    points = fact.rule.points
    if points is None or points >= 0 or (score.high is not None and -points >= score.high):
        return False
    when = fact.rule.when
    return when is None or not any(part[0] == "tally" for part in parts(when))


def _is_covered(taking: OnFact, rules: Iterable[OnFact]) -> bool:
    """Whether other rules give as much at each event at which this one takes: the clamp comes after all of them."""
    assert taking.rule.points is not None
    given = 0
    for fact in rules:
        rule = fact.rule
        free = rule.when is None and rule.repeated is None and rule.best is None and not any(fact.limits())
        wide = rule.match.where is None or rule.match.where == taking.rule.match.where
        if rule.match.on == taking.rule.match.on and free and wide and rule.points is not None:
            given += max(rule.points, 0)
    return given >= -taking.rule.points


def _finding(score: ScoreFacts, found: list[OnFact]) -> Diagnostic:
    low = "-" + pts(max(_most(fact) for fact in found))
    first, *others = found
    bounds = score.members.get(syntax.Range)
    if isinstance(bounds, syntax.Range) and bounds.low is not None:
        edit = Edit(bounds.low.span, low)
    else:
        at = bounds.span.start + len("range") if bounds else score.node.members[0].span.start
        edit = Edit(Span(score.node.span.file, at, at), f" {low}" if bounds else f"range {low}..  ")
    return paying.subtract_from_nothing(
        first.node.name.text,
        _evidence(score, first),
        first.branch.points.span,
        tuple(fact.branch.points.span for fact in others),
        None if bounds is None else bounds.span,
        low,
        (Fix(f"write `range {low}..`", (edit,)),),
    )


def _evidence(score: ScoreFacts, taking: OnFact) -> str:
    """What comes of it if something is added next."""
    assert taking.rule.points is not None
    for fact in score.on:
        points = fact.rule.points
        if points is not None and points > 0:
            names = f"`{taking.rule.name}` and then `{fact.rule.name}`"
            return f"{names} come to {pts(points)}, and not to {pts(taking.rule.points + points)}"
    return f"`{score.name}` ends at 0, and what such a lead does next counts in full"


def _most(fact: OnFact) -> int:
    """What the rule can take by its lifetime limits, or else at one time."""
    assert fact.rule.points is not None
    times = [limit.times for limit in fact.rule.limits if limit.times and limit.per is None and limit.each is None]
    return -fact.rule.points * min(times, default=1)
