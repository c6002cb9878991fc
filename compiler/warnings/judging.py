"""Whether a condition can hold, if something is known of what it looks at: true, false, or None for either.

A condition is judged from its leaves up. Of a leaf that says nothing about what is known the answer is None, and `and`,
`or` and `not` carry that on (three-valued logic after Kleene). So "false" is sure, whatever the rest of the lead is.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from typing import TypeAlias

from compiler.terms import parts
from runtime.table import Stages, Term

Leaf: TypeAlias = Callable[[Term], bool | None]


def judge(term: Term | None, leaf: Leaf) -> bool | None:
    """What is known of a condition; one that is not there holds."""
    match term:
        case None | ("true",):
            return True
        case ("false",):
            return False
        case ("not", inner):
            known = judge(inner, leaf)
            return None if known is None else not known
        case ("and", *items):
            return _all([judge(item, leaf) for item in items])
        case ("or", *items):
            known = _all([_opposite(judge(item, leaf)) for item in items])
            return _opposite(known)
        case _:
            return leaf(term)


def _opposite(known: bool | None) -> bool | None:
    return None if known is None else not known


def _all(known: list[bool | None]) -> bool | None:
    if False in known:
        return False
    return None if None in known else True


def without(name: Term) -> Leaf:
    """What is known where a property or attribute, such as ``("prop", "asset")``, is missing."""

    def leaf(term: Term) -> bool | None:
        if not any(part == name for part in parts(term)):
            return None
        return bool(term[0] == "missing")

    return leaf


def in_stage(stages: Stages, stage: str, just_entered: bool = False) -> Leaf:
    """What is known of a lead that is in a stage."""

    def leaf(term: Term) -> bool | None:
        match term:
            case ("stage", operator, other):
                return compared(stages, stage, operator, other)
            case ("stagefor", other, _):
                return False if just_entered or other != stage else None
            case _:
                return None

    return leaf


def compared(stages: Stages, stage: str, operator: str, other: str) -> bool:
    """``stage operator other``; a stage beside the path is ordered after none."""
    if operator in ("=", "!="):
        return (stage == other) == (operator == "=")
    if stage not in stages.path or other not in stages.path:
        return False
    return _ORDER[operator](stages.path.index(stage), stages.path.index(other))


_ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge,
}  # fmt: skip
