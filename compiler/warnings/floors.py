"""Ageing that takes nothing, or gives instead of taking: floors too high, nothing to age, a minus that ages."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import spell
from compiler.errors import ageing as errors
from compiler.exact import milli, written
from compiler.warnings.facts import Checked, ScoreFacts, pts
from compiler.warnings.lifetime import DAY
from compiler.warnings.reach import reaches
from dsl import syntax
from dsl.diagnostics import Diagnostic
from runtime.table import Ageing


def without_effect(model: Checked) -> Iterator[Diagnostic]:
    """Ageing that never takes anything: at most one finding for each score."""
    reach = None
    for score in model.scores:
        if not score.ages:
            continue
        if not any(fact.rule.points is None or fact.rule.points for fact in score.on) and not _fed(model, score):
            if score.on or score.when:
                yield _finding(
                    score, "its rules give no activity points, and nothing else ages", "add an `on` rule, or remove it"
                )
            continue
        degrade = score.body.degrade
        if degrade is None or degrade.floor is None:
            continue
        ready = score.body.ready
        if ready is not None and degrade.floor >= ready:
            node = score.members[syntax.Degrade]
            assert isinstance(node, syntax.Degrade)
            span = node.floor.span if node.floor is not None else node.span
            yield errors.floor_keeps_ready(
                score.name, pts(degrade.floor), pts(ready), span, score.place(syntax.ReadyAt)
            )
            continue
        reach = reaches(model) if reach is None else reach
        high = reach[score.name].high
        if high is not None and milli(high) <= degrade.floor:
            why = f"it comes to {written(high)} at most, and the floor is {pts(degrade.floor)}"
            yield _finding(score, why, f"write a floor below {written(high)}")


def _fed(model: Checked, score: ScoreFacts) -> bool:
    """Whether a trigger changes the score's activity points."""
    return any(
        act[0] in ("add", "reset") and act[1].partition("[")[0] == score.name
        for fact in model.triggers
        for act in fact.trigger.do
    )


def _finding(score: ScoreFacts, why: str, advice: str) -> Diagnostic:
    kind, word = next(
        (kind, word)
        for kind, word in ((syntax.Degrade, "degrade"), (syntax.Fade, "fade"), (syntax.Expire, "expire"))
        if kind in score.members
    )
    place = score.members[kind]
    return errors.takes_no_effect(score.name, word, place.span, why, advice)


def rises_in_silence(model: Checked) -> Iterator[Diagnostic]:
    """A rule that takes points in a score that expires or fades: one finding for each such score, at the first rule."""
    for score in model.scores:
        if score.body.ageing is None:
            continue
        for fact in score.on:
            points = fact.rule.points
            if points is not None and points < 0:
                word = "expires" if score.body.ageing.fade is None else "fades"
                place = score.place(syntax.Expire if score.body.ageing.fade is None else syntax.Fade)
                window = spell.duration(_days(score.body.ageing) * DAY)
                name, span = fact.node.name.text, fact.branch.points.span
                yield errors.rises_in_silence(name, pts(-points), span, place, window, word)
                break


def _days(ageing: Ageing) -> int:
    days = ageing.expire if ageing.fade is None else ageing.every
    assert days is not None
    return days
