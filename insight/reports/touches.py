"""What each lead met: rules, automations, pages, mails, videos, downloads.

An asset is a rule of a score, a group of rules, a trigger (an automation), or what a property of an event names: a page
by its path, a mail by its campaign. It is met by a lead at each firing, or at each such event. An asset shares in a
lead's qualification or acceptance if the lead had met it within the look-back before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from insight.reports.handovers import Terms
from insight.reports.handovers import take as take_handed
from insight.reports.life import Life, Look
from insight.reports.periods import Calendar
from insight.reports.tables import ReportError
from runtime.table import Table as Rules
from runtime.times import DAY

Asset = tuple[str, str]
"""A kind ("rule", "group", "trigger", or the event and property, "page_view.path"), and a name."""
NAMED = ("campaign",)
"""Properties that name an asset even where they may be missing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`properties` are the (event, property) that name assets; `gathered` (name, pattern) pairs that make groups of
    assets; `lookback` microseconds; `terms` what counts as qualified, None where the model does not say."""

    properties: frozenset[tuple[str, str]]
    gathered: tuple[tuple[str, str], ...] = ()
    lookback: int = 90 * DAY
    terms: Terms | None = None


@dataclass(slots=True)
class Met:
    """What one lead met: how often on which day (ordinals of the zone's dates); and, of those it met within the
    look-back, the assets that share in its first qualification and acceptance, with the day of that."""

    days: dict[Asset, dict[int, int]] = field(default_factory=dict)
    qualified: tuple[int, frozenset[Asset]] | None = None
    accepted: tuple[int, frozenset[Asset]] | None = None


def properties_of(rules: Rules, asked: Sequence[str] = ()) -> frozenset[tuple[str, str]]:
    """The properties that name assets: those asked for as ``event.property``, or all required texts and campaigns.
    Raises ReportError."""
    if not asked:
        return frozenset(
            (event, name)
            for event, kind in rules.events.items()
            for name, given in kind.properties.items()
            if given.type == "text" and (given.required or name in NAMED)
        )
    found = set()
    for text in asked:
        event, _, name = text.partition(".")
        if event not in rules.events or name not in rules.events[event].properties:
            known = [f"{each}.{own}" for each, kind in rules.events.items() for own in kind.properties]
            raise ReportError(f"`{text}` is no property of an event", f"there are {', '.join(sorted(known))}")
        found.add((event, name))
    return frozenset(found)


def assets_of(rules: Rules) -> list[Asset]:
    """The assets that stand in the model, whether anybody met them or not."""
    found: list[Asset] = []
    for key, score in rules.scores.items():
        found += [("rule", f"{key}.{rule.name}") for rule in score.on]
        found += [("group", f"{key}.{name}") for name in dict.fromkeys(rule.group for rule in score.on) if name]
    return found + [("trigger", each.name) for each in rules.triggers]


def take(lived: Life, wanted: Wanted, calendar: Calendar) -> Met:
    """What a lead met."""
    scores = lived.plan.table.scores
    groups = {(key, rule.name): rule.group for key, score in scores.items() for rule in score.on if rule.group}
    found = Met()
    times: list[tuple[int, list[Asset]]] = []
    for look in lived.looks:
        assets = list(_met(look, wanted, groups))
        if not assets:
            continue
        times.append((look.at, assets))
        day = calendar.ordinal(look.at)
        for asset in assets:
            counts = found.days.setdefault(asset, {})
            counts[day] = counts.get(day, 0) + 1
    handled = None if wanted.terms is None else take_handed(lived, wanted.terms)
    if handled is not None:
        found.qualified = _shared(handled.qualified, times, wanted, calendar)
        found.accepted = _shared(handled.accepted, times, wanted, calendar)
    return found


def _met(look: Look, wanted: Wanted, groups: Mapping[tuple[str, str], str]) -> list[Asset]:
    found: list[Asset] = []
    seen = set()
    for gift in look.gifts:
        found.append(("rule", gift.name))
        group = groups.get((gift.score, gift.rule))
        if group is not None and (gift.score, group) not in seen:
            seen.add((gift.score, group))
            found.append(("group", f"{gift.score}.{group}"))
    found += [("trigger", name) for name in look.fired]
    if look.event is not None:
        for name, value in look.data.items():
            if type(value) is str and value and (look.event, name) in wanted.properties:
                found.append((f"{look.event}.{name}", value))
    gathered = [
        ("gathered", name)
        for name, pattern in wanted.gathered
        if any(fnmatchcase(f"{kind} {own}", pattern) for kind, own in found)
    ]
    return found + list(dict.fromkeys(gathered))


def _shared(
    at: int | None, times: Sequence[tuple[int, list[Asset]]], wanted: Wanted, calendar: Calendar
) -> tuple[int, frozenset[Asset]] | None:
    if at is None:
        return None
    met = {asset for t, assets in times if at - wanted.lookback <= t <= at for asset in assets}
    return calendar.ordinal(at), frozenset(met)
