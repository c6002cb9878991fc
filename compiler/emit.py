"""From the last program to the rule table, in canonical form: the same bytes for the same meaning.

Shared sets and tests are put in the order of their content, and those that nothing uses are left out; terms, which the
pass `arrange` left in canonical form, are brought to it again with the places that these then have; limits are put in
order, each once: all of them hold, so their order means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from compiler.canonical import canonical, sort_key
from compiler.program import Program, in_program
from compiler.terms import parts, rewrite
from runtime.table import Group, Limit, Match, OnRule, Score, Table, Term, Trigger


def emit(program: Program) -> Table:
    """The table of a program without families."""
    program = _ordered(program, "set")
    program = _ordered(replace(program, tests=tuple(canonical(term) for term in program.tests)), "test")
    if program.sets or program.tests:
        program = in_program(program, canonical)
    return Table(
        model=program.model,
        lateness=program.lateness,
        label=program.label,
        attributes=program.attributes,
        events=program.events,
        sets=program.sets,
        tests=program.tests,
        scores={each.name: _score(each.body) for each in program.scores},
        tallies={name: replace(each, match=_match(each.match)) for name, each in program.tallies.items()},
        stages=program.stages,
        triggers=tuple(_trigger(each) for each in program.triggers),
        account=program.account
        and replace(program.account, triggers=tuple(_trigger(each) for each in program.account.triggers)),
        segments=program.segments,
        outcomes=program.outcomes,
        sources=program.sources,
    )


def _limits(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    def key(limit: Limit) -> str:
        return sort_key([limit.times, limit.points, limit.per, limit.each])

    return tuple(sorted(dict.fromkeys(limits), key=key))


def _match(match: Match) -> Match:
    if match.rows is None:
        return match
    rows = {tuple(sorted(dict.fromkeys(row), key=sort_key)): None for row in match.rows}
    return replace(match, rows=tuple(sorted(rows, key=sort_key)))


def _on_rule(rule: OnRule) -> OnRule:
    return replace(rule, match=_match(rule.match), limits=_limits(rule.limits))


def _group(group: Group) -> Group:
    return replace(group, limits=_limits(group.limits))


def _score(score: Score) -> Score:
    return replace(
        score,
        on=tuple(_on_rule(rule) for rule in score.on),
        groups={name: _group(group) for name, group in score.groups.items()},
    )


def _trigger(trigger: Trigger) -> Trigger:
    return replace(trigger, match=trigger.match and _match(trigger.match), limits=_limits(trigger.limits))


# --- shared sets and tests ------------------------------------------------------------------------------------------


def _ordered(program: Program, operator: str) -> Program:
    """The entries that ``set`` (or ``test``) terms point at: those in use, each once, in the order of their content."""
    entries: tuple[Any, ...] = program.sets if operator == "set" else program.tests
    if not entries:
        return program
    used: set[int] = set()

    def gather(term: Term) -> Term:
        used.update(part[1] for part in parts(term) if part[0] == operator)
        return term

    in_program(program, gather)
    if operator == "set":
        for test in program.tests:
            gather(test)
    keys = {at: sort_key(entries[at]) for at in used}
    kept = sorted({key: entries[at] for at, key in keys.items()}.items(), key=lambda item: item[0])
    places = {key: at for at, (key, _) in enumerate(kept)}
    change = _renumber(operator, {at: places[key] for at, key in keys.items()})
    program = in_program(program, change)
    ordered = tuple(entry for _, entry in kept)
    if operator == "set":
        return replace(program, sets=ordered, tests=tuple(change(term) for term in program.tests))
    return replace(program, tests=ordered)


def _renumber(operator: str, places: dict[int, int]) -> Callable[[Term], Term]:
    def settle(part: Term) -> Term:
        return (operator, places[part[1]]) if part[0] == operator else part

    return lambda term: rewrite(term, settle)
