"""A plan as Markdown, for a comment on a pull request.

Names of leads and properties are whatever somebody sent, so every cell is escaped: no markup, no link, no mention of a
user, no HTML comes out of a cell, and none ends its table. A comment has a limit of characters, so long tables are
folded away, and a table for which there is no room is left out as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cli.findings import counted
from cli.plans.answer import Answer
from cli.plans.sections import Section, explained, heading, sections
from cli.plans.text import UNCHANGED
from cli.visible import visible

LIMIT = 60_000
"""Characters; GitHub takes 65,536."""
_OPEN = 3
"""So many tables stand open; the others are folded away."""
_EXPLAINED = 3
"""So many of those that move most are explained."""
_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {mark: f"\\{mark}" for mark in "\\`*_{}[]|~#!$"},
)
_LINKED = re.compile(r"@|#|://|(?<=www)\.|:(?=[a-z+_-])", re.IGNORECASE)
_JOINER = "\u2060"
"""A joiner that nobody sees: behind it no mention, link, emoji or number of an issue is found in a text."""


def markdown(answer: Answer, *, whole: bool) -> str:
    """The document, ended by a line break."""
    title, over = heading(answer)
    parts = ["### leadscore plan\n", f"Of {escaped(title)}: {escaped(over)}\n"]
    if not answer.moved:
        parts.append(f"**{UNCHANGED}**\n")
    else:
        parts += _tables(answer, whole)
    if answer.remarks:
        parts.append("\n".join(f"- {escaped(remark)}" for remark in answer.remarks) + "\n")
    return "\n".join(_within(parts))


def _within(parts: list[str]) -> Iterator[str]:
    """The parts for which there is room."""
    left, out = LIMIT, 0
    for part in parts:
        if len(part) < left:
            left -= len(part) + 1
            yield part
        else:
            out += 1
    if out:
        yield f"{counted(out, 'table')} left out: a comment has no room for so much\n"


def _tables(answer: Answer, whole: bool) -> Iterator[str]:
    for at, section in enumerate(sections(answer, whole=whole)):
        yield f"**{escaped(section.title)}**\n\n{_table(section)}" if at < _OPEN else _folded(section)
    for detail in answer.details if whole else answer.details[:_EXPLAINED]:
        yield _folded(explained(detail))


def _folded(section: Section) -> str:
    return f"<details><summary>{_plain(section.title)}</summary>\n\n{_table(section)}\n</details>\n"


def _table(section: Section) -> str:
    lines = [_row(section.columns)]
    lines.append("|" + "|".join("---:" if name in section.right else "---" for name in section.columns) + "|")
    lines += [_row(row) for row in section.rows]
    note = f"\n{escaped(section.note)}\n" if section.note else ""
    return "\n".join(lines) + "\n" + note


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def escaped(text: str) -> str:
    """A text as it is, whatever it holds; not to stand at the beginning of a paragraph."""
    return _LINKED.sub(_split, visible(text).translate(_ESCAPED))


def _split(found: re.Match[str]) -> str:
    return found[0][0] + _JOINER + found[0][1:]


def _plain(text: str) -> str:
    """As it is within HTML, where nothing is Markdown, but names and links are looked for all the same."""
    text = _LINKED.sub(_split, visible(text).replace("$", f"${_JOINER}"))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
