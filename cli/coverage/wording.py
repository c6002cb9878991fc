"""How reports name what was not seen."""

from __future__ import annotations

from fractions import Fraction

from cli.coverage.spots import Of, Spot
from cli.coverage.total import Entry

_NEVER = {
    "fired": "never fires",
    "taken": "never taken",
    "true": "never true",
    "false": "never false",
    "waited": "no match ever waits",
    "blocked": "never blocks",
    "cut": "never cuts",
    "stepped": "never takes a step",
    "reached": "never reached",
    "expired": "no points expire",
    "faded": "no points fade",
    "counted": "never counts",
    "fell": "never falls",
}
_SEEN = {
    "fired": "fires",
    "taken": "taken",
    "true": "true",
    "false": "false",
    "waited": "a match waits",
    "blocked": "blocks",
    "cut": "cuts",
    "stepped": "takes a step",
    "reached": "reached",
    "expired": "points expire",
    "faded": "points fade",
    "counted": "counts",
    "fell": "falls",
}
_PARTS = {
    "where": "condition",
    "when": "condition",
    "times": "limit",
    "points": "limit",
    "cap": "limit",
    "best": "limit",
    "repeated": "repetition",
}


def never(entry: Entry) -> str:
    """``never false``; ``never asked`` of a condition of which neither side was seen."""
    unseen = entry.unseen
    if entry.spot.single and len(unseen) == len(entry.counts):
        return "never asked"
    return ", ".join(_NEVER[side] for side in unseen)


def seen(side: str, count: int) -> str:
    """``true in 3 tests``, ``never true``."""
    if not count:
        return _NEVER[side]
    return f"{_SEEN[side]} in {count:,} test{'' if count == 1 else 's'}"


def kind(spot: Spot) -> str:
    """What a spot is: ``condition``, ``limit``, ``rule``, …"""
    return _PARTS.get(spot.part, spot.part)


def owner(of: Of) -> str:
    """``rule pricing_page of readiness``, ``trigger qualify``."""
    match of:
        case ("rule" | "group", score, name):
            return f"{of[0]} {name} of {score}"
        case ("account score", name):
            return f"score {name} of the account"
    return " ".join(of)


def percent(share: Fraction) -> str:
    """``91.6%``, cut off and not rounded: only all is 100%."""
    tenths = share.numerator * 1000 // share.denominator
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def clipped(text: str, width: int) -> str:
    """A text of at most `width` characters."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
