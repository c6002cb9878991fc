"""What a condition comes to for a lead of whom all is known and who does nothing any more.

Attributes have the values given, or are missing. Time has gone by: tallies over some days are back at 0, `in the last`
and `in the next` are over. Operators mean what docs/language.md says; the runtime has its own, faster ones.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from compiler.exact import combine
from compiler.program import Program
from compiler.terms import folded_text
from compiler.warnings.judging import judge
from runtime.table import Term

MISSING: Any = None
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(program: Program, term: Term, values: Mapping[Term, Any]) -> bool:
    """Whether the condition holds at last, for attributes and tallies as in `values`, by their terms."""
    return judge(term, lambda leaf: _leaf(program, leaf, values)) is True


def number_of(term: Term, values: Mapping[Term, Any]) -> Any:
    """The number that an expression comes to, or MISSING."""
    match term:
        case ("lit", known):
            return known
        case ("attr" | "tally", _):
            return values.get(term, 0 if term[0] == "tally" else MISSING)
        case ("fold", inner):
            return _folded(number_of(inner, values))
        case ("+" | "-" | "*" as sign, left, right):
            one, two = number_of(left, values), number_of(right, values)
            return MISSING if one is MISSING or two is MISSING else combine(sign, one, two)
        case ("min" | "max" as which, *items):
            found = [number_of(item, values) for item in items]
            return MISSING if MISSING in found else (min if which == "min" else max)(found)
        case _:
            return MISSING


def _folded(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(folded_text(each) for each in value)
    return folded_text(value) if isinstance(value, str) else value


def _leaf(program: Program, term: Term, values: Mapping[Term, Any]) -> bool | None:
    match term:
        case ("last" | "next", *_):
            return False
        case ("present" | "ago", operand, *_):
            return number_of(operand, values) is not MISSING
        case ("missing", operand):
            return number_of(operand, values) is MISSING
        case ("is", operand):
            return number_of(operand, values) is True
        case (sign, left, right) if sign in _ORDER:
            one, two = number_of(left, values), number_of(right, values)
            return _comparable(one, two) and _ORDER[sign](one, two)
        case ("in" | "nin" as sign, operand, wanted):
            found = number_of(operand, values)
            return found is not MISSING and (found in _entries(program, wanted, values)) == (sign == "in")
        case (sign, operand, wanted) if sign in _TEXTS or sign == "any":
            return _fits(sign, number_of(operand, values), _entries(program, wanted, values))
        case _:
            return None


def _comparable(one: Any, two: Any) -> bool:
    """Whether both are there, and of one sort."""
    numbers = (int, Decimal)
    return (isinstance(one, numbers) and isinstance(two, numbers)) or (type(one) is type(two) and one is not MISSING)


def _entries(program: Program, wanted: Term, values: Mapping[Term, Any]) -> tuple[Any, ...]:
    match wanted:
        case ("list", *items):
            return tuple(items)
        case ("set", at):
            return program.sets[at]
        case _:
            found = number_of(wanted, values)
            return found if isinstance(found, tuple) else () if found is MISSING else (found,)


def _fits(sign: str, found: Any, entries: tuple[Any, ...]) -> bool:
    if sign == "any":
        return isinstance(found, tuple) and any(each in entries for each in found)
    texts = (each for each in entries if isinstance(each, str))
    return isinstance(found, str) and any(_TEXTS[sign](found, each) for each in texts)


def _has_word(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        before, after = text[:at][-1:], text[at + len(word) :][:1]
        if not any(each and unicodedata.category(each)[0] in "LMN" for each in (before, after)):
            return True
        at = text.find(word, at + 1)
    return False


def _matches(text: str, pattern: str) -> bool:
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "starts": str.startswith, "ends": str.endswith, "contains": lambda text, part: part in text,
    "word": _has_word, "glob": _matches,
}  # fmt: skip
