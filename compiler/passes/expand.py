"""Families become their scores. This pass is needed: the table has no families.

Inside a family the variable is the text of the member, and ``{variable}`` in a text is replaced by it literally. A
pattern of ``matches`` has no escape, so a member with ``*`` or ``?`` in a pattern is written with another operator
where that says the same; the checker has refused it where none does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace

from compiler.program import Program, Scored, in_score
from compiler.terms import any_of, entries, folded, folded_text, rewrite
from runtime.table import Score, Term

WILD = frozenset("*?")


def expand(program: Program) -> Program:
    """The program with a score for each member of each family, at the place of the family."""
    scores: list[Scored] = []
    for each in program.scores:
        if each.family is None:
            scores.append(each)
            continue
        variable = each.family.variable
        scores += [Scored(f"{each.name}[{value}]", member(each.body, variable, value)) for value in each.family.values]
    return replace(program, scores=tuple(scores))


def member(body: Score, variable: str, value: str) -> Score:
    """The score of one member of a family."""

    def label(given: str | None) -> str | None:
        return None if given is None else _filled(given, variable, value)

    body = in_score(body, lambda term: of_member(term, variable, value))
    return replace(
        body,
        label=label(body.label),
        on=tuple(replace(rule, label=label(rule.label)) for rule in body.on),
        when=tuple(replace(rule, label=label(rule.label)) for rule in body.when),
        groups={name: replace(group, label=label(group.label)) for name, group in body.groups.items()},
    )


def of_member(term: Term, variable: str, value: str) -> Term:
    """The term as it is for one member of a family."""

    def plain(part: Term) -> Term:
        wild = part[0] == "glob" and has_template(part)
        return (literally(part, variable, value) or part) if wild else part

    if not WILD.isdisjoint(value):
        term = rewrite(term, plain)
    return rewrite(term, lambda part: _settled(part, value, lambda template: _filled(template, variable, value)))


def _filled(template: str, variable: str, value: str) -> str:
    return unicodedata.normalize("NFC", template.replace(f"{{{variable}}}", value))


_TEXT_OPERATORS = frozenset({"starts", "ends", "contains", "word", "glob", "any"})


def _settled(term: Term, value: str, text: Callable[[str], str]) -> Term:
    """The term, whose parts are settled already, without variable and template."""
    match term:
        case ("var", _):
            return ("lit", value)
        case ("template", given):
            return ("lit", text(given))
        case ("fold", ("lit" | "list", *_) as inner):
            return folded(inner)
        case ("list", *items) if any(type(item) is tuple for item in items):
            return entries([item[1] if type(item) is tuple else item for item in items])
        case (operator, operand, ("lit", given)) if operator in _TEXT_OPERATORS:
            return (operator, operand, ("list", given))
        case _:
            return term


# --- patterns with a member that has wild characters ----------------------------------------------------------------


def literally(term: Term, variable: str, value: str) -> Term | None:
    """The ``glob`` term without patterns in which `value` would be read as a pattern; None if that can't be written."""
    operator, operand, argument = term
    assert operator == "glob"
    fold = argument[0] == "fold"
    inner = argument[1] if fold else argument
    patterns = inner[1:] if inner[0] == "list" else (inner,)
    mark = f"{{{variable}}}"
    conditions: list[Term] = []
    for pattern in patterns:
        if type(pattern) is not tuple or pattern[0] != "template":
            wanted: Term = ("list", pattern) if type(pattern) is not tuple else pattern
            conditions.append((operator, operand, folded(wanted) if fold else wanted))
            continue
        plain = _without_pattern(operand, pattern[1], mark, value, fold)
        if plain is None:
            return None
        conditions.append(plain)
    return any_of(conditions)


def _without_pattern(operand: Term, pattern: str, mark: str, value: str, fold: bool) -> Term | None:
    core = pattern.strip("*")
    if WILD & set(core.replace(mark, "")):
        return None
    text = unicodedata.normalize("NFC", core.replace(mark, value))
    if fold:
        text = folded_text(text)
    if core == pattern:
        return ("=", operand, ("lit", text))
    before, after = pattern.startswith("*"), pattern.endswith("*")
    operator = "contains" if before and after else "ends" if before else "starts"
    return (operator, operand, ("list", text))


def has_template(term: Term) -> bool:
    """Whether the pattern of a ``glob`` term is, or holds, a text with the variable in it."""
    argument = term[2][1] if term[2][0] == "fold" else term[2]
    inner = argument[1:] if argument[0] == "list" else (argument,)
    return any(type(each) is tuple and each[0] == "template" for each in inner)
