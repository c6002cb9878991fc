"""The tempers of leads: how often somebody comes by, for how long, and what for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Temper:
    """`visits` in a month, `events` in a visit, the days of interest `lasts` (all on average); the parts of events that
    are aimed at a rule which pays (`keen`) or takes (`off`); `eager` is how much well paid events are sought; one that
    `returns` is silent between two bursts."""

    name: str
    share: float
    visits: int
    events: int
    lasts: int
    keen: float
    off: float
    eager: float
    returns: bool = False


TEMPERS: tuple[Temper, ...] = (
    Temper("hot", 0.12, visits=14, events=4, lasts=30, keen=0.75, off=0.01, eager=0.6),
    Temper("lukewarm", 0.28, visits=6, events=3, lasts=35, keen=0.5, off=0.03, eager=0.25),
    Temper("cold", 0.35, visits=2, events=2, lasts=20, keen=0.2, off=0.05, eager=0.05),
    Temper("passer-by", 0.15, visits=3, events=3, lasts=12, keen=0.1, off=0.5, eager=0.0),
    Temper("sleeper", 0.10, visits=12, events=3, lasts=75, keen=0.6, off=0.02, eager=0.4, returns=True),
)
WEIGHTED: tuple[tuple[Temper, float], ...] = tuple((temper, temper.share) for temper in TEMPERS)
