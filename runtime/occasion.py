"""What happened when entries were written to a ledger: the event and those of its properties that matter, or time.

The properties that matter are those that the rules of the entries look at; of a `lead` event, the attributes that the
profile rules look at which came or went, or all of them if there are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runtime import wording
from runtime.entry import Aged, Entry, Fell, Fired, Happening, Profile, Stepped, Triggered, Waited
from runtime.explain import fields_of
from runtime.plan import Plan
from runtime.table import OnRule, Term

_FIELDS_SHOWN = 5


class Occasions:
    """Puts into words what happened at the moments of one ledger."""

    def __init__(self, plan: Plan, entries: Iterable[Entry]) -> None:
        self._table = plan.table
        self._causes = _causes(entries)

    def words(self, same: Sequence[Entry]) -> str:
        """What happened when these entries were written, which are of one event or instant."""
        event = same[0].event
        return self._cause(same) if event is None else self._event(event, same)

    # --- events -------------------------------------------------------------------------------------------------------

    def _event(self, event: Happening, same: Sequence[Entry]) -> str:
        if event.type == "lead":
            fields = self._table.attributes
            matter = self._looked_at(same, "attr") & event.data.keys() or set(event.data)
        else:
            fields = self._table.events[event.type].properties
            matter = self._asked(same)
        names = [name for name in event.data if name in fields and name in matter]
        shown = [f"{name} {wording.value(fields[name], event.data[name])}" for name in names]
        more = ["…"] if len(shown) > _FIELDS_SHOWN else []
        return " ".join([event.type, ", ".join(shown[:_FIELDS_SHOWN] + more)]).strip()

    def _asked(self, same: Sequence[Entry]) -> set[str]:
        """The properties that the `on` rules of these entries look at; where there are triggers only, that those do."""
        tests = self._table.tests
        found: set[str] = set()
        for entry in same:
            if isinstance(entry.why, Fired | Waited) and entry.score is not None:
                rules = self._table.scores[entry.score].on
                found |= _properties(next(rule for rule in rules if rule.name == entry.why.rule), tests)
        if not found:
            names = {entry.why.trigger for entry in same if isinstance(entry.why, Triggered)}
            matches = [trigger.match for trigger in self._table.triggers if trigger.name in names and trigger.match]
            found = fields_of([match.where for match in matches], tests, "prop")
        return found

    def _looked_at(self, same: Sequence[Entry], op: str) -> set[str]:
        """What the profile rules of these entries look at: attributes ("attr") or tallies ("tally")."""
        terms: list[Term | None] = []
        for entry in same:
            if isinstance(entry.why, Profile) and entry.score is not None:
                for rule in self._table.scores[entry.score].when:
                    if rule.name == entry.why.rule:
                        terms += [term for branch in rule.branches for term in (branch.when, branch.value)]
        return fields_of(terms, self._table.tests, op)

    # --- time ---------------------------------------------------------------------------------------------------------

    def _cause(self, same: Sequence[Entry]) -> str:
        if any(isinstance(entry.why, Stepped | Aged) for entry in same):
            return "time"
        known = self._causes.get(same[0].at, [])
        if any(isinstance(entry.why, Profile) for entry in same):
            tallies = self._looked_at(same, "tally")
            told = [why for tally, why in known if tally in tallies] or ["a date is reached"]
        else:
            told = [why for _, why in known] or ["a date or duration is reached"]
        return "time: " + ", ".join(told)


def _properties(rule: OnRule, tests: tuple[Term, ...]) -> set[str]:
    """The properties that a rule looks at in its conditions, points and limits."""
    rows = [term for row in rule.match.rows or () for term in row]
    found = fields_of([rule.match.where, rule.match.rest, *rows, rule.when, rule.value], tests, "prop")
    counted = [limit.each for limit in rule.limits] + ([] if rule.best is None else [rule.best.each])
    return found | {name for name in counted if name is not None}


def _causes(entries: Iterable[Entry]) -> dict[int, list[tuple[str | None, str]]]:
    """By instant, what time did there; with the tally, where one fell."""
    found: dict[int, list[tuple[str | None, str]]] = {}
    for entry in entries:
        match entry.why:
            case Fell(tally, _, left):
                found.setdefault(entry.at, []).append((tally, f"tally {tally} falls to {left}"))
            case Stepped():
                found.setdefault(entry.at, []).append((None, f"{entry.score} degrades"))
            case Aged():
                found.setdefault(entry.at, []).append((None, f"{entry.score} ages"))
    return found
