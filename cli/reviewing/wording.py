"""Sentences on reviews."""

from __future__ import annotations

from cli.findings import counted
from cli.reviewing.due import DUE, OVERDUE, SOON, Due
from insight.reviews.extra import Reason
from runtime.times import DAY, write_date


def of(due: Due) -> str:
    """What is reviewed."""
    return "the model" if due.program is None else due.program


def when(due: Due) -> str:
    """``overdue by 3 days``"""
    if due.left is None:
        return "not known since when"
    if due.state == OVERDUE:
        return f"overdue by {counted(-due.left, 'day')}"
    if due.state == DUE:
        return DUE
    return f"due in {counted(due.left, 'day')}" if due.state == SOON else "later"


def pace(due: Due) -> str:
    """``every 90 days``, or what it is counted from."""
    plan = due.plan
    if plan.last is None:
        return f"first after {counted(plan.first // DAY, 'day')}"
    return f"every {counted(plan.pace // DAY, 'day')}" + (", as it is stable" if plan.last.stable else "")


def day(micros: int | None) -> str:
    """A date; nothing if there is none."""
    return "" if micros is None else write_date(micros)


def reason(each: Reason) -> str:
    """Why an extra review is due, as a sentence without a full stop."""
    match each.kind:
        case "rejected":
            return (
                f"sales rejected {each.now:,} of {each.of:,} decided leads, {share(each.now, each.of)}, which is more "
                "than half"
            )
        case "falling":
            chance = (
                "in less than 1 case in 1,000" if each.chance is None or each.chance < 0.001 else _odds(each.chance)
            )
            return (
                f"acceptance falls: {share(each.now, each.of)} of {each.of:,} decided leads, after "
                f"{share(each.before, each.before_of)} of {each.before_of:,}; chance does that {chance}"
            )
        case "stopped":
            times = f"{counted(each.before, 'time')} in {counted(each.before_of, 'day')}"
            what = f"trigger {each.what[0]}" if len(each.what) == 1 else f"rule {each.what[1]} of {each.what[0]}"
            return f"{what} did not fire for {counted(each.now, 'day')}, after {times}"
        case _:
            score, band = each.what
            return f"band {band} of {score} is empty, after {counted(each.before, 'lead')}"


def _odds(chance: float) -> str:
    return f"in {chance:.1%} of cases"


def share(part: int, whole: int) -> str:
    """``38%``"""
    return f"{part / whole:.0%}" if whole else "none"
