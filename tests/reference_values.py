"""Values of the reference: what JSON may hold for each type, instants, and rounding, all exact.

Numbers are `Fraction`, percents the fraction they mean, texts and options NFC, dates and instants are integer
microseconds since 1970-01-01T00:00Z, a missing value is None. A bad value raises `Bad`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from dsl import syntax as s

DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Bad(ValueError):
    """A value that its declared type does not allow, or a time that cannot be read."""


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def fold_case(text: str) -> str:
    return nfc(nfc(text).casefold())


def half_even(points: Fraction) -> int:
    """Points as whole thousandths, ties to even."""
    return round(points * 1000)


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def read_date(text: str) -> int:
    found = _DATE.fullmatch(text)
    if not found:
        raise Bad(f"no date: {text}")
    try:
        year, month, day = map(int, found.groups())
        moment = datetime(year, month, day, tzinfo=UTC)
    except ValueError as error:
        raise Bad(str(error)) from error
    return _in_years(year, micros(moment))


def read_instant(text: str) -> int:
    found = _INSTANT.fullmatch(text)
    if not found:
        raise Bad(f"no instant: {text}")
    *parts, fraction, offset = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    away = timedelta(0)
    if offset not in "Zz":
        hours, minutes = int(offset[1:3]), int(offset[4:])
        if hours > 23 or minutes > 59:
            raise Bad(f"no offset: {offset}")
        away = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise Bad(str(error)) from error
    return _in_years(year, micros(moment - away) + int(((fraction or "") + "000000")[:6]))


def _in_years(year: int, at: int) -> int:
    if not 1970 <= year <= 2999 or not 0 <= at < micros(datetime(3000, 1, 1, tzinfo=UTC)):
        raise Bad("a year out of 1970 to 2999")
    return at


def show_instant(at: int) -> str:
    moment = EPOCH + timedelta(microseconds=at)
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def number(found: object) -> Fraction:
    """An exact number of at most 15 digits before the point and 12 after it."""
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise Bad("not a number")
    exact = Decimal(found)
    if exact == 0:
        return Fraction(0)
    if exact.adjusted() >= 15 or exact.adjusted() < -12:
        raise Bad("too many digits")
    value = Fraction(exact)
    if (value * 10**12).denominator != 1:
        raise Bad("too many digits")
    return value


def text(found: object) -> str:
    if not isinstance(found, str):
        raise Bad("not a text")
    return nfc(found)


def decode(kind: s.TypeRef, found: object) -> object:
    """The value that JSON gives for a field of this type, or `Bad`."""
    match kind.kind:
        case "text" | "account":
            return text(found)
        case "one of":
            if text(found) not in [option.value for option in kind.options]:
                raise Bad("not one of the values")
            return text(found)
        case "percent":
            return number(found) / 100
        case "number" | "integer":
            value = number(found)
            whole = kind.kind == "number" or value.denominator == 1
            low = kind.low is None or value >= Fraction(kind.low)
            if not (whole and low and (kind.high is None or value <= Fraction(kind.high))):
                raise Bad("not in the range, or not whole")
            return value
        case "boolean":
            if not isinstance(found, bool):
                raise Bad("not a boolean")
            return found
        case "date":
            return read_date(text(found))
        case "instant":
            return read_date(text(found)) if _DATE.fullmatch(text(found)) else read_instant(text(found))
        case "list of text":
            if not isinstance(found, list):
                raise Bad("not a list")
            return tuple(text(item) for item in found)
    raise AssertionError(kind.kind)


def encode(kind: s.TypeRef, value: object) -> object:
    """The value as the output shows it, numbers as int or Decimal."""
    match kind.kind:
        case "percent":
            assert isinstance(value, Fraction)
            return decimal(value * 100)
        case "date":
            assert isinstance(value, int)
            return show_instant(value)[:10]
        case "instant":
            assert isinstance(value, int)
            return show_instant(value)
        case "list of text":
            assert isinstance(value, tuple)
            return list(value)
    return decimal(value) if isinstance(value, Fraction) else value


def decimal(value: Fraction) -> int | Decimal:
    """A fraction of tenths as a number in JSON: an int if it is whole."""
    if value.denominator == 1:
        return value.numerator
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return Decimal((value * 10**places).numerator).scaleb(-places)


def read_json(line: str) -> object:
    """JSON with exact numbers; NaN and infinities are not JSON."""

    def refuse(word: str) -> object:
        raise ValueError(word)

    return json.loads(line, parse_float=Decimal, parse_constant=refuse)


def by_value(found: object) -> object:
    """A form of JSON data in which equal means equal by value: `1` is `1.0`, and is not `true`."""
    if isinstance(found, dict):
        return {key: by_value(item) for key, item in found.items()}
    if isinstance(found, list):
        return [by_value(item) for item in found]
    return ("flag", found) if isinstance(found, bool) else found
