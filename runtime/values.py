"""Values: what a property or an attribute may hold, checked and made exact as it comes in, and written out again.

In the runtime a number is an `int` where it is integral by value and a `decimal.Decimal` otherwise, a percent is its
fraction, a date or an instant is integer microseconds, text is in Unicode form NFC, a list of text is a tuple.
Points are integers in thousandths.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

from runtime import table
from runtime.times import read_date, read_moment, write_date, write_instant

EXACT = Context(prec=1_000_000, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
"""Sums and products of numbers as long as those let in never need rounding in it."""

_MOST = 10**15


class BadValue(Exception):
    """A value that its field does not take; the text says why, without naming the field."""


class Unreadable(str):
    """Stands for a JSON number that is too long to be a value. It is no key: it would be found under the text."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]


def read_fraction(text: str) -> Decimal | int | Unreadable:
    """A JSON number written with a point or an exponent: exact, an int if integral by value.

    More than 15 digits before the point or 12 after it, by value, give an `Unreadable`."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Unreadable(text)
    if len(text) > 13 or value == value.to_integral_value() or "e" in text or "E" in text:
        return _settle(value, text)
    return value


def _settle(value: Decimal, text: str) -> Decimal | int | Unreadable:
    if not value:
        return 0
    if value.adjusted() > 14:
        return Unreadable(text)
    value = value.normalize(EXACT)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent >= 0:
        return int(value)
    return value if exponent >= -12 else Unreadable(text)


def read_whole(text: str) -> int | Unreadable:
    """A JSON number written without point and exponent."""
    return int(text) if len(text) <= 40 else Unreadable(text)


def settle(value: Decimal) -> Decimal | int:
    """The form in which the runtime keeps a number: an int if integral by value."""
    return int(value) if value == value.to_integral_value() else value


def nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text as compared without regard to case: NFC(casefold(NFC(text)))."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def milli(value: Decimal | int) -> int:
    """A value in points, rounded half-even to thousandths."""
    if type(value) is int:
        return value * 1000
    return int(EXACT.quantize(EXACT.scaleb(value, 3), Decimal(1)))


def points(amount: int) -> Decimal | int:
    """Thousandths as a value in points."""
    whole, rest = divmod(amount, 1000)
    return EXACT.scaleb(Decimal(amount), -3) if rest else whole


def write_points(amount: int) -> str:
    """Thousandths as a JSON number without trailing zeros: ``53.144``, ``5``, ``-0.5``."""
    whole, rest = divmod(abs(amount), 1000)
    text = f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
    return "-" + text if amount < 0 else text


def write_number(value: Decimal | int) -> str:
    """An exact number as JSON, without exponent and trailing zeros."""
    if type(value) is int:
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- checks, one for each type --------------------------------------------------------------------------------------

Check = Callable[[Any], Any]


def quoted(text: str) -> str:
    """A text between quotes, as a rule file writes it save for what can't be seen."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shown(value: Any) -> str:
    """A JSON value for a message, cut short."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Unreadable):
        return str(value)[:20] + "…"
    text = quoted(value) if isinstance(value, str) else "an object" if isinstance(value, dict) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise BadValue(f"{shown(value)} is not a text")
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _number(value: Any) -> Any:
    if type(value) is int:
        if -_MOST < value < _MOST:
            return value
        raise BadValue("a number has at most 15 digits before the point")
    if type(value) is Decimal:
        return value
    if type(value) is Unreadable:
        raise BadValue(f"{shown(value)}: a number has at most 15 digits before the point and 12 after it")
    raise BadValue(f"{shown(value)} is not a number")


def _integer(value: Any) -> Any:
    value = _number(value)
    if type(value) is not int:
        raise BadValue(f"{write_number(value)} is not a whole number")
    return value


def _percent(value: Any) -> Any:
    return settle(EXACT.scaleb(Decimal(_number(value)), -2).normalize(EXACT))


def _boolean(value: Any) -> Any:
    if value is True or value is False:
        return value
    raise BadValue(f"{shown(value)} is not true or false")


def _moment(read: Callable[[str], int], example: str) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not str:
            raise BadValue(f"{shown(value)} is not a text like {example}")
        try:
            return read(value)
        except ValueError as error:
            raise BadValue(f"{shown(value)}: {error}") from None

    return check


def _texts(value: Any) -> Any:
    if type(value) is not list:
        raise BadValue(f"{shown(value)} is not a list of texts")
    return tuple([_text(entry) for entry in value])


def _within(check: Check, low: Any, high: Any) -> Check:
    span = f"{'' if low is None else write_number(low)}..{'' if high is None else write_number(high)}"

    def ranged(value: Any) -> Any:
        value = check(value)
        if (low is not None and value < low) or (high is not None and value > high):
            raise BadValue(f"{write_number(value)} is not within {span}")
        return value

    return ranged


def _one_of(options: tuple[str, ...]) -> Check:
    allowed = frozenset(options)

    def check(value: Any) -> Any:
        value = _text(value)
        if value not in allowed:
            raise BadValue(f"{shown(value)} is not one of " + ", ".join(f'"{option}"' for option in options))
        return value

    return check


_CHECKS: dict[str, Check] = {
    "text": _text,
    "account": _text,
    "number": _number,
    "integer": _integer,
    "percent": _percent,
    "boolean": _boolean,
    "date": _moment(read_date, "2026-03-02"),
    "instant": _moment(read_moment, "2026-03-02T10:00:00Z"),
    "list of text": _texts,
}


def check_of(field: table.Field) -> Check:
    """The check of a field: takes a JSON value that is not null, gives the runtime's value, raises BadValue."""
    if field.type == "one of":
        return _one_of(field.options)
    check = _CHECKS[field.type]
    if field.low is not None or field.high is not None:
        return _within(check, field.low, field.high)
    return check


def write_value(field: table.Field, value: Any) -> Any:
    """A field's value as it would have come in: numbers as `Number`, percents in percent, dates and times as text."""
    match field.type:
        case "percent":
            return settle(EXACT.scaleb(Decimal(value), 2))
        case "date":
            return write_date(value)
        case "instant":
            return write_instant(value)
        case "list of text":
            return list(value)
    return value
