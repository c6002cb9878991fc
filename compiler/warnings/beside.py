"""`stage < X` where a stage stands beside the path: that is ordered after none, so its leads never come back.

A stage that a trigger names in its condition has been thought of, and so has one that a condition on the stage lets in
on its way back. One that no trigger moves leads to has no leads.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.errors import moving
from compiler.terms import parts
from compiler.warnings.facts import Checked, TriggerFact
from compiler.warnings.judging import in_stage, judge
from compiler.warnings.walking import Leaf, leaves
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.spelling import name_or_text
from dsl.syntax import Span


def never_back(model: Checked) -> Iterator[Diagnostic]:
    """At most one finding: at the trigger that looks at a score, if there is one, or else the first that moves."""
    stages = model.ctx.names.stages
    if stages is None:
        return
    named = {part[2] if part[0] == "stage" else part[1] for part in _stage_parts(model)}
    entered = _entered(model)
    lost = [name.text for name in stages.beside if name.text in entered and name.text not in named]
    lost = [name for name in lost if not _is_let_back(model, name)]
    guards = [(fact, leaf) for fact in model.triggers if _moves(fact) for leaf in _below(model, fact)]
    if not lost or not guards:
        return
    fact, leaf = next((pair for pair in guards if _looks_at_score(pair[0])), guards[0])
    declared = next(name.span for name in stages.beside if name.text == lost[0])
    written = [name_or_text(name) for name in lost]
    condition = _written(leaf.node)
    yield moving.never_come_back(
        condition, written, fact.node.name.text, leaf.node.span, declared, entered[lost[0]], _fixes(leaf, written)
    )


def _stage_parts(model: Checked) -> Iterator[tuple[str, ...]]:
    for fact in model.triggers:
        if fact.trigger.when is not None:
            for part in parts(fact.trigger.when):
                if part[0] == "stagefor" or (part[0] == "stage" and part[1] in ("=", "!=")):
                    yield part


def _entered(model: Checked) -> dict[str, tuple[Span, str]]:
    """The stages that triggers move leads to, each with the first move there and its trigger."""
    found: dict[str, tuple[Span, str]] = {}
    for fact in model.triggers:
        for action in fact.node.actions:
            if isinstance(action, syntax.MoveTo):
                found.setdefault(action.stage.text, (action.span, fact.node.name.text))
    return found


def _is_let_back(model: Checked, stage: str) -> bool:
    """Whether a condition that asks for the stage holds in this one too, and moves leads to the path."""
    stages = model.program.stages
    for fact in model.triggers:
        when = fact.trigger.when
        if when is None or not any(act[0] == "move" and act[1] in stages.path for act in fact.trigger.do):
            continue
        if any(part[0] == "stage" for part in parts(when)) and judge(when, in_stage(stages, stage)) is not False:
            return True
    return False


def _moves(fact: TriggerFact) -> bool:
    return any(act[0] == "move" for act in fact.trigger.do)


def _looks_at_score(fact: TriggerFact) -> bool:
    return fact.trigger.when is not None and any(part[0] == "score" for part in parts(fact.trigger.when))


def _below(model: Checked, fact: TriggerFact) -> Iterator[Leaf]:
    """Its comparisons `stage < X` and `stage <= X`."""
    if fact.node.when is None:
        return
    for leaf in leaves(fact.node.when):
        node = leaf.node
        if not isinstance(node, syntax.Compare) or node.op not in ("<", "<=") or leaf.inside_not:
            continue
        if node.left == syntax.Ref("stage") and "stage" not in model.ctx.names.shared:
            yield leaf


def _written(node: syntax.Expr) -> str:
    assert isinstance(node, syntax.Compare)
    match node.right:
        case syntax.Ref(name=name) | syntax.Text(value=name):
            return f"stage {node.op} {name_or_text(name)}"
        case _:
            return f"stage {node.op} …"


def _fixes(leaf: Leaf, names: list[str]) -> tuple[Fix, ...]:
    span = leaf.node.span
    start, end = Span(span.file, span.start, span.start), Span(span.file, span.end, span.end)
    one = len(names) == 1
    back = f"stage = {names[0]}" if one else f"stage in [{', '.join(names)}]"
    apart = f"stage != {names[0]}" if one else f"stage not in [{', '.join(names)}]"
    return (
        Fix(f"add `or {back}`", (Edit(start, "("), Edit(end, f" or {back})"))),
        Fix(f"add `and {apart}`", (Edit(end, f" and {apart}"),)),
    )
