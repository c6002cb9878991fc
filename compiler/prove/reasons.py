"""Why something is so, or is not known, in words and with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compiler.exact import amount
from compiler.prove.facts import fields_in
from compiler.prove.interval import Interval
from compiler.prove.ledger import Paths, Stay
from compiler.prove.study import Study, named
from runtime.table import Term

_DAY = 86_400_000_000
_UNITS = (("day", _DAY), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))


def between(name: str, interval: Interval) -> str:
    """``readiness shows 0 to 96``"""
    low, high = interval.low, interval.high
    if low is None and high is None:
        return f"{name} may show anything"
    if low is None:
        assert high is not None
        return f"{name} shows at most {amount(high)}"
    if high is None:
        return f"{name} shows at least {amount(low)}"
    return f"{name} shows {amount(low)} to {amount(high)}"


def shows_between(study: Study, terms: Iterable[Term], scores: Mapping[str, Interval]) -> str:
    """The bounds of the scores that conditions look at."""
    keys = sorted(fields_in(terms, "score"))
    return "; ".join(between(named(study.scores, key), scores[key]) for key in keys if key in scores)


def nothing_found(study: Study, terms: Iterable[Term], scores: Mapping[str, Interval]) -> str:
    """Why a claim is not decided."""
    known = shows_between(study, terms, scores)
    found = "no history was found that shows it, and no proof that there is none"
    return f"{found}; {known} at most, as far as is proved" if known else found


def open_way(paths: Paths) -> str:
    """What is open of the shortest ways to a goal: empty if they are decided."""
    if paths.never is not None:
        return ""
    if paths.events is None:
        tried = f"none found of up to {events(paths.tried)}" if paths.tried > 0 else "none found"
        least = f"it takes at least {events(paths.least)}" if paths.least > 0 else "no number of events is ruled out"
        return f"{tried}; {paths.why or least}"
    if paths.least >= paths.events:
        return ""
    out = f"less than {paths.least} ruled out" if paths.least > 0 else "fewer not ruled out"
    return f"{events(paths.events)} found, {out}"


def open_stay(name: str, stay: Stay | None) -> list[str]:
    """What is open of how long a lead stays ready in silence."""
    if stay is None or stay.endless or stay.longest == stay.shown:
        return []
    what = f"how long a lead stays ready by {name} in silence"
    if stay.longest is None:
        return [f"{what}: {stay.why}"]
    shown = "" if stay.shown is None else f"{span(stay.shown)} is shown, "
    return [f"{what}: {shown}{span(stay.longest)} is proved to be enough"]


def events(count: int) -> str:
    """``1 event``, ``2 events``"""
    return f"{count:,} event{'' if count == 1 else 's'}"


def span(micros: int) -> str:
    """A length of time in at most two units: ``37 days``, ``1 day and 12 hours``."""
    found = []
    for name, size in _UNITS:
        count, micros = divmod(micros, size)
        if count:
            found.append(f"{count:,} {name}{'' if count == 1 else 's'}")
    return " and ".join(found[:2]) or "an instant"
