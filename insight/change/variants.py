"""The new table with one declaration as it was before: how one finds out what that change alone has done.

Two tables share nothing, not even how they number their sets and tests; so what is taken from the old one brings its
own along, behind those of the new. A declaration that names what the new table no longer has can't be put back by
itself; then there is no variant, and nothing is claimed about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from runtime.needs import Difference, differences
from runtime.plan import Plan
from runtime.record import Record
from runtime.table import Group, Match, OnRule, Score, Table, Term, WhenRule
from runtime.terms import mentioned
from runtime.timing import spread

_BROKEN = (LookupError, TypeError, ValueError, AttributeError, AssertionError)
_TOLD = ("rule", "group", "score", "tally", "trigger")


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration that differs: ("rule", name, score), ("ready", score), … as `runtime.declared` names them;
    `change` is "added", "changed" or "gone". `undone` is the new table without the change, None if there is none."""

    declared: tuple[str, ...]
    change: str
    undone: Table | None = None


def changes(old: Table, new: Table) -> list[Change]:
    """How two tables differ in what decides about scores and triggers, in the order of declarations."""
    found = [_change(old, new, each) for each in differences(old, new)]
    for key in sorted(old.scores.keys() & new.scores.keys()):
        if old.scores[key].ready != new.scores[key].ready:
            ready = replace(new.scores[key], ready=old.scores[key].ready)
            found.append(Change(("ready", key), "changed", replace(new, scores={**new.scores, key: ready})))
        if old.scores[key].bands != new.scores[key].bands:
            found.append(Change(("bands", key), "changed"))
    return found


def _change(old: Table, new: Table, each: Difference) -> Change:
    if each.declared[0] not in _TOLD:
        return Change(each.declared, each.change)
    try:
        undone = _undone(old, new, each.declared)
        if undone is not None and not (_sound(undone) and _usable(undone)):
            undone = None
    except _BROKEN:
        undone = None
    return Change(each.declared, each.change, undone)


def _undone(old: Table, new: Table, declared: tuple[str, ...]) -> Table | None:
    brought = _brought(old, new)
    match declared:
        case ("rule" | "group", name, key) if key in old.scores and key in new.scores:
            score = _with(brought.scores[key], new.scores[key], declared[0], name)
            return _beside(new, brought, scores={**new.scores, key: score})
        case ("score", key) if key in old.scores and key in new.scores:
            was = brought.scores[key]
            score = replace(
                new.scores[key], low=was.low, high=was.high, degrade=was.degrade, ageing=was.ageing, value=was.value
            )
            return _beside(new, brought, scores={**new.scores, key: score})
        case ("tally", name):
            tallies = {own: tally for own, tally in new.tallies.items() if own != name}
            if name in brought.tallies:
                tallies[name] = brought.tallies[name]
            return _beside(new, brought, tallies=tallies)
        case ("trigger", name):
            return _beside(new, brought, triggers=_as_before(brought.triggers, new.triggers, name))
    return None


def _with(was: Score, score: Score, kind: str, name: str) -> Score:
    """A score with one rule or group of it as it was."""
    groups: Mapping[str, Group] = score.groups
    if kind == "group":
        kept = {own: group for own, group in groups.items() if own != name}
        return replace(score, groups={**kept, **({name: was.groups[name]} if name in was.groups else {})})
    on, when = _as_before(was.on, score.on, name), _as_before(was.when, score.when, name)
    rules: list[OnRule | WhenRule] = [*on, *when]
    missing = {rule.group for rule in rules if rule.group is not None and rule.group not in groups}
    return replace(score, on=on, when=when, groups={**groups, **{own: was.groups[own] for own in sorted(missing)}})


def _as_before(was: Sequence[Any], now: Sequence[Any], name: str) -> tuple[Any, ...]:
    """What has a name as it was: taken out, put in its place, or put back behind its nearest neighbour that is left."""
    before = [each for each in was if each.name == name]
    names = [each.name for each in now]
    if not before or name in names:
        return tuple([own for each in now for own in (before if each.name == name else [each])])
    ahead = [each.name for each in was[: was.index(before[0])] if each.name in names]
    place = names.index(ahead[-1]) + 1 if ahead else 0
    return (*now[:place], *before, *now[place:])


# --- what is brought along --------------------------------------------------------------------------------------------


def _beside(new: Table, brought: Table, **parts: Any) -> Table:
    """The new table with other parts, and with the sets and tests of the old one behind its own."""
    return replace(new, sets=(*new.sets, *brought.sets), tests=(*new.tests, *brought.tests), **parts)


def _brought(old: Table, new: Table) -> Table:
    """The old table, its sets and tests numbered as they will be behind those of the new one."""
    found: Table = _moved(old, len(new.sets), len(new.tests))
    return found


def _moved(value: Any, sets: int, tests: int) -> Any:
    if isinstance(value, Record):
        return type(value)(**{part: _moved(getattr(value, part), sets, tests) for part in value.__struct_fields__})
    if isinstance(value, Mapping):
        return {name: _moved(inner, sets, tests) for name, inner in value.items()}
    match value:
        case ("lit" | "list", *_):
            return value
        case ("set", int(at)):
            return ("set", at + sets)
        case ("test", int(at)):
            return ("test", at + tests)
        case tuple():
            return tuple([_moved(inner, sets, tests) for inner in value])
    return value


def _usable(table: Table) -> bool:
    """Whether a table can be made ready for folding. Raises one of `_BROKEN` if not."""
    plan = Plan(table)
    for event in plan.events.values():
        _ = event.find
    return True


def _sound(table: Table) -> bool:
    """Whether all that a table's rules and triggers name is declared in it."""
    for on, term in _terms(table):
        whole = spread(term, table.tests)
        if not {name for _, name in mentioned(whole, "attr")} <= table.attributes.keys():
            return False
        if not {name for _, name in mentioned(whole, "tally")} <= table.tallies.keys():
            return False
        if not {name for _, name in mentioned(whole, "score")} <= table.scores.keys():
            return False
        properties = table.events[on].properties.keys() if on is not None else set()
        if on is not None and not {name for _, name in mentioned(whole, "prop")} <= properties:
            return False
    stages = {*table.stages.path, *table.stages.beside}
    moves = {action[1] for trigger in table.triggers for action in trigger.do if action[0] == "move"}
    return moves <= stages


def _terms(table: Table) -> Iterator[tuple[str | None, Term]]:
    """Every term, with the type of event whose properties it may name."""
    for score in table.scores.values():
        for rule in score.on:
            yield from _of(rule.match, rule.when, rule.value)
        for profile in score.when:
            for branch in profile.branches:
                yield from _of(None, branch.when, branch.value)
        yield from _of(None, score.value)
    for tally in table.tallies.values():
        yield from _of(tally.match)
    for trigger in table.triggers:
        values = [action[2] for action in trigger.do if action[0] == "set"]
        yield from _of(trigger.match, trigger.when, *values)


def _of(match: Match | None, *terms: Term | None) -> Iterator[tuple[str | None, Term]]:
    given = list(terms)
    if match is not None:
        given += [match.where, match.rest, *[term for row in match.rows or () for term in row]]
    yield from ((None if match is None else match.on, term) for term in given if term is not None)
