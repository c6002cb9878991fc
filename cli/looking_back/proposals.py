"""A proposal of points as sections."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cli.looking_back.tables import Section, estimate, leak

if TYPE_CHECKING:
    from insight.backtest.leakage import Leak
    from insight.backtest.standing import Study
    from insight.calibrate.proposal import Proposal, Row
    from insight.calibrate.tallies import Tallies


def sections(
    looked: Study, result: Proposal, tallies: Tallies | None, outcome: str, leaks: Sequence[Leak]
) -> list[Section]:
    """The data, the tallies, the points, the trials."""
    return [_data(looked, result, outcome, leaks), _tallies(tallies), _points(result), _trials(result)]


def _data(looked: Study, result: Proposal, outcome: str, leaks: Sequence[Leak]) -> Section:
    won = sum(each.case.won for each in looked.standings)
    said = [f"{won:,} of {len(looked.standings):,} leads reached `{outcome}`; {len(result.rows)} numbers may change"]
    said += [f"left out: {count:,} {why}" for why, count in looked.cases.left.items()]
    said += [f"nothing is learnt from leakage: {leak(each, outcome)}" for each in leaks]
    return Section("What it is made from", tuple(said), brief=True)


def _tallies(found: Tallies | None) -> Section:
    if found is None:
        return Section(
            "Tallies", ("no tallies: without a line, or without interactions, there is nothing to divide",), brief=True
        )
    rows = [(each.name or "(all)", str(each.interactions), f"{each.leads:,}") for each in found.stages if each.leads]
    counted = " + ".join(str(each.interactions) for each in found.stages if each.interactions)
    reached = found.each * found.total
    said = (
        (
            f"tallies: {counted} interactions make a lead ready, {_number(found.line)}/{found.total} points each, "
            f"rounded up to {_number(found.each)}: {found.total} of them make {_number(reached)}"
        ),
    )
    columns = ("stage", "interactions (median)", "won leads that were there")
    return Section("Tallies", said, columns, tuple(rows), frozenset(columns[1:]), brief=True)


def _points(result: Proposal) -> Section:
    columns = ("rule", "today", "tallies", "regression", "95% interval", "leads", "won")
    rows = tuple(_row(each) for each in result.rows)
    left = [each.site.name for each in result.rows if each.fitted is None]
    said = []
    if left:
        said.append(f"left as they are, since they count the same for every lead, or never: {', '.join(left)}")
    idle = [each.site.name for each in result.rows if each.fitted is not None and not each.fitted]
    if idle:
        said.append(f"worth nothing beside the others: {', '.join(idle)}; think of removing them")
    return Section(
        "Points", tuple(said), columns, rows, frozenset({"today", "tallies", "regression", "leads"}), brief=True
    )


def _row(each: Row) -> tuple[str, ...]:
    interval = "" if each.low is None or each.high is None else f"{each.low:.4g} to {each.high:.4g}"
    won = f"{each.won / each.leads:.1%}" if each.leads else ""
    fitted = "as it is" if each.fitted is None else _number(each.fitted)
    plain = "as it is" if each.plain is None else _number(each.plain)
    return (each.site.name, _number(each.site.now), plain, fitted, interval, f"{each.leads:,}", won)


def _trials(result: Proposal) -> Section:
    columns = ("points", "AUC, other leads", "average precision", f"AUC, {result.later:,} later leads", "gained there")
    rows = []
    for each in result.trials:
        gain = (
            "" if each.gain is None or each.name == "today" else _signed(each.gain.value, each.gain.low, each.gain.high)
        )
        spread = f"{each.mean:.3f} ({min(each.folds):.3f} to {max(each.folds):.3f})"
        rows.append((each.name, spread, f"{each.mean_precision:.3f}", estimate(each.later, of_one=True), gain))
    said = ("judged on leads that the points were not made from: in five parts (mean, lowest, highest), and in time",)
    return Section("How they do", said, columns, tuple(rows), brief=True)


def _signed(value: float, low: float, high: float) -> str:
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_values(
    looked: Study, result: Proposal, tallies: Tallies | None, outcome: str, leaks: Sequence[Leak]
) -> dict[str, Any]:
    """What goes out as JSON."""
    return {
        "outcome": outcome,
        "leads": len(looked.standings),
        "won": sum(each.case.won for each in looked.standings),
        "left": dict(looked.cases.left),
        "leaks": list(leaks),
        "penalty": result.penalty,
        "tallies": tallies,
        "points": [
            {
                "rule": each.site.rule, "branch": each.site.branch, "today": each.site.now, "tallies": each.plain,
                "regression": each.fitted, "low": each.low, "high": each.high, "leads": each.leads, "won": each.won,
            }
            for each in result.rows
        ],
        "trials": [
            {
                "points": each.name, "folds": each.folds, "auc": each.mean, "average_precision": each.mean_precision,
                "later": each.later, "gain": each.gain,
            }
            for each in result.trials
        ],
        "later": result.later,
    }  # fmt: skip
