"""Removes rules and branches that can never give points.

What goes: rules with a condition that is never true, rules and branches of 0 points, branches after one that always
holds, groups without rules. What stays: anything with a condition that turns with time, because the runtime looks at
its turns, and all triggers and tallies, because they are shown.
"""

from __future__ import annotations

from dataclasses import replace

from compiler.program import Program
from compiler.terms import FALSE, TRUE, is_timed
from runtime.table import Branch, OnRule, Score, WhenRule


def dead(program: Program) -> Program:
    """The program without rules that can't give points."""
    return replace(program, scores=tuple(replace(each, body=_score(each.body)) for each in program.scores))


def _score(score: Score) -> Score:
    on = tuple(rule for rule in score.on if not _is_dead(rule))
    when = tuple(rule for rule in map(_shorter, score.when) if not _gives_nothing(rule))
    used = {rule.group for rule in on} | {rule.group for rule in when}
    groups = {name: group for name, group in score.groups.items() if name in used}
    return replace(score, on=on, when=when, groups=groups)


def _is_dead(rule: OnRule) -> bool:
    if is_timed(rule.when):
        return False
    return FALSE in (rule.match.where, rule.when) or rule.points == 0


def _shorter(rule: WhenRule) -> WhenRule:
    """The rule without branches that are never reached or never hold."""
    kept: list[Branch] = []
    for at, branch in enumerate(rule.branches):
        if branch.when == FALSE:
            continue
        kept.append(branch)
        if branch.when == TRUE and not any(is_timed(each.when) for each in rule.branches[at + 1 :]):
            break
    return replace(rule, branches=tuple(kept))


def _gives_nothing(rule: WhenRule) -> bool:
    return all(branch.points == 0 and not is_timed(branch.when) for branch in rule.branches)
