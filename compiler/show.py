"""Everything can be looked at: the tree, the program and the table as readable text.

The same text stands in golden tests and is printed by the command line. It is for people; programs read the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from compiler.exact import points, written
from compiler.program import Program
from compiler.spell import duration, literal, term
from dsl import syntax
from runtime.table import Given, Pick, Source, Stages, Table, Term


def tree(file: syntax.File) -> str:
    """The syntax tree, a node a line, parts indented beneath their whole; positions are left out."""
    return "\n".join(line for item in file.items for line in _node(item, "", 0)) + "\n"


def _node(value: Any, name: str, depth: int) -> Iterator[str]:
    start = "  " * depth + (f"{name}: " if name else "")
    if isinstance(value, syntax.Name):
        yield f"{start}{value.text}"
    elif isinstance(value, tuple):
        if value:
            yield f"{start.rstrip()}"
            for item in value:
                yield from _node(item, "", depth + 1)
    elif is_dataclass(value):
        parts = [(part.name, getattr(value, part.name)) for part in fields(value) if part.name != "span"]
        plain = [_plain(key, each) for key, each in parts if not _is_deep(each)]
        yield " ".join([start + type(value).__name__, *[each for each in plain if each]])
        for key, each in parts:
            if _is_deep(each):
                yield from _node(each, key, depth + 1)
    else:
        yield f"{start}{value!r}"


def _is_deep(value: Any) -> bool:
    return isinstance(value, tuple) or (is_dataclass(value) and not isinstance(value, syntax.Name))


def _plain(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, syntax.Name):
        return value.text
    if value is True:
        return name
    return f"{name}={written(value) if isinstance(value, Decimal) else repr(value)}"


# --- program and table ------------------------------------------------------------------------------------------------

_POINTS = frozenset({"points", "low", "high", "ready", "most", "floor", "below"})
_DURATIONS = frozenset({"lateness", "per", "within", "after"})
_FIELDS = frozenset({"attributes", "properties"})


def program(given: Program) -> str:
    """The program as readable text; families stand as they were written."""
    return "\n".join(_part("program", given, 0)) + "\n"


def table(given: Table) -> str:
    """The table as readable text: maps in the order of their keys, as in its file."""
    return "\n".join(_part("table", given, 0)) + "\n"


def _part(name: str, value: Any, depth: int) -> Iterator[str]:
    """The lines of one part: its plain members on its own line, the rest indented beneath."""
    start = "  " * depth + name
    if isinstance(value, Mapping):
        yield start
        for key in sorted(value):
            yield from _part(literal(key) if " " in key else key, value[key], depth + 1)
    elif is_dataclass(value):
        yield from _members(start, value, depth)
    elif isinstance(value, str):
        yield f"{start}: {literal(value)}"
    elif isinstance(value, tuple):
        yield start
        for at, each in enumerate(value):
            yield from _item(name, at, each, depth + 1)


def _members(start: str, value: Any, depth: int) -> Iterator[str]:
    plain, deep = [], []
    for part in fields(value):
        inner = getattr(value, part.name)
        if inner is None or inner is False or inner in ((), {}, Stages()) or (part.name == "after" and inner == 0):
            continue
        text = _short(value, part.name, inner)
        if text is None:
            deep.append((part.name, inner))
        elif text:
            plain.append(text)
    yield " ".join([start, *plain])
    for name, inner in deep:
        yield from _part(name, inner, depth + 1)


def _short(owner: Any, name: str, value: Any) -> str | None:
    """A member that fits on the line of its owner; None if it does not."""
    if name in _TERMS and isinstance(value, tuple) and isinstance(value[0], str):
        return f"{name}({term(value)})"
    if value is True:
        return name
    if isinstance(value, str):
        quoted = name in ("label", "spelling") or (name != "word" and isinstance(owner, _OF_SOURCES))
        return f"{name}={literal(value)}" if quoted else f"{name}={value}"
    if isinstance(value, int | Decimal):
        return f"{name}={_number(owner, name, value)}"
    if isinstance(value, tuple) and name in ("options", "path", "beside", "values", "columns"):
        return f"{name}=[{', '.join(literal(each) for each in value)}]"
    if is_dataclass(value) and type(value).__name__ in ("Best", "Repeated", "Family", "Degrade", "Ageing", "Match"):
        return " ".join(_members(name + ":", value, 0)) if type(value).__name__ != "Match" else _match(value)
    return None


_TERMS = frozenset({"when", "where", "rest", "value", "worth"})
_OF_SOURCES = (Source, Pick, Given)


def _number(owner: Any, name: str, value: int | Decimal) -> str:
    kind = type(owner).__name__
    if kind == "Field":
        return written(value)
    if name in _POINTS and isinstance(value, int):
        return written(points(value))
    if name in _DURATIONS or (name == "every" and kind == "Degrade"):
        return f"({duration(int(value))})"
    return written(value)


def _match(match: Any) -> str:
    parts = [f"on {match.on}"]
    if match.where is not None:
        parts.append(f"where({term(match.where)})")
    if match.rows is not None:
        parts.append("rows(" + " | ".join("; ".join(term(each) for each in row) for row in match.rows) + ")")
    if match.rest is not None:
        parts.append(f"rest({term(match.rest)})")
    return " ".join(parts)


def _item(name: str, at: int, value: Any, depth: int) -> Iterator[str]:
    """An entry of a list: of rules and the like by its name, of conditions and entries by its place."""
    start = "  " * depth
    if name == "tests":
        yield f"{start}test {at}: {term(value)}"
    elif name == "sets":
        yield f"{start}set {at}: {', '.join(literal(each) for each in value)}"
    elif name == "do":
        yield f"{start}{_action(value)}"
    else:
        yield from _part(_ITEMS.get(name, name), value, depth)


_ITEMS = {"on": "on rule", "when": "when rule", "branches": "branch", "limits": "limit", "bands": "band",
          "triggers": "trigger", "scores": "score", "picks": "pick", "gives": "given"}  # fmt: skip


def _action(act: Term) -> str:
    match act:
        case ("set", name, value):
            return f"set {name} = {term(value)}"
        case ("add" | "reset" as verb, key, amount):
            return f"{verb} {key} {written(points(amount))}"
        case (verb, text):
            return f"{verb} {literal(text)}"
    raise ValueError(f"there is no action {act[0]!r}")
