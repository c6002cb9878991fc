"""The sheet for a meeting as Markdown or as one HTML page; texts of the model and of events are data in both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from cli.reviewing.parts import Code, Grid, Heading, Part, Points, Room, Text
from cli.visible import visible

_MARKUP = re.compile(r"([\\`*_\[\]|#<>~])")
_LIST = re.compile(r"^(\s*)([-+]|\d+[.)])(\s)")
_STYLE = """
:root { color-scheme: light dark; --ink: #22303c; --paper: #fff; --line: #c6ccd2; --head: #e8eff6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --paper: #14191e; --line: #46515b; --head: #22303c; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td:empty { min-width: 9rem; height: 1.6rem; }
thead th { background: var(--head); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.todo { list-style: none; padding-left: 0; }
.room { border-bottom: 1px solid var(--line); height: 1.9rem; }
pre { background: var(--head); padding: .5rem .8rem; overflow-x: auto; }
@media print { body { margin: 0; max-width: none; font-size: 11px; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""


def as_markdown(parts: Iterable[Part]) -> str:
    """The sheet as Markdown."""
    return "\n\n".join("\n".join(_markdown(part)) for part in parts) + "\n"


def _markdown(part: Part) -> Iterator[str]:
    match part:
        case Heading(text, level):
            yield f"{'#' * level} {_plain(text)}"
        case Text(text):
            yield _LIST.sub(r"\1\\\2\3", _plain(text))
        case Points(texts, todo):
            mark = "- [ ] " if todo else "- "
            yield from (mark + _plain(text) for text in texts)
        case Grid(heads, rows, right):
            yield f"| {' | '.join(_plain(head) or ' ' for head in heads)} |"
            yield f"| {' | '.join('---:' if at in right else '---' for at in range(len(heads)))} |"
            yield from (f"| {' | '.join(_plain(cell) or ' ' for cell in row)} |" for row in rows)
        case Code(text):
            yield f"    {visible(text)}"
        case Room(lines):
            yield "\n".join(["<br>"] * lines)


def _plain(text: str) -> str:
    """Text in which nothing is taken for markup."""
    return _MARKUP.sub(r"\\\1", visible(text)).replace("&", "&amp;").replace("://", "&#58;//")


def as_html(parts: Iterable[Part]) -> str:
    """The sheet as one page that needs nothing beside itself."""
    given = list(parts)
    title = next((part.text for part in given if isinstance(part, Heading)), "Review")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="leadscore review">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            f"<title>{_escaped(title)}</title><style>{_STYLE}</style></head>",
            "<body><main>",
            *(line for part in given for line in _html(part)),
            "</main></body></html>\n",
        ]
    )


def _html(part: Part) -> Iterator[str]:
    match part:
        case Heading(text, level):
            yield f"<h{level}>{_escaped(text)}</h{level}>"
        case Text(text):
            yield f"<p>{_escaped(text)}</p>"
        case Points(texts, todo):
            box = '<label><input type="checkbox"> ' if todo else ""
            yield f"<ul{' class=todo' if todo else ''}>"
            yield from (f"<li>{box}{_escaped(text)}{'</label>' if todo else ''}</li>" for text in texts)
            yield "</ul>"
        case Grid(heads, rows, right):
            numbers = [' class="number"' if at in right else "" for at in range(len(heads))]
            yield '<div class="wide"><table><thead><tr>'
            yield from (
                f'<th scope="col"{number}>{_escaped(head)}</th>' for head, number in zip(heads, numbers, strict=True)
            )
            yield "</tr></thead><tbody>"
            for row in rows:
                cells = (f"<td{number}>{_escaped(cell)}</td>" for cell, number in zip(row, numbers, strict=True))
                yield f"<tr>{''.join(cells)}</tr>"
            yield "</tbody></table></div>"
        case Code(text):
            yield f"<pre>{_escaped(text)}</pre>"
        case Room(lines):
            yield from ['<div class="room"></div>'] * lines


def _escaped(text: str) -> str:
    return escape(visible(text))
