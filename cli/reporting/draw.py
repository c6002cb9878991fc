"""Draws the charts of a report, as SVG or PNG, and as SVG for the page.

Colours are those of Okabe and Ito, which the colour-blind tell apart; lines have marks and dashes of their own and bars
have hatches, so that they can be told apart in a print without colours too.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.problem import Problem
from cli.visible import visible
from insight.reports.tables import Chart, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5a5a5a", "#a08c00")
_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (6, 2, 1, 2)))
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo", "--")
_INK = "#22303c"
_WIDTH, _HEIGHT, _ROW = 8.0, 3.2, 0.3
_LONGEST = 40
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "leadscore", "text.parse_math": False, "font.family": "sans-serif",
    "font.size": 9.0, "text.color": _INK, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "axes.edgecolor": "#8a949e", "figure.facecolor": "white", "axes.facecolor": "white", "hatch.linewidth": 0.5,
}  # fmt: skip


def draw(report: Report, path: str) -> None:
    """Draw all charts of a report below each other. Raises Problem."""
    if not report.charts:
        raise Problem("there is nothing to draw: a chart needs more than one period, or something to count")
    content = _drawn(report.charts, path.lower()[-3:])
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise Problem(f"{path} can't be written: {error.strerror or error}") from None


def svg(chart: Chart) -> str:
    """A chart as an SVG element for a page."""
    text = _drawn([chart], "svg").decode()
    return text[text.index("<svg") :]


def _drawn(charts: Sequence[Chart], form: str) -> bytes:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    heights = [max(_ROW * len(each.labels) + 0.9, 1.4) if each.form == "rows" else _HEIGHT for each in charts]
    with rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the viewer's font need not be the one that measures
        figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
        axes = figure.subplots(len(charts), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel, chart in zip(axes, charts, strict=True):
            _draw(panel, chart)
        return _saved(figure, form)


def _saved(figure: Figure, form: str) -> bytes:
    if form == "svg":
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": "leadscore"})
        return text.getvalue().encode()
    data = BytesIO()
    figure.savefig(data, format="png", dpi=150, metadata={"Software": "leadscore"})
    return data.getvalue()


def _draw(panel: Axes, chart: Chart) -> None:
    match chart.form:
        case "rows":
            _rows(panel, chart)
        case "lines":
            _lines(panel, chart)
        case _:
            _bars(panel, chart)
    panel.set_title(_short(chart.title, 90), loc="left", fontsize=10.5, pad=22 if len(chart.series) > 1 else 6)
    panel.spines[["top", "right"]].set_visible(False)
    if len(chart.series) > 1:
        panel.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=8, borderpad=0.1, handlelength=3
        )
    _scale(panel, chart)
    (panel.set_xlabel if chart.form == "rows" else panel.set_ylabel)(_short(chart.axis))


def _scale(panel: Axes, chart: Chart) -> None:
    """Shares are told in percent; where all values are whole, so are the marks of the axis."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    axis = panel.xaxis if chart.form == "rows" else panel.yaxis
    if chart.share:
        axis.set_major_formatter(PercentFormatter(1.0))
    elif all(value is None or float(value).is_integer() for series in chart.series for value in series.values):
        axis.set_major_locator(MaxNLocator(nbins="auto", integer=True))


def _rows(panel: Axes, chart: Chart) -> None:
    places = range(len(chart.labels))
    for at, series in enumerate(chart.series):
        values = [value or 0.0 for value in series.values]
        size = 0.8 / len(chart.series)
        shifted = [place - 0.4 + size * (at + 0.5) for place in places]
        panel.barh(shifted, values, size, label=_short(series.name), **_filled(at))
        for place, value in zip(shifted, series.values, strict=True):
            if value is not None:
                panel.annotate(_number(value, chart), (value, place), xytext=(3, 0), textcoords="offset points",
                               va="center", fontsize=8)  # fmt: skip
    panel.set_yticks(list(places), [_short(label) for label in chart.labels])
    panel.invert_yaxis()
    panel.margins(x=0.12)
    panel.tick_params(axis="y", length=0)


def _number(value: float, chart: Chart) -> str:
    if chart.share:
        return f"{value:.0%}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _lines(panel: Axes, chart: Chart) -> None:
    places = list(range(len(chart.labels)))
    nan = float("nan")
    for at, series in enumerate(chart.series):
        values = [nan if value is None else value for value in series.values]
        color = _COLORS[at % len(_COLORS)]
        if series.low is not None and series.high is not None:
            low = [nan if value is None else value for value in series.low]
            high = [nan if value is None else value for value in series.high]
            panel.fill_between(places, low, high, color=color, alpha=0.15, linewidth=0)
        panel.plot(
            places, values, color=color, linestyle=_DASHES[at % len(_DASHES)], marker=_MARKS[at % len(_MARKS)],
            markersize=4.5, linewidth=1.5, label=_short(series.name),
        )  # fmt: skip
    _label(panel, chart)
    panel.set_ylim(bottom=min(0.0, panel.get_ylim()[0]) if not chart.share else 0.0)
    if chart.share:
        panel.set_ylim(top=max(1.0, panel.get_ylim()[1]))


def _bars(panel: Axes, chart: Chart) -> None:
    places = list(range(len(chart.labels)))
    below = [0.0] * len(places)
    stacked = chart.form == "stack"
    size = 0.75 if stacked else 0.75 / max(len(chart.series), 1)
    for at, series in enumerate(chart.series):
        values = [value or 0.0 for value in series.values]
        shifted = places if stacked else [place - 0.375 + size * (at + 0.5) for place in places]
        panel.bar(shifted, values, size, bottom=below if stacked else None, label=_short(series.name), **_filled(at))
        if stacked:
            below = [one + two for one, two in zip(below, values, strict=True)]
    _label(panel, chart)


def _label(panel: Axes, chart: Chart) -> None:
    """Name the places on the axis, as many as there is room for."""
    every = max(-(-len(chart.labels) // 14), 1)
    places = list(range(0, len(chart.labels), every))
    panel.set_xticks(places, [_short(chart.labels[at], 16) for at in places])
    panel.grid(axis="y", color="#8a949e", alpha=0.25, linewidth=0.6)
    panel.set_axisbelow(True)


def _filled(at: int) -> dict[str, Any]:
    return {
        "color": _COLORS[at % len(_COLORS)], "hatch": _HATCHES[at % len(_HATCHES)], "edgecolor": "white",
        "linewidth": 0.5,
    }  # fmt: skip


def _short(text: str, most: int = _LONGEST) -> str:
    """A text of one line of so many characters at most: XML has no way to hold a control character."""
    text = visible(text)
    return text if len(text) <= most else text[: most - 1] + "…"
