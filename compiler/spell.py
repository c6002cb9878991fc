"""Terms as they might have been written, with all names resolved: for people who look at a program or a table."""

from __future__ import annotations

from typing import Any

from compiler.exact import written
from runtime.table import Term

_UNITS = (("week", 604_800_000_000), ("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000))
_WORDS = {"starts": "starts with", "ends": "ends with", "contains": "contains", "word": "has word", "glob": "matches",
          "any": "contains", "in": "in", "nin": "not in"}  # fmt: skip


def duration(micros: int) -> str:
    """A duration in the largest unit that divides it."""
    for unit, size in _UNITS:
        if micros % size == 0:
            count = micros // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{micros} microseconds"


def term(given: Term) -> str:
    """A term as it might have been written, with all names resolved."""
    match given:
        case ("lit", value):
            return literal(value)
        case ("list", *items):
            return "[" + ", ".join(term(item) if type(item) is tuple else literal(item) for item in items) + "]"
        case ("set" | "test" as kind, at):
            return f"{kind} {at}"
        case ("var", name):
            return f"{{{name}}}"
        case ("template", text):
            return literal(text)
        case ("prop", name):
            return f"event.{name}"
        case ("attr", name):
            return f"lead.{name}"
        case ("tally" | "score", name):
            return str(name)
        case ("ascore", name):
            return f"account.{name}"
        case ("time",) | ("true",) | ("false",):
            return str(given[0])
        case ("round" | "fold" | "min" | "max" as function, *items):
            return f"{function}({', '.join(term(item) for item in items)})"
        case ("is", value):
            return term(value)
        case ("present" | "missing" as which, value):
            return f"{term(value)} is {which}"
        case ("not", condition):
            return f"not {_inner(condition)}"
        case ("and" | "or" as joint, *items):
            return f" {joint} ".join(_inner(item) for item in items)
        case _:
            return _timed(given)


def _timed(given: Term) -> str:
    match given:
        case ("last" | "next" as which, value, micros):
            return f"{term(value)} in the {which} {duration(micros)}"
        case ("ago", value, micros):
            return f"{term(value)} more than {duration(micros)} ago"
        case ("stage", operator, name):
            return f"stage {operator} {literal(name)}"
        case ("stagefor", name, micros):
            return f"stage = {literal(name)} for {duration(micros)}"
        case ("tag", text):
            return f"has tag {literal(text)}"
        case ("idle", micros):
            return f"idle for {duration(micros)}"
        case ("quiet", key, micros):
            return f"{key} not increased for {duration(micros)}"
        case (operator, left, right):
            return f"{_inner(left)} {_WORDS.get(operator, operator)} {_inner(right)}"
    raise ValueError(f"there is no term {given[0]!r}")


def _inner(given: Term) -> str:
    """The term within another one, in parentheses where they are needed to read it."""
    grouped = given[0] in ("and", "or", "+", "-", "*")
    return f"({term(given)})" if grouped else term(given)


def literal(value: Any) -> str:
    """A literal as it is written in a rule file."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return written(value)
