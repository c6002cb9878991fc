"""Draws the scores of a lead over time, as SVG or PNG.

One panel for each score - the score as a step line, its bands shaded, `ready` as a dashed line, a mark where time took
points - and below them a strip with a row for each trigger, so that the names of firings never cover each other.
Drawing is done by matplotlib, which is an extra: nothing else in leadscore needs it, and it is large.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.problem import Problem
from cli.visible import visible
from cli.writing import check_writable
from runtime import wording
from runtime.entry import Aged, Stepped, Triggered
from runtime.explain import Explanation
from runtime.lines import band_of
from runtime.table import Trigger
from runtime.times import DAY, write_date, write_instant

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 8
"""Scores that one picture can hold and still be read."""
_WIDTH, _PANEL, _ROW = 10.0, 2.5, 0.28
_LONGEST = 30
_FEW = 12
_INK, _LINE, _READY, _STEP, _AGED, _FIRED = "#22303c", "#1f5f99", "#7a1f3d", "#d1700f", "#7b4fb5", "#2c7a4b"
_BANDS = ("#dce8f4", "#e3f0e0", "#fdf3d6", "#fbe0cf", "#f6cfd0")
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "leadscore", "text.parse_math": False, "axes.unicode_minus": True,
    "font.family": "sans-serif", "font.size": 9.0, "text.color": _INK, "axes.labelcolor": _INK, "xtick.color": _INK,
    "ytick.color": _INK, "axes.edgecolor": "#8a949e", "figure.facecolor": "white", "axes.facecolor": "white",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Curve:
    """A score over time: (time, thousandths after all that happened then), and where time took points, by kind."""

    points: list[tuple[int, int]]
    steps: list[tuple[int, int]]
    aged: list[tuple[int, int]]


def curve(explanation: Explanation, key: str) -> Curve:
    """The score from the lead's first event, where it comes from 0, to the end."""
    found, steps, aged = {}, set(), set()
    for entry in explanation.entries:
        if entry.score == key:
            found[entry.at] = entry.balance
            if isinstance(entry.why, Stepped):
                steps.add(entry.at)
            elif isinstance(entry.why, Aged):
                aged.add(entry.at)
    first = explanation.entries[0].at
    found.setdefault(first, 0)
    points = sorted(found.items())
    if points[-1][0] < explanation.at:
        points.append((explanation.at, points[-1][1]))
    marked = [[(t, found[t]) for t in sorted(times)] for times in (steps, aged)]
    return Curve(points, *marked)


def check_plot(path: str, scores: int) -> None:
    """Raises Problem if the picture can't be drawn: to be called before the work."""
    if not path.lower().endswith((".svg", ".png")):
        raise Problem(f"{path} is neither an .svg nor a .png file")
    if scores > MOST:
        raise Problem(f"one picture holds up to {MOST} scores, not {scores}", hint="choose with --score KEY")
    check_writable(path)
    try:
        import matplotlib as mpl  # noqa: F401 - asks only whether it is there
    except ImportError:
        raise Problem("plots are drawn by matplotlib, which is missing", hint="pip install 'leadscore[plot]'") from None


def draw(explanation: Explanation, keys: Sequence[str], path: str) -> None:
    """Draw the scores `keys` to `path`. Raises OSError."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = _fired(explanation)
    heights = [_PANEL] * len(keys) + ([_ROW * (len(rows) + 1)] if rows else [])
    with rc_context(_STYLE), warnings.catch_warnings():
        # The font that measures need not be the one that the viewer of an SVG has: any script may stand in names.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=(_WIDTH, sum(heights) + 0.7 * len(keys) + 0.9), layout="constrained")
        title = f"lead {explanation.lead.id} in {explanation.plan.table.model}, up to {write_instant(explanation.at)}"
        title = visible(title)
        figure.suptitle(_short(title, 100), x=0.01, ha="left", fontsize=12, fontweight="bold")
        axes = list(figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0])
        for key, panel in zip(keys, axes, strict=False):
            _draw_score(panel, explanation, key)
        if rows:
            _draw_firings(axes[-1], axes[: len(keys)], rows)
        _draw_time(axes[-1], explanation)
        drawn = BytesIO()
        kind = path[-3:].lower()
        about: dict[str, Any] = {"Title": title} | ({"Date": None} if kind == "svg" else {})
        figure.savefig(drawn, format=kind, dpi=150, metadata=about)
    Path(path).write_bytes(drawn.getvalue())


def _draw_score(panel: Axes, explanation: Explanation, key: str) -> None:
    score, drawn = explanation.plan.table.scores[key], curve(explanation, key)
    values = [points / 1000 for _, points in drawn.points]
    ready = None if score.ready is None else score.ready / 1000
    low, high = min(0.0, *values), max(*values, ready or 0.0)
    room = (high - low or 1) * 0.08
    panel.set_ylim(low - (room if low < 0 else room / 4), high + room)
    _draw_bands(panel, explanation, key)
    if ready is not None:
        label = f"ready at {wording.score(score.ready or 0)}"
        panel.axhline(ready, color=_READY, linestyle=(0, (6, 3)), linewidth=1, label=label)
    times = [t / DAY for t, _ in drawn.points]
    panel.step(times, values, where="post", color=_LINE, linewidth=1.8, zorder=3)
    for marks, color, label in ((drawn.steps, _STEP, "degradation step"), (drawn.aged, _AGED, "points fade or expire")):
        if marks:
            places = [t / DAY for t, _ in marks], [points / 1000 for _, points in marks]
            panel.plot(*places, "v", color=color, markersize=5, label=label, zorder=4, clip_on=False)
    shown = explanation.totals[key].shown
    name = _short(key if score.label is None else f"{key} “{score.label}”", 3 * _LONGEST)
    band = f", {visible(band_of(score.bands, shown))}" if score.bands else ""
    explained = bool(panel.get_legend_handles_labels()[0])
    panel.set_title(f"{name} = {wording.score(shown)}{band}", loc="left", fontsize=10.5, pad=20 if explained else 5)
    if explained:
        panel.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=8, borderpad=0.2, borderaxespad=0
        )
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", color="#8a949e", alpha=0.25, linewidth=0.6)


def _draw_bands(panel: Axes, explanation: Explanation, key: str) -> None:
    """Shade the bands that are in sight, from cool to warm, and name those that are high enough at the right."""
    low, high = panel.get_ylim()
    below = low
    bands = explanation.plan.table.scores[key].bands
    for at, band in enumerate(bands):
        above = high if band.below is None else min(band.below / 1000, high)
        if above > below:
            color = _BANDS[round(at * (len(_BANDS) - 1) / max(len(bands) - 1, 1))]
            panel.axhspan(below, above, color=color, zorder=0, linewidth=0)
            if (above - below) / (high - low) > 0.06:
                middle = ((below + above) / 2 - low) / (high - low)
                panel.text(1.008, middle, _short(band.name, 20), transform=panel.transAxes, va="center", fontsize=8.5)
            below = above


def _fired(explanation: Explanation) -> list[tuple[Trigger, list[int]]]:
    """The triggers that fired, in source order, with the times of their firings."""
    times: dict[str, list[int]] = {}
    for entry in explanation.entries:
        if isinstance(entry.why, Triggered) and not entry.why.blocked:
            times.setdefault(entry.why.trigger, []).append(entry.at)
    triggers = explanation.plan.table.triggers
    return [(trigger, times[trigger.name]) for trigger in triggers if trigger.name in times]


def _draw_firings(strip: Axes, panels: Sequence[Axes], rows: list[tuple[Trigger, list[int]]]) -> None:
    """A row for each trigger with a mark at each firing, which a thin line carries up through the panels
    unless there are many."""
    names = []
    for at, (trigger, times) in enumerate(rows):
        days = [t / DAY for t in times]
        strip.plot(days, [at] * len(days), "D", color=_FIRED, markersize=5, zorder=3)
        for panel in panels if len(days) <= _FEW else ():
            for day in days:
                panel.axvline(day, color=_FIRED, linewidth=0.7, linestyle=":", alpha=0.7, zorder=1)
        stages = [action[1] for action in trigger.do if action[0] == "move"]
        names.append(_short(" → ".join([trigger.name, *stages])))
    strip.set_ylim(len(rows) - 0.4, -0.6)
    strip.set_yticks(range(len(rows)), names)
    strip.tick_params(axis="y", length=0)
    strip.set_title("triggers fired", loc="left", fontsize=10.5, pad=4)
    strip.spines[["top", "right", "left"]].set_visible(False)
    strip.grid(axis="y", color="#8a949e", alpha=0.25, linewidth=0.6)


def _draw_time(axes: Axes, explanation: Explanation) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    first, last = explanation.entries[0].at / DAY, explanation.at / DAY
    room = (last - first) * 0.015 or 0.5
    axes.set_xlim(first - room, last + room)
    locator = AutoDateLocator(minticks=4, maxticks=10)  # type: ignore[no-untyped-call]  # this module has no types
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]  # as above
        locator,
        formats=["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%b\n%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    axes.xaxis.set_major_formatter(formatter)
    span = write_date(explanation.entries[0].at), write_date(explanation.at)
    axes.set_xlabel(f"{' to '.join(sorted(set(span)))}, UTC", loc="right", fontsize=8)


def _short(text: str, most: int = _LONGEST) -> str:
    """A text of one line of so many characters at most: XML has no way to hold a control character."""
    text = visible(text)
    return text if len(text) <= most else text[: most - 1] + "…"
