"""Which combinations of text tests there are texts for, with the shortest text for each.

All states that the machines of the tests can come to together are visited, breadth first. Each state gives one
combination of passed tests, so the combinations that come up are all there are: they cut the texts into *classes*.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from compiler.prove.letters import Machine, Order, TextTest, Word, machines
from compiler.prove.meaning import touches
from compiler.terms import folded_text

LIMIT = 10_000
"""More states than this are not visited."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_MARKS = "-/ .,_:;+=~!#$%&"
_KEPT = 3


class TooLarge(Exception):
    """There are more states than are visited."""


def is_plain(word: str, folded: bool) -> bool:
    """Whether a text stays as it is where it is taken in, and where its case is put aside if that is done."""
    return unicodedata.is_normalized("NFC", word) and (not folded or folded_text(word) == word)


_known: dict[tuple[tuple[TextTest, ...], bool], dict[int, list[str]]] = {}
_REMEMBERED = 2_000


def remembered(
    tests: tuple[TextTest, ...], folded: bool, tick: Callable[[], None] | None = None
) -> dict[int, list[str]]:
    """What `classes` gives, which is the same for the same tests whoever asks. Raises TooLarge."""
    key = (tests, folded)
    if key not in _known:
        found = classes(tests, folded, tick)
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[key] = found
    return _known[key]


def classes(tests: Sequence[TextTest], folded: bool, tick: Callable[[], None] | None = None) -> dict[int, list[str]]:
    """For each combination of passed tests (bit i: test i) that any text has, a few texts that have it, the plainest
    first. Raises TooLarge; calls `tick` now and then."""
    side = machines(tests)
    limit = LIMIT + 4 * sum(len(text) for _, texts in tests for text in texts)
    start = tuple([machine.start for machine in side])
    found = _Kept(folded)
    words = {start: ""}
    layer = [start]
    while layer:
        ahead: list[Any] = []
        for state in layer:
            word = words[state]
            found.keep(passed(side, state), word)
            if tick is not None:
                tick()
            for letter in letters(side, state, 1):
                to = tuple([machine.step(own, letter) for machine, own in zip(side, state, strict=True)])
                if to not in words:
                    words[to] = word + letter
                    ahead.append(to)
        if len(words) > limit:
            raise TooLarge
        layer = ahead
    return found.sorted()


class _Kept:
    """A few texts for each combination of passed tests, plain ones if there are any."""

    def __init__(self, folded: bool) -> None:
        self.folded = folded
        self.plain: dict[int, list[str]] = {}
        self.odd: dict[int, list[str]] = {}

    def keep(self, bits: int, word: str) -> None:
        plain = self.plain.setdefault(bits, [])
        if len(plain) < _KEPT:
            if is_plain(word, self.folded):
                plain.append(word)
            elif len(self.odd.setdefault(bits, [])) < _KEPT:
                self.odd[bits].append(word)

    def sorted(self) -> dict[int, list[str]]:
        """The texts, the plainest first and the empty one behind all others that are plain."""
        return {
            bits: [*sorted(plain, key=lambda word: (not word, len(word))), *self.odd.get(bits, ())]
            for bits, plain in self.plain.items()
        }


def passed(side: Sequence[Machine], state: Any) -> int:
    """The tests that a text passes which ends in this state, as bits."""
    bits = 0
    for machine, own in zip(side, state, strict=True):
        bits |= machine.passed(own)
    return bits


def bits_of(side: Sequence[Machine], word: str) -> int:
    """The tests that a text passes, as bits."""
    state = tuple(machine.start for machine in side)
    for letter in word:
        state = tuple(machine.step(own, letter) for machine, own in zip(side, state, strict=True))
    return passed(side, state)


def _sure(side: Sequence[Machine], state: Any) -> int:
    bits = 0
    for machine, own in zip(side, state, strict=True):
        bits |= machine.sure(own)
    return bits


# --- letters ----------------------------------------------------------------------------------------------------------


def letters(side: Sequence[Machine], state: Any, others: int) -> tuple[str, ...]:
    """Letters for all that any letter can do in this state: those that are told apart, and up to `others` of each sort
    of the rest."""
    told: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    words = False
    for machine, own in zip(side, state, strict=True):
        telling = machine.telling(own)
        told = told | telling if told else telling
        if isinstance(machine, Order):
            lines |= telling
        words = words or isinstance(machine, Word)
    return _telling(told, lines, words, others)


@lru_cache(maxsize=10_000)
def _telling(told: frozenset[str], lines: frozenset[str], words: bool, others: int) -> tuple[str, ...]:
    found = sorted(told)
    for sort in (True, False) if words else (None,):
        if not lines:
            found += _others(told, sort, others)
            continue
        edges = [-1, *sorted(map(ord, lines)), 0x110000]
        for low, high in pairwise(edges):
            found += _between(low, high, told, sort, others)
    return tuple(found)


def _others(told: frozenset[str], touching: bool | None, count: int) -> list[str]:
    found: list[str] = []
    for letter in _plain(touching):
        if letter not in told:
            found.append(letter)
            if len(found) == count:
                break
    return found


def _plain(touching: bool | None) -> Iterator[str]:
    if touching is not False:
        yield from _LETTERS
    if touching is not True:
        yield from _MARKS
    yield from (chr(point) for point in (range(0x4E00, 0x9000) if touching is not False else range(0x2190, 0x2C00)))


def _between(low: int, high: int, told: frozenset[str], touching: bool | None, count: int) -> list[str]:
    """Letters with code points above `low` and below `high`, the plain ones first."""
    plain = ("" if touching is False else _LETTERS) + ("" if touching is True else _MARKS)
    found = [letter for letter in plain if low < ord(letter) < high and letter not in told][:count]
    if not found:
        points = _points(touching)
        at = bisect_left(points, low + 1)
        while at < len(points) and points[at] < high and len(found) < count:
            if chr(points[at]) not in told:
                found.append(chr(points[at]))
            at += 1
    return found


@cache
def _points(touching: bool | None) -> list[int]:
    """All code points of a sort, in order."""
    every = (point for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    return [point for point in every if touching is None or touches(chr(point)) is touching]


# --- some texts for a demand ------------------------------------------------------------------------------------------


def some(
    side: Sequence[Machine],
    wanted: Callable[[int], bool],
    count: int,
    folded: bool,
    never: int = 0,
    tick: Callable[[], None] | None = None,
) -> tuple[list[str], bool]:
    """Up to `count` plain texts whose bits are wanted, the shortest first, and whether these are all that there are.
    No wanted bits have any of `never`, so no way is followed further once it has one for sure. Raises TooLarge; calls
    `tick` for each state."""
    start = tuple(machine.start for machine in side)
    arrows: dict[Any, list[tuple[str, Any]]] = {}
    told: dict[Any, int] = {}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state in arrows:
            continue
        if len(arrows) > LIMIT:
            raise TooLarge
        if tick is not None:
            tick()
        known = {letter for machine, own in zip(side, state, strict=True) for letter in machine.telling(own)}
        told[state] = len(known)
        arrows[state] = [
            (letter, tuple(machine.step(own, letter) for machine, own in zip(side, state, strict=True)))
            for letter in letters(side, state, count)
        ]
        if never:
            arrows[state] = [way for way in arrows[state] if not _sure(side, way[1]) & never]
            told[state] = sum(1 for letter, _ in arrows[state] if letter in known)
        waiting += [to for _, to in arrows[state]]
    useful = _leading(arrows, {state for state in arrows if wanted(passed(side, state))})
    return _spelled(start, arrows, told, useful, lambda state: wanted(passed(side, state)), count, folded)


def _leading(arrows: dict[Any, list[tuple[str, Any]]], ends: set[Any]) -> dict[Any, int]:
    """The states from which one of `ends` is reached, and how many letters that takes."""
    into: dict[Any, list[Any]] = {}
    for state, ways in arrows.items():
        for _, to in ways:
            into.setdefault(to, []).append(state)
    found = dict.fromkeys(ends, 0)
    waiting = deque(ends)
    while waiting:
        to = waiting.popleft()
        for state in into.get(to, ()):
            if state not in found:
                found[state] = found[to] + 1
                waiting.append(state)
    return found


def _spelled(
    start: Any,
    arrows: dict[Any, list[tuple[str, Any]]],
    told: dict[Any, int],
    useful: Mapping[Any, int],
    good: Callable[[Any], bool],
    count: int,
    folded: bool,
) -> tuple[list[str], bool]:
    found: list[str] = []
    whole = True
    layer = [("", start)] if start in useful else []
    for _ in range(len(arrows) + count):
        for word, state in layer:
            if good(state):
                if is_plain(word, folded):
                    found.append(word)
                else:
                    whole = False
                if len(found) == count:
                    return found, False
        ahead: list[tuple[str, Any]] = []
        for word, state in layer:
            for at, (letter, to) in enumerate(arrows[state]):
                if to in useful:
                    whole = whole and at < told[state]
                    ahead.append((word + letter, to))
        if len(ahead) > 4 * count + 64:
            ahead.sort(key=lambda way: useful[way[1]])
            whole, ahead = False, ahead[: 4 * count + 64]
        layer = ahead
        if not layer:
            return found, whole
    return found, False
