"""Terms: expressions and conditions as nested tuples ``(operator, operand, …)``, as `runtime.table` defines them.

The program has two operators more than the table, both gone once families are expanded: ``("var", v)`` is the text
of the variable of a family, ``("template", text)`` a text in which ``{v}`` is still to be replaced. A ``list`` may
then hold either among its literals.

`SHAPES` says what each operator takes, one letter an operand: v value, l list, t value or list, c condition, x literal,
n name or text, d duration, i index; a ``+`` repeats the last letter once or more, a ``*`` any number of times.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from runtime.table import Term

SHAPES = {
    "lit": "x", "prop": "n", "attr": "n", "tally": "n", "score": "n", "ascore": "n", "time": "",
    "+": "vv", "-": "vv", "*": "vv", "min": "v+", "max": "v+", "round": "v", "fold": "v",
    "list": "x*", "set": "i", "var": "n", "template": "n",
    "=": "vv", "!=": "vv", "<": "vv", "<=": "vv", ">": "vv", ">=": "vv", "in": "vl", "nin": "vl",
    "starts": "vt", "ends": "vt", "contains": "vt", "word": "vt", "glob": "vt", "any": "vt",
    "is": "v", "present": "v", "missing": "v", "last": "vd", "next": "vd", "ago": "vd",
    "and": "c+", "or": "c+", "not": "c", "true": "", "false": "", "test": "i",
    "stage": "nn", "stagefor": "nd", "tag": "n", "idle": "d", "quiet": "nd",
}  # fmt: skip

TRUE: Term = ("true",)
FALSE: Term = ("false",)
TIMED = frozenset({"last", "next", "ago", "idle", "quiet", "stagefor"})
"""Conditions that turn as time goes by. Writing one is what makes the runtime look at its turns, so none is dropped,
not even where it can't change the condition that it stands in."""

FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def rewrite(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with `change` applied to every part of it, innermost first; the same object if nothing changes."""
    changed = term
    if term[0] != "lit":
        for at, part in enumerate(term):
            if type(part) is tuple:
                inner = rewrite(part, change)
                if inner is not part:
                    changed = (*changed[:at], inner, *changed[at + 1 :])
    return change(changed)


def parts(term: Term) -> Iterator[Term]:
    """The term and all terms within it, outermost first."""
    yield term
    if term[0] in ("lit", "list"):
        return
    for part in term:
        if type(part) is tuple:
            yield from parts(part)


def is_timed(term: Term | None) -> bool:
    """Whether a condition that turns with time stands anywhere in it."""
    return term is not None and any(part[0] in TIMED for part in parts(term))


def all_of(conditions: list[Term]) -> Term:
    """The conjunction of conditions, flattened: none is true, one is itself."""
    return _joined("and", conditions, TRUE)


def any_of(conditions: list[Term]) -> Term:
    """The disjunction of conditions, flattened: none is false, one is itself."""
    return _joined("or", conditions, FALSE)


def _joined(operator: str, conditions: list[Term], none: Term) -> Term:
    flat: list[Term] = []
    for each in conditions:
        flat.extend(each[1:] if each[0] == operator else (each,))
    if not flat:
        return none
    return flat[0] if len(flat) == 1 else (operator, *flat)


def folded_text(text: str) -> str:
    """The text made ready for comparisons that ignore case: NFC(casefold(NFC(x)))."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def entries(values: list[Any]) -> Term:
    """A ``list`` term of literals: sorted, each once. Booleans don't occur; texts and numbers never mix."""
    return ("list", *sorted(set(values)))


def folded(term: Term) -> Term:
    """The term wrapped for a comparison that ignores case; a literal is folded at once."""
    match term:
        case ("lit", str(text)):
            return ("lit", folded_text(text))
        case ("list", *items) if not any(type(item) is tuple for item in items):
            return entries([folded_text(item) for item in items])
        case ("fold", _):
            return term
        case _:
            return ("fold", term)
