"""Constant folding: what is known when the file is compiled is worked out then, exactly.

Arithmetic on literals becomes a literal, comparisons of literals become true or false, and what that decides in
``and``, ``or`` and ``not`` is decided. A condition that turns with time stays even where it decides nothing: the
runtime looks at its turns, and a look lets triggers see what others did.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from compiler.exact import combine, milli, points
from compiler.program import Program, in_program
from compiler.terms import FALSE, FLIPPED, TRUE, all_of, any_of, is_timed, rewrite
from runtime.table import Term

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def fold(program: Program) -> Program:
    """The program with all constant parts of its terms worked out."""
    return in_program(program, folded_constants)


def folded_constants(term: Term) -> Term:
    """The term with all constant parts worked out."""
    return rewrite(term, _settled)


def _settled(term: Term) -> Term:
    match term:
        case ("+" | "-" | "*" as sign, ("lit", left), ("lit", right)):
            return ("lit", combine(sign, left, right))
        case ("min" | "max" as which, *items) if all(item[0] == "lit" for item in items):
            return ("lit", (min if which == "min" else max)(item[1] for item in items))
        case ("round", ("lit", int() | Decimal() as known)):
            return ("lit", points(milli(known)))
        case (op, ("lit", left), ("lit", right)) if op in FLIPPED:
            return TRUE if _ORDER[op](left, right) else FALSE
        case ("in" | "nin" as op, ("lit", known), ("list", *items)):
            return TRUE if (known in items) == (op == "in") else FALSE
        case ("not", inner):
            return _negation(inner)
        case ("and", *items):
            return _junction(items, TRUE, FALSE, all_of)
        case ("or", *items):
            return _junction(items, FALSE, TRUE, any_of)
        case _:
            return term


def _negation(inner: Term) -> Term:
    match inner:
        case ("true",):
            return FALSE
        case ("false",):
            return TRUE
        case ("not", condition):
            return condition  # type: ignore[no-any-return]  # a condition within a condition
        case _:
            return ("not", inner)


def _junction(items: list[Term], neutral: Term, decisive: Term, join: Callable[[list[Term]], Term]) -> Term:
    """``and`` (`neutral` true, `decisive` false) or ``or`` without what can't change it."""
    if decisive in items:
        timed = [item for item in items if is_timed(item)]
        return join([decisive, *timed])
    return join([item for item in items if item != neutral])
