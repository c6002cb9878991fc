"""The life of one made-up lead: its visits, what it does on them, what happens to it, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from insight import words
from insight.plausible import Person, draw
from insight.tempers import WEIGHTED
from insight.vocabulary import Aim, Hint, Place
from insight.world import World, dice_for
from runtime.table import Event, Field
from runtime.times import DAY, HOUR, MINUTE, SECOND

MILLISECOND = 1000
_PERSON = 0
_MONTH = 30
_MOST_VISITS = 60
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Happening:
    """An event before it is written: `time` in microseconds, `type` and `data` as in JSON."""

    time: int
    type: str
    source: str
    data: dict[str, Any]


class Life:
    """Lead number `number` from 1 of a world, through the period from `start` to `end` (microseconds, whole days)."""

    def __init__(self, world: World, number: int, start: int, end: int) -> None:
        self.world, self.start, self.end = world, start, end
        dice = self.dice = dice_for(world.seed, _PERSON, number)
        self.temper = temper = dice.weighted(WEIGHTED)
        company, self.shared = self.employer(number)
        self.who = Person(dice.pick(words.FIRST), dice.pick(words.LAST), company)
        days = (end - start) // DAY
        self.first_day = dice.below(days * 9 // 10 + 1) if days > 1 else 0
        self.last_day = min(days - 1, self.first_day + 1 + dice.skewed(temper.lasts))
        self.weights = [(name, self.weight(name, pay)) for name, pay in world.pay.items()]

    def employer(self, number: int) -> tuple[str | None, dict[str, Any]]:
        """Some company that is there already, or a new one; early ones grow large. Passers-by mostly have none."""
        is_alone = self.dice.chance(0.6 if self.temper.name == "passer-by" else 0.15)
        if self.world.account is None or is_alone:
            return None, {}
        return self.world.company(self.dice.below(number // 3 + 1))

    def weight(self, name: str, pay: int) -> float:
        """How often a type of event is chosen: well paid ones rarely, less rarely by the eager; pages most of all."""
        pay = max(pay, 1)
        often = 4 if any(part in name.lower() for part in ("page", "view", "visit")) else 1
        return often * (100 + self.temper.eager * 10 * pay) / (100 + pay * pay)

    def happenings(self) -> Iterator[Happening]:
        """The events of the lead, in no order; the first visit is always there."""
        visits = sorted(self.time_on(day) for day in self.visit_days())
        known = self.introduction()
        if known is not None:
            at = max(self.start, visits[0] - self.dice.between(1, 40) * SECOND)
            yield Happening(at, "lead", "forms", known)
        for at in visits:
            yield from self.visit(at)
        if known and len(visits) > 1 and self.dice.chance(0.3):
            at = min(self.dice.pick(visits[1:]) + SECOND // 2, self.end - 1)
            yield Happening(at, "lead", "forms", self.change(known))
        yield from self.passive(visits[0])

    # --- when ---------------------------------------------------------------------------------------------------------

    def visit_days(self) -> list[int]:
        """The days of the visits, of which there is at least one; days of bursts come several times."""
        span = self.last_day - self.first_day
        count = 1 + self.dice.skewed(max(1, self.temper.visits * (span + 1) // _MONTH))
        days = [self.first_day]
        for _ in range(min(count, _MOST_VISITS) - 1):
            if self.temper.returns:
                near = self.dice.below(span // 6 + 1)
                days.append(self.last_day - near if self.dice.chance(0.4) else self.first_day + near)
            else:
                days.append(self.first_day + self.dice.below(span + 1))
        return days

    def time_on(self, day: int) -> int:
        """A time on the day, in working hours as a rule; from most weekends it is moved into the week."""
        dice = self.dice
        weekday = (self.start // DAY + day + 3) % 7
        if weekday >= _WEEKEND and dice.chance(0.7) and day + 2 <= self.last_day:
            day += 2
        hour = dice.below(24) if dice.chance(0.1) else 7 + dice.below(6) + dice.below(6)
        at = self.start // DAY * DAY + day * DAY + hour * HOUR + dice.below(HOUR // MILLISECOND) * MILLISECOND
        return max(self.start, min(at, self.end - 1))

    def tick(self, at: int) -> int:
        """The time as a clock writes it: mostly to the millisecond, sometimes to the second or the microsecond."""
        mark = self.dice.below(20)
        at = at // SECOND * SECOND if mark < 3 else at + self.dice.below(MILLISECOND) if mark == 3 else at
        return max(self.start, min(at, self.end - 1))

    # --- what ---------------------------------------------------------------------------------------------------------

    def visit(self, at: int) -> Iterator[Happening]:
        if not self.weights:
            return
        for _ in range(1 + self.dice.skewed(self.temper.events)):
            if at >= self.end:
                return
            name = self.dice.weighted(self.weights)
            event = self.world.active[name]
            yield Happening(self.tick(at), event.spelling, "web", self.properties(name, event, at))
            at += self.dice.between(2, 20) * SECOND + self.dice.skewed(2 * MINUTE // MILLISECOND) * MILLISECOND

    def passive(self, first: int) -> Iterator[Happening]:
        """What happens to a lead: less than what it does; what triggers wait for, once to those who do much."""
        span = self.last_day - self.first_day
        for name, (event, is_heard) in self.world.passive.items():
            count = 1 if is_heard else self.dice.skewed(1 + span // 20)
            if self.dice.chance(1 - self.temper.eager if is_heard else 0.3):
                continue
            for _ in range(min(count, 6)):
                at = self.time_on(self.last_day - self.dice.below(span // (2 if is_heard else 1) + 1))
                if at > first:
                    source = "crm" if is_heard else "mail"
                    yield Happening(self.tick(at), event.spelling, source, self.properties(name, event, at))

    def properties(self, name: str, event: Event, at: int) -> dict[str, Any]:
        """The data of an event."""
        aim = self.aim(self.world.words.aims.get(name, []))
        data: dict[str, Any] = {}
        for key, field in event.properties.items():
            place = ("prop", key)
            wanted = aim is not None and place in aim.hints
            if not wanted and not field.required and self.dice.chance(0.25):
                continue
            data[field.spelling] = self.value(field, key, name, place, aim, at)
        return data

    def aim(self, aims: list[Aim]) -> Aim | None:
        """A rule to meet: one that pays, one that takes, or none."""
        draw = self.dice.below(1000) / 1000
        if draw < self.temper.keen:
            fitting = [aim for aim in aims if aim.points > 0]
        elif draw < self.temper.keen + self.temper.off:
            fitting = [aim for aim in aims if aim.points < 0]
        else:
            fitting = []
        return self.dice.pick(fitting) if fitting else None

    def value(self, field: Field, key: str, event: str | None, place: Place, aim: Aim | None, at: int) -> Any:
        hints: tuple[Hint, ...] = aim.hints.get(place, ()) if aim is not None else ()
        pool = self.world.words.pool(event, place)
        if not hints and pool and (self.dice.chance(0.35) or not self.is_telling(field, key)):
            hints = (self.dice.pick(pool),) if self.dice.chance(0.8) else ()
        return draw(field, key, hints, self.who, at, self.dice)

    def is_telling(self, field: Field, key: str) -> bool:
        """Whether a value can be made up without the rules: the name of a text says what it is, or the type does."""
        lowered = key.lower()
        return field.type != "text" or "mail" in lowered or lowered.endswith("name") or bool(words.words_for(key))

    # --- attributes ---------------------------------------------------------------------------------------------------

    def introduction(self) -> dict[str, Any] | None:
        """The first attributes of the lead, most of them; None for the one in ten who never says who he is."""
        if not self.world.attributes or self.dice.chance(0.1):
            return None
        return {
            field.spelling: value
            for name, field in self.world.attributes.items()
            if (value := self.attribute(name, field)) is not None
        }

    def attribute(self, name: str, field: Field) -> Any:
        """A value; companions of one company share what belongs to it; None for what stays unsaid."""
        if name == self.world.account:
            return self.who.account
        is_shared = self.who.account is not None and any(part in name.lower() for part in words.OF_COMPANY)
        if is_shared and name in self.shared:
            return self.shared[name]
        place: Place = ("attr", name)
        aim = self.aim([aim for aim in self.world.words.profile if place in aim.hints])
        hints = [aim.hints[place]] if aim is not None else []
        if not hints and self.dice.chance(0.15):
            return None
        pool = self.world.words.pool(None, place)
        if not hints and pool and (self.dice.chance(0.25) or not self.is_telling(field, name)):
            hints = [(self.dice.pick(pool),)]
        value = draw(field, name, hints[0] if hints else (), self.who, self.start + self.first_day * DAY, self.dice)
        if is_shared:
            self.shared[name] = value
        return value

    def change(self, known: dict[str, Any]) -> dict[str, Any]:
        """One attribute anew, or taken back."""
        name = self.dice.pick(list(self.world.attributes))
        field = self.world.attributes[name]
        if field.spelling in known and self.dice.chance(0.2):
            return {field.spelling: None}
        if name == self.world.account:
            return {field.spelling: self.world.company(self.dice.below(10))[0]}
        return {field.spelling: self.attribute(name, field)}
