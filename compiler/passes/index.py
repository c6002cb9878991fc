"""Prepares what events are matched by: conditions on one field at a time.

A runtime that asks each single-field condition once per event, whatever the number of rules, needs the condition of a
rule as rows: alternatives of single-field conditions that must all hold. A condition becomes at most `ROWS` of them;
what looks at several fields at once, or would make more rows, is left as `rest`, to be asked when a row holds.

``not`` is pushed inwards over ``and`` and ``or`` where that splits fields: conditions are true or false, never unknown,
so the laws of de Morgan hold. Triggers keep their conditions as they are: an earlier trigger of the same pass may have
changed an attribute.
"""

from __future__ import annotations

from dataclasses import replace

from compiler.program import Program
from compiler.terms import all_of
from runtime.table import Match, Score, Term

ROWS = 8
"""No match has more rows than this."""


def index(program: Program) -> Program:
    """The program with rows for the matches of `on` rules and tallies."""
    return replace(
        program,
        scores=tuple(replace(each, body=_score(each.body)) for each in program.scores),
        tallies={name: replace(tally, match=indexed(tally.match)) for name, tally in program.tallies.items()},
    )


def _score(score: Score) -> Score:
    return replace(score, on=tuple(replace(rule, match=indexed(rule.match)) for rule in score.on))


def indexed(match: Match) -> Match:
    """The match with rows, if any of its conditions looks at one field only."""
    if match.where is None:
        return match
    where = match.where
    rows: list[tuple[Term, ...]] = [()]
    rest: list[Term] = []
    for condition in where[1:] if where[0] == "and" else (where,):
        ways = alternatives(condition)
        if ways is None or len(rows) * len(ways) > ROWS:
            rest.append(condition)
        else:
            rows = [row + way for row in rows for way in ways]
    if rows == [()]:
        return match
    return Match(match.on, None, tuple(rows), all_of(rest) if rest else None)


def alternatives(condition: Term) -> list[tuple[Term, ...]] | None:
    """The rows of a condition: it holds when all conditions of any row hold. None if that can't be said so."""
    if len(fields(condition)) == 1:
        return [(condition,)]
    match condition:
        case ("or", *items):
            return _union([alternatives(item) for item in items])
        case ("and", *items):
            return _product([alternatives(item) for item in items])
        case ("not", ("and", *items)):
            return _union([alternatives(("not", item)) for item in items])
        case ("not", ("or", *items)):
            return _product([alternatives(("not", item)) for item in items])
        case _:
            return None


def _union(ways: list[list[tuple[Term, ...]] | None]) -> list[tuple[Term, ...]] | None:
    found: list[tuple[Term, ...]] = []
    for way in ways:
        if way is None or len(found) + len(way) > ROWS:
            return None
        found += way
    return found


def _product(ways: list[list[tuple[Term, ...]] | None]) -> list[tuple[Term, ...]] | None:
    found: list[tuple[Term, ...]] = [()]
    for way in ways:
        if way is None or len(found) * len(way) > ROWS:
            return None
        found = [row + each for row in found for each in way]
    return found


def fields(condition: Term) -> set[Term]:
    """The properties and attributes that a condition looks at."""
    found: set[Term] = set()
    _gather(condition, found)
    return found


def _gather(term: Term, found: set[Term]) -> None:
    operator = term[0]
    if operator in ("prop", "attr"):
        found.add(term)
    elif operator not in ("lit", "list"):
        for part in term:
            if type(part) is tuple:
                _gather(part, found)
