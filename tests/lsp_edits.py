"""Edits of an editor, applied to a text as the protocol has it."""

from __future__ import annotations

from typing import Any

from cli.lsp.text import Text


def applied(text: str, edits: list[Any]) -> str:
    """The text after edits that don't overlap, all of them told by places in the text before."""
    before = Text(text)
    spans = [
        (
            before.offset(edit["range"]["start"]["line"], edit["range"]["start"]["character"]),
            before.offset(edit["range"]["end"]["line"], edit["range"]["end"]["character"]),
            edit["newText"],
        )
        for edit in edits
    ]
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
