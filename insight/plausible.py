"""Draws values for fields: what a hint asks for, or what the field's type and name make likely.

Every value is one that the field accepts: numbers are moved into the range, texts become options where there are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from insight import words
from insight.dice import Dice
from insight.vocabulary import Hint, is_number
from runtime.table import Field
from runtime.times import DAY, SECOND, write_date, write_instant

_MOST = 10**15 - 1
_FINEST = Decimal(1).scaleb(-12)
_LAST_DAY = 375_000
"""The UTC day number of a day in 2996: values of dates stay before it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: `account` is the name of the company, None for somebody who names none."""

    first: str
    last: str
    account: str | None

    def mailbox(self) -> str:
        """The part of an address before the at sign, in plain letters."""
        return f"{_plain(self.first)}.{_plain(self.last)}"

    def address(self) -> str:
        """An address under a domain that can't exist."""
        domain = "mail.example" if self.account is None else f"{_plain(self.account).replace(' ', '-')}.example"
        return f"{self.mailbox()}@{domain}"


_PLAIN = str.maketrans("áéíóúäëïöüåøæçñı", "aeiouaeiouaoacni")


def _plain(text: str) -> str:
    return text.lower().translate(_PLAIN)


def draw(field: Field, name: str, hints: Sequence[Hint], who: Person, now: int, dice: Dice) -> Any:
    """A value of the field as it comes in JSON (numbers exact), following the hints if any.

    None only for the account of somebody without one.

    `now` is the instant of the event in microseconds: dates are drawn around it."""
    match field.type:
        case "one of":
            wanted = [hint.value for hint in hints if hint.value in field.options]
            return dice.pick(wanted or field.options)
        case "boolean":
            return (hints[0].value if type(hints[0].value) is bool else True) if hints else dice.chance(0.5)
        case "integer" | "number" | "percent":
            return _number(field, hints, dice)
        case "date" | "instant":
            return _moment(field, hints, now, dice)
        case "list of text":
            many = [_text(name, [hint], who, dice) for hint in hints for _ in range(dice.below(2))]
            return list(dict.fromkeys([*many, *(dice.pick(words.PLAIN) for _ in range(dice.below(3)))]))
        case "account" if not hints:
            return who.account
        case _:
            return _text(name, hints, who, dice, field.fold)


# --- texts ------------------------------------------------------------------------------------------------------------


def _text(name: str, hints: Sequence[Hint], who: Person, dice: Dice, free_case: bool = False) -> str:
    telling = [hint for hint in hints if type(hint.value) is str]
    if telling:
        hint = dice.pick(telling)
        return _spelled(_fitting(hint, name, who, dice), dice, 0.8 if free_case else 0.02)
    lowered = name.lower()
    if "mail" in lowered and "campaign" not in lowered:
        return who.address()
    if lowered.endswith("name"):
        return who.first if "first" in lowered else who.last if "last" in lowered else f"{who.first} {who.last}"
    return dice.pick(words.words_for(name) or words.PLAIN)


def _fitting(hint: Hint, name: str, who: Person, dice: Dice) -> str:
    """A text for which the comparison of the hint holds."""
    text: str = hint.value
    word = dice.pick(words.PLAIN)
    is_path = text.startswith("/") or any(part in name.lower() for part in ("path", "url", "page"))
    gap = "/" if is_path else " "
    match hint.how:
        case "starts":
            return text + dice.pick(("", "", gap.rstrip() + word if is_path and not text.endswith("/") else word))
        case "ends":
            is_mail = "mail" in name.lower() or text.startswith("@")
            return (who.mailbox() + ("" if "@" in text else "@") + text) if is_mail else word + text
        case "contains":
            return dice.pick((text, f"/{word}-{text}" if is_path else f"{word} {text}"))
        case "word":
            return dice.pick((text, text, f"senior {text}"))
        case "glob":
            return "".join(word if mark == "*" else "x" if mark == "?" else mark for mark in text)
        case _:
            return text


def _spelled(text: str, dice: Dice, capital: float) -> str:
    """With a capital in so many of all cases: people write what rules have in small letters."""
    is_small = text[:1].isascii() and text[:1].islower() and "@" not in text
    return text[:1].upper() + text[1:] if is_small and dice.chance(capital) else text


# --- numbers ----------------------------------------------------------------------------------------------------------


def _number(field: Field, hints: Sequence[Hint], dice: Dice) -> int | Decimal:
    """In the field's JSON unit: percents are hundred times what the rules compare with."""
    scale = 100 if field.type == "percent" else 1
    marks = [(hint.how, _whole_or_not(hint.value * scale)) for hint in hints if is_number(hint.value)]
    drawn = _near(marks, dice) if marks else _anywhere(field, dice)
    if field.type == "integer":
        drawn = int(Decimal(drawn).to_integral_value(ROUND_CEILING))
    low = -_MOST if field.low is None else max(field.low, -_MOST)
    high = _MOST if field.high is None else min(field.high, _MOST)
    value: int | Decimal = max(low, min(drawn, high))
    if isinstance(value, Decimal) and value != value.quantize(_FINEST):
        value = value.quantize(_FINEST, ROUND_CEILING)
    return value


def _near(marks: Sequence[tuple[str, Any]], dice: Dice) -> Any:
    """A number on the wanted side of the marks; between a lower and an upper one if there are both."""
    lower = max((value for how, value in marks if how in (">", ">=")), default=None)
    upper = min((value for how, value in marks if how in ("<", "<=")), default=None)
    if lower is not None and upper is not None and lower < upper:
        return lower + _part(upper - lower, dice)
    how, value = dice.pick(marks)
    step = 1 if value == int(value) else Decimal(1).scaleb(Decimal(value).as_tuple().exponent)  # type: ignore[arg-type]
    reach = 0 if dice.chance(0.3) else dice.skewed(max(1, abs(int(value)) // 2))
    match how:
        case ">=" | ">":
            return value + step * (reach + (how == ">"))
        case "<=" | "<":
            return value - step * (reach + (how == "<"))
        case _:
            return value


def _part(span: Any, dice: Dice) -> Any:
    """From nothing to all of a span, in whole numbers where it holds some."""
    return dice.below(int(span) + 1) if span >= 1 else span * dice.below(2)


def _anywhere(field: Field, dice: Dice) -> Any:
    if field.type == "percent":
        return dice.pick((5, 10, 25, 40, 60, 75, 90, 100))
    high = field.high
    first = field.low if field.low is not None else 0 if high is None or high >= 0 else high
    last = high if high is not None else first + 30
    return first + _part(min(last - first, 1000), dice)


def _whole_or_not(value: Any) -> Any:
    return int(value) if value == int(value) else value


# --- dates ------------------------------------------------------------------------------------------------------------


def _moment(field: Field, hints: Sequence[Hint], now: int, dice: Dice) -> str:
    timed = [hint for hint in hints if type(hint.value) is int]
    if timed:
        hint = dice.pick(timed)
        match hint.how:
            case "last":
                t = now - dice.below(hint.value)
            case "next":
                t = now + 1 + dice.below(hint.value)
            case "ago":
                t = now - hint.value - dice.skewed(hint.value)
            case _:
                t = hint.value + (dice.between(-3, 3) * DAY if hint.how != "=" else 0)
    else:
        t = now + dice.between(-20, 45) * DAY
    t = max(0, min(t // SECOND * SECOND, _LAST_DAY * DAY))
    return write_date(t) if field.type == "date" else write_instant(t)
