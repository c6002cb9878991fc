"""Lays sections out: as text for a terminal or a pipe, as Markdown, as one page of HTML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from cli.listing import print_table
from cli.looking_back.tables import Section
from cli.problem import Problem
from cli.visible import visible

_LONGEST = 12
"""Digits that a measure is written with: more of them are noise of binary arithmetic."""


def print_text(found: Sequence[Section], *, verbose: bool) -> None:
    """Write the brief sections, or all of them, to standard output."""
    shown = [each for each in found if verbose or each.brief]
    for at, each in enumerate(shown):
        if at and (verbose or each.rows or shown[at - 1].rows):
            print()
        if verbose:
            print(each.title)
        for sentence in each.said:
            print(visible(sentence))
        print_table(each.columns, each.rows, each.right)


def markdown(title: str, found: Sequence[Section]) -> str:
    """The document; what comes from events and models is escaped."""
    lines = [f"# {_escaped(title)}", ""]
    for each in found:
        lines += [f"## {each.title}", ""]
        lines += [f"- {_escaped(sentence)}" for sentence in each.said]
        if each.said:
            lines.append("")
        if each.rows:
            lines.append("| " + " | ".join(_escaped(name) for name in each.columns) + " |")
            lines.append("| " + " | ".join("---:" if name in each.right else "---" for name in each.columns) + " |")
            lines += ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in each.rows]
            lines.append("")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """A text in which nothing but code in backticks is Markdown."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        parts = ["".join(parts)]
    for at in range(0, len(parts), 2):
        for mark in ("\\", "*", "_", "|", "<", "[", "#"):
            parts[at] = parts[at].replace(mark, "\\" + mark)
    for at in range(1, len(parts), 2):
        parts[at] = "`" + parts[at].replace("|", "\\|") + "`"
    return "".join(parts)


def page(title: str, found: Sequence[Section], charts: Mapping[str, str]) -> str:
    """One HTML document that needs nothing beside itself; every text in it is escaped, `charts` are SVG."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files("cli").joinpath("looking_back", "page.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        title=visible(title), sections=found, charts=charts, visible=visible
    )


def check_page() -> None:
    """Raises Problem if pages can't be written: to be called before the work."""
    if any(find_spec(name) is None for name in ("jinja2", "matplotlib")):
        raise Problem(
            "pages are drawn by Jinja2 and matplotlib, which are missing", hint="pip install 'leadscore[insight]'"
        )


def as_json(result: Any) -> str:
    """A result as one JSON object: the members of its classes, floats with twelve digits."""
    return json.dumps(_plain(result), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(f"{value:.{_LONGEST}g}")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
