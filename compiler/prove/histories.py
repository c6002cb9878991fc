"""Histories of one lead: what the prover tries, and how a person gets it, as a `test` block that can be pasted.

A history is kept with its data as they come in JSON, because that is what the engine takes. Written, the values take
the form of a rule file again, under the names that the file declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from compiler.exact import written
from compiler.program import Program
from compiler.spell import literal
from runtime.table import Field

DAY = 86_400_000_000
HOUR = 3_600_000_000
START = 20_458 * DAY
"""2026-01-05T00:00Z, a Monday: where made-up histories begin."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Happening:
    """An event at `time` (microseconds): the name under which it is declared, None for attributes of the lead; `data`
    as it comes in JSON."""

    time: int
    event: str | None
    data: Mapping[str, Any] = field(default_factory=dict)


History = tuple[Happening, ...]


def type_of(program: Program, event: str | None) -> str:
    """The type under which an event comes in JSON."""
    return "lead" if event is None else program.events[event].spelling


def moment(time: int) -> str:
    """A time as a rule file has it: ``2026-03-02T09:00Z``."""
    text = (_EPOCH + timedelta(microseconds=time)).isoformat().replace("+00:00", "Z")
    return text.removesuffix(":00Z") + "Z" if text.endswith(":00Z") else text


def as_test(program: Program, name: str, history: Iterable[Happening], expects: Iterable[tuple[int, str]]) -> str:
    """The history as a test: `expects` are what must hold at which time, each behind all events up to it."""
    lines: list[str] = []
    now: int | None = None
    steps = sorted(
        [(each.time, 0, at, each) for at, each in enumerate(history)]
        + [(time, 1, at, text) for at, (time, text) in enumerate(expects)],
        key=lambda step: step[:3],
    )
    for time, _, _, what in steps:
        text = f"expect {what}" if isinstance(what, str) else given(program, what)
        if time != now:
            text = f"at {moment(time)}  {text}"
            now = time
        lines.append(text)
    return "\n".join([f"test {literal(name)} {{", *[f"  {line}" for line in _gathered(lines)], "}"])


def _gathered(lines: list[str]) -> Iterator[str]:
    """The lines, with repeats of one event side by side where they fit."""
    line = ""
    for each in lines:
        same = line and not each.startswith(("at ", "expect ")) and line.split("  ")[-1] == each
        if same and len(line) + len(each) + 2 <= _WIDTH:
            line += "  " + each
            continue
        if line:
            yield line
        line = each
    if line:
        yield line


def given(program: Program, each: Happening) -> str:
    """An event as a test gives it: ``page_view { path: "/" }``, ``lead { size: 3 }``."""
    fields = program.attributes if each.event is None else program.events[each.event].properties
    by_key = {known.spelling: (name, known) for name, known in fields.items()}
    parts = []
    for key, value in each.data.items():
        name, known = by_key[key]
        parts.append(f"{name}: {_written(known, value)}")
    inside = f" {'  '.join(parts)} " if parts else ""
    return f"{'lead' if each.event is None else each.event} {{{inside}}}"


def _written(known: Field, value: Any) -> str:
    if value is None:
        return "null"
    match known.type:
        case "percent":
            return written(Decimal(value)) + "%"
        case "date" | "instant":
            return str(value).replace(":00Z", "Z") if str(value).endswith(":00:00Z") else str(value)
        case "list of text":
            return "[" + ", ".join(literal(each) for each in value) + "]"
    return literal(value)


# --- in words ---------------------------------------------------------------------------------------------------------


def ages(history: Iterable[Happening]) -> int:
    """Microseconds from the first event to the last."""
    times = [each.time for each in history]
    return max(times) - min(times) if times else 0


def acts(history: Iterable[Happening]) -> int:
    """How many events there are beside what is told of the lead."""
    return sum(each.event is not None for each in history)
