"""Leakage: what foretells an outcome only because it is part of it.

A back-test flatters a rule that fires at the very moment of the outcome, or a few moments before, as part of the same
work: no salesperson could have used it. Each type of event and each rule is held against the decisions, in three ways:
it happens at or after them, it happens only where leads are won and only moments before, or it stands on the very event
that decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from insight.backtest.outcomes import Seen
from runtime.table import Outcome, Score
from runtime.times import HOUR

FEWEST = 5
"""Leads that must show it before anything is said of leakage."""
MOSTLY = 0.5
SURE = 0.95
MOMENTS = 0.01
"""Of the usual time from a lead's first event to its outcome: what happens nearer to it than that is part of it."""


@dataclass(slots=True)
class Touch:
    """How something lies to the decisions, in leads: of won leads those that show it before, at and after the instant,
    of all others those that show it before theirs, or ever if there is none. `near` are the times from the last one
    before an outcome to it (microseconds)."""

    won_before: int = 0
    won_at: int = 0
    won_after: int = 0
    won_only_later: int = 0
    others: int = 0
    near: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Leak:
    """A warning: `what` as ``("event", type)`` or ``("rule", score, name)``; `how` is "at", "only" or "own"; `share` of
    the leads concerned, `near` the median time to the outcome (microseconds), `leads` how many show it."""

    what: tuple[str, ...]
    how: str
    leads: int
    share: float
    near: int | None = None


class Leaks:
    """Takes leads one by one."""

    def __init__(self) -> None:
        self.touched: dict[tuple[str, ...], Touch] = {}
        self._ages: list[int] = []

    def take(self, seen: Seen) -> None:
        decision = seen.decision
        if decision is None or not decision.won:
            upto = None if decision is None else decision.at
            for what in {what for what, t in seen.traces if upto is None or t < upto}:
                self._touch(what).others += 1
            return
        self._ages.append(decision.at - seen.first)
        before: dict[tuple[str, ...], int] = {}
        at: set[tuple[str, ...]] = set()
        after: set[tuple[str, ...]] = set()
        for what, t in seen.traces:
            if t < decision.at:
                before[what] = max(before.get(what, t), t)
            else:
                (at if t == decision.at else after).add(what)
        for what in {*before, *at, *after}:
            touch = self._touch(what)
            touch.won_before += what in before
            touch.won_at += what in at
            touch.won_after += what in after
            touch.won_only_later += what not in before
            if what in before:
                touch.near.append(decision.at - before[what])

    def _touch(self, what: tuple[str, ...]) -> Touch:
        return self.touched.setdefault(what, Touch())

    def found(self, key: str, score: Score, outcome: Outcome | None) -> list[Leak]:
        """The warnings about a score, and about the events that its rules are on, by what they are about."""
        types = {rule.match.on for rule in score.on}
        own = _own(score, outcome)
        soon = max(HOUR, int(median(self._ages) * MOMENTS)) if self._ages else HOUR
        leaks: list[Leak] = []
        for what, touch in sorted(self.touched.items()):
            if what[0] == "rule" and what[1] != key:
                continue
            if what[0] == "event" and what[1] not in types:
                continue
            leak = _judged(what, touch, soon)
            if leak is not None and not (what[0] == "event" and _told_by_rule(leaks, leak)):
                leaks.append(leak)
        named = {leak.what for leak in leaks}
        leaks += [Leak(("rule", key, name), "own", 0, 0.0) for name in own if ("rule", key, name) not in named]
        return leaks


def _told_by_rule(leaks: Iterable[Leak], leak: Leak) -> bool:
    return any(each.what == leak.what for each in leaks)


def _judged(what: tuple[str, ...], touch: Touch, soon: int) -> Leak | None:
    shown = touch.won_before + touch.won_only_later
    if shown < FEWEST:
        return None
    if touch.won_only_later / shown >= MOSTLY and touch.won_only_later >= FEWEST:
        return Leak(what, "at", touch.won_only_later, touch.won_only_later / shown)
    if touch.won_before < FEWEST:
        return None
    near = int(median(touch.near))
    share = touch.won_before / (touch.won_before + touch.others)
    if share >= SURE and near <= soon:
        return Leak(what, "only", touch.won_before, share, near)
    return None


def _own(score: Score, outcome: Outcome | None) -> list[str]:
    """Rules on the very event that decides, as far as that shows without looking at events."""
    endings = () if outcome is None else outcome.won
    found = []
    for rule in score.on:
        for ending in endings:
            same = rule.match.on == ending.on
            if same and (ending.where is None or rule.match.where == ending.where or _everything(rule.match)):
                found.append(rule.name)
                break
    return found


def _everything(match: object) -> bool:
    return all(getattr(match, part) is None for part in ("where", "rows", "rest"))
