"""The curve of a score over days, as the numbers that an SVG needs: a step line over its bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.pages import page
from cli.visible import visible
from runtime import wording
from runtime.table import Score
from runtime.times import DAY

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 104, 14, 40
_NICE = (1, 2, 2.5, 5, 10)
SHADES = 5


def shade(at: int, count: int) -> int:
    """Which of the shades, from cool to warm, the band `at` of `count` has."""
    return round(at * (SHADES - 1) / max(count - 1, 1))


def drawn(score: Score, moments: Sequence[tuple[int, int]], title: str) -> page.Chart:
    """The chart of a score that stands at (microseconds from the beginning, thousandths) from each of `moments` on.

    `title` says the same to those who don't see it.
    """
    last = max(moments[-1][0] * 1.06, DAY / 24)
    high = max(points for _, points in moments) * 1.1
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def x(at: float) -> float:
        return round(_LEFT + at / last * (right - _LEFT), 1)

    def y(points: float) -> float:
        return round(bottom - max(points, 0) / high * (bottom - _TOP), 1)

    line = [f"M{x(0)} {y(moments[0][1])}"]
    line += [f"H{x(at)}V{y(points)}" for at, points in moments[1:]]
    line.append(f"H{x(last)}")
    days = tuple(page.Tick(x(at * DAY), wording.score(round(at * 1000))) for at in _ticks(last / DAY, 8))
    scores = tuple(page.Tick(y(points), wording.score(round(points))) for points in _ticks(high, 5))
    ready = None if score.ready is None or score.ready > high else y(score.ready)
    return page.Chart(
        _WIDTH, _HEIGHT, _LEFT, right, _TOP, bottom, "".join(line), days, scores, tuple(_areas(score, high, y)), ready,
        title,
    )  # fmt: skip


def _areas(score: Score, high: float, y: object) -> Iterator[tuple[float, float, int, str]]:
    assert callable(y)
    low = 0.0
    for at, band in enumerate(score.bands):
        end = high if band.below is None else min(band.below, high)
        if end > low:
            name = visible(band.name)
            name = name if len(name) <= 14 else name[:13] + "…"
            yield y(end), round(y(low) - y(end), 1), shade(at, len(score.bands)), name
            low = end


def _ticks(end: float, most: int) -> list[float]:
    """Round numbers from 0 up to `end`, so many at most."""
    size = 1.0
    while end / size > most:
        size *= 10
    while end / size * 10 <= most:
        size /= 10
    step = next(size / 10 * nice for nice in _NICE if end / (size / 10 * nice) <= most)
    return [at * step for at in range(int(end / step) + 1)]
