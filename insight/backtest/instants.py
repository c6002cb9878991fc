"""At which instant each lead is looked at, so that those who were won and those who were not can be compared.

A lead that was won is looked at strictly before that, and nothing at or after the outcome counts. For the others there
is no such instant, and the obvious choice, the end of the data, is unfair: it gives them more time to gather points,
and takes more from them as points age. Two ways are fair:

- **decided**: the data tell when leads were lost. Then a lost lead is looked at strictly before that; a lead that is
  still open is left out, since nobody knows yet.
- **matched**: they don't. Then each lead is looked at, at an age at which others were won. The horizon H is the age by
  which most winners had been won; leads that first came less than H before the end are left out, won or not, since the
  slow ones among them could not show yet. A lead that was not won within H is looked at, at the age of a winner that is
  drawn by the lead's id; it was still in play then, because it was so until H.

With `age`, every lead is looked at, at that age, if it was still in play then: what the score knew so early.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from insight.backtest.outcomes import Decision, Seen

DECIDED, MATCHED = "decided", "matched"
USUAL = 0.9
"""The part of the winners that the horizon holds where nobody says."""


@dataclass(frozen=True, slots=True)
class Method:
    """How leads are looked at: `gap` before the decision, or at an `age`; all in microseconds, None where not given.
    `open_is_lost` takes leads without a decision for lost ones; `since` and `until` bound the first events."""

    gap: int = 0
    age: int | None = None
    horizon: int | None = None
    open_is_lost: bool = False
    since: int | None = None
    until: int | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """A lead that counts: it is looked at strictly before `at`; `decided` is when it was won, or None."""

    id: str
    first: int
    at: int
    won: bool
    decided: int | None
    worth: float | None


@dataclass(slots=True)
class Cases:
    """`way` is `DECIDED` or `MATCHED`; `horizon` belongs to the latter. `left` counts who was left out, by why."""

    way: str
    cases: list[Case] = field(default_factory=list)
    horizon: int | None = None
    left: Counter[str] = field(default_factory=Counter)


OPEN = "neither won nor lost yet"
YOUNG = "first seen too shortly before the end"
FIRST = "decided at or before the first event, so that no score stood before"
EARLIER = "decided before the age that is looked at"
OUTSIDE = "first seen outside of the period"


def cases_of(seen: Iterable[Seen], method: Method, end: int, loses: bool) -> Cases:
    """The cases in order of their ids. `loses` says whether the outcome knows of leads that were lost."""
    leads = sorted(seen, key=lambda each: each.id)
    way = DECIDED if loses else MATCHED
    found = Cases(way)
    kept = [each for each in leads if _within(each, method)]
    if len(kept) < len(leads):
        found.left[OUTSIDE] = len(leads) - len(kept)
    if way == MATCHED or method.open_is_lost:
        _matched(found, kept, method, end)
    else:
        for each in kept:
            if each.decision is None:
                found.left[OPEN] += 1
            else:
                _take(found, each, each.decision, method)
    return found


def _within(each: Seen, method: Method) -> bool:
    return (method.since is None or each.first >= method.since) and (method.until is None or each.first < method.until)


def _take(found: Cases, each: Seen, decision: Decision, method: Method) -> None:
    """A lead of which it is known what became of it and when."""
    at = decision.at - method.gap
    if method.age is not None:
        if decision.at <= each.first + method.age:
            found.left[EARLIER] += 1
            return
        at = each.first + method.age + 1
    if at <= each.first:
        found.left[FIRST] += 1
        return
    worth = None if decision.worth is None else float(decision.worth)
    found.cases.append(Case(each.id, each.first, at, decision.won, decision.at if decision.won else None, worth))


def _matched(found: Cases, leads: Sequence[Seen], method: Method, end: int) -> None:
    ages = sorted(each.decision.at - each.first for each in leads if each.decision is not None and each.decision.won)
    ages = [age for age in ages if age > 0]
    horizon = method.horizon
    if horizon is None:
        horizon = ages[min(int(len(ages) * USUAL), len(ages) - 1)] if ages else 0
    found.horizon = horizon
    ages = [age for age in ages if age <= horizon]
    for each in leads:
        decision = each.decision
        if decision is not None and not decision.won:
            _take(found, each, decision, method)
        elif each.first + horizon > end:
            found.left[YOUNG] += 1
        elif decision is not None and decision.at - each.first <= horizon:
            _take(found, each, decision, method)
        elif ages:
            age = _drawn(ages, method.seed, each.id) if method.age is None else horizon + 1
            _take(found, each, Decision(each.first + age, won=False), method)


def _drawn(ages: Sequence[int], seed: int, id: str) -> int:
    """One of the ages, by the id alone: neither the order of leads nor those beside it matter."""
    digest = blake2b(f"{seed}\0{id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return ages[int.from_bytes(digest, "big") * len(ages) >> 64]
