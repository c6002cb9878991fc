"""Rules that add nothing, that say the same twice, and branches behind a condition that has been asked already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.errors import paying
from compiler.warnings.facts import Checked, OnFact, ScoreFacts, WhenFact, pts
from dsl.diagnostics import Diagnostic


def adds_nothing(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each rule that never changes anything; a branch of 0 before others keeps leads from those."""
    for score in model.scores:
        for on in score.on:
            if on.rule.points == 0:
                word = "subtract" if on.branch.subtract else "add"
                yield paying.adds_nothing(on.rule.name, word, on.branch.points.span)
        for when in score.when:
            if all(branch.points == 0 for branch in when.rule.branches):
                word = "subtract" if when.node.branches[0].subtract else "add"
                yield paying.adds_nothing(when.rule.name, word, when.node.branches[0].points.span)


def said_twice(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each rule that repeats one above it in the same score."""
    for score in model.scores:
        yield from _on_rules(score)
        yield from _when_rules(score)


def _on_rules(score: ScoreFacts) -> Iterator[Diagnostic]:
    seen: dict[Any, OnFact] = {}
    for fact in score.on:
        rule = fact.rule
        key = (rule.match, rule.when, rule.repeated, rule.points, rule.value, rule.best, rule.limits, rule.group)
        first = seen.setdefault(key, fact)
        if first is not fact and rule.points != 0:
            gain = "the points twice" if rule.points is None else f"{pts(2 * rule.points)} for one event"
            place = fact.node.on.span if fact.node.on else fact.node.span
            before = first.node.on.span if first.node.on else first.node.span
            yield paying.same_rule(rule.name, place, first.rule.name, before, f"at one `{rule.match.on}`", gain)


def _when_rules(score: ScoreFacts) -> Iterator[Diagnostic]:
    seen: dict[Any, WhenFact] = {}
    for fact in score.when:
        node, (first_branch, *more) = fact.node, fact.rule.branches
        if not more:
            first = seen.setdefault(first_branch.when, fact)
            given, before = first_branch.points, first.rule.branches[0].points
            if first is not fact and given and before:
                span, other = node.branches[0].when, first.node.branches[0].when
                if span is not None and other is not None:
                    gain = f"{pts(given + before)}"
                    yield paying.same_rule(fact.rule.name, span.span, first.rule.name, other.span, "of one lead", gain)
        asked: dict[Any, int] = {}
        for at, branch in enumerate(fact.rule.branches):
            earlier = asked.setdefault(branch.when, at)
            one, two = node.branches[at].when, node.branches[earlier].when
            if earlier != at and one is not None and two is not None:
                yield paying.never_reached(one.span, two.span)
