"""How a lead came to its scores: a ledger of everything that the fold did, one entry for each change.

The ledger watches the fold that scores are made by, so an explanation can't differ from the score. It keeps, for each
score, the three parts of what is shown - activity points A, profile points P, and what lies beyond the range - and
writes an entry whenever one of them moves. So the points of a score's entries, added up, are the score shown: an
account that balances. Why a firing was cut is told in `runtime.cuts`.

All points are thousandths, all times microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runtime.clock import remains
from runtime.cuts import cuts_of
from runtime.entry import (
    Aged,
    Capped,
    Computed,
    Did,
    Entry,
    Fell,
    Fired,
    Happened,
    Happening,
    Held,
    Profile,
    Stepped,
    Total,
    Triggered,
    Waited,
    Why,
)
from runtime.fold import Fold
from runtime.intake import Event
from runtime.lead import Key, Lead
from runtime.lines import settle
from runtime.parts import EventPlan, RulePlan, TriggerPlan
from runtime.plan import Plan
from runtime.profile import profile_points
from runtime.table import Term
from runtime.terms import mentioned


@dataclass(frozen=True, slots=True)
class Explanation:
    """The ledger of one lead up to `at`, and where each score stands there; by the key of the score."""

    plan: Plan
    lead: Lead
    at: int
    entries: tuple[Entry, ...]
    totals: dict[str, Total]


def explain(plan: Plan, id: str, events: Iterable[Event], at: int) -> Explanation | None:
    """Fold all accepted events of one lead anew, up to `at`, and keep the ledger; None if there is no event by then."""
    ledger = Ledger(plan)
    fold = Fold(plan, None, ledger)
    lead = fold.new(id)
    for key, kind, data, _ in sorted(events, key=lambda event: event[0]):
        if key[0] > at:
            break
        fold.event(lead, key, kind.plan, data)
    if lead.first is None:
        return None
    fold.advance(lead, at)
    ledger.finish(lead, at)
    return Explanation(plan, lead, at, tuple(ledger.entries), ledger.totals(lead, at))


def fields_of(terms: Iterable[Term | None], tests: tuple[Term, ...], op: str) -> set[str]:
    """The names that terms mention as `op` ("prop", "attr", "score", "quiet", …), shared tests included."""
    found: set[str] = set()
    for term in terms:
        found |= {inner[1] for inner in mentioned(term, op)}
        found |= fields_of([tests[inner[1]] for inner in mentioned(term, "test")], tests, op)
    return found


class Ledger:
    """The watcher that writes the entries of one lead."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.entries: list[Entry] = []
        count = len(plan.scores)
        self._now: Happening | None = None
        self._a = [0] * count
        self._balance = [0] * count
        self._beyond = [0] * count
        self._parts: list[dict[str, int]] = [{} for _ in range(count)]
        self._groups: list[dict[int, int]] = [{} for _ in range(count)]
        self._days: dict[int, dict[int, int]] = {}
        self._computed = {
            score.at: sorted(fields_of([plan.table.scores[score.key].value], plan.table.tests, "score"))
            for score in plan.scores
            if plan.table.scores[score.key].value is not None
        }
        self._repeated = [
            payload
            for event in plan.events.values()
            for _, payload in event.matches
            if isinstance(payload, RulePlan) and payload.repeated is not None
        ]
        self._unused: dict[int, list[int]] = {}

    def _write(self, t: int, why: Why, score: int | None = None, points: int = 0) -> None:
        if score is None:
            self.entries.append(Entry(t, self._now, why))
            return
        self._balance[score] += points
        self.entries.append(Entry(t, self._now, why, self.plan.keys[score], points, self._balance[score]))

    # --- at an event ----------------------------------------------------------------------------------------------

    def event(self, lead: Lead, key: Key, kind: EventPlan, data: Any) -> None:
        self._now = Happening(key, kind.name, dict(data))
        self._write(key[0], Happened())

    def fired(self, lead: Lead, rule: RulePlan, t: int, wanted: int, given: int) -> None:
        assert self._now is not None
        cuts = cuts_of(rule, lead, t, self._now.data, wanted)
        self._write(t, Fired(rule.name, wanted, cuts), rule.score, given)

    def settled(self, lead: Lead, score: int, t: int, total: int, before: int) -> None:
        self._joined(lead, score, t, total)

    def _joined(self, lead: Lead, score: int, t: int, points: int) -> None:
        """Points joined A: what A rose by may differ from them."""
        moved = lead.a[score] - self._a[score]
        self._a[score] = lead.a[score]
        self._remember(lead, score)
        if moved != points:
            self._write(t, Held(True, self._end(score, lead.a[score])), score, moved - points)

    def _end(self, score: int, points: int) -> int | None:
        plan = self.plan.scores[score]
        return points if points in (plan.low, plan.high) else None

    # --- what follows from attributes, tallies and the clock ------------------------------------------------------

    def _notice(self, lead: Lead, t: int) -> None:
        """Write what changed of profile points, beyond the range and of computed scores since it was last noticed."""
        for score in self.plan.scores:
            if score.at not in self._computed:
                self._profile(lead, score.at, t)
                self._range(lead, score.at, t)
        for at, keys in self._computed.items():
            shown = self.plan.shown[at](lead, t)
            if shown != self._balance[at]:
                parts = tuple([(key, self.plan.shown[self.plan.keys.index(key)](lead, t)) for key in keys])
                self._write(t, Computed(parts), at, shown - self._balance[at])

    def _profile(self, lead: Lead, at: int, t: int) -> None:
        profile = self.plan.scores[at].profile
        if profile is None:
            return
        parts: list[tuple[str, int, int | None]] = []
        profile_points(self.plan.scores[at], lead, t, parts)
        old, self._parts[at] = self._parts[at], {name: points for name, points, _ in parts}
        for name, _, _ in profile.rules:
            before, after = old.get(name, 0), self._parts[at].get(name, 0)
            if before != after:
                self._write(t, Profile(name, before, after), at, after - before)
        for group, most in enumerate(profile.most):
            wanted = sum(points for _, points, of in parts if of == group)
            cut = 0 if most is None else min(wanted, most) - wanted
            moved = cut - self._groups[at].get(group, 0)
            if moved:
                assert most is not None
                self._groups[at][group] = cut
                self._write(t, Capped(profile.groups[group], most), at, moved)

    def _whole(self, at: int) -> int:
        """P + A as last noticed."""
        return sum(self._parts[at].values()) + sum(self._groups[at].values()) + self._a[at]

    def _range(self, lead: Lead, at: int, t: int) -> None:
        whole = self._whole(at)
        shown = self.plan.scores[at].clamp(whole)
        moved = shown - whole - self._beyond[at]
        if moved:
            self._beyond[at] = shown - whole
            self._write(t, Held(False, shown if shown != whole else None), at, moved)

    # --- what time does -------------------------------------------------------------------------------------------

    def step(self, lead: Lead, score: int, t: int, before: int) -> None:
        self._profile(lead, score, t)
        self._range(lead, score, t)
        shown = self._balance[score]
        moved, self._a[score] = lead.a[score] - before, lead.a[score]
        after = self.plan.scores[score].clamp(self._whole(score))
        self._write(t, Stepped(shown, after), score, moved)
        self._range(lead, score, t)

    def aged(self, lead: Lead, score: int, t: int, before: int) -> None:
        old = self._days.get(score, {})
        self._remember(lead, score)
        new = self._days.get(score, {})
        days = tuple([(day, old[day], new.get(day, 0)) for day in sorted(old) if old[day] != new.get(day, 0)])
        moved, self._a[score] = lead.a[score] - self._a[score], lead.a[score]
        if days or moved:
            self._write(t, Aged(days), score, moved)

    def _remember(self, lead: Lead, score: int) -> None:
        """Keep what is left of each day's points, to tell what ages next."""
        ageing = self.plan.scores[score].ageing
        if ageing is not None:
            days = lead.contributions.get(score, {})
            self._days[score] = {day: remains(ageing, {day: left}) for day, left in days.items()}

    def fell(self, lead: Lead, tally: int, t: int, by: int) -> None:
        self._write(t, Fell(self.plan.tally_names[tally], by, lead.tallies[tally]))

    # --- looks and triggers ---------------------------------------------------------------------------------------

    def triggered(self, lead: Lead, trigger: TriggerPlan, t: int, blocked: bool) -> None:
        self._notice(lead, t)
        by = [times for times in trigger.limits.times if not times.allows(lead, t, {})] if blocked else []
        self._write(t, Triggered(trigger.name, tuple(by)))

    def did(self, lead: Lead, trigger: TriggerPlan, t: int, action: tuple[Any, ...], before: Any) -> None:
        match action:
            case ("add", at, points):
                self._notice_score(lead, at, t)
                self._write(t, Did(trigger.name, ("add", points), before, before + points), at, points)
                self._joined(lead, at, t, points)
            case ("reset", at, points):
                self._notice_score(lead, at, t)
                moved, self._a[at] = lead.a[at] - self._a[at], lead.a[at]
                self._remember(lead, at)
                after = self.plan.scores[at].clamp(self._whole(at))
                self._write(t, Did(trigger.name, ("reset", points), before, after), at, moved)
            case ("move", _):
                self._write(t, Did(trigger.name, action, before, lead.stage))
            case ("set", name, _):
                self._write(t, Did(trigger.name, ("set", name), before, lead.attrs.get(name)))
            case _:
                self._write(t, Did(trigger.name, action, None, None))

    def _notice_score(self, lead: Lead, at: int, t: int) -> None:
        self._profile(lead, at, t)
        self._range(lead, at, t)

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        self._notice(lead, t)
        if key is not None:
            self._matches(lead, t)
        self._now = None

    def _matches(self, lead: Lead, t: int) -> None:
        """Write how many matches each `repeated` rule has that matched at this event and did not fire."""
        for rule in self._repeated:
            assert rule.repeated is not None
            unused = lead.caps.get(rule.repeated.at, [])
            if unused != self._unused.get(rule.repeated.at, []):
                self._unused[rule.repeated.at] = list(unused)
                if unused:
                    why = Waited(rule.name, len(unused), rule.repeated.times, rule.repeated.within)
                    self._write(t, why, rule.score)

    # --- the end --------------------------------------------------------------------------------------------------

    def finish(self, lead: Lead, at: int) -> None:
        """To be called when the lead stands at `at`."""
        settle(self.plan, lead)
        self._notice(lead, at)

    def totals(self, lead: Lead, at: int) -> dict[str, Total]:
        found = {}
        for score in self.plan.scores:
            shown = self.plan.shown[score.at](lead, at)
            if score.at in self._computed:
                found[score.key] = Total(shown, 0, shown, 0)
            else:
                profile = self._whole(score.at) - self._a[score.at]
                found[score.key] = Total(shown, profile, lead.a[score.at], self._beyond[score.at])
        return found
