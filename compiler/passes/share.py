"""Lists and conditions that stand in several places are kept once.

A list goes to the table's `sets` if it is long or stands in several places, whether it was written as a `set` or not:
so both spellings of one meaning give one table. A condition of some size that several rules ask goes to `tests`. Only
rules share conditions, and not those in rows, which the runtime reads field by field; triggers ask each time anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from compiler.program import Program, in_program
from compiler.terms import all_of, is_timed, parts, rewrite
from runtime.table import Branch, OnRule, Score, Term, WhenRule

LONG = 8
"""A list with more entries than this is a set even if it stands in one place only."""

Change = Callable[[Term], Term]
Entries = tuple[bool, tuple[Any, ...]]


def share(program: Program) -> Program:
    """The program with shared lists and conditions."""
    return _share_tests(_share_sets(program))


# --- sets -----------------------------------------------------------------------------------------------------------


def _share_sets(program: Program) -> Program:
    uses: Counter[Entries] = Counter()
    sets = program.sets

    def gather(term: Term) -> Term:
        for part in parts(term):
            if part[0] in ("list", "set"):
                uses[_entries(part, sets)] += 1
        return term

    in_program(program, gather)
    shared = [entries for entries, count in uses.items() if len(entries[1]) > (1 if count > 1 else LONG)]
    places = {entries: at for at, entries in enumerate(shared)}

    def settle(part: Term) -> Term:
        if part[0] not in ("list", "set"):
            return part
        at = places.get(_entries(part, sets))
        return ("set", at) if at is not None else part if part[0] == "list" else ("list", *sets[part[1]])

    settled = in_program(program, lambda term: rewrite(term, settle))
    return replace(settled, sets=tuple(entries for _, entries in places))


def _entries(term: Term, sets: tuple[tuple[Any, ...], ...]) -> Entries:
    """The entries of a ``list`` or ``set`` term; booleans are told from numbers, which Python takes for equal."""
    entries = term[1:] if term[0] == "list" else sets[term[1]]
    return bool(entries) and type(entries[0]) is bool, entries


# --- tests ----------------------------------------------------------------------------------------------------------


def _share_tests(program: Program) -> Program:
    uses: Counter[Term] = Counter()

    def gather(term: Term) -> Term:
        uses.update(each for each in _conjuncts(term) if _is_worth(each))
        return term

    for each in program.scores:
        _in_conditions(each.body, gather)
    places = {term: at for at, term in enumerate(term for term, count in uses.items() if count > 1)}

    def settle(term: Term) -> Term:
        return all_of([("test", places[each]) if each in places else each for each in _conjuncts(term)])

    if not places:
        return program
    scores = tuple(replace(each, body=_in_conditions(each.body, settle)) for each in program.scores)
    return replace(program, scores=scores, tests=tuple(places))


def _conjuncts(term: Term) -> tuple[Term, ...]:
    return term[1:] if term[0] == "and" else (term,)


def _is_worth(term: Term) -> bool:
    """Whether asking once for all is cheaper than asking: junctions, and tests that search a text. What turns with time
    stays in its rule, where the runtime finds its turns."""
    if is_timed(term):
        return False
    inner = term[1] if term[0] == "not" else term
    return inner[0] in ("or", "and", "contains", "word", "glob")


def _in_conditions(score: Score, change: Change) -> Score:
    """The score with `change` applied to the conditions of its rules that are asked whole."""
    return replace(
        score,
        on=tuple(_in_on_rule(rule, change) for rule in score.on),
        when=tuple(_in_when_rule(rule, change) for rule in score.when),
    )


def _in_on_rule(rule: OnRule, change: Change) -> OnRule:
    match = rule.match
    where, rest = (None if each is None else change(each) for each in (match.where, match.rest))
    when = None if rule.when is None else change(rule.when)
    return replace(rule, match=replace(match, where=where, rest=rest), when=when)


def _in_when_rule(rule: WhenRule, change: Change) -> WhenRule:
    def branch(each: Branch) -> Branch:
        return replace(each, when=change(each.when))

    return replace(rule, branches=tuple(branch(each) for each in rule.branches))
