"""A history as a test, with pauses as a person writes them: ``after 24 days``."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diff.phrases import duration
from compiler.program import Program
from compiler.prove.histories import HOUR, History, given, moment
from compiler.spell import literal

_MINUTE = HOUR // 60
_WIDTH = 100


def as_test(program: Program, name: str, history: History, time: int, expects: str) -> str:
    """A test of one expectation at the end."""
    lines: list[tuple[str, str]] = []
    now: int | None = None
    for each in history:
        lines.append((_when(now, each.time), given(program, each)))
        now = each.time
    lines.append((_when(now, time), f"expect {expects}"))
    return "\n".join([f"test {literal(name)} {{", *[f"  {line}" for line in _gathered(lines)], "}"])


def _when(now: int | None, time: int) -> str:
    """``at 2026-01-05T00:00Z``, ``after 24 days``, or nothing at the same time."""
    if now == time:
        return ""
    if now is None or (time - now) % _MINUTE:
        return f"at {moment(time)}"
    return f"after {duration(time - now)}"


def _gathered(lines: list[tuple[str, str]]) -> Iterator[str]:
    """The lines, with repeats of one event at one time side by side where they fit, and an expectation by itself."""
    line, last = "", ""
    for when, text in lines:
        expects = text.startswith("expect ")
        if line and not when and text == last and not expects and len(line) + len(text) + 2 <= _WIDTH:
            line += f"  {text}"
            continue
        if line:
            yield line
        if when and expects:
            yield when
            line = text
        else:
            line = f"{when}  {text}" if when else text
        last = text
    if line:
        yield line
