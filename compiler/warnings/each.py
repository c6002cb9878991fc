"""`for each` with a property that may be missing: all its missing values are one.

A condition that can't hold without the property, and points that need it, leave such events out anyhow.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.errors import paying
from compiler.terms import parts
from compiler.warnings.facts import Checked, OnFact
from compiler.warnings.judging import judge, without
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span


def missing_is_one(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each `for each` of a rule or a group, and event."""
    for score in model.scores:
        seen: set[tuple[int, str]] = set()
        for fact in score.on:
            own = len(fact.node.limits)
            for at, limit in enumerate(fact.limits()):
                name = None if isinstance(limit, syntax.PointsLimit) else limit.each
                if name is None or (at >= own and not _is_counted(fact)) or not _may_be_missing(fact, name.text):
                    continue
                key = (name.span.start, fact.event.node.name.text)
                if key not in seen:
                    seen.add(key)
                    yield _finding(model, fact, name, isinstance(limit, syntax.Best), at < own)


def _is_counted(fact: OnFact) -> bool:
    """Whether the limits of a group count the rule: those that take are not counted."""
    return fact.rule.points is None or fact.rule.points > 0


def _may_be_missing(fact: OnFact, name: str) -> bool:
    if fact.event.properties[name].required:
        return False
    this = ("prop", name)
    if judge(fact.rule.match.where, without(this)) is False:
        return False
    return fact.rule.value is None or not any(part == this for part in parts(fact.rule.value))


def _finding(model: Checked, fact: OnFact, name: syntax.Name, best: bool, own: bool) -> Diagnostic:
    """`own` says that it is a limit of this rule alone, which a change of its condition mends."""
    assert fact.node.on is not None
    scope = "event." if name.text in model.ctx.names.shared else ""
    where, present = fact.where, f"{scope}{name.text} is present"
    fixes: tuple[Fix, ...] = ()
    if not own:
        pass
    elif where is None:
        end = fact.node.on.event.span.end
        fixes = (Fix(f"add `where {present}`", (Edit(Span(name.span.file, end, end), f" where {present}"),)),)
    elif not isinstance(where, syntax.Or):
        end = where.span.end
        fixes = (Fix(f"add `and {present}`", (Edit(Span(name.span.file, end, end), f" and {present}"),)),)
    turn = "is paid what is above the best of all those" if best else "finds the turn of all those used up"
    event = fact.event
    declared = event.properties[name.text].span
    return paying.missing_values_are_one(name.text, event.node.name.text, name.span, declared, turn, present, fixes)
