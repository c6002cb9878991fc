"""What is counted of leads under two models, shelf by shelf, and put together.

Counts add up, and lists are kept by lead, so what comes out does not depend on how leads are spread over shelves and
processes. Points are thousandths.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TypeAlias

from insight.timeline import Given, Origin

MOST_MOVERS = 20
"""So many of the largest movers of each score are kept."""
Line: TypeAlias = tuple[str, str]
"""What a lead may have come to: ("ready", score) or ("trigger", name)."""


@dataclass(frozen=True, slots=True)
class Passer:
    """A lead that one model lets through and the other does not, with its score under both, if the line has one and the
    lead is known to the model."""

    lead: str
    old: int | None = None
    new: int | None = None


@dataclass(slots=True)
class Count:
    """How many leads came to a line under each model, which did under the new one only, and which under the old."""

    old: int = 0
    new: int = 0
    gained: list[Passer] = field(default_factory=list)
    lost: list[Passer] = field(default_factory=list)

    def note(self, passer: Passer, old: bool, new: bool) -> None:
        self.old += old
        self.new += new
        if old != new:
            (self.gained if new else self.lost).append(passer)

    def add(self, other: Count) -> None:
        self.old += other.old
        self.new += other.new
        self.gained += other.gained
        self.lost += other.lost

    def order(self) -> None:
        """Those furthest apart first, then by lead."""
        self.gained.sort(key=_apart)
        self.lost.sort(key=_apart)


def _apart(each: Passer) -> tuple[int, str]:
    return -abs((each.new or 0) - (each.old or 0)), each.lead


@dataclass(frozen=True, slots=True)
class Mover:
    """A lead whose score differs; None where a model does not know the lead. `shelf` is where its history lies."""

    score: str
    lead: str
    old: int | None
    new: int | None
    shelf: int = 0

    @property
    def by(self) -> int:
        return (self.new or 0) - (self.old or 0)


@dataclass(slots=True)
class Moves:
    """How one score moved: how many leads went up, went down and stayed, the sum of all differences, the largest up and
    the largest down, and the largest movers."""

    up: int = 0
    down: int = 0
    same: int = 0
    sum: int = 0
    most_up: int = 0
    most_down: int = 0
    movers: list[Mover] = field(default_factory=list)

    def note(self, mover: Mover) -> None:
        by = mover.by
        self.up += by > 0
        self.down += by < 0
        self.same += by == 0
        self.sum += by
        self._reach(by, by)
        if by:
            self.movers.append(mover)
            if len(self.movers) > 4 * MOST_MOVERS:
                self.trim()

    def add(self, other: Moves) -> None:
        self.up += other.up
        self.down += other.down
        self.same += other.same
        self.sum += other.sum
        self._reach(other.most_up, other.most_down)
        self.movers += other.movers
        self.trim()

    def _reach(self, up: int, down: int) -> None:
        self.most_up, self.most_down = max(self.most_up, up), min(self.most_down, down)

    def trim(self) -> None:
        self.movers = nsmallest(MOST_MOVERS, self.movers, key=lambda each: (-abs(each.by), each.lead))


@dataclass(slots=True)
class Blame:
    """Of one change: how many of the leads gained at a line would not be there without it, and how many of those lost
    would. `of` is how many were looked into."""

    gained: int = 0
    lost: int = 0


@dataclass(slots=True)
class Facts:
    """What was counted. Bands and stages are (under the old model, under the new one), None for a lead that a model
    does not know. `weeks` counts firings by trigger and week (a number of weeks, from Mondays), under each model.
    `points` are what each origin gave under each. `blame` is by line and by number of the change; `looked_into` counts
    the leads it was found out for, of `crossed` that came to a line under one model only. `aside` counts kept events
    that a model does not take, `unfit` the leads that could not be folded from where they start."""

    both: int = 0
    only_old: int = 0
    only_new: int = 0
    events: int = 0
    at_end: dict[Line, Count] = field(default_factory=dict)
    ever: dict[Line, Count] = field(default_factory=dict)
    bands: dict[str, Counter[tuple[str | None, str | None]]] = field(default_factory=dict)
    stages: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    weeks: dict[str, tuple[Counter[int], Counter[int]]] = field(default_factory=dict)
    points: dict[Origin, tuple[Given, Given]] = field(default_factory=dict)
    moves: dict[str, Moves] = field(default_factory=dict)
    blame: dict[tuple[Line, int], Blame] = field(default_factory=dict)
    crossed: int = 0
    looked_into: int = 0
    aside: list[int] = field(default_factory=lambda: [0, 0])
    unfit: int = 0
    cut_short: int = 0
    """Leads of whose period only a part is known, since events have expired."""

    def add(self, other: Facts) -> None:
        """Take in what was counted elsewhere."""
        for name in ("both", "only_old", "only_new", "events", "crossed", "looked_into", "unfit", "cut_short"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.aside = [one + two for one, two in zip(self.aside, other.aside, strict=True)]
        for mine, theirs in ((self.at_end, other.at_end), (self.ever, other.ever)):
            for line, count in theirs.items():
                mine.setdefault(line, Count()).add(count)
        for key, flow in other.bands.items():
            self.bands.setdefault(key, Counter()).update(flow)
        self.stages.update(other.stages)
        for trigger, counts in other.weeks.items():
            for mine_, theirs_ in zip(self.weeks.setdefault(trigger, (Counter(), Counter())), counts, strict=True):
                mine_.update(theirs_)
        for origin, pair in other.points.items():
            for given, more in zip(self.points.setdefault(origin, (Given(), Given())), pair, strict=True):
                given.times += more.times
                given.points += more.points
        for key, moves in other.moves.items():
            self.moves.setdefault(key, Moves()).add(moves)
        for place, blame in other.blame.items():
            own = self.blame.setdefault(place, Blame())
            own.gained += blame.gained
            own.lost += blame.lost

    def order(self) -> None:
        """Put lists into the order in which they are told."""
        for count in (*self.at_end.values(), *self.ever.values()):
            count.order()
        for moves in self.moves.values():
            moves.trim()
