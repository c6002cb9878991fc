"""An event that earns nothing and is not `passive`: a mail that is sent every week keeps a lead from cooling.

It matters only where silence is asked for: a score that degrades without activity, or `idle for` in a condition. An
event earns something if a rule adds for it, a trigger that it fires adds, or a tally that a rule looks at counts it.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.errors import paying
from compiler.terms import parts
from compiler.warnings.facts import Checked, TriggerFact, length
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span


def keeps_warm(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each such event."""
    silence = _silence(model)
    if silence is None:
        return
    span, what, evidence = silence
    earning = _earning(model)
    for name, event in model.ctx.names.events.items():
        if not event.node.passive and name not in earning:
            spelling = event.node.spelling
            at = Span(event.node.span.file, event.node.name.span.end, event.node.name.span.end)
            better = f"event {name} passive" + (f' as "{spelling.value}"' if spelling else "") + " { … }"
            fix = Fix("make it `passive`", (Edit(at, " passive"),))
            told = evidence.format(event=name)
            yield paying.activity_without_points(name, event.node.name.span, span, what, told, better, (fix,))


def _silence(model: Checked) -> tuple[Span, str, str] | None:
    """Where silence is asked for first: the place, what is measured there, and what an event does to it."""
    for score in model.scores:
        degrade, node = score.body.degrade, score.members.get(syntax.Degrade)
        if degrade is not None and degrade.without == "activity" and isinstance(node, syntax.Degrade):
            after = length(node.after, degrade.after)
            span = node.after.span if node.after else node.span
            told = f"with one `{{event}}` in every {after}, `{score.name}` never degrades"
            return span, f"`{score.name}` measures silence here", told
    for place in model.places:
        if isinstance(place.node, syntax.IdleFor):
            told = "after each `{event}` a lead is idle for no time at all"
            return place.node.span, "silence is measured here", told
    return None


def _earning(model: Checked) -> set[str]:
    """The events that points are added for, by any way."""
    found = set()
    counted: set[str] = set()
    for score in model.scores:
        for on in score.on:
            if on.rule.points is None or on.rule.points > 0:
                found.add(on.rule.match.on)
            counted |= _tallies(on.rule.when)
        for when in score.when:
            for branch in when.rule.branches:
                counted |= _tallies(branch.when) | _tallies(branch.value)
    for fact in model.triggers:
        counted |= _tallies(fact.trigger.when)
        if fact.trigger.match is not None and _adds(fact):
            found.add(fact.trigger.match.on)
    return found | {model.program.tallies[name].match.on for name in counted}


def _tallies(term: tuple[object, ...] | None) -> set[str]:
    return set() if term is None else {str(part[1]) for part in parts(term) if part[0] == "tally"}


def _adds(fact: TriggerFact) -> bool:
    return any(act[0] == "add" and act[2] > 0 for act in fact.trigger.do)
