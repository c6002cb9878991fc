"""What a model listens for: the values that its rules test for, and the rules that an event may be aimed at.

The conditions of a rule table are walked for comparisons of one property or attribute with literals. Each becomes a
*hint*: what would make the comparison true. The hints of one rule make an *aim*; all hints on a field are its *pool*.
Nothing is solved here: who draws values for all hints of an aim meets most rules most of the time, and misses the rest
like people do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from runtime.table import Match, OnRule, Table, Term, WhenRule

Place: TypeAlias = tuple[str, str]
"""``("prop", name)`` of the event, or ``("attr", name)`` of the lead."""

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_TEXTUAL = frozenset({"starts", "ends", "contains", "word", "glob"})
_TIMED = frozenset({"last", "next", "ago"})
_USUAL_POINTS = 10


@dataclass(frozen=True, slots=True)
class Hint:
    """A comparison of a field: `how` is the table's operator, `value` a literal or a duration in microseconds."""

    how: str
    value: Any


@dataclass(frozen=True, slots=True)
class Aim:
    """What one rule asks for, and what it pays: thousandths of points, negative if it takes them."""

    hints: Mapping[Place, tuple[Hint, ...]]
    points: int


@dataclass(slots=True)
class Vocabulary:
    """`aims` by event name, `profile` those of `when` rules; `pools` hold, for each event (None: no event at hand) and
    place, all hints of the model on it."""

    aims: dict[str, list[Aim]] = field(default_factory=dict)
    profile: list[Aim] = field(default_factory=list)
    pools: dict[tuple[str | None, Place], list[Hint]] = field(default_factory=dict)

    def pool(self, event: str | None, place: Place) -> list[Hint]:
        """All hints on a place; an attribute's are the same whatever the event."""
        return self.pools.get((event if place[0] == "prop" else None, place), [])


def vocabulary(table: Table) -> Vocabulary:
    """Gather what the rules, tallies, triggers, segments and account scores of a table test for."""
    words = Vocabulary()
    gather = _Gatherer(table, words)
    for score in table.scores.values():
        for rule in score.on:
            gather.on_rule(rule)
        for profile in score.when:
            gather.when_rule(profile)
    for tally in table.tallies.values():
        gather.match(tally.match)
    for trigger in table.triggers:
        if trigger.match is not None:
            gather.match(trigger.match)
        gather.note(None, trigger.when)
    for segment in table.segments.values():
        gather.note(None, segment.where)
    for total in table.account.scores.values() if table.account is not None else ():
        gather.note(None, total.where)
    return words


class _Gatherer:
    def __init__(self, table: Table, words: Vocabulary) -> None:
        self.table = table
        self.words = words

    def on_rule(self, rule: OnRule) -> None:
        hints = self.match(rule.match)
        _join(hints, self.note(rule.match.on, rule.when))
        points = rule.points if rule.points is not None else _USUAL_POINTS * 1000
        self.words.aims.setdefault(rule.match.on, []).append(_aim(hints, points))

    def when_rule(self, rule: WhenRule) -> None:
        for branch in rule.branches:
            points = branch.points if branch.points is not None else _USUAL_POINTS * 1000
            self.words.profile.append(_aim(self.note(None, branch.when), points))

    def match(self, match: Match) -> dict[Place, list[Hint]]:
        """Note all that a match asks for; gives what meets it: of several rows those of the first."""
        found = self.note(match.on, match.where)
        _join(found, self.note(match.on, match.rest))
        for at, row in enumerate(match.rows or ()):
            for term in row:
                hints = self.note(match.on, term)
                if at == 0:
                    _join(found, hints)
        return found

    def note(self, event: str | None, term: Term | None) -> dict[Place, list[Hint]]:
        """Put all hints of a condition into the pools; gives those that it wants to be true."""
        wanted: dict[Place, list[Hint]] = {}
        for place, hint, is_wanted in self.hints(term, True) if term is not None else ():
            pool = self.words.pools.setdefault((event if place[0] == "prop" else None, place), [])
            if hint not in pool:
                pool.append(hint)
            if is_wanted:
                wanted.setdefault(place, []).append(hint)
        return wanted

    def hints(self, term: Term, wanted: bool) -> Iterator[tuple[Place, Hint, bool]]:
        match term:
            case ("and" | "or", *parts):
                for part in parts:
                    yield from self.hints(part, wanted)
            case ("not", part):
                yield from self.hints(part, not wanted)
            case ("test", at):
                yield from self.hints(self.table.tests[at], wanted)
            case (("present" | "missing" | "is") as how, asked) if place := _place(asked):
                yield place, Hint(how, None), wanted
            case (how, asked, ("lit", value)) if how in _COMPARISONS and (place := _place(asked)):
                yield place, Hint(how, value), wanted and how != "!="
            case (how, asked, span) if how in _TIMED and (place := _place(asked)):
                yield place, Hint(how, span), wanted
            case (("in" | "nin" | "any" | "starts" | "ends" | "contains" | "word" | "glob") as how, asked, values):
                if place := _place(asked):
                    for value in self.entries(values):
                        yield place, Hint(how if how in _TEXTUAL else "=", value), wanted and how != "nin"
            case _:
                pass

    def entries(self, values: Term) -> tuple[Any, ...]:
        match values:
            case ("list", *entries):
                return tuple(entries)
            case ("set", at):
                return self.table.sets[at]
            case ("lit", value):
                return (value,)
            case ("fold", inner):
                return self.entries(inner)
            case _:
                return ()


def _place(term: Any) -> Place | None:
    """The property or attribute that a term is, also where its case is ignored."""
    match term:
        case ("prop" | "attr" as kind, str(name)):
            return kind, name
        case ("fold", inner):
            return _place(inner)
        case _:
            return None


def _join(into: dict[Place, list[Hint]], more: Mapping[Place, list[Hint]]) -> None:
    for place, hints in more.items():
        into.setdefault(place, []).extend(hints)


def _aim(hints: Mapping[Place, list[Hint]], points: int) -> Aim:
    return Aim({place: tuple(each) for place, each in hints.items()}, points)


def is_number(value: Any) -> bool:
    """Whether a literal is a number (a boolean is none)."""
    return type(value) is int or isinstance(value, Decimal)
