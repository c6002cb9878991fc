"""The world that made-up leads live in: what the model listens for, and the companies they come from."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from insight import words
from insight.dice import Dice
from insight.vocabulary import Aim, Vocabulary, vocabulary
from runtime.table import Table

_COMPANY = 1
_USUAL = 5
"""What an event is taken to pay, in points, if no rule is on it."""


def dice_for(seed: int, kind: int, number: int) -> Dice:
    """Dice of one lead, company or purpose: independent of all others."""
    return Dice((seed << 40) + (kind << 36) + number)


class World:
    """`active` and `passive` are the event types (passive ones with whether a trigger waits for them), `pay` what an
    active one pays at best."""

    def __init__(self, table: Table, seed: int) -> None:
        self.seed = seed
        self.words: Vocabulary = vocabulary(table)
        self.attributes = {name: field for name, field in table.attributes.items() if not field.computed}
        self.account = next((name for name, field in self.attributes.items() if field.type == "account"), None)
        heard = {trigger.match.on for trigger in table.triggers if trigger.match is not None}
        self.active = {name: event for name, event in table.events.items() if not event.passive}
        self.passive = {name: (event, name in heard) for name, event in table.events.items() if event.passive}
        self.pay = {name: _pay(self.words.aims.get(name, [])) for name in self.active}
        self._companies: dict[int, tuple[str, dict[str, Any]]] = {}

    @cached_property
    def named(self) -> list[str]:
        """The accounts that rules name."""
        if self.account is None:
            return []
        hints = self.words.pool(None, ("attr", self.account))
        return [hint.value for hint in hints if hint.how == "=" and hint.value]

    def company(self, number: int) -> tuple[str, dict[str, Any]]:
        """Its name, and what its people have in common as far as it is known yet."""
        known = self._companies.get(number)
        if known is None:
            dice = dice_for(self.seed, _COMPANY, number)
            name = f"{dice.pick(words.COMPANY)} {dice.pick(words.TRADE)}"
            if self.named and dice.chance(0.3):
                name = dice.pick(self.named)
            elif any(other == name for other, _ in self._companies.values()):
                name = f"{name} {number}"
            known = self._companies[number] = (name, {})
        return known


def _pay(aims: list[Aim]) -> int:
    return max((aim.points // 1000 for aim in aims), default=_USUAL)
