"""What a layout is made of: tokens, the spaces and breaks between them, and groups.

A group is written on one line if it fits, else each of its own breaks becomes a new line; a break that *fills* becomes
one only if what follows does not fit. Between `DEEPER` and `SHALLOWER`, new lines are indented by one level more.
Tokens that stand in one line whatever happens are simply beside one another, with text for the space between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from dsl.tokens import Token


@dataclass(slots=True, eq=False)
class Break:
    """A place for a new line; `flat` is written there if there is none.

    An item's break keeps a blank line of the source, but not where the block is `opening` or `closing`. The printer
    fills in what stands there: the comment that ends the line before, comments on lines of their own (each with
    whether a blank line precedes it), and whether a blank line precedes the token after them.
    """

    flat: str
    fill: bool = False
    item: bool = False
    opening: bool = False
    closing: bool = False
    must: bool = False
    trailing: str | None = None
    own: list[tuple[bool, str]] = field(default_factory=list)
    blank: bool = False


@dataclass(slots=True, eq=False)
class Open:
    """The beginning of a group; `spread` if it must not be on one line."""

    spread: bool = False


@dataclass(frozen=True, slots=True)
class Align:
    """Where lines beside one another with the same `kind`, if each is a whole group, are padded to one column."""

    kind: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A token that is not written; its comments stay."""

    token: Token


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark without further content."""

    name: str


CLOSE = Sign("close")
DEEPER = Sign("deeper")
SHALLOWER = Sign("shallower")


class Doc:
    """The layout of what one rule of the grammar, `kind`, spans."""

    __slots__ = ("kind", "parts")

    def __init__(self, kind: str, parts: list[Piece]) -> None:
        self.kind = kind
        self.parts = parts


Piece: TypeAlias = "Token | str | Break | Open | Align | Gone | Sign | Doc"


def words(pieces: list[Piece]) -> list[Piece]:
    """Pieces on one line, a space between two."""
    spaced: list[Piece] = [" "] * (2 * len(pieces) - 1)
    spaced[::2] = pieces
    return spaced


def group(pieces: list[Piece]) -> list[Piece]:
    """Pieces that are on one line or broken together."""
    return [Open(), *pieces, CLOSE]


def deeper(pieces: list[Piece]) -> list[Piece]:
    """Pieces whose new lines are indented by one level more."""
    return [DEEPER, *pieces, SHALLOWER]


def last_token(piece: Piece) -> Token | None:
    """The last token of a piece that is written, found without recursion."""
    left = [piece]
    while left:
        match left.pop():
            case Token() as token:
                return token
            case Doc(parts=parts):
                left += parts
    return None


def flattened(doc: Doc) -> list[Piece]:
    """The pieces of a layout in order, without the docs around them; found without recursion."""
    flat: list[Piece] = []
    left: list[Piece] = [doc]
    while left:
        piece = left.pop()
        if type(piece) is Doc:
            left += piece.parts[::-1]
        else:
            flat.append(piece)
    return flat
