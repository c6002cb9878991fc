"""A table as the declarations that it is made of, each in a form that says the same whatever stands beside it.

Shared tests and sets are written out, labels are left aside, and rules stand for themselves: so two tables can be
compared declaration by declaration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

from runtime.table import OnRule, Table, Trigger, WhenRule

Declared: TypeAlias = tuple[str, ...]
"""A declaration: ("rule", name, score), ("event", name), …"""
_READ = {"label", "lateness", "segments", "outcomes", "sources"}
_LISTED = {"model", "attributes", "events", "sets", "tests", "scores", "tallies", "stages", "triggers", "account"}


def declarations(table: Table) -> set[Declared]:
    """All that a table declares."""
    return {name for name, _ in parts_of(table)}


def parts_of(table: Table) -> Iterator[tuple[Declared, Any]]:
    """All declarations of a table, each in a form that says the same whatever stands beside it."""

    def form(value: Any, leave: tuple[str, ...] = ()) -> Any:
        return _form(value, table, ("label", *leave))

    yield ("model",), table.model
    for name, field in table.attributes.items():
        yield ("attribute", name), form(field)
    for name, event in table.events.items():
        yield ("event", name), form(event)
    for key, score in table.scores.items():
        yield ("score", key), form(score, ("on", "when", "groups", "ready", "bands"))
        rules: list[OnRule | WhenRule] = [*score.on, *score.when]
        for rule in rules:
            yield ("rule", rule.name, key), form(rule)
        for name, group in score.groups.items():
            yield ("group", name, key), form(group)
    for name, tally in table.tallies.items():
        yield ("tally", name), form(tally)
    for stage in table.stages.path:
        yield ("stage", stage), True
    for stage in table.stages.beside:
        yield ("stage", stage), False
    yield from _of_triggers("trigger", table.triggers, form)
    named = [name for name, field in table.attributes.items() if field.type == "account"]
    if table.account is not None and table.account.attribute is not None:
        named = [table.account.attribute]
    yield from ((("account attribute",), name) for name in named)
    if table.account is not None:
        for name, account_score in table.account.scores.items():
            yield ("account score", name), form(account_score)
        yield from _of_triggers("account trigger", table.account.triggers, form)
    for name, segment in table.segments.items():
        yield ("segment", name), form(segment)
    for part in fields(table):
        if part.name not in _READ | _LISTED:
            yield ("table", part.name), form(getattr(table, part.name))


def _of_triggers(kind: str, triggers: tuple[Trigger, ...], form: Any) -> Iterator[tuple[Declared, Any]]:
    for trigger in triggers:
        yield (kind, trigger.name), form(trigger)


def _form(value: Any, table: Table, leave: tuple[str, ...]) -> Any:
    """A part of a table with its shared tests and sets written out."""
    if is_dataclass(value):
        return {
            part.name: _form(getattr(value, part.name), table, leave)
            for part in fields(value)
            if part.name not in leave
        }
    if isinstance(value, Mapping):
        return {key: _form(inner, table, leave) for key, inner in value.items()}
    match value:
        case ("lit" | "list", *_):
            return value
        case ("test", int(at)):
            return _form(table.tests[at], table, leave)
        case ("set", int(at)):
            return ("list", *table.sets[at])
        case tuple():
            return tuple([_form(inner, table, leave) for inner in value])
    return value
