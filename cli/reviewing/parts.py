"""The parts that a sheet for a meeting is made of, before anybody decides how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list; with `todo` its points can be ticked off."""

    texts: tuple[str, ...]
    todo: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `right` are the columns that hold numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Code:
    """What is to be copied as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """Room to write."""

    lines: int


Part: TypeAlias = Heading | Text | Points | Grid | Code | Room
