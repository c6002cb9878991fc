"""Pictures of a back-test, as SVG to stand in a page.

The colours are those of Okabe and Ito, which colour-blind people tell apart; lines also differ in their dashes, so that
a print in black and white can be read. The same result gives the same bytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import StringIO
from typing import Any

from insight.backtest.result import Result

_BLUE, _ORANGE, _GREEN, _GREY, _INK = "#0072B2", "#D55E00", "#009E73", "#8a949e", "#22303c"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "leadscore", "text.parse_math": False, "axes.unicode_minus": True,
    "font.family": "sans-serif", "font.size": 9.0, "text.color": _INK, "axes.labelcolor": _INK, "xtick.color": _INK,
    "ytick.color": _INK, "axes.edgecolor": _GREY, "figure.facecolor": "white", "axes.facecolor": "white",
    "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip
_SIZE = (4.6, 3.4)
Draw = Callable[[Any, Result], None]


def charts(result: Result) -> dict[str, str]:
    """The SVG of each picture by its name; pictures without anything to show are left out."""
    drawn: dict[str, Draw] = {"roc": _roc, "pr": _pr, "gains": _gains, "lift": _lift, "months": _months}
    if result.calibration is not None:
        drawn["reliability"] = _reliability
    if result.sweep is not None and result.sweep.best is not None:
        drawn["profit"] = _profit
    return {name: _svg(draw, result) for name, draw in drawn.items()}


def _svg(draw: Draw, result: Result) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        draw(axes, result)
        out = StringIO()
        figure.savefig(out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = out.getvalue()
    return text[text.index("<svg") :]


def _named(axes: Any, title: str, x: str, y: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def _roc(axes: Any, result: Result) -> None:
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="guessing")
    axes.plot(result.roc.x, result.roc.y, color=_BLUE, label=f"score, AUC {result.auc.value:.3f}")
    axes.legend(frameon=False, loc="lower right")
    _named(axes, "ROC", "share of other leads above", "share of won leads above")


def _pr(axes: Any, result: Result) -> None:
    axes.axhline(result.rate.value, color=_GREY, linestyle=":", label="guessing")
    value = result.average_precision.value
    axes.step(result.pr.x, result.pr.y, where="pre", color=_BLUE, label=f"score, average {value:.3f}")
    axes.set_ylim(0, 1.02)
    axes.legend(frameon=False)
    _named(axes, "Precision and recall", "recall", "precision")


def _gains(axes: Any, result: Result) -> None:
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="in any order")
    axes.plot([0, result.rate.value, 1], [0, 1, 1], color=_GREEN, linestyle="--", label="perfect order")
    axes.plot(result.gains.x, result.gains.y, color=_BLUE, label="by the score")
    axes.legend(frameon=False, loc="lower right")
    _named(axes, "Gain", "share of leads, best first", "share of won leads among them")


def _lift(axes: Any, result: Result) -> None:
    axes.axhline(1, color=_GREY, linestyle=":")
    axes.bar([each.number for each in result.tenths], [each.lift for each in result.tenths], color=_BLUE)
    axes.set_xticks(range(1, 11))
    _named(axes, "Lift by tenth", "tenth, best first", "times the average rate")


def _reliability(axes: Any, result: Result) -> None:
    assert result.calibration is not None
    bins = result.calibration.bins
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":")
    low = [each.came.value - each.came.low for each in bins]
    high = [each.came.high - each.came.value for each in bins]
    axes.errorbar(
        [each.forecast for each in bins], [each.came.value for each in bins], yerr=[low, high], fmt="o", color=_BLUE,
        ecolor=_ORANGE, capsize=2, markersize=4,
    )  # fmt: skip
    _named(axes, "Reliability", "forecast", "what came")


def _months(axes: Any, result: Result) -> None:
    known = [(each.name, each.auc) for each in result.months if each.auc is not None]
    names = [name for name, _ in known]
    values = [auc.value for _, auc in known]
    low = [auc.value - auc.low for _, auc in known]
    high = [auc.high - auc.value for _, auc in known]
    axes.axhline(0.5, color=_GREY, linestyle=":")
    axes.errorbar(names, values, yerr=[low, high], fmt="o-", color=_BLUE, ecolor=_ORANGE, capsize=3, markersize=4)
    axes.set_ylim(min(0.45, *[auc.low for _, auc in known]) if known else 0, 1.0)
    axes.tick_params(axis="x", rotation=45)
    _named(axes, "AUC by month of the first event", "", "AUC")


def _profit(axes: Any, result: Result) -> None:
    found = result.sweep
    assert found is not None
    assert found.best is not None
    assert found.stable is not None
    axes.plot([each.line for each in found.lines], [each.profit for each in found.lines], color=_BLUE)
    axes.axvspan(found.stable.low, found.stable.high, color=_ORANGE, alpha=0.2, linewidth=0)
    axes.axvline(found.best.line, color=_ORANGE, linestyle="--", label=f"best, {found.best.line:g}")
    if result.line is not None:
        axes.axvline(result.line, color=_GREY, linestyle=":", label=f"today, {result.line:g}")
    axes.legend(frameon=False)
    _named(axes, "Where to draw the line", "line", "earned")
