"""The results of a back-test as sections: a title, sentences, a table. Text, Markdown and the page lay out the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtime import wording
from runtime.times import DAY, HOUR, MINUTE, write_instant

if TYPE_CHECKING:
    from insight.backtest.costs import Line
    from insight.backtest.leakage import Leak
    from insight.backtest.measures import Estimate
    from insight.backtest.result import Fired, Result, Spread


@dataclass(frozen=True, slots=True)
class Section:
    """`right` names the columns of numbers; `brief` sections stand in the short report too; `chart` names a picture."""

    title: str
    said: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: frozenset[str] = frozenset()
    brief: bool = False
    charts: tuple[str, ...] = field(default=())


def sections(result: Result) -> list[Section]:
    """All sections, the most important first."""
    found = [
        _verdict(result), _leakage(result), _bands(result), _triggers(result), _best(result), _tenths(result),
        _calibration(result), _months(result), _lines(result), _method(result),
    ]  # fmt: skip
    return [each for each in found if each.said or each.rows]


def percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def estimate(found: Estimate | None, *, of_one: bool = False) -> str:
    if found is None:
        return ""
    if of_one:
        return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
    return f"{percent(found.value)} ({percent(found.low)} to {percent(found.high)})"


def about(micros: float) -> str:
    """A duration in one unit that says enough: ``3.5 days``."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if micros >= unit:
            count = round(micros / unit, 1)
            return f"{count:g} {name}" + ("" if count == 1 else "s")
    return f"{micros / 1_000_000:.0f} seconds"


def _numbers(*names: str) -> frozenset[str]:
    return frozenset(names)


def _verdict(result: Result) -> Section:
    said = [
        f"{result.won:,} of {result.leads:,} leads reached `{result.outcome}`: {estimate(result.rate)}",
        f"`{result.score}`, as it stood before, tells them apart with an AUC of {estimate(result.auc, of_one=True)}",
        (
            f"average precision {estimate(result.average_precision, of_one=True)}, where guessing gives "
            f"{result.rate.value:.3f}"
        ),
        *result.remarks,
    ]
    return Section("How well it foretells", tuple(said), brief=True, charts=("roc", "pr"))


def _leakage(result: Result) -> Section:
    said = tuple(f"leakage: {leak(each, result.outcome)}" for each in result.leaks)
    return Section("Leakage", said, brief=True)


def leak(found: Leak, outcome: str) -> str:
    """The warning as a sentence."""
    what = f"the event `{found.what[1]}`" if found.what[0] == "event" else f"the rule `{found.what[-1]}`"
    match found.how:
        case "at":
            return (
                f"{what} comes with `{outcome}` or after it in {found.leads:,} leads ({percent(found.share)} of those "
                "that show it): it can't foretell it"
            )
        case "only":
            return (
                f"{what} comes {about(found.near or 0)} before `{outcome}` and {percent(found.share)} of the leads "
                "that show it reach it: it is part of it, and too late for anybody to act on"
            )
        case _:
            return f"{what} is on the very event that decides `{outcome}`; of each lead only earlier ones count here"


def _bands(result: Result) -> Section:
    columns = ("band", "leads", "won", "rate (95% interval)")
    rows = [(each.name, f"{each.leads:,}", f"{each.won:,}", estimate(each.rate)) for each in reversed(result.bands)]
    return Section("Conversion by band", (), columns, tuple(rows), _numbers("leads", "won"), brief=True)


def _triggers(result: Result) -> Section:
    columns = ("trigger", "leads", "won", "precision", "recall", "lift", "before the outcome (median)")
    fired = [*result.triggers]
    rows = [_fired(each, each.name) for each in fired if each.leads]
    if result.at_line is not None and result.line is not None:
        rows.insert(0, _fired(result.at_line, f"ready (at {result.line:g})"))
    never = [each.name for each in fired if not each.leads]
    said = (f"never fired before an outcome: {', '.join(never)}",) if never else ()
    return Section("Triggers and the line", said, columns, tuple(rows), _numbers("leads", "won", "lift"), brief=True)


def _fired(each: Fired, name: str) -> tuple[str, ...]:
    precision = "" if each.precision is None else percent(each.precision.value)
    recall = "" if each.recall is None else percent(each.recall.value)
    lift = "" if each.lift is None else f"{each.lift:.2f}"
    return (name, f"{each.leads:,}", f"{each.won:,}", precision, recall, lift, _early(each.early))


def _early(found: Spread | None) -> str:
    return "" if found is None else about(found.middle)


def _best(result: Result) -> Section:
    found = result.sweep
    if found is None or found.best is None or found.stable is None:
        return Section("The best line")
    best = found.best
    said = [
        (
            f"the best line is {best.line:g}: {best.calls:,} calls, {best.won:,} won ({percent(best.precision)}), "
            f"{best.profit:,.0f} earned"
        ),
        f"in resampled leads it lies between {found.stable.low:g} and {found.stable.high:g}",
        "a deal's worth counts in full for whoever was called: nobody knows who would have come without",
    ]
    now = _nearest(found.lines, result.line)
    if now is not None and now.profit is not None:
        said.insert(
            1, f"at today's line of {result.line:g}: {now.calls:,} calls, {now.won:,} won, {now.profit:,.0f} earned"
        )
    if found.own_worth:
        said.append(f"{found.own_worth:,} won leads count with their own worth")
    return Section("The best line", tuple(said), brief=True, charts=("profit",))


def _nearest(lines: Sequence[Line], line: float | None) -> Line | None:
    """What the line today gives: that of the lowest score at or above it."""
    above = [each for each in lines if line is not None and each.line >= line]
    return above[0] if above else None


def _tenths(result: Result) -> Section:
    columns = ("tenth", "scores", "leads", "won", "lift", "won so far")
    rows = [
        (
            str(each.number),
            f"{each.highest:g} to {each.lowest:g}",
            f"{each.leads:.1f}",
            f"{each.won:.1f}",
            f"{each.lift:.2f}",
            percent(each.captured),
        )
        for each in result.tenths
    ]
    said = ("equal scores that lie across the end of a tenth are shared out, so there may be parts of leads",)
    return Section(
        "Conversion by tenth",
        said,
        columns,
        tuple(rows),
        _numbers("leads", "won", "lift", "won so far"),
        charts=("gains", "lift"),
    )


def _calibration(result: Result) -> Section:
    found = result.calibration
    if found is None:
        return Section("Calibration")
    columns = ("leads", "forecast", "came (95% interval)")
    rows = [(f"{each.leads:,}", percent(each.forecast), estimate(each.came)) for each in found.bins]
    said = (
        "a score is no chance; this is the chance that it gives through a logistic curve, fitted to other leads",
        (
            f"Brier score {found.brier:.4f}, {percent(found.skill)} less than saying {percent(result.rate.value)} of "
            f"everybody; mean error {percent(found.error)}"
        ),
    )
    return Section("Calibration", said, columns, tuple(rows), _numbers("leads", "forecast"), charts=("reliability",))


def _months(result: Result) -> Section:
    columns = ("first seen", "leads", "won", "rate (95% interval)", "AUC (95% interval)")
    rows = [
        (each.name, f"{each.leads:,}", f"{each.won:,}", estimate(each.rate), estimate(each.auc, of_one=True))
        for each in result.months
    ]
    return Section("Stability by month", (), columns, tuple(rows), _numbers("leads", "won"), charts=("months",))


def _lines(result: Result) -> Section:
    found = result.sweep
    if found is None:
        return Section("Lines")
    every = max(len(found.lines) // 20, 1)
    chosen = {id(each) for each in found.lines[::every]} | {id(found.best), id(_nearest(found.lines, result.line))}
    columns = ("line", "calls", "won", "precision", "recall", "earned")
    rows = []
    for each in found.lines:
        if id(each) in chosen:
            earned = "" if each.profit is None else f"{each.profit:,.0f}"
            row = (f"{each.line:g}", f"{each.calls:,}", f"{each.won:,}", percent(each.precision), percent(each.recall))
            rows.append((*row, earned))
    said = ("a lead is called once its score has come to the line before its outcome, whatever ageing took later",)
    return Section("Lines", said, columns, tuple(rows), frozenset(columns))


def _method(result: Result) -> Section:
    method = result.method
    if result.way == "decided":
        how = "each lead is looked at strictly before the instant at which it was won or lost"
    else:
        assert result.horizon is not None
        how = (
            f"leads that were won are looked at strictly before that; a lead has {about(result.horizon)} from its "
            "first event to be won; one that was not is looked at, at the age at which a winner drawn by its id was won"
        )
    if method.age is not None:
        how = f"each lead is looked at when it is {wording.duration(method.age)} old, if it was undecided then"
    said = [how]
    if method.gap:
        said.append(f"everything within {wording.duration(method.gap)} before the outcome is left out of account")
    said += [f"left out: {count:,} {why}" for why, count in result.left.items()]
    said.append(f"events count up to {write_instant(result.end)}; seed {method.seed}")
    return Section("Method", tuple(said))
