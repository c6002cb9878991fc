"""What a model knows of leads and events, the lists that it uses, and who looks at what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cli.pages import page, sentences
from cli.pages.phrases import literal, plain
from cli.pages.source import anchor, place
from cli.pages.words import Words
from compiler.compile import Compilation
from compiler.program import Program
from runtime.table import Field
from runtime.values import fold


def set_names(compilation: Compilation) -> Mapping[frozenset[Any], str]:
    """Named sets by what they hold, as it is written and as comparisons have it that ignore case."""
    assert compilation.context is not None
    found: dict[frozenset[Any], str] = {}
    for name, (values, _) in compilation.context.set_values.items():
        found.setdefault(frozenset(values), name)
        found.setdefault(frozenset(fold(each) if isinstance(each, str) else each for each in values), name)
    return found


def lists(compilation: Compilation) -> Iterator[page.Listed]:
    """The named sets with their entries, in the order written."""
    assert compilation.context is not None
    nodes = compilation.context.names.sets
    for name, (values, _) in compilation.context.set_values.items():
        entries = tuple(each if isinstance(each, str) else literal(each, None) for each in values)
        source = nodes[name].path
        file = "" if source is None else f", from {source.value}"
        yield page.Listed(anchor("list", name), name, entries, place(compilation, nodes[name].name) + file)


def attributes(program: Program) -> Iterator[page.Named]:
    for name, field in program.attributes.items():
        yield _field("attribute", name, field)


def _field(kind: str, name: str, field: Field, *within: str) -> page.Named:
    said = [sentences.kind(field)]
    said += ["always there"] * field.required
    said += ["set by triggers"] * field.computed
    said += [f"called {field.spelling} in events"] * (field.spelling != name)
    return page.Named(anchor(kind, *within, name), name, None, ", ".join(said))


def events(words: Words, known: tuple[page.Score, ...], triggers: tuple[page.Trigger, ...]) -> Iterator[page.Event]:
    used = _users(words.program, known, triggers)
    for name, event in words.program.events.items():
        yield page.Event(
            anchor("event", name),
            name,
            event.spelling if event.spelling != name else None,
            sentences.activity(event),
            tuple(_field("property", each, field, name) for each, field in event.properties.items()),
            tuple(used.get(name, ())),
        )


def _users(
    program: Program, known: tuple[page.Score, ...], triggers: tuple[page.Trigger, ...]
) -> dict[str, list[tuple[str, str]]]:
    """By type of event the rules, tallies and triggers that look at it. Rules of several scores that are called alike
    are told with their score."""
    found: dict[str, list[tuple[str, str]]] = {}
    shown = {rule.anchor: rule for score in known for rule in _rules(score)}
    scores_of = Counter(called for score in known for called in {_called(rule) for rule in _rules(score)})
    for scored in program.scores:
        for rule in scored.body.on:
            target = anchor("rule", scored.name, rule.name)
            called = _called(shown[target])
            if scores_of[called] > 1:
                label, score = shown[target].label, scored.body.label or plain(scored.name)
                called = f"{label} ({score})" if label else f"{scored.name}.{rule.name}"
            found.setdefault(rule.match.on, []).append((called, target))
    for name, tally in program.tallies.items():
        found.setdefault(tally.match.on, []).append((tally.label or plain(name), anchor("tally", name)))
    for trigger, each in zip(program.triggers, triggers, strict=True):
        if trigger.match is not None:
            found.setdefault(trigger.match.on, []).append((trigger.label or plain(trigger.name), each.anchor))
    return found


def _rules(score: page.Score) -> Iterator[page.Rule]:
    return (rule for block in score.blocks for rule in block.rules)


def _called(rule: page.Rule) -> str:
    return rule.label or plain(rule.name)
