"""Computed fields that never get a value, and stages and tags that no trigger brings about.

A field can get a value if some trigger sets it to something that can have one. The least set of such fields is found by
going on until nothing is added; a field outside of it that is set is set from itself, directly or in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.errors import asking, moving
from compiler.terms import parts
from compiler.warnings.facts import Checked, TriggerFact, field_of, shown
from dsl import syntax
from dsl.diagnostics import Diagnostic
from runtime.table import Term


def starts_missing(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each computed field that is set and stays missing, at the first `set`."""
    filled = _filled(model)
    told: set[str] = set()
    for fact, action, name, _ in _settings(model):
        if name not in filled and name not in told:
            told.add(name)
            written = " ".join(model.ctx.loaded.files[action.span.file].read(action.value.span).split())
            declared = model.ctx.names.attributes[name]
            begin = f"trigger begin_{name} {{ when {name} is missing  set {name} = {_first(declared)} }}"
            del fact
            yield moving.starts_missing(name, written, action.span, declared.span, begin)


def _settings(model: Checked) -> Iterator[tuple[TriggerFact, syntax.SetField, str, Term]]:
    for fact in model.triggers:
        for action, act in zip(fact.node.actions, fact.trigger.do, strict=True):
            if isinstance(action, syntax.SetField):
                yield fact, action, act[1], act[2]


def _filled(model: Checked) -> set[str]:
    """The attributes that can have a value."""
    attributes = model.program.attributes
    filled = {name for name, known in attributes.items() if not known.computed}
    waiting = [(name, {part[1] for part in parts(term) if part[0] == "attr"}) for _, _, name, term in _settings(model)]
    while True:
        ready = {name for name, needed in waiting if needed <= filled} - filled
        if not ready:
            return filled
        filled |= ready


def _first(field: syntax.Field) -> str:
    kind = field.type.kind
    if kind in ("integer", "number"):
        low = field.type.low
        return "0" if low is None or low <= 0 else format(low, "f")
    if kind == "one of":
        return f'"{field.type.options[0].value}"'
    return {"percent": "0%", "boolean": "false", "date": "2026-01-01", "instant": "time"}.get(kind, '"…"')


# --- what nothing brings about --------------------------------------------------------------------------------------


def never_brought_about(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each condition on a stage, tag or computed field that no trigger sets."""
    reached = _reached(model)
    tags = {act[1] for act in _acts(model) if act[0] == "tag"}
    account = model.program.account
    tags |= {act[1] for trigger in (account.triggers if account else ()) for act in trigger.do if act[0] == "tag"}
    set_fields = {act[1] for act in _acts(model) if act[0] == "set"}
    for place in model.places:
        node = place.node
        if isinstance(node, syntax.HasTag):
            if node.tag.value not in tags:
                advice = f'add `tag "{node.tag.value}"` to a trigger'
                what = f"the tag `{node.tag.value}`"
                yield asking.nothing_brings_it_about(what, "gives a lead", node.span, None, advice)
            continue
        yield from _stage(model, node, reached)
        if place.event is None:
            yield from _field(model, node, set_fields)


def _acts(model: Checked) -> Iterator[Term]:
    return (act for fact in model.triggers for act in fact.trigger.do)


def _reached(model: Checked) -> set[str]:
    path = model.program.stages.path
    return {act[1] for act in _acts(model) if act[0] == "move"} | set(path[:1])


def _stage(model: Checked, node: syntax.Expr, reached: set[str]) -> Iterator[Diagnostic]:
    """`stage = X` and its kin; lines on the path, `stage < X`, may stand for stages that come later."""
    name: syntax.Expr | syntax.Name
    match node:
        case syntax.StageFor(stage=name):
            text = name.text
        case syntax.Compare(
            op="=", left=syntax.Ref(name="stage"), right=syntax.Ref(name=text) | syntax.Text(value=text)
        ):
            name = node.right
        case _:
            return
    declared = model.ctx.names.stage_names.get(text)
    if declared is not None and text not in reached and "stage" not in model.ctx.names.shared:
        advice = f"write a trigger with `move to {text}`"
        yield asking.nothing_brings_it_about(f"to `{text}`", "moves a lead", name.span, declared, advice)


def _field(model: Checked, node: syntax.Expr, set_fields: set[str]) -> Iterator[Diagnostic]:
    match node:
        case syntax.Compare(left=field):
            pass
        case syntax.TextTest() | syntax.In() | syntax.Between() | syntax.DateWindow() | syntax.Presence():
            field = node.operand
        case _:
            field = node
    found = field_of(model.ctx, None, field)
    if found is None or found.term[0] != "attr":
        return
    declared = model.ctx.names.attributes[found.term[1]]
    if declared.computed and found.term[1] not in set_fields:
        advice = f"write `set {found.term[1]} = …` in a trigger, or declare it without `computed`"
        yield asking.nothing_brings_it_about(f"`{shown(field)}`", "sets", field.span, declared.span, advice)
