"""A way down whose line lies above that of the way up: who is promoted is sent back at the next look.

Only what follows from the text is told: the trigger down asks for nothing but the stage and a score below a line, and
the trigger up lets leads pass that lie below that line. One that waits for an event and asks for no score lets all
pass, but for those whom that very event lifts above the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.errors import moving
from compiler.exact import Exact, milli, written
from compiler.terms import FLIPPED, parts
from compiler.warnings.facts import Checked, ScoreFacts, TriggerFact, conjuncts
from compiler.warnings.judging import in_stage, judge
from compiler.warnings.walking import leaves
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from runtime.table import Score, Stages, Term, Trigger


@dataclass(frozen=True, slots=True)
class _Way:
    """A trigger that moves leads to `stage`, up if the score `key` is above `line` (None: whatever it is), down if it
    is below; or at it, if `at_line`."""

    fact: TriggerFact
    stage: str
    key: str
    line: Exact
    at_line: bool


def sent_back(model: Checked) -> Iterator[Diagnostic]:
    """At most one finding for each trigger down."""
    stages = model.program.stages
    ups: dict[str, list[_Way]] = {}
    for fact in model.triggers:
        for up in _ups(stages, fact):
            ups.setdefault(up.key, []).append(up)
    blind = [(fact, target) for fact in model.triggers if (target := _asks_no_score(fact)) in stages.path]
    for fact in model.triggers if ups or blind else ():
        down = _down(stages, fact)
        if down is None:
            continue
        undone = next((up for up in ups.get(down.key, ()) if _undoes(stages, down, up)), None)
        if undone is not None:
            yield _finding(model, down, undone)
            continue
        blindly = next((each for each, to in blind if _undoes_blindly(model, down, each, str(to))), None)
        if blindly is not None:
            yield _blind_finding(down, blindly)


def _ups(stages: Stages, fact: TriggerFact) -> Iterator[_Way]:
    """What a trigger that moves leads along the path asks of scores: the highest line of each."""
    target = _target(fact)
    if target is None or target not in stages.path:
        return
    lines: dict[str, tuple[Exact, bool]] = {}
    for each in conjuncts(fact.trigger.when):
        bound = _bound(each)
        if bound is not None and bound[1] in (">", ">=", "="):
            key, sign, line = bound
            known = lines.get(key)
            if known is None or (line, sign == ">") > (known[0], not known[1]):
                lines[key] = line, sign != ">"
    for key, (line, at_line) in lines.items():
        yield _Way(fact, target, key, line, at_line)


def _target(fact: TriggerFact) -> str | None:
    moves = [act[1] for act in fact.trigger.do if act[0] == "move"]
    return moves[-1] if moves else None


def _down(stages: Stages, fact: TriggerFact) -> _Way | None:
    target = _target(fact)
    if target is None or fact.trigger.match is not None or fact.trigger.limits or target not in stages.path:
        return None
    found: _Way | None = None
    for each in conjuncts(fact.trigger.when):
        bound = _bound(each)
        if bound is not None and bound[1] in ("<", "<=") and found is None:
            found = _Way(fact, target, bound[0], bound[2], bound[1] == "<=")
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


def _undoes(stages: Stages, down: _Way, up: _Way) -> bool:
    if not (up.line < down.line or (up.line == down.line and up.at_line and down.at_line)):
        return False
    if up.fact is down.fact or stages.path.index(up.stage) <= stages.path.index(down.stage):
        return False
    return judge(down.fact.trigger.when, in_stage(stages, up.stage, just_entered=True)) is not False


def _asks_no_score(fact: TriggerFact) -> str | None:
    """Where a trigger moves leads at an event, whatever their scores are."""
    when = fact.trigger.when
    if fact.trigger.match is None or (when is not None and any(part[0] == "score" for part in parts(when))):
        return None
    return _target(fact)


def _undoes_blindly(model: Checked, down: _Way, up: TriggerFact, target: str) -> bool:
    stages = model.program.stages
    if stages.path.index(target) <= stages.path.index(down.stage):
        return False
    if judge(down.fact.trigger.when, in_stage(stages, target, just_entered=True)) is False:
        return False
    score = next((each for each in model.scores if each.body is _body(model, down.key)), None)
    return score is not None and not _lifts(score, up.trigger, down)


def _body(model: Checked, key: str) -> Score | None:
    return next((each.body for each in model.program.scores if each.name == key and each.body.value is None), None)


def _lifts(score: ScoreFacts, up: Trigger, down: _Way) -> bool:
    """Whether the trigger, or the event that it waits for, may bring the score to the line by what it gives itself."""
    assert up.match is not None
    if any(act[0] in ("add", "reset") and act[1] == down.key for act in up.do):
        return True
    where = conjuncts(up.match.where)
    given = [fact.rule for fact in score.on if fact.rule.match.on == up.match.on]
    given = [rule for rule in given if conjuncts(rule.match.where) <= where]
    if any(rule.points is None for rule in given):
        return True
    paid = sum(max(rule.points or 0, 0) for rule in given)
    return paid > down.line * 1000 if down.at_line else paid >= down.line * 1000


def _blind_finding(down: _Way, up: TriggerFact) -> Diagnostic:
    assert down.fact.node.when is not None
    moves = [action for action in up.node.actions if isinstance(action, syntax.MoveTo)]
    below = f"{'at most' if down.at_line else 'below'} {written(down.line)}"
    name, other = up.node.name.text, down.fact.node.name.text
    stage = moves[-1].stage.text
    evidence = (
        f"`{name}` asks for no score: one {below} is moved to `{stage}`, and `{other}` moves it back to `{down.stage}`"
    )
    line = f"{down.key} {'>' if down.at_line else '>='} {written(down.line)}"
    span, _ = _line_down(down.fact.node.when, down.line, down.line)
    return moving.sent_back_at_once(name, other, evidence, span, moves[-1].span, line, blind=stage)


def _finding(model: Checked, down: _Way, up: _Way) -> Diagnostic:
    line = up.line
    assert down.fact.node.when is not None
    moves = [action for action in up.fact.node.actions if isinstance(action, syntax.MoveTo)]
    span, fixes = _line_down(down.fact.node.when, down.line, line)
    at = "at" if up.at_line else "just above"
    away = "not above" if line == down.line else "below"
    evidence = (
        f"{at} {written(line)} `{up.fact.node.name.text}` moves a lead to `{moves[-1].stage.text}`, and "
        f"`{down.fact.node.name.text}` back to `{down.stage}`: {written(line)} is {away} {written(down.line)}"
    )
    names = up.fact.node.name.text, down.fact.node.name.text
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
