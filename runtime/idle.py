"""The time between two instants that anybody notices, written out for a plan with little in it.

`Fold.advance` asks, again and again, when time next does anything, and glides over the steps that nobody notices
(`runtime.steps`). In most models time does little: one score degrades, a few triggers wait. For those the same is
written out as one function, which asks each wait once and takes a few steps without a call. Models with more in them -
several scores that degrade, profile points in one that does, date conditions, ageing - go the general way.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from runtime.lead import Lead
from runtime.parts import ScorePlan
from runtime.table import Degrade
from runtime.written import Outline, Writer

_FEW = 3
"""More steps than this are taken by the score's `descent`, as a series."""
_FEW_LINES = 4

Idle: TypeAlias = Callable[[Lead, int, bool], int]
"""``(lead, until, calm) -> `` the next instant up to `until` at which something may be noticed; or NEVER, and then
`lead.due` says when time next does anything. Where it is `calm` - no trigger fired at the last look - the steps before
that are taken."""


def idle(plan: Outline, degrading: list[ScorePlan], lines: list[tuple[int, ...] | None]) -> Idle | None:
    """The function for a plan in which nothing happens at midnights; `lines` are the values that triggers compare each
    score with. None for a plan that must go the general way."""
    if plan.turns or len(degrading) > 1:
        return None
    writer = Writer(plan)
    text = ["done = lead.done", "other = NEVER"]
    for running, end in writer.waits():
        text += [f"if {running}:", f" at = {end}", " if done < at < other: other = at"]
    text.append("due = other")
    for score in degrading:
        watched = lines[score.at]
        if score.profile is not None or watched is None or len(watched) > _FEW_LINES:
            return None
        text += _steps(writer, score, watched)
    text += ["if due <= until: return due", "lead.due = due if due < NEVER else None", "return NEVER"]
    made: Any = writer.function("lead, until, calm", text)
    return made  # type: ignore[no-any-return]  # `exec` has no types


def _steps(writer: Writer, score: ScorePlan, lines: tuple[int, ...]) -> list[str]:
    """The lines that bring `due` forward to the next step that counts, and take those before it."""
    degrade, at = score.degrade, score.at
    assert degrade is not None
    floor = degrade.floor if degrade.floor is not None else score.low
    least = 0 if floor is None else max(floor, 0)
    since = {None: "lead.first_active", "activity": "lead.active"}.get(degrade.without, f"lead.raised[{at}]")
    first, every = degrade.every if degrade.without is None else degrade.after, degrade.every
    return [
        f"s = lead.a[{at}]", f"step = {since}",
        f"if s > {least} and step is not None:",
        f" step += {first}",
        f" if step <= done: step += ((done - step) // {every} + 1) * {every}",
        " if calm and step < other and step <= until:",
        f"  most = ((until if until < other else other - 1) - step) // {every} + 1",
        f"  if most > {_FEW}: taken, s = {writer.name(score.descent)}(lead, most)",
        "  else:",
        "   taken = 0",
        f"   line = {least}",
        *[f"   if s > {line}: line = {line}" for line in lines if line > least],
        *[f"   if s == {line}: most = 0" for line in lines if line > least],
        "   while taken < most:",
        *[f"    {line}" for line in _drop(degrade)],
        "    if s - drop <= line: break",
        "    s -= drop",
        "    taken += 1",
        "  if taken:",
        f"   lead.a[{at}] = s",
        f"   step += taken * {every}",
        f"   lead.done = lead.looked = step - {every}",
        " if step < due: due = step",
    ]  # fmt: skip


def _drop(degrade: Degrade) -> list[str]:
    """What one step takes from a score that shows `s`."""
    if degrade.points is not None:
        return [f"drop = {degrade.points}"]
    part, whole = Decimal(degrade.percent or 0).as_integer_ratio()
    return [
        f"rest = s * {part}",
        f"drop = rest // {whole}",
        f"rest = 2 * (rest - drop * {whole})",
        f"if rest > {whole} or (rest == {whole} and drop & 1): drop += 1",
        "if drop < 1: drop = 1",
    ]
