"""The canonical form of terms: one spelling for what means the same.

A list of one is its entry. Literals stand on the right of a comparison, operands of ``and``, ``or``, ``+``, ``*``,
``min``, ``max``, ``=`` and ``!=`` in one order, operands of ``and`` and ``or`` are flattened and stand once. Nothing is
evaluated here, and no condition is lost. docs/table.md lists what is normalised.
"""

from __future__ import annotations

from typing import Any

from compiler.terms import FALSE, FLIPPED, TRUE, rewrite
from runtime.table import Term


def sort_key(term: Any) -> str:
    """The text by which terms and other parts of a table are ordered: the same under every version of Python."""
    return ascii(term)


def canonical(term: Term) -> Term:
    """The canonical form of a term."""
    return rewrite(term, _settled)


def _settled(term: Term) -> Term:
    operator = term[0]
    if operator in FLIPPED:
        return _comparison(term)
    if operator in ("and", "or"):
        return _junction(operator, term[1:])
    if operator in ("+", "*", "min", "max"):
        return (operator, *sorted(term[1:], key=sort_key))
    if operator in ("in", "nin") and term[2][0] == "list" and len(term[2]) == 2 and type(term[2][1]) is not tuple:
        return ("=" if operator == "in" else "!=", term[1], ("lit", term[2][1]))
    return term


def _comparison(term: Term) -> Term:
    operator, left, right = term
    if (left[0] == "lit") == (right[0] == "lit"):
        if sort_key(left) <= sort_key(right):
            return term
    elif right[0] == "lit":
        return term
    return (FLIPPED[operator], right, left)


def _junction(operator: str, items: tuple[Term, ...]) -> Term:
    flat: dict[Term, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item[1:] if item[0] == operator else (item,)))
    if len(flat) == 1:
        return next(iter(flat))
    if not flat:
        return TRUE if operator == "and" else FALSE
    return (operator, *sorted(flat, key=sort_key))
