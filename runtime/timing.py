"""What in a model happens by time alone, read off its conditions.

Date conditions turn at instants that follow from an attribute; triggers wait for durations; and the values that
triggers compare a score with say at which of its steps anybody could notice something.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from runtime.table import Table, Term
from runtime.terms import mentioned
from runtime.values import EXACT


def lines_of(table: Table, keys: list[str]) -> list[tuple[int, ...] | None]:
    """For each score, the values (thousandths) that triggers compare it with; None if they look at it otherwise."""
    found: dict[str, set[int] | None] = {key: set() for key in keys}
    for trigger in table.triggers:
        if trigger.when is not None and trigger.match is None:
            _compared(spread(trigger.when, table.tests), found)
    opaque = [key for key in keys if found[key] is None or (found[key] and table.scores[key].value)]
    while opaque:
        key = opaque.pop()
        found[key] = None
        opaque += [term[1] for term in mentioned(table.scores[key].value, "score") if found[term[1]] is not None]
    return [None if lines is None else tuple(sorted(lines)) for lines in found.values()]


def spread(term: Any, tests: tuple[Term, ...]) -> Any:
    """The term with its shared tests written out."""
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return term
    if term[0] == "test":
        return spread(tests[term[1]], tests)
    return (term[0], *[spread(inner, tests) for inner in term[1:]])


def _compared(term: Any, found: dict[str, set[int] | None]) -> None:
    """Collect what each score is compared with in a condition; None for one that stands anywhere else in it."""
    if type(term) is not tuple or not term or term[0] in ("lit", "list", "set"):
        return
    match term:
        case ("=" | "!=" | "<" | "<=" | ">" | ">=", ("score", key), ("lit", value)) | (
            "=" | "!=" | "<" | "<=" | ">" | ">=", ("lit", value), ("score", key)
        ):  # fmt: skip
            lines = found[key]
            if lines is not None:
                lines.add(int(EXACT.multiply(Decimal(value), 1000).to_integral_value(ROUND_FLOOR)))
        case ("score", key):
            found[key] = None
        case _:
            for inner in term[1:]:
                _compared(inner, found)


def named(terms: list[Term], op: str, tests: tuple[Term, ...]) -> set[Term]:
    found: set[Term] = set()
    for term in terms:
        found |= mentioned(spread(term, tests), op)
    return found


def windows(term: Term, tests: tuple[Term, ...]) -> set[tuple[str, str, int]]:
    """(attribute, kind, D) of the date conditions in a condition."""
    whole = spread(term, tests)
    return {(found[1][1], kind, found[2]) for kind in ("last", "next", "ago") for found in mentioned(whole, kind)}


def waits(term: Term, tests: tuple[Term, ...], keys: list[str]) -> set[Term]:
    whole = spread(term, tests)
    found = mentioned(whole, "idle") | mentioned(whole, "stagefor")
    return found | {("quiet", keys.index(key), duration) for _, key, duration in mentioned(whole, "quiet")}
