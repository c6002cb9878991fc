"""The arithmetic of bounds: windows, what is left of points that age, intervals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from compiler.prove.interval import Interval, computed
from compiler.prove.spans import LIFE, Stretch, least, times, total, weights
from runtime.table import Ageing

HOUR = 3_600_000_000
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("stretch", "windows"),
    [
        (Stretch(0), 1),
        (Stretch(DAY - 1), 1),
        (Stretch(DAY), 2),
        (Stretch(2 * DAY), 3),
        (Stretch(DAY, closed=False), 1),
        (Stretch(DAY + 1, closed=False), 2),
        (LIFE, None),
    ],
)
def test_a_stretch_with_both_its_ends_holds_a_window_more(stretch: Stretch, windows: int | None) -> None:
    assert stretch.windows(DAY) == windows
    assert stretch.windows(None) == 1


def test_amounts_without_end() -> None:
    assert least([None, 3, 2]) == 2
    assert least([None]) is None
    assert total([1, None]) is None
    assert total([]) == 0
    assert times(0, None) == 0
    assert times(2, None) is None


def test_what_fades_keeps_the_share_of_its_age() -> None:
    found = weights(Ageing(fade=Decimal("0.5"), every=7, expire=21), 100_000)
    assert found is not None
    assert sum(share for share, _ in found) == 1
    assert [(share, span.length) for share, span in found] == [
        (Fraction(1, 2), 7 * DAY), (Fraction(1, 4), 14 * DAY), (Fraction(1, 4), 21 * DAY),
    ]  # fmt: skip


def test_what_fades_of_the_first_value_ends() -> None:
    found = weights(Ageing(fade=Decimal("0.4"), every=7, of_first=True), 100_000)
    assert found is not None
    assert [share for share, _ in found] == [Fraction(2, 5), Fraction(2, 5), Fraction(1, 5)]


def test_what_halves_ends_below_a_thousandth_and_not_before() -> None:
    found = weights(Ageing(fade=Decimal("0.5"), every=1), 8)
    assert found is not None
    assert [span.length for _, span in found] == [DAY, 2 * DAY, 3 * DAY, 4 * DAY]
    assert weights(Ageing(fade=Decimal("0.5"), every=1), None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (("score", "a"), (0, 10_000)),
        (("+", ("score", "a"), ("lit", 5)), (5_000, 15_000)),
        (("-", ("score", "a"), ("score", "b")), (-4_000, 15_000)),
        (("*", ("score", "a"), ("score", "b")), (-50_000, 40_000)),
        (("*", ("lit", Decimal("0.0005")), ("score", "a")), (0, 5)),
        (("*", ("lit", -2), ("score", "open")), (None, -2_000)),
        (("*", ("lit", 2), ("score", "open")), (2_000, None)),
        (("*", ("score", "open"), ("score", "open")), (1_000, None)),
        (("*", ("score", "free"), ("score", "a")), (None, None)),
        (("*", ("score", "free"), ("lit", 0)), (0, 0)),
        (("min", ("score", "open"), ("score", "a")), (0, 10_000)),
        (("max", ("score", "open"), ("score", "a")), (1_000, None)),
        (("-", ("lit", 1), ("score", "open")), (None, 0)),
        (("round", ("*", ("lit", Decimal("0.0005")), ("lit", 1))), (0, 0)),
    ],
)
def test_a_computed_score_lies_within(value: tuple[object, ...], expected: tuple[int | None, int | None]) -> None:
    known = {
        "a": Interval(0, 10_000), "b": Interval(-5_000, 4_000), "open": Interval(1_000, None),
        "free": Interval(None, None),
    }  # fmt: skip
    found = computed(value, known)
    assert found is not None
    assert (found.low, found.high) == expected


def test_a_score_of_what_is_not_known_yet_waits() -> None:
    assert computed(("+", ("score", "a"), ("lit", 1)), {}) is None
