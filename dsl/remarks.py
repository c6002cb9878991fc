"""What a reader sees between two tokens of a rule file beside spaces: comments, and blank lines.

A comment behind a token on its line belongs to that token; any other belongs to the token after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dsl.tokens import Lexed


@dataclass(slots=True)
class Remarks:
    """Around one token: comments on lines of their own before it, each with whether a blank line precedes it; whether a
    blank line stands right before it; and the comment behind it on its line."""

    own: list[tuple[bool, str]] = field(default_factory=list)
    blank: bool = False
    trailing: str | None = None


def remarks_of(lexed: Lexed) -> tuple[dict[int, Remarks], Remarks]:
    """The remarks of tokens by where they start, for those that have any, and those of the end of the file."""
    text = lexed.source.text
    found: dict[int, Remarks] = {}
    starts = [(token.span.start, token.span.end) for token in lexed.tokens]
    comments = iter([*lexed.comments, None])
    comment, end, before = next(comments), 0, -1
    last = Remarks()
    for start, stop in [*starts, (len(text), len(text))]:
        here = Remarks()
        while comment is not None and comment[0].start < start:
            span, written = comment
            lines = line_breaks(text[end : span.start])
            if lines == 0 and before >= 0 and not here.own:
                found.setdefault(before, Remarks()).trailing = written.rstrip()
            else:
                here.own.append((lines > 1, written.rstrip()))
            end = span.end
            comment = next(comments)
        here.blank = start - end > 1 and line_breaks(text[end:start]) > 1
        if here.own or here.blank:
            found[start] = here
        end, before, last = stop, start, here
    return found, last


def line_breaks(gap: str) -> int:
    """How many line breaks, of any kind, stand in the text between two things."""
    return gap.count("\n") if "\r" not in gap else gap.replace("\r\n", "\n").replace("\r", "\n").count("\n")
