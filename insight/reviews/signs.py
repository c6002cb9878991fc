"""What a review looks at, counted lead by lead: how often rules gave points, who stands in which band, and what sales
made of the leads that were handed over; since the last review, and over as long a stretch before it.

Each lead gives its own counts, so that leads can be counted by several processes and added up in any order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field

from insight.reports.handovers import Fate, Handover, Terms, take
from insight.reports.life import Life
from runtime.lines import band_of

Banded = tuple[str, str]
"""A score's key and one of its bands."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Since the last review: after `begin`, up to and including `at` (microseconds). The stretch before is as long."""

    begin: int
    at: int

    @property
    def before(self) -> int:
        """After which instant the stretch before begins."""
        return self.begin - (self.at - self.begin)

    def side(self, t: int) -> int | None:
        """1 for the stretch, 0 for the one before, None for neither."""
        if self.begin < t <= self.at:
            return 1
        return 0 if self.before < t <= self.begin else None


@dataclass(slots=True)
class Counts:
    """Of one stretch: events, firings of `on` rules by ``score.rule`` and of triggers (`trigger`), leads at which they
    fired, leads by band at the end of it, handovers by fate, and why sales rejected them. `last` is when a rule or
    trigger fired last; `oldest` and `newest` are the times of the first and the last event."""

    events: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    touched: Counter[str] = field(default_factory=Counter)
    bands: Counter[Banded] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    last: dict[str, int] = field(default_factory=dict)
    qualified: int = 0
    oldest: int | None = None
    newest: int | None = None

    def add(self, other: Counts) -> None:
        """Take in the counts of other leads."""
        self.events += other.events
        self.qualified += other.qualified
        self.oldest = min((t for t in (self.oldest, other.oldest) if t is not None), default=None)
        self.newest = max((t for t in (self.newest, other.newest) if t is not None), default=None)
        for name, t in other.last.items():
            self.last[name] = max(t, self.last.get(name, t))
        for name in ("fired", "touched", "bands", "fates", "reasons"):
            getattr(self, name).update(getattr(other, name))

    @property
    def accepted(self) -> int:
        return self.fates[Fate.ACCEPTED]

    @property
    def rejected(self) -> int:
        return self.fates[Fate.REJECTED]

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected


def trigger(name: str) -> str:
    """How a trigger is counted; no rule has such a name."""
    return f"trigger {name}"


Signs = tuple[Counts, Counts]
"""Of the stretch before, and since."""


def signs(lived: Life, stretch: Stretch, terms: Terms | None) -> Signs:
    """What one lead adds; `terms` say what is qualified, accepted and rejected, None leaves that aside. The life must
    have been folded with its scores."""
    found = Counts(), Counts()
    for look in lived.looks:
        side = stretch.side(look.at)
        if side is None:
            continue
        counts = found[side]
        if look.event is not None:
            counts.events += 1
            counts.oldest = look.at if counts.oldest is None else counts.oldest
            counts.newest = look.at
        for name in (*(gift.name for gift in look.gifts), *map(trigger, look.fired)):
            counts.fired[name] += 1
            counts.last[name] = look.at
    for counts in found:
        counts.touched.update(dict.fromkeys(counts.fired, 1))
    for at, counts in zip((stretch.begin, stretch.at), found, strict=True):
        counts.bands.update(_bands(lived, at))
    if terms is not None:
        handled = take(lived, terms)
        for each in () if handled is None else handled.handovers:
            _handed(each, stretch, found)
    return found


def _bands(lived: Life, at: int) -> dict[Banded, int]:
    """Where the lead stands at an instant; nowhere before its first event."""
    place = bisect_right(lived.looks, at, key=lambda look: look.at)
    if not place:
        return {}
    shown = dict(zip(lived.plan.keys, lived.looks[place - 1].scores, strict=True))
    scores = lived.plan.table.scores
    return {(key, band_of(scores[key].bands, points)): 1 for key, points in shown.items() if scores[key].bands}


def _handed(each: Handover, stretch: Stretch, found: Signs) -> None:
    side = stretch.side(each.at)
    if side is not None:
        found[side].qualified += 1
    if each.decided is None or each.fate not in (Fate.ACCEPTED, Fate.REJECTED):
        return
    side = stretch.side(each.decided)
    if side is not None:
        found[side].fates[each.fate] += 1
        if each.fate is Fate.REJECTED:
            found[side].reasons[each.reason or ""] += 1
