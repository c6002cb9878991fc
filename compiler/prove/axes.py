"""Axes: the values of one thing, cut into the classes that a question tells apart.

Of a text, all that counts are the tests that it passes; of a number, between which two thresholds it lies. So each axis
has finitely many classes, a test on it is the set of classes in which it holds (an integer, a bit for each class), and
``and``, ``or`` and ``not`` of tests on one axis are ``&``, ``|`` and complement. Where a value may be missing, class 0
is that it is, and no test holds there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from compiler.prove.domain import Domain
from compiler.prove.letters import TextTest
from compiler.prove.texts import remembered

Key: TypeAlias = tuple[Any, ...]
"""``("var", var)`` the values of a variable; ``("folded", var)`` those of a text without its case; ``("raw", var)``
with it, beside; ``("form", poly)`` those of a polynomial of several variables; ``("has", var, folded, text)`` whether
a list holds a text; ``("strand", var, folded, test)`` a text test that stands alone; ``("fact", term)`` a condition
that is taken as it is."""
Test: TypeAlias = tuple[Any, ...]
"""``("present",)``; ``("within", low, high)`` of numbers; ``("text", test)``; ``("among", values)`` of finite values;
``("true",)`` of axes that are true or false."""
Span: TypeAlias = tuple[int | None, int | None]


@dataclass(slots=True, eq=False)
class Axis:
    """`size` classes. `masks` says for each test where it holds; `spans` are the bounds of each class of a numeric
    axis, `words` some texts of each class of a text, `values` the values of a finite one (of class 0: None, if
    `optional`)."""

    key: Key
    size: int
    optional: bool
    masks: dict[Test, int] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    tests: tuple[TextTest, ...] = ()
    bits: list[int] = field(default_factory=list)

    @property
    def full(self) -> int:
        return (1 << self.size) - 1


def number_axis(key: Key, optional: bool, low: int | None, high: int | None, tests: Iterable[Test]) -> Axis:
    """The axis of a count of steps (or of a polynomial) within `low` to `high`."""
    cuts: set[int] = set()  # a class begins at each
    for _, least, most in (test for test in tests if test[0] == "within"):
        if least is not None:
            cuts.add(least)
        if most is not None:
            cuts.add(most + 1)
    inner = sorted(cut for cut in cuts if (low is None or cut > low) and (high is None or cut <= high))
    starts = [low, *inner]
    ends = [cut - 1 for cut in inner] + [high]
    spans: list[Span] = [(None, None)] * optional + list(zip(starts, ends, strict=True))
    if low is not None and high is not None and low > high:
        spans = spans[:optional]
    axis = Axis(key, len(spans), optional, spans=spans)
    for test in tests:
        axis.masks[test] = _mask_within(axis, test)
    return axis


def _mask_within(axis: Axis, test: Test) -> int:
    mask = 0
    for at in range(int(axis.optional), axis.size):
        if test[0] == "present" or inside(axis.spans[at], test[1], test[2]):
            mask |= 1 << at
    return mask


def inside(span: Span, low: int | None, high: int | None) -> bool:
    """Whether the class lies within the bounds; it lies either within or outside."""
    above = low is None or (span[0] is not None and span[0] >= low)
    below = high is None or (span[1] is not None and span[1] <= high)
    return above and below and (low is None or high is None or low <= high)


def finite_axis(key: Key, domain: Domain, tests: Iterable[Test]) -> Axis:
    """The axis of a variable with few values."""
    values = [None] * domain.optional + list(domain.values)
    axis = Axis(key, len(values), domain.optional, values=values)
    for test in tests:
        axis.masks[test] = sum(
            1 << at
            for at, value in enumerate(values)
            if (at or not domain.optional) and (test[0] == "present" or value in test[1])
        )
    return axis


def flag_axis(key: Key) -> Axis:
    """The axis of what is true or false."""
    return Axis(key, 2, False, {("true",): 2}, values=[False, True])


def text_axis(key: Key, optional: bool, folded: bool, tests: Iterable[Test], tick: Callable[[], None]) -> Axis:
    """The axis of a text. Raises TooLarge."""
    asked = tuple(sorted(test[1] for test in tests if test[0] == "text"))
    found: Mapping[int, list[str]] = remembered(asked, folded, tick)
    order = sorted(found, key=lambda bits: (bits.bit_count(), bits))
    axis = Axis(key, len(order) + optional, optional, tests=asked)
    axis.words = [[]] * optional + [found[bits] for bits in order]
    axis.bits = [0] * optional + order
    there = sum(1 << at for at in range(int(optional), axis.size))
    for test in tests:
        axis.masks[test] = there
    for at, test in enumerate(asked):
        axis.masks["text", test] = sum(1 << place for place in range(axis.size) if axis.bits[place] >> at & 1)
    return axis
