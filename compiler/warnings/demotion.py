"""A way down whose line lies above that of the way up: who is promoted is sent back at the next look.

Only what follows from the text is told: the trigger down asks for nothing but the stage and a score below a line, and
the trigger up lets leads pass that lie below that line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.errors import moving
from compiler.exact import Exact, milli, written
from compiler.terms import FLIPPED, parts
from compiler.warnings.facts import Checked, TriggerFact, conjuncts
from compiler.warnings.judging import in_stage, judge
from compiler.warnings.walking import leaves
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from runtime.table import Stages, Term


@dataclass(frozen=True, slots=True)
class _Down:
    """A trigger that moves leads down: those whose score `key` is below `line` (or at it, if `at_line`)."""

    fact: TriggerFact
    stage: str
    key: str
    line: Exact
    at_line: bool


def sent_back(model: Checked) -> Iterator[Diagnostic]:
    """At most one finding for each trigger down."""
    stages = model.program.stages
    ups = [(fact, stage) for fact in model.triggers if (stage := _target(fact)) is not None and stage in stages.path]
    for fact in model.triggers:
        down = _down(stages, fact)
        if down is None:
            continue
        for up, stage in ups:
            if _undone(stages, down, up, stage):
                yield _finding(model, down, up)
                break


def _target(fact: TriggerFact) -> str | None:
    moves = [act[1] for act in fact.trigger.do if act[0] == "move"]
    return moves[-1] if moves else None


def _down(stages: Stages, fact: TriggerFact) -> _Down | None:
    target = _target(fact)
    if target is None or fact.trigger.match is not None or fact.trigger.limits or target not in stages.path:
        return None
    found: _Down | None = None
    for each in conjuncts(fact.trigger.when):
        bound = _bound(each)
        if bound is not None and bound[1] in ("<", "<=") and found is None:
            found = _Down(fact, target, bound[0], bound[2], bound[1] == "<=")
        elif any(part[0] not in ("stage", "not", "and", "or") for part in parts(each)):
            return None
    return found


def _bound(term: Term) -> tuple[str, str, Exact] | None:
    """``score op number``, the score first."""
    match term:
        case (op, ("score", key), ("lit", line)) if op in FLIPPED:
            return key, op, line
        case (op, ("lit", line), ("score", key)) if op in FLIPPED:
            return key, FLIPPED[op], line
        case _:
            return None


def _undone(stages: Stages, down: _Down, up: TriggerFact, stage: str) -> bool:
    if up is down.fact or stages.path.index(stage) <= stages.path.index(down.stage):
        return False
    if judge(down.fact.trigger.when, in_stage(stages, stage, just_entered=True)) is False:
        return False
    if up.trigger.match is not None and not any(part[0] == "score" for part in parts(up.trigger.when or ("true",))):
        return False  # sales or an event has moved the lead: that is no automatic promotion
    line = _lowest(up, down.key)
    return line is not None and (line < down.line or (line == down.line and down.at_line))


def _lowest(up: TriggerFact, key: str) -> Exact | None:
    """The least score at which the way up is taken, None if it does not ask for that score."""
    lines = [
        bound[2]
        for each in conjuncts(up.trigger.when)
        if (bound := _bound(each)) is not None and bound[0] == key and bound[1] in (">", ">=", "=")
    ]
    return max(lines, default=None)


def _finding(model: Checked, down: _Down, up: TriggerFact) -> Diagnostic:
    line = _lowest(up, down.key)
    assert line is not None
    assert down.fact.node.when is not None
    moves = [action for action in up.node.actions if isinstance(action, syntax.MoveTo)]
    span, fixes = _line_down(down.fact.node.when, down.line, line)
    away = "not above" if line == down.line else "below"
    evidence = (
        f"at {down.key} = {written(line)} `{up.node.name.text}` moves a lead to `{moves[-1].stage.text}`, and "
        f"`{down.fact.node.name.text}` back to `{down.stage}`: {written(line)} is {away} {written(down.line)}"
    )
    names = up.node.name.text, down.fact.node.name.text
    return moving.sent_back_at_once(*names, evidence, span, moves[-1].span, f"{down.key} < {written(line)}", fixes)


def _line_down(when: syntax.Expr, line: Exact, better: Exact) -> tuple[syntax.Span, tuple[Fix, ...]]:
    """Where the line of the way down is written, and the fix if it is a number."""
    for leaf in leaves(when):
        node = leaf.node
        if not isinstance(node, syntax.Compare) or not isinstance(node.right, syntax.Number):
            continue
        if node.op in ("<", "<=") and milli(node.right.value) == milli(line):
            return node.span, (Fix(f"write `< {written(better)}`", (Edit(_right(node), f" < {written(better)}"),)),)
    return when.span, ()


def _right(node: syntax.Compare) -> syntax.Span:
    """From the operator to the end of the comparison, less the space before it."""
    start = node.left.span.end
    return syntax.Span(node.span.file, start, node.span.end)
